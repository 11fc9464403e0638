"""Discrete transfer functions and filters, against difference equations in the input and output alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from small_diagrams import one_block, run, single

from bridge.errors import AlgebraicLoop, DimensionMismatch, ParameterError, TypeMismatch, UnsupportedBlock
from bridge.model import Model

U = np.array([1.0, -2.0, 0.5, 3.0, 0.0, 0.0, 1.0, -1.0])
# Direct form II keeps w, the difference equation below y and u: the same in exact arithmetic. A few roundings apart.
CLOSE = {"rtol": 1e-13, "atol": 1e-13}


def filtered(b: Sequence[float], a: Sequence[float], u: np.ndarray) -> np.ndarray:
    """a0 y[n] = b0 u[n] + b1 u[n-1] + … - a1 y[n-1] - …, from rest."""
    y = np.zeros(len(u))
    for n in range(len(u)):
        total = sum(b[k] * u[n - k] for k in range(len(b)) if n >= k)
        total -= sum(a[k] * y[n - k] for k in range(1, len(a)) if n >= k)
        y[n] = total / a[0]
    return y


@pytest.mark.parametrize(
    ("b", "a"),
    [
        ([1.0], [1.0, 0.5]),
        ([2.0, 1.0], [2.0, 0.5]),
        ([1.0, 0.0, -1.0], [1.0, -0.9, 0.2]),
        ([0.5], [1.0, 0.0, 0.0, 0.25]),
        ([3.0], [4.0]),
        ([0.1, 0.2, 0.3, 0.4], [1.0, 0.1, 0.01, 0.001]),
    ],
)
def test_a_transfer_function_in_powers_of_z(b: list[float], a: list[float]) -> None:
    y = one_block("DiscreteTransferFcn", [U], Numerator=b, Denominator=a)
    # A numerator of lower order delays: in powers of 1/z it begins with zeros.
    np.testing.assert_allclose(y, filtered([0.0] * (len(a) - len(b)) + b, a, U), **CLOSE)


@pytest.mark.parametrize(
    ("b", "a"),
    [([1.0], [1.0, 0.5]), ([1.0, 2.0, 3.0], [1.0]), ([1.0, 2.0], [0.5, 0.1, 0.2]), ([0.0, 1.0], [1.0, -0.3, 0.2])],
)
def test_a_filter_in_powers_of_one_over_z(b: list[float], a: list[float]) -> None:
    y = one_block("DiscreteFilter", [U], Numerator=b, Denominator=a)
    np.testing.assert_allclose(y, filtered(b, a, U), **CLOSE)


def test_the_operations_come_in_the_order_of_generated_code() -> None:
    b, a = [0.1, 0.7, 0.3], [3.0, 0.9, 0.6]
    states, expected = [0.0, 0.0], []
    for u in U.tolist():
        w = (u - a[1] * states[0] - a[2] * states[1]) / a[0]
        expected.append(b[0] * w + b[1] * states[0] + b[2] * states[1])
        states = [w, states[0]]
    assert one_block("DiscreteTransferFcn", [U], Numerator=b, Denominator=a, exact=True).tolist() == expected


@pytest.mark.parametrize("kind", ["DiscreteTransferFcn", "DiscreteFilter"])
def test_every_element_is_filtered_for_itself(kind: str) -> None:
    u = np.stack([U, 2 * U, U**2], axis=1)
    y = one_block(kind, [u], Numerator=[1.0, 2.0], Denominator=[1.0, 0.5])
    np.testing.assert_allclose(y, np.stack([filtered([1, 2], [1, 0.5], c) for c in u.T], axis=1), **CLOSE)


def test_several_numerators_share_the_states() -> None:
    y = one_block("DiscreteTransferFcn", [U], Numerator="[1 2; 0 3]", Denominator=[1.0, 0.5])
    expected = [filtered(b, [1.0, 0.5], U) for b in ([1.0, 2.0], [0.0, 3.0])]
    np.testing.assert_allclose(y, np.stack(expected, axis=1), **CLOSE)
    with pytest.raises(DimensionMismatch, match="scalar input"):
        one_block("DiscreteTransferFcn", [np.zeros((2, 2))], Numerator="[1 2; 0 3]", Denominator=[1.0, 0.5])


def test_initial_states_are_those_of_w() -> None:
    """From w[-1] = 3, w[-2] = 5 without input: w[n] = -a1 w[n-1] - a2 w[n-2]."""
    options = {"Numerator": [1.0, 0.0, 0.0], "Denominator": [1.0, 0.5, 0.25], "InitialStates": "[3 5]"}
    w = [5.0, 3.0]
    for _ in range(3):
        w.append(-0.5 * w[-1] - 0.25 * w[-2])
    assert one_block("DiscreteTransferFcn", [np.zeros(3)], **options).tolist() == w[2:]


def test_initial_states_of_every_channel() -> None:
    options = {"Numerator": [1.0], "Denominator": [1.0, 0.0], "InitialStates": "[3 5]"}
    np.testing.assert_array_equal(one_block("DiscreteTransferFcn", [np.zeros((1, 2))], **options), [[3, 5]])
    options = {"Numerator": [1.0], "Denominator": [1.0, 0.0, 0.0], "InitialStates": "[3 5]"}
    np.testing.assert_array_equal(one_block("DiscreteTransferFcn", [np.zeros((2, 3))], **options), [[5] * 3, [3] * 3])
    with pytest.raises(ParameterError, match="InitialStates"):
        one_block("DiscreteTransferFcn", [np.zeros((1, 2))], **{**options, "InitialStates": "[1 2 3]"})


def test_coefficients_are_workspace_variables_that_may_be_replaced() -> None:
    from bridge.simulation import Simulator

    model = single("DiscreteTransferFcn", 1, Numerator="[k]", Denominator="[1 k-1]")
    simulator = Simulator(model, {"k": 0.5}, inputs={"u1": U}, step=1, stop_time=len(U) - 1)
    for k in (0.5, 0.25):
        y = simulator.run({"u1": U}, parameters={"k": [[k]]})["y1"]
        np.testing.assert_allclose(y, filtered([0, k], [1, k - 1], U), **CLOSE)


@pytest.mark.parametrize("b", [[0.5, 0.5], [1.0, -2.0, 3.0, 0.0], [4.0]])
def test_a_fir_filter(b: list[float]) -> None:
    np.testing.assert_allclose(one_block("DiscreteFir", [U], Coefficients=b), filtered(b, [1], U), **CLOSE)


def test_a_fir_filter_starts_from_earlier_inputs() -> None:
    y = one_block("DiscreteFir", [[0.0, 0.0, 0.0]], Coefficients=[1.0, 10.0, 100.0], InitialStates="[2 3]")
    assert y.tolist() == [10 * 2 + 100 * 3, 100 * 2, 0]


def test_single_precision_stays_single() -> None:
    u = U.astype(np.float32)
    y = one_block("DiscreteFilter", [u], Numerator=[0.1], Denominator=[1.0, 0.7], exact=True)
    w, expected = np.float32(0), []
    for sample in u:
        w = (sample - np.float32(0.7) * w) / np.float32(1)
        expected.append(np.float32(0.1) * w)
    assert y.dtype == np.float32
    assert y.tolist() == [float(value) for value in expected]


def loop(numerator: str) -> Model:
    """y = H(z) (1 - y)."""
    model = Model.new("m")
    root = model.root
    root.add("Constant", "one")
    root.add("Sum", "sum", Inputs="+-")
    root.add("DiscreteTransferFcn", "H", Numerator=numerator, Denominator="[1 -0.5]", SampleTime=1)
    root.add("Outport", "y")
    for start, end in (("one", "sum/1"), ("H", "sum/2"), ("sum", "H"), ("H", "y")):
        root.connect(start, end)
    return model


@pytest.mark.parametrize("numerator", ["0.5", "[0 0.5]"])
def test_a_strictly_proper_system_closes_a_loop(numerator: str) -> None:
    """y[n+1] = 0.5 y[n] + 0.5 (1 - y[n]) = 0.5."""
    assert run(loop(numerator), stop_time=3)["y"].tolist() == [0, 0.5, 0.5, 0.5]


def test_a_proper_system_does_not() -> None:
    with pytest.raises(AlgebraicLoop):
        run(loop("[0.5 0]"), stop_time=3)


def test_what_does_not_fit_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="Numerator: its order is higher"):
        one_block("DiscreteTransferFcn", [U], Numerator=[1.0, 2.0, 3.0], Denominator=[1.0, 2.0])
    with pytest.raises(ParameterError, match="Denominator"):
        one_block("DiscreteTransferFcn", [U], Denominator="[1 2; 3 4]")
    with pytest.raises(TypeMismatch, match="int16"):
        one_block("DiscreteFilter", [np.zeros(2, np.int16)])
    for option in ("NumeratorSource", "DenominatorSource", "InitialStatesSource"):
        with pytest.raises(UnsupportedBlock, match=option):
            one_block("DiscreteTransferFcn", [U], **{option: "Input port"})
    for option, word in (("ExternalReset", "Rising"), ("FilterStructure", "Direct form I"), ("ShowEnablePort", "on")):
        with pytest.raises(UnsupportedBlock, match=option):
            one_block("DiscreteFilter", [U], **{option: word})
