"""The colon operator as MATLAB rounds it.

Source: MathWorks technical solution 1-4FLI96, "How does the COLON operator work?" The values are built from
both ends towards the middle, so ``0:0.1:5`` is not ``k * 0.1`` in 13 of its 51 samples.
"""

from __future__ import annotations

import math

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.values import Array

_EPS = 2.0**-52
_ENDLESS = 2**62


def colon(start: float, step: float, stop: float) -> Array:
    """``start:step:stop`` in double precision, a 1 x n row.

    First half ``start + k*step``, second half ``last - k*step``, the middle of an odd number their mean.
    Empty (1 x 0) when the step is 0 or leads away; NaN (1 x 1) when one of the three is NaN or `start` infinite.
    `MatlabError` for a range of more than 2^31 values.
    """
    n = intervals(start, step, stop)
    if n is None:
        return np.array([[math.nan]])
    if n < 0:
        return np.zeros((1, 0))
    if math.isinf(step):
        return np.array([[start]], dtype=np.float64)
    if n >= 2**31:
        raise MatlabError(f"a range of {n + 1:.3g} values is too long")
    last = start + n * step
    tolerance = 2.0 * _EPS * max(abs(start), abs(stop))
    if math.copysign(1.0, step) * (last - stop) > -tolerance:
        last = stop
    half = n // 2
    k = np.arange(half + 1)
    row = np.empty((1, n + 1))
    row[0, : half + 1] = start + k * step
    row[0, n - half :] = (last - k * step)[::-1]
    if n % 2 == 0:
        row[0, half] = (start + last) / 2
    return row


def intervals(start: float, step: float, stop: float) -> int | None:
    """The number of steps, one less than the number of values: -1 for an empty range, None for NaN."""
    if math.isnan(start) or math.isnan(step) or math.isnan(stop):
        return None
    if step == 0 or (start < stop and step < 0) or (stop < start and step > 0):
        return -1
    if math.isinf(start):
        return None
    if math.isinf(step):
        return 0
    if math.isinf(stop):
        return _ENDLESS
    if start == math.floor(start) and step == 1:
        n = math.floor(stop) - start
    elif start == math.floor(start) and step == math.floor(step):
        quotient = math.floor(start / step)
        n = math.floor((stop - (start - quotient * step)) / step) - quotient
    else:
        ratio = (stop - start) / step
        if math.isinf(ratio):
            return _ENDLESS
        n = math.floor(ratio + 0.5)
        tolerance = 2.0 * _EPS * max(abs(start), abs(stop))
        if math.copysign(1.0, step) * (start + n * step - stop) > tolerance:
            n -= 1
    return int(n)


def colon_integer(start: int, step: int, stop: int, dtype: np.dtype[np.generic]) -> Array:
    """``start:step:stop`` where one of them has the integer class `dtype`; exact."""
    if step == 0 or (stop - start) * step < 0:
        return np.zeros((1, 0), dtype)
    n = (stop - start) // step
    return (np.arange(n + 1, dtype=object) * step + start).astype(dtype).reshape(1, -1)
