"""Times a countdown shared by 1, 2, 4 and 8 threads under several switch intervals; prints CSV.

Runs on CPython 3.2 and later. Each time is the least of RUNS, in seconds: the one least disturbed by whatever else ran.
"""
import sys
import threading
import time

DECREMENTS = 16000000
RUNS = 9


def count_down(n):
    while n > 0:
        n -= 1


def measure(count, interval):
    sys.setswitchinterval(interval)
    workers = [threading.Thread(target=count_down, args=(DECREMENTS // count,)) for _ in range(count)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


def main():
    print("lock.switch_interval_s,pool.count.workers,run.wall_s")
    for interval in (0.1, 0.01, 0.005, 0.001, 1e-4, 1e-5, 1e-6):
        for count in (1, 2, 4, 8):
            least = min(measure(count, interval) for _ in range(RUNS))
            print("%g,%d,%.4f" % (interval, count, least))
            sys.stdout.flush()


main()
