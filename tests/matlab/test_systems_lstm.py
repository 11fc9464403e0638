"""The published example "LSTM as a Dynamical System" in plain numpy, on one random stream, from its first draw on."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from bridge import published
from bridge.matlab.printing import format_like, format_short, num2str
from bridge.matlab.rng import rng
from bridge.matlab.systems import c2d, dcgain, lsim, ss, zpk

EXAMPLE = published.load("lstm_dynamical_system")
VALUES, SETUP = EXAMPLE["values"], EXAMPLE["setup"]


def gate(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm(u, W, R, b, h, c):
    """States h after each row of u; gates i, f, g, o in blocks of rows."""
    units = R.shape[1]
    out = np.empty((len(u), units))
    for k, row in enumerate(u):
        i, f, g, o = np.split(W @ row + R @ h + b, 4)
        c = gate(f) * c + gate(i) * np.tanh(g)
        h = gate(o) * np.tanh(c)
        out[k] = h
    return out


@pytest.fixture(scope="module")
def example():
    e = SimpleNamespace()
    stream = rng(SETUP["seed"])
    n, inputs, outputs = (SETUP["network"][name] for name in ("units", "inputs", "outputs"))
    sizes = {"h0": (n, 1), "c0": (n, 1), "W": (4 * n, inputs), "R": (4 * n, n), "b": (4 * n, 1), "F": (outputs, n)}
    drawn = {name: stream.rand(*sizes[name]) for name in SETUP["network"]["draw_order"]}
    e.uniforms = sum(value.size for value in drawn.values())
    time = SETUP["time"]
    samples = round((time["stop"] - time["start"]) / time["step"]) + 1
    u = stream.randn(samples, inputs)
    e.y = lstm(u, drawn["W"], drawn["R"], drawn["b"][:, 0], drawn["h0"][:, 0], drawn["c0"][:, 0]) @ drawn["F"].T

    given = SETUP["system"]
    zeros, poles = ([complex(*root) for root in given[name]] for name in ("zeros", "poles"))
    e.sys = ss(c2d(zpk(zeros, poles, given["gain"]), given["sample_time"]))
    validation = stream.randn(SETUP["validation_samples"], 1)
    wanted = lsim(e.sys, validation)

    A, B, C, D = e.sys.A, e.sys.B, e.sys.C, e.sys.D
    n = len(A) + B.shape[1]
    scale = SETUP["calculated"]["scale"]
    e.W = np.zeros((4 * n, 1))
    e.W[2 * n : 3 * n] = scale * np.vstack([B, np.eye(1)])
    e.R = np.zeros((4 * n, n))
    e.R[2 * n : 3 * n - 1, : n - 1] = A
    e.b = np.zeros(4 * n)
    e.b[:n] = e.b[3 * n :] = SETUP["calculated"]["open_gate_bias"]
    e.b[n : 2 * n] = SETUP["calculated"]["shut_gate_bias"]
    e.F = np.hstack([C @ np.linalg.inv(A), D - C @ np.linalg.pinv(A) @ B]) / scale
    rest = np.zeros(n)
    e.difference = float(np.linalg.norm(wanted - lstm(validation, e.W, e.R, e.b, rest, rest) @ e.F.T))

    training = stream.randn(SETUP["training_samples"], 1)
    target = lsim(e.sys, training)
    e.calculated_loss = float(np.mean((lstm(training, e.W, e.R, e.b, rest, rest) @ e.F.T - target) ** 2))
    stream.rand(SETUP["training"]["uniform_draws_before_training"], 1)
    W, R, b, F = stream.rand(4 * n, 1), stream.rand(4 * n, n), stream.rand(4 * n, 1), stream.rand(1, n)
    e.random_loss = float(np.mean((lstm(training, W, R, b[:, 0], rest, rest) @ F.T - target) ** 2))
    return e


def shown_as_published(name, matrix):
    entry = VALUES[name]
    return format_short(matrix) == format_short(np.array(entry["printed"]) * entry["scale"])


def test_a_hundred_and_eight_uniform_draws_come_first(example):
    assert example.uniforms == 108


def test_sequence_of_the_diagram(example):
    assert shown_as_published("sim_y", example.y[:5].T)


def test_linear_system(example):
    assert format_short(example.sys.D) == VALUES["sys_D"]["printed"]
    assert format_short(dcgain(example.sys)) == VALUES["dcgain_sys"]["printed"]


def test_calculated_weights(example):
    n = example.R.shape[1]
    assert shown_as_published("W_cell_output", example.W[2 * n :].T)
    assert shown_as_published("R_cell_output", example.R[2 * n :].T)
    assert shown_as_published("F", example.F)


def test_difference_on_the_validation_input(example):
    assert num2str(example.difference) == VALUES["diff_calculated"]["printed"]


@pytest.mark.parametrize("start", ["calculated", "random"])
def test_first_losses_of_the_trainings(example, start):
    printed = VALUES[f"train_{start}_first_loss"]["printed"]
    assert format_like(getattr(example, f"{start}_loss"), printed, significant=5) == printed
