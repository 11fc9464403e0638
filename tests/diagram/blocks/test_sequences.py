"""Counters and repeated tables, against Python's own counting and numpy's interpolation."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block

from bridge.errors import ParameterError, UnsupportedBlock


def test_a_free_running_counter_wraps() -> None:
    y = one_block("simulink/Sources/Counter Free-Running", steps=600, NumBits=8, exact=True)
    assert y.dtype == np.uint8
    np.testing.assert_array_equal(y, np.arange(600) % 256)


@pytest.mark.parametrize(("bits", "dtype"), [(8, "uint8"), (16, "uint16"), (32, "uint32")])
def test_the_data_type_of_a_free_running_counter(bits: int, dtype: str) -> None:
    assert one_block("simulink/Sources/Counter Free-Running", steps=2, NumBits=bits).dtype == np.dtype(dtype)


def test_other_numbers_of_bits_are_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="NumBits = 12"):
        one_block("simulink/Sources/Counter Free-Running", steps=2, NumBits=12)


@pytest.mark.parametrize(
    ("limit", "dtype"), [(0, "uint8"), (3, "uint8"), (255, "uint8"), (256, "uint16"), (70000, "uint32")]
)
def test_a_limited_counter(limit: int, dtype: str) -> None:
    y = one_block("simulink/Sources/Counter Limited", steps=300, uplimit=limit, exact=True)
    assert y.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(y, np.arange(300) % (limit + 1))


def test_a_counter_counts_its_samples() -> None:
    y = one_block("simulink/Sources/Counter Limited", steps=9, step=0.5, uplimit=7, tsamp=1)
    assert y.tolist() == [0, 1, 2, 3, 4]


def test_a_counter_beyond_32_bits_is_refused() -> None:
    with pytest.raises(ParameterError, match="uplimit"):
        one_block("simulink/Sources/Counter Limited", steps=1, uplimit=2**32)


def test_a_stair_repeats_its_values() -> None:
    y = one_block("simulink/Sources/Repeating Sequence Stair", steps=7, OutValues="[3 1 4].'", exact=True)
    assert y.tolist() == [3, 1, 4, 3, 1, 4, 3]
    y = one_block("simulink/Sources/Repeating Sequence Stair", steps=3, OutValues="[3.5 -1]", OutDataTypeStr="uint8")
    assert (y.dtype, y.tolist()) == (np.uint8, [4, 0, 4])


TIMES, VALUES = np.array([0.0, 1.0, 1.5, 4.0]), np.array([2.0, -1.0, 3.0, 5.0])
POINTS = {"rep_seq_t": "[0 1 1.5 4]", "rep_seq_y": "[2 -1 3 5]"}


def test_a_repeating_sequence_goes_along_straight_lines() -> None:
    y = one_block("simulink/Sources/Repeating Sequence", steps=41, step=0.25, **POINTS)
    np.testing.assert_allclose(y, np.interp(0.25 * np.arange(41) % 4, TIMES, VALUES), rtol=1e-15, atol=1e-15)


def test_a_period_that_is_no_whole_number_begins_exactly() -> None:
    """Samples at 0.1 k over a period of 0.3: 0.1 * 3, 0.1 * 6, … are not whole multiples of 0.3, but count as such."""
    y = one_block("simulink/Sources/Repeating Sequence", steps=3001, step=0.1, rep_seq_t="[0 0.3]", rep_seq_y="[0 3]")
    np.testing.assert_allclose(y, np.arange(3001) % 3, rtol=0, atol=1e-9)


@pytest.mark.parametrize("times", ["[0 1]", "[0 2 1 3]", "[0 0 0 0]"])
def test_points_that_are_none(times: str) -> None:
    with pytest.raises(ParameterError, match="rep_seq_t"):
        one_block("simulink/Sources/Repeating Sequence", steps=1, rep_seq_t=times, rep_seq_y="[2 -1 3 5]")


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("Interpolation-Use End Values", [2, 0.5, -1, 3, 3.4, 3.8, 4.2, 4.6]),
        ("Use Input Below", [2, 2, -1, 3, 3, 3, 3, 3]),
        ("Use Input Above", [2, -1, -1, 3, 5, 5, 5, 5]),
        ("Use Input Nearest", [2, -1, -1, 3, 3, 3, 5, 5]),
    ],
)
def test_a_table_is_read_at_samples(method: str, expected: list[float]) -> None:
    options = {"TimeValues": "[0 1 1.5 4].'", "OutValues": "[2 -1 3 5].'", "tsamp": 0.5, "LookUpMeth": method}
    y = one_block("simulink/Sources/Repeating Sequence Interpolated", steps=18, step=0.5, **options)
    np.testing.assert_allclose(y, np.tile(expected, 3)[:18], rtol=1e-15, atol=1e-15)


def test_a_table_needs_a_sample_time_and_ascending_times() -> None:
    with pytest.raises(UnsupportedBlock, match="tsamp = -1"):
        one_block("simulink/Sources/Repeating Sequence Interpolated", steps=2, tsamp=-1)
    points = {"TimeValues": "[1 2]", "OutValues": "[1 2]", "tsamp": 1}
    with pytest.raises(ParameterError, match="TimeValues"):
        one_block("simulink/Sources/Repeating Sequence Interpolated", steps=2, **points)
