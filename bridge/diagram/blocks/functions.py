"""Functions of one signal or two: absolute value, rounding, roots, exponentials, extremes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce

from bridge.diagram.block import Block, as_parameter
from bridge.diagram.blocks import real_functions as real
from bridge.diagram.blocks.arithmetic import (
    Arithmetic,
    OutputType,
    Overflow,
    as_real,
    check_same,
    holding,
    same_as_others,
    working_type,
)
from bridge.diagram.parameters import Choice, Flag, Integer, SampleTime, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, DType, Type

Function = Callable[[Value], Value]


@register("Bias", "simulink/Math Operations/Bias")
class Bias(Block):
    """y = u + Bias (Simulink, *Bias*)."""

    Bias = Tunable("0")
    SaturateOnIntegerOverflow = Overflow("on")

    def output(self, u: Value) -> Value:
        x, bias = self.aligned(u, as_parameter(self.Bias, u.dtype))
        return a.add(x, bias, self.SaturateOnIntegerOverflow)


@register("UnaryMinus", "simulink/Math Operations/Unary Minus")
class UnaryMinus(Block):
    """y = -u (Simulink, *Unary Minus*)."""

    SaturateOnIntegerOverflow = Overflow("off")
    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        if u.dtype == BOOLEAN:
            raise self.mistyped("a boolean has no negative")
        return a.negate(u, self.SaturateOnIntegerOverflow)


@register("Abs")
class Abs(Arithmetic):
    """y = abs(u); of a complex number, its magnitude (Simulink, *Abs*)."""

    OutDataTypeStr = OutputType("Inherit: Same as input")
    SaturateOnIntegerOverflow = Overflow("on")

    def output(self, u: Value) -> Value:
        if u.dtype == BOOLEAN:
            raise self.mistyped("a boolean has no absolute value")
        if u.dtype.kind == "complex":
            u = t.hypot(t.real(u), t.imag(u))
        dtype = self.output_type([u])
        # The magnitude of the most negative integer fits the output where that is wider.
        inner = working_type(self, [u.dtype, dtype], self.SaturateOnIntegerOverflow)
        return self.convert(a.magnitude(a.convert(u, inner), self.SaturateOnIntegerOverflow), dtype)


@register("Signum")
class Signum(Block):
    """y = -1, 0 or 1; NaN stays (Simulink, *Sign*)."""

    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        if u.dtype.kind not in ("float", "int"):
            raise self.mistyped(f"the sign of {u.dtype} is not defined")
        return sign(u)


def sign(u: Value) -> Value:
    """-1, 0 or 1; NaN stays."""
    positive = t.where(u > 0, 1, t.where(t.equal(u, 0), 0, u))
    return t.where(u < 0, -1, positive) if not (u.dtype.is_integer and not u.dtype.signed) else positive


@register("Rounding")
class Rounding(Block):
    """floor, ceil, round (halves away from zero) or fix (Simulink, *Rounding Function*)."""

    Operator = Choice("floor", "ceil", "round", "fix")
    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        functions: dict[str, Function] = {"floor": t.floor, "ceil": t.ceil, "round": a.round_half_away, "fix": t.trunc}
        function = functions[self.Operator]
        if u.dtype.kind == "complex":
            return t.make_complex(function(t.real(u)), function(t.imag(u)))
        return function(as_real(self, u, self.Operator))


@register("Polyval")
class Polyval(Block):
    """y = c1 u^(n-1) + ... + cn, by Horner's rule (Simulink, *Polynomial*)."""

    # Files spell the parameter in either way.
    coefs = Tunable("[]")
    Coefs = Tunable(
        "[+2.081618890e-019, -1.441693666e-014, +4.719686976e-010, "
        "-8.536869453e-006, +1.621573104e-001, -8.087801117e+001]"
    )

    def output(self, u: Value) -> Value:
        given = self.coefs if self.site.text("coefs", "") else self.Coefs
        coefficients = as_parameter(given, as_real(self, u, "a polynomial").dtype)
        if not coefficients.type.rank:
            return t.broadcast(coefficients, u.shape)
        parts = [t.reshape(t.cut(coefficients, (k, k + 1)), ()) for k in range(coefficients.shape[0])]
        return reduce(lambda y, c: y * u + c, parts[1:], t.broadcast(parts[0], u.shape))


@register("MinMax")
class MinMax(Arithmetic):
    """The smallest or largest of the inputs, or of the elements of a single one; NaN counts only where all are NaN.

    (Simulink, *MinMax*.)
    """

    inputs = None
    spreads = True
    Function = Choice("min", "max")
    Inputs = Integer("1")
    InputSameDT = Flag("on")
    SaturateOnIntegerOverflow = Overflow("on")

    def count_ports(self) -> tuple[int, int]:
        return self.Inputs, 1

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        return same_as_others(self.InputSameDT, port, inputs)

    def output(self, *u: Value) -> Value:
        check_same(self, "InputSameDT", u)
        dtype = self.output_type(u)
        inner = holding(self, [x.dtype for x in u], longest=64)
        if inner.kind == "complex":
            raise self.unsupported("complex inputs")
        terms = [a.convert(x, inner) for x in u]
        better = real.smaller if self.Function == "min" else real.larger
        y = reduce(better, self.aligned(*terms)) if len(terms) > 1 else self._extreme(terms[0])
        return self.convert(y, dtype)

    def _extreme(self, x: Value) -> Value:
        if not x.dtype.is_float:
            return t.reduce(self.Function, x)
        missing = t.isnan(x)
        found = t.reduce(self.Function, t.where(missing, math.inf if self.Function == "min" else -math.inf, x))
        return t.where(t.reduce("all", missing), math.nan, found)


@register("Math")
class Math(Arithmetic):
    """One of the functions of *Math Function* in Simulink: exponentials, logarithms, powers, remainders, transposes."""

    restrictions = "integers in magnitude^2, square, reciprocal, rem, mod, conj and the transposes only"
    Operator = Choice(
        *("exp", "log", "10^u", "log10", "magnitude^2", "square", "pow", "conj", "reciprocal", "hypot", "rem", "mod"),
        *("transpose", "hermitian", "sqrt", "1/sqrt", "rSqrt", "signedSqrt"),
    )
    OutputSignalType = Choice("auto", "real", "complex")
    OutDataTypeStr = OutputType("Inherit: Same as first input")
    SaturateOnIntegerOverflow = Overflow("on")
    # Of the reciprocal; simulated with the words of the dialog box.
    AlgorithmMethod = Choice("Exact")

    inputs = None
    spreads = True

    def count_ports(self) -> tuple[int, int]:
        return 2 if self.Operator in ("pow", "hypot", "rem", "mod") else 1, 1

    def output(self, *u: Value) -> Value:
        operator = self.Operator
        if len(u) == 2:
            return self._of_two(*self.aligned(*u))
        (x,) = u
        if operator in ("transpose", "hermitian"):
            x = turned(x)
            return t.conj(x) if operator == "hermitian" and x.dtype.kind == "complex" else x
        if operator in ("conj", "magnitude^2", "square", "reciprocal"):
            return self._algebraic(operator, x)
        as_real(self, x, operator)
        if self.OutputSignalType == "complex" and x.dtype.is_float:
            x = t.storage(x, DType("complex", 2 * x.dtype.bits))
        return self._analytic(operator, x)

    def _analytic(self, operator: str, x: Value) -> Value:
        if x.dtype.kind == "complex" and operator not in ("exp", "log", "sqrt"):
            raise self.unsupported(f"complex {operator}")
        functions: dict[str, Function] = {
            "exp": t.exp,
            "log": t.log,
            "10^u": lambda x: real.power(t.broadcast(t.constant(10.0, x.dtype), x.shape), x),
            "log10": t.log10,
            **roots(),
        }
        return functions[operator](x)

    def _algebraic(self, operator: str, x: Value) -> Value:
        if x.dtype == BOOLEAN:
            raise self.mistyped(f"{operator} takes numbers, not boolean")
        if operator == "conj":
            return t.conj(x) if x.dtype.kind == "complex" else x
        if operator == "magnitude^2" and x.dtype.kind == "complex":
            return t.real(x) * t.real(x) + t.imag(x) * t.imag(x)
        if operator == "reciprocal":
            _ = self.AlgorithmMethod
        dtype = self.output_type([x])
        saturate = self.SaturateOnIntegerOverflow
        x = a.convert(x, working_type(self, [x.dtype, dtype], saturate))
        if operator == "reciprocal":
            one = t.broadcast(t.constant(1, x.dtype), x.shape)
            return self.convert(a.divide(one, x, self.RndMeth, saturate), dtype)
        return self.convert(a.multiply(x, x, saturate), dtype)

    def _of_two(self, u: Value, v: Value) -> Value:
        inner = holding(self, [u.dtype, v.dtype])
        u, v = a.convert(u, inner), a.convert(v, inner)
        if inner.is_integer and inner.bits <= 32 and self.Operator in ("rem", "mod"):
            return (real.integer_remainder if self.Operator == "rem" else real.integer_modulus)(u, v)
        if not inner.is_float:
            raise self.mistyped(f"{self.Operator} does not take {inner}")
        functions = {"pow": real.power, "hypot": real.hypot, "rem": real.remainder, "mod": real.modulus}
        return functions[self.Operator](u, v)


def roots() -> dict[str, Function]:
    """The square roots by their names; of a negative number NaN, but for the signed one."""
    return {
        "sqrt": t.sqrt,
        "1/sqrt": lambda x: 1 / t.sqrt(x),
        "rSqrt": lambda x: 1 / t.sqrt(x),
        "signedSqrt": lambda x: t.where(x < 0, -t.sqrt(t.absolute(x)), t.sqrt(t.absolute(x))),
    }


def turned(x: Value) -> Value:
    """The transpose; a 1-D vector counts as a column, so that it becomes a row."""
    if x.type.rank == 1:
        return t.reshape(x, (1, x.shape[0]))
    return t.transpose(x)


@register("Sqrt")
class Sqrt(Arithmetic):
    """sqrt(u), sign(u) sqrt(abs(u)) or 1 / sqrt(u) (Simulink, *Sqrt*, *Signed Sqrt*, *Reciprocal Sqrt*)."""

    restrictions = "the Newton-Raphson method is refused where a block names it, else rSqrt is exact"
    Operator = Choice("sqrt", "signedSqrt", "rSqrt")
    OutputSignalType = Choice("auto", "real", "complex")
    OutDataTypeStr = OutputType("Inherit: Same as first input")

    def output(self, u: Value) -> Value:
        if self.Operator == "rSqrt" and self.site.source.get("AlgorithmType") == "Newton-Raphson":
            raise self.unsupported("rSqrt by AlgorithmType = 'Newton-Raphson'")
        dtype = self.output_type([u])
        x = a.convert(u, DOUBLE) if u.dtype.is_integer else as_real(self, u, self.Operator)
        if self.Operator == "signedSqrt" and u.dtype.is_integer and not dtype.is_float:
            raise self.mistyped("the signed root of an integer needs a floating-point output")
        if x.dtype.kind == "complex" and self.Operator == "signedSqrt":
            raise self.unsupported("complex signedSqrt")
        root = roots()[self.Operator]
        if self.OutputSignalType == "complex" and x.dtype.is_float and dtype.kind == "float":
            dtype = DType("complex", 2 * x.dtype.bits)
            if self.Operator == "signedSqrt":  # which is real
                return t.storage(root(x), dtype)
            x = t.storage(x, dtype)
        return self.convert(root(x), dtype)
