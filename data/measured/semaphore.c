/* Threads that hold a semaphore for some work, release it and take it again at once, as at the checks of CPython 2, but
   without an interpreter: how long a check takes in all, how often the lock changes its owner, and how often threads sleep.

   cc -O2 -pthread semaphore.c -o semaphore && ./semaphore <threads> <ns of work> [ms] [1: a core for each] */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { MOST = 64 };

static sem_t lock;
static int threads, pinned;
static long passes;
static uint64_t length, first, last;
static volatile int ready, end, owner = -1;
static long checks, changes, waited_for; /* written by the owner only */

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void work(long passes)
{
    for (; passes; passes--)
        __asm__ volatile("" ::: "memory");
}

static void *run(void *number)
{
    int me = (intptr_t)number;
    if (pinned) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET(me, &cores);
        sched_setaffinity(0, sizeof cores, &cores);
    }
    __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
    while (pinned && ready < threads)
        ;
    sem_wait(&lock);
    if (!first)
        first = now();
    while (!end) {
        work(passes);
        checks++;
        waited_for += *(volatile uint64_t *)&lock >> 32 != 0; /* glibc counts its waiters there */
        sem_post(&lock);
        sem_wait(&lock);
        changes += owner != me;
        owner = me;
        if (checks % 256 == 0 && now() - first > length)
            end = 1;
    }
    if (!last)
        last = now();
    sem_post(&lock);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 3 || atoi(argv[1]) > MOST)
        return 1;
    threads = atoi(argv[1]);
    length = (argc > 3 ? atof(argv[3]) : 200) * 1000000;
    pinned = argc > 4 ? atoi(argv[4]) : 0;
    uint64_t start = now();
    work(10000000);
    passes = atof(argv[2]) * 10000000 / (now() - start);
    sem_init(&lock, 0, 1);
    pthread_t thread[MOST];
    struct rusage usage;
    for (intptr_t i = 0; i < threads; i++)
        pthread_create(&thread[i], NULL, run, (void *)i);
    for (int i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    getrusage(RUSAGE_SELF, &usage);
    printf("%s ns of work: %.0f ns a check; share of checks with a waiter %.3f, with another owner %.3f; sleeps a check %.4f\n",
           argv[2], (double)(last - first) / checks, (double)waited_for / checks, (double)changes / checks,
           (double)usage.ru_nvcsw / checks);
}
