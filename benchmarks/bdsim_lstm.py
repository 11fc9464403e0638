"""The LSTM diagram at (5, 1, 1) in bdsim, block by block; prints its seconds per step. Needs nothing of this package.

    python bdsim_lstm.py STEPS

bdsim has no unit delay: a zero-order hold of the clock stands in its place, which costs as much and computes something
else, so that the numbers are not compared.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import bdsim
import numpy as np

UNITS, PERIOD = 5, 0.5


def logsig(x: np.ndarray) -> np.ndarray:
    """The logistic function, as the diagram's blocks compute it."""
    return 1 / (1 + np.exp(-x))


def tansig(x: np.ndarray) -> np.ndarray:
    """The hyperbolic tangent, as the diagram's blocks compute it."""
    return 2 / (1 + np.exp(-2 * x)) - 1


def product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Element by element."""
    return x * y


def times(matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Multiplication by a matrix."""
    return lambda x: matrix @ x


def main() -> None:
    """Build the diagram, run it, print the time."""
    steps = int(sys.argv[1])
    random = np.random.default_rng(1)
    simulation = bdsim.BDSim(animation=False, graphics=False, progress=False, quiet=True, banner=False)
    diagram = simulation.blockdiagram()
    clock = diagram.clock(PERIOD, "s")
    u = diagram.WAVEFORM("sine", freq=0.01)
    hidden = diagram.ZOH(clock, x0=np.zeros(UNITS))
    cell = diagram.ZOH(clock, x0=np.zeros(UNITS))
    gates = {}
    for name in "ifgo":
        shapes = {"W": UNITS, "R": (UNITS, UNITS), "b": UNITS}
        W, R, b = (random.normal(scale=UNITS**-0.5, size=shape) for shape in shapes.values())
        total = diagram.SUM("+++")
        fed = diagram.GAIN(W)
        back = diagram.FUNCTION(times(R))
        diagram.connect(u, fed)
        diagram.connect(hidden, back)
        diagram.connect(fed, total[0])
        diagram.connect(back, total[1])
        diagram.connect(diagram.CONSTANT(b), total[2])
        gates[name] = diagram.FUNCTION(tansig if name == "g" else logsig)
        diagram.connect(total, gates[name])
    forgotten, added, shown = (diagram.FUNCTION(product, nin=2) for _ in range(3))
    diagram.connect(gates["f"], forgotten[0])
    diagram.connect(cell, forgotten[1])
    diagram.connect(gates["i"], added[0])
    diagram.connect(gates["g"], added[1])
    total = diagram.SUM("++")
    diagram.connect(forgotten, total[0])
    diagram.connect(added, total[1])
    diagram.connect(total, cell)
    squashed = diagram.FUNCTION(tansig)
    diagram.connect(total, squashed)
    diagram.connect(gates["o"], shown[0])
    diagram.connect(squashed, shown[1])
    diagram.connect(shown, hidden)
    F = random.normal(size=UNITS)
    y = diagram.FUNCTION(times(F))
    diagram.connect(shown, y)
    diagram.connect(y, diagram.NULL())
    diagram.compile()
    begin = time.perf_counter()
    simulation.run(diagram, T=steps * PERIOD, watch=[y])
    print((time.perf_counter() - begin) / steps)


if __name__ == "__main__":
    main()
