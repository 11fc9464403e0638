"""The data of the published example *LSTM as a Dynamical System* (File Exchange 124970), drawn from MATLAB's stream.

Every number that MATLAB drew comes from one stream, so that the order of the draws is part of the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from bridge import published
from bridge.matlab.colon import colon
from bridge.matlab.rng import rng

Array = NDArray[Any]


@dataclass(frozen=True)
class Example:
    """`weights`: Nn, h0, c0, W, R, b, F of the first network; `time` (51 x 1) and `input` (51 x 4) of the first run.

    `validation` (51 x 1) and `training` (1001 x 1) are the inputs of the second part; `random_start` holds the weights
    that the second training begins with, by name.
    """

    weights: dict[str, Array]
    time: Array
    sample_time: float
    input: Array
    validation: Array
    training: Array
    random_start: dict[str, Array]

    @property
    def workspace(self) -> dict[str, Any]:
        """The base workspace of the diagram's first run."""
        return {**self.weights, "t": self.time, "u": self.input, "Ts": self.sample_time}


def example() -> Example:
    """Draw everything, in the order of the example."""
    setup = published.load("lstm_dynamical_system")["setup"]
    stream = rng(setup["seed"])
    n, inputs, outputs = (setup["network"][key] for key in ("units", "inputs", "outputs"))
    sizes = {"h0": (n, 1), "c0": (n, 1), "W": (4 * n, inputs), "R": (4 * n, n), "b": (4 * n, 1), "F": (outputs, n)}
    weights = {name: stream.rand(*sizes[name]) for name in setup["network"]["draw_order"]}
    clock = setup["time"]
    time = colon(clock["start"], clock["step"], clock["stop"]).reshape(-1, 1)
    first = stream.randn(time.size, inputs)
    validation = stream.randn(setup["validation_samples"], 1)
    training = stream.randn(setup["training_samples"], 1)
    # The shuffle before the first training draws from the same stream.
    stream.rand(1, setup["training"]["uniform_draws_before_training"])
    units = len(setup["system"]["poles"]) + 1
    shapes = {
        "InputWeights": (4 * units, 1),
        "RecurrentWeights": (4 * units, units),
        "Bias": (4 * units, 1),
        "FC weights": (1, units),
    }
    start = {name: stream.rand(*shapes[name]) for name in setup["training"]["random"]["draw_order"]}
    return Example({"Nn": n, **weights}, time, clock["step"], first, validation, training, start)
