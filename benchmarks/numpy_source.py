"""How fast the numpy engine's straight-line Python runs the LSTM diagram, against evaluation node by node.

    python benchmarks/numpy_source.py [ROUNDS]

T = 1000 steps for (units, inputs, outputs) of three sizes. Both run in turn in one process; what counts is processor
time, as other processes may share the cores. Results are compared bit for bit.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bridge.crossings.example import example_model
from bridge.engines import Schedule, engine
from bridge.simulation import Simulator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "plugins"))

from lstm_workspace import lstm_workspace
from node_by_node import NodeByNode

SIZES = ((3, 4, 2), (5, 1, 1), (32, 8, 4))
STEPS = 1000


def seconds(call: Callable[[], Any]) -> tuple[float, bytes]:
    """Processor time of one run, and the bits of its output."""
    begin = time.process_time()
    run = call()
    return time.process_time() - begin, run.outputs["y"].tobytes()


def main() -> None:
    """Print a line per size."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    print(f"straight-line Python as a multiple of node by node (lowest, median, highest of {rounds} rounds)")
    for size in SIZES:
        simulator = Simulator(example_model(), lstm_workspace(*size, steps=STEPS))
        program, parameters = simulator.program, simulator.diagram.parameters
        arguments = (Schedule.of(program, STEPS), parameters, {})
        ours, kernels = engine("numpy").load(program), NodeByNode(program)
        ratios = []
        for _ in range(rounds + 1):
            slow, expected = seconds(partial(kernels.run, *arguments))
            fast, found = seconds(partial(ours.run, *arguments))
            if found != expected:
                raise SystemExit(f"{size}: results differ")
            ratios.append(slow / fast)
        low, middle, high = min(ratios[1:]), statistics.median(ratios[1:]), max(ratios[1:])
        print(f"  {size!s:12} {low:6.2f} {middle:6.2f} {high:6.2f}")


if __name__ == "__main__":
    main()
