"""Measures the interpreter that runs it, for `gilsim calibrate`.

    python probe.py NAME SECONDS

takes the measurement NAME for about so many seconds and prints its values as lines of JSON: {"name": ..., "values":
[...]}, in nanoseconds unless the function says otherwise. What cannot be measured prints {"reason": ...} instead. Runs
on CPython 2.7 and later and on PyPy, with the standard library alone.
"""

from __future__ import division, print_function

import json
import sys
import time

clock = getattr(time, "perf_counter", time.time)  # both are the same in all processes of a machine
work_clock = getattr(time, "process_time", None) or time.clock  # stands still while other programs have the core

FEWEST, MOST = 5, 2000

COUNT_DOWN = "def count_down(n):\n    while n > 0:\n        n -= 1\n"


class Unmeasurable(Exception):
    """Why there is no value."""


def tell(**line):
    print(json.dumps(line))
    sys.stdout.flush()


def collect(seconds, take):
    """Values of take() until the time is over."""
    values, end = [], clock() + seconds
    while len(values) < FEWEST or len(values) < MOST and clock() < end:
        values.append(take())
    return values


def timed(action, times):
    """Nanoseconds of work of one call, as the mean of so many."""
    rounds = range(times)
    start = work_clock()
    for _ in rounds:
        action()
    return (work_clock() - start) * 1e9 / times


def fresh_count_down():
    """A loop that the interpreter has never seen."""
    names = {}
    exec(compile(COUNT_DOWN, "count_down", "exec"), names)
    return names["count_down"]


def identity(seconds):
    """Who this is; not a sample."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    name = getattr(sys, "implementation", None)
    name = "pypy" if hasattr(sys, "pypy_version_info") else getattr(name, "name", "cpython")
    version = ".".join(str(part) for part in sys.version_info[:3])
    own = ".".join(str(part) for part in sys.pypy_version_info[:3]) if name == "pypy" else version
    tell(name="identity", implementation=name, version=own, language=version, gil=bool(gil),
         executable=sys.executable or "")


def step(seconds):
    """A pass of a loop that is run for the first time."""
    passes = 400000

    def take():
        loop = fresh_count_down()
        return timed(lambda: loop(passes), 1) / passes

    tell(name="step", values=collect(seconds, take))


def warm_step(seconds):
    """A pass of a loop that has been run again and again."""
    passes, loop = 20000, fresh_count_down()
    for _ in range(50):
        loop(passes)
    tell(name="warm_step", values=collect(seconds, lambda: timed(lambda: loop(passes), 1) / passes))


def element(seconds):
    """An element of sum(list of integers), one call that keeps the lock."""
    numbers = list(range(50000))
    tell(name="element", values=collect(seconds, lambda: timed(lambda: sum(numbers), 10) / len(numbers)))


def sha256(seconds):
    """A KiB of sha256, and the Python code around a call: from calls of 16 KiB and of 1 MiB."""
    import hashlib
    small, large = b"x" * (16 << 10), b"x" * (1 << 20)
    kibs, arounds = [], []

    def take():
        short = timed(lambda: hashlib.sha256(small).digest(), 20)
        kib = (timed(lambda: hashlib.sha256(large).digest(), 1) - short) / (1024 - 16)
        kibs.append(kib)
        arounds.append(max(short - 16 * kib, 0.0))

    collect(seconds, take)
    tell(name="kib", values=kibs)
    tell(name="around", values=arounds)
    tell(name="frees", values=[int(sys.version_info[0] > 2 or "openssl" in hashlib.sha256.__name__)])


def side(seconds):
    """A put or a get of a queue that nobody else uses."""
    try:
        from queue import Queue
    except ImportError:
        from Queue import Queue
    queue = Queue(1000)

    def fill_and_empty():
        for item in range(500):
            queue.put(item)
        for _ in range(500):
            queue.get()

    tell(name="side", values=collect(seconds, lambda: timed(fill_and_empty, 1) / 1000))


def message(seconds):
    """Sending 64 bytes over a Unix stream socket pair and receiving them."""
    import socket
    here, there = socket.socketpair()
    data = b"x" * 64

    def exchange():
        here.sendall(data)
        there.recv(64)

    tell(name="message", values=collect(seconds, lambda: timed(exchange, 100)))


def lock_pair(seconds):
    """Releasing the interpreter's lock and taking it again, with a second thread alive that does not want it."""
    import threading
    done = threading.Event()
    threading.Thread(target=done.wait).start()
    try:
        tell(name="lock_pair", values=check_pairs(seconds) if sys.version_info[0] == 2 else call_pairs(seconds))
    finally:
        done.set()


def check_pairs(seconds):
    """CPython 2: a loop that gives the lock up at each of its three ticks a pass, less one that never does."""
    if not hasattr(sys, "setcheckinterval") or hasattr(sys, "pypy_version_info"):
        raise Unmeasurable("nothing tells a release of this interpreter's lock from what is around it")
    loop, passes = fresh_count_down(), 5000

    def take():
        sys.setcheckinterval(0)
        always = timed(lambda: loop(passes), 1)
        sys.setcheckinterval(2 ** 30)
        loop(40)  # uses up the old interval
        return (always - timed(lambda: loop(passes), 1)) / (3 * passes)

    return collect(seconds, take)


def call_pairs(seconds):
    """CPython 3: zlib.adler32 of more than 5 KiB releases the lock, of less it does not (Modules/zlibmodule.c)."""
    if hasattr(sys, "pypy_version_info"):
        raise Unmeasurable("nothing tells a release of this interpreter's lock from what is around it")
    import zlib
    keeps, frees = b"x" * 5120, b"x" * 5121

    def fastest(data):
        return min(timed(lambda: zlib.adler32(data), 20) for _ in range(10))

    return collect(seconds, lambda: fastest(frees) - fastest(keeps))


def thread(seconds):
    """Start and join of a thread that does nothing."""
    import threading

    def take():
        start = clock()
        worker = threading.Thread(target=int)
        worker.start()
        worker.join()
        return (clock() - start) * 1e9

    tell(name="thread", values=collect(seconds, take))


def stamp(pipe):
    """What a child process does: it tells when it has begun, and how much it has worked for that."""
    pipe.send_bytes(json.dumps([clock(), work_clock()]).encode())


def work_of_children():
    """Seconds of work of all child processes that have been joined."""
    import resource
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process(seconds, kind):
    """Start and join of a process: work of the parent, of the child to its first step, and of the child after it.

    Children of a fork server are not ours: what they do after their first step is told as the time to the join.
    """
    import multiprocessing
    if hasattr(multiprocessing, "get_context"):
        if kind not in multiprocessing.get_all_start_methods():
            raise Unmeasurable("there is no start method " + kind)
        multiprocessing = multiprocessing.get_context(kind)
    elif kind != "fork":
        raise Unmeasurable("this version starts processes by fork alone")
    parents, children, exits = [], [], []

    def take():
        receiver, sender = multiprocessing.Pipe(False)
        child = multiprocessing.Process(target=stamp, args=(sender,))
        children_before, before = work_of_children(), work_clock()
        child.start()
        parents.append((work_clock() - before) * 1e9)
        started = clock()
        child.join()
        joined = clock()
        begun, work = json.loads(receiver.recv_bytes().decode())
        receiver.close()
        sender.close()
        children.append(work * 1e9)
        rest = work_of_children() - children_before - work
        exits.append((joined - max(begun, started) if kind == "forkserver" else max(rest, 0.0)) * 1e9)

    take()  # the first one also starts servers and imports modules
    del parents[:], children[:], exits[:]
    collect(seconds, take)
    tell(name=kind + ".parent", values=parents)
    tell(name=kind + ".child", values=children)
    tell(name=kind + ".exit", values=exits)


def interpreter(seconds):
    """An interpreter with a lock of its own: until it has run its first line, and ending it."""
    create, run, end = interpreters()
    begins, exits = [], []

    def take():
        start = work_clock()
        made = create()
        run(made)
        ready = work_clock()
        end(made)
        begins.append((ready - start) * 1e9)
        exits.append((work_clock() - ready) * 1e9)

    collect(seconds, take)
    tell(name="interpreter.child", values=begins)
    tell(name="interpreter.exit", values=exits)


def interpreters():
    """How to create an interpreter, run something in it and end it."""
    if hasattr(sys, "pypy_version_info") or sys.version_info < (3, 12):
        raise Unmeasurable("interpreters have locks of their own since CPython 3.12")
    try:
        from concurrent import interpreters as public
        return public.create, lambda made: getattr(made, "exec")("pass"), lambda made: made.close()
    except ImportError:
        pass
    try:
        import _interpreters as private
        return private.create, lambda made: getattr(private, "exec")(made, "pass"), private.destroy
    except ImportError:
        import _xxsubinterpreters as private
        return private.create, lambda made: private.run_string(made, "pass"), private.destroy


def pickle(seconds):
    """A list of integers into bytes or back: each call, and picoseconds for each byte."""
    try:
        import cPickle as pickle
    except ImportError:
        import pickle
    protocol = getattr(pickle, "DEFAULT_PROTOCOL", 0) or pickle.HIGHEST_PROTOCOL
    calls, slopes = [], []

    def one_way(value, times):
        data = pickle.dumps(value, protocol)
        both = timed(lambda: pickle.dumps(value, protocol), times) + timed(lambda: pickle.loads(data), times)
        return both / 2, len(data)

    def take():
        call, short = one_way([1], 200)
        whole, long = one_way(list(range(10000)), 2)
        calls.append(call)
        slopes.append((whole - call) * 1e3 / (long - short))

    collect(seconds, take)
    tell(name="pickle.call", values=calls)
    tell(name="pickle.byte", values=slopes)


def pipe(seconds):
    """Bytes through a pipe, in or out: each call, and picoseconds for each byte."""
    import multiprocessing
    receiver, sender = multiprocessing.Pipe(False)
    calls, slopes = [], []

    def one_way(size, times):
        data = b"x" * size

        def exchange():
            sender.send_bytes(data)
            receiver.recv_bytes()

        return timed(exchange, times) / 2

    def take():
        call = one_way(10, 50)
        calls.append(call)
        slopes.append((one_way(50010, 5) - call) * 1e3 / 50000)

    collect(seconds, take)
    tell(name="pipe.call", values=calls)
    tell(name="pipe.byte", values=slopes)


def ping(seconds):
    """From a child's write into a pipe until the parent, which sleeps in a read of it, goes on; every 20 ms."""
    import os
    import struct
    if not hasattr(os, "fork"):
        raise Unmeasurable("there is no fork")
    count, gap, first = max(2 * FEWEST, int(seconds / 0.02)), 0.02, 3  # the child's first ones copy its memory
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        for _ in range(count):
            time.sleep(gap)
            os.write(writer, struct.pack("d", clock()))
        os._exit(0)
    values = []
    for _ in range(count):
        sent = struct.unpack("d", os.read(reader, 8))[0]
        values.append((clock() - sent) * 1e9)
    os.waitpid(child, 0)
    tell(name="ping", values=values[first:])


MEASUREMENTS = {
    "identity": identity,
    "step": step,
    "warm_step": warm_step,
    "element": element,
    "sha256": sha256,
    "side": side,
    "message": message,
    "lock_pair": lock_pair,
    "thread": thread,
    "fork": lambda seconds: process(seconds, "fork"),
    "spawn": lambda seconds: process(seconds, "spawn"),
    "forkserver": lambda seconds: process(seconds, "forkserver"),
    "interpreter": interpreter,
    "pickle": pickle,
    "pipe": pipe,
    "ping": ping,
}


def main():
    name, seconds = sys.argv[1], float(sys.argv[2])
    try:
        MEASUREMENTS[name](seconds)
    except (Unmeasurable, ImportError) as reason:
        tell(reason=str(reason))


if __name__ == "__main__":
    main()
