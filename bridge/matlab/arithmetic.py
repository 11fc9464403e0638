"""Element-wise arithmetic and comparison with MATLAB's classes.

double with an integer class gives that class: computed in double, rounded half away from zero, saturated.
single with double gives single; logical and char count as double. Sizes expand where one of them is 1.
Sources: MathWorks "Integers", "Floating-Point Numbers", "Compatible Array Sizes for Basic Operations".
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.string_arrays import strings
from bridge.matlab.values import CLASSES, Array, Cell, Char, FunctionHandle, String, Struct, Value, class_of

DOUBLE = np.dtype(np.float64)
SINGLE = np.dtype(np.float32)

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "~=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ELEMENTWISE = frozenset(("+", "-", ".*", "./", ".\\", ".^"))


def numbers(value: Value, operation: str) -> Array:
    """The numeric array of an operand: characters as their codes in double; logical stays logical."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, Char):
        return value.codes.astype(np.float64)
    raise unsupported(operation, value)


def unsupported(operation: str, value: Value) -> MatlabError:
    """The error for an operand of a class that the operation does not take."""
    return MatlabError(f"operator '{operation}' is not supported for operands of class '{class_of(value)}'")


def is_integer(array: Array) -> bool:
    """Whether the array has one of the eight integer classes."""
    return array.dtype.kind in "iu"


def narrow(array: Array) -> Array:
    """A complex result whose imaginary parts are all zero, as real; anything else unchanged."""
    if array.dtype.kind == "c" and not array.imag.any():
        return array.real.copy()
    return array


def round_half_away(x: Array) -> Array:
    """Round to the nearest integer, halves away from zero; exact for 0.49999999999999994 too."""
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(1.0, x), whole).astype(x.dtype, copy=False)


def saturate(x: Array, dtype: np.dtype[Any]) -> Array:
    """Floating-point values as the integer class `dtype`: rounded half away from zero, saturated, NaN as 0."""
    limits = np.iinfo(dtype)
    rounded = round_half_away(np.asarray(x.real if x.dtype.kind == "c" else x, np.float64))
    rounded = np.where(np.isnan(rounded), 0.0, rounded)
    low, high = float(limits.min), float(limits.max)
    inside = np.clip(rounded, low, high)
    with np.errstate(all="ignore"):
        result = inside.astype(dtype)
    # float(2**63 - 1) is 2**63, which wraps when cast: put the true limit there.
    return np.where(rounded >= high, limits.max, np.where(rounded <= low, limits.min, result)).astype(dtype)


def to_class(array: Array, dtype: np.dtype[Any]) -> Array:
    """`array` in another class, as ``int8(a)``, ``single(a)`` or an assignment into an array does."""
    if array.dtype == dtype:
        return array
    if dtype.kind in "iu":
        if array.dtype.kind in "fc":
            return saturate(array, dtype)
        if array.dtype.kind == "b":
            return array.astype(dtype)
        limits = np.iinfo(dtype)
        return np.clip(array, *_common_limits(array.dtype, limits)).astype(dtype)
    if dtype.kind == "b":
        if array.dtype.kind in "fc" and np.isnan(array).any():
            raise MatlabError("NaN values cannot be converted to logicals")
        return np.asarray(array != 0)
    if dtype.kind == "f" and array.dtype.kind == "c":
        return array.astype(np.complex64 if dtype == SINGLE else np.complex128)
    return array.astype(dtype)


def _common_limits(dtype: np.dtype[Any], limits: Any) -> tuple[int, int]:
    own = np.iinfo(dtype)
    return max(int(own.min), int(limits.min)), min(int(own.max), int(limits.max))


def broadcast_shape(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The size of an element-wise result; MATLAB pads sizes with ones at the END.

    `MatlabError` if two lengths differ and none of them is 1.
    """
    if a == b:
        return a
    rank = max(len(a), len(b))
    a += (1,) * (rank - len(a))
    b += (1,) * (rank - len(b))
    shape = []
    for m, n in zip(a, b, strict=True):
        if m != n and m != 1 and n != 1:
            sizes = " and ".join("x".join(map(str, size)) for size in (a, b))
            raise MatlabError(f"arrays have incompatible sizes for this operation: {sizes}")
        shape.append(n if m == 1 else m)
    return tuple(shape)


def aligned(a: Array, b: Array) -> tuple[Array, Array]:
    """The two arrays with equal numbers of dimensions, padded at the end as MATLAB does."""
    if a.ndim < b.ndim:
        a = a.reshape(a.shape + (1,) * (b.ndim - a.ndim))
    elif b.ndim < a.ndim:
        b = b.reshape(b.shape + (1,) * (a.ndim - b.ndim))
    return a, b


def trim(array: Array) -> Array:
    """Without trailing dimensions of length 1 beyond the second."""
    rank = array.ndim
    while rank > 2 and array.shape[rank - 1] == 1:
        rank -= 1
    return array if rank == array.ndim else array.reshape(array.shape[:rank])


def result_dtype(a: Array, b: Array, operation: str) -> np.dtype[Any]:
    """The real class of the result of arithmetic on two arrays."""
    if is_integer(a) or is_integer(b):
        if is_integer(a) and is_integer(b):
            if a.dtype != b.dtype:
                raise MatlabError(
                    f"integers can only be combined with integers of the same class, "
                    f"or scalar doubles: {class_of(a)} {operation} {class_of(b)}"
                )
            return a.dtype
        whole, other = (a, b) if is_integer(a) else (b, a)
        if other.size != 1 or other.dtype.kind == "c" or other.dtype == SINGLE:
            raise MatlabError(
                "integers can only be combined with integers of the same class, or scalar doubles: "
                f"{class_of(a)} {operation} {class_of(b)}"
            )
        return whole.dtype
    single = a.dtype in (SINGLE, np.complex64) or b.dtype in (SINGLE, np.complex64)
    return SINGLE if single else DOUBLE


def floating(array: Array, dtype: np.dtype[Any]) -> Array:
    """The array in the floating-point class `dtype`, still complex if it is."""
    if array.dtype.kind == "c":
        return array.astype(np.complex64 if dtype == SINGLE else np.complex128, copy=False)
    return array.astype(dtype, copy=False)


def elementwise(operation: str, a: Value, b: Value) -> Value:
    """``a + b``, ``a - b``, ``a .* b``, ``a ./ b``, ``a .\\ b`` or ``a .^ b``."""
    if operation == ".\\":
        return elementwise("./", b, a)
    if isinstance(a, String) or isinstance(b, String):
        return _join(operation, a, b)
    x, y = numbers(a, operation), numbers(b, operation)
    broadcast_shape(x.shape, y.shape)
    dtype = result_dtype(x, y, operation)
    x, y = aligned(x, y)
    if dtype.kind in "iu":
        return _integer(operation, x, y, dtype)
    return narrow(_floating(operation, floating(x, dtype), floating(y, dtype)))


def _floating(operation: str, x: Array, y: Array) -> Array:
    if operation == "+":
        return np.add(x, y)
    if operation == "-":
        return np.subtract(x, y)
    if operation == ".*":
        return np.multiply(x, y)
    if operation == "./":
        if y.dtype.kind == "c":
            return _divide_complex(x, y)
        if x.dtype.kind == "c":
            return _complex(x.real / y, x.imag / y)
        return np.divide(x, y)
    return power(x, y)


def _complex(real: Array, imaginary: Array) -> Array:
    made = np.empty(real.shape, np.complex64 if real.dtype == SINGLE else np.complex128)
    made.real = real
    made.imag = imaginary
    return made


def _divide_complex(x: Array, y: Array) -> Array:
    """Complex division; by zero it gives Inf or NaN parts as the real division of the parts does."""
    quotient = np.divide(x, y)
    zero = np.broadcast_to(y == 0, quotient.shape)
    if zero.any():
        x = np.broadcast_to(x, quotient.shape)
        quotient = np.where(zero, _complex(x.real / np.abs(y), x.imag / np.abs(y)), quotient).astype(quotient.dtype)
    return quotient


def power(x: Array, y: Array) -> Array:
    """``x .^ y`` for floating-point arrays: complex where a negative number meets a fractional exponent."""
    if y.size == 1 and y.dtype.kind == "f":
        exponent = float(y.flat[0])
        if exponent == 2.0:
            return x * x
        if exponent == 1.0:
            return x + np.zeros_like(y)
        if exponent == 0.5 and x.dtype.kind == "f" and not (x < 0).any() and not np.isinf(x).any():
            return np.sqrt(x) + np.zeros_like(y)
        if x.dtype.kind == "c" and abs(exponent) <= 64 and exponent == math.trunc(exponent):
            return _integer_power(x, int(exponent)) + np.zeros_like(y)
    if x.dtype.kind == "f" and y.dtype.kind == "f":
        fractional = (y != np.trunc(y)) & np.isfinite(y)
        if not ((x < 0) & fractional).any():
            return np.power(x, y)
        x = x.astype(np.complex64 if x.dtype == SINGLE else np.complex128)
    raised = np.power(x.astype(np.result_type(x, y)), y)
    whole_zero = np.broadcast_to(x == 0, raised.shape) & np.broadcast_to(y.real > 0, raised.shape)
    return np.where(whole_zero, 0, raised).astype(raised.dtype) if whole_zero.any() else raised


def _integer_power(x: Array, exponent: int) -> Array:
    result, base, left = np.ones_like(x), x, abs(exponent)
    while left:
        if left & 1:
            result = result * base
        base = base * base
        left >>= 1
    return _divide_complex(np.ones_like(result), result) if exponent < 0 else result


def _integer(operation: str, x: Array, y: Array, dtype: np.dtype[Any]) -> Array:
    if dtype.itemsize == 8:
        from bridge.matlab.wide_integers import wide_integer

        return wide_integer(operation, x, y, dtype)
    p, q = x.astype(np.float64), y.astype(np.float64)
    if operation == ".^":
        if is_integer(y) and (q < 0).any():
            raise MatlabError("integers can only be raised to positive integral powers")
        raised = np.power(p, q)
        if np.isnan(raised).any() and not (np.isnan(p).any() or np.isnan(q).any()):
            raise MatlabError("a negative integer cannot be raised to a fractional power")
        return saturate(raised, dtype)
    return saturate(_floating(operation, p, q), dtype)


def _join(operation: str, a: Value, b: Value) -> Value:
    """``"a" + b``: texts joined, element by element."""
    if operation != "+":
        raise unsupported(operation, a if isinstance(a, String) else b)
    x, y = strings(a).values, strings(b).values
    broadcast_shape(x.shape, y.shape)
    x, y = aligned(x, y)
    return String(np.asarray(np.add(x, y), dtype=object))


def compare(operation: str, a: Value, b: Value) -> Array:
    """``a == b`` and its kin: a logical array; order compares real parts, equality both parts."""
    function = COMPARISONS[operation]
    if isinstance(a, String) or isinstance(b, String):
        for operand in (a, b):
            if not isinstance(operand, (String, Char, np.ndarray, Cell)):
                raise unsupported(operation, operand)
        left, right = aligned(strings(a).values, strings(b).values)
        broadcast_shape(left.shape, right.shape)
        return np.asarray(function(left, right), dtype=np.bool_)
    if operation in ("==", "~=") and isinstance(a, FunctionHandle) and isinstance(b, FunctionHandle):
        return np.array([[function(a, b)]])
    x, y = numbers(a, operation), numbers(b, operation)
    broadcast_shape(x.shape, y.shape)
    x, y = aligned(x, y)
    if operation not in ("==", "~="):
        x = x.real if x.dtype.kind == "c" else x
        y = y.real if y.dtype.kind == "c" else y
    return np.asarray(function(x, y), dtype=np.bool_)


def logical(value: Value, operation: str) -> Array:
    """An operand of ``& | ~`` as logical; NaN is an error."""
    array = numbers(value, operation)
    if array.dtype.kind == "b":
        return array
    if array.dtype.kind in "fc" and np.isnan(array).any():
        raise MatlabError("NaN values cannot be converted to logicals")
    return np.asarray(array != 0)


def truth(value: Value) -> bool:
    """Whether a condition holds: every element is nonzero and there is at least one."""
    if isinstance(value, (Cell, Struct, FunctionHandle, String)):
        raise MatlabError(f"a value of class '{class_of(value)}' cannot be a condition")
    array = logical(value, "if")
    return bool(array.size) and bool(array.all())


def dtype_of_class(name: str) -> np.dtype[Any]:
    """The numpy dtype of a numeric class name."""
    return np.dtype(CLASSES[name])
