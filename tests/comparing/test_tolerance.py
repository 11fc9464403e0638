from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridge.comparing import Tolerance
from bridge.errors import UsageError


@pytest.mark.parametrize(
    ("a", "b", "relative", "reason"),
    [
        ("f8", "f8", 1e-12, "both double"),
        ("f4", "f8", 2e-6, "one side is single"),
        ("f8", "c8", 2e-6, "one side is single"),
        ("f4", "f4", 2e-6, "both single"),
        ("f2", "f4", 2e-2, "one side is half"),
        ("c16", "f8", 1e-12, "both double"),
        ("i4", "i4", 0.0, "both integer"),
        ("i4", "u1", 0.0, "both integer"),
        ("?", "?", 0.0, "both boolean"),
        ("i4", "f8", 0.0, "one side is integer or boolean"),
    ],
)
def test_defaults_follow_from_the_data_types(a: str, b: str, relative: float, reason: str) -> None:
    for pair in ((a, b), (b, a)):
        chosen = Tolerance().for_types(*(np.dtype(each) for each in pair))
        assert (chosen.relative, chosen.reason) == (relative, reason)
        assert chosen.absolute is None


def test_what_is_given_is_kept() -> None:
    double = np.dtype("f8")
    assert Tolerance(ulp=2).for_types(double, double) == Tolerance(ulp=2, reason="as given")
    assert Tolerance(absolute=0.0).for_types(double, double).relative is None
    assert Tolerance(absolute=1, reason="a sensor's noise").for_types(double, double).reason == "a sensor's noise"
    in_time = Tolerance(lagging=0.1).for_types(double, double)
    assert (in_time.relative, in_time.lagging) == (1e-12, 0.1)


def test_the_wider_of_absolute_and_relative_counts() -> None:
    assert Tolerance(absolute=0.5, relative=0.1).margin(2.0) == 0.5
    assert Tolerance(absolute=0.5, relative=0.1).margin(20.0) == 2.0
    assert Tolerance().margin(2.0) == 0.0


@pytest.mark.parametrize(
    ("tolerance", "text"),
    [
        (Tolerance(relative=1e-12), "1e-12 of scale"),
        (Tolerance(absolute=0.5, ulp=4, leading=0.1), "0.5 or 4 ulp, 0.1 s early, 0 s late"),
        (Tolerance(relative=0.0), "exact"),
    ],
)
def test_it_prints_itself(tolerance: Tolerance, text: str) -> None:
    assert str(tolerance) == text


@pytest.mark.parametrize("numbers", [{"absolute": -1.0}, {"ulp": float("nan")}, {"lagging": float("inf")}])
def test_numbers_that_are_no_tolerance_are_refused(numbers: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(numbers))):
        Tolerance(**numbers)
