"""The neural library's functions, against their formulas in numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_diagrams import ROUNDING, one_block

from bridge.errors import DimensionMismatch, TypeMismatch, UnsupportedBlock

TRANSFER, NET, WEIGHT = "neural/Transfer Functions/", "neural/Net Input Functions/", "neural/Weight Functions/"
RANDOM = np.random.default_rng(5)
N = np.array([-800.0, -3.0, -1.0, -0.4, -0.0, 0.0, 0.4, 1.0, 2.5, 40.0, 800.0])


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("logsig", lambda n: 1 / (1 + np.exp(-n))),
        ("tansig", lambda n: 2 / (1 + np.exp(-2 * n)) - 1),
        ("purelin", lambda n: n),
        ("poslin", lambda n: np.maximum(0, n)),
        ("satlin", lambda n: np.clip(n, 0, 1)),
        ("satlins", lambda n: np.clip(n, -1, 1)),
        ("hardlim", lambda n: (n >= 0) * 1.0),
        ("hardlims", lambda n: np.where(n >= 0, 1.0, -1.0)),
        ("radbas", lambda n: np.exp(-(n**2))),
        ("tribas", lambda n: np.maximum(0, 1 - np.abs(n))),
        ("elliotsig", lambda n: n / (1 + np.abs(n))),
        ("elliot2sig", lambda n: np.sign(n) * n**2 / (1 + n**2)),
        ("netinv", lambda n: 1 / n),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_transfer_functions_by_element(name: str, function: Callable[[Any], Any], dtype: str) -> None:
    # netinv has no value at 0 whose sign ONNX keeps; in single precision exp(800) is as infinite as in double.
    n = (N[N != 0] if name == "netinv" else N).astype(dtype)
    scalar = one_block(TRANSFER + name, [n])
    with np.errstate(over="ignore"):
        expected = function(n.astype(float)).astype(dtype)
    single = 1 if dtype == "float64" else 2.0**29
    # tansig subtracts 1 from a number near it.
    np.testing.assert_allclose(scalar, expected, rtol=ROUNDING * single, atol=ROUNDING * single / 4)
    assert scalar.dtype == dtype
    for shape in ((1, -1), (1, -1, 1)):
        np.testing.assert_allclose(one_block(TRANSFER + name, [n.reshape(shape)]), scalar.reshape(shape), rtol=ROUNDING)


@pytest.mark.parametrize("name", ["logsig", "tansig", "poslin", "satlin", "satlins", "tribas", "hardlim"])
def test_transfer_functions_of_nan_and_infinity(name: str) -> None:
    limits = {"logsig": (0, 1), "tansig": (-1, 1), "poslin": (0, np.inf), "satlin": (0, 1), "satlins": (-1, 1)}
    limits |= {"tribas": (0, 0), "hardlim": (0, 1)}
    y = one_block(TRANSFER + name, [[-np.inf, np.inf, np.nan]], exact=True)
    np.testing.assert_array_equal(y, [*limits[name], 0 if name == "hardlim" else np.nan])


def test_softmax_and_radbasn_sum_to_one() -> None:
    n = RANDOM.normal(size=(4, 5)) * 3
    softmax = one_block(TRANSFER + "softmax", [n])
    np.testing.assert_allclose(softmax, np.exp(n) / np.exp(n).sum(1, keepdims=True), rtol=1e-14)
    radbasn = one_block(TRANSFER + "radbasn", [n])
    np.testing.assert_allclose(radbasn, np.exp(-(n**2)) / np.exp(-(n**2)).sum(1, keepdims=True), rtol=1e-13)


def test_softmax_and_radbasn_do_not_overflow() -> None:
    n = np.array([[1000.0, 1000.0, -1000.0]])
    assert one_block(TRANSFER + "softmax", [n], exact=True).tolist() == [[0.5, 0.5, 0]]
    assert one_block(TRANSFER + "radbasn", [np.array([[40.0, 40.0, 50.0]])], exact=True).tolist() == [[0.5, 0.5, 0]]


@pytest.mark.parametrize("shape", [(1, 4), (1, 1, 4), (1, 4, 1)])
def test_competition_has_one_winner_the_first(shape: tuple[int, ...]) -> None:
    y = one_block(TRANSFER + "compet", [np.array([1.0, 7.0, -2.0, 7.0]).reshape(shape)], exact=True)
    np.testing.assert_array_equal(y, np.array([0.0, 1, 0, 0]).reshape(shape))


def test_transfer_functions_take_no_integers() -> None:
    with pytest.raises(TypeMismatch, match="a transfer function takes double or single, not int8"):
        one_block(TRANSFER + "purelin", [np.int8([1])])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_net_inputs(count: int) -> None:
    z = [RANDOM.normal(size=(3, 4)) for _ in range(count)]
    total, factor = z[0].copy(), z[0].copy()
    for term in z[1:]:
        total, factor = total + term, factor * term
    np.testing.assert_array_equal(one_block(NET + "netsum", z, exact=True), total)
    np.testing.assert_array_equal(one_block(NET + "netprod", z, exact=True), factor)


def test_the_inverse_stands_under_net_inputs_too() -> None:
    assert one_block(NET + "netinv", [[4.0, -0.5]], exact=True).tolist() == [0.25, -2]


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("dotprod", lambda w, p: w @ p),
        ("dist", lambda w, p: np.linalg.norm(w - p, axis=-1)),
        ("negdist", lambda w, p: -np.linalg.norm(w - p, axis=-1)),
        ("normprod", lambda w, p: w @ p / np.abs(p).sum()),
    ],
)
@pytest.mark.parametrize("w_shape", [(3,), (3, 1), (1, 3), (2, 3)])
@pytest.mark.parametrize("p_shape", [(3,), (3, 1)])
def test_weights(name: str, function: Callable[[Any, Any], Any], w_shape: Any, p_shape: Any) -> None:
    w, p = RANDOM.normal(size=(4, *w_shape)), RANDOM.normal(size=(4, *p_shape))
    y = one_block(WEIGHT + name, [w, p])
    rows = w if w_shape == (2, 3) else w.reshape(4, 3)
    np.testing.assert_allclose(y, [function(a, b.ravel()) for a, b in zip(rows, p, strict=True)], rtol=1e-12)


def test_one_weight_of_one_input() -> None:
    assert one_block(WEIGHT + "dotprod", [[2.0], [3.5]], exact=True).tolist() == [7]
    assert one_block(WEIGHT + "dist", [[2.0], [3.5]], exact=True).tolist() == [1.5]


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DimensionMismatch, match=r"m/block: weights of double\[2x4\] do not fit"):
        one_block(WEIGHT + "dotprod", [np.ones((1, 2, 4)), np.ones((1, 3))])


def test_a_function_that_is_missing_names_its_neighbours() -> None:
    with pytest.raises(UnsupportedBlock, match=r"'neural/Transfer Functions/tansigma'.*tansig"):
        one_block(TRANSFER + "tansigma", [[1.0]])
