"""Blocks that remember the sample before: delays by one step, holds, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import Block, Results, State, as_parameter
from bridge.diagram.blocks.arithmetic import inherited
from bridge.diagram.blocks.history import Renamed, refuse_frames
from bridge.diagram.parameters import Choice, DataTypeName, Flag, SampleTime, Text, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import form
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, DType, Type


class Remembering(Block):
    """The input of the sample before, at first an initial condition."""

    InputProcessing = Text("Elements as channels (sample based)")
    feedthrough = False

    @property
    def initial(self) -> Value:
        """The initial condition."""
        raise NotImplementedError

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        (u,) = inputs
        if u is not None:
            refuse_frames(self, self.InputProcessing, u)
        if u is None or u.shape or not self.initial.shape:
            return [u]
        # A scalar input with a vector initial condition: every element is delayed.
        return [u.with_shape(self.initial.shape)]

    def assume(self) -> Sequence[Type | None]:
        return [Type(self.initial.shape, DOUBLE)]

    def states(self, u: Type) -> Mapping[str, State]:
        (y,) = self.infer([u])
        return {"x": State(self.initial, like=y)}

    def output(self, u: Value) -> Value:
        return self.state("x")

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"x": self.shaped(u, self.state("x").shape, "the input")}


@register("UnitDelay")
class UnitDelay(Remembering):
    """y[n] = u[n-1], y[0] = InitialCondition (Simulink, *Unit Delay*)."""

    InitialCondition = Renamed("0", old="X0")
    SampleTime = SampleTime("-1")
    restrictions = "frames of one row only"

    @property
    def initial(self) -> Value:
        return self.InitialCondition


@register("Memory")
class Memory(Remembering):
    """The input of the previous major step, at first InitialCondition (Simulink, *Memory*)."""

    InitialCondition = Renamed("0", old="X0")
    InheritSampleTime = Flag("off")

    @property
    def initial(self) -> Value:
        return self.InitialCondition

    @property
    def sample_time(self) -> tuple[float, float] | None:
        # Its own sample time is that of the solver: a Memory behind a slow block still delays by one base step.
        return None if self.InheritSampleTime else (0.0, 0.0)


@register("ZeroOrderHold")
class ZeroOrderHold(Block):
    """y = u at its sample hits, held between them (Simulink, *Zero-Order Hold*)."""

    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        return u


@register("InitialCondition")
class InitialConditionBlock(Block):
    """y = Value in the first step, then y = u (Simulink, *IC*)."""

    minor = True
    Value = Tunable("1")
    SampleTime = SampleTime("-1")

    def states(self, u: Type) -> Mapping[str, State]:
        return {"first": State(t.true(), kind="mode")}

    def output(self, u: form.Value) -> Results:
        value = self.shaped(as_parameter(self.Value, u.dtype), u.shape, "Value")
        return t.where(self.state("first"), value, u)

    def update(self, u: form.Value) -> Mapping[str, form.Value]:
        return {"first": t.constant(False, BOOLEAN)}


class Differencing(Block):
    """What the blocks share that subtract the value of the sample before."""

    OutDataTypeStr = DataTypeName("Inherit: Inherit via internal rule")
    RndMeth = Choice("Floor", "Zero", "Ceiling", "Convergent", "Nearest", "Round", "Simplest")
    DoSatur = Flag("off")
    InputProcessing = Text("Elements as channels (sample based)")

    def minus_last(self, x: Value, dtype: DType) -> Value:
        """x - x[n-1]."""
        return a.convert(a.subtract(x, self.state("x"), self.DoSatur), dtype, self.RndMeth, self.DoSatur)


@register("simulink/Discrete/Difference")
class Difference(Differencing):
    """y[n] = u[n] - u[n-1], u[-1] = ICPrevInput (Simulink, *Difference*)."""

    ICPrevInput = Tunable("0.0")

    def states(self, u: Type) -> Mapping[str, State]:
        refuse_frames(self, self.InputProcessing, u)
        return {"x": State(self.ICPrevInput, like=u)}

    def output(self, u: Value) -> Value:
        return self.minus_last(u, inherited(self, self.OutDataTypeStr, [u.dtype]))

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"x": u}


@register("simulink/Discrete/Discrete Derivative")
class DiscreteDerivative(Differencing):
    """y[n] = x[n] - x[n-1] with x = u K / Ts, x[-1] = ICPrevScaledInput (Simulink, *Discrete Derivative*)."""

    gainval = Tunable("1.0")
    ICPrevScaledInput = Tunable("0.0")
    restrictions = "floating-point signals only"

    def _scaled(self, u: Value) -> Value:
        if not u.dtype.is_float:
            raise self.mistyped(f"an input of type {u.dtype} is not supported, only double and single")
        return u * as_parameter(self.gainval / self.site.period, u.dtype)

    def states(self, u: Type) -> Mapping[str, State]:
        refuse_frames(self, self.InputProcessing, u)
        return {"x": State(self.ICPrevScaledInput, like=u)}

    def output(self, u: Value) -> Value:
        return self.minus_last(self._scaled(u), inherited(self, self.OutDataTypeStr, [u.dtype]))

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"x": self._scaled(u)}
