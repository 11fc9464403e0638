from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.comparing.measures import difference, scale, ulps

inf, nan = np.inf, np.nan


def one(function: Any, a: Any, b: Any, dtype: Any = np.float64) -> Any:
    return function(np.array([a], dtype), np.array([b], dtype))[0]


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [(1, 3.5, 2.5), (nan, nan, 0), (inf, inf, 0), (inf, -inf, inf), (nan, 1, inf), (1, nan, inf), (1, inf, inf)],
)
def test_difference_of_what_is_not_finite(a: float, b: float, apart: float) -> None:
    assert one(difference, a, b) == apart


def test_difference_of_complex_numbers() -> None:
    assert one(difference, 3 + 4j, 0, complex) == 5
    assert one(difference, complex(nan, 1), complex(2, nan), complex) == 0
    assert one(difference, complex(nan, 1), 1, complex) == inf


INTEGERS: list[Any] = [np.int8, np.uint8, np.int32, np.uint32, np.int64, np.uint64]


@given(st.data())
def test_integers_of_all_types_are_subtracted_exactly(data: st.DataObject) -> None:
    kinds = [data.draw(st.sampled_from(INTEGERS)) for _ in "ab"]
    a, b = (data.draw(st.integers(int(np.iinfo(kind).min), int(np.iinfo(kind).max))) for kind in kinds)
    x, y = np.array([a], kinds[0]), np.array([b], kinds[1])
    assert int(ulps(x, y)[0]) == min(abs(a - b), 2**64 - 1)
    assert difference(x, y)[0] == float(abs(a - b))


def test_integers_that_are_farther_apart_than_any_integer_type_holds() -> None:
    low, high = np.array([-1, -(2**63), 0, -1], np.int64), np.array([2**64 - 1, 2**64 - 1, 2**64 - 1, 5], np.uint64)
    apart = [2**64, 2**64 - 1 + 2**63, 2**64 - 1, 6]
    for pair in ((low, high), (high, low)):
        assert difference(*pair).tolist() == [float(distance) for distance in apart]
        assert ulps(*pair).tolist() == [min(distance, 2**64 - 1) for distance in apart]


def test_booleans_differ_by_one() -> None:
    assert difference(np.array([True, False, True]), np.array([False, False, True])).tolist() == [1, 0, 0]


def test_scale_is_the_largest_finite_size() -> None:
    assert scale(np.array([1.0, -3.0, nan, inf])) == 3
    assert scale(np.array([3 + 4j])) == 5
    assert scale(np.array([-128], np.int8)) == 128
    assert scale(np.array([nan])) == scale(np.zeros((3, 0))) == 0
    assert scale(np.array([True])) == 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_neighbours_are_one_unit_apart(dtype: Any) -> None:
    biggest = np.finfo(dtype).max
    x = np.array([0.0, -0.0, 1.0, -1.0, 2.0, np.finfo(dtype).tiny, biggest], dtype)
    with np.errstate(over="ignore"):
        up = np.nextafter(x, dtype(inf))
    assert ulps(x, up).tolist() == ulps(up, x).tolist() == [1] * 7
    assert up[-1] == inf


def test_units_in_the_last_place_across_zero() -> None:
    least = np.nextafter(0.0, 1.0)
    assert one(ulps, 0.0, -0.0) == 0
    assert one(ulps, least, -least) == 2
    assert one(ulps, -inf, inf) == 2 * 0x7FF0000000000000
    assert one(ulps, nan, nan) == 0
    assert one(ulps, nan, 0.0) == 2**64 - 1


@given(st.floats(1, 2, exclude_max=True), st.floats(1, 2, exclude_max=True))
def test_units_within_a_binade_are_the_difference_over_epsilon(a: float, b: float) -> None:
    exact = abs(Fraction(a) - Fraction(b)) / Fraction(math.ulp(1.0))
    assert int(one(ulps, a, b)) == exact


def test_units_are_those_of_the_coarser_type() -> None:
    a, b = np.array([1.0 + 1e-9]), np.array([1.0], np.float32)
    assert ulps(a, b)[0] == ulps(b, a)[0] == 0
    assert ulps(a, np.array([1.0]))[0] > 10**6
    assert ulps(np.array([2]), np.array([2.5]))[0] == ulps(np.array([2.0]), np.array([2.5]))[0]


def test_units_of_complex_numbers_are_those_of_the_farther_part() -> None:
    a = np.array([1 + 1j])
    assert ulps(a, np.array([1 + 1j * (1 + 3 * math.ulp(1.0))]))[0] == 3
    assert ulps(a.astype(np.complex64), a)[0] == 0


def test_byte_order_does_not_matter() -> None:
    assert ulps(np.array([1.0], ">f8"), np.array([1.0], "<f8"))[0] == 0
    assert ulps(np.array([258], ">i4"), np.array([259], "<i4"))[0] == 1
