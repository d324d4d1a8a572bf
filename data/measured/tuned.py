"""Runs the programs of experiments/tune-web.toml and tune-audio.toml under several switch intervals; prints CSV.

    python3 tuned.py ROUNDS job:0.005 web:0.005,0.0018 audio:0.005,0.00001 > tuned-py311.csv

Runs on CPython 3.2 and later. The intervals of a case take turns, in another order in each round, so that what else the machine does
falls on all of them alike. A row is one run of SECONDS: the 50th and 90th percentile and the mean of the latencies in
seconds, how many there were, and the passes a second of the CPU-bound thread.
"""
import os
import random
import struct
import sys
import threading
import time

SECONDS = 4.0


def count_down(n):
    while n > 0:
        n -= 1


def job(stop, passes):
    done = 0
    while not stop:
        count_down(5000)
        done += 5000
    passes.append(done)


def clients(pipe, seed):
    """The child: messages with the clock of their sending, after random gaps."""
    gaps = random.Random(seed)
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        time.sleep(gaps.expovariate(1 / 0.0005))
        os.write(pipe, struct.pack("d", time.perf_counter()))
    os._exit(0)


def web(seed, latencies):
    """Answers requests until the clients end."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        clients(writer, seed)
    os.close(writer)
    while True:
        message = os.read(reader, 8)
        if not message:
            break
        count_down(5000)
        latencies.append(time.perf_counter() - struct.unpack("d", message)[0])
    os.close(reader)
    os.wait()


def audio(seed, latencies):
    """Fills a buffer after each period; the latency begins when the period ends."""
    draw = random.Random(seed)
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        period, work = draw.uniform(0.008, 0.012), int(draw.uniform(10000, 30000))
        due = time.perf_counter() + period
        time.sleep(period)
        count_down(work)
        latencies.append(time.perf_counter() - due)


def nothing(seed, latencies):
    """The job alone."""
    time.sleep(SECONDS)


def run(case, interval, seed):
    """The job starts first; the measured thread is the main thread."""
    sys.setswitchinterval(interval)
    stop, passes, latencies = [], [], []
    thread = threading.Thread(target=job, args=(stop, passes))
    began = time.perf_counter()
    thread.start()
    case(seed, latencies)
    stop.append(1)
    thread.join()
    elapsed = time.perf_counter() - began
    latencies.sort()
    share = lambda p: latencies[min(len(latencies) - 1, int(p * len(latencies)))] if latencies else float("nan")
    mean = sum(latencies) / len(latencies) if latencies else float("nan")
    return share(0.5), share(0.9), mean, len(latencies), sum(passes) / elapsed




CASES = {"web": web, "audio": audio, "job": nothing}


def main():
    rounds = int(sys.argv[1])
    print("case,round,lock.switch_interval_s,latency_p50_s,latency_p90_s,latency_mean_s,count,passes_per_s")
    for argument in sys.argv[2:]:
        name, intervals = argument.split(":")
        intervals = [float(interval) for interval in intervals.split(",")]
        for number in range(rounds):
            for interval in intervals if number % 2 == 0 else reversed(intervals):
                values = run(CASES[name], interval, number)
                print("%s,%d,%g,%.6f,%.6f,%.6f,%d,%.0f" % ((name, number, interval) + values))
                sys.stdout.flush()


main()
