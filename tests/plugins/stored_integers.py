"""Rounding and overflow of Simulink's integers in exact Python arithmetic: what tests hold blocks against."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

INTEGERS = ("int8", "uint8", "int16", "uint16", "int32", "uint32")
LONG_INTEGERS = (*INTEGERS, "int64", "uint64")

# The documented integer rounding modes but "Simplest", which is floor or zero as suits the processor.
ROUND: dict[str, Callable[[Fraction], int]] = {
    "Floor": math.floor,
    "Ceiling": math.ceil,
    "Zero": math.trunc,
    "Nearest": lambda x: math.floor(x + Fraction(1, 2)),
    "Round": lambda x: int(math.copysign(math.floor(abs(x) + Fraction(1, 2)), x)),
    "Convergent": round,
}


def stored(x: Any, dtype: str, rounding: str = "Floor", saturate: bool = False) -> int:
    """The integer of the type that a number becomes: rounded, then wrapped modulo 2**bits or held at the limits."""
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    if isinstance(x, float | np.floating) and not math.isfinite(x):
        return 0 if math.isnan(x) or not saturate else (high if x > 0 else low)
    whole = ROUND[rounding](Fraction(x.item() if isinstance(x, np.generic) else x))
    return min(max(whole, low), high) if saturate else (whole - low) % (high - low + 1) + low


def edges(dtype: str) -> np.ndarray:
    """The limits of an integer type, their neighbours, and numbers around zero."""
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    numbers = [low, low + 1, low // 2, -2, -1, 0, 1, 2, 3, 7, 100, high // 2, high - 1, high]
    return np.array([n for n in numbers if low <= n <= high], dtype)


def pairs(
    left: Iterable[Any], right: Iterable[Any], dtype: str, other: str | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Every pair of two sets of numbers, as two arrays, the second perhaps of another type."""
    found = [(x, y) for x in left for y in right]
    return np.array([x for x, _ in found], dtype), np.array([y for _, y in found], other or dtype)
