"""Steps 5 to 7: the linear system, its realisation, and the LSTM that is calculated from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge import published
from bridge.cases.example import Example
from bridge.cases.reproduce.rows import Row, exact, failed, in_single, values
from bridge.crossings.linear_systems import lstm_from_linear_system
from bridge.engines import engine_names
from bridge.errors import EngineError
from bridge.linear_system import LinearSystem
from bridge.matlab.printing import sprintf
from bridge.matlab.systems import ZeroPoleGain, c2d, dcgain, lsim, ss, zpk
from bridge.network import Network
from bridge.prediction import predict

Array = NDArray[Any]


def system() -> tuple[ZeroPoleGain, LinearSystem]:
    """The example's system, sampled: its zeros, poles and gain, and the state space that MATLAB's `ss` makes of it."""
    setup = published.load("lstm_dynamical_system")["setup"]["system"]
    continuous = zpk([complex(*z) for z in setup["zeros"]], [complex(*p) for p in setup["poles"]], setup["gain"])
    sampled = c2d(continuous, setup["sample_time"])
    return sampled, ss(sampled)


def calculated_network() -> Network:
    """The LSTM whose weights are calculated from the system."""
    scale = published.load("lstm_dynamical_system")["setup"]["calculated"]["scale"]
    return lstm_from_linear_system(system()[1], scale)


def response(u: Array) -> Array:
    """The system's response from rest, T x 1."""
    return np.asarray(lsim(system()[1], u)).reshape(-1, 1)


def linear_system_rows(data: Example, engines: Sequence[str]) -> Iterator[Row]:
    """The system's numbers, the weights calculated from it, and how well these reproduce it."""
    form, state_space = system()
    yield exact("sys_D", state_space.D[0, 0], "systems")
    yield exact("dcgain_sys", float(np.asarray(dcgain(state_space)).reshape(())), "systems")
    yield _zero_pole_gain(form)
    network = calculated_network()
    lstm, fully_connected = network["lstm"], network["fc"]
    units = lstm.NumHiddenUnits
    rows = slice(2 * units, 4 * units)
    yield exact("W_cell_output", np.asarray(lstm.InputWeights)[rows].T, "crossing")
    yield exact("R_cell_output", np.asarray(lstm.RecurrentWeights)[rows].T, "crossing")
    yield exact("F", fully_connected.Weights, "crossing")
    yield from _differences(network, data, engines)


def _zero_pole_gain(form: ZeroPoleGain) -> Row:
    value = values()["zpk_sys"]
    theirs = {key: value[key] for key in ("gain", "zeros", "quadratics")}
    pairs = [np.poly([pole, pole.conjugate()]).real for pole in form.p if pole.imag > 0]
    ours = {
        "gain": sprintf("%.5g", form.k),
        "zeros": [sprintf("%.4g", zero.real) for zero in form.z],
        "quadratics": [[sprintf("%.4g", coefficient) for coefficient in pair] for pair in pairs],
    }
    return Row("zpk_sys", value["what"], value["kind"], theirs, ours, ours == theirs, "systems")


def _differences(network: Network, data: Example, engines: Sequence[str]) -> Iterator[Row]:
    """`diff_calculated` and the loss before training from these weights, in double and in single."""
    jobs: tuple[tuple[str, Array, Callable[[Array, Array], float]], ...] = (
        ("diff_calculated", data.validation, lambda y, z: float(np.linalg.norm(y - z))),
        ("train_calculated_first_loss", data.training, lambda y, z: float(np.mean((y - z) ** 2))),
    )
    for id, u, measure in jobs:
        y = response(u)
        for precision in ("double", "single"):
            for engine in engines:
                if precision == "double" and engine not in engine_names():
                    continue  # the foreign kernels are compared as they are used, in single
                try:
                    z = predict(network, u, layout="TC", precision=precision, engine=engine).astype(float)
                except EngineError as error:
                    yield failed(id, f"{engine}, {precision}", error)
                    continue
                row = exact if precision == "double" else in_single
                yield row(id, measure(y, z), f"{engine}, {precision}")
