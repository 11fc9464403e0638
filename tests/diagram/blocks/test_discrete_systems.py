"""Discrete state space and zero-pole systems, against their recurrences and scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block, run

from bridge.errors import DimensionMismatch, ParameterError, TypeMismatch, UnsupportedBlock
from bridge.model import Model

A = np.array([[0.5, 0.1, 0.0], [-0.2, 0.3, 0.4], [0.0, 0.1, -0.6]])
B = np.array([[1.0, 0.0], [0.5, -1.0], [0.0, 2.0]])
C = np.array([[1.0, -1.0, 2.0], [0.0, 3.0, 1.0]])
D = np.array([[0.0, 1.0], [2.0, 0.0]])
U = np.random.default_rng(3).normal(size=(9, 2))
SPACE = {"A": "A", "B": "B", "C": "C", "D": "D"}


def responded(x: np.ndarray, D: np.ndarray) -> np.ndarray:
    rows = []
    for u in U:
        rows.append(C @ x + D @ u)
        x = A @ x + B @ u
    return np.array(rows)


@pytest.mark.parametrize("x0", ["0", "[1;-2;3]", "[1 -2 3]"])
def test_state_space(x0: str) -> None:
    workspace = {"A": A, "B": B, "C": C, "D": D}
    y = one_block("DiscreteStateSpace", [U], workspace=workspace, InitialCondition=x0, **SPACE)
    start = np.zeros(3) if x0 == "0" else np.array([1.0, -2.0, 3.0])
    np.testing.assert_allclose(y, responded(start, D), rtol=1e-13, atol=1e-13)


def test_older_files_call_the_initial_state_X0() -> None:
    y = one_block("DiscreteStateSpace", [[0.0, 0.0]], A=2, B=1, C=1, D=0, X0=3)
    assert y.tolist() == [3, 6]


def test_single_precision_stays_single() -> None:
    y = one_block("DiscreteStateSpace", [np.float32([1, 0, 0])], A=0.1, B=1, C=1, D=0)
    assert y.dtype == np.float32
    assert y.tolist() == [0, 1, float(np.float32(0.1))]


def loop(D: str) -> Model:
    model = Model.new("m")
    root = model.root
    root.add("DiscreteStateSpace", "S", A=0.5, B=1, C=1, D=D, InitialCondition=4, SampleTime=1)
    root.add("Gain", "g", Gain=-0.25)
    root.add("Outport", "y")
    for start, end in (("S", "g"), ("g", "S"), ("S", "y")):
        root.connect(start, end)
    return model


def test_without_D_it_closes_a_loop() -> None:
    assert run(loop("0"), stop_time=3)["y"].tolist() == [4, 1, 0.25, 0.0625]
    assert run(loop("d"), stop_time=1, workspace={"d": 0.0})["y"].tolist() == [4, 1]
    with pytest.raises(ValueError, match="algebraic loop"):
        run(loop("0.1"), stop_time=3)


def test_a_system_without_states_is_a_gain() -> None:
    workspace = {"A": np.zeros((0, 0)), "B": np.zeros((0, 1)), "C": np.zeros((1, 0)), "D": np.array([[0.0]])}
    assert one_block("DiscreteStateSpace", [[1.0, 2.0]], workspace=workspace, **SPACE).tolist() == [0, 0]
    workspace["D"] = np.array([[3.0]])
    assert one_block("DiscreteStateSpace", [[1.0, 2.0]], workspace=workspace, **SPACE).tolist() == [3, 6]


def test_what_does_not_fit_is_refused_by_name() -> None:
    workspace = {"A": A, "B": B[:2], "C": C, "D": D}
    with pytest.raises(ParameterError, match="parameter B: 2x2"):
        one_block("DiscreteStateSpace", [U], workspace=workspace, **SPACE)
    with pytest.raises(DimensionMismatch, match="2 columns for an input of 3"):
        one_block("DiscreteStateSpace", [np.zeros((2, 3))], workspace={**workspace, "B": B}, **SPACE)
    with pytest.raises(TypeMismatch, match="int8"):
        one_block("DiscreteStateSpace", [np.zeros(2, np.int8)])


@pytest.mark.parametrize(
    ("zeros", "poles", "gain"),
    [
        ([0.2], [0.5], 2.0),
        ([], [0.5, -0.25], 3.0),
        ([0.1, 0.2], [0.5, -0.25, 0.9], -1.0),
        ([0.1 + 0.5j, 0.1 - 0.5j], [0.3 + 0.4j, 0.3 - 0.4j, 0.9], 1.5),
        ([], [], 4.0),
    ],
)
def test_zeros_and_poles(zeros: list[complex], poles: list[complex], gain: float) -> None:
    from scipy.signal import lfilter

    u = U[:, 0]
    workspace = {"z": np.array([zeros]), "p": np.array([poles]), "k": gain}
    y = one_block("DiscreteZeroPole", [u], workspace=workspace, Zeros="z", Poles="p", Gain="k")
    b, a = gain * np.real(np.poly(zeros)), np.real(np.poly(poles))
    b = np.concatenate([np.zeros(len(np.atleast_1d(a)) - len(np.atleast_1d(b))), np.atleast_1d(b)])
    np.testing.assert_allclose(y, lfilter(b, np.atleast_1d(a), u), rtol=1e-12, atol=1e-12)


def test_zeros_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ParameterError, match="at least as many poles"):
        one_block("DiscreteZeroPole", [[1.0]], Zeros="[1 2]", Poles="0.5")
    with pytest.raises(ParameterError, match="conjugate pairs"):
        one_block("DiscreteZeroPole", [[1.0]], Zeros="[]", Poles="[0.5+1i 0.1]")
    with pytest.raises(UnsupportedBlock, match="a matrix for Zeros"):
        one_block("DiscreteZeroPole", [[1.0]], Zeros="[1 2; 3 4]", Poles="[1 2 3]")
