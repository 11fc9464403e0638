"""Linear systems in continuous time, against scipy's exact responses and the solvers' own polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import signal
from scipy.linalg import expm
from small_diagrams import one_block, run, wired

from bridge.errors import AlgebraicLoop, DimensionMismatch, ParameterError, TypeMismatch, UnsupportedBlock
from bridge.model import Model
from bridge.simulation import Simulator, simulate

H = 0.125
U = np.random.default_rng(7).normal(size=24)


def exact(A: Any, B: Any, C: Any, D: Any, u: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The outputs at the steps, the input held between them: by the exponential of [A B; 0 0] h."""
    A, B, C, D = (np.atleast_2d(np.asarray(matrix, float)) for matrix in (A, B, C, D))
    n, m = B.shape
    whole = expm(np.block([[A, B], [np.zeros((m, n + m))]]) * H)
    rows = []
    for given in u.reshape(len(u), -1):
        rows.append(C @ x + D @ given)
        x = whole[:n, :n] @ x + whole[:n, n:] @ given
    return np.array(rows)


def response(kind: str, u: np.ndarray = U, **parameters: object) -> Any:
    return one_block(kind, [u], step=H, solver="ode8", **parameters)


@pytest.mark.parametrize(
    ("numerator", "denominator"),
    [("[1]", "[1 1]"), ("[1 2]", "[2 3 4]"), ("[3 1 5]", "[2 3 4]"), ("[0 1 5]", "[2 3 4]"), ("2", "[1 0.5 2 1]")],
)
def test_transfer_functions(numerator: str, denominator: str) -> None:
    b, a = (np.array([float(part) for part in text.strip("[]").split()]) for text in (numerator, denominator))
    y = response("TransferFcn", Numerator=numerator, Denominator=denominator)
    expected = exact(*signal.tf2ss(np.trim_zeros(b, "f"), a), U, np.zeros(len(a) - 1))
    np.testing.assert_allclose(y, expected.ravel(), rtol=1e-9, atol=1e-10)


def test_a_transfer_function_of_which_a_file_says_nothing() -> None:
    """As older files list it. Newer ones write ``[1 1]`` out, and leave the denominator out over ``[1 0 0]``."""
    written = response("TransferFcn", Numerator="[1 0 0]", Denominator="[1 2 1]")
    np.testing.assert_array_equal(response("TransferFcn", Numerator="[1 0 0]"), written)


def test_a_numerator_of_several_rows_gives_a_vector() -> None:
    y = response("TransferFcn", Numerator="[0 1 2; 3 4 5]", Denominator="[1 3 4]")
    for k, row in enumerate(([1, 2], [3, 4, 5])):
        expected = exact(*signal.tf2ss(row, [1, 3, 4]), U, np.zeros(2))
        np.testing.assert_allclose(y[:, k], expected.ravel(), rtol=1e-9, atol=1e-10)


def test_a_transfer_function_of_order_zero_is_a_gain() -> None:
    assert response("TransferFcn", np.arange(3.0), Numerator="[3]", Denominator="[2]").tolist() == [0, 1.5, 3]


@pytest.mark.parametrize("x0", ["0", "[1;-2]"])
def test_state_space(x0: str) -> None:
    A, B, C = np.array([[0, 1], [-2, -0.5]]), np.array([[0, 1.0], [1, -1]]), np.array([[1, 2.0], [0, 1], [3, 0]])
    D = np.array([[0.0, 1], [2, 0], [0, 0]])
    workspace = {"A": A, "B": B, "C": C, "D": D}
    u = U.reshape(12, 2)
    y = response("StateSpace", u, workspace=workspace, A="A", B="B", C="C", D="D", InitialCondition=x0)
    start = np.zeros(2) if x0 == "0" else np.array([1.0, -2.0])
    np.testing.assert_allclose(y, exact(A, B, C, D, u, start), rtol=1e-9, atol=1e-10)


def test_older_files_call_the_initial_state_X0() -> None:
    y = response("StateSpace", np.zeros(3), A=-1, B=1, C=1, D=0, X0=2)
    np.testing.assert_allclose(y, 2 * np.exp(-H * np.arange(3)), rtol=1e-12)


@pytest.mark.parametrize(
    ("zeros", "poles", "gain"),
    [("[-1]", "[-2 -3]", 4), ("[]", "[-1+2i -1-2i]", 5), ("[1 2]", "[-1 -2]", 0.5), ("[0 -1i 1i]", "[-1 -1 -2]", 1)],
)
def test_zeros_and_poles(zeros: str, poles: str, gain: float) -> None:
    z, p = (np.array([complex(part.replace("i", "j")) for part in text.strip("[]").split()]) for text in (zeros, poles))
    y = response("ZeroPole", Zeros=zeros, Poles=poles, Gain=gain)
    np.testing.assert_allclose(y, exact(*signal.zpk2ss(z, p, gain), U, np.zeros(len(p))).ravel(), rtol=1e-8, atol=1e-9)


def test_a_strictly_proper_system_closes_a_loop() -> None:
    """A first-order lag under unity feedback: dy/dt = 1 - 2 y."""

    def loop(**parameters: object) -> Model:
        model = Model.new("m")
        model.root.add("Constant", "r")
        model.root.add("Sum", "e", Inputs="+-")
        model.root.add("TransferFcn", "p", **parameters)
        model.root.add("Outport", "y")
        wired(model.root, "r -> e/1", "p -> e/2", "e -> p -> y")
        return model

    recording = run(loop(Denominator="[1 1]"), step=H, stop_time=2, solver="ode8")
    np.testing.assert_allclose(recording["y"], 0.5 - 0.5 * np.exp(-2 * recording.time), rtol=1e-9, atol=1e-12)
    with pytest.raises(AlgebraicLoop):
        simulate(loop(Numerator="[1 0]", Denominator="[1 1]"), step=H)


def test_coefficients_are_variables_with_gradients() -> None:
    pytest.importorskip("torch")
    model = Model.new("m")
    model.root.add("Step", "u", Time=0)
    model.root.add("TransferFcn", "p", Numerator="k", Denominator="[T 1]")
    model.root.add("Outport", "y")
    wired(model.root, "u -> p -> y")
    space = {"k": 3.0, "T": 0.5}
    found = Simulator(model, space, step=H, stop_time=1, solver="ode8", engine="torch").gradient("y", of=["k", "T"])
    fall = np.exp(-1 / 0.5)
    assert float(np.ravel(found.variables["k"])[0]) == pytest.approx(1 - fall, rel=1e-8)
    assert float(np.ravel(found.variables["T"])[0]) == pytest.approx(-3 * fall / 0.5**2, rel=1e-7)


def test_what_does_not_fit_is_refused_by_name() -> None:
    for parameters, words in (
        ({"Numerator": "[1 2 3]", "Denominator": "[1 1]"}, "parameter Numerator"),
        ({"Denominator": "[0 1 1]"}, "first coefficient is zero"),
        ({"Denominator": "[1 1;1 1]"}, "a vector is needed"),
    ):
        with pytest.raises(ParameterError, match=words):
            response("TransferFcn", **parameters)
    with pytest.raises(DimensionMismatch, match="for an input of 2"):
        response("TransferFcn", np.ones((3, 2)))
    with pytest.raises(TypeMismatch, match="only double"):
        response("StateSpace", np.ones(3, np.float32))
    with pytest.raises(UnsupportedBlock, match="a matrix for Zeros"):
        response("ZeroPole", Zeros="[1 2;3 4]", Poles="[-1 -2 -3]")
