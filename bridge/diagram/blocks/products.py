"""Products and quotients, by element or as matrices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from bridge.diagram.block import Block
from bridge.diagram.blocks.arithmetic import (
    Arithmetic,
    OutputType,
    check_same,
    elements,
    full_precision,
    same_as_others,
    working_type,
)
from bridge.diagram.blocks.collapsing import Collapsing
from bridge.diagram.parameters import Choice, Flag, Text
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, INT64, DType, Type


def matrix_product(block: Block, left: Value, right: Value) -> Value:
    """left * right, where a 1-D vector stands for the column, or else the row, that fits; the result is then 1-D.

    A 1-D result of one element is a scalar.
    """
    if left.type.size == 1 or right.type.size == 1:
        scalar, other = (left, right) if left.type.size == 1 else (right, left)
        return t.column_major(scalar, ()) * other
    flat = left.type.rank == 1 or right.type.rank == 1
    if right.type.rank == 1 and left.type.rank == 2 and left.shape[1] == right.shape[0]:
        y = left @ right
        return t.reshape(y, ()) if y.type.size == 1 else y
    if left.type.rank == 1:
        column = right.type.rank == 2 and right.shape[0] == 1
        left = t.reshape(left, (left.shape[0], 1) if column else (1, left.shape[0]))
    if right.type.rank == 1:
        fits = left.shape[1] == right.shape[0]
        right = t.reshape(right, (right.shape[0], 1) if fits else (1, right.shape[0]))
    y = left @ right
    if not flat or 1 not in y.shape:
        return y
    return t.reshape(y, (y.type.size,) if y.type.size > 1 else ())


@register("Product")
class Product(Collapsing):
    """Products and quotients from left to right, by element or as matrices (Simulink, *Product*, *Divide*).

    Matrix mode: A B, A / B = A inv(B), and inv(A) for a first sign ``/``.
    """

    restrictions = "quotients of integers need an output data type"
    Inputs = Text("2")
    Multiplication = Choice("Element-wise(.*)", "Matrix(*)")
    signs_allowed = "*/"

    def internal(self, dtypes: Sequence[DType]) -> DType:
        if "/" in self.signs and all(dtype.is_integer or dtype == BOOLEAN for dtype in dtypes):
            raise self.unsupported("a quotient of integers by the internal rule (give the output data type)")
        return full_precision(self, dtypes)

    def output(self, *u: Value) -> Value:
        check_same(self, "InputSameDT", u)
        dtype = self.output_type(u)
        matrices = self.Multiplication == "Matrix(*)"
        inner = working_type(self, [*(x.dtype for x in u), dtype], self.SaturateOnIntegerOverflow)
        if matrices and inner.is_integer:
            inner = INT64
        factors = [a.convert(x, inner) for x in u]
        if matrices:
            y = self._matrix(factors)
        elif len(factors) == 1:
            y = self._single(factors[0])
        else:
            y = self._quotient(self.aligned(*factors))
        return self.convert(y, dtype)

    def _divide(self, x: Value, y: Value) -> Value:
        # Of the two ways that "Simplest" may round, C's division takes the one towards zero.
        rounding = "Zero" if self.RndMeth == "Simplest" else self.RndMeth
        return a.divide(x, y, rounding, self.SaturateOnIntegerOverflow)

    def _one(self, like: Value) -> Value:
        return t.broadcast(t.constant(1, like.dtype), like.shape)

    def _single(self, x: Value) -> Value:
        if self.signs == "*":
            return self.collapse("prod", x, lambda x, y: a.multiply(x, y, self.SaturateOnIntegerOverflow))
        if self.CollapseMode == "All dimensions":
            return reduce(self._divide, elements(x), t.constant(1, x.dtype))
        y = self.collapse("prod", x, a.multiply)
        return self._divide(self._one(y), y)

    def _quotient(self, factors: Sequence[Value]) -> Value:
        y = factors[0]
        if self.signs[0] == "/":
            y = self._divide(self._one(y), y)
        for sign, x in zip(self.signs[1:], factors[1:], strict=True):
            y = a.multiply(y, x, self.SaturateOnIntegerOverflow) if sign == "*" else self._divide(y, x)
        return y

    def _matrix(self, factors: Sequence[Value]) -> Value:
        if "/" in self.signs and factors[0].dtype.is_integer:
            raise self.unsupported("division of integer matrices")
        y = self._inverse(factors[0]) if self.signs[0] == "/" else factors[0]
        for sign, x in zip(self.signs[1:], factors[1:], strict=True):
            y = matrix_product(self, y, x) if sign == "*" else self._right_division(y, x)
        return y

    def _right_division(self, y: Value, x: Value) -> Value:
        """y / x, the solution of Z x = y."""
        if x.type.size == 1:
            return y / t.column_major(x, ())
        rows = t.reshape(y, (1, y.shape[0])) if y.type.rank == 1 else y
        if x.type.rank != 2 or rows.type.rank != 2:
            return matrix_product(self, y, self._inverse(x))
        return t.transpose(t.linear_solve(t.transpose(x), t.transpose(rows)))

    def _inverse(self, x: Value) -> Value:
        return 1 / x if x.type.size == 1 else t.inverse(x)


@register("DotProduct")
class DotProduct(Arithmetic):
    """y = the sum of conj(u1) .* u2 over two vectors (Simulink, *Dot Product*)."""

    inputs = 2
    OutDataTypeStr = OutputType("Inherit: Same as first input")
    InputSameDT = Flag("on")

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        return same_as_others(self.InputSameDT, port, inputs)

    def internal(self, dtypes: Sequence[DType]) -> DType:
        return full_precision(self, dtypes)

    def output(self, u: Value, v: Value) -> Value:
        check_same(self, "InputSameDT", [u, v])
        for x in (u, v):
            if sum(size > 1 for size in x.shape) > 1:
                raise self.misshapen(f"vectors are needed, not {x.type}")
        dtype = self.output_type([u, v])
        inner = working_type(self, [u.dtype, v.dtype, dtype], False)
        inner = INT64 if inner.is_integer else inner
        x, y = self.aligned(*(a.convert(t.column_major(x, (x.type.size,)), inner) for x in (u, v)))
        if u.dtype.kind == "complex":
            x = t.conj(x)
        return self.convert(t.reduce("sum", x * y), dtype)
