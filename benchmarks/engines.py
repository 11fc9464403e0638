"""How fast the engines run the LSTM diagram, as multiples of the numpy engine measured in turn in the same run.

    python benchmarks/engines.py [ROUNDS]

T = 10,000 steps, double precision, one thread, for (units, inputs, outputs) of two sizes. The numpy and onnx engines,
which are slow, run fewer steps; each ratio is one of times per step.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import numpy as np

from bridge.cases.example import example
from bridge.crossings.example import example_model
from bridge.simulation import Simulator

SIZES = ((5, 1, 1), (32, 8, 4))
STEPS = 10_000
ENGINES = ("numpy", "onnx", "compiled")
SHORTER = {"numpy": 1000, "onnx": 2000}


def workspace(units: int, inputs: int, outputs: int) -> dict[str, Any]:
    """Random weights of a size at which the gates neither saturate nor stay linear, and a random input."""
    random = np.random.default_rng(1)
    shapes = {"W": (4 * units, inputs), "R": (4 * units, units), "b": (4 * units, 1), "F": (outputs, units)}
    weights = {name: random.normal(scale=units**-0.5, size=shape) for name, shape in shapes.items()}
    sample_time = example().sample_time
    start = {name: np.zeros((units, 1)) for name in ("h0", "c0")}
    signal = {"t": sample_time * np.arange(STEPS)[:, None], "u": random.normal(size=(STEPS, inputs))}
    return {**weights, **start, **signal, "Nn": units, "Ts": sample_time}


def seconds_per_step(simulator: Simulator, steps: int) -> float:
    """Time of one run from the start, by its steps."""
    begin = time.perf_counter()
    simulator.run(steps=steps)
    return (time.perf_counter() - begin) / steps


def main() -> None:
    """Print a line per size and engine."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"speed as a multiple of the numpy engine (lowest, median, highest of {rounds} rounds)")
    for size in SIZES:
        variables = workspace(*size)
        simulators = {name: Simulator(example_model(), variables, engine=name) for name in ENGINES}
        steps = {name: SHORTER.get(name, STEPS) for name in simulators}
        for name, simulator in simulators.items():
            simulator.run(steps=min(steps[name], 100))
        found: dict[str, list[float]] = {name: [] for name in simulators}
        for _ in range(rounds):
            times = {name: seconds_per_step(simulator, steps[name]) for name, simulator in simulators.items()}
            for name, each in times.items():
                found[name].append(times["numpy"] / each)
        for name, ratios in found.items():
            low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
            print(f"  {size!s:12} {name:9} {low:8.1f} {middle:8.1f} {high:8.1f}")


if __name__ == "__main__":
    main()
