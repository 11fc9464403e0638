"""Reductions in C: sums, products, extremes along axes, and the place of the largest element."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from bridge.engines.c_operations import addition, product
from bridge.engines.c_sums import SHORT, summed
from bridge.engines.c_types import c_type, literal
from bridge.engines.c_writer import Writer, offset, strides
from bridge.program import Node, Value
from bridge.program.types import DType

# Totals of so many neighbours are kept side by side while the reduced axes are gone through.
_MOST_TOTALS = 64


def _extreme(sign: str) -> Callable[[DType, str, str], str]:
    def update(dtype: DType, best: str, x: str) -> str:
        # A NaN wins, and stays.
        other = f" || {x} != {x}" if dtype.is_float else ""
        return f"({x} {sign} {best}{other}) ? {x} : {best}"

    return update


_UPDATES: dict[str, Callable[[DType, str, str], str]] = {
    "sum": addition,
    "prod": product,
    "max": _extreme(">"),
    "min": _extreme("<"),
    "any": lambda _, before, x: f"{before} || {x}",
    "all": lambda _, before, x: f"{before} && {x}",
}
_EMPTY = {"sum": 0, "prod": 1, "any": 0, "all": 1}
_NOTHING = "-0.0"  # to which any number adds up to itself


class _Reduction:
    """The statements of one reduction.

    From the first element on, so that the sum of negative zeros is a negative zero. Where neighbours in memory are
    added up, numpy does so in pieces, and this does too; elsewhere both go one after the other.
    """

    def __init__(self, w: Writer, node: Node) -> None:
        (self.x,), (self.y,) = node.inputs, node.outputs
        x, rank = self.x, self.x.type.rank
        self.w, self.op, self.axes = w, node.op, node.attributes["axes"]
        # The last axis goes innermost where it stays, so that neighbours are computed in vector registers.
        stays = rank > 0 and rank - 1 not in self.axes and 1 < x.shape[-1] <= _MOST_TOTALS
        self.width = x.shape[-1] if stays else 1
        self.reduced = tuple(x.shape[axis] for axis in range(rank) if axis in self.axes)
        self.kept: list[str] = []
        name = w.declare(self.y, node)
        if not self.y.type.size:
            return
        innermost = max((axis for axis in range(rank) if x.shape[axis] != 1), default=-1)
        neighbours = innermost in self.axes and math.prod(self.reduced) > SHORT
        with w.loops(self.y.shape[:-1] if stays else self.y.shape) as self.kept:
            total = self._in_pieces([]) if neighbours and self.op == "sum" and x.dtype.is_float else self._plainly()
            self._each(total, lambda to, place: f"{_target(name, self.y, place)} = {to};")

    def _declared(self) -> str:
        total = f"total_{self.w.unit.number()}"
        self.w.put(f"{c_type(self.x.dtype)} {total}{f'[{self.width}]' if self.width > 1 else ''};")
        return total

    def _at(self, kept: Sequence[str], inner: Sequence[str]) -> str:
        rest, taken = iter(kept), iter(inner)
        return self.w.at(self.x, [next(taken) if axis in self.axes else next(rest) for axis in range(self.x.type.rank)])

    def _each(self, total: str, text: Callable[[str, list[str]], str]) -> None:
        """A statement for every total: `text` of the total and of the indices of what stays."""
        with self.w.loops((self.width,) if self.width > 1 else ()) as lane:
            self.w.put(text(f"{total}[{lane[0]}]" if lane else total, [*self.kept, *lane]))

    def _update(self, total: str, indices: Sequence[str]) -> None:
        """Take one more element into every total."""
        item, dtype = f"item_{self.w.unit.number()}", self.x.dtype
        with self.w.loops((self.width,) if self.width > 1 else ()) as lane:
            to = f"{total}[{lane[0]}]" if lane else total
            self.w.put(f"const {c_type(dtype)} {item} = {self._at([*self.kept, *lane], indices)};")
            self.w.put(f"{to} = {_UPDATES[self.op](dtype, to, item)};")

    def _plainly(self) -> str:
        total, x = self._declared(), self.x
        if not x.type.size:
            self._each(total, lambda to, _: f"{to} = {literal(_EMPTY[self.op], x.dtype)};")
            return total
        self._each(total, lambda to, place: f"{to} = {self._at(place, ['0'] * len(self.reduced))};")
        if math.prod(self.reduced) > 1:
            with self.w.loops(self.reduced) as indices:
                # The first element is there already.
                running = [index for index in indices if index != "0"]
                if len(running) == 1:
                    self.w.lines[-1] = self.w.lines[-1].replace(f"{running[0]} = 0;", f"{running[0]} = 1;")
                else:
                    with self.w.block(f"if ({' && '.join(f'{index} == 0' for index in running)})"):
                        self.w.put("continue;")
                self._update(total, indices)
        return total

    def _in_pieces(self, before: list[str]) -> str:
        """The sum over the reduced axes that are left, each in pieces, at the given indices of those before."""

        def empty() -> str:
            total = self._declared()
            self.w.put(f"{total} = {_NOTHING};")
            return total

        def join(total: str, part: str) -> None:
            self.w.put(f"{total} += {part};")

        def take(total: str, k: str) -> None:
            indices = [*before, k]
            if len(indices) == len(self.reduced):
                self._update(total, indices)
            else:
                join(total, self._in_pieces(indices))

        return summed(self.w, self.reduced[len(before)], empty, take, join)


def _reduce(w: Writer, node: Node) -> None:
    _Reduction(w, node)


def _target(name: str, y: Value, indices: Sequence[str]) -> str:
    return f"{name}[{offset(indices, strides(y.shape))}]" if y.type.size != 1 else name


def _argmax(w: Writer, node: Node) -> None:
    (x,), (y,), axis = node.inputs, node.outputs, node.attributes["axis"]
    own, length = strides(x.shape), x.shape[axis]
    name = w.declare(y, node)
    with w.loops(y.shape) as kept:
        best = f"best_{w.unit.number()}"
        w.put(f"int32_t {best} = 0;")
        if length > 1:
            k = f"i{w.unit.number()}"
            with w.block(f"for (int {k} = 1; {k} < {length}; ++{k})"):

                def at(index: str) -> str:
                    return w.element(x, offset([*kept[:axis], index, *kept[axis:]], own))

                new, old = at(k), at(best)
                nan = f" || ({new} != {new} && {old} == {old})" if x.dtype.is_float else ""
                with w.block(f"if ({new} > {old}{nan})"):
                    w.put(f"{best} = {k};")
        target = f"{name}[{offset(kept, strides(y.shape))}]" if y.type.size != 1 else name
        w.put(f"{target} = {best};")


REDUCTIONS: dict[str, Callable[[Writer, Node], None]] = {
    **dict.fromkeys(_UPDATES, _reduce),
    "argmax": _argmax,
}
