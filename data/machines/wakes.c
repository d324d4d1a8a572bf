/* How long the futex call takes that wakes a sleeper on another core, and how long it is until the sleeper runs: with
   their tails, which decide who gets a lock that is free for a few microseconds only.

   cc -O2 -pthread wakes.c -o wakes && ./wakes [sleep in us] [wakes]

   The waker keeps core 0 busy, as a thread that computes does; the sleeper has core 1. Times in nanoseconds. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SLEEP, WAKE, END };

static atomic_int word = SLEEP;
static atomic_int asleep = 0;
static _Atomic uint64_t woke = 0;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void futex(int operation, int value)
{
    syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void pin(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
}

static void *sleeper(void *unused)
{
    pin(1);
    for (;;) {
        asleep = 1;
        while (word == SLEEP)
            futex(FUTEX_WAIT, SLEEP);
        uint64_t awake = now();
        if (word == END)
            return unused;
        word = SLEEP;
        woke = awake;
    }
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void print_quantiles(const char *name, uint64_t *times, int n)
{
    static const double shares[] = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 0.9999, 1};
    qsort(times, n, sizeof *times, ascending);
    printf("%s (n = %d):", name, n);
    for (unsigned i = 0; i < sizeof shares / sizeof *shares; i++)
        printf(" %g: %lu", shares[i], times[(int)(shares[i] * (n - 1))]);
    printf("\n");
}

int main(int argc, char **argv)
{
    uint64_t sleep = (argc > 1 ? atof(argv[1]) : 200) * 1000;
    int n = argc > 2 ? atoi(argv[2]) : 50000;
    uint64_t *calls = calloc(n, sizeof *calls), *latencies = calloc(n, sizeof *latencies);
    pthread_t thread;
    pin(0);
    pthread_create(&thread, NULL, sleeper, NULL);
    for (int i = 0; i < n; i++) {
        while (!asleep)
            ;
        for (uint64_t start = now(); now() - start < sleep;)
            ;
        asleep = 0;
        woke = 0;
        uint64_t start = now();
        word = WAKE;
        futex(FUTEX_WAKE, 1);
        calls[i] = now() - start;
        while (!woke)
            ;
        latencies[i] = woke - start;
    }
    word = END;
    futex(FUTEX_WAKE, 1);
    pthread_join(thread, NULL);
    print_quantiles("the call", calls, n);
    print_quantiles("until the sleeper runs", latencies, n);
}
