"""MATLAB's functions of signals: element by element, along a dimension, and those that move elements alone."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.diagram.blocks import real_functions as real
from bridge.diagram.blocks.functions import sign
from bridge.errors import MatlabError
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE

if TYPE_CHECKING:
    from bridge.diagram.signal_code import SignalOperations

SIZES = frozenset(
    ("columns", "isempty", "iscolumn", "isrow", "isscalar", "isvector", "length", "ndims", "numel", "size")
)
"""Functions of the size of a value, which is known."""
SPELLED = {
    "plus": "+", "minus": "-", "times": ".*", "mtimes": "*", "rdivide": "./", "ldivide": ".\\", "mrdivide": "/",
    "mldivide": "\\", "power": ".^", "mpower": "^", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==",
    "ne": "~=", "and": "&", "or": "|",
}  # fmt: skip
"""Operators by the names of their functions."""
SHAPING = {
    "horzcat": True, "vertcat": True, "blkdiag": True, "reshape": False, "repmat": False, "fliplr": False,
    "flipud": False, "flip": False, "circshift": False, "diag": False, "tril": False, "triu": False, "rot90": False,
    "squeeze": False, "transpose": False, "ctranspose": False,
}  # fmt: skip
"""Functions that move elements, and whether all their arguments hold some or the first alone."""


def _times(factor: float, function: Callable[[Value], Value], inside: bool) -> Callable[[Value], Value]:
    """A function of degrees (`inside`), or one that gives them."""
    if inside:
        return lambda x: function(x * t.constant(factor, x.dtype))
    return lambda x: function(x) * t.constant(factor, x.dtype)


ELEMENTWISE: dict[str, tuple[int, Callable[..., Value]]] = {
    **{name: (1, getattr(t, name)) for name in ("acos", "asin", "atan", "ceil", "cos", "cosh", "exp", "floor", "log")},
    **{name: (1, getattr(t, name)) for name in ("log10", "log2", "sin", "sinh", "sqrt", "tan", "tanh", "isnan")},
    **{name: (1, getattr(t, name)) for name in ("acosh", "asinh", "atanh", "isinf")},
    "abs": (1, t.absolute),
    "fix": (1, t.trunc),
    "round": (1, a.round_half_away),
    "sign": (1, sign),
    "isfinite": (1, lambda x: ~(t.isnan(x) | t.isinf(x))),
    "deg2rad": (1, _times(math.pi / 180, lambda x: x, True)),
    "rad2deg": (1, _times(180 / math.pi, lambda x: x, True)),
    "atan2": (2, real.arctangent),
    "hypot": (2, real.hypot),
    "mod": (2, real.modulus),
    "rem": (2, real.remainder),
    "max": (2, real.larger),
    "min": (2, real.smaller),
}
"""Functions element by element: the number of arguments, and what they compute of floating-point values."""


def _along(operations: SignalOperations, arguments: Sequence[Any], at: int = 1) -> tuple[Value, int]:
    """The argument, and the dimension (from 0) along which a function goes: as given, else the first that is not 1."""
    (x,) = operations.numeric(arguments[0])
    if len(arguments) > at + 1:
        raise MatlabError("further arguments are not supported where one of them is a signal")
    if len(arguments) == at + 1:
        dimension = operations.concrete(arguments[at])
        if np.size(dimension) != 1 or dimension.item() not in (1, 2):
            raise MatlabError("the dimension of a signal is 1 or 2")
        return x, int(dimension.item()) - 1
    return x, 1 if x.shape[0] == 1 else 0


def _kept(x: Value, axis: int, reduced: Value) -> Value:
    """What is left of `x` without an axis, with a length of 1 in its place."""
    return t.reshape(reduced, tuple(1 if k == axis else size for k, size in enumerate(x.shape)))


def _reduction(kind: str, logical: bool = False) -> Callable[[SignalOperations, Sequence[Any]], Value]:
    def reduced(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
        x, axis = _along(operations, arguments)
        if logical:
            x = t.not_equal(x, 0.0)
        return _kept(x, axis, t.reduce(kind, x, [axis]))

    return reduced


def _mean(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
    x, axis = _along(operations, arguments)
    return _kept(x, axis, t.reduce("sum", x, [axis])) / t.constant(float(x.shape[axis]), x.dtype)


def _variance(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
    """Of n elements, the sum of squares around the mean over n - 1; of one, 0."""
    x, axis = _along(operations, arguments[:1])
    if len(arguments) > 1:
        raise MatlabError("further arguments are not supported where one of them is a signal")
    around = x - _mean(operations, arguments)
    return _kept(x, axis, t.reduce("sum", around * around, [axis])) / t.constant(max(x.shape[axis] - 1.0, 1.0), x.dtype)


def _extreme(of_two: Callable[[Value, Value], Value]) -> Callable[[SignalOperations, Sequence[Any]], Value]:
    """``max(x)``, ``max(x, [], dim)``: the elements one after the other, which passes over NaN."""

    def found(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
        if len(arguments) > 1 and np.size(operations.concrete(arguments[1])):
            raise MatlabError("the second argument is [] where a dimension follows")
        first, *rest = _parts(*_along(operations, arguments, 2 if len(arguments) > 1 else 1))
        return functools.reduce(of_two, rest, first)

    return found


def _placed(of_two: Callable[[Value, Value], Value]) -> Callable[[SignalOperations, Sequence[Any]], list[Value]]:
    """``[m, k] = max(x)``: the extreme, and the first place where it stands; 1 where all are NaN."""

    def found(operations: SignalOperations, arguments: Sequence[Any]) -> list[Value]:
        best, *rest = _parts(*_along(operations, arguments))
        place = t.zeros(best.type.with_dtype(DOUBLE)) + 1.0
        for number, part in enumerate(rest, 2):
            # Another one wins where it is really better, or where there has been none but NaN.
            better = t.not_equal(of_two(best, part), best) & ~t.isnan(part)
            place = t.where(better, t.constant(float(number)), place)
            best = of_two(best, part)
        return [best, place]

    return found


def _cumulative(of_two: Callable[[Value, Value], Value]) -> Callable[[SignalOperations, Sequence[Any]], Value]:
    def found(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
        x, axis = _along(operations, arguments)
        return t.concat(list(itertools.accumulate(_parts(x, axis), of_two)), axis) if x.type.size else x

    return found


def _parts(x: Value, axis: int) -> list[Value]:
    """`x` cut into pieces of length 1 along an axis."""
    if not x.shape[axis]:
        raise MatlabError("an empty signal has no elements to choose from")
    before = [(0, size) for size in x.shape[:axis]]
    return [t.cut(x, *before, (k, k + 1)) for k in range(x.shape[axis])]


def _flat(operations: SignalOperations, arguments: Sequence[Any], count: int) -> list[Value]:
    """Vectors as columns of one dimension."""
    if len(arguments) != count:
        raise MatlabError("these arguments are not supported where one of them is a signal")
    found = operations.numeric(*arguments)
    if any(1 not in x.shape for x in found) or len({x.type.size for x in found}) > 1:
        raise MatlabError("vectors of one length are needed where one of them is a signal")
    return [t.column_major(x, (x.type.size,)) for x in found]


def _dot(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
    x, y = _flat(operations, arguments, 2)
    return t.reshape(t.reduce("sum", x * y), (1, 1))


def _norm(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
    (x,) = _flat(operations, arguments[:1], 1)
    kind = operations.concrete(arguments[1]) if len(arguments) > 1 else np.array([[2.0]])
    if len(arguments) > 2 or np.size(kind) != 1 or kind.item() != 2:
        raise MatlabError("of signals there is the 2-norm of a vector")
    return t.reshape(t.sqrt(t.reduce("sum", x * x)), (1, 1))


def _cross(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
    x, y = _flat(operations, arguments, 2)
    if x.type.size != 3:
        raise MatlabError("a cross product has two vectors of three elements")
    turned = [(t.take(each, [1, 2, 0]), t.take(each, [2, 0, 1])) for each in (x, y)]
    found = turned[0][0] * turned[1][1] - turned[0][1] * turned[1][0]
    return t.reshape(found, operations.shape(arguments[0]))


def _trace(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
    (x,) = operations.numeric(*arguments)
    size = min(x.shape)
    flat = t.column_major(x, (x.type.size,))
    return t.reshape(t.reduce("sum", t.take(flat, [k * (x.shape[0] + 1) for k in range(size)])), (1, 1))


def _inverse(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
    (x,) = operations.numeric(*arguments)
    return t.inverse(x)


def _not(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
    return ~operations.lifted(arguments[0], BOOLEAN)


def _xor(operations: SignalOperations, arguments: Sequence[Any]) -> Value:
    x, y = (operations.lifted(each, BOOLEAN) for each in arguments)
    return x ^ y


REDUCTIONS: dict[str, Callable[[SignalOperations, Sequence[Any]], Value]] = {
    "sum": _reduction("sum"), "prod": _reduction("prod"), "any": _reduction("any", True),
    "all": _reduction("all", True), "mean": _mean, "var": _variance, "std": lambda *given: t.sqrt(_variance(*given)),
    "max": _extreme(real.larger), "min": _extreme(real.smaller), "dot": _dot, "norm": _norm, "cross": _cross,
    "trace": _trace, "inv": _inverse, "not": _not, "xor": _xor,
    "cumsum": _cumulative(lambda x, y: x + y), "cumprod": _cumulative(lambda x, y: x * y),
}  # fmt: skip
"""Functions of whole arrays."""
PLACED = {"max": _placed(real.larger), "min": _placed(real.smaller)}
"""Functions that also tell where what they find stands."""
