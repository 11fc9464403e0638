"""The Discrete-Time Integrator.

With K the gain and T the sample time, or 1 for accumulation::

    forward Euler   y[n] = x[n]                  x[n+1] = x[n] + K T u[n]
    backward Euler  y[n] = x[n] + K T u[n]       x[n+1] = y[n]
    trapezoidal     y[n] = x[n] + K T/2 u[n]     x[n+1] = y[n] + K T/2 u[n]

Where events run it, T is the time since it ran before, zero at first, and the state is the output of then::

    forward Euler   y[n] = y[n-1] + K T u[n-1]
    backward Euler  y[n] = y[n-1] + K T u[n]
    trapezoidal     y[n] = y[n-1] + K T/2 (u[n] + u[n-1])

(Simulink, *Discrete-Time Integrator*.) What happens at the first step, on a reset and at the limits follows the C code
that MathWorks generates from the block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import Block, State, as_parameter
from bridge.diagram.blocks.arithmetic import inherited
from bridge.diagram.blocks.edges import first_sign, sign, sign_reset
from bridge.diagram.parameters import Choice, DataTypeName, Flag, SampleTime, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT32, DType, Shape, Type, broadcast_shapes

_RULES = ("Forward Euler", "Backward Euler", "Trapezoidal")
_METHODS = tuple(f"{word}: {rule}" for word in ("Integration", "Accumulation") for rule in _RULES)
# How older releases write "Auto" (the initial condition is the state's) and "Output" (it is the first output too).
_STATE = ("Auto", "State (most efficient)", "State", "Compatibility")
_OUTPUT = ("Output", "State and output")


@register("DiscreteIntegrator")
class DiscreteIntegrator(Block):
    """y = IC + the sum of K T u, by one of three rules (Simulink, *Discrete-Time Integrator*)."""

    inputs = None
    outputs = None
    restrictions = "no state port; scalar reset signals; Compatibility is taken as Auto"
    IntegratorMethod = Choice(*_METHODS, *_RULES)
    gainval = Tunable("1.0")
    InitialCondition = Tunable("0")
    InitialConditionSource = Choice("internal", "external")
    InitialConditionSetting = Choice(*_OUTPUT, *_STATE)
    InitialConditionMode = Choice(*_STATE, *_OUTPUT)
    ExternalReset = Choice("none", "rising", "falling", "either", "level", "sampled level")
    LimitOutput = Flag("off")
    UpperSaturationLimit = Tunable("inf")
    LowerSaturationLimit = Tunable("-inf")
    ShowSaturationPort = Flag("off")
    ShowStatePort = Flag("off")
    OutDataTypeStr = DataTypeName("Inherit: Inherit via internal rule")
    RndMeth = Choice("Floor", "Zero", "Ceiling", "Convergent", "Nearest", "Round", "Simplest")
    SaturateOnIntegerOverflow = Flag("off")
    SampleTime = SampleTime("-1")

    @property
    def rule(self) -> str:
        """The integration rule, without the word before it."""
        return self.IntegratorMethod.rpartition(": ")[2]

    @property
    def sets_output(self) -> bool:
        """Whether the initial condition is also the first output, and the output on a reset.

        The state is then also the output whenever a subsystem around has just been enabled.
        """
        older = self.site.text("InitialConditionMode", "") and not self.site.text("InitialConditionSetting", "")
        setting = self.InitialConditionMode if older else self.InitialConditionSetting
        return setting in _OUTPUT and self.rule != "Forward Euler"

    @property
    def elapses(self) -> bool:
        """Whether T is the time since the block ran before."""
        return self.site.at_events and not self.IntegratorMethod.startswith("Accumulation")

    @property
    def ports(self) -> list[str]:
        """What each input port carries."""
        reset, external = self.ExternalReset != "none", self.InitialConditionSource == "external"
        return ["u", *(["reset"] if reset else []), *(["x0"] if external else [])]

    def count_ports(self) -> tuple[int, int]:
        if self.ShowStatePort:
            raise self.unsupported("ShowStatePort = on")
        return len(self.ports), 1 + (self.ShowSaturationPort and self.LimitOutput)

    @property
    def feedthrough(self) -> Sequence[bool]:
        return [self.rule != "Forward Euler", *(True for _ in self.ports[1:])]

    # Types and states ----------------------------------------------------------------------------------------------

    def _dtype(self, u: DType) -> DType:
        dtype = u if u == BOOLEAN else inherited(self, self.OutDataTypeStr, [u])
        if dtype == BOOLEAN or dtype.kind == "complex":
            raise self.mistyped(f"{dtype} signals are not integrated")
        return dtype

    def _shape(self, u: Shape, x0: Shape = ()) -> Shape:
        """Scalars spread to the shape of the input, the gain or the initial condition."""
        initial = x0 if "x0" in self.ports else self.InitialCondition.shape
        extra = [shape for shape in (self.gainval.shape, initial) if shape and Type(shape, DOUBLE).size > 1]
        if u and Type(u, DOUBLE).size > 1:
            return u
        return broadcast_shapes(*extra) if extra else u

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        outputs = self.count_ports()[1]
        if inputs[0] is None or (self.inherits_back and self.site.demanded is None):
            return [None] * outputs
        external = inputs[-1] if "x0" in self.ports else None
        shape = self._shape(inputs[0].shape, external.shape if external else ())
        return [Type(shape, self._dtype(inputs[0].dtype))] * outputs

    def assume(self) -> Sequence[Type | None]:
        return [Type(self._shape(()), DOUBLE)] * self.count_ports()[1]

    def states(self, *inputs: Type) -> Mapping[str, State]:
        y = self.infer(inputs)[0]
        assert y is not None
        of = dict(zip(self.ports, inputs, strict=True))
        if "x0" in of:
            states = {"x": State(t.zeros(y))}
        else:
            states = {"x": State(self._limited(self._initial(self.InitialCondition, y)))}
        if "reset" in of:
            if of["reset"].size != 1:
                raise self.unsupported("a reset signal of more than one element")
            states["sign"] = State(t.constant(first_sign(self.ExternalReset), INT32), kind="edge history")
        if "x0" in of:
            states["load"] = State(t.true(), kind="mode")
        if self.sets_output or self.elapses:
            states["start"] = State(t.true(), kind="start flag")
        if self.elapses:
            states["ran"] = State(t.constant(0.0, DOUBLE), kind="elapsed ticks")
        if self.elapses and self.rule != "Backward Euler":
            states["before"] = State(t.zeros(inputs[0]))
        return states

    # Mathematics ---------------------------------------------------------------------------------------------------

    def _initial(self, value: Value, y: Type) -> Value:
        return self.shaped(as_parameter(value, y.dtype), y.shape, "the initial condition")

    def _limited(self, x: Value) -> Value:
        if not self.LimitOutput:
            return x
        upper, lower = self._limits(x)
        return t.where(x >= upper, upper, t.where(x <= lower, lower, x))

    def _limits(self, x: Value) -> tuple[Value, Value]:
        both = self.UpperSaturationLimit, self.LowerSaturationLimit
        upper, lower = (self.shaped(as_parameter(limit, x.dtype), x.shape, "a limit") for limit in both)
        return upper, lower

    def _increment(self, u: Value, y: Type, part: float) -> Value:
        """`part` K T u in the output's type; the product K T is rounded once, as a parameter."""
        if self.IntegratorMethod.startswith("Accumulation"):
            period = 1.0
        else:
            period = self.site.tick if self.elapses else self.site.period
        gain = as_parameter(self.gainval, DOUBLE) * (period * part)
        inner = y.dtype if y.dtype.is_float else DOUBLE
        k = self.shaped(as_parameter(gain, inner), y.shape, "the gain")
        if self.elapses:
            k = k * t.broadcast(a.convert(self._ticks(), inner), y.shape)
        product = k * self.shaped(a.convert(u, inner), y.shape, "the input")
        return a.convert(product, y.dtype, self.RndMeth, self.SaturateOnIntegerOverflow)

    def _step(self) -> Value:
        """The number of the diagram's step."""
        return t.rint(self.site.time / self.site.tick)

    def _ticks(self) -> Value:
        """The steps of the diagram since the block ran before; none where it starts."""
        return t.where(self.state("start"), t.constant(0.0, DOUBLE), self._step() - self.state("ran"))

    def _add(self, x: Value, increment: Value) -> Value:
        return a.add(x, increment, self.SaturateOnIntegerOverflow)

    def _start(self, of: Mapping[str, Value]) -> tuple[Value, Value | None]:
        """The state as this step sees it, and where the output is the initial condition itself."""
        x = self.state("x")
        y = x.type
        fresh = [self.state("start")] if self.sets_output else []
        loads = [self.state("load")] if "x0" in of else []
        if "reset" in of:
            resets = sign_reset(self.ExternalReset, sign(t.reshape(of["reset"], ())), self.state("sign"))
            loads.append(resets)
            fresh.append(resets)
        if loads:
            initial = self._initial(of.get("x0", self.InitialCondition), y)
            x = t.where(_any(loads), initial, x)
        # The limits may be variables that lie within what was loaded before: the state is clipped in every step.
        shows = self.sets_output or (self.elapses and self.rule == "Forward Euler")
        return self._limited(x), _any(fresh) if shows and fresh else None

    def _now(self, of: Mapping[str, Value]) -> Value:
        """The output, before the saturation port tells whether it is at a limit."""
        x, shown = self._start(of)
        terms = [] if self.rule == "Forward Euler" else [of["u"]]
        if self.elapses and self.rule != "Backward Euler":
            terms.append(self.state("before"))
        part = 0.5 if self.rule == "Trapezoidal" else 1.0
        y = x
        for term in terms:
            y = self._add(y, self._increment(term, x.type, part))
        y = self._limited(y) if terms else x
        return y if shown is None else t.where(shown, x, y)

    def output(self, *inputs: Value) -> Sequence[Value]:
        of = dict(zip(self.ports, inputs, strict=True))
        y = self._now(of)
        if not (self.ShowSaturationPort and self.LimitOutput):
            return [y]
        upper, lower = self._limits(y)
        one, none = t.broadcast(t.constant(1, y.dtype), y.shape), t.zeros(y.type)
        return [y, t.where(y >= upper, one, t.where(y <= lower, a.negate(one), none))]

    def update(self, *inputs: Value) -> Mapping[str, Value]:
        of = dict(zip(self.ports, inputs, strict=True))
        y = self._now(of)
        if self.rule == "Backward Euler" or self.elapses:
            x = y
        else:
            part = 1.0 if self.rule == "Forward Euler" else 0.5
            x = self._limited(self._add(y, self._increment(of["u"], y.type, part)))
        following = {"x": x}
        if "reset" in of:
            following["sign"] = sign(t.reshape(of["reset"], ()))
        if "x0" in of:
            following["load"] = t.constant(False, BOOLEAN)
        if self.sets_output or self.elapses:
            following["start"] = t.constant(False, BOOLEAN)
        if self.elapses:
            following["ran"] = self._step()
        if self.elapses and self.rule != "Backward Euler":
            following["before"] = of["u"]
        return following


def _any(conditions: Sequence[Value]) -> Value:
    result = conditions[0]
    for condition in conditions[1:]:
        result = result | condition
    return result
