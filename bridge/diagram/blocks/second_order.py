"""The second-order integrator: position and velocity as one block, so that a limit of the one acts on the other.

Its modes follow the C code that MathWorks generates: at a limit of x the block rests, from the major step that has
reached it to the one whose input points inwards. What is loaded at first, and at a limit, comes from the ports then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import State, as_parameter
from bridge.diagram.blocks.continuous import Continuous
from bridge.diagram.parameters import Choice, Flag, Tunable
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT32, Type

_FREE, _LOWER, _UPPER = 0, 1, 2


@register("SecondOrderIntegrator")
class SecondOrderIntegrator(Continuous):
    """d²x/dt² = u; outputs x and dx/dt, of which x may be limited (Simulink, *Integrator, Second-Order*).

    Ports: u, then as the options say the initial x and the initial dx/dt.
    """

    inputs = None
    outputs = 2
    restrictions = "double signals; no external reset; dx/dt without limits"
    ICSourceX = Choice("internal", "external")
    ICX = Tunable("0.0")
    LimitX = Flag("off")
    UpperLimitX = Tunable("inf")
    LowerLimitX = Tunable("-inf")
    ICSourceDXDT = Choice("internal", "external")
    ICDXDT = Tunable("0.0")
    LimitDXDT = Choice("off")
    WrapStateX = Choice("off")
    ExternalReset = Choice("none")
    ReinitDXDTwhenXreachesSaturation = Flag("off")
    ShowOutput = Choice("both")

    @property
    def ports(self) -> list[str]:
        """What each input port carries."""
        external = {"x": self.ICSourceX, "v": self.ICSourceDXDT}
        return ["u", *(name for name, source in external.items() if source == "external")]

    def count_ports(self) -> tuple[int, int]:
        return len(self.ports), 2

    @property
    def feedthrough(self) -> Sequence[bool]:
        return [False, *(True for _ in self.ports[1:])]

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        u = inputs[0]
        if u is None:
            return [None, None]
        self.doubles(u)
        given = dict(zip(self.ports, inputs, strict=True))
        initial = given.get("x", self.ICX.type), given.get("v", self.ICDXDT.type)
        shape = max((u, *(type for type in initial if type is not None)), key=lambda type: type.size).shape
        return [Type(shape, DOUBLE)] * 2

    def assume(self) -> Sequence[Type | None]:
        shape = max(self.ICX.type, self.ICDXDT.type, key=lambda type: type.size).shape
        return [Type(shape, DOUBLE)] * 2

    def states(self, *inputs: Type) -> Mapping[str, State]:
        y = self.infer(inputs)[0]
        assert y is not None
        first = {"x": self.ICX, "v": self.ICDXDT}
        states = {
            name: State(t.zeros(y) if name in self.ports else self._fitted(value, y), kind="continuous")
            for name, value in first.items()
        }
        if len(self.ports) > 1:
            states["load"] = State(t.true(), kind="mode")
        if self.LimitX:
            states["mode"] = State(t.constant(_FREE, INT32), like=y.with_dtype(INT32), kind="mode")
        return states

    def _fitted(self, value: Value, y: Type) -> Value:
        return self.shaped(as_parameter(value, DOUBLE), y.shape, "an initial condition or a limit")

    def _limits(self, x: Value) -> tuple[Value, Value]:
        return self._fitted(self.LowerLimitX, x.type), self._fitted(self.UpperLimitX, x.type)

    def begin(self, *inputs: Value) -> Mapping[str, Value]:
        of = dict(zip(self.ports, inputs, strict=True))
        x, v = self.state("x"), self.state("v")
        fresh = {name: self._fitted(of[name], x.type) for name in self.ports[1:]}
        if fresh:
            load = self.state("load")
            x = t.where(load, fresh["x"], x) if "x" in fresh else x
            v = t.where(load, fresh["v"], v) if "v" in fresh else v
        if not self.LimitX:
            return {"x": x, "v": v}
        mode, (lower, upper) = self.state("mode"), self._limits(x)
        rests = t.not_equal(mode, _FREE)
        low, high = x <= lower, x >= upper
        # Whoever arrives at a limit stops there, unless the velocity points inwards already, as a new one may.
        v = t.where(rests & ((t.equal(mode, _LOWER) & low) | (t.equal(mode, _UPPER) & high)), 0.0, v)
        stops = (low & ~(v > 0.0)) | (high & ~(v < 0.0))
        stopped = t.where(~rests & stops, 0.0, v)
        if self.ReinitDXDTwhenXreachesSaturation:
            again = fresh.get("v", self._fitted(self.ICDXDT, x.type))
            inwards = ~rests & ((low & (again > 0.0)) | (high & (again < 0.0)))
            stops, stopped = stops & ~inwards, t.where(inwards, again, stopped)
        at = t.where(low, t.broadcast(t.constant(_LOWER, INT32), x.shape), _UPPER)
        # What rests at one limit and has come to the other rests there; what has left is free.
        found = t.where((rests & (low | high)) | (~rests & stops), at, _FREE)
        return {"x": t.where(low, lower, t.where(high, upper, x)), "v": stopped, "mode": found}

    def output(self, *inputs: Value) -> Sequence[Value]:
        x, v = self.state("x"), self.state("v")
        if not self.LimitX:
            return [x, v]
        lower, upper = self._limits(x)
        return [t.where(x < lower, lower, t.where(x > upper, upper, x)), v]

    def _mode(self, u: Value) -> Value:
        """The mode after the step: an input that points inwards sets the block free."""
        mode = self.state("mode")
        released = (t.equal(mode, _LOWER) & (u > 0.0)) | (t.equal(mode, _UPPER) & (u < 0.0))
        return t.where(released, t.broadcast(t.constant(_FREE, INT32), mode.shape), mode)

    def derivative(self, *inputs: Value) -> Mapping[str, Value]:
        v = self.state("v")
        u = self.shaped(inputs[0], v.shape, "the input")
        if not self.LimitX:
            return {"x": v, "v": u}
        free = t.equal(self._mode(u), _FREE)
        return {"x": t.where(free, v, 0.0), "v": t.where(free, u, 0.0)}

    def update(self, *inputs: Value) -> Mapping[str, Value]:
        following: dict[str, Value] = {}
        if self.LimitX:
            following["mode"] = self._mode(self.shaped(inputs[0], self.state("v").shape, "the input"))
        if len(self.ports) > 1:
            following["load"] = t.constant(False, BOOLEAN)
        return following
