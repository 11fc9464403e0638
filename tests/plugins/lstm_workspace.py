"""Variables of the LSTM diagram, `models/lstm_sim.mdl`, of any size."""

from __future__ import annotations

from typing import Any

import numpy as np


def lstm_workspace(units: int, inputs: int, outputs: int, *, steps: int = 51, seed: int = 0) -> dict[str, Any]:
    """Random weights at which the gates neither saturate nor stay linear, and so many input samples, 0.1 s apart."""
    random = np.random.default_rng([seed, units, inputs, outputs])
    shapes = {"W": (4 * units, inputs), "R": (4 * units, units), "b": (4 * units, 1), "F": (outputs, units)}
    weights = {name: random.normal(scale=units**-0.5, size=shape) for name, shape in shapes.items()}
    start = {name: random.normal(size=(units, 1)) for name in ("h0", "c0")}
    signal = {"t": 0.1 * np.arange(steps)[:, None], "u": random.normal(size=(steps, inputs))}
    return {**weights, **start, **signal, "Nn": float(units), "Ts": 0.1}
