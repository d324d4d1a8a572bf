/* When in its system call a futex wait looks at the word, when a futex wake looks for sleepers, and what becomes of a
   thread that is woken on its way to sleep: two cores begin their calls at times that the clock tells both.

   cc -O2 -pthread looks.c -o looks && ./looks */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 400, AWAKE_AGAIN = 2000 /* ns: who is back before has not slept */ };

static struct {
    _Alignas(128) atomic_int word;
    _Alignas(128) _Atomic uint64_t at;
    _Alignas(128) atomic_int done;
} shared;
static int woken;
static uint64_t took;

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void until(uint64_t time)
{
    while (now() < time)
        ;
}

static long futex(int operation, int value)
{
    return syscall(SYS_futex, &shared.word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
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
    for (uint64_t at, seen = 0;; seen = at) {
        while ((at = shared.at) == seen)
            ;
        if (at == 1)
            return unused;
        until(at);
        uint64_t start = now();
        woken = futex(FUTEX_WAIT, 0) == 0;
        took = now() - start;
        shared.done = 1;
    }
}

/* Lets the sleeper begin to wait, and gives back when that is. */
static uint64_t begin(void)
{
    shared.word = 0;
    shared.done = 0;
    return shared.at = now() + 6000;
}

static void end(void)
{
    while (!shared.done)
        futex(FUTEX_WAKE, 1);
}

int main(void)
{
    pthread_t thread;
    pin(0);
    pthread_create(&thread, NULL, sleeper, NULL);
    for (int delay = 0; delay <= 500; delay += 50) {
        int changed = 0;
        for (int i = 0; i < RUNS; i++) {
            uint64_t at = begin();
            until(at + delay);
            shared.word = 1;
            until(at + 20000);
            end();
            changed += !woken;
        }
        printf("word written %3d ns after a wait began: seen by %.2f\n", delay, (double)changed / RUNS);
    }
    for (int delay = -100; delay <= 1000; delay += 50) {
        int reached = 0, spared = 0;
        uint64_t calls = 0, waits = 0;
        for (int i = 0; i < RUNS; i++) {
            uint64_t at = begin();
            until(at + delay);
            uint64_t start = now();
            long found = futex(FUTEX_WAKE, 1);
            uint64_t call = now() - start;
            if (found != 1) {
                until(at + 20000);
                end();
                continue;
            }
            end();
            reached++;
            spared += took < AWAKE_AGAIN;
            calls += call;
            waits += took;
        }
        printf("wake begun %4d ns after a wait: reached %.2f, spared the sleep %.3f; the wake took %.0f ns, the wait %.0f\n",
               delay, (double)reached / RUNS, (double)spared / RUNS, reached ? (double)calls / reached : 0,
               reached ? (double)waits / reached : 0);
    }
    shared.at = 1;
    pthread_join(thread, NULL);
}
