/* A thread that computes, releases a lock, wakes the one that sleeps for it, and takes the lock again at once, as CPython 2
   does at a check: how long the lock is free, and how often the sleeper is in time.

   cc -O2 -pthread retake.c -o retake && ./retake [us between releases] [releases] [1: a core for each, 0: any core] */
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

static atomic_int value = 0, won = 0, end = 0;
static int pinned;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void futex(int operation, int expected)
{
    syscall(SYS_futex, &value, operation | FUTEX_PRIVATE_FLAG, expected, NULL, NULL, 0);
}

static int take(void)
{
    int one = 1;
    return atomic_compare_exchange_strong(&value, &one, 0);
}

static void pin(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    if (pinned)
        sched_setaffinity(0, sizeof cores, &cores);
}

static void *sleeper(void *unused)
{
    pin(1);
    while (!end) {
        while (!take() && !end)
            futex(FUTEX_WAIT, 0);
        won = 1;
        while (won && !end)
            ;
    }
    return unused;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    uint64_t gap = (argc > 1 ? atof(argv[1]) : 6500) * 1000;
    int n = argc > 2 ? atoi(argv[2]) : 5000, wins = 0;
    pinned = argc > 3 ? atoi(argv[3]) : 1;
    uint64_t *free_for = calloc(n, sizeof *free_for);
    pthread_t thread;
    pin(0);
    pthread_create(&thread, NULL, sleeper, NULL);
    for (int i = 0; i < n; i++) {
        for (uint64_t start = now(); now() - start < gap;)
            ;
        uint64_t start = now();
        value = 1;
        futex(FUTEX_WAKE, 1);
        int taken = take();
        free_for[i] = now() - start;
        if (!taken) {
            wins++;
            while (!won)
                ;
            won = 0;
        }
    }
    end = value = 1;
    futex(FUTEX_WAKE, 1);
    pthread_join(thread, NULL);
    qsort(free_for, n, sizeof *free_for, ascending);
    printf("the sleeper was in time %d times of %d; free for (ns): 0.5: %lu 0.99: %lu 0.999: %lu 1: %lu\n", wins, n,
           free_for[n / 2], free_for[n - 1 - n / 100], free_for[n - 1 - n / 1000], free_for[n - 1]);
}
