"""Element-wise operations of the form in ONNX, on the carriers of `onnx_graph`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bridge.engines.onnx_functions import FUNCTIONS, Term, cos, sin, tanh
from bridge.engines.onnx_graph import BOOL, DOUBLE, FLOAT, INT64, UINT64, Graph, carrier, is_wide
from bridge.program import Node
from bridge.program.types import DType

Lowering = Callable[[Graph, Node, list[str]], str]


def _direct(op: str, **attributes: Any) -> Lowering:
    """One ONNX operation; integer results are brought back into range."""

    def lower(g: Graph, node: Node, x: list[str]) -> str:
        return g.wrap(node.outputs[0].dtype, g(op, *x, **attributes))

    return lower


def _in_double(function: Callable[..., Term]) -> Lowering:
    """A composed function; single precision goes through double, which leaves it correctly rounded nearly always."""

    def lower(g: Graph, node: Node, x: list[str]) -> str:
        single = carrier(node.outputs[0].dtype) == FLOAT
        terms = [Term(g, g.cast(name, DOUBLE) if single else name) for name in x]
        result = function(*terms).name
        return g.cast(result, FLOAT) if single else result

    return lower


def _comparison(op: str) -> Lowering:
    def lower(g: Graph, node: Node, x: list[str]) -> str:
        return g(op, *(g.ordered(node.inputs[0].dtype, name) for name in x))

    return lower


def _not_equal(g: Graph, node: Node, x: list[str]) -> str:
    return g("Not", g("Equal", *x))


def _trunc(g: Graph, node: Node, x: list[str]) -> str:
    zero = g.constant(0, node.outputs[0].dtype.numpy)
    return g("Where", g("Less", x[0], zero), g("Ceil", *x), g("Floor", *x))


def _absolute(g: Graph, node: Node, x: list[str]) -> str:
    dtype = node.outputs[0].dtype
    return x[0] if dtype.is_integer and not dtype.signed else g.wrap(dtype, g("Abs", *x))


def _logistic(g: Graph, node: Node, x: list[str]) -> str:
    """As written: onnxruntime's own Sigmoid in single precision is cut off at 18."""
    one = g.constant(1, node.outputs[0].dtype.numpy)
    return g("Div", one, g("Add", one, g("Exp", g("Neg", *x))))


def _own_in_single(op: str, function: Callable[[Term], Term]) -> Lowering:
    """onnxruntime's own in single precision, where that is as accurate as it should be; composed in double."""

    def lower(g: Graph, node: Node, x: list[str]) -> str:
        return g(op, *x) if carrier(node.outputs[0].dtype) == FLOAT else function(Term(g, *x)).name

    return lower


def _select(g: Graph, node: Node, x: list[str]) -> str:
    condition, then, otherwise = x
    if carrier(node.outputs[0].dtype) == BOOL:  # onnxruntime's Where takes no booleans
        return g("Or", g("And", condition, then), g("And", g("Not", condition), otherwise))
    return g("Where", *x)


def _inside(g: Graph, dtype: DType, count: str) -> str:
    """Whether a shift leaves any bits."""
    above = g("Not", g("Less", count, g.constant(0, np.int64)))
    return g("And", above, g("Less", count, g.constant(dtype.bits, np.int64)))


def _shifted(g: Graph, x: str, count: str, direction: str) -> str:
    """A logical shift of the 64 bits."""
    bits = g.cast(g.apart(x, INT64), UINT64)
    return g.cast(g("BitShift", bits, g.cast(count, UINT64), direction=direction), INT64)


def _shift_left(g: Graph, node: Node, x: list[str]) -> str:
    dtype, zero = node.outputs[0].dtype, g.constant(0, np.int64)
    inside = _inside(g, dtype, x[1])
    shifted = _shifted(g, x[0], g("Where", inside, x[1], zero), "LEFT")
    return g.wrap(dtype, g("Where", inside, shifted, zero))


def _shift_right(g: Graph, node: Node, x: list[str]) -> str:
    dtype, zero = node.outputs[0].dtype, g.constant(0, np.int64)
    inside = _inside(g, dtype, x[1])
    if not dtype.signed:
        return g("Where", inside, _shifted(g, x[0], g("Where", inside, x[1], zero), "RIGHT"), zero)
    # Of a negative number, the complement is shifted: ones come in from the left.
    negative = g("Less", x[0], zero)
    bits = g("Where", negative, g("BitwiseNot", x[0]), x[0])
    shifted = _shifted(g, bits, g("Where", inside, x[1], g.constant(63, np.int64)), "RIGHT")
    return g("Where", negative, g("BitwiseNot", shifted), shifted)


def _convert(g: Graph, node: Node, x: list[str]) -> str:
    given, wanted = node.inputs[0].dtype, node.outputs[0].dtype
    if given == wanted:
        return x[0]
    if given.is_integer and wanted.is_integer:
        return g.wrap(wanted, x[0])
    if is_wide(given) and wanted.is_float:
        return g.cast(g.apart(g.cast(g.apart(x[0], INT64), UINT64), UINT64), carrier(wanted))
    if given.is_float and is_wide(wanted):
        return g.cast(g.apart(g.cast(x[0], UINT64), UINT64), INT64)
    return g.cast(x[0], carrier(wanted))


ELEMENTWISE: dict[str, Lowering] = {
    **{op: _direct(op.capitalize()) for op in ("neg", "floor", "ceil", "sqrt", "exp", "log")},
    **{op: _direct(op.capitalize()) for op in ("add", "sub", "mul", "div", "pow", "and", "or", "xor", "not")},
    **{f"bit{op.lower()}": _direct(f"Bitwise{op}") for op in ("And", "Or", "Xor", "Not")},
    **{op: _in_double(function) for op, function in FUNCTIONS.items()},
    "sin": _own_in_single("Sin", sin),
    "cos": _own_in_single("Cos", cos),
    "tanh": _own_in_single("Tanh", tanh),
    "rint": _direct("Round"),
    "fmod": _direct("Mod", fmod=1),
    "trunc": _trunc,
    "abs": _absolute,
    "logistic": _logistic,
    "lt": _comparison("Less"),
    "le": _comparison("LessOrEqual"),
    "eq": _direct("Equal"),
    "ne": _not_equal,
    "isnan": _direct("IsNaN"),
    "isinf": _direct("IsInf"),
    "select": _select,
    "shift_left": _shift_left,
    "shift_right": _shift_right,
    "convert": _convert,
}
