"""Operations that build, move and pick elements, reductions and linear algebra, in ONNX."""

from __future__ import annotations

import math

import numpy as np

from bridge.engines.onnx_graph import BOOL, INT32, INT64, Graph, carrier
from bridge.engines.onnx_operations import Lowering
from bridge.program import Node
from bridge.program.types import DType


def constant_array(value: np.ndarray, dtype: DType) -> np.ndarray:
    """A constant in the type that carries it."""
    array = np.asarray(value, dtype.numpy)
    if not dtype.is_integer:
        return array
    return array.view(np.int64) if dtype.bits == 64 else array.astype(np.int64)


def _constant(g: Graph, node: Node, x: list[str]) -> str:
    return g.constant(constant_array(node.attributes["value"], node.outputs[0].dtype))


def _reshape(g: Graph, node: Node, x: list[str]) -> str:
    return g("Reshape", x[0], g.integers(node.outputs[0].shape), allowzero=1)


def _broadcast(g: Graph, node: Node, x: list[str]) -> str:
    return g("Expand", x[0], g.integers(node.outputs[0].shape))


def _transpose(g: Graph, node: Node, x: list[str]) -> str:
    return g("Transpose", x[0], perm=list(node.attributes["axes"]))


def _concat(g: Graph, node: Node, x: list[str]) -> str:
    return g("Concat", *x, axis=node.attributes["axis"])


def _slice(g: Graph, node: Node, x: list[str]) -> str:
    ranges = node.attributes["ranges"]
    if not ranges:
        return x[0]
    starts, stops, steps = (g.integers(column) for column in zip(*ranges, strict=True))
    return g("Slice", x[0], starts, stops, g.integers(range(len(ranges))), steps)


def _take(g: Graph, node: Node, x: list[str]) -> str:
    return g("Gather", x[0], g.integers(node.attributes["indices"]), axis=node.attributes["axis"])


def _places(g: Graph, node: Node, index: str) -> str:
    """ONNX counts negative places from the end; sent beyond it, they are the errors that they are elsewhere."""
    negative = g("Less", index, g.constant(0, np.int64))
    return g("Where", negative, g.constant(node.inputs[0].shape[0], np.int64), index)


def _gather(g: Graph, node: Node, x: list[str]) -> str:
    return g("Gather", x[0], _places(g, node, x[1]), axis=0)


def _scatter(g: Graph, node: Node, x: list[str]) -> str:
    rows = g("Unsqueeze", _places(g, node, x[1]), g.integers([-1]))
    return g("ScatterND", x[0], rows, x[2])


def _reduce(g: Graph, op: str, x: str, axes: tuple[int, ...]) -> str:
    return g(op, x, g.integers(axes), keepdims=0)


def _reduction(op: str) -> Lowering:
    def lower(g: Graph, node: Node, x: list[str]) -> str:
        axes = node.attributes["axes"]
        return g.wrap(node.outputs[0].dtype, _reduce(g, op, x[0], axes)) if axes else x[0]

    return lower


def _folded(op: str, empty: int, reduce: str) -> Lowering:
    """A sum or product of what onnxruntime cannot reduce exactly: an axis is folded in half until one row is left.

    It has no product of doubles, and its sums and products of int64 go through double.
    """

    def lower(g: Graph, node: Node, x: list[str]) -> str:
        axes, type = node.attributes["axes"], node.inputs[0].type
        if reduce and (type.dtype.is_float or type.dtype.bits <= 32):
            return _reduction(reduce)(g, node, x)
        if not type.size:
            return g.constant(constant_array(np.full(node.outputs[0].shape, empty), type.dtype))
        result = x[0]
        for axis in sorted(axes, reverse=True):
            count = type.shape[axis]
            while count > 1:
                half, odd = divmod(count, 2)
                rest = [_part(g, result, axis, 2 * half, count)] if odd else []
                result = g(op, _part(g, result, axis, 0, half), _part(g, result, axis, half, 2 * half))
                result = g("Concat", result, *rest, axis=axis) if odd else result
                count = half + odd
            result = g("Squeeze", result, g.integers([axis]))
        return g.wrap(type.dtype, result)

    return lower


def _part(g: Graph, x: str, axis: int, start: int, stop: int) -> str:
    return g("Slice", x, g.integers([start]), g.integers([stop]), g.integers([axis]))


def _extremum(op: str) -> Lowering:
    def lower(g: Graph, node: Node, x: list[str]) -> str:
        dtype, axes = node.inputs[0].dtype, node.attributes["axes"]
        if not axes:
            return x[0]
        result = g.ordered(dtype, _reduce(g, op, g.ordered(dtype, x[0]), axes))
        if not dtype.is_float:
            return result
        return g("Where", _any_nan(g, x[0], axes), g.constant(math.nan, dtype.numpy), result)

    return lower


def _holds(g: Graph, x: str, axes: tuple[int, ...]) -> str:
    """How many of the booleans are true."""
    return _reduce(g, "ReduceSum", g.cast(x, INT64), axes)


def _any_nan(g: Graph, x: str, axes: tuple[int, ...]) -> str:
    return g.cast(_holds(g, g("IsNaN", x), axes), BOOL)


def _any(g: Graph, node: Node, x: list[str]) -> str:
    axes = node.attributes["axes"]
    return g.cast(_holds(g, x[0], axes), BOOL) if axes else x[0]


def _all(g: Graph, node: Node, x: list[str]) -> str:
    axes = node.attributes["axes"]
    return g("Not", g.cast(_holds(g, g("Not", x[0]), axes), BOOL)) if axes else x[0]


def _argmax(g: Graph, node: Node, x: list[str]) -> str:
    """The first place where the element is the largest, or NaN if there is one."""
    dtype, axis = node.inputs[0].dtype, node.attributes["axis"]
    values = g.ordered(dtype, x[0])
    largest = g("ReduceMax", values, g.integers([axis]), keepdims=1)
    hit = g("Equal", values, largest)
    if dtype.is_float:
        missing = g("IsNaN", values)
        any_missing = g.cast(g("ReduceSum", g.cast(missing, INT64), g.integers([axis]), keepdims=1), BOOL)
        hit = g("Or", g("And", any_missing, missing), g("And", g("Not", any_missing), hit))
    return g("ArgMax", g.cast(hit, INT32), axis=axis, keepdims=0)


# With more breakpoints, halving takes fewer comparisons than there are nodes in it.
_MANY = 64


def _search(g: Graph, node: Node, x: list[str]) -> str:
    """Few breakpoints are compared all at once; among many, the number of those <= x grows by halves."""
    dtype, count = node.inputs[0].dtype, node.inputs[0].type.size
    points, values = (g.ordered(dtype, name) for name in x)
    if count <= _MANY:
        below = g("Less", g("Unsqueeze", values, g.integers([-1])), points)
        return _holds(g, g("Not", below), (-1,))
    found = g("Expand", g.constant(0, np.int64), g("Shape", values))
    last = g.constant(count - 1, np.int64)
    for bit in reversed(range(count.bit_length())):
        more = g("Add", found, g.constant(1 << bit, np.int64))
        place = g("Min", g("Sub", more, g.constant(1, np.int64)), last)
        inside = g("LessOrEqual", more, g.constant(count, np.int64))
        reached = g("Not", g("Less", values, g("Gather", points, place, axis=0)))
        found = g("Where", g("And", inside, reached), more, found)
    return found


def _matmul(g: Graph, node: Node, x: list[str]) -> str:
    dtype = node.outputs[0].dtype
    if dtype.is_float and node.inputs[1].type.rank == 1 and all(node.inputs[0].shape):
        # A matrix times a column as a row times its transpose, for which onnxruntime needs a tenth of the time.
        row = g("Gemm", g("Unsqueeze", x[1], g.integers([0])), x[0], transB=1)
        return g("Squeeze", row, g.integers([0]))
    return g.wrap(dtype, g("MatMul", *x))


def _inverse(g: Graph, node: Node, x: list[str]) -> str:
    type = node.inputs[0].type
    return _eliminated(g, node, x[0], g.constant(np.eye(type.shape[0], dtype=type.dtype.numpy)))


def _linear_solve(g: Graph, node: Node, x: list[str]) -> str:
    return _eliminated(g, node, x[0], x[1])


def _eliminated(g: Graph, node: Node, left: str, right: str) -> str:
    """Gauss-Jordan elimination with row exchanges, a loop over the columns; Inf where a pivot is zero."""
    dtype = node.inputs[0].dtype
    size, width = node.outputs[0].shape
    real = carrier(dtype)
    rows = g.integers(range(size))
    column, going, matrix, singular = (g.names(name) for name in ("column", "going", "matrix", "singular"))
    types = {column: (INT64, ()), going: (BOOL, ()), matrix: (real, (size, size + width)), singular: (BOOL, ())}
    inputs = [g.info(name, element_type, shape) for name, (element_type, shape) in types.items()]
    with g.nested():
        candidates = g("Abs", g("Gather", matrix, column, axis=1))
        candidates = g("Where", g("Less", rows, column), g.constant(-1, dtype.numpy), candidates)
        best = g("ArgMax", candidates, axis=0, keepdims=0)
        here = g("Equal", rows, column)
        exchange = g("Where", here, best, g("Where", g("Equal", rows, best), column, rows))
        exchanged = g("Gather", matrix, exchange, axis=0)
        pivot_row = g("Gather", exchanged, column, axis=0)
        pivot = g("Gather", pivot_row, column, axis=0)
        factors = g("Div", g("Gather", exchanged, column, axis=1), pivot)
        factors = g("Where", here, g.constant(0, dtype.numpy), factors)
        product = g("Mul", g("Unsqueeze", factors, g.integers([1])), pivot_row)
        now = g("Or", singular, g("Equal", pivot, g.constant(0, dtype.numpy)))
        results = [(going, *types[going]), (g("Sub", exchanged, product), *types[matrix]), (now, *types[singular])]
        body = g.close("eliminate", inputs, results)
    start = [g("Concat", left, right, axis=1), g.constant(False)]
    matrix, singular = g.several("Loop", [g.constant(size, np.int64), "", *start], 2, body=body)
    eye = g.constant(np.eye(size, dtype=dtype.numpy))
    diagonal = g("ReduceSum", g("Mul", _part(g, matrix, 1, 0, size), eye), g.integers([1]), keepdims=1)
    quotient = g("Div", _part(g, matrix, 1, size, size + width), diagonal)
    return g("Where", singular, g.constant(math.inf, dtype.numpy), quotient)


SHAPING: dict[str, Lowering] = {
    "constant": _constant,
    "reshape": _reshape,
    "broadcast": _broadcast,
    "transpose": _transpose,
    "concat": _concat,
    "slice": _slice,
    "take": _take,
    "gather": _gather,
    "scatter": _scatter,
    "sum": _folded("Add", 0, reduce="ReduceSum"),
    "prod": _folded("Mul", 1, reduce=""),
    "max": _extremum("ReduceMax"),
    "min": _extremum("ReduceMin"),
    "any": _any,
    "all": _all,
    "argmax": _argmax,
    "search": _search,
    "matmul": _matmul,
    "inverse": _inverse,
    "linear_solve": _linear_solve,
}
