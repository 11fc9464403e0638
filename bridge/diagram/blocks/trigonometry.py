"""Trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.diagram.block import Block, Results
from bridge.diagram.blocks import real_functions as real
from bridge.diagram.blocks.arithmetic import as_real, holding
from bridge.diagram.parameters import Choice, SampleTime
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DType


@register("Trigonometry")
class Trigonometry(Block):
    """One of the functions of *Trigonometric Function* in Simulink, in radians.

    Outside of -1 to 1, asin and acos take the nearer end, as in MathWorks' generated code.
    """

    inputs = outputs = None
    Operator = Choice(
        *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
        *("sincos", "cos + jsin"),
    )
    ApproximationMethod = Choice("None")
    OutputSignalType = Choice("auto", "real", "complex")
    SampleTime = SampleTime("-1")

    def count_ports(self) -> tuple[int, int]:
        return 2 if self.Operator == "atan2" else 1, 2 if self.Operator == "sincos" else 1

    def output(self, *u: Value) -> Results:
        operator = self.Operator
        _ = self.ApproximationMethod
        inputs: Sequence[Value] = [as_real(self, x, operator) for x in u]
        if operator == "atan2":
            inner = holding(self, [x.dtype for x in inputs])
            if inner.kind == "complex":
                raise self.unsupported("complex atan2")
            return real.arctangent(*self.aligned(*(a.convert(x, inner) for x in inputs)))
        (x,) = inputs
        if self.OutputSignalType == "complex" and x.dtype.is_float and operator != "cos + jsin":
            x = t.storage(x, DType("complex", 2 * x.dtype.bits))
        if x.dtype.kind == "complex" and operator not in ("sin", "cos", "tan", "tanh", "sincos"):
            raise self.unsupported(f"complex {operator}")
        if operator == "sincos":
            return t.sin(x), t.cos(x)
        if operator == "cos + jsin":
            return t.make_complex(t.cos(x), t.sin(x))
        if operator in ("asin", "acos"):
            x = t.where(x > 1, 1.0, t.where(x < -1, -1.0, x))
        function: Callable[[Value], Value] = getattr(t, operator)
        return function(x)
