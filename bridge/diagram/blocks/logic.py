"""Comparisons and logic: what gives true or false."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

import numpy as np

from bridge.diagram.block import Block, State, as_parameter
from bridge.diagram.blocks.arithmetic import OutputType, check_same, holding, inherited, same_as_others
from bridge.diagram.parameters import Array, Choice, Flag, Integer, SampleTime, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT32, UINT8, DType, Type

LOGICAL = "Inherit: Logical (see Configuration Parameters: Optimization)"
Comparison = Callable[[Value, Value], Value]
COMPARISONS: dict[str, Comparison] = {
    "==": t.equal,
    "~=": t.not_equal,
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">=": lambda x, y: x >= y,
    ">": lambda x, y: x > y,
}


class Logical(Block):
    """A block whose output is true or false, as boolean or as 1 and 0 of another type."""

    OutDataTypeStr = OutputType(LOGICAL)
    SampleTime = SampleTime("-1")

    def logical(self, y: Value) -> Value:
        """A boolean value in the output's data type."""
        return a.convert(y, inherited(self, self.OutDataTypeStr, [DOUBLE]))


def compare(block: Block, operator: str, x: Value, y: Value) -> Value:
    """Compare by element, in a data type that holds the values of both."""
    x, y = block.aligned(x, y)
    if x.dtype == y.dtype == BOOLEAN:
        x, y = t.storage(x, UINT8), t.storage(y, UINT8)
    inner = holding(block, [x.dtype, y.dtype], longest=64)
    if inner.kind == "complex" and operator not in ("==", "~="):
        raise block.mistyped("complex numbers have no order")
    return COMPARISONS[operator](a.convert(x, inner), a.convert(y, inner))


def truth(x: Value) -> Value:
    """Whether each element is not zero; NaN is true."""
    return x if x.dtype == BOOLEAN else t.not_equal(x, 0)


@register("RelationalOperator")
class RelationalOperator(Logical):
    """u1 ==, ~=, <, <=, >=, > u2 by element, or isInf, isNaN, isFinite of one input (*Relational Operator*)."""

    inputs = None
    spreads = True
    Operator = Choice(">=", "==", "~=", "<", "<=", ">", "isInf", "isNaN", "isFinite")
    InputSameDT = Flag("on")

    def count_ports(self) -> tuple[int, int]:
        return 1 if self.Operator.startswith("is") else 2, 1

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        return same_as_others(self.InputSameDT, port, inputs)

    def output(self, *u: Value) -> Value:
        if len(u) == 1:
            return self.logical(self._classified(u[0]))
        check_same(self, "InputSameDT", u)
        return self.logical(compare(self, self.Operator, *u))

    def _classified(self, x: Value) -> Value:
        if x.dtype.kind == "complex":
            raise self.unsupported(f"{self.Operator} of a complex number")
        if not x.dtype.is_float:
            return t.broadcast(t.constant(self.Operator == "isFinite", BOOLEAN), x.shape)
        if self.Operator == "isFinite":
            return ~(t.isinf(x) | t.isnan(x))
        return t.isinf(x) if self.Operator == "isInf" else t.isnan(x)


_GATES: dict[str, tuple[Comparison, bool]] = {
    "AND": (lambda x, y: x & y, False),
    "OR": (lambda x, y: x | y, False),
    "NAND": (lambda x, y: x & y, True),
    "NOR": (lambda x, y: x | y, True),
    "XOR": (lambda x, y: x ^ y, False),
    "NXOR": (lambda x, y: x ^ y, True),
}


@register("Logic")
class Logic(Logical):
    """AND, OR, NAND, NOR, XOR, NXOR by element, or over the elements of one input; NOT (Simulink, *Logical Operator*).

    XOR is true for an odd number of true inputs, NXOR for an even one.
    """

    inputs = None
    spreads = True
    Operator = Choice("AND", "OR", "NAND", "NOR", "XOR", "NXOR", "NOT")
    Inputs = Integer("2")
    AllPortsSameDT = Flag("on")

    def count_ports(self) -> tuple[int, int]:
        return 1 if self.Operator == "NOT" else self.Inputs, 1

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        return same_as_others(self.AllPortsSameDT, port, inputs)

    def output(self, *u: Value) -> Value:
        check_same(self, "AllPortsSameDT", u)
        x = [truth(value) for value in u]
        if self.Operator == "NOT":
            return self.logical(~x[0])
        gate, inverted = _GATES[self.Operator]
        y = reduce(gate, self.aligned(*x)) if len(x) > 1 else self._over_elements(x[0])
        return self.logical(~y if inverted else y)

    def _over_elements(self, x: Value) -> Value:
        if self.Operator in ("AND", "NAND"):
            return t.reduce("all", x)
        if self.Operator in ("OR", "NOR"):
            return t.reduce("any", x)
        one = t.constant(1, INT32)
        return t.equal(t.bitand(t.reduce("sum", t.storage(x, INT32)), one), one)


@register("CombinatorialLogic")
class CombinatorialLogic(Block):
    """The row of a truth table that the inputs, first one highest, spell as a binary number (Simulink, same name)."""

    TruthTable = Array("[0 0;0 1;0 1;1 0;0 1;1 0;1 0;1 1]")
    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        table = np.asarray(self.TruthTable)
        if table.shape[0] != 2**u.type.size:
            raise self.misshapen(f"a truth table of {table.shape[0]} rows does not fit {u.type.size} inputs")
        bits = t.storage(truth(t.column_major(u, (u.type.size,))), INT32)
        weights = t.constant(2 ** np.arange(u.type.size - 1, -1, -1, dtype=np.int32))
        row = t.reduce("sum", bits * weights)
        logical = bool(np.isin(table, (0, 1)).all())
        rows = t.constant(table.astype(np.bool_) if logical else table.astype(float), BOOLEAN if logical else DOUBLE)
        return t.gather(rows if table.shape[1] > 1 else t.reshape(rows, (table.shape[0],)), row)


@register("simulink/Logic and Bit Operations/Compare To Constant")
class CompareToConstant(Logical):
    """u compared with a constant, which is stored in the input's data type (Simulink, *Compare To Constant*)."""

    relop = Choice("<=", "==", "~=", "<", ">=", ">")
    const = Tunable("3.0")
    OutDataTypeStr = OutputType("boolean")

    def output(self, u: Value) -> Value:
        return self.logical(compare(self, self.relop, u, as_parameter(self.const, u.dtype)))


@register("simulink/Logic and Bit Operations/Compare To Zero")
class CompareToZero(Logical):
    """u compared with zero (Simulink, *Compare To Zero*)."""

    relop = Choice("<=", "==", "~=", "<", ">=", ">")
    OutDataTypeStr = OutputType("boolean")

    def output(self, u: Value) -> Value:
        return self.logical(compare(self, self.relop, u, t.zeros(Type((), u.dtype))))


class Interval(Logical):
    """Whether u lies between two limits."""

    IntervalClosedRight = Flag("on")
    IntervalClosedLeft = Flag("on")
    OutDataTypeStr = OutputType("boolean")

    def inside(self, low: Value, u: Value, high: Value) -> Value:
        """low <= u <= high, each sign strict where that side is open."""
        above = compare(self, "<=" if self.IntervalClosedLeft else "<", low, u)
        below = compare(self, "<=" if self.IntervalClosedRight else "<", u, high)
        return self.logical(above & below)


@register("simulink/Logic and Bit Operations/Interval Test")
class IntervalTest(Interval):
    """lowlimit <= u <= uplimit (Simulink, *Interval Test*)."""

    uplimit = Tunable("0.5")
    lowlimit = Tunable("-0.5")

    def output(self, u: Value) -> Value:
        return self.inside(as_parameter(self.lowlimit, u.dtype), u, as_parameter(self.uplimit, u.dtype))


@register("simulink/Logic and Bit Operations/Interval Test Dynamic")
class IntervalTestDynamic(Interval):
    """lo <= u <= up, of the inputs up, u and lo (Simulink, *Interval Test Dynamic*)."""

    inputs = 3
    spreads = True

    def output(self, up: Value, u: Value, lo: Value) -> Value:
        return self.inside(lo, u, up)


class Detect(Logical):
    """A comparison of the input with the one of the step before."""

    vinit = Tunable("0")
    InputProcessing = Choice("Elements as channels (sample based)", "Inherited")
    OutDataTypeStr = OutputType("boolean")
    operator = ""

    def states(self, u: Type) -> Mapping[str, State]:
        return {"x": State(self.vinit, like=u)}

    def output(self, u: Value) -> Value:
        _ = self.InputProcessing
        return self.logical(compare(self, self.operator, u, self.state("x")))

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"x": u}


@register("simulink/Logic and Bit Operations/Detect Change")
class DetectChange(Detect):
    """u[n] ~= u[n-1], u[-1] = vinit (Simulink, *Detect Change*)."""

    operator = "~="


@register("simulink/Logic and Bit Operations/Detect Increase")
class DetectIncrease(Detect):
    """u[n] > u[n-1], u[-1] = vinit (Simulink, *Detect Increase*)."""

    operator = ">"


@register("simulink/Logic and Bit Operations/Detect Decrease")
class DetectDecrease(Detect):
    """u[n] < u[n-1], u[-1] = vinit (Simulink, *Detect Decrease*)."""

    operator = "<"


class Crossing(Detect):
    """Whether a comparison with zero holds that did not hold the step before; vinit is what it was before the first."""

    def states(self, u: Type) -> Mapping[str, State]:
        return {"x": State(self.vinit, like=Type(u.shape, BOOLEAN))}

    def output(self, u: Value) -> Value:
        _ = self.InputProcessing
        return self.logical(self._holds(u) & ~self.state("x"))

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"x": self._holds(u)}

    def _holds(self, u: Value) -> Value:
        return compare(self, self.operator, u, t.zeros(Type((), u.dtype)))


@register("simulink/Logic and Bit Operations/Detect Rise Positive")
class DetectRisePositive(Crossing):
    """u becomes > 0 (Simulink, *Detect Rise Positive*)."""

    operator = ">"


@register("simulink/Logic and Bit Operations/Detect Rise Nonnegative")
class DetectRiseNonnegative(Crossing):
    """u becomes >= 0 (Simulink, *Detect Rise Nonnegative*)."""

    operator = ">="


@register("simulink/Logic and Bit Operations/Detect Fall Negative")
class DetectFallNegative(Crossing):
    """u becomes < 0 (Simulink, *Detect Fall Negative*)."""

    operator = "<"


@register("simulink/Logic and Bit Operations/Detect Fall Nonpositive")
class DetectFallNonpositive(Crossing):
    """u becomes <= 0 (Simulink, *Detect Fall Nonpositive*)."""

    operator = "<="
