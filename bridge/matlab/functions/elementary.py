"""Element-wise functions: exponentials, trigonometry, rounding, complex parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import (
    SINGLE,
    aligned,
    broadcast_shape,
    elementwise,
    floating,
    is_integer,
    narrow,
    result_dtype,
    round_half_away,
    saturate,
)
from bridge.matlab.functions.arguments import (
    float_array,
    integer_or_float,
    numeric,
    real_array,
    text,
    whole,
)
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import Array, Value, class_of

FUNCTIONS: dict[str, Function] = {}


def _complex(x: Array) -> Array:
    return x.astype(np.complex64 if x.dtype == SINGLE else np.complex128)


def _no_integers(x: Array) -> Array:
    if is_integer(x):
        raise MatlabError(f"a floating-point argument is needed, not one of class '{class_of(x)}'")
    return x


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "exp": np.exp,
    "expm1": np.expm1,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "deg2rad": lambda x: x * (np.pi / 180),
    "rad2deg": lambda x: x * (180 / np.pi),
    "sec": lambda x: 1 / np.cos(x),
    "csc": lambda x: 1 / np.sin(x),
    "cot": lambda x: 1 / np.tan(x),
    "sinc": np.sinc,
}
_LIMITED: dict[str, tuple[Callable[[Any], Any], Callable[[Array], Any]]] = {
    "log": (np.log, lambda x: x < 0),
    "log10": (np.log10, lambda x: x < 0),
    "log1p": (np.log1p, lambda x: x < -1),
    "sqrt": (np.sqrt, lambda x: x < 0),
    "asin": (np.arcsin, lambda x: np.abs(x) > 1),
    "acos": (np.arccos, lambda x: np.abs(x) > 1),
    "acosh": (np.arccosh, lambda x: x < 1),
    "atanh": (np.arctanh, lambda x: np.abs(x) > 1),
}


@register(FUNCTIONS, " ".join(_PLAIN), 1, 1)
def plain(call: Call, x: Value) -> Array:
    """A function that is real for every real argument."""
    array = _no_integers(float_array(x))
    return narrow(np.asarray(_PLAIN[call.name](array), dtype=array.dtype))


@register(FUNCTIONS, " ".join(_LIMITED), 1, 1)
def limited(call: Call, x: Value) -> Array:
    """A function that is complex outside of its real domain."""
    function, outside = _LIMITED[call.name]
    array = _no_integers(float_array(x))
    if array.dtype.kind == "f" and outside(array).any():
        array = _complex(array)
        if call.name in ("asin", "acos"):
            # Above the branch cut on the positive axis numpy takes the other side than MATLAB.
            result = function(array)
            above = (array.imag == 0) & (array.real > 1)
            return narrow(np.where(above, np.conj(result), result))
    return narrow(np.asarray(function(array)))


@register(FUNCTIONS, "log2", 1, 1)
def log2(call: Call, x: Value) -> Any:
    """``log2(x)``; ``[f, e] = log2(x)`` with x = f * 2^e and 0.5 <= |f| < 1."""
    array = float_array(x)
    if call.nargout >= 2:
        fraction, exponent = np.frexp(real_array(x))
        return fraction, exponent.astype(array.dtype)
    if array.dtype.kind == "f" and (array < 0).any():
        array = _complex(array)
    if array.dtype.kind == "c":
        return narrow(np.log(array) / np.log(2))
    return np.log2(array)


@register(FUNCTIONS, "pow2", 1, 2)
def pow2(call: Call, x: Value, exponent: Value = None) -> Value:
    """``2 .^ x``, or ``f .* 2 .^ e``."""
    two = np.array([[2.0]])
    if exponent is None:
        return elementwise(".^", two, float_array(x))
    return elementwise(".*", float_array(x), elementwise(".^", two, float_array(exponent)))


@register(FUNCTIONS, "nextpow2", 1, 1)
def nextpow2(call: Call, x: Value) -> Array:
    """The smallest whole n with 2^n >= |x|; 0 for 0."""
    fraction, exponent = np.frexp(np.abs(real_array(x)))
    return np.where(fraction == 0.5, exponent - 1, exponent).astype(np.float64)


@register(FUNCTIONS, "sind cosd tand", 1, 1)
def degrees(call: Call, x: Value) -> Array:
    """Trigonometry in degrees, exact at multiples of 90 (and 45 for the tangent)."""
    array = real_array(x)
    if call.name == "tand":
        sine, cosine = _sind(array), _sind(array + 90)
        return np.asarray(np.divide(sine, cosine), dtype=array.dtype)
    return _sind(array + 90 if call.name == "cosd" else array).astype(array.dtype)


def _sind(x: Array) -> Array:
    """sin of x degrees by reduction to [-45, 45] around the nearest multiple of 90."""
    finite = np.where(np.isfinite(x), x, np.nan)
    turns = round_half_away(finite / 90)
    rest = (finite - turns * 90) * (np.pi / 180)
    quadrant = np.mod(np.nan_to_num(turns), 4)
    sine, cosine = np.sin(rest), np.cos(rest)
    chosen = np.select([quadrant == 0, quadrant == 1, quadrant == 2], [sine, cosine, -sine], -cosine)
    return np.asarray(chosen + 0.0)


@register(FUNCTIONS, "asind acosd atand", 1, 1)
def inverse_degrees(call: Call, x: Value) -> Array:
    """Inverse trigonometry in degrees."""
    array = real_array(x)
    function = {"asind": np.arcsin, "acosd": np.arccos, "atand": np.arctan}[call.name]
    if call.name != "atand" and (np.abs(array) > 1).any():
        array = _complex(array)
    return np.asarray(function(array) * (180 / np.pi))


@register(FUNCTIONS, "abs", 1, 1)
def absolute(call: Call, x: Value) -> Array:
    """Absolute value, or modulus of complex numbers; saturates at the lowest integer."""
    array = integer_or_float(numeric(x))
    if is_integer(array) and array.dtype.kind == "i":
        limits = np.iinfo(array.dtype)
        return np.abs(np.maximum(array, -limits.max))
    return np.abs(array)


@register(FUNCTIONS, "sign", 1, 1)
def sign(call: Call, x: Value) -> Array:
    """-1, 0, 1; ``x ./ abs(x)`` for complex numbers; NaN for NaN."""
    return np.sign(integer_or_float(numeric(x)))


@register(FUNCTIONS, "real imag conj", 1, 1)
def parts(call: Call, x: Value) -> Array:
    """Parts and conjugate of complex numbers."""
    array = integer_or_float(numeric(x))
    if call.name == "conj":
        return np.conj(array)
    return (array.real if call.name == "real" else array.imag).copy()


@register(FUNCTIONS, "angle", 1, 1)
def angle(call: Call, x: Value) -> Array:
    """The phase, in (-pi, pi]."""
    return np.asarray(np.angle(float_array(x)))


@register(FUNCTIONS, "complex", 1, 2)
def make_complex(call: Call, x: Value, y: Value = None) -> Array:
    """A complex array even where all imaginary parts are zero."""
    real = float_array(x)
    if y is None:
        return real if real.dtype.kind == "c" else _complex(real)
    imaginary = real_array(y)
    broadcast_shape(real.shape, imaginary.shape)
    real, imaginary = aligned(real_array(x), imaginary)
    dtype = result_dtype(real, imaginary, "complex")
    made = np.empty(
        np.broadcast_shapes(real.shape, imaginary.shape), np.complex64 if dtype == SINGLE else np.complex128
    )
    made.real, made.imag = real, imaginary
    return made


@register(FUNCTIONS, "round", 1, 3)
def round_(call: Call, x: Value, digits: Value = None, kind: Value = None) -> Array:
    """To the nearest integer, halves away from zero; ``round(x, n)`` to n digits after the point."""
    array = integer_or_float(numeric(x))
    if digits is None or is_integer(array):
        return array if is_integer(array) else _parts(array, round_half_away)
    count = whole(digits, "number of digits")
    if abs(count) > 400:
        return array if count > 0 else np.zeros_like(array)
    if kind is not None and text(kind) == "significant":
        magnitude = np.floor(np.log10(np.abs(np.where(array == 0, 1, array)))) + 1
        return _parts(array, lambda a: _round_digits(a, count - magnitude))
    return _parts(array, lambda a: _round_digits(a, np.float64(count)))


def _round_digits(x: Array, digits: Any) -> Array:
    up, down = 10.0 ** np.maximum(digits, 0), 10.0 ** np.maximum(-digits, 0)
    scaled = x * up / down
    rounded = round_half_away(scaled) / up * down
    return np.where(np.isfinite(scaled), rounded, x).astype(x.dtype)


def _parts(array: Array, function: Callable[[Array], Array]) -> Array:
    if array.dtype.kind != "c":
        return function(array)
    made = np.empty_like(array)
    made.real, made.imag = function(array.real), function(array.imag)
    return narrow(made)


@register(FUNCTIONS, "floor ceil fix", 1, 1)
def rounding(call: Call, x: Value) -> Array:
    """Towards minus infinity, plus infinity, zero."""
    array = integer_or_float(numeric(x))
    if is_integer(array):
        return array
    return _parts(array, {"floor": np.floor, "ceil": np.ceil, "fix": np.trunc}[call.name])


@register(FUNCTIONS, "mod rem", 2, 2)
def remainder(call: Call, x: Value, y: Value) -> Array:
    """``mod(x, y)`` with the sign of y, ``rem(x, y)`` with the sign of x.

    ``mod(x, 0)`` is x, ``rem(x, 0)`` NaN. Where y is no integer and x/y is one within rounding, the result is 0.
    Source: MathWorks "mod" and "rem".
    """
    a, b = numeric(x), numeric(y)
    dtype = result_dtype(a, b, call.name)
    broadcast_shape(a.shape, b.shape)
    a, b = aligned(a, b)
    modulo = call.name == "mod"
    if dtype.kind in "iu":
        wide = [v.astype(object) if dtype.itemsize == 8 else v.astype(np.float64) for v in (a, b)]
        if dtype.itemsize == 8:
            return _exact_remainder(wide[0], wide[1], modulo, dtype)
        result = _remainder(wide[0], wide[1], modulo)
        return saturate(np.where(np.broadcast_to(wide[1] == 0, result.shape), wide[0] if modulo else 0, result), dtype)
    if a.dtype.kind == "c" or b.dtype.kind == "c":
        raise MatlabError("real arguments are needed, not complex ones")
    return _remainder(floating(a, dtype), floating(b, dtype), modulo)


def _remainder(x: Array, y: Array, modulo: bool) -> Array:
    result = np.fmod(x, y)
    ratio = x / y
    near = round_half_away(ratio)
    eps = np.finfo(result.dtype).eps
    integral = np.abs(ratio - near) <= eps * np.abs(ratio)
    result = np.where((y != np.trunc(y)) & integral & np.isfinite(ratio), 0, result)
    if not modulo:
        return result.astype(np.result_type(x, y))
    result = np.where((result != 0) & ((result < 0) != (y < 0)), result + y, result)
    return np.where(y == 0, x, result).astype(np.result_type(x, y)) + 0.0


def _exact_remainder(x: Array, y: Array, modulo: bool, dtype: np.dtype[Any]) -> Array:
    def one(p: Any, q: Any) -> int:
        p, q = int(p), int(q)
        if q == 0:
            return p if modulo else 0
        left: int = p % q
        if not modulo and left and (left < 0) != (p < 0):
            left -= q
        return left

    shape = np.broadcast_shapes(x.shape, y.shape)
    pairs = zip(np.broadcast_to(x, shape).ravel(), np.broadcast_to(y, shape).ravel(), strict=True)
    return np.array([one(p, q) for p, q in pairs], dtype=object).astype(dtype).reshape(shape)


@register(FUNCTIONS, "idivide", 2, 3)
def idivide(call: Call, x: Value, y: Value, rounding: Value = None) -> Array:
    """Integer division that rounds as told: 'fix' (default), 'round', 'floor' or 'ceil'."""
    a, b = numeric(x), numeric(y)
    dtype = result_dtype(a, b, call.name)
    if dtype.kind not in "iu":
        raise MatlabError("at least one argument must have an integer class")
    how = "fix" if rounding is None else text(rounding)
    functions: dict[str, Callable[[Array], Array]] = {
        "fix": np.trunc,
        "round": round_half_away,
        "floor": np.floor,
        "ceil": np.ceil,
    }
    if how not in functions:
        raise MatlabError(f"the rounding must be one of {', '.join(functions)}, not '{how}'")
    broadcast_shape(a.shape, b.shape)
    a, b = aligned(a, b)
    return saturate(functions[how](a.astype(np.float64) / b.astype(np.float64)), dtype)


@register(FUNCTIONS, "hypot atan2 atan2d", 2, 2)
def two_arguments(call: Call, x: Value, y: Value) -> Array:
    """``hypot(x, y)``, ``atan2(y, x)`` and ``atan2d(y, x)``, without overflow."""
    a, b = float_array(x), float_array(y)
    if call.name == "hypot":
        a, b = np.abs(a), np.abs(b)
    elif a.dtype.kind == "c" or b.dtype.kind == "c":
        raise MatlabError("real arguments are needed, not complex ones")
    dtype = result_dtype(a, b, call.name)
    broadcast_shape(a.shape, b.shape)
    a, b = aligned(floating(a, dtype), floating(b, dtype))
    if call.name == "hypot":
        return np.hypot(a, b)
    result = np.arctan2(a, b)
    return result * dtype.type(180 / np.pi) if call.name == "atan2d" else result


@register(FUNCTIONS, "nthroot", 2, 2)
def nthroot(call: Call, x: Value, n: Value) -> Array:
    """The real n-th root."""
    a, b = real_array(x), real_array(n)
    broadcast_shape(a.shape, b.shape)
    a, b = aligned(a, b)
    odd = np.mod(b, 2) == 1
    if ((a < 0) & ~odd).any():
        raise MatlabError("a negative number has no real root of even order")
    root = np.sign(a) * np.abs(a) ** (1 / b)
    polished = root - (root**b - a) / (b * root ** (b - 1))
    return np.where(np.isfinite(polished) & (root != 0), polished, root).astype(a.dtype)
