"""The diagram of the LSTM, the original and ours, against recurrences that know nothing of diagrams."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge import published
from bridge.crossings import example_model
from bridge.matlab.colon import colon
from bridge.matlab.printing import format_short
from bridge.matlab.rng import rng

SIZES = [(1, 1, 1), (1, 4, 2), (3, 4, 2), (5, 1, 1), (16, 4, 3), (64, 8, 4), (128, 16, 8)]
WEIGHTS = ("W", "R", "b", "F")


def workspace(units: int, inputs: int, outputs: int, samples: int = 51) -> dict[str, object]:
    """Weights with zero mean, scaled by 1/sqrt(units), and inputs on times that are not quite the simulation's."""
    g = np.random.default_rng(units)
    scale = 1 / np.sqrt(units)
    return {
        "W": scale * g.normal(size=(4 * units, inputs)),
        "R": scale * g.normal(size=(4 * units, units)),
        "b": scale * g.normal(size=(4 * units, 1)),
        "F": scale * g.normal(size=(outputs, units)),
        "h0": g.normal(size=(units, 1)),
        "c0": g.normal(size=(units, 1)),
        "Nn": float(units),
        "Ts": 0.1,
        "t": np.reshape(colon(0, 0.1, 0.1 * (samples - 1)), (-1, 1)),
        "u": g.normal(size=(samples, inputs)),
    }


def interpolated(w):
    """The input at k Ts, on the straight lines between the samples: MATLAB's times differ from k Ts in the last bit."""
    t, u = w["t"][:, 0], w["u"]
    rows = []
    for now in np.arange(len(t)) * w["Ts"]:
        k = min(max(int(np.searchsorted(t, now, side="right")) - 1, 0), len(t) - 2)
        share = (t[k + 1] - now) / (t[k + 1] - t[k])
        rows.append(share * u[k] + (1 - share) * u[k + 1])
    return np.array(rows)


def recurrence(w, u):
    """y of the LSTM with rows i, f, g, o, written out."""
    h, c, y = w["h0"][:, 0], w["c0"][:, 0], []
    for row in u:
        i, f, g, o = np.split(w["W"] @ row + w["R"] @ h + w["b"][:, 0], 4)
        i, f, o = (1 / (1 + np.exp(-x)) for x in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        y.append(w["F"] @ h)
    return np.array(y)


def rows(y, w):
    """A signal with one element may come as `T` or as `T x 1 x 1`."""
    return np.asarray(y).reshape(len(w["t"]), -1)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_original_and_ours_agree_bit_for_bit(size, shared: Path) -> None:
    w = workspace(*size)
    original = bridge.simulate(shared / "corpus/seed/lstm_sim.mdl", w, engine="numpy")["y"]
    ours = bridge.simulate(example_model(), w, engine="numpy")["y"]
    assert original.shape == ours.shape
    assert original.tobytes() == ours.tobytes()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_ours_agrees_with_a_plain_recurrence(size) -> None:
    w = workspace(*size)
    y = rows(bridge.simulate(example_model(), w, engine="numpy")["y"], w)
    expected = recurrence(w, interpolated(w))
    # A few roundings a step, damped by the gates; seen: below 1e-15.
    assert np.abs(y - expected).max() <= 1e-14 * np.abs(expected).max()


def test_interpolation_is_needed_for_the_last_bits() -> None:
    w = workspace(16, 4, 3)
    y = bridge.simulate(example_model(), w, engine="numpy")["y"]
    at_the_samples = recurrence(w, w["u"])
    assert np.abs(y - at_the_samples).max() > np.abs(y - recurrence(w, interpolated(w))).max()


@pytest.mark.parametrize("engine", ["torch", "onnx"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_engines_agree(size, engine: str) -> None:
    pytest.importorskip("torch" if engine == "torch" else "onnxruntime")
    w = workspace(*size)
    reference = bridge.simulate(example_model(), w, engine="numpy")["y"]
    y = bridge.simulate(example_model(), w, engine=engine)["y"]
    assert y.shape == reference.shape
    # Other orders of summation and other exponentials; seen: 1.3e-15.
    assert np.abs(y - reference).max() <= 1e-13 * np.abs(reference).max()


def gradients_of_the_diagram(w, target):
    """d mean((y - target)^2) with respect to every weight, through the executed diagram."""
    import torch

    simulator = bridge.Simulator(example_model(), w, engine="torch")
    tensors = {name: torch.tensor(w[name], requires_grad=True) for name in WEIGHTS}
    y = simulator.run(parameters=tensors)["y"].reshape(target.shape)
    (y - torch.tensor(target)).square().mean().backward()
    return {name: tensor.grad.numpy() for name, tensor in tensors.items()}


@pytest.mark.parametrize("size", [(1, 1, 1), (3, 4, 2), (16, 4, 3)], ids=str)
def test_gradients_are_those_of_torch_lstm(size) -> None:
    torch = pytest.importorskip("torch")
    units, inputs, outputs = size
    w = workspace(*size)
    target = np.random.default_rng(1).normal(size=(len(w["t"]), outputs))
    found = gradients_of_the_diagram(w, target)
    lstm = torch.nn.LSTM(inputs, units, dtype=torch.float64)  # gates i, f, g, o, as in MATLAB
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.tensor(w["W"]))
        lstm.weight_hh_l0.copy_(torch.tensor(w["R"]))
        lstm.bias_ih_l0.copy_(torch.tensor(w["b"][:, 0]))
        lstm.bias_hh_l0.zero_()
    F = torch.tensor(w["F"], requires_grad=True)
    start = [torch.tensor(w[name].T) for name in ("h0", "c0")]
    h, _ = lstm(torch.tensor(interpolated(w)), tuple(start))
    (h @ F.T - torch.tensor(target)).square().mean().backward()
    expected = {"W": lstm.weight_ih_l0, "R": lstm.weight_hh_l0, "b": lstm.bias_ih_l0, "F": F}
    for name, tensor in expected.items():
        gradient = tensor.grad.numpy().reshape(found[name].shape)
        assert np.abs(found[name] - gradient).max() <= 1e-10 * np.abs(gradient).max(), name


def test_gradients_are_those_of_finite_differences() -> None:
    pytest.importorskip("torch")
    w = workspace(3, 4, 2)
    g = np.random.default_rng(2)
    target = g.normal(size=(len(w["t"]), 2))
    found = gradients_of_the_diagram(w, target)
    simulator = bridge.Simulator(example_model(), w, engine="numpy")

    def loss(name, value):
        return np.mean((simulator.run(parameters={name: value})["y"] - target) ** 2)

    for name in WEIGHTS:
        direction = g.normal(size=w[name].shape)
        step = 1e-5
        slope = (loss(name, w[name] + step * direction) - loss(name, w[name] - step * direction)) / (2 * step)
        # The step squared against the third derivative, and 1e-16 / step of rounding.
        assert abs(np.sum(found[name] * direction) - slope) <= 1e-8 * max(1.0, abs(slope)), name


def example_workspace():
    """Steps 1 to 3 of the published example, on one random stream."""
    setup = published.load("lstm_dynamical_system")["setup"]
    n, inputs, outputs = (setup["network"][name] for name in ("units", "inputs", "outputs"))
    stream = rng(setup["seed"])
    sizes = {"h0": (n, 1), "c0": (n, 1), "W": (4 * n, inputs), "R": (4 * n, n), "b": (4 * n, 1), "F": (outputs, n)}
    w = {name: stream.rand(*sizes[name]) for name in setup["network"]["draw_order"]}
    time = setup["time"]
    t = np.reshape(colon(time["start"], time["step"], time["stop"]), (-1, 1))
    return {**w, "t": t, "u": stream.randn(len(t), inputs), "Nn": float(n), "Ts": time["step"]}


@pytest.mark.parametrize("engine", ["numpy", "torch", "onnx"])
def test_the_published_samples_print_as_matlab_printed_them(engine: str) -> None:
    if engine != "numpy":
        pytest.importorskip("torch" if engine == "torch" else "onnxruntime")
    entry = published.load("lstm_dynamical_system")["values"]["sim_y"]
    y = bridge.simulate(example_model(), example_workspace(), engine=engine)["y"]
    assert y.shape == (51, 2)
    assert format_short(y[:5].T) == format_short(np.array(entry["printed"]) * entry["scale"])
