"""Steps 1 to 4: one LSTM as a diagram in double precision and as a network in single."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bridge.cases.example import Example
from bridge.cases.reproduce.rows import Row, exact, failed, rounding, values
from bridge.crossings.example import example_model
from bridge.engines import engine_names
from bridge.errors import EngineError
from bridge.network import LSTM, FullyConnected, Network, SequenceInput
from bridge.prediction import predict
from bridge.simulation import simulate


def first_network(data: Example) -> Network:
    """The network of the example's first part: its weights, its states, and a fully connected layer without bias."""
    w = data.weights
    outputs, units = w["F"].shape
    return Network([SequenceInput(w["W"].shape[1]), LSTM(units), FullyConnected(outputs)]).with_(
        lstm={
            "InputWeights": w["W"],
            "RecurrentWeights": w["R"],
            "Bias": w["b"],
            "HiddenState": w["h0"],
            "CellState": w["c0"],
        },
        fc={"Weights": w["F"], "Bias": np.zeros((outputs, 1))},
    )


def first_network_rows(data: Example, engines: Sequence[str]) -> Iterator[Row]:
    """`sim_y` of the diagram on our engines, `dlt_z` and its distance from the diagram on all."""
    count = len(values()["sim_y"]["printed"][0])
    diagram = None
    for engine in (name for name in engines if name in engine_names()):
        try:
            y = simulate(example_model(), data.workspace, engine=engine)["y"]
        except EngineError as error:
            yield failed("sim_y", engine, error)
            continue
        diagram = y if diagram is None else diagram
        yield exact("sim_y", y[:count].T, f"diagram, {engine}")
    network = first_network(data)
    for engine in engines:
        try:
            z = predict(network, data.input, layout="TC", precision="single", engine=engine)
        except EngineError as error:
            yield failed("dlt_z", engine, error)
            continue
        yield exact("dlt_z", z[:count].T, f"network, {engine}")
        if diagram is not None:
            # The matrix 2-norm of MATLAB's `norm`, the largest singular value.
            yield rounding("norm_z_minus_y", float(np.linalg.norm(z.astype(float) - diagram, 2)), f"network, {engine}")
