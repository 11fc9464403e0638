"""Matrix product, division and power: ``A*B``, ``A\\B``, ``A/B``, ``A^p``, and the inverse.

As in MATLAB a singular matrix gives a `MatlabWarning` and Inf instead of an error, and a matrix that is not
square is solved in the least-squares sense.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import (
    DOUBLE,
    SINGLE,
    elementwise,
    floating,
    is_integer,
    narrow,
    numbers,
    result_dtype,
)
from bridge.matlab.values import Array, String, Value, class_of, size_text


class MatlabWarning(UserWarning):
    """What MATLAB would print as a warning, such as a singular matrix."""


def multiply(a: Value, b: Value) -> Value:
    """``A*B``: the matrix product, element-wise if one of them is scalar."""
    if isinstance(a, String) or isinstance(b, String):
        return elementwise(".*", a, b)
    x, y = numbers(a, "*"), numbers(b, "*")
    if x.size == 1 or y.size == 1:
        return elementwise(".*", x, y)
    _two_dimensional(x, y, "*")
    if x.shape[1] != y.shape[0]:
        raise MatlabError(
            f"matrices of sizes {size_text(x)} and {size_text(y)} cannot be multiplied: inner sizes differ"
        )
    if is_integer(x) or is_integer(y):
        raise MatlabError("a matrix product of integer classes needs one scalar; convert to double first")
    dtype = result_dtype(x, y, "*")
    return narrow(np.matmul(floating(x, dtype), floating(y, dtype)))


def divide_left(a: Value, b: Value) -> Value:
    """``A\\B``: the solution of A X = B, in the least-squares sense (minimum norm) if A is not square."""
    x, y = numbers(a, "\\"), numbers(b, "\\")
    if x.size == 1:
        return elementwise("./", y, x)
    _two_dimensional(x, y, "\\")
    if x.shape[0] != y.shape[0]:
        raise MatlabError(f"matrices of sizes {size_text(x)} and {size_text(y)} cannot be divided: row counts differ")
    x, y = _working(x, y, "\\")
    if not x.size or not y.size:
        return np.zeros((x.shape[1], y.shape[1]), y.dtype)
    if x.shape[0] == x.shape[1]:
        return narrow(solve(x, y))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return np.full((x.shape[1], y.shape[1]), np.nan, y.dtype)
    return narrow(np.linalg.lstsq(x, y, rcond=None)[0])


def divide_right(a: Value, b: Value) -> Value:
    """``A/B``: the solution of X B = A."""
    x, y = numbers(a, "/"), numbers(b, "/")
    if y.size == 1:
        return elementwise("./", x, y)
    _two_dimensional(x, y, "/")
    if x.shape[1] != y.shape[1]:
        raise MatlabError(
            f"matrices of sizes {size_text(x)} and {size_text(y)} cannot be divided: column counts differ"
        )
    solved: Array = divide_left(y.T, x.T)
    return solved.T


def solve(x: Array, y: Array) -> Array:
    """X with ``x X = y`` for a square x; triangular matrices by substitution, as MATLAB does."""
    count = x.shape[0]
    with np.errstate(all="ignore"):
        lower, upper = not np.triu(x, 1).any(), not np.tril(x, -1).any()
        if (lower or upper) and np.isfinite(x).all():
            return _substitute(x, y, backward=upper)
        if not np.isfinite(x).all() or not np.isfinite(y).all():
            return np.full((count, y.shape[1]), np.nan, np.result_type(x, y))
        try:
            solved = np.linalg.solve(x, y)
        except np.linalg.LinAlgError:
            _warn_singular()
            return np.full((count, y.shape[1]), np.inf, np.result_type(x, y))
        _check_condition(x)
    return np.asarray(solved)


def _substitute(x: Array, y: Array, backward: bool) -> Array:
    diagonal = np.diag(x)
    if (diagonal == 0).any():
        _warn_singular()
    solved = np.array(y, np.result_type(x, y))
    order = range(x.shape[0])
    for k in reversed(order) if backward else order:
        solved[k] = np.divide(solved[k], x[k, k])
        rest = slice(0, k) if backward else slice(k + 1, None)
        solved[rest] -= np.where(x[rest, k : k + 1] == 0, 0, x[rest, k : k + 1] * solved[k])
    return solved


def invert(a: Value) -> Array:
    """``inv(A)``; Inf everywhere, with a `MatlabWarning`, if A is singular."""
    x = numbers(a, "inv")
    if x.ndim != 2 or x.shape[0] != x.shape[1]:
        raise MatlabError(f"a square matrix is needed, not {size_text(x)}")
    if is_integer(x):
        raise MatlabError(f"a matrix of class '{class_of(x)}' has no inverse; convert to double first")
    x = floating(x, SINGLE if x.dtype in (SINGLE, np.complex64) else DOUBLE)
    if not x.size:
        return x
    if not np.isfinite(x).all():
        return np.full(x.shape, np.nan, x.dtype)
    try:
        inverse = np.linalg.inv(x)
    except np.linalg.LinAlgError:
        _warn_singular()
        return np.full(x.shape, np.inf, x.real.dtype)
    _check_condition(x, inverse)
    return narrow(np.asarray(inverse))


def power(a: Value, b: Value) -> Value:
    """``A^p``: for a square matrix and a scalar (or the reverse), element-wise for two scalars."""
    x, y = numbers(a, "^"), numbers(b, "^")
    if x.size == 1 and y.size == 1:
        return elementwise(".^", x, y)
    _two_dimensional(x, y, "^")
    if is_integer(x) or is_integer(y):
        raise MatlabError("a matrix power of integer classes is not defined; use '.^' for element-wise power")
    if y.size == 1 and x.shape[0] == x.shape[1]:
        dtype = result_dtype(x, y, "^")
        return _matrix_power(floating(x, dtype), y)
    if x.size == 1 and y.shape[0] == y.shape[1]:
        values, vectors = np.linalg.eig(floating(y, result_dtype(x, y, "^")))
        scaled = vectors * np.power(np.asarray(x.flat[0], np.complex128), values)[None, :]
        return narrow(_real_if_close(solve(vectors.T, scaled.T).T, x, y))
    raise MatlabError("a matrix power needs a square matrix and a scalar; use '.^' for element-wise power")


def _matrix_power(x: Array, y: Array) -> Array:
    exponent = complex(y.flat[0])
    if exponent.imag == 0 and exponent.real == np.trunc(exponent.real) and abs(exponent.real) < 2**53:
        whole = int(exponent.real)
        base = invert(x) if whole < 0 else x
        return narrow(np.asarray(np.linalg.matrix_power(base, abs(whole))))
    if not np.isfinite(x).all():
        return np.full(x.shape, np.nan, x.dtype)
    values, vectors = np.linalg.eig(x)
    raised = np.power(values.astype(np.complex128), exponent)
    return narrow(_real_if_close(solve(vectors.T.astype(np.complex128), (vectors * raised).T).T, x, y))


def _real_if_close(z: Array, *inputs: Array) -> Array:
    """Real again where only rounding made imaginary parts of a real problem."""
    if z.dtype.kind != "c" or any(array.dtype.kind == "c" for array in inputs):
        return z
    scale = np.abs(z).max(initial=0.0)
    return z.real.copy() if np.abs(z.imag).max(initial=0.0) <= 10 * z.shape[0] * 2.0**-52 * scale else z


def _working(x: Array, y: Array, operation: str) -> tuple[Array, Array]:
    if is_integer(x) or is_integer(y):
        raise MatlabError(f"operator '{operation}' needs floating-point matrices; convert to double first")
    dtype = result_dtype(x, y, operation)
    return floating(x, dtype), floating(y, dtype)


def _two_dimensional(x: Array, y: Array, operation: str) -> None:
    if x.ndim > 2 or y.ndim > 2:
        raise MatlabError(
            f"operator '{operation}' needs matrices, not arrays of sizes {size_text(x)} and {size_text(y)}"
        )


def _check_condition(x: Array, inverse: Array | None = None) -> None:
    """Warn as MATLAB does when the reciprocal condition number is below eps."""
    if x.shape[0] > 500 and inverse is None:
        return
    with np.errstate(all="ignore"):
        try:
            inverse = np.linalg.inv(x) if inverse is None else inverse
            reciprocal = float(1.0 / (np.linalg.norm(x, 1) * np.linalg.norm(inverse, 1)))
        except np.linalg.LinAlgError:
            reciprocal = 0.0
    if not reciprocal >= np.finfo(x.real.dtype).eps:
        warnings.warn(
            f"matrix is close to singular or badly scaled, rcond = {reciprocal:.4g}", MatlabWarning, stacklevel=2
        )


def _warn_singular() -> None:
    warnings.warn("matrix is singular to working precision", MatlabWarning, stacklevel=3)


def cost(a: Any, b: Any) -> float:
    """An estimate of the floating-point operations of a product or division."""
    m = float(np.prod(a.shape[:1])) if isinstance(a, np.ndarray) else 1.0
    return m * (a.shape[-1] if isinstance(a, np.ndarray) else 1) * (b.shape[-1] if isinstance(b, np.ndarray) else 1)
