"""Derivatives of the element-wise operations.

Where `select` has passed an operand over, the gradient that arrives is zero and the derivative may be infinite, as in
``select(y == 0, 0, x / y)``. Such a product is zero here, which is the derivative of what was computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from bridge.program.form import Node, Value
from bridge.program.operations import differentiate
from bridge.program.trace import (
    broadcast,
    constant,
    cos,
    cosh,
    equal,
    hypot,
    log,
    power,
    reduce,
    reshape,
    sin,
    sinh,
    sqrt,
    storage,
    trunc,
    where,
)
from bridge.program.types import Shape

Gradients = Sequence[Value | None]


def summed_to(gradient: Value, shape: Shape) -> Value:
    """The gradient of an operand that broadcasting has repeated."""
    if gradient.shape == shape:
        return gradient
    missing = len(gradient.shape) - len(shape)
    axes = [*range(missing)]
    axes += [k + missing for k, size in enumerate(shape) if size == 1 and gradient.shape[k + missing] != 1]
    return reshape(reduce("sum", gradient, axes), shape)


def spread_to(x: Value, shape: Shape) -> Value:
    """`x` repeated to a shape."""
    return broadcast(x, shape)


def zero_like(x: Value) -> Value:
    """Zeros in the shape and type of x, from one stored number."""
    return broadcast(constant(0.0, x.dtype), x.shape)


def flat(node: Node, operands: Sequence[Value], result: Value, gradient: Value) -> Gradients:
    """Of functions that are constant in pieces."""
    return [None] * len(operands)


def times(gradient: Value, factor: Value) -> Value:
    """Their product, zero where the gradient is zero."""
    fixed = factor.node.attributes["value"] if factor.node and factor.node.op == "constant" else np.nan
    if np.isfinite(fixed).all():
        return gradient * factor
    return where(equal(gradient, 0), 0.0, gradient * factor)


Slope = Callable[..., Value]


def _partials(*slopes: Slope) -> Callable[[Node, Sequence[Value], Value, Value], Gradients]:
    """A partial derivative for each operand, as a function of the operands and, last, the result."""

    def rule(_: Node, operands: Sequence[Value], result: Value, gradient: Value) -> Gradients:
        return [
            summed_to(times(gradient, slope(*operands, result)), operand.shape)
            for operand, slope in zip(operands, slopes, strict=True)
        ]

    return rule


def _signed(*signs: int) -> Callable[[Node, Sequence[Value], Value, Value], Gradients]:
    """Of sums and differences."""

    def rule(_: Node, operands: Sequence[Value], __: Value, gradient: Value) -> Gradients:
        return [
            summed_to(gradient if sign > 0 else -gradient, operand.shape)
            for operand, sign in zip(operands, signs, strict=True)
        ]

    return rule


def _over_length(numerator: Value, length: Value) -> Value:
    return where(equal(length, 0), 0.0, numerator / length)


def _by_base(a: Value, b: Value, _: Value) -> Value:
    return where(equal(b, 0), 0.0, b * power(a, b - 1))


def _by_exponent(a: Value, b: Value, y: Value) -> Value:
    return where(equal(a, 0) & (b >= 0), 0.0, y * log(a))


def _select(_: Node, operands: Sequence[Value], result: Value, gradient: Value) -> Gradients:
    condition, then, otherwise = operands
    condition = spread_to(condition, result.shape)
    return [
        None,
        summed_to(where(condition, gradient, 0.0), then.shape),
        summed_to(where(condition, 0.0, gradient), otherwise.shape),
    ]


def _convert(_: Node, operands: Sequence[Value], __: Value, gradient: Value) -> Gradients:
    (x,) = operands
    return [storage(gradient, x.dtype) if x.dtype.is_float else None]


def _sign(x: Value, _: Value) -> Value:
    one = constant(np.ones(()), x.dtype)
    return where(x < 0, -one, where(x > 0, one, 0.0))


_SLOPES: dict[str, tuple[Slope, ...]] = {
    "mul": (lambda a, b, y: b, lambda a, b, y: a),
    "div": (lambda a, b, y: 1 / b, lambda a, b, y: -y / b),
    "pow": (_by_base, _by_exponent),
    "atan2": (
        lambda a, b, y: _over_length(b, a * a + b * b),
        lambda a, b, y: _over_length(-a, a * a + b * b),
    ),
    "hypot": (lambda a, b, y: _over_length(a, y), lambda a, b, y: _over_length(b, y)),
    "abs": (_sign,),
    "sqrt": (lambda x, y: 0.5 / y,),
    "exp": (lambda x, y: y,),
    "log": (lambda x, y: 1 / x,),
    "log2": (lambda x, y: 1 / (x * math.log(2)),),
    "log10": (lambda x, y: 1 / (x * math.log(10)),),
    "sin": (lambda x, y: cos(x),),
    "cos": (lambda x, y: -sin(x),),
    "tan": (lambda x, y: 1 + y * y,),
    "asin": (lambda x, y: 1 / sqrt((1 - x) * (1 + x)),),
    "acos": (lambda x, y: -1 / sqrt((1 - x) * (1 + x)),),
    "atan": (lambda x, y: 1 / (1 + x * x),),
    "sinh": (lambda x, y: cosh(x),),
    "cosh": (lambda x, y: sinh(x),),
    "tanh": (lambda x, y: (1 - y) * (1 + y),),
    "asinh": (lambda x, y: 1 / hypot(x, constant(1.0, x.dtype)),),
    "acosh": (lambda x, y: 1 / sqrt((x - 1) * (x + 1)),),
    "atanh": (lambda x, y: 1 / ((1 - x) * (1 + x)),),
    "logistic": (lambda x, y: y * (1 - y),),
    "fmod": (lambda a, b, y: constant(1.0, y.dtype), lambda a, b, y: -trunc(a / b)),
}

for _name, _slopes in _SLOPES.items():
    differentiate(_name, _partials(*_slopes))
differentiate("add", _signed(1, 1))
differentiate("sub", _signed(1, -1))
differentiate("neg", _signed(-1))
differentiate("select", _select)
differentiate("convert", _convert)
# Steps, decisions and whole numbers. Complex numbers have no rule, and are refused by name.
for _name in ("floor", "ceil", "trunc", "rint", "lt", "le", "eq", "ne", "and", "or", "xor", "not", "isnan", "isinf"):
    differentiate(_name, flat)
for _name in ("bitnot", "bitand", "bitor", "bitxor", "shift_left", "shift_right"):
    differentiate(_name, flat)
