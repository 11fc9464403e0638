"""Trigonometric functions, against Python's `math`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_diagrams import ROUNDING, one_block, single

from bridge.errors import TypeMismatch, UnsupportedBlock
from bridge.simulation import simulate

INF, NAN = math.inf, math.nan
ANGLES = [0.0, 1e-9, 0.3, -0.7, 1.0, 1.5, -3.0, 12.5]
RATIOS = [-1.0, -0.7, -1e-9, 0.0, 0.3, 0.999, 1.0]
LONG = [0.0, 1e-9, 0.5, -2.0, 20.0]


@pytest.mark.parametrize(
    ("operator", "points"),
    [
        ("sin", ANGLES), ("cos", ANGLES), ("tan", ANGLES), ("asin", RATIOS), ("acos", RATIOS), ("atan", LONG),
        ("sinh", LONG), ("cosh", LONG), ("tanh", LONG), ("asinh", LONG), ("acosh", [1.0, 1.5, 1e10]),
        ("atanh", [-0.9, 0.0, 1e-9, 0.5]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_functions_of_one_number(operator: str, points: list[float], dtype: str) -> None:
    u = np.array(points, dtype)
    y = one_block("Trigonometry", [u], Operator=operator)
    expected = [getattr(math, operator)(float(x)) for x in u]
    # cos and sin near their zeros are compared with the size of the whole circle.
    tolerance = ROUNDING if dtype == "float64" else ROUNDING * 2.0**29
    np.testing.assert_allclose(y, np.array(expected, dtype), rtol=2 * tolerance, atol=tolerance / 4)
    assert y.dtype == dtype


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("sin", [INF, NAN], [NAN, NAN]),
        # As generated code protects them, arguments out of range count as the nearer end.
        ("asin", [2.0, -1.0000001, INF, NAN], [math.pi / 2, -math.pi / 2, math.pi / 2, NAN]),
        ("acos", [2.0, -3.0, NAN], [0, math.pi, NAN]),
        ("atan", [INF, -INF, NAN], [math.pi / 2, -math.pi / 2, NAN]),
        ("acosh", [0.5, 1.0, INF], [NAN, 0, INF]),
        ("atanh", [1.0, -1.0, 2.0], [INF, -INF, NAN]),
        ("tanh", [INF, -INF, 800.0], [1, -1, 1]),
        ("cosh", [INF, 800.0], [INF, INF]),
    ],
)
def test_functions_at_the_edges(operator: str, given: list[float], expected: list[float]) -> None:
    y = one_block("Trigonometry", [given], Operator=operator)
    np.testing.assert_allclose(y, expected, rtol=ROUNDING)


def test_the_angle_of_a_point() -> None:
    # y, x and the angle; where x is zero and y too, generated code gives 0 for zeros of either sign.
    table = [
        (1.0, 1.0, math.pi / 4), (1.0, -1.0, 3 * math.pi / 4), (-1.0, -1.0, -3 * math.pi / 4), (0.0, -2.0, math.pi),
        (2.0, 0.0, math.pi / 2), (-2.0, -0.0, -math.pi / 2), (0.0, 0.0, 0.0), (0.0, -0.0, 0.0), (INF, INF, math.pi / 4),
        (-INF, INF, -math.pi / 4), (INF, -INF, 3 * math.pi / 4), (1.0, INF, 0.0), (1.0, -INF, math.pi), (NAN, 1.0, NAN),
        (1.0, NAN, NAN), (3.0, -4.0, math.atan2(3, -4)),
    ]  # fmt: skip
    y, x, expected = (list(column) for column in zip(*table, strict=True))
    angle = one_block("Trigonometry", [y, x], Operator="atan2")
    np.testing.assert_allclose(angle, expected, rtol=ROUNDING)


def test_sine_and_cosine_at_once() -> None:
    sine, cosine = one_block("Trigonometry", [ANGLES], Operator="sincos", outputs=2)
    np.testing.assert_allclose(sine, [math.sin(x) for x in ANGLES], rtol=ROUNDING)
    np.testing.assert_allclose(cosine, [math.cos(x) for x in ANGLES], rtol=ROUNDING)


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("cos + jsin", np.array([0.3, -2.0]), np.exp(1j * np.array([0.3, -2.0]))),
        ("sin", np.array([0.3 + 1j, 1 - 2j]), np.sin([0.3 + 1j, 1 - 2j])),
        ("cos", np.array([0.3 + 1j, 1 - 2j]), np.cos([0.3 + 1j, 1 - 2j])),
    ],
)
def test_complex_numbers(operator: str, given: Any, expected: Any) -> None:
    recorded = simulate(single("Trigonometry", 1, Operator=operator), inputs={"u1": given}, stop_time=1, step=1)
    np.testing.assert_allclose(recorded["y1"], expected, rtol=ROUNDING)


@pytest.mark.parametrize(("operator", "expected"), [("sin", np.sin(0.5)), ("cos + jsin", np.exp(0.5j))])
def test_a_complex_output_of_a_real_number(operator: str, expected: complex) -> None:
    model = single("Trigonometry", 1, Operator=operator, OutputSignalType="complex")
    recorded = simulate(model, inputs={"u1": np.array([0.5])}, stop_time=0, step=1)
    assert recorded["y1"].dtype == complex
    np.testing.assert_allclose(recorded["y1"], [expected], rtol=ROUNDING)


def test_what_is_refused() -> None:
    with pytest.raises(TypeMismatch, match="sin takes double or single, not int16"):
        one_block("Trigonometry", [np.int16([1])])
    with pytest.raises(UnsupportedBlock, match="ApproximationMethod = 'CORDIC'"):
        one_block("Trigonometry", [[1.0]], ApproximationMethod="CORDIC")
    with pytest.raises(UnsupportedBlock, match="complex asin"):
        simulate(single("Trigonometry", 1, Operator="asin"), inputs={"u1": np.array([1j])}, stop_time=0, step=1)
