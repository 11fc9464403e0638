"""Derivatives in which a zero gradient stays zero.

torch multiplies the gradient that arrives by the derivative. Where `select` has passed an operand over, the gradient is
zero and the derivative may be infinite, as in ``select(y == 0, 0, x / y)``, and zero times infinity is NaN. Here such a
product is zero, which is the derivative of what was computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Tensor = Any
Function = Callable[..., Tensor]


def guarded(torch: Any, forward: Function, derivatives: Sequence[Function]) -> Function:
    """`forward` with partial derivatives given as functions of its operands and, last, its result."""

    class Guarded(torch.autograd.Function):  # type: ignore[misc]  # torch is untyped here
        generate_vmap_rule = True  # so that torch.func can batch over models

        @staticmethod
        def forward(*operands: Tensor) -> Tensor:
            return forward(*operands)

        @staticmethod
        def setup_context(context: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            context.save_for_backward(*inputs, output)

        @staticmethod
        def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
            *operands, result = context.saved_tensors
            passed_over = gradient == 0
            gradients: list[Tensor | None] = []
            for operand, derivative, wanted in zip(operands, derivatives, context.needs_input_grad, strict=True):
                if wanted:
                    product = (gradient * derivative(*operands, result)).masked_fill(passed_over, 0.0)
                    gradients.append(product.sum_to_size(operand.shape))
                else:
                    gradients.append(None)
            return tuple(gradients)

    def function(*operands: Tensor) -> Tensor:
        if torch.is_grad_enabled() and any(operand.requires_grad for operand in operands):
            return Guarded.apply(*operands)
        return forward(*operands)

    return function


def guarded_functions(torch: Any) -> dict[str, Function]:
    """The functions whose derivative, or an operand of it, may be infinite at an argument that may occur."""

    def power_by_base(a: Tensor, b: Tensor, _: Tensor) -> Tensor:
        return torch.where(b == 0, 0.0, b * torch.pow(a, b - 1))

    def power_by_exponent(a: Tensor, b: Tensor, y: Tensor) -> Tensor:
        return torch.where((a == 0) & (b >= 0), 0.0, y * torch.log(a))

    def over_length(numerator: Tensor, length: Tensor) -> Tensor:
        return torch.where(length == 0, 0.0, numerator / length)

    def squared(a: Tensor, b: Tensor) -> Tensor:
        return a * a + b * b

    def half_exponential(x: Tensor) -> Tensor:
        half = torch.exp(0.5 * torch.abs(x))
        return 0.5 * half * half

    # torch's own overflow before their results do.
    def sinh(x: Tensor) -> Tensor:
        return torch.where(torch.abs(x) > 22, torch.copysign(half_exponential(x), x), torch.sinh(x))

    def cosh(x: Tensor) -> Tensor:
        return torch.where(torch.abs(x) > 22, half_exponential(x), torch.cosh(x))

    def fmod(a: Tensor, b: Tensor) -> Tensor:
        # torch's own is NaN where the quotient is infinite. A remainder by a multiple of b first leaves less of a.
        step = 2.0**1000 if a.dtype == torch.float64 else 2.0**120
        less = torch.fmod(torch.fmod(torch.fmod(a, b * step * step), b * step), b)
        return torch.where(torch.isinf(a / b) & torch.isfinite(a) & (b != 0), less, torch.fmod(a, b))

    table: dict[str, tuple[Function, list[Function]]] = {
        "exp": (torch.exp, [lambda x, y: y]),
        "log": (torch.log, [lambda x, y: 1 / x]),
        "log2": (torch.log2, [lambda x, y: 1 / (x * math.log(2))]),
        "log10": (torch.log10, [lambda x, y: 1 / (x * math.log(10))]),
        "sqrt": (torch.sqrt, [lambda x, y: 0.5 / y]),
        "tan": (torch.tan, [lambda x, y: 1 + y * y]),
        "asin": (torch.asin, [lambda x, y: 1 / torch.sqrt((1 - x) * (1 + x))]),
        "acos": (torch.acos, [lambda x, y: -1 / torch.sqrt((1 - x) * (1 + x))]),
        "sinh": (sinh, [lambda x, y: cosh(x)]),
        "cosh": (cosh, [lambda x, y: sinh(x)]),
        "acosh": (torch.acosh, [lambda x, y: 1 / torch.sqrt((x - 1) * (x + 1))]),
        "atanh": (torch.atanh, [lambda x, y: 1 / ((1 - x) * (1 + x))]),
        "mul": (torch.mul, [lambda a, b, y: b, lambda a, b, y: a]),
        "div": (torch.div, [lambda a, b, y: 1 / b, lambda a, b, y: -y / b]),
        "fmod": (fmod, [lambda a, b, y: torch.ones_like(y), lambda a, b, y: -torch.trunc(a / b)]),
        "pow": (torch.pow, [power_by_base, power_by_exponent]),
        "atan2": (
            torch.atan2,
            [lambda a, b, y: over_length(b, squared(a, b)), lambda a, b, y: over_length(-a, squared(a, b))],
        ),
        "hypot": (torch.hypot, [lambda a, b, y: over_length(a, y), lambda a, b, y: over_length(b, y)]),
    }
    return {name: guarded(torch, *entry) for name, entry in table.items()}
