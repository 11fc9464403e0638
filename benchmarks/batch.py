"""A batch of 1,000 sequences through the LSTM diagram: lanes beside a loop of single runs, and two threads beside one.

    python benchmarks/batch.py [ROUNDS]

T = 1,000 and 10,000 steps, double precision, (units, inputs, outputs) = (5, 1, 1), by the compiled engine. A batch
includes reading and tracing the diagram, which the loop has behind it. Each ratio is one of times measured in turn; one
thread's by the processor's clock, as others may be at work on the machine.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from compiled import workspace

from bridge.crossings.example import example_model
from bridge.simulation import Simulator, simulate_batch

SIZE, LENGTHS, RUNS = (5, 1, 1), (1000, 10_000), 1000


def seconds(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """What a piece of work takes by a clock."""
    begin = clock()
    work()
    return clock() - begin


def measure(steps: int, rounds: int) -> dict[str, list[float]]:
    """The ratios, round by round."""
    shared = workspace(*SIZE, steps)
    random = np.random.default_rng(0)
    spaces = [{**shared, "u": random.normal(size=shared["u"].shape)} for _ in range(RUNS)]
    model = example_model()
    simulator = Simulator(model, shared, engine="compiled")

    def loop() -> None:
        for space in spaces:
            simulator.run(parameters={"u": space["u"]})

    def batch(threads: int) -> None:
        simulate_batch(model, spaces, engine="compiled", threads=threads)

    batch(1)
    found: dict[str, list[float]] = {"a loop / a batch, one thread": [], "one thread / two threads": []}
    lanes, threads = found.values()
    for _ in range(rounds):
        lanes.append(seconds(time.process_time, loop) / seconds(time.process_time, lambda: batch(1)))
        threads.append(seconds(time.perf_counter, lambda: batch(1)) / seconds(time.perf_counter, lambda: batch(2)))
    return found


def main() -> None:
    """Print a line per length and ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"ratios of times (lowest, median, highest of {rounds} rounds)")
    for steps in LENGTHS:
        for name, found in measure(steps, rounds).items():
            low, middle, high = min(found), statistics.median(found), max(found)
            print(f"  T = {steps:6} {name:30} {low:6.2f} {middle:6.2f} {high:6.2f}")


if __name__ == "__main__":
    main()
