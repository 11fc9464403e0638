"""Functions of two real numbers as MathWorks' generated code computes them, which at the edges is not C's way.

Each formula is that of the run-time function of the same purpose in generated code of R2017a to R2025b.
"""

from __future__ import annotations

import math

from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE

_NAN = math.nan


def power(u: Value, v: Value) -> Value:
    """u ** v; NaN where either is, and for a negative base with an exponent that is not whole.

    Exponents 1, 2, 0.5 and -1 are computed as u, u * u, sqrt(u) and 1 / u.
    """
    y = t.power(u, v)
    # Also for an infinite base, where C gives Inf.
    y = t.where((u < 0) & (v > t.floor(v)), _NAN, y)
    y = t.where(t.equal(v, 0.5) & (u >= 0), t.sqrt(u), y)
    y = t.where(t.equal(v, 2), u * u, y)
    y = t.where(t.equal(v, 1), u, t.where(t.equal(v, -1), 1 / u, y))
    return t.where(t.isnan(u) | t.isnan(v), _NAN, y)


def hypot(u: Value, v: Value) -> Value:
    """sqrt(u**2 + v**2), scaled by the larger; NaN where either is."""
    a, b = t.absolute(u), t.absolute(v)
    larger, smaller = t.where(a < b, b, a), t.where(a < b, a, b)
    quotient = smaller / larger
    y = t.where(t.equal(a, b), a * math.sqrt(2), larger * t.sqrt(quotient * quotient + 1))
    return t.where(t.isnan(a) | t.isnan(b), _NAN, y)


def larger(x: Value, y: Value) -> Value:
    """The larger of two; of a number and NaN, the number."""
    keep = x >= y
    return t.where(keep | t.isnan(y) if y.dtype.is_float else keep, x, y)


def smaller(x: Value, y: Value) -> Value:
    """The smaller of two; of a number and NaN, the number."""
    keep = x <= y
    return t.where(keep | t.isnan(y) if y.dtype.is_float else keep, x, y)


def arctangent(y: Value, x: Value) -> Value:
    """The angle of the point (x, y), with atan2(0, x) = 0 at x = 0 of either sign."""
    zero = t.equal(x, 0)
    quarter = t.where(y > 0, math.pi / 2, t.where(y < 0, -math.pi / 2, y * 0))
    angle = t.where(zero, quarter, t.atan2(y, t.where(zero, 1.0, x)))
    return t.where(t.isnan(x) | t.isnan(y), _NAN, angle)


def _near_whole(u: Value, v: Value) -> Value:
    """Whether u is a multiple of v, which is no whole number itself, up to the last digit of the quotient."""
    q = t.absolute(u / v)
    epsilon = 2.0**-52 if u.dtype == DOUBLE else 2.0**-23
    return ~(t.absolute(q - t.floor(q + 0.5)) > q * epsilon)


def modulus(u: Value, v: Value) -> Value:
    """u - floor(u / v) v, with the sign of v; u itself where v is 0."""
    r = t.fmod(u, v)
    whole = t.equal(r, 0) | ((v > t.floor(v)) & _near_whole(u, v))
    r = t.where(whole, v * 0, t.where((u < 0) ^ (v < 0), r + v, r))
    # With an infinite divisor u stays where the signs agree.
    r = t.where(t.isinf(v), t.where(((u < 0) ^ (v < 0)) & t.not_equal(u, 0), v, u), r)
    r = t.where(t.equal(v, 0), u, t.where(t.isinf(u) | t.isnan(u), _NAN, r))
    return t.where(t.isnan(v), _NAN, r)


def remainder(u: Value, v: Value) -> Value:
    """u - trunc(u / v) v, with the sign of u; NaN where v is 0."""
    r = t.where(t.not_equal(v, t.trunc(v)) & _near_whole(u, v), u * 0, t.fmod(u, v))
    r = t.where(t.isinf(v), u, r)
    return t.where(t.isinf(u) | t.isnan(u) | t.isnan(v), _NAN, r)


def integer_modulus(u: Value, v: Value) -> Value:
    """`modulus` of integers of at most 32 bits, exactly; u where v is 0."""
    x, y = t.storage(u, DOUBLE), t.storage(v, DOUBLE)
    zero = t.equal(y, 0)
    r = t.fmod(x, t.where(zero, 1.0, y))
    r = t.where(t.not_equal(r, 0) & ((x < 0) ^ (y < 0)), r + y, r)
    return t.storage(t.where(zero, x, r), u.dtype)


def integer_remainder(u: Value, v: Value) -> Value:
    """`remainder` of integers of at most 32 bits, exactly; 0 where v is 0."""
    x, y = t.storage(u, DOUBLE), t.storage(v, DOUBLE)
    zero = t.equal(y, 0)
    return t.storage(t.where(zero, 0.0, t.fmod(x, t.where(zero, 1.0, y))), u.dtype)
