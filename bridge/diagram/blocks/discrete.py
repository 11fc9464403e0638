"""Discrete blocks: delays, integrators, filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import Block, State
from bridge.diagram.parameters import SampleTime, Tunable
from bridge.diagram.registry import register
from bridge.program.form import Value
from bridge.program.types import DOUBLE, Type


@register("UnitDelay")
class UnitDelay(Block):
    """y[n] = u[n-1], y[0] = InitialCondition (Simulink, *Unit Delay*)."""

    # Old files call the initial condition X0.
    InitialCondition = Tunable("0")
    SampleTime = SampleTime("-1")
    feedthrough = False

    @property
    def initial(self) -> Value:
        """The initial condition."""
        return self.InitialCondition

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        (u,) = inputs
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
