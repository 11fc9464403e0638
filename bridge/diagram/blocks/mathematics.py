"""Gain and sum."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from bridge.diagram.block import Block, as_parameter
from bridge.diagram.blocks.arithmetic import (
    Arithmetic,
    OutputType,
    check_same,
    full_precision,
    holding,
    inherited,
    integers_of,
    working_type,
)
from bridge.diagram.blocks.collapsing import Collapsing
from bridge.diagram.blocks.products import matrix_product
from bridge.diagram.parameters import Choice, Matrix, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT64, DType


@register("Gain")
class Gain(Arithmetic):
    """y = K .* u, K * u or u * K (Simulink, *Gain*).

    The parameter is stored in its own data type, rounded to nearest and saturated, before it is multiplied.
    """

    restrictions = "an integer input needs an output data type, as the internal rule makes it fixed point"
    Gain = Matrix("1")
    Multiplication = Choice("Element-wise(K.*u)", "Matrix(K*u)", "Matrix(u*K)", "Matrix(K*u) (u vector)")
    ParamDataTypeStr = OutputType(
        "Inherit: Inherit via internal rule", ("ParameterDataTypeMode",), ("ParameterDataType",), "ParameterScaling"
    )

    def output(self, u: Value) -> Value:
        if u.dtype.is_integer or u.dtype == BOOLEAN:
            return self._integer(u)
        given = self.ParamDataTypeStr
        k = as_parameter(self.Gain, given) if isinstance(given, DType) else self.Gain
        dtype = self.output_type([u, k] if k.dtype.kind == "complex" else [u])
        inner = holding(self, [u.dtype, DType("complex", 2 * u.dtype.bits) if k.dtype.kind == "complex" else u.dtype])
        return self.convert(self._multiply(as_parameter(k, inner), a.convert(u, inner), lambda k, x: k * x), dtype)

    def _multiply(self, k: Value, x: Value, times: Callable[[Value, Value], Value]) -> Value:
        if self.Multiplication == "Element-wise(K.*u)" or k.type.size == 1:
            if 1 in k.shape:
                k = t.column_major(k, (k.type.size,) if k.type.size > 1 else ())
            return times(*self.aligned(k, x))
        return matrix_product(self, x, k) if self.Multiplication == "Matrix(u*K)" else matrix_product(self, k, x)

    def _integer(self, u: Value) -> Value:
        rule = self.ParamDataTypeStr
        stored = rule if isinstance(rule, DType) else u.dtype
        if not isinstance(rule, DType) and rule.casefold().endswith("internal rule"):
            if isinstance(self.OutDataTypeStr, str) and self.OutDataTypeStr.casefold().endswith("internal rule"):
                rule = "by the internal rule, which is fixed point (take a double input, or an output data type),"
                raise self.unsupported(f"{u.dtype} input and output {rule}")
            return self._scaled(u)
        if stored == BOOLEAN:
            raise self.mistyped("a boolean input needs the parameter's data type")
        dtype = inherited(self, self.OutDataTypeStr, [u.dtype], lambda _, __: full_precision(self, [u.dtype, stored]))
        if stored.is_float or dtype.is_float:
            inner = holding(self, [stored, dtype] if stored.is_float else [dtype])
            k, x = a.convert(as_parameter(self.Gain, stored), inner), a.convert(u, inner)
            return self.convert(self._multiply(k, x, lambda k, x: k * x), dtype)
        saturate = self.SaturateOnIntegerOverflow
        by_element = self.Multiplication == "Element-wise(K.*u)" or self.Gain.type.size == 1
        inner = integers_of(self, [u.dtype, stored, dtype], saturate) if by_element else INT64
        k, x = a.convert(as_parameter(self.Gain, stored), inner), a.convert(u, inner)
        return self.convert(self._multiply(k, x, lambda k, x: a.multiply(k, x, saturate)), dtype)

    def _scaled(self, u: Value) -> Value:
        """The parameter as a fixed-point number of the input's word length, with the finest scaling that holds it.

        The product is formed in double, exactly for words of up to 16 bits; those of 32 bits may round in the 54th.
        """
        number = np.asarray(self.site.array("Gain", type(self).Gain.text(self)), float)
        bits = max(u.dtype.bits, 8)
        word = DType("int", bits, signed=u.dtype.signed or bool((number < 0).any()))
        largest = float(np.max(np.abs(number), initial=0.0))
        exponent = 0
        if 0 < largest < math.inf:
            exponent = min(math.floor(math.log2(word.limits[1] / largest)), 1000)
            # One more where rounding brings the largest back into range.
            exponent += largest * 2.0 ** (exponent + 1) < word.limits[1] + 0.5
        k = t.storage(as_parameter(self.Gain * 2.0**exponent, word), DOUBLE) * 2.0**-exponent
        dtype = inherited(self, self.OutDataTypeStr, [u.dtype])
        return self.convert(self._multiply(k, t.storage(u, DOUBLE), lambda k, x: k * x), dtype)


@register("simulink/Math Operations/Slider Gain")
class SliderGain(Block):
    """y = gain u (Simulink, *Slider Gain*)."""

    gain = Tunable("1")

    def output(self, u: Value) -> Value:
        k, x = self.aligned(as_parameter(self.gain, u.dtype), u)
        return k * x


@register("simulink_extras/Transformations/Radians to Degrees")
class RadiansToDegrees(Block):
    """y = u 180 / pi (Simulink Extras, *Radians to Degrees*)."""

    def output(self, u: Value) -> Value:
        return u * (180 / math.pi)


@register("simulink_extras/Transformations/Degrees to Radians")
class DegreesToRadians(Block):
    """y = u pi / 180 (Simulink Extras, *Degrees to Radians*)."""

    def output(self, u: Value) -> Value:
        return u * (math.pi / 180)


@register("Sum")
class Sum(Collapsing):
    """The signed sum of the inputs, or of the elements of a single input (Simulink, *Sum*).

    As documented, the first input with a plus sign comes first, then the others in order; without one, 0 - u1 - u2.
    """

    AccumDataTypeStr = OutputType("Inherit: Inherit via internal rule", ("AccumDataTypeMode",))

    def output(self, *u: Value) -> Value:
        check_same(self, "InputSameDT", u)
        dtype = self.output_type(u)
        saturate = self.SaturateOnIntegerOverflow
        terms = [self.convert(x, self._accumulator(u, dtype)) for x in u]
        if len(terms) == 1:
            total = self.collapse("sum", terms[0], lambda x, y: a.add(x, y, saturate))
            return self.convert(total if self.signs == "+" else self._negative(total), dtype)
        terms = self.aligned(*terms)
        first = self.signs.find("+")
        total = terms[max(first, 0)] if first >= 0 else self._negative(terms[0])
        for k, (sign, term) in enumerate(zip(self.signs, terms, strict=True)):
            if k != max(first, 0):
                total = a.add(total, term, saturate) if sign == "+" else a.subtract(total, term, saturate)
        return self.convert(total, dtype)

    def _accumulator(self, u: Sequence[Value], dtype: DType) -> DType:
        rule = self.AccumDataTypeStr
        if isinstance(rule, DType) or not rule.casefold().endswith("internal rule"):
            return inherited(self, rule, [x.dtype for x in u])
        return working_type(self, [*(x.dtype for x in u), dtype], self.SaturateOnIntegerOverflow)

    def _negative(self, x: Value) -> Value:
        return a.subtract(t.zeros(x.type), x, self.SaturateOnIntegerOverflow)
