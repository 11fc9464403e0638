"""DeadZone against its three cases in plain Python."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block
from stored_integers import INTEGERS, edges


def beyond(x: Any, start: Any, end: Any) -> Any:
    """What is left of x outside the zone."""
    return x - end if x > end else 0 if x >= start else x - start


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_zone_and_both_sides(dtype: str) -> None:
    u = np.array([-math.inf, -2.0, -0.5, -0.25, 0.0, 0.5, 0.75, 3.0, math.inf, math.nan], dtype)
    y = one_block("DeadZone", [u], LowerValue="-0.25", UpperValue="0.5", exact=True)
    np.testing.assert_array_equal(y, np.array([beyond(x, -0.25, 0.5) for x in u.tolist()], dtype))
    assert y.dtype == dtype


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_saturate(dtype: str) -> None:
    u = edges(dtype)
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    start, end = max(-3, low), 5
    y = one_block("DeadZone", [u], LowerValue="-3", UpperValue="5", exact=True)
    assert (y.dtype, y.tolist()) == (dtype, [min(max(beyond(int(x), start, end), low), high) for x in u])


def test_limits_for_every_element() -> None:
    y = one_block("DeadZone", [[[5.0, -5.0, 0.0]]], LowerValue="[-1 -2 -3]", UpperValue="[1;2;3]", exact=True)
    assert y.tolist() == [[4, -3, 0]]
