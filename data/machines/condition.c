/* Two primitives of a condition variable: how long a thread that sets a flag and waits again (as take_gil of CPython does
   with a drop request) keeps the mutex of the condition, and when a thread on the other core sees the flag.
   cc -O2 -o condition condition.c -lpthread && ./condition */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

enum { N = 3000 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond;
static _Alignas(64) _Atomic int flag;
static _Alignas(64) _Atomic int stop;
static _Alignas(64) _Atomic uint64_t set_at;
static double seen[N], unlocked[N];
static int count;

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void *observe(void *unused) {
    volatile int *owner = &mutex.__data.__lock;
    while (!stop) {
        while (!flag && !stop)
            for (volatile int i = 0; i < 8; i++) ;
        uint64_t at_flag = __rdtsc();
        while (*owner) ;
        uint64_t at_unlock = __rdtsc();
        if (count < N) {
            seen[count] = at_flag - set_at;
            unlocked[count++] = at_unlock - at_flag;
        }
        flag = 0;
    }
    return unused;
}

static void print(const char *what, double *sample, double ghz) {
    qsort(sample, count, sizeof *sample, compare);
    printf("%s: p25 %.0f p50 %.0f p75 %.0f p99 %.0f ns (n = %d)\n", what, sample[count / 4] / ghz,
           sample[count / 2] / ghz, sample[count * 3 / 4] / ghz, sample[count * 99 / 100] / ghz, count);
}

int main(void) {
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&cond, &clock);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    uint64_t ticks = __rdtsc();
    usleep(50000);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double ghz = (__rdtsc() - ticks) / ((to.tv_sec - from.tv_sec) * 1e9 + to.tv_nsec - from.tv_nsec);
    pthread_t observer;
    pthread_create(&observer, 0, observe, 0);
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < N; i++) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += 1000000;
        if (until.tv_nsec >= 1000000000) { until.tv_sec++; until.tv_nsec -= 1000000000; }
        pthread_cond_timedwait(&cond, &mutex, &until);
        set_at = __rdtsc();
        atomic_store_explicit(&flag, 1, memory_order_relaxed);
    }
    stop = 1;
    pthread_mutex_unlock(&mutex);
    pthread_join(observer, 0);
    print("the other core sees the flag after", seen, ghz);
    print("and the mutex free after another", unlocked, ghz);
}
