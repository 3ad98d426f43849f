"""Callables on asyncio's loop, or on uvloop's, for heist-bench: `calls.py ROW [uvloop]`.

The same as `peers/embed/calls.rs`. It prints the nanoseconds for each callable as JSON.
"""

import asyncio
import json
import statistics
import sys
import time

SOON = 1_000_000
LATER = 100_000
ROUNDS = 5
DELAY = 0.3


def countdown(loop, left):
    def call():
        nonlocal left
        left -= 1
        if left == 0:
            loop.stop()

    return call


def soon(loop):
    start = time.perf_counter_ns()
    call = countdown(loop, SOON)
    for _ in range(SOON):
        loop.call_soon(call)
    loop.run_forever()
    return (time.perf_counter_ns() - start) / SOON


def later(loop):
    start = time.process_time_ns()
    call = countdown(loop, LATER)
    for timer in range(LATER):
        loop.call_later(DELAY + timer * 1e-7, call)
    loop.run_forever()
    return (time.process_time_ns() - start) / LATER


def new_loop():
    if "uvloop" in sys.argv[2:]:
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


def main():
    loop = new_loop()
    once = soon if sys.argv[1] == "call_soon_1m" else later
    print(json.dumps(statistics.median(once(loop) for _ in range(ROUNDS))))


main()
