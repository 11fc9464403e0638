"""Linear algebra: inverses, factorisations, eigenvalues, matrix functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab import matrix
from bridge.matlab.arithmetic import SINGLE, floating, narrow, numbers, result_dtype
from bridge.matlab.functions.arguments import float_array, is_text, numeric, scalar, text
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import Array, Value, size_text

FUNCTIONS: dict[str, Function] = {}


def _matrix(call: Call, value: Value, square: bool = False, factor: float = 10.0) -> Array:
    array = float_array(value)
    if array.ndim != 2 or (square and array.shape[0] != array.shape[1]):
        raise MatlabError(f"a {'square ' if square else ''}matrix is needed, not {size_text(array)}")
    call.work(factor * array.size * min(array.shape))
    return array


def _finite(array: Array) -> Array:
    if not np.isfinite(array).all():
        raise MatlabError("the matrix must not contain NaN or Inf")
    return array


@register(FUNCTIONS, "inv", 1, 1)
def inv(call: Call, x: Value) -> Array:
    """The inverse."""
    _matrix(call, x)
    return matrix.invert(x)


@register(FUNCTIONS, "pinv", 1, 2)
def pinv(call: Call, x: Value, tolerance: Value = None) -> Array:
    """The Moore-Penrose pseudoinverse; singular values up to max(size)*eps(norm) count as 0."""
    array = _finite(_matrix(call, x, factor=30))
    if not array.size:
        return array.T
    u, s, vh = np.linalg.svd(array, full_matrices=False)
    cut = max(array.shape) * np.spacing(s.max(initial=0)) if tolerance is None else scalar(tolerance)
    kept = s > cut
    return np.asarray((vh[kept].conj().T / s[kept]) @ u[:, kept].conj().T)


@register(FUNCTIONS, "det", 1, 1)
def det(call: Call, x: Value) -> Array:
    """The determinant."""
    array = _matrix(call, x, square=True)
    return narrow(np.asarray(np.linalg.det(array)).reshape(1, 1)) if array.size else np.ones((1, 1))


@register(FUNCTIONS, "trace", 1, 1)
def trace(call: Call, x: Value) -> Array:
    """The sum of the diagonal."""
    return narrow(np.asarray(np.trace(_matrix(call, x, square=True))).reshape(1, 1))


@register(FUNCTIONS, "rank", 1, 2)
def rank(call: Call, x: Value, tolerance: Value = None) -> Array:
    """The number of singular values above max(size)*eps(norm)."""
    array = _finite(_matrix(call, x, factor=20))
    s = np.linalg.svd(array, compute_uv=False) if array.size else np.zeros(0)
    cut = max(array.shape) * np.spacing(s.max(initial=0)) if tolerance is None else scalar(tolerance)
    return np.array([[float(np.count_nonzero(s > cut))]])


@register(FUNCTIONS, "cond rcond", 1, 2)
def cond(call: Call, x: Value, order: Value = None) -> Array:
    """Condition number (2-norm by default); ``rcond`` its reciprocal in the 1-norm."""
    array = _matrix(call, x, factor=20)
    if not array.size:
        return np.zeros((1, 1)) if call.name == "cond" else np.full((1, 1), np.inf)
    if call.name == "rcond":
        try:
            return np.asarray(1 / (np.linalg.norm(array, 1) * np.linalg.norm(np.linalg.inv(array), 1))).reshape(1, 1)
        except np.linalg.LinAlgError:
            return np.zeros((1, 1))
    kind: Any = None if order is None else (text(order) if is_text(order) else scalar(order))
    if kind in (None, 2):
        s = np.linalg.svd(_finite(array), compute_uv=False)
        return np.asarray(s[0] / s[-1] if s[-1] else np.inf).reshape(1, 1)
    return np.asarray(np.linalg.cond(array, kind)).reshape(1, 1)


@register(FUNCTIONS, "kron", 2, None)
def kron(call: Call, first: Value, *rest: Value) -> Array:
    """The Kronecker product."""
    result = numbers(first, call.name)
    for value in rest:
        other = numbers(value, call.name)
        call.allocate([m * n for m, n in zip(result.shape, other.shape, strict=False)])
        dtype = result_dtype(result.ravel()[:1], other.ravel()[:1], call.name)
        if dtype.kind in "iu":
            raise MatlabError("integer classes are not supported; convert to double first")
        result = np.kron(floating(result, dtype), floating(other, dtype))
    return result


@register(FUNCTIONS, "eig", 1, 2)
def eig(call: Call, x: Value, y: Value = None) -> Any:
    """Eigenvalues as a column, or ``[V, D]``; ascending for symmetric matrices."""
    array = _finite(_matrix(call, x, square=True, factor=50))
    if y is not None:
        from scipy.linalg import eig as general

        values, vectors = general(array, _finite(_matrix(call, y, square=True)))
    elif np.array_equal(array, array.conj().T):
        values, vectors = np.linalg.eigh(array)
    else:
        values, vectors = np.linalg.eig(array)
    if call.nargout > 1:
        return narrow(vectors), narrow(np.diag(values))
    return narrow(values.reshape(-1, 1))


@register(FUNCTIONS, "svd", 1, 2)
def svd(call: Call, x: Value, economy: Value = None) -> Any:
    """Singular values, descending, or ``[U, S, V]`` with ``A = U*S*V'``."""
    array = _finite(_matrix(call, x, factor=50))
    if call.nargout <= 1:
        return np.linalg.svd(array, compute_uv=False).reshape(-1, 1)
    u, s, vh = np.linalg.svd(array, full_matrices=economy is None)
    sigma = np.zeros((u.shape[1], vh.shape[0]), s.dtype)
    np.fill_diagonal(sigma, s)
    return u, sigma, vh.conj().T


@register(FUNCTIONS, "qr", 1, 2)
def qr(call: Call, x: Value, economy: Value = None) -> Any:
    """``[Q, R]`` with ``A = Q*R``; R alone with one output."""
    array = _finite(_matrix(call, x))
    reduced = economy is not None
    q, r = np.linalg.qr(array, mode="reduced" if reduced else "complete")
    return (q, r) if call.nargout > 1 else np.linalg.qr(array, mode="r")


@register(FUNCTIONS, "lu", 1, 1)
def lu(call: Call, x: Value) -> Any:
    """``[L, U, P]`` with ``P*A = L*U``; ``[L, U]`` with the rows of L put back."""
    from scipy.linalg import lu as factor

    array = _finite(_matrix(call, x))
    permutation, lower, upper = factor(array)
    if call.nargout >= 3:
        return lower, upper, permutation.T
    if call.nargout == 2:
        return permutation @ lower, upper
    square = np.zeros(array.shape, upper.dtype)
    square[: upper.shape[0]] = upper
    return square + np.tril(lower, -1)[:, : array.shape[1]] if lower.shape[1] >= array.shape[1] else upper


@register(FUNCTIONS, "chol", 1, 2)
def chol(call: Call, x: Value, triangle: Value = None) -> Any:
    """Upper triangular R with ``R'*R = A`` (or ``'lower'``); ``[R, p]`` with p > 0 instead of an error."""
    array = _matrix(call, x, square=True)
    upper = np.triu(array)
    whole = upper + np.triu(array, 1).conj().T
    low = triangle is not None and text(triangle) == "lower"
    if low:
        whole = np.tril(array) + np.tril(array, -1).conj().T
    try:
        factor = np.linalg.cholesky(whole)
    except np.linalg.LinAlgError:
        if call.nargout > 1:
            return np.zeros((0, 0)), np.ones((1, 1))
        raise MatlabError("the matrix must be positive definite") from None
    result = factor if low else factor.conj().T
    return (result, np.zeros((1, 1))) if call.nargout > 1 else result


@register(FUNCTIONS, "null orth", 1, 1)
def subspace(call: Call, x: Value) -> Array:
    """Orthonormal bases of the null space and of the range."""
    array = _finite(_matrix(call, x, factor=50))
    u, s, vh = np.linalg.svd(array, full_matrices=True)
    count = int(np.count_nonzero(s > max(array.shape) * np.spacing(s.max(initial=0))))
    return np.asarray(vh[count:].conj().T if call.name == "null" else u[:, :count])


@register(FUNCTIONS, "expm sqrtm logm", 1, 1)
def matrix_function(call: Call, x: Value) -> Array:
    """Matrix exponential, square root and logarithm."""
    import scipy.linalg

    array = _matrix(call, x, square=True, factor=100)
    if not array.size:
        return array
    if not np.isfinite(array).all():
        return np.full(array.shape, np.nan)
    result = np.asarray(getattr(scipy.linalg, call.name)(array))
    if array.dtype == SINGLE:
        result = result.astype(np.complex64 if result.dtype.kind == "c" else np.float32)
    return narrow(result)


@register(FUNCTIONS, "balance", 1, 1)
def balance(call: Call, x: Value) -> Any:
    """``B`` or ``[T, B]`` with ``B = T\\A*T`` and rows and columns of similar norms."""
    from scipy.linalg import matrix_balance

    array = _finite(_matrix(call, numeric(x), square=True))
    balanced, transform = matrix_balance(array, permute=False)
    return (transform, balanced) if call.nargout > 1 else balanced
