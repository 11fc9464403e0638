"""Operations on arrays in generated Python: buffers, views, and numpy's functions without the wrappers around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.engines.numpy_scalars import is_plain
from bridge.errors import EngineError
from bridge.program import Node, Program, Region, Value
from bridge.program.elementwise import BINARY, COMPARISONS, UNARY
from bridge.program.types import DOUBLE, SINGLE

if TYPE_CHECKING:
    from bridge.engines.numpy_source import Source

_UFUNCS: dict[str, Any] = {
    name: function for name, function, _ in (*UNARY, *BINARY, *COMPARISONS) if isinstance(function, np.ufunc)
}
_UFUNCS |= {"not": np.logical_not, "isnan": np.isnan, "isinf": np.isinf}
_REDUCTIONS: dict[str, Any] = {
    "sum": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum,
    "any": np.logical_or, "all": np.logical_and,
}  # fmt: skip
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}

# Whose results may be views of their operands.
VIEWS = frozenset({"reshape", "broadcast", "transpose", "slice", "real", "imag"})
_ALIASING = VIEWS | {"gather", "select"}


class Layout:
    """What is known of how arrays lie in memory.

    dense    without gaps, last axis first
    ordered  no axis lies closer than the one behind it, so that numpy gives a function's result the dense layout
    """

    def __init__(self) -> None:
        self._dense: set[Value] = set()
        self._by_rows: set[Value] = set()
        self._ordered: set[Value] = set()

    def mark(self, value: Value, *, dense: bool) -> None:
        """Note a value that comes from outside, or that a statement makes dense."""
        if dense:
            self._dense.add(value)
            self._ordered.add(value)

    def dense(self, value: Value) -> bool:
        """Known to be without gaps."""
        return value in self._dense or value.type.size <= 1

    def ordered(self, value: Value) -> bool:
        """Known to be in order; with one axis longer than one there is no other."""
        return value in self._ordered or self.dense(value) or sum(size != 1 for size in value.shape) <= 1

    def by_rows(self, value: Value) -> bool:
        """A matrix each row of which is dense."""
        return value in self._by_rows or self.dense(value)

    def follow(self, node: Node) -> None:
        """Note what a kernel returns."""
        (value,) = node.outputs
        if node.op == "slice" and self.ordered(node.inputs[0]):
            self._ordered.add(value)
            if value.type.rank == 2 and self.by_rows(node.inputs[0]) and node.attributes["ranges"][1][2] == 1:
                self._by_rows.add(value)
        else:
            known = self.dense if node.op == "reshape" else self.ordered
            copied = node.op == "reshape" or node.op not in VIEWS
            self.mark(value, dense=copied and all(map(known, node.inputs)))


def outliving(program: Program) -> set[Value]:
    """What may still be held when it is computed again: states, what loops carry, and what these are views of."""
    found = {slot.next for slot in program.slots if slot.next is not None}
    _collect(program.step, found)
    return found


def _collect(region: Region, found: set[Value]) -> None:
    for node in reversed(region.nodes):
        # A call of Python may keep what it is given.
        if node.op == "host" or (node.op in _ALIASING and node.outputs[0] in found):
            found.update(node.inputs)
        elif node.op == "if":
            for number, value in enumerate(node.outputs):
                if value in found:
                    found.update(nested.results[number] for nested in node.regions)
        elif node.op in ("loop", "map"):  # the next pass runs while these are held
            found.update(node.regions[0].results)
        for nested in node.regions:
            _collect(nested, found)
        if node.op == "loop":
            starts = zip(node.outputs, node.regions[0].parameters[1:], node.inputs[1:], strict=True)
            found.update(start for output, parameter, start in starts if output in found or parameter in found)
        elif node.op == "map":
            slices = zip(node.regions[0].parameters, node.inputs, strict=True)
            found.update(array for parameter, array in slices if parameter in found)


def _destination(source: Source, node: Node) -> str | None:
    """The buffer that a result may go to."""
    (value,) = node.outputs
    usable = source.in_step and value not in source.outliving and all(map(source.layout.ordered, node.inputs))
    return source.buffer(value.type) if usable and value.shape else None


def _store(source: Source, node: Node, call: str, place: str | None) -> None:
    """A call into a buffer, or with a new array for its result."""
    (value,) = node.outputs
    if place is None:
        source.put(f"{source.define(value)} = {call})")
    else:
        source.put(f"{call}, {place})")
        source.of[value] = place
        source.fixed.add(value)
    source.layout.follow(node)


def spelled(source: Source, node: Node) -> bool:
    """Write a node; False where there is nothing better than its kernel."""
    if node.op in _UFUNCS:
        return _ufunc(source, node)
    if node.op in _REDUCTIONS:
        return _reduction(source, node)
    method = _SPELLED.get(node.op)
    return method is not None and method(source, node)


def _ufunc(source: Source, node: Node) -> bool:
    (value,) = node.outputs
    if value.shape:
        operands = [source.cell(operand) for operand in node.inputs]
        _store(source, node, f"{source.bound(_UFUNCS[node.op])}({', '.join(operands)}", _destination(source, node))
        return True
    operands = [source.of[operand] for operand in node.inputs]
    if value.dtype != SINGLE or node.op not in _SIGNS:
        return False
    source.put(f"{source.define(value)} = {operands[0]} {_SIGNS[node.op]} {operands[1]}")
    return True


def _logistic(source: Source, node: Node) -> bool:
    place = _destination(source, node)
    if place is None:
        return False
    (value,) = node.outputs
    one = source.bound(np.ones((), value.dtype.numpy))
    below = source.buffer(value.type)
    source.put(f"{source.bound(np.negative)}({source.of[node.inputs[0]]}, {below})")
    source.put(f"exp({below}, {place})")
    source.put(f"{source.bound(np.add)}({one}, {place}, {below})")
    source.put(f"{source.bound(np.true_divide)}({one}, {below}, {place})")
    source.of[value] = place
    source.fixed.add(value)
    source.layout.follow(node)
    return True


def _matmul(source: Source, node: Node) -> bool:
    """A matrix's own method takes a third of matmul's time, and hands the same numbers to the same function of BLAS.

    Not so with a single row or column, where it multiplies vectors.
    """
    (value,), (a, b) = node.outputs, node.inputs
    x = source.of
    rank_one = len(value.shape) == 1 and value.type.size > 0
    place = source.buffer(value.type) if source.in_step and rank_one and value not in source.outliving else None
    by_method = rank_one and min(a.shape) > 1 and value.dtype.is_float and source.layout.by_rows(a)
    if by_method and source.layout.dense(b):
        call = f"{source.method(a, 'dot') if a in source.steady else f'{x[a]}.dot'}({x[b]}"
    else:
        call = f"matmul({x[a]}, {x[b]}"
    _store(source, node, call, place)
    source.layout.mark(value, dense=True)
    return True


def _reduction(source: Source, node: Node) -> bool:
    """numpy's sum and its like are these calls, below two layers of Python."""
    (value,), (x,) = node.outputs, node.inputs
    if is_plain(x.type) or not x.shape:
        return False
    function = source.bound(_REDUCTIONS[node.op].reduce)
    dtype = f", {source.bound(value.dtype.numpy)}" if node.op in ("sum", "prod") else ""
    item = ".item()" if is_plain(value.type) else ""
    source.put(f"{source.define(value)} = {function}({source.of[x]}, {node.attributes['axes']!r}{dtype}){item}")
    source.layout.follow(node)
    return True


def _select(source: Source, node: Node) -> bool:
    (value,), (condition, then, otherwise) = node.outputs, node.inputs
    name = source.of
    if not is_plain(condition.type) or not value.shape:
        return False
    if all(side.shape == value.shape and source.layout.dense(side) for side in (then, otherwise)):
        text = f"{name[then]} if {name[condition]} else {name[otherwise]}"
        source.put(f"{source.define(value)} = {text}")
        source.layout.mark(value, dense=True)
        return True
    return False


def placed(function: Callable[..., Any], origin: str) -> Callable[..., Any]:
    """Name the block whose index leaves its array."""

    def checked(*operands: Any) -> Any:
        try:
            return function(*operands)
        except IndexError as error:
            raise EngineError(f"{origin or 'program'}: {error}") from None

    return checked


def _gather(source: Source, node: Node) -> bool:
    """One row, by a check and Python's own indexing; an element from a list, where the array never changes."""
    (value,), (x, index) = node.outputs, node.inputs
    if not is_plain(index.type) or not (source.layout.dense(x) or x in source.steady):
        return False
    place, length = source.of[index], x.shape[0]

    def fail(found: int) -> None:
        raise IndexError(f"index {found} leaves 0..{length - 1}")

    source.put(f"if not 0 <= {place} < {length}: {source.bound(placed(fail, node.origin))}({place})")
    if is_plain(value.type):
        text = f"{source.as_list(x)}[{place}]" if x in source.steady else f"{source.of[x]}[{place}].item()"
    else:
        text = f"{source.of[x] if source.layout.dense(x) else source.dense_copy(x)}[{place}]"
    source.put(f"{source.define(value)} = {text}")
    source.layout.mark(value, dense=True)
    return True


def _search(source: Source, node: Node) -> bool:
    """Python's own search in a sorted list, which puts NaN behind everything, too."""
    points, x = node.inputs
    if not is_plain(x.type) or points not in source.steady:
        return False
    source.put(f"{source.define(node.outputs[0])} = bisect_right({source.as_list(points)}, {source.of[x]})")
    return True


def _reshape(source: Source, node: Node) -> bool:
    """From one element to a scalar."""
    (value,), (x,) = node.outputs, node.inputs
    if not is_plain(value.type):
        return False
    source.put(f"{source.define(value)} = {source.of[x]}{'.item()' if x.shape else ''}")
    return True


def _convert(source: Source, node: Node) -> bool:
    """A double to a single."""
    (value,), (x,) = node.outputs, node.inputs
    if value.shape or value.dtype != SINGLE or x.dtype != DOUBLE:
        return False
    source.put(f"{source.define(value)} = {source.bound(np.float32)}({source.of[x]})")
    return True


def _broadcast(source: Source, node: Node) -> bool:
    (value,), (x,) = node.outputs, node.inputs
    if not is_plain(x.type) or not source.in_step or value in source.outliving:
        return False
    # The repeated element lies in memory once, as the kernel would have it.
    cell = source.buffer(x.type)
    source.put(f"{cell}[()] = {source.of[x]}")
    source.of[value] = source.fresh("w")
    source.set_up(f"{source.of[value]} = broadcast_to({cell}, {value.shape})")
    source.fixed.add(value)
    return True


_SPELLED: dict[str, Callable[[Source, Node], bool]] = {
    "logistic": _logistic,
    "matmul": _matmul,
    "select": _select,
    "gather": _gather,
    "search": _search,
    "reshape": _reshape,
    "broadcast": _broadcast,
    "convert": _convert,
}
