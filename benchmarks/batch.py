"""A batch of 1,000 sequences through the LSTM diagram: lanes beside a loop of single runs, and two threads beside one.

    python benchmarks/batch.py [ROUNDS]

T = 1,000 steps, double precision, (units, inputs, outputs) = (5, 1, 1), by the compiled engine. Each ratio is one of
times measured in turn; one thread's by the processor's clock, as others may be at work on the machine.
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

SIZE, STEPS, RUNS = (5, 1, 1), 1000, 1000


def seconds(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """What a piece of work takes by a clock."""
    begin = clock()
    work()
    return clock() - begin


def main() -> None:
    """Print a line per ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    shared = workspace(*SIZE, STEPS)
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
    lanes, threads = [], []
    for _ in range(rounds):
        lanes.append(seconds(time.process_time, loop) / seconds(time.process_time, lambda: batch(1)))
        threads.append(seconds(time.perf_counter, lambda: batch(1)) / seconds(time.perf_counter, lambda: batch(2)))
    print(f"ratios of times (lowest, median, highest of {rounds} rounds)")
    for name, found in (("a loop / a batch, one thread", lanes), ("one thread / two threads", threads)):
        print(f"  {name:30} {min(found):6.2f} {statistics.median(found):6.2f} {max(found):6.2f}")


if __name__ == "__main__":
    main()
