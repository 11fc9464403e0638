from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.comparing.window import envelope, within_window


def test_the_envelope_of_a_line_is_its_value_at_the_windows_ends() -> None:
    time = np.arange(11.0)
    low, high = envelope(time, time[:, None], time, leading=0.25, lagging=0.5)
    np.testing.assert_array_equal(low[1:-1, 0], time[1:-1] - 0.5)
    np.testing.assert_array_equal(high[1:-1, 0], time[1:-1] + 0.25)
    assert (low[0, 0], high[-1, 0]) == (0, 10)


@given(
    st.lists(st.integers(-5, 5), min_size=2, max_size=20),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_the_envelope_of_held_values_is_that_of_the_samples_in_the_window(
    values: list[int], leading: int, lagging: int
) -> None:
    time = np.arange(float(len(values)))
    low, high = envelope(time, np.array(values), time, leading, lagging)
    for k in range(len(values)):
        seen = values[max(0, k - lagging) : k + leading + 1]
        assert (low[k], high[k]) == (min(seen), max(seen))


def test_nan_in_the_window_is_ignored_and_alone_is_never_reached() -> None:
    time = np.arange(4.0)
    low, high = envelope(time, np.array([1.0, np.nan, np.nan, np.nan]), time, 0.0, 1.0)
    assert (low[1], high[1]) == (1, 1)
    assert np.isnan(low[3])
    low, high = envelope(np.arange(3.0), np.array([np.nan, 5.0, np.nan]), np.array([1.0]), 1.0, 1.0)
    assert (low[0], high[0]) == (5, 5)
    values = np.zeros(4)
    assert not within_window(time, np.full(4, np.nan), time, values, 1.0, 1.0, 10.0).any()
    assert not within_window(time, values, time, np.full(4, np.nan), 1.0, 1.0, 10.0).any()


@pytest.mark.parametrize(("value", "inside"), [(1 + 1j, True), (0.5 + 0.5j, True), (1 + 2j, False)])
def test_complex_numbers_are_within_by_both_parts(value: complex, inside: bool) -> None:
    time = np.array([0.0, 1.0])
    reference = np.array([0j, 1 + 1j])
    assert within_window(time, reference, time, np.array([0j, value]), 0.0, 1.0, 0.0).tolist() == [True, inside]
