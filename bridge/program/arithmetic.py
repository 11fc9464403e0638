"""Simulink's number conversions and integer arithmetic, composed of the form's operations.

Rounding: the modes of *Integer rounding mode* in Simulink's documentation. Overflow: wrap modulo 2**n (two's
complement) or saturate to the type's limits. NaN and, when wrapping, infinities become 0, as generated code shows.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.errors import ProgramError
from bridge.program.form import Value
from bridge.program.trace import (
    absolute,
    ceil,
    equal,
    floor,
    fmod,
    isinf,
    isnan,
    not_equal,
    rint,
    storage,
    trunc,
    where,
    zeros,
)
from bridge.program.types import BOOLEAN, DOUBLE, INT64, UINT64, DType


def round_half_away(x: Value) -> Value:
    """MATLAB's `round`: halves go away from zero; magnitudes from 2**52 are whole already.

    `floor(|x| + 0.5)` alone would round 0.49999999999999994 up, hence the comparison of the fraction.
    """
    whole = trunc(x)
    away = where(x < 0, whole - 1, whole + 1)
    return where(absolute(x - whole) >= 0.5, away, whole)


def _nearest(x: Value) -> Value:
    """Halves go towards plus infinity."""
    whole = floor(x)
    return where((x - whole) >= 0.5, whole + 1, whole)


ROUNDING: dict[str, Callable[[Value], Value]] = {
    "Zero": trunc,
    "Floor": floor,
    "Ceiling": ceil,
    "Round": round_half_away,
    "Nearest": _nearest,
    "Convergent": rint,
    # Simulink takes the cheapest code for the target; floor or zero. Documented as zero for division on most targets.
    "Simplest": floor,
}


def _to_integer(x: Value, dtype: DType, rounding: str, saturate: bool) -> Value:
    whole = ROUNDING[rounding](x)
    low, high = dtype.limits
    # The upper limit of a 64-bit integer is no double (of a 32-bit one, no single): compare with the next power of two.
    above = float(high + 1)
    if saturate:
        inside = where((whole >= float(low)) & (whole < above), whole, 0.0)
        clamped = where(
            whole >= above,
            _limit(dtype, high, x),
            where(whole < float(low), _limit(dtype, low, x), storage(inside, dtype)),
        )
        return where(isnan(x), zeros(clamped.type), clamped)
    finite = where(isnan(x) | isinf(x), 0.0, whole)
    span = 2.0**dtype.bits
    wrapped = fmod(finite, span)
    if dtype.bits == 64:
        # Bring the remainder into int64's range. Only magnitudes from 2**63 on are moved, which is exact; moving all
        # negative ones by 2**64 would lose the small ones, as would 2**32 in single precision.
        wrapped = where(wrapped >= span / 2, wrapped - span, where(wrapped < -span / 2, wrapped + span, wrapped))
    return storage(storage(wrapped, INT64), dtype)


def _limit(dtype: DType, value: int, like: Value) -> Value:
    from bridge.program.trace import broadcast, constant

    return broadcast(constant(value, dtype), like.shape)


def convert(x: Value, dtype: DType, rounding: str = "Floor", saturate: bool = False) -> Value:
    """`x` in another data type, with Simulink's rounding and overflow.

    Floating point to integer rounds, then wraps or saturates; integer to integer wraps or saturates; anything to
    boolean is `x ~= 0`.
    """
    if x.dtype == dtype:
        return x
    if dtype.kind == "fixed" or x.dtype.kind == "fixed":
        raise ProgramError(f"conversion of {x.dtype} to {dtype} is not supported: fixed point has no engine yet")
    if dtype == BOOLEAN:
        return not_equal(x, 0)
    if x.dtype.is_float and dtype.is_integer:
        return _to_integer(x, dtype, rounding, saturate)
    if x.dtype.is_integer and dtype.is_integer and saturate:
        return _clamp_integer(x, dtype)
    return storage(x, dtype)


def _clamp_integer(x: Value, dtype: DType) -> Value:
    (x_low, x_high), (low, high) = x.dtype.limits, dtype.limits
    if low <= x_low and x_high <= high:
        return storage(x, dtype)
    result = storage(x, dtype)
    if x_high > high:
        result = where(x > high, _limit(dtype, high, x), result)
    if x_low < low:
        result = where(x < max(low, x_low), _limit(dtype, low, x), result)
    return result


def _wide(dtype: DType) -> DType:
    return INT64 if dtype.bits <= 32 or dtype.signed else UINT64


def _saturating(x: Value, y: Value, exact: Callable[[Value, Value], Value]) -> Value:
    """Compute in 64 bits and clamp. Products of two 32-bit numbers may leave int64, so the side is judged in double,
    which is exact near the limits of a type of at most 32 bits."""
    dtype = x.dtype
    if dtype.bits > 32:
        raise ProgramError(f"saturating arithmetic on {dtype} is not supported")
    low, high = dtype.limits
    wide = exact(storage(x, INT64), storage(y, INT64))
    magnitude = exact(storage(x, DOUBLE), storage(y, DOUBLE))
    return where(
        magnitude > float(high),
        _limit(dtype, high, wide),
        where(magnitude < float(low), _limit(dtype, low, wide), storage(wide, dtype)),
    )


def add(x: Value, y: Value, saturate: bool = False) -> Value:
    """x + y in their data type."""
    return _saturating(x, y, lambda a, b: a + b) if saturate and x.dtype.is_integer else x + y


def subtract(x: Value, y: Value, saturate: bool = False) -> Value:
    """x - y in their data type."""
    return _saturating(x, y, lambda a, b: a - b) if saturate and x.dtype.is_integer else x - y


def multiply(x: Value, y: Value, saturate: bool = False) -> Value:
    """x * y in their data type."""
    return _saturating(x, y, lambda a, b: a * b) if saturate and x.dtype.is_integer else x * y


def negate(x: Value, saturate: bool = False) -> Value:
    """-x in its data type; the most negative integer wraps to itself or saturates."""
    return subtract(zeros(x.type), x, saturate) if x.dtype.is_integer else -x


def magnitude(x: Value, saturate: bool = False) -> Value:
    """|x|; of the most negative integer, itself or the largest."""
    if not x.dtype.is_integer:
        return absolute(x)
    return where(x < 0, negate(x, saturate), x)


def divide(x: Value, y: Value, rounding: str = "Zero", saturate: bool = False) -> Value:
    """x / y; for integers rounded as told. A division by integer zero saturates as MathWorks' generated code does.

    The quotient of two integers of at most 32 bits is rounded from double exactly: it is at least 2**-32 from the next
    integer unless it is one.
    """
    if not x.dtype.is_integer:
        return x / y
    if x.dtype.bits > 32:
        raise ProgramError(f"division of {x.dtype} is not supported")
    low, high = x.dtype.limits
    zero = equal(y, 0)
    safe = where(zero, 1, y)
    quotient = convert(storage(x, DOUBLE) / storage(safe, DOUBLE), x.dtype, rounding, saturate)
    edge = where(x < 0, _limit(x.dtype, low, x), _limit(x.dtype, high, x))
    return where(zero, where(equal(x, 0), zeros(x.type), edge), quotient)
