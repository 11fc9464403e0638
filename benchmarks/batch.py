"""A batch of 1,000 sequences through the LSTM diagram: lanes beside a loop of single runs, and two threads beside one.

    python benchmarks/batch.py [ROUNDS]

T = 1,000, 2,000 and 10,000 steps, double precision, (units, inputs, outputs) = (5, 1, 1), by the compiled engine. The
loop, of a `Simulator`'s runs, and the prepared batch, of a `BatchSimulator`, have reading, tracing and compiling behind
them, and keep every output; `simulate_batch` reads and traces each time. Each ratio is one of times measured in turn:
those to the loop by one thread and the processor's clock, as others may be at work on the machine, the threads' by
the wall's.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from compiled import workspace

from bridge.crossings.example import example_model
from bridge.simulation import BatchSimulator, Simulator, simulate_batch

SIZE, LENGTHS, RUNS = (5, 1, 1), (1000, 2000, 10_000), 1000


def seconds(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """What a piece of work takes by a clock."""
    begin = clock()
    work()
    return clock() - begin


def measure(steps: int, rounds: int) -> dict[str, list[float]]:
    """The ratios, round by round."""
    shared = workspace(*SIZE, steps)
    random = np.random.default_rng(0)
    replaced = [{"u": random.normal(size=shared["u"].shape)} for _ in range(RUNS)]
    spaces = [{**shared, **each} for each in replaced]
    model = example_model()
    simulator = Simulator(model, shared, engine="compiled")
    prepared = BatchSimulator(model, shared, engine="compiled")

    def loop() -> object:
        return [simulator.run(parameters=each)["y"] for each in replaced]

    def batch(threads: int = 1) -> object:
        return prepared.run(parameters=replaced, threads=threads)["y"]

    def whole() -> object:
        return simulate_batch(model, spaces, engine="compiled", threads=1)["y"]

    batch()
    found: dict[str, list[float]] = {
        "a loop / a prepared batch": [],
        "a loop / simulate_batch": [],
        "one thread / two threads": [],
    }
    of_batch, of_whole, of_threads = found.values()
    for _ in range(rounds):
        single, lanes, called = (seconds(time.process_time, work) for work in (loop, batch, whole))
        of_batch.append(single / lanes)
        of_whole.append(single / called)
        of_threads.append(seconds(time.perf_counter, batch) / seconds(time.perf_counter, lambda: batch(2)))
    return found


def main() -> None:
    """Print a line per length and ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"ratios of times (lowest, median, highest of {rounds} rounds)")
    for steps in LENGTHS:
        for name, found in measure(steps, rounds).items():
            low, middle, high = min(found), statistics.median(found), max(found)
            print(f"  T = {steps:6} {name:26} {low:6.2f} {middle:6.2f} {high:6.2f}")


if __name__ == "__main__":
    main()
