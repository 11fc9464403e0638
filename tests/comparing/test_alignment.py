from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bridge.comparing.alignment import Aligned, align, rounding, sampled
from bridge.errors import EvidenceError


def aligned(time_a: Any, a: Any, time_b: Any, b: Any) -> Aligned:
    return align("y", np.asarray(time_a, float), np.asarray(a), np.asarray(time_b, float), np.asarray(b))


def test_times_that_differ_by_rounding_are_the_same() -> None:
    added = np.cumsum(np.full(100_001, 0.1)) - 0.1
    multiplied = np.arange(100_001) * 0.1
    assert np.abs(added - multiplied).max() > 1e-9
    found = aligned(added, added, multiplied, multiplied)
    assert found.how == "sample by sample"
    assert found.a is not found.b


def test_a_shift_of_a_thousandth_of_a_step_is_not_rounding() -> None:
    time = np.arange(5.0)
    assert aligned(time, time, time + 1e-3, time).how.startswith("interpolated")


def test_repeated_times_are_compared_in_their_order() -> None:
    time = [0.0, 1.0, 1.0, 2.0]
    found = aligned(time, [0, 1, 2, 3], time, [0, 1, 5, 3])
    assert found.how == "sample by sample"
    assert (found.a != found.b).tolist() == [False, False, True, False]


def test_a_decimated_signal_is_compared_at_its_own_samples() -> None:
    fine = np.arange(11) * 0.1
    values = np.sin(7 * fine)
    found = aligned(fine, values, np.arange(3) * 0.5, values[::5])
    assert found.how == "3 common samples of 11 and 3"
    np.testing.assert_array_equal(found.a, found.b)
    assert found.note == ""


def test_a_longer_run_is_compared_where_both_are_and_says_so() -> None:
    found = aligned(np.arange(11.0), np.arange(11.0), np.arange(5.0), np.arange(5.0))
    assert found.how == "5 common samples of 11 and 5"
    assert found.note == "only 0 to 4 s is common: a covers 0 to 10 s, b covers 0 to 4 s"


def test_other_times_are_interpolated_on_the_union_linearly() -> None:
    a, b = np.array([0.0, 0.4, 1.0]), np.array([0.0, 0.25, 0.5, 1.0])
    found = aligned(a, 2 * a, b, 2 * b)
    assert found.time.tolist() == [0.0, 0.25, 0.4, 0.5, 1.0]
    # A line stays a line; the weights are rounded.
    np.testing.assert_allclose(found.a, 2 * found.time, rtol=1e-15)
    np.testing.assert_allclose(found.b, 2 * found.time, rtol=1e-15)
    assert found.how == "interpolated on 5 times"


def test_integers_and_booleans_are_held() -> None:
    found = aligned([0.0, 1.0, 2.0], np.array([1, 5, 9], np.int8), [0.0, 0.5, 2.0], [False, True, False])
    assert found.time.tolist() == [0.0, 0.5, 1.0, 2.0]
    assert found.a.tolist() == [1, 1, 5, 9]
    assert found.a.dtype == np.dtype(np.int8)
    assert found.b.tolist() == [False, True, True, False]


def test_a_step_that_both_make_at_the_same_instant_but_for_rounding_is_no_difference() -> None:
    late = 0.30000000000000004
    found = aligned([0.0, 0.1, 0.3, 0.5], [0, 0, 1, 1], [0.0, late, 0.4, 0.5], [0, 1, 1, 1])
    np.testing.assert_array_equal(found.a, found.b)


def test_nan_spoils_only_what_lies_beside_it() -> None:
    time = np.array([0.0, 1.0, 2.0, 3.0])
    at = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
    found = sampled(time, np.array([0.0, np.nan, 2.0, 3.0]), at)
    assert np.isnan(found).tolist() == [False, True, True, True, False, False, False]


def test_single_stays_single() -> None:
    assert sampled(np.arange(2.0), np.zeros((2, 3), np.float32), np.array([0.5])).dtype == np.float32


def test_where_a_time_occurs_twice_its_last_sample_counts() -> None:
    found = sampled(np.array([0.0, 1.0, 1.0, 2.0]), np.array([0.0, 1.0, 5.0, 6.0]), np.array([0.5, 1.0, 1.5]))
    assert found.tolist() == [0.5, 5.0, 5.5]


@pytest.mark.parametrize(
    ("time_a", "time_b", "message"),
    [
        ([0.0, 1.0], [1.5, 2.0], "'y': no time in common: a covers 0 to 1 s, b covers 1.5 to 2 s"),
        ([], [0.0], "'y': a has no samples"),
        ([0.0], [], "'y': b has no samples"),
        ([], [], "'y': a has no samples"),
    ],
)
def test_without_time_in_common_there_is_no_evidence(time_a: Any, time_b: Any, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        aligned(time_a, np.zeros(len(time_a)), time_b, np.zeros(len(time_b)))


def test_rounding_is_a_millionth_of_the_smallest_step() -> None:
    assert rounding(np.array([0.0, 0.1, 0.1, 0.3])) == pytest.approx(1e-7)
    assert rounding(np.array([1e9])) == 8 * 2.0**-52 * 1e9
    assert rounding(np.array([0.0])) == 0.0
