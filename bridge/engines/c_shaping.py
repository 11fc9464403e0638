"""Operations in C that move and pick elements, and searches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bridge.engines.c_types import c_type
from bridge.engines.c_writer import Writer, offset, strides
from bridge.program import Node, Type
from bridge.program.types import INT64


def _single(w: Writer, node: Node, text: str) -> None:
    w.assign(node.outputs[0], node, text)


def _reshape(w: Writer, node: Node) -> None:
    """The same elements in the same order: no statement at all, where the operand stays readable."""
    (x,), (y,) = node.inputs, node.outputs
    if y in w.unit.kept and not w.lasts(x):
        w.copy(w.declare(y, node), x)
    else:
        w.unit.places[y] = w.unit.places[x]


def _picked(w: Writer, node: Node, steps: tuple[int, ...], base: int = 0) -> None:
    """Each element of the result from the place ``base + sum(index * step)`` of the operand."""
    (x,), (y,) = node.inputs, node.outputs
    if y.type.size == 1:
        _single(w, node, w.element(x, str(base)))
        return
    name = w.declare(y, node)
    with w.loops(y.shape) as indices:
        w.put(f"{name}[{offset(indices, strides(y.shape))}] = {w.element(x, offset(indices, steps, base))};")


def _broadcast(w: Writer, node: Node) -> None:
    (x,), (y,) = node.inputs, node.outputs
    if x.type.size == y.type.size:
        _reshape(w, node)
        return
    missing = y.type.rank - x.type.rank
    own = [step if size > 1 else 0 for size, step in zip(x.shape, strides(x.shape), strict=True)]
    _picked(w, node, (*(0 for _ in range(missing)), *own))


def _transpose(w: Writer, node: Node) -> None:
    (x,), axes = node.inputs, node.attributes["axes"]
    if sorted(axis for axis in axes if x.shape[axis] != 1) == [axis for axis in axes if x.shape[axis] != 1]:
        _reshape(w, node)
        return
    own = strides(x.shape)
    _picked(w, node, tuple(own[axis] for axis in axes))


def _slice(w: Writer, node: Node) -> None:
    (x,), (y,) = node.inputs, node.outputs
    own, ranges = strides(x.shape), node.attributes["ranges"]
    base = sum(start * step for (start, _, _), step in zip(ranges, own, strict=True))
    steps = tuple(each * step for (_, _, each), step in zip(ranges, own, strict=True))
    dense = all(size == 1 or step == dense for size, step, dense in zip(y.shape, steps, strides(y.shape), strict=True))
    if dense and y.type.size > 1 and w.lasts(x) and (y in w.unit.kept or not w.unit.is_step):
        w.unit.places[y] = f"({w.unit.places[x]} + {base})" if base else w.unit.places[x]
    elif dense and y.type.size > 1 and y not in w.unit.kept:
        w.view(y, node, w.unit.places[x], str(base))
    else:
        _picked(w, node, steps, base)


def _take(w: Writer, node: Node) -> None:
    (x,), (y,) = node.inputs, node.outputs
    axis, places = node.attributes["axis"], node.attributes["indices"]
    own = list(strides(x.shape))
    if y.type.size == 1:
        _single(w, node, w.element(x, str(places[0] * own[axis])))
        return
    if x.shape[axis] == 1:
        own[axis] = 0
        _picked(w, node, tuple(own))
        return
    steps = tuple(own)
    name = w.declare(y, node)
    table = w.table(np.array(places, np.int64), INT64, f"places_{w.unit.number()}")
    with w.loops(y.shape) as indices:
        source = [f"(int){table}[{index}]" if k == axis else index for k, index in enumerate(indices)]
        w.put(f"{name}[{offset(indices, strides(y.shape))}] = {w.element(x, offset(source, steps))};")


def _concat(w: Writer, node: Node) -> None:
    (y,), axis = node.outputs, node.attributes["axis"]
    if y.type.size == 1:
        (part,) = [part for part in node.inputs if part.type.size]
        _single(w, node, w.element(part, "0"))
        return
    name, own, start = w.declare(y, node), strides(y.shape), 0
    for part in node.inputs:
        if part.type.size:
            with w.loops(part.shape) as indices:
                target = offset(indices, own, start * own[axis])
                w.put(f"{name}[{target}] = {w.element(part, offset(indices, strides(part.shape)))};")
        start += part.shape[axis]


def _checked_place(w: Writer, node: Node, place: str) -> str:
    """The index as a variable, after a check that ends the step where it leaves axis 0."""
    x, index = node.inputs[:2]
    name, length = f"place_{w.unit.number()}", x.shape[0]
    signed = index.dtype.signed
    of = "int64_t" if signed else "uint64_t"
    w.put(f"const {of} {name} = {w.element(index, place)};")
    w.unit.failures.append(f"{node.origin or 'program'}: an index leaves 0..{length - 1}")
    with w.block(f"if ({f'{name} < 0 || ' if signed else ''}{name} >= {length})"):
        w.put(f"return {len(w.unit.failures)};")
    return name


def _row(count: int, place: str, rest: list[str], steps: tuple[int, ...]) -> str:
    inner = offset(rest, steps)
    return f"{place} * {count}" + (f" + {inner}" if inner != "0" else "") if count != 1 else place


def _gather(w: Writer, node: Node) -> None:
    (x, index), (y,) = node.inputs, node.outputs
    rest = x.shape[1:]
    count = x.type.size // x.shape[0] if x.shape[0] else 0
    if y.type.size == 1:
        _single(w, node, w.element(x, _checked_place(w, node, "0")))
        return
    name = w.declare(y, node)
    with w.loops(index.shape) as outer:
        place = _checked_place(w, node, offset(outer, strides(index.shape)))
        with w.loops(rest) as inner:
            target = offset([*outer, *inner], strides(y.shape))
            w.put(f"{name}[{target}] = {w.element(x, _row(count, place, inner, strides(rest)))};")


def _scatter(w: Writer, node: Node) -> None:
    (x, index, rows), (y,) = node.inputs, node.outputs
    rest = x.shape[1:]
    count = x.type.size // x.shape[0] if x.shape[0] else 0
    name = w.declare(y, node)
    w.copy(name, x)
    with w.loops(index.shape) as outer:
        place = _checked_place(w, node, offset(outer, strides(index.shape)))
        with w.loops(rest) as inner:
            target = f"{name}[{_row(count, place, inner, strides(rest))}]" if y.type.size != 1 else name
            if y.type.size == 1:
                w.put(f"(void){place};")
            w.put(f"{target} = {w.element(rows, offset([*outer, *inner], strides(rows.shape)))};")


# With fewer, halving is as quick.
_MANY_POINTS = 8


def _search(w: Writer, node: Node) -> None:
    """Halving: `low` breakpoints are known to be <= x, those from `high` on to be above it.

    A scalar that moves on slowly, as the time does, is found beside the place where the last one was.
    """
    (points, x), (y,) = node.inputs, node.outputs
    name, number = w.declare(y, node), w.unit.number()
    low, high, middle, item = (f"{word}_{number}" for word in ("low", "high", "middle", "item"))
    count = points.type.size
    nan = f" || {item} != {item}" if x.dtype.is_float else ""
    remembered = w.unit.is_step and x.type.size == 1 and count > _MANY_POINTS
    last = f"m->last_{number}"
    if remembered:
        w.unit.memory.append((f"last_{number}", Type((), INT64)))
        w.unit.zeroed.append(last)
    with w.loops(x.shape) as indices:
        w.put(f"const {c_type(x.dtype)} {item} = {w.element(x, offset(indices, strides(x.shape)))};")
        w.put(f"int64_t {low} = 0;")
        w.put(f"int64_t {high} = {count};")
        if remembered:
            below, above = w.element(points, f"{last} - 1"), w.element(points, f"{last} + 1")
            with w.block(f"if ({last} > 0 && {below} <= {item} && {last} + 1 < {count} && {above} > {item})"):
                w.put(f"{low} = {last} + ({w.element(points, last)} <= {item});")
                w.put(f"{high} = {low};")
        with w.block(f"while ({low} < {high})"):
            w.put(f"const int64_t {middle} = ({low} + {high}) / 2;")
            with w.block(f"if ({w.element(points, middle)} <= {item}{nan})"):
                w.put(f"{low} = {middle} + 1;")
            with w.block("else"):
                w.put(f"{high} = {middle};")
        if remembered:
            w.put(f"{last} = {low};")
        target = f"{name}[{offset(indices, strides(y.shape))}]" if y.type.size != 1 else name
        w.put(f"{target} = {low};")


SHAPING: dict[str, Callable[[Writer, Node], None]] = {
    "reshape": _reshape,
    "broadcast": _broadcast,
    "transpose": _transpose,
    "slice": _slice,
    "take": _take,
    "concat": _concat,
    "gather": _gather,
    "scatter": _scatter,
    "search": _search,
}
