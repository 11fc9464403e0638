"""The solvers' update rules against the formulas of MATLAB's documentation in plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridge.training import TrainingOptions
from bridge.training.solvers import regularized, solver

torch = pytest.importorskip("torch")

GRADIENTS = [np.array([0.1, -2.0, 3e-4]), np.array([-0.3, 1.0, 1e-9]), np.array([0.2, 0.5, -1.0])]
START = np.array([1.0, -2.0, 0.5])
RATE = 0.01


def stepped(options: TrainingOptions) -> list[np.ndarray[Any, Any]]:
    """The weights after each step."""
    weights, update, seen = torch.tensor(START), solver(options), []
    for gradient in GRADIENTS:
        update.step([weights], [torch.tensor(gradient)], [RATE])
        seen.append(weights.numpy().copy())
    return seen


def test_adam_adds_epsilon_before_bias_correction() -> None:
    epsilon = 1e-3  # large, so that its place shows
    got = stepped(TrainingOptions("adam", Epsilon=epsilon))
    w, m, v = START.copy(), np.zeros(3), np.zeros(3)
    for t, g in enumerate(GRADIENTS, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - RATE * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + epsilon)
        np.testing.assert_allclose(got[t - 1], w, rtol=1e-13)


def test_rmsprop_has_no_bias_correction() -> None:
    got = stepped(TrainingOptions("rmsprop", Epsilon=1e-3))
    w, v = START.copy(), np.zeros(3)
    for t, g in enumerate(GRADIENTS):
        v = 0.9 * v + 0.1 * g**2
        w = w - RATE * g / (np.sqrt(v) + 1e-3)
        np.testing.assert_allclose(got[t], w, rtol=1e-13)


def test_momentum_holds_the_learn_rate_inside_the_velocity() -> None:
    weights, update = torch.tensor(START), solver(TrainingOptions("sgdm"))
    w, v = START.copy(), np.zeros(3)
    for g, rate in zip(GRADIENTS, (0.1, 0.01, 0.001), strict=True):  # a rate that changes tells the two forms apart
        update.step([weights], [torch.tensor(g)], [rate])
        v = 0.9 * v - rate * g
        w = w + v
        np.testing.assert_allclose(weights.numpy(), w, rtol=1e-13)


def cut(method: str) -> list[np.ndarray[Any, Any]]:
    options = TrainingOptions(GradientThreshold=1.0, GradientThresholdMethod=method)
    gradients = [torch.tensor([3.0, 4.0]), torch.tensor([0.3, 0.4])]
    return [g.numpy() for g in regularized([torch.zeros(2)] * 2, gradients, [0.0, 0.0], options)]


def test_the_threshold_acts_on_each_array_on_all_or_on_elements() -> None:
    for got, expected in (
        (cut("l2norm"), ([0.6, 0.8], [0.3, 0.4])),
        (cut("global-l2norm"), (np.array([3.0, 4.0]) / np.sqrt(25.25), np.array([0.3, 0.4]) / np.sqrt(25.25))),
        (cut("absolute-value"), ([1.0, 1.0], [0.3, 0.4])),
    ):
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6)


def test_regularization_comes_before_the_threshold() -> None:
    options = TrainingOptions(GradientThreshold=1.0)
    (got,) = regularized([torch.tensor([10.0, 0.0])], [torch.tensor([0.0, 0.5])], [0.5], options)
    whole = np.array([5.0, 0.5])
    np.testing.assert_allclose(got.numpy(), whole / np.linalg.norm(whole), rtol=1e-6)
