"""Functions that make arrays: ``zeros``, ``eye``, ``linspace``, ``diag``, ``repmat`` …"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.arithmetic import dtype_of_class, floating, narrow, result_dtype
from bridge.matlab.functions.arguments import (
    class_like,
    column,
    float_array,
    is_vector,
    numeric,
    scalar,
    sizes,
    whole,
)
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.indexing import plain_arrays
from bridge.matlab.values import CLASSES, Array, Cell, Value, object_array

FUNCTIONS: dict[str, Function] = {}


@register(FUNCTIONS, "zeros ones eye", 0, None)
def filled(call: Call, *arguments: Value) -> Array:
    """``zeros(m, n, …, class)``, ``ones``, and the identity ``eye(m, n)``."""
    rest, kind = class_like(list(arguments))
    if kind not in CLASSES:
        raise MatlabError(f"'{kind}' is not a numeric class")
    shape = sizes(rest)
    call.allocate(shape)
    dtype = dtype_of_class(kind)
    if call.name == "eye":
        if len(shape) > 2:
            raise MatlabError("an identity matrix has two dimensions")
        return np.eye(*shape, dtype=dtype)
    return np.zeros(shape, dtype) if call.name == "zeros" else np.ones(shape, dtype)


@register(FUNCTIONS, "cell", 0, None)
def cell(call: Call, *arguments: Value) -> Cell:
    """A cell array of empty matrices."""
    shape = sizes(arguments) if arguments else (0, 0)
    call.allocate(shape)
    count = int(np.prod(shape))
    return Cell(object_array([np.zeros((0, 0)) for _ in range(count)], shape))


@register(FUNCTIONS, "colon", 2, 3)
def colon(call: Call, *arguments: Value) -> Value:
    """``colon(a, b)`` is ``a:b``, ``colon(a, d, b)`` is ``a:d:b``."""
    step = arguments[1] if len(arguments) == 3 else None
    return call.operations.colon(arguments[0], step, arguments[-1])


@register(FUNCTIONS, "linspace", 2, 3)
def linspace(call: Call, first: Value, last: Value, count: Value = None) -> Array:
    """`count` (default 100) values from `first` to `last`: ``first + k*(last - first)/(count - 1)``, ends exact."""
    a, b = float_array(first), float_array(last)
    if a.size != 1 or b.size != 1:
        raise MatlabError("the end points must be scalars")
    n = 100 if count is None else int(np.floor(scalar(count)))
    call.allocate((1, max(n, 1)))
    dtype = result_dtype(a, b, call.name)
    p, q = floating(a, dtype).flat[0], floating(b, dtype).flat[0]
    if n < 1:
        return np.zeros((1, 0), dtype)
    row = p + np.arange(n) * (q - p) / max(n - 1, 1)
    if n > 1:
        row[0] = p
    row[-1] = q
    return narrow(row.reshape(1, -1).astype(np.result_type(p, q)))


@register(FUNCTIONS, "logspace", 2, 3)
def logspace(call: Call, first: Value, last: Value, count: Value = None) -> Array:
    """``10 .^ linspace(first, last, count)``, 50 values by default; up to pi if `last` is pi."""
    n = np.array([[50.0]]) if count is None else count
    end = np.log10(np.array([[np.pi]])) if scalar(last) == np.pi else last
    return np.asarray(np.power(10.0, linspace(call, first, end, n)))


@register(FUNCTIONS, "repmat", 2, None)
def repmat(call: Call, value: Value, *counts: Value) -> Value:
    """The array repeated along each dimension."""
    times = sizes(counts)
    arrays, rebuild = plain_arrays(value)
    shape = arrays[0].shape
    rank = max(len(times), len(shape))
    shape += (1,) * (rank - len(shape))
    times += (1,) * (rank - len(times))
    call.allocate([m * n for m, n in zip(shape, times, strict=True)])
    return rebuild([np.tile(array.reshape(shape), times) for array in arrays])


@register(FUNCTIONS, "meshgrid ndgrid", 1, 3)
def grids(call: Call, *vectors: Value) -> Any:
    """Coordinates of a grid; ``meshgrid`` runs its first vector along the columns."""
    flats = [column(numeric(vector)) for vector in vectors]
    if len(flats) == 1:
        flats *= max(call.nargout, 2)
    call.allocate([flat.size for flat in flats])
    indexing: Any = "xy" if call.name == "meshgrid" else "ij"
    return tuple(np.array(grid) for grid in np.meshgrid(*flats, indexing=indexing))


@register(FUNCTIONS, "diag", 1, 2)
def diag(call: Call, value: Value, offset: Value = None) -> Array:
    """A diagonal matrix of a vector, or the diagonal of a matrix as a column."""
    array = numeric(value)
    k = 0 if offset is None else whole(offset, "diagonal")
    if array.ndim > 2:
        raise MatlabError("a matrix is needed")
    if is_vector(array.shape):
        n = array.size + abs(k)
        call.allocate((n, n))
        return np.diag(column(array), k)
    return np.diag(array, k).reshape(-1, 1).copy()


@register(FUNCTIONS, "blkdiag", 0, None)
def blkdiag(call: Call, *blocks: Value) -> Array:
    """The matrices along the diagonal of a zero matrix."""
    arrays = [numeric(block) for block in blocks]
    if any(array.ndim > 2 for array in arrays):
        raise MatlabError("matrices are needed")
    shape = (sum(a.shape[0] for a in arrays), sum(a.shape[1] for a in arrays))
    call.allocate(shape)
    made = np.zeros(shape, np.result_type(np.float64, *arrays) if arrays else np.float64)
    row = col = 0
    for array in arrays:
        made[row : row + array.shape[0], col : col + array.shape[1]] = array
        row, col = row + array.shape[0], col + array.shape[1]
    return made


@register(FUNCTIONS, "vander", 1, 1)
def vander(call: Call, vector: Value) -> Array:
    """Powers of the elements in columns, the highest first."""
    flat = column(float_array(vector))
    call.allocate((flat.size, flat.size))
    return np.vander(flat)


@register(FUNCTIONS, "toeplitz hankel", 1, 2)
def toeplitz(call: Call, first: Value, second: Value = None) -> Array:
    """Constant along the diagonals (``toeplitz(column, row)``) or anti-diagonals (``hankel(column, row)``)."""
    c = column(numeric(first))
    if call.name == "toeplitz":
        r = c if second is None else column(numeric(second))
        c = np.conj(c) if second is None else c
        call.allocate((c.size, r.size))
        if second is None and c.size:
            c = c.copy()
            c[0] = r[0]
        band = np.concatenate([c[:0:-1], r]) if c.size else r
        places = np.arange(c.size)[::-1, None] + np.arange(r.size)[None, :]
    else:
        r = np.zeros_like(c) if second is None else column(numeric(second))
        call.allocate((c.size, r.size))
        band = np.concatenate([c, r[1:]])
        places = np.arange(c.size)[:, None] + np.arange(r.size)[None, :]
    return np.asarray(band[places] if band.size else np.zeros((c.size, r.size)))


@register(FUNCTIONS, "hilb", 1, 1)
def hilb(call: Call, order: Value) -> Array:
    """The Hilbert matrix ``1/(i + j - 1)``."""
    n = max(whole(order), 0)
    call.allocate((n, n))
    return np.asarray(1.0 / (np.arange(1, n + 1)[:, None] + np.arange(n)[None, :]))


@register(FUNCTIONS, "magic", 1, 1)
def magic(call: Call, order: Value) -> Array:
    """A magic square: rows, columns and diagonals have equal sums."""
    n = max(whole(order), 0)
    call.allocate((n, n))
    if n == 2:
        return np.array([[1.0, 3.0], [4.0, 2.0]])
    if n == 0:
        return np.zeros((0, 0))
    if n % 2:
        return _odd_magic(n)
    rows, columns = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    if n % 4 == 0:
        square = rows * n + columns + 1.0
        turned = (rows % 4 // 2 + rows % 2) % 2 == (columns % 4 // 2 + columns % 2) % 2
        return np.where(turned, n * n + 1 - square, square)
    half = n // 2
    part = _odd_magic(half)
    square = np.block([[part, part + 2 * half**2], [part + 3 * half**2, part + half**2]])
    k = (half - 1) // 2
    if n > 2:
        swapped = [*range(k), *range(n - k + 1, n)]
        square[:, swapped] = np.concatenate([square[half:, swapped], square[:half, swapped]])
        middle = [0, k]
        upper = square[k, middle].copy()
        square[k, middle] = square[k + half, middle]
        square[k + half, middle] = upper
    return square


def _odd_magic(n: int) -> Array:
    rows, columns = np.meshgrid(np.arange(1, n + 1), np.arange(1, n + 1), indexing="ij")
    a = np.mod(rows + columns - (n + 3) // 2, n)
    b = np.mod(rows + 2 * columns - 2, n)
    return np.asarray(n * a + b + 1, dtype=np.float64)
