"""Element by element: the absolute difference of two arrays, and their distance in units in the last place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def difference(a: Array, b: Array) -> NDArray[np.float64]:
    """``|a - b|``; 0 where both are NaN or the same infinity, infinite where just one is NaN.

    Integers of any width and sign are subtracted exactly before the result is rounded to double.
    """
    if a.dtype.kind in "biu" and b.dtype.kind in "biu":
        distance, beyond = _whole_distance(a, b)
        rounded = distance.astype(np.float64)
        rounded[beyond] = [float(abs(int(x) - int(y))) for x, y in zip(a[beyond], b[beyond], strict=True)]
        return rounded
    wide = np.complex128 if "c" in (a.dtype.kind, b.dtype.kind) else np.float64
    a, b = a.astype(wide), b.astype(wide)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(a - b)
    apart[np.isnan(apart)] = np.inf
    apart[same] = 0.0
    return np.asarray(apart, np.float64)


def scale(reference: Array) -> float:
    """The largest finite absolute value of the signal; 0 where there is none."""
    wide = np.complex128 if reference.dtype.kind == "c" else np.float64
    with np.errstate(over="ignore"):
        sizes = np.abs(reference.astype(wide))
    sizes = sizes[np.isfinite(sizes)]
    return float(sizes.max()) if sizes.size else 0.0


def ulps(a: Array, b: Array) -> NDArray[np.uint64]:
    """How many numbers of the coarser data type lie between a and b, plus one; 0 for equal ones and for two NaNs.

    A NaN against a number is the largest uint64. Both zeros are one number. Infinity follows the largest number.
    Complex numbers: the larger of the two parts' distances. Integers: ``|a - b|``, at most the largest uint64.
    """
    if a.dtype.kind in "biu" and b.dtype.kind in "biu":
        distance, beyond = _whole_distance(a, b)
        distance[beyond] = np.iinfo(np.uint64).max
        return distance
    if "c" in (a.dtype.kind, b.dtype.kind):
        part = _coarser(np.zeros(0, a.dtype).real.dtype, np.zeros(0, b.dtype).real.dtype)
        parts = ((a.real, b.real), (a.imag, b.imag))
        return np.maximum(*(ulps(x.astype(part), y.astype(part)) for x, y in parts))
    dtype = _coarser(a.dtype, b.dtype)
    with np.errstate(over="ignore"):
        x, y = a.astype(dtype), b.astype(dtype)
    p, q = _place(x), _place(y)
    distance = np.where(p > q, p - q, q - p)
    distance[np.isnan(x) | np.isnan(y)] = np.iinfo(np.uint64).max
    distance[np.isnan(x) & np.isnan(y)] = 0
    return distance


def _coarser(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    """The floating-point type with fewer digits, native byte order, at most double; integers count as double."""
    digits = [np.finfo(dtype).nmant if dtype.kind == "f" else 52 for dtype in (a, b)]
    return np.dtype(np.float16 if min(digits) <= 10 else np.float32 if min(digits) <= 23 else np.float64)


def _place(x: Array) -> NDArray[np.uint64]:
    """Each number's place in the order of all numbers of its type."""
    bits = x.dtype.itemsize * 8
    pattern = x.view(f"u{x.dtype.itemsize}").astype(np.uint64)
    sign = np.uint64(1 << (bits - 1))
    size = pattern & (sign - np.uint64(1))
    return np.where(pattern & sign, sign - size, sign + size)


def _whole_distance(a: Array, b: Array) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """``|a - b|`` modulo 2^64, and where it is 2^64 or more: only beside uint64 can a negative number be so far off."""
    greater = a > b
    p, q = a.astype(np.uint64), b.astype(np.uint64)
    distance = np.where(greater, p - q, q - p)
    larger, below = np.where(greater, p, q), np.where(greater, b < 0, a < 0)
    beyond = below & (np.where(greater, a, b) >= 0) & (distance < larger)
    return distance, beyond
