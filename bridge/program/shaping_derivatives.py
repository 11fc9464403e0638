"""Derivatives of the operations that move, pick and reduce elements, and of linear algebra."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.program.derivatives import Gradients, flat, spread_to, summed_to, times, zero_like
from bridge.program.form import Node, Value
from bridge.program.operations import differentiate
from bridge.program.trace import (
    broadcast,
    concat,
    constant,
    cut,
    equal,
    gather,
    linear_solve,
    loop,
    reduce,
    reshape,
    scatter,
    storage,
    take,
    transpose,
    where,
)
from bridge.program.types import INT64, Shape

Operands = Sequence[Value]


def _reshape(_: Node, operands: Operands, __: Value, gradient: Value) -> Gradients:
    return [reshape(gradient, operands[0].shape)]


def _broadcast(_: Node, operands: Operands, __: Value, gradient: Value) -> Gradients:
    return [summed_to(gradient, operands[0].shape)]


def _transpose(node: Node, _: Operands, __: Value, gradient: Value) -> Gradients:
    axes = node.attributes["axes"]
    return [transpose(gradient, tuple(axes.index(k) for k in range(len(axes))))]


def _concat(node: Node, operands: Operands, _: Value, gradient: Value) -> Gradients:
    axis, start, parts = node.attributes["axis"], 0, []
    for operand in operands:
        stop = start + operand.shape[axis]
        ranges = [(0, size) for size in gradient.shape[:axis]]
        parts.append(cut(gradient, *ranges, (start, stop)))
        start = stop
    return parts


def _returned(gradient: Value, indices: Sequence[int], axis: int, size: int) -> Value:
    """What was taken from fixed places of an axis, back at its places; a place taken twice gets the sum."""
    count = len(indices)
    shape = list(gradient.shape)
    shape[axis] = 1
    nothing = broadcast(constant(0.0, gradient.dtype), tuple(shape))
    padded = concat([gradient, nothing], axis)
    rounds: list[list[int]] = []
    seen = [0] * size
    for number, index in enumerate(indices):
        if seen[index] == len(rounds):
            rounds.append([count] * size)
        rounds[seen[index]][index] = number
        seen[index] += 1
    total = take(padded, rounds[0] if rounds else [count] * size, axis)
    for places in rounds[1:]:
        total = total + take(padded, places, axis)
    return total


def _slice(node: Node, operands: Operands, _: Value, gradient: Value) -> Gradients:
    for axis, ((start, stop, step), size) in enumerate(zip(node.attributes["ranges"], operands[0].shape, strict=True)):
        if (start, stop, step) != (0, size, 1):
            gradient = _returned(gradient, range(start, stop, step), axis, size)
    return [gradient]


def _take(node: Node, operands: Operands, _: Value, gradient: Value) -> Gradients:
    axis = node.attributes["axis"]
    return [_returned(gradient, node.attributes["indices"], axis, operands[0].shape[axis])]


def _listed(index: Value, rows: Value) -> tuple[Value, Value, int]:
    """Indices as a vector, and their rows behind one axis."""
    count = index.type.size
    return reshape(index, (count,)), reshape(rows, (count, *rows.shape[index.type.rank :])), count


def _gather(_: Node, operands: Operands, __: Value, gradient: Value) -> Gradients:
    x, index = operands
    if not index.shape:
        return [scatter(zero_like(x), index, gradient), None]
    indices, rows, count = _listed(index, gradient)

    def add(k: Value, total: Value) -> Value:
        place = gather(indices, k)
        return scatter(total, place, gather(total, place) + gather(rows, k))

    return [loop(constant(count, INT64), add, [zero_like(x)])[0], None]


def _scatter(node: Node, operands: Operands, result: Value, gradient: Value) -> Gradients:
    """Of rows with one index, the last one counts."""
    x, index, rows = operands
    own = scatter(gradient, index, zero_like(rows))
    back = gather(gradient, index)
    if index.type.size > 1:
        indices, __, count = _listed(index, rows)
        order = constant(np.arange(count), INT64)
        writer = scatter(constant(np.zeros(x.shape[0], np.int64)), indices, order)
        last = reshape(equal(gather(writer, indices), order), (*index.shape, *(1 for _ in x.shape[1:])))
        back = where(broadcast(last, rows.shape), back, 0.0)
    return [own, None, back]


def _widened(node: Node, x: Value, reduced: Value) -> Value:
    """A reduction's result beside each of the elements that went into it."""
    shape: Shape = tuple(1 if k in node.attributes["axes"] else size for k, size in enumerate(x.shape))
    return spread_to(reshape(reduced, shape), x.shape)


def _sum(node: Node, operands: Operands, _: Value, gradient: Value) -> Gradients:
    return [_widened(node, operands[0], gradient)]


def _prod(node: Node, operands: Operands, _: Value, gradient: Value) -> Gradients:
    """The product of the others: of all but the zeros, and zero where another factor is zero."""
    (x,), axes = operands, node.attributes["axes"]
    zero = equal(x, 0)
    factors = where(zero, 1.0, x)
    product = _widened(node, x, reduce("prod", factors, axes))
    zeros = _widened(node, x, reduce("sum", storage(zero, INT64), axes))
    others = where(equal(zeros, storage(zero, INT64)), product / factors, 0.0)
    return [times(_widened(node, x, gradient), others)]


def _extreme(node: Node, operands: Operands, result: Value, gradient: Value) -> Gradients:
    """Shared evenly among the elements that are the largest, or smallest."""
    (x,) = operands
    chosen = storage(equal(x, _widened(node, x, result)), x.dtype)
    share = chosen / _widened(node, x, reduce("sum", chosen, node.attributes["axes"]))
    return [times(_widened(node, x, gradient), share)]


def _matmul(_: Node, operands: Operands, __: Value, gradient: Value) -> Gradients:
    a, b = operands
    if b.type.rank == 1:
        rows, columns = a.shape
        return [reshape(gradient, (rows, 1)) * reshape(b, (1, columns)), transpose(a) @ gradient]
    return [gradient @ transpose(b), transpose(a) @ gradient]


def _inverse(_: Node, __: Operands, result: Value, gradient: Value) -> Gradients:
    turned = transpose(result)
    return [-(turned @ (gradient @ turned))]


def _linear_solve(_: Node, operands: Operands, result: Value, gradient: Value) -> Gradients:
    right = linear_solve(transpose(operands[0]), gradient)
    return [-(right @ transpose(result)), right]


for _name, _rule in {
    "reshape": _reshape,
    "broadcast": _broadcast,
    "transpose": _transpose,
    "concat": _concat,
    "slice": _slice,
    "take": _take,
    "gather": _gather,
    "scatter": _scatter,
    "sum": _sum,
    "prod": _prod,
    "max": _extreme,
    "min": _extreme,
    "matmul": _matmul,
    "inverse": _inverse,
    "linear_solve": _linear_solve,
    **dict.fromkeys(("constant", "any", "all", "argmax", "search"), flat),
}.items():
    differentiate(_name, _rule)
