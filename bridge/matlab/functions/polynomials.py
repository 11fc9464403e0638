"""Polynomials as coefficient rows (highest power first), filters and interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import narrow
from bridge.matlab.functions.arguments import (
    column,
    float_array,
    is_text,
    is_vector,
    like_vector,
    real_array,
    scalar,
    text,
    whole,
)
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.matrix import divide_left
from bridge.matlab.values import Array, Value

FUNCTIONS: dict[str, Function] = {}


def _vector(value: Value) -> Array:
    array = float_array(value)
    if array.size and not is_vector(array.shape):
        raise MatlabError("a vector is needed")
    return column(array)


def _row(flat: Array) -> Array:
    return narrow(np.asarray(flat).reshape(1, -1))


@register(FUNCTIONS, "polyval", 2, 2)
def polyval(call: Call, coefficients: Value, x: Value) -> Array:
    """The polynomial at every element of x, by Horner's rule."""
    p, array = _vector(coefficients), float_array(x)
    result = np.zeros(array.shape, np.result_type(p, array))
    call.work(float(p.size) * array.size)
    for k, coefficient in enumerate(p):
        result = np.full_like(result, coefficient) if k == 0 else result * array + coefficient
    return narrow(result)


@register(FUNCTIONS, "polyfit", 3, 3)
def polyfit(call: Call, x: Value, y: Value, degree: Value) -> Array:
    """Least-squares coefficients of the given degree."""
    a, b = column(float_array(x)), column(float_array(y))
    n = whole(degree, "degree")
    if a.size != b.size or n < 0:
        raise MatlabError("x and y must have the same number of elements, and the degree must not be negative")
    call.allocate((a.size, n + 1))
    powers = np.vander(a, n + 1)
    solved: Array = divide_left(powers, b.reshape(-1, 1))
    return _row(column(solved))


@register(FUNCTIONS, "conv", 2, 3)
def conv(call: Call, a: Value, b: Value, shape: Value = None) -> Array:
    """Product of polynomials, or ``'same'``, ``'valid'`` parts of the convolution."""
    p, q = _vector(a), _vector(b)
    if not p.size or not q.size:
        raise MatlabError("vectors with elements are needed")
    call.work(float(p.size) * q.size)
    full = np.convolve(p, q)
    kind = "full" if shape is None else text(shape)
    if kind == "same":
        start = int(np.ceil((q.size - 1) / 2))
        full = full[start : start + p.size]
    elif kind == "valid":
        full = full[q.size - 1 : p.size] if p.size >= q.size else full[:0]
    elif kind != "full":
        raise MatlabError(f"unknown shape '{kind}'")
    # The longer argument decides, the second of two equally long ones.
    template = float_array(a) if p.size > q.size or kind != "full" else float_array(b)
    return like_vector(full, template)


@register(FUNCTIONS, "deconv", 2, 2)
def deconv(call: Call, product: Value, divisor: Value) -> Any:
    """``[quotient, remainder]`` of polynomials."""
    p, q = _vector(product), _vector(divisor)
    if not q.size or q[0] == 0:
        raise MatlabError("the first coefficient of the divisor must not be 0")
    call.work(float(p.size) * q.size)
    if q.size > p.size:
        return np.zeros((1, 1)), _row(p)
    rest = p.astype(np.result_type(p, q)).copy()
    quotient = np.zeros(p.size - q.size + 1, rest.dtype)
    for k in range(quotient.size):
        quotient[k] = rest[k] / q[0]
        rest[k : k + q.size] -= quotient[k] * q
    remainder = p - np.convolve(quotient, q)
    return like_vector(quotient, float_array(product)), like_vector(remainder, float_array(product))


@register(FUNCTIONS, "roots", 1, 1)
def roots(call: Call, coefficients: Value) -> Array:
    """The zeros, as eigenvalues of the companion matrix."""
    p = _vector(coefficients)
    if not np.isfinite(p).all():
        raise MatlabError("the coefficients must not be NaN or Inf")
    call.work(50.0 * p.size**3)
    call.allocate((p.size, p.size))
    found = np.flatnonzero(p)
    if not found.size:
        return np.zeros((0, 1))
    trailing = p.size - 1 - found[-1]
    core = p[found[0] : found[-1] + 1]
    if core.size < 2:
        return np.zeros((trailing, 1)) if trailing else np.zeros((0, 1))
    companion = np.diag(np.ones(core.size - 2, core.dtype), -1)
    companion[0] = -core[1:] / core[0]
    if not np.isfinite(companion).all():
        raise MatlabError("the leading coefficient is too small")
    values = np.linalg.eigvals(companion)
    return narrow(np.concatenate([values, np.zeros(trailing)]).reshape(-1, 1))


@register(FUNCTIONS, "poly", 1, 1)
def poly(call: Call, x: Value) -> Array:
    """Coefficients with the given zeros, or the characteristic polynomial of a matrix."""
    array = float_array(x)
    if array.ndim == 2 and array.shape[0] == array.shape[1] and array.size != 1:
        call.work(50.0 * array.size * max(array.shape[0], 1))
        zeros = np.linalg.eigvals(array) if array.size else np.zeros(0)
    else:
        zeros = _vector(x)
    coefficients = np.ones(1, zeros.dtype)
    for zero in zeros:
        coefficients = np.convolve(coefficients, np.array([1.0, -zero]))
    if coefficients.dtype.kind == "c":
        above, below = np.sort_complex(zeros[zeros.imag > 0]), np.sort_complex(np.conj(zeros[zeros.imag < 0]))
        if np.array_equal(above, below):
            coefficients = coefficients.real
    return _row(coefficients)


@register(FUNCTIONS, "polyder polyint", 1, 2)
def calculus(call: Call, coefficients: Value, other: Value = None) -> Array:
    """Derivative (of a product, given two) and integral (with a constant) of polynomials."""
    p = _vector(coefficients)
    if call.name == "polyint":
        constant = 0.0 if other is None else scalar(other)
        return _row(np.append(p / np.arange(p.size, 0, -1), constant))
    if other is not None:
        p = np.convolve(p, _vector(other))
    derived = p[:-1] * np.arange(p.size - 1, 0, -1)
    found = np.flatnonzero(derived)
    return _row(derived[found[0] :]) if found.size else np.zeros((1, 1))


@register(FUNCTIONS, "filter", 3, 4)
def filter_(call: Call, numerator: Value, denominator: Value, x: Value, initial: Value = None) -> Any:
    """``y`` of ``a0 y(n) = b0 x(n) + b1 x(n-1) + … - a1 y(n-1) - …`` (transposed direct form II) and final states."""
    b, a, array = _vector(numerator), _vector(denominator), float_array(x)
    if not a.size or a[0] == 0:
        raise MatlabError("the first coefficient of the denominator must not be 0")
    order = max(b.size, a.size) - 1
    b = np.append(b, np.zeros(order + 1 - b.size)) / a[0]
    a = np.append(a, np.zeros(order + 1 - a.size)) / a[0]
    if array.ndim > 2:
        raise MatlabError("a vector or matrix is needed")
    columns = column(array).reshape(-1, 1) if is_vector(array.shape) else array
    call.operations.budget.spend(2 * columns.shape[0])
    call.work(float(columns.size) * (order + 1) * 4)
    states = np.zeros((order + 1, columns.shape[1]), np.result_type(b, a, columns))
    if initial is not None and float_array(initial).size:
        given = float_array(initial)
        if given.size != order and given.shape != (order, columns.shape[1]):
            raise MatlabError(f"{order} initial states are needed")
        states[:order] = given.reshape((order, -1), order="F")
    y = np.zeros(columns.shape, states.dtype)
    for n in range(columns.shape[0]):
        y[n] = b[0] * columns[n] + states[0]
        states[:order] = np.outer(b[1:], columns[n]) - np.outer(a[1:], y[n]) + states[1 : order + 1]
    return narrow(y.reshape(array.shape, order="F")), narrow(states[:order])


@register(FUNCTIONS, "interp1", 2, 5)
def interp1(call: Call, *arguments: Value) -> Array:
    """``interp1(x, y, xq, method, extrapolation)``: 'linear' (default), 'nearest', 'previous', 'next'.

    NaN outside of x unless ``'extrap'`` or a value is given.
    """
    arrays = [argument for argument in arguments if not is_text(argument)]
    words = [text(argument) for argument in arguments if is_text(argument)]
    fill: float | None = float("nan")
    if is_text(arguments[-1]) is False and len(arrays) >= 4:
        fill = scalar(arrays.pop())
    if "extrap" in words:
        words.remove("extrap")
        fill = None
    method = words[0] if words else "linear"
    if method not in ("linear", "nearest", "previous", "next"):
        raise MatlabError(
            f"the interpolation method '{method}' is not implemented; linear, nearest, previous, next are"
        )
    table = real_array(arrays[-2])
    wanted = real_array(arrays[-1])
    vector = is_vector(table.shape)
    y = column(table).reshape(-1, 1) if vector else table
    x = column(real_array(arrays[0])) if len(arrays) == 3 else np.arange(1.0, y.shape[0] + 1)
    if x.size != y.shape[0] or x.size < 2 or y.ndim > 2:
        raise MatlabError("x must have one element for each row of y, at least two")
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    if (np.diff(x) <= 0).any():
        raise MatlabError("the sample points must be distinct")
    flat = column(wanted)
    call.allocate((flat.size, y.shape[1]))
    result = _interpolated(x, y, flat, method)
    if fill is not None:
        result = np.where(((flat < x[0]) | (flat > x[-1]))[:, None], fill, result)
    result = np.where(np.isnan(flat)[:, None], np.nan, result)
    if vector:
        own = is_vector(wanted.shape) and table.shape[0] != 1 and wanted.shape[0] == 1 and wanted.size > 1
        return result.reshape(wanted.shape, order="F") if not own else result.reshape(wanted.shape)
    return result


def _interpolated(x: Array, y: Array, at: Array, method: str) -> Array:
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, x.size - 2)
    if method == "linear":
        fraction = ((at - x[k]) / (x[k + 1] - x[k]))[:, None]
        # At a sample the sample itself, whatever its neighbour is.
        value = y[k] + fraction * (y[k + 1] - y[k])
        return np.where(fraction == 0, y[k], np.where(fraction == 1, y[k + 1], value))
    if method == "nearest":
        return np.asarray(np.where((at - x[k] < x[k + 1] - at)[:, None], y[k], y[k + 1]))
    if method == "previous":
        return np.asarray(y[np.clip(np.searchsorted(x, at, side="right") - 1, 0, x.size - 1)])
    return np.asarray(y[np.clip(np.searchsorted(x, at, side="left"), 0, x.size - 1)])
