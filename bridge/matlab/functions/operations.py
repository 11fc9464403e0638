"""Operators under their function names: ``plus(a, b)`` is ``a + b``."""

from __future__ import annotations

import numpy as np

from bridge.matlab.arithmetic import aligned, broadcast_shape, logical
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import Array, Value

FUNCTIONS: dict[str, Function] = {}

BINARY = {
    "plus": "+",
    "minus": "-",
    "times": ".*",
    "rdivide": "./",
    "ldivide": ".\\",
    "power": ".^",
    "mtimes": "*",
    "mrdivide": "/",
    "mldivide": "\\",
    "mpower": "^",
    "eq": "==",
    "ne": "~=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "and": "&",
    "or": "|",
}
UNARY = {"uminus": "-", "uplus": "+", "not": "~"}


_CHAINED = "plus times mtimes and or"


@register(FUNCTIONS, _CHAINED, 2, None)
@register(FUNCTIONS, " ".join(name for name in BINARY if name not in _CHAINED.split()), 2, 2)
def binary(call: Call, first: Value, *rest: Value) -> Value:
    """The operator between all arguments, from the left."""
    result = first
    for value in rest:
        result = call.operations.binary(BINARY[call.name], result, value)
    return result


@register(FUNCTIONS, " ".join(UNARY), 1, 1)
def unary(call: Call, value: Value) -> Value:
    """The operator before the argument."""
    return call.operations.unary(UNARY[call.name], value)


@register(FUNCTIONS, "xor", 2, 2)
def xor(call: Call, a: Value, b: Value) -> Array:
    """Exactly one of the two is nonzero."""
    x, y = logical(a, call.name), logical(b, call.name)
    call.allocate(broadcast_shape(x.shape, y.shape))
    x, y = aligned(x, y)
    return np.logical_xor(x, y)
