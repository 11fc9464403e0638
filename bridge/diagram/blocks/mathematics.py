"""Mathematical operations: gain, sum, product, functions of one or two signals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from bridge.diagram.block import Block, as_parameter
from bridge.diagram.parameters import Choice, DataTypeName, Flag, Integer, Matrix, SampleTime, Text, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE, DType

ROUNDINGS = ("Floor", "Zero", "Ceiling", "Convergent", "Nearest", "Round", "Simplest")


class Arithmetic(Block):
    """What arithmetic blocks share: the output's data type, rounding and overflow."""

    OutDataTypeStr = DataTypeName("Inherit: Inherit via internal rule")
    RndMeth = Choice(*ROUNDINGS)
    SaturateOnIntegerOverflow = Flag("off")
    SampleTime = SampleTime("-1")

    def convert(self, x: Value, dtype: DType) -> Value:
        """`x` in `dtype`, with this block's rounding and overflow."""
        return a.convert(x, dtype, self.RndMeth, self.SaturateOnIntegerOverflow)


@register("Gain")
class Gain(Arithmetic):
    """y = K .* u, K * u or u * K (Simulink, *Gain*)."""

    Gain = Matrix("1")
    Multiplication = Choice("Element-wise(K.*u)", "Matrix(K*u)", "Matrix(u*K)", "Matrix(K*u) (u vector)")

    def output(self, u: Value) -> Value:
        dtype = self.result_type(self.OutDataTypeStr, [u])
        # An integer signal meets the gain in double, where the product of up to 53 bits is exact, and is rounded once.
        inner = u.dtype if u.dtype.kind in ("float", "complex") else DOUBLE
        k, x = as_parameter(self.Gain, inner), a.convert(u, inner)
        if self.Multiplication == "Element-wise(K.*u)" or k.type.size == 1:
            vector = t.column_major(k, (k.type.size,)) if 1 in k.shape else k
            k, x = self.aligned(vector, x)
            y = k * x
        elif self.Multiplication == "Matrix(u*K)":
            y = matrix_product(self, x, k)
        else:
            y = matrix_product(self, k, x)
        return self.convert(y, dtype)


def matrix_product(block: Block, left: Value, right: Value) -> Value:
    """left * right, where a 1-D vector stands for the column, or else the row, that fits; the result is then 1-D."""
    if left.type.size == 1 or right.type.size == 1:
        scalar, other = (left, right) if left.type.size == 1 else (right, left)
        return t.column_major(scalar, ()) * other
    flat = left.type.rank == 1 or right.type.rank == 1
    if right.type.rank == 1 and left.type.rank == 2 and left.shape[1] == right.shape[0]:
        return left @ right
    if left.type.rank == 1:
        column = right.type.rank == 2 and right.shape[0] == 1
        left = t.reshape(left, (left.shape[0], 1) if column else (1, left.shape[0]))
    if right.type.rank == 1:
        fits = left.shape[1] == right.shape[0]
        right = t.reshape(right, (right.shape[0], 1) if fits else (1, right.shape[0]))
    y = left @ right
    return t.reshape(y, (y.type.size,)) if flat and 1 in y.shape else y


@register("Sum")
class Sum(Arithmetic):
    """The signed sum of the inputs from left to right, or of the elements of a single input (Simulink, *Sum*)."""

    inputs = None
    Inputs = Text("++")
    CollapseMode = Choice("All dimensions", "Specified dimension")
    CollapseDim = Integer("1")
    AccumDataTypeStr = DataTypeName("Inherit: Inherit via internal rule")

    @property
    def signs(self) -> str:
        """One sign per input port; bars only space the ports of the icon."""
        return signs_of(self, self.Inputs, "+-")

    def count_ports(self) -> tuple[int, int]:
        return len(self.signs), 1

    def output(self, *u: Value) -> Value:
        dtype = self.result_type(self.OutDataTypeStr, u)
        working = self.AccumDataTypeStr if isinstance(self.AccumDataTypeStr, DType) else dtype
        terms = [self.convert(x, working) for x in u]
        saturate = self.SaturateOnIntegerOverflow
        if len(terms) == 1:
            total = collapse(self, "sum", terms[0], self.CollapseMode, self.CollapseDim)
            return self.convert(a.negate(total, saturate) if self.signs == "-" else total, dtype)
        terms = self.aligned(*terms)
        total = a.negate(terms[0], saturate) if self.signs[0] == "-" else terms[0]
        for sign, term in zip(self.signs[1:], terms[1:], strict=True):
            total = a.add(total, term, saturate) if sign == "+" else a.subtract(total, term, saturate)
        return self.convert(total, dtype)


def signs_of(block: Block, text: str, allowed: str) -> str:
    """``|+-`` as ``+-``, and a number of ports as so many of the first sign."""
    signs = text.replace("|", "").replace(" ", "")
    if signs and set(signs) <= set(allowed):
        return signs
    number = block.site.array("Inputs", text)
    if number.size != 1 or not 1 <= float(number.reshape(())) <= 10_000 or float(number.reshape(())) % 1:
        raise block.wrong("Inputs", f"{text!r} is neither a list of {' and '.join(allowed)} nor a number of ports")
    return allowed[0] * int(number.reshape(()))


def collapse(block: Block, kind: str, x: Value, mode: str, dimension: int) -> Value:
    """`sum` or `prod` over all elements in MATLAB's order, or over one dimension, counted from 1."""
    if mode == "All dimensions":
        return t.reduce(kind, t.column_major(x, (x.type.size,)), [0])
    if x.type.rank < 2:  # a vector is a column
        return t.reduce(kind, x) if dimension == 1 else x
    if not 1 <= dimension <= x.type.rank:
        raise block.wrong("CollapseDim", f"a signal of {x.type} has no dimension {dimension}")
    return t.reduce(kind, x, [dimension - 1])


@register("Product")
class Product(Arithmetic):
    """Products and quotients from left to right, by element or as matrices (Simulink, *Product*, *Divide*)."""

    inputs = None
    Inputs = Text("2")
    Multiplication = Choice("Element-wise(.*)", "Matrix(*)")
    CollapseMode = Choice("All dimensions", "Specified dimension")
    CollapseDim = Integer("1")
    RndMeth = Choice("Zero", *(word for word in ROUNDINGS if word != "Zero"))

    @property
    def signs(self) -> str:
        """``*`` or ``/`` per input port."""
        return signs_of(self, self.Inputs, "*/")

    def count_ports(self) -> tuple[int, int]:
        return len(self.signs), 1

    def output(self, *u: Value) -> Value:
        dtype = self.result_type(self.OutDataTypeStr, u)
        factors = [self.convert(x, dtype) for x in u]
        if self.Multiplication == "Matrix(*)":
            turned = [self._inverse(x) if sign == "/" else x for sign, x in zip(self.signs, factors, strict=True)]
            return reduce(lambda left, right: matrix_product(self, left, right), turned)
        if len(factors) == 1:
            y = collapse(self, "prod", factors[0], self.CollapseMode, self.CollapseDim)
            return a.divide(t.constant(1, dtype), y, self.RndMeth) if self.signs == "/" else y
        return self._quotient(self.aligned(*factors), dtype)

    def _quotient(self, factors: Sequence[Value], dtype: DType) -> Value:
        saturate = self.SaturateOnIntegerOverflow
        y = factors[0]
        if self.signs[0] == "/":
            y = a.divide(t.broadcast(t.constant(1, dtype), y.shape), y, self.RndMeth, saturate)
        for sign, x in zip(self.signs[1:], factors[1:], strict=True):
            y = a.multiply(y, x, saturate) if sign == "*" else a.divide(y, x, self.RndMeth, saturate)
        return y

    def _inverse(self, x: Value) -> Value:
        if x.type.size == 1:
            return 1 / x
        return t.inverse(x)
