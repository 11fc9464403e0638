"""The colon operator, sample by sample."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.matlab.colon import colon, colon_integer


def test_tenths_differ_from_multiples_in_13_of_51_samples() -> None:
    row = colon(0, 0.1, 5)
    assert row.shape == (1, 51)
    assert int((row[0] != np.arange(51) * 0.1).sum()) == 13
    # The first half counts from the start, the second from the end.
    assert row[0, 3] == 3 * 0.1
    assert row[0, 48] == 5 - 2 * 0.1


def test_the_nine_numbers_around_one() -> None:
    """The example of the technical note that describes the algorithm."""
    eps = 2.0**-52
    row = colon(1 - eps, eps / 4, 1 + eps)
    assert ((row[0] - 1) / eps).tolist() == [-1, -1, -0.5, 0, 0, 0, 0, 1, 1]


def test_symmetric_about_zero() -> None:
    row = colon(-1, 0.01, 1)[0]
    assert row.size == 201
    assert (row + row[::-1] == 0).all()
    assert row[100] == 0


@pytest.mark.parametrize(
    ("bounds", "values"),
    [
        ((1, 1, 5), [1, 2, 3, 4, 5]),
        ((1, 1, 5.5), [1, 2, 3, 4, 5]),
        ((5, -2, 0), [5, 3, 1]),
        ((-3, 2, 3), [-3, -1, 1, 3]),
        ((0, 0.25, 1), [0, 0.25, 0.5, 0.75, 1]),
        ((1, 1, 0), []),
        ((1, 0, 5), []),
        ((1, -1, 5), []),
        ((2, 1, 2), [2]),
        ((0, math.inf, 5), [0]),
    ],
)
def test_values(bounds: tuple[float, float, float], values: list[float]) -> None:
    row = colon(*bounds)
    assert row.shape == (1, len(values))
    assert row[0].tolist() == values


def test_not_a_number() -> None:
    assert np.isnan(colon(1, math.nan, 2)).tolist() == [[True]]


@given(
    st.floats(-1e6, 1e6),
    st.floats(1e-3, 1e3),
    st.integers(0, 500),
)
def test_ends_and_spacing(start: float, step: float, count: int) -> None:
    stop = start + count * step
    row = colon(start, step, stop)[0]
    # The count is right to one: rounding of `stop` itself may lose or save the last sample.
    assert abs(row.size - (count + 1)) <= 1
    assert row[0] == start
    scale = max(abs(start), abs(stop))
    exact = [float(Fraction(start) + k * Fraction(step)) for k in range(row.size)]
    # Every sample is within a few units in the last place of the largest bound.
    assert np.abs(row - exact).max() <= 6 * 2.0**-52 * scale + 1e-300
    assert (np.diff(row) > 0).all() or step < 8 * 2.0**-52 * scale


@given(st.integers(-(2**62), 2**62), st.integers(-1000, 1000), st.integers(0, 50))
def test_integers_are_exact(start: int, step: int, count: int) -> None:
    row = colon_integer(start, step, start + step * count, np.dtype(np.int64))
    expected = [start + k * step for k in range(count + 1)] if step else []
    assert row[0].tolist() == expected
