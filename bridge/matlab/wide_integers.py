"""Arithmetic on int64 and uint64, which double cannot hold: with Python's integers and fractions, exactly."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from bridge.matlab.values import Array


def wide_integer(operation: str, x: Array, y: Array, dtype: np.dtype[Any]) -> Array:
    """``x operation y`` element by element, rounded half away from zero and saturated to `dtype`."""
    limits = np.iinfo(dtype)
    low, high = int(limits.min), int(limits.max)
    shape = np.broadcast_shapes(x.shape, y.shape)
    left = np.broadcast_to(x.astype(object), shape).ravel().tolist()
    right = np.broadcast_to(y.astype(object), shape).ravel().tolist()
    flat = [_rounded(_exactly(operation, p, q), low, high) for p, q in zip(left, right, strict=True)]
    return np.array(flat, dtype=dtype).reshape(shape)


def _exactly(operation: str, p: float, q: float) -> Fraction | float:
    """The result as a fraction; as a float where an operand is not finite or the result would be too long."""
    if not (math.isfinite(p) and math.isfinite(q)):
        return _floating(operation, float(p), float(q))
    left, right = Fraction(p), Fraction(q)
    if operation == "+":
        return left + right
    if operation == "-":
        return left - right
    if operation == ".*":
        return left * right
    if operation == "./":
        return left / right if right else _floating(operation, float(p), 0.0)
    if right.denominator != 1 or abs(right) > 64 or (left == 0 and right < 0):
        return _floating(operation, float(p), float(q))
    return left ** int(right)


def _floating(operation: str, p: float, q: float) -> float:
    x, y = np.float64(p), np.float64(q)
    with np.errstate(all="ignore"):
        if operation == "+":
            return float(x + y)
        if operation == "-":
            return float(x - y)
        if operation == ".*":
            return float(x * y)
        return float(x / y if operation == "./" else x**y)


def _rounded(value: Fraction | float, low: int, high: int) -> int:
    if isinstance(value, float):
        if math.isnan(value):
            return 0
        if math.isinf(value):
            return high if value > 0 else low
    away = math.floor(abs(Fraction(value)) + Fraction(1, 2))
    return min(max(away if value >= 0 else -away, low), high)
