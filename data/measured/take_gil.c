/* take_gil and drop_gil of CPython 3.11 (Python/ceval_gil.h) without the interpreter: threads that poll for a drop request,
   and a reader that asks for the lock every 20.37 ms. Prints the reader's waits, and at the forced drops of a thread
   with the reader waiting who took the lock next: the thread that had requested the drop, or the reader; by how the dropper
   came by the mutex. docs/model.md has what came out.
   cc -O2 -o take_gil take_gil.c -lpthread && ./take_gil HOGS MESSAGES */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { READER = 100, INTERVAL_US = 5000 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, switch_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond, switch_cond;
static _Alignas(64) _Atomic int locked;
static _Atomic long last_holder;
static unsigned long switch_number;
static _Alignas(64) _Atomic int gil_drop_request;
static _Atomic int stop, reader_waits;
/* The requester; how the dropper got the mutex (fast, retried, slept; -1: not counted); who won. */
static long requester, won[3][2];
static int way = -1;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void take_gil(long thread) {
    pthread_mutex_lock(&mutex);
    while (locked) {
        unsigned long saved = switch_number;
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += INTERVAL_US * 1000;
        if (until.tv_nsec >= 1000000000) { until.tv_sec++; until.tv_nsec -= 1000000000; }
        int timed_out = pthread_cond_timedwait(&cond, &mutex, &until) == ETIMEDOUT;
        if (timed_out && locked && switch_number == saved) {
            requester = thread;
            gil_drop_request = 1;
        }
    }
    if (way >= 0 && (thread == requester || thread == READER)) won[way][thread == READER]++;
    way = -1;
    pthread_mutex_lock(&switch_mutex);
    locked = 1;
    if (thread != last_holder) { last_holder = thread; switch_number++; }
    pthread_cond_signal(&switch_cond);
    pthread_mutex_unlock(&switch_mutex);
    gil_drop_request = 0;
    pthread_mutex_unlock(&mutex);
}

static void drop_gil(long thread) {
    last_holder = thread;
    double before = now();
    pthread_mutex_lock(&mutex);
    double took = now() - before;
    if (gil_drop_request && reader_waits && requester != READER && thread != READER)
        way = took > 3e-6 ? 2 : took > 0.2e-6 ? 1 : 0;
    locked = 0;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
    if (gil_drop_request) {
        pthread_mutex_lock(&switch_mutex);
        if (last_holder == thread) {
            gil_drop_request = 0;
            pthread_cond_wait(&switch_cond, &switch_mutex);
        }
        pthread_mutex_unlock(&switch_mutex);
    }
}

static void *hog(void *number) {
    long thread = (long)number;
    take_gil(thread);
    while (!stop) {
        for (volatile int i = 0; i < 45; i++) ; /* about 18 ns */
        if (gil_drop_request) { drop_gil(thread); take_gil(thread); }
    }
    drop_gil(thread);
    return 0;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
    if (count != 3) return fprintf(stderr, "usage: take_gil HOGS MESSAGES\n"), 2;
    int hogs = atoi(arguments[1]), messages = atoi(arguments[2]);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&cond, &clock);
    pthread_cond_init(&switch_cond, &clock);
    pthread_t *threads = calloc(hogs, sizeof *threads);
    double *waits = calloc(messages, sizeof *waits);
    for (long i = 0; i < hogs; i++) pthread_create(&threads[i], 0, hog, (void *)(i + 1));
    double next = now();
    for (int i = 0; i < messages; i++) {
        next += 0.02037;
        if (next > now()) usleep((next - now()) * 1e6);
        reader_waits = 1;
        take_gil(READER);
        reader_waits = 0;
        waits[i] = now() - next;
        drop_gil(READER);
    }
    stop = 1;
    for (int i = 0; i < hogs; i++) pthread_join(threads[i], 0);
    qsort(waits, messages, sizeof *waits, compare);
    printf("waits (ms): p10 %.2f p50 %.2f p90 %.2f p99 %.2f\n", waits[messages / 10] * 1e3, waits[messages / 2] * 1e3,
           waits[messages * 9 / 10] * 1e3, waits[messages * 99 / 100] * 1e3);
    const char *ways[] = {"at once", "by a second try", "after sleeping"};
    for (int i = 0; i < 3; i++)
        printf("dropper got the mutex %s: requester won %ld, reader %ld\n", ways[i], won[i][0], won[i][1]);
}
