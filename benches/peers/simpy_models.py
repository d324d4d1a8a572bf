"""The benchmark models on SimPy, one process a thread or customer.

usage: simpy_models.py MODEL NUMBERS
  open CUSTOMERS INTERARRIVAL SERVICE
  closed THREADS ROUNDS THINK HOLD
  checks THREADS ACQUISITIONS HOLD
  interval THREADS ACQUISITIONS INTERVAL CHECK_GAP

Prints what it took: seconds, acquisitions, and their mean wait in nanoseconds. All times are in nanoseconds.
"""

import random
import sys
import time
from collections import OrderedDict

import simpy


class Waits:
    """The waits for a lock: their number, sum and maximum."""

    def __init__(self):
        self.count = 0
        self.sum = 0.0
        self.max = 0.0

    def add(self, wait):
        self.count += 1
        self.sum += wait
        if wait > self.max:
            self.max = wait


def open_queue(env, waits, customers, interarrival, service):
    """M/M/1: customers arrive at random, and hold the lock for a random time each."""
    lock = simpy.Resource(env)

    def customer():
        since = env.now
        with lock.request() as request:
            yield request
            waits.add(env.now - since)
            yield env.timeout(random.expovariate(1 / service))

    def source():
        for _ in range(customers):
            yield env.timeout(random.expovariate(1 / interarrival))
            env.process(customer())

    env.process(source())


def closed_queue(env, waits, threads, rounds, think, hold):
    """Each thread thinks for a random time, then holds the lock for a random time, and so on."""
    lock = simpy.Resource(env)

    def thread():
        for _ in range(rounds):
            yield env.timeout(random.expovariate(1 / think))
            since = env.now
            with lock.request() as request:
                yield request
                waits.add(env.now - since)
                yield env.timeout(random.expovariate(1 / hold))

    for _ in range(threads):
        env.process(thread())


def checks(env, waits, threads, acquisitions, hold):
    """The holder releases the lock at each check, and queues up again."""
    lock = simpy.Resource(env)

    def thread():
        while True:
            since = env.now
            with lock.request() as request:
                yield request
                if waits.count == acquisitions:
                    return
                waits.add(env.now - since)
                yield env.timeout(hold)

    for _ in range(threads):
        env.process(thread())


class Gil:
    """The lock of CPython 3, after take_gil and drop_gil."""

    def __init__(self, env, interval, gap):
        self.env = env
        self.interval = interval
        self.gap = gap
        self.held = False
        self.switches = 0
        self.requested = env.event()
        self.switched = env.event()
        self.sleepers = OrderedDict()

    def take(self):
        """Waits for the lock."""
        while self.held:
            saved = self.switches
            signal = self.env.event()
            self.sleepers[signal] = None
            yield signal | self.env.timeout(self.interval)
            if not signal.triggered:
                del self.sleepers[signal]
                if self.held and saved == self.switches and not self.requested.triggered:
                    self.requested.succeed()
        self.held = True
        self.switches += 1
        self.requested = self.env.event()
        self.switched.succeed()
        self.switched = self.env.event()

    def hold(self):
        """Holds the lock until the first check point after a request, and waits until another has it."""
        since = self.env.now
        yield self.requested
        held = self.env.now - since
        yield self.env.timeout(-held % self.gap)
        self.held = False
        switched = self.switched
        signal, _ = self.sleepers.popitem(last=False)
        signal.succeed()
        yield switched


def interval(env, waits, threads, acquisitions, interval, gap):
    """CPU-bound threads that never end."""
    gil = Gil(env, interval, gap)

    def thread():
        while waits.count < acquisitions:
            since = env.now
            yield from gil.take()
            waits.add(env.now - since)
            if waits.count == acquisitions:
                done.succeed()
            yield from gil.hold()

    done = env.event()
    for _ in range(threads):
        env.process(thread())
    return done


MODELS = {"open": open_queue, "closed": closed_queue, "checks": checks, "interval": interval}


def main():
    name, *numbers = sys.argv[1:]
    random.seed(1)
    waits = Waits()
    started = time.perf_counter()
    env = simpy.Environment()
    until = MODELS[name](env, waits, *map(int, numbers))
    env.run(until)
    seconds = time.perf_counter() - started
    print(f"{seconds},{waits.count},{waits.sum / waits.count}")


if __name__ == "__main__":
    main()
