"""Continuous states: the Integrator.

What its ports do follows the C code that MathWorks generates from the block. Resets and the loading of an external
initial condition happen at major steps; at a limit the state is clipped and its derivative is zero while the input
points outwards, in minor steps too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import Block, State, as_parameter
from bridge.diagram.blocks.edges import UNKNOWN, crossing_reset, reaches, sign
from bridge.diagram.parameters import Choice, Flag, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT32, Type


class Continuous(Block):
    """What blocks with continuous states share: they run in continuous time, on double signals."""

    minor = True

    @property
    def sample_time(self) -> tuple[float, float] | None:
        """Continuous."""
        return 0.0, 0.0

    def doubles(self, *inputs: Type) -> None:
        """Refuse inputs of another data type, as Simulink does."""
        for u in inputs:
            if u.dtype != DOUBLE:
                raise self.mistyped(f"an input of type {u.dtype} is not supported, only double")


@register("Integrator")
class Integrator(Continuous):
    """dy/dt = u, y = InitialCondition at first and on a reset (Simulink, *Integrator*).

    Ports: u, then as the options say the reset signal and the initial condition.
    """

    inputs = None
    outputs = None
    restrictions = "double signals; scalar reset signals"
    ExternalReset = Choice("none", "rising", "falling", "either", "level", "level hold")
    InitialConditionSource = Choice("internal", "external")
    InitialCondition = Tunable("0")
    LimitOutput = Flag("off")
    UpperSaturationLimit = Tunable("inf")
    LowerSaturationLimit = Tunable("-inf")
    WrapState = Flag("off")
    WrappedStateUpperValue = Tunable("pi")
    WrappedStateLowerValue = Tunable("-pi")
    ShowSaturationPort = Flag("off")
    ShowStatePort = Flag("off")

    @property
    def ports(self) -> list[str]:
        """What each input port carries."""
        reset, external = self.ExternalReset != "none", self.InitialConditionSource == "external"
        return ["u", *(["reset"] if reset else []), *(["x0"] if external else [])]

    def count_ports(self) -> tuple[int, int]:
        return len(self.ports), 1 + (self.ShowSaturationPort and self.LimitOutput)

    @property
    def feedthrough(self) -> Sequence[bool]:
        return [False, *(True for _ in self.ports[1:])]

    # Types and states ----------------------------------------------------------------------------------------------

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        u, outputs = inputs[0], self.count_ports()[1]
        if u is None:
            return [None] * outputs
        self.doubles(u)
        return [self._type(u, inputs[-1] if "x0" in self.ports else None)] * outputs

    def assume(self) -> Sequence[Type | None]:
        return [self._type(Type((), DOUBLE), None)] * self.count_ports()[1]

    def _type(self, u: Type, external: Type | None) -> Type:
        """Scalars spread to the size of the input, the initial condition or a limit."""
        limits = [self.UpperSaturationLimit, self.LowerSaturationLimit] if self.LimitOutput else []
        given = [external] if "x0" in self.ports else [self.InitialCondition.type]
        types = [type for type in (u, *given, *(limit.type for limit in limits)) if type is not None]
        return Type(max(types, key=lambda type: (type.size, type is u)).shape, DOUBLE)

    def states(self, *inputs: Type) -> Mapping[str, State]:
        of = dict(zip(self.ports, inputs, strict=True))
        y = self.infer(inputs)[0]
        assert y is not None
        first = t.zeros(y) if "x0" in of else self._limited(self._fitted(self.InitialCondition, y))
        states = {"x": State(first, kind="continuous")}
        if "reset" in of:
            if of["reset"].size != 1:
                raise self.unsupported("a reset signal of more than one element")
            states["sign"] = State(t.constant(UNKNOWN, INT32), kind="edge history")
            states["reached"] = State(t.constant(0, INT32), kind="edge history")
        if "x0" in of:
            states["load"] = State(t.true(), kind="mode")
        return states

    # Mathematics ---------------------------------------------------------------------------------------------------

    def _fitted(self, value: Value, y: Type, what: str = "the initial condition") -> Value:
        return self.shaped(as_parameter(value, DOUBLE), y.shape, what)

    def _limits(self, y: Type) -> tuple[Value, Value]:
        upper, lower = self.UpperSaturationLimit, self.LowerSaturationLimit
        return self._fitted(upper, y, "a limit"), self._fitted(lower, y, "a limit")

    def _limited(self, x: Value) -> Value:
        if not self.LimitOutput:
            return x
        upper, lower = self._limits(x.type)
        return t.where(x >= upper, upper, t.where(x <= lower, lower, x))

    def _wrapped(self, x: Value) -> Value:
        upper, lower = (
            self._fitted(value, x.type, "a wrapped value")
            for value in (self.WrappedStateUpperValue, self.WrappedStateLowerValue)
        )
        span = upper - lower
        outside = (x >= upper) | (x < lower)
        return t.where(outside, x - span * t.floor((x - lower) / span), x)

    def begin(self, *inputs: Value) -> Mapping[str, Value]:
        of = dict(zip(self.ports, inputs, strict=True))
        x = self.state("x")
        loads = [self.state("load")] if "x0" in of else []
        if "reset" in of:
            now, before = sign(t.reshape(of["reset"], ())), self.state("sign")
            loads.append(crossing_reset(self.ExternalReset, now, before, self.state("reached")))
        if loads:
            load = loads[0] if len(loads) == 1 else loads[0] | loads[1]
            x = t.where(load, self._fitted(of.get("x0", self.InitialCondition), x.type), x)
        if self.WrapState:
            return {"x": self._wrapped(x)}
        return {"x": self._limited(x)}

    def output(self, *inputs: Value) -> Sequence[Value]:
        x = self.state("x")
        y = self._limited(x)
        if not (self.ShowSaturationPort and self.LimitOutput):
            return [y]
        upper, lower = self._limits(y.type)
        one, none = t.broadcast(t.constant(1.0), y.shape), t.zeros(y.type)
        return [y, t.where(y >= upper, one, t.where(y <= lower, a.negate(one), none))]

    def derivative(self, *inputs: Value) -> Mapping[str, Value]:
        x = self.state("x")
        u = self.shaped(inputs[0], x.shape, "the input")
        if not self.LimitOutput:
            return {"x": u}
        upper, lower = self._limits(x.type)
        low, high = x <= lower, x >= upper
        return {"x": t.where((~low & ~high) | (low & (u > 0.0)) | (high & (u < 0.0)), u, 0.0)}

    def update(self, *inputs: Value) -> Mapping[str, Value]:
        of = dict(zip(self.ports, inputs, strict=True))
        following: dict[str, Value] = {}
        if "reset" in of:
            now = sign(t.reshape(of["reset"], ()))
            following = {"sign": now, "reached": reaches(now, self.state("sign"))}
        if "x0" in of:
            following["load"] = t.constant(False, BOOLEAN)
        return following


class StatePort(Integrator):
    """The output that an Integrator would have if it were not reset now, known without its inputs."""

    is_state_port = True

    def count_ports(self) -> tuple[int, int]:
        return 1, 1

    @property
    def feedthrough(self) -> Sequence[bool]:
        return [False]

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        return [inputs[0]]

    def states(self, *inputs: Type) -> Mapping[str, State]:
        return {}

    def begin(self, *inputs: Value) -> Mapping[str, Value]:
        return {}

    def output(self, *inputs: Value) -> Sequence[Value]:
        return [self._limited(self.state("x"))]

    def derivative(self, *inputs: Value) -> Mapping[str, Value]:
        return {}

    def update(self, *inputs: Value) -> Mapping[str, Value]:
        return {}


Integrator.state_port = StatePort
