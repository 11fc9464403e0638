"""Discrete transfer functions of first order from Simulink's library, and the delay with an initial condition port.

z stands for the zero, p for the pole. What the documentation says of their gains fixes the equations: one at once for
*Lead or Lag* and *Real Zero*, one at rest for *First Order*, all with direct feedthrough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import Block, Results, State, as_parameter
from bridge.diagram.parameters import Flag, SampleTime, Tunable
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, Type


class FirstOrder(Block):
    """What the three share: floating-point signals, parameters that spread over a vector."""

    restrictions = "floating-point signals only"
    DoSatur = Flag("off")

    def fitted(self, name: str, u: Value) -> Value:
        """A parameter in the input's type and shape."""
        if not u.dtype.is_float:
            raise self.mistyped(f"an input of type {u.dtype} is not supported, only double and single")
        return self.shaped(as_parameter(getattr(self, name), u.dtype), u.shape, name)


@register("simulink/Discrete/Transfer Fcn First Order")
class TransferFcnFirstOrder(FirstOrder):
    """y[n] = u[n] + p (y[n-1] - u[n]), y[-1] = ICPrevOutput (Simulink, *Transfer Fcn First Order*)."""

    PoleZ = Tunable("0.95")
    ICPrevOutput = Tunable("0.0")

    def states(self, u: Type) -> Mapping[str, State]:
        return {"y": State(self.ICPrevOutput, like=u)}

    def output(self, u: Value) -> Results:
        return u + self.fitted("PoleZ", u) * (self.state("y") - u)

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"y": u + self.fitted("PoleZ", u) * (self.state("y") - u)}


@register("simulink/Discrete/Transfer Fcn Lead or Lag")
class TransferFcnLeadOrLag(FirstOrder):
    """y[n] = p y[n-1] + u[n] - z u[n-1], from ICPrevOutput and ICPrevInput (*Transfer Fcn Lead or Lag*)."""

    PoleZ = Tunable("0.95")
    ZeroZ = Tunable("0.75")
    ICPrevOutput = Tunable("0.0")
    ICPrevInput = Tunable("0.0")

    def states(self, u: Type) -> Mapping[str, State]:
        return {"y": State(self.ICPrevOutput, like=u), "u": State(self.ICPrevInput, like=u)}

    def _next(self, u: Value) -> Value:
        return self.fitted("PoleZ", u) * self.state("y") + (u - self.fitted("ZeroZ", u) * self.state("u"))

    def output(self, u: Value) -> Results:
        return self._next(u)

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"y": self._next(u), "u": u}


@register("simulink/Discrete/Transfer Fcn Real Zero")
class TransferFcnRealZero(FirstOrder):
    """y[n] = u[n] - z u[n-1], u[-1] = ICPrevInput (Simulink, *Transfer Fcn Real Zero*)."""

    ZeroZ = Tunable("0.75")
    ICPrevInput = Tunable("0.0")

    def states(self, u: Type) -> Mapping[str, State]:
        return {"u": State(self.ICPrevInput, like=u)}

    def output(self, u: Value) -> Results:
        return u - self.fitted("ZeroZ", u) * self.state("u")

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"u": u}


@register("simulink/Additional Math & Discrete/Additional Discrete/Unit Delay External IC")
class UnitDelayExternalIC(Block):
    """y[n] = u[n-1], y[0] = the input IC in the first step (Simulink, *Unit Delay External IC*)."""

    inputs = 2
    tsamp = SampleTime("-1")

    @property
    def feedthrough(self) -> Sequence[bool]:
        return [False, True]

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return self.tsamp

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        return [inputs[0]]

    def assume(self) -> Sequence[Type | None]:
        return [None]

    def states(self, u: Type, ic: Type) -> Mapping[str, State]:
        return {"x": State(t.zeros(u)), "first": State(t.true(), kind="mode")}

    def output(self, u: Value, ic: Value) -> Results:
        x = self.state("x")
        return t.where(self.state("first"), self.shaped(as_parameter(ic, x.dtype), x.shape, "the input IC"), x)

    def update(self, u: Value, ic: Value) -> Mapping[str, Value]:
        return {"x": u, "first": t.constant(False, BOOLEAN)}
