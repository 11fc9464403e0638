"""Tolerance in time: the least and greatest value that a reference takes within a window around each instant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.comparing.alignment import Array, Times, rounding, sampled


def envelope(
    time: Times, reference: Array, at: Times, leading: float, lagging: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and greatest value of `reference` over [t - lagging, t + leading] for every t of `at`; NaN is ignored.

    Between its samples the reference is a line (floating point) or held (integers, booleans), so the values at the
    window's two ends count too. `reference` is real, `T x …`.
    """
    slack = rounding(time)
    first, last = at - lagging, at + leading
    # A window that begins at a sample but for rounding must not see the value held before it.
    inner = first + slack if reference.dtype.kind in "biu" else first
    ends = [sampled(time, reference, np.clip(end, time[0], time[-1])).astype(np.float64) for end in (inner, last)]
    low, high = np.fmin(*ends), np.fmax(*ends)
    start = np.searchsorted(time, first - slack, side="left")
    stop = np.searchsorted(time, last + slack, side="right")
    some = (start < stop).nonzero()[0]
    if some.size:
        # reduceat takes pairs [start, stop) when every other result is dropped; a last row makes `stop` an index.
        padded = np.concatenate([reference, reference[-1:]]).astype(np.float64)
        pairs = np.stack([start[some], stop[some]], axis=1).ravel()
        low[some] = np.fmin(low[some], np.fmin.reduceat(padded, pairs, axis=0)[::2])
        high[some] = np.fmax(high[some], np.fmax.reduceat(padded, pairs, axis=0)[::2])
    return low, high


def within_window(
    time: Times, reference: Array, at: Times, values: Array, leading: float, lagging: float, margin: float
) -> NDArray[np.bool_]:
    """Whether each of `values` lies in the reference's envelope, widened by `margin` on both sides."""
    if "c" in (values.dtype.kind, reference.dtype.kind):
        real, imaginary = (
            within_window(time, r, at, v, leading, lagging, margin)
            for r, v in ((reference.real, values.real), (reference.imag, values.imag))
        )
        return real & imaginary
    low, high = envelope(time, reference, at, leading, lagging)
    sought = values.astype(np.float64)
    return np.asarray((sought >= low - margin) & (sought <= high + margin))
