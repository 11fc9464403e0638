"""Blocks that convert, check or report what a signal is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bridge.diagram.block import Block, State
from bridge.diagram.blocks.arithmetic import ROUNDINGS, OutputType, Overflow, inherited, real_type, same_as_others
from bridge.diagram.parameters import Array, Choice, DataTypeName, Flag, Integer, SampleTime, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import INT32, DType, Type

_EQUAL = ("Real World Value (RWV)", "Stored Integer (SI)")


@register("DataTypeConversion")
class DataTypeConversion(Block):
    """The input in another data type (Simulink, *Data Type Conversion*).

    Of built-in types the real-world value and the stored integer are the same number.
    """

    OutDataTypeStr = OutputType("Inherit: Inherit via back propagation")
    ConvertRealWorld = Choice(*_EQUAL, "Real World Value", "Stored Integer")
    RndMeth = Choice("Zero", *(word for word in ROUNDINGS if word != "Zero"))
    SaturateOnIntegerOverflow = Overflow("on")
    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        _ = self.ConvertRealWorld
        dtype = inherited(self, self.OutDataTypeStr, [u.dtype])
        if u.dtype.kind == "complex":
            if not dtype.is_float:
                raise self.unsupported(f"complex input and {dtype} output")
            dtype = DType("complex", 2 * dtype.bits)
        return a.convert(u, dtype, self.RndMeth, self.SaturateOnIntegerOverflow)


@register("simulink/Signal Attributes/Data Type Conversion Inherited")
class DataTypeConversionInherited(Block):
    """The second input in the data type of the first (Simulink, *Data Type Conversion Inherited*)."""

    inputs = 2
    ConvertRealWorld = Choice(*_EQUAL, "Real World Value", "Stored Integer")
    RndMeth = Choice("Zero", *(word for word in ROUNDINGS if word != "Zero"))
    SaturateOnIntegerOverflow = Overflow("off")

    def output(self, reference: Value, u: Value) -> Value:
        _ = self.ConvertRealWorld
        return a.convert(u, reference.dtype, self.RndMeth, self.SaturateOnIntegerOverflow)


@register("SignalConversion")
class SignalConversion(Block):
    """The input unchanged; in Simulink, a copy in memory or another form of a bus (Simulink, *Signal Conversion*)."""

    def output(self, u: Value) -> Value:
        return u


@register("SignalSpecification")
class SignalSpecification(Block):
    """The input unchanged, which must have the size and data type that it says (Simulink, *Signal Specification*)."""

    Dimensions = Array("-1")
    OutDataTypeStr = DataTypeName("Inherit: auto")
    SignalType = Choice("auto", "real", "complex")
    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        sizes = tuple(int(size) for size in np.atleast_1d(self.Dimensions).ravel())
        if sizes != (-1,) and sizes != (u.shape or (1,)):
            written = "x".join(map(str, sizes))
            raise self.misshapen(f"the signal is {u.type}, its Dimensions say {written}")
        if isinstance(self.OutDataTypeStr, DType) and self.OutDataTypeStr != real_type(u.dtype):
            raise self.mistyped(f"the signal is {u.dtype}, its data type is specified as {self.OutDataTypeStr}")
        if self.SignalType != "auto" and (self.SignalType == "complex") != (u.dtype.kind == "complex"):
            raise self.mistyped(f"the signal is {u.dtype}, specified as {self.SignalType}")
        return u

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        return self.OutDataTypeStr if isinstance(self.OutDataTypeStr, DType) else None


@register("DataTypeDuplicate")
class DataTypeDuplicate(Block):
    """Computes nothing: its inputs must have one data type (Simulink, *Data Type Duplicate*)."""

    inputs = None
    outputs = 0
    NumInputPorts = Integer("2")

    def count_ports(self) -> tuple[int, int]:
        return self.NumInputPorts, 0

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        found = {str(real_type(type.dtype)) for type in inputs if type is not None}
        if len(found) > 1:
            raise self.mistyped(f"its inputs must have one data type, not {' and '.join(sorted(found))}")
        return []

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        return same_as_others(True, port, inputs)


@register("simulink/Signal Attributes/Data Type Propagation")
class DataTypePropagation(Block):
    """Computes nothing; the data type that it would decide must be written (Simulink, *Data Type Propagation*)."""

    inputs = 3
    outputs = 0


@register("Width")
class Width(Block):
    """The number of elements of the input (Simulink, *Width*)."""

    OutDataTypeStr = OutputType("Inherit: Choose intrinsic data type")
    DataType = DataTypeName("double")

    def output(self, u: Value) -> Value:
        rule = type(self).OutDataTypeStr.text(self).casefold()
        if rule.endswith("choose intrinsic data type"):
            dtype = inherited(self, self.DataType, [u.dtype])
        else:
            dtype = inherited(self, self.OutDataTypeStr, [u.dtype])
        return t.constant(u.type.size, dtype)


@register("RateTransition")
class RateTransition(Block):
    """The input at the rate of the output (Simulink, *Rate Transition*).

    To a slower rate it is sampled. To a faster one it comes a slow sample later, InitialCondition first, unless
    Deterministic is off.
    """

    restrictions = "no multiple of the input's sample time"
    OutPortSampleTimeOpt = Choice("Specify", "Inherit", "Multiple of input port sample time")
    OutPortSampleTime = SampleTime("-1")
    OutPortSampleTimeMultiple = Integer("1")
    InitialCondition = Tunable("0")
    Deterministic = Flag("on")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        """The output's, where it is written; else the input's."""
        return self.OutPortSampleTime if self.OutPortSampleTimeOpt == "Specify" else None

    @property
    def ratio(self) -> int:
        """How many samples of the output a deterministic input of a slower rate lasts; 1 where it is no slower."""
        if self.OutPortSampleTimeOpt.startswith("Multiple") and self.OutPortSampleTimeMultiple != 1:
            raise self.unsupported(f"OutPortSampleTimeMultiple = {self.OutPortSampleTimeMultiple}")
        slowest = max(self.site.input_periods, default=0.0)
        return max(round(slowest / self.site.period), 1) if self.Deterministic else 1

    def states(self, u: Type) -> Mapping[str, State]:
        if self.ratio == 1:
            return {}
        held = State(self.InitialCondition, like=u)
        return {"next": held, "now": held, "count": State(t.constant(0, INT32), kind="elapsed ticks")}

    def output(self, u: Value) -> Value:
        if self.ratio == 1:
            return u
        return t.where(t.equal(self.state("count"), 0), self.state("next"), self.state("now"))

    def update(self, u: Value) -> Mapping[str, Value]:
        if self.ratio == 1:
            return {}
        count = self.state("count")
        due = t.equal(count, 0)
        following = t.where(t.equal(count, self.ratio - 1), 0, count + 1)
        return {"next": t.where(due, u, self.state("next")), "now": self.output(u), "count": following}
