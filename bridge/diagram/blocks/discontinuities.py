"""Limits, steps and hysteresis."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bridge.diagram.block import Block, State, as_parameter
from bridge.diagram.blocks.arithmetic import ROUNDINGS, OutputType, as_real, inherited
from bridge.diagram.blocks.functions import sign
from bridge.diagram.parameters import Choice, Flag, SampleTime, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, Shape, Type

_SAMPLES = ("Elements as channels (sample based)", "Inherited")


def limited(u: Value, low: Value, high: Value) -> Value:
    """`high` where u > high, else `low` where u < low, else u: the upper limit wins, and NaN stays."""
    return t.where(u > high, high, t.where(u < low, low, u))


@register("Saturate")
class Saturate(Block):
    """y = u between LowerLimit and UpperLimit, else the nearer one (Simulink, *Saturation*)."""

    inputs = None
    UpperLimitSource = Choice("Dialog", "Input port")
    LowerLimitSource = Choice("Dialog", "Input port")
    UpperLimit = Tunable("0.5")
    LowerLimit = Tunable("-0.5")
    OutDataTypeStr = OutputType("Inherit: Same as input")
    RndMeth = Choice(*ROUNDINGS)
    SampleTime = SampleTime("-1")

    def count_ports(self) -> tuple[int, int]:
        return 1 + (self.UpperLimitSource == "Input port") + (self.LowerLimitSource == "Input port"), 1

    def output(self, *inputs: Value) -> Value:
        ports = list(inputs)
        u = ports.pop(0)
        high = ports.pop(0) if self.UpperLimitSource == "Input port" else self.UpperLimit
        low = ports.pop(0) if self.LowerLimitSource == "Input port" else self.LowerLimit
        u, low, high = self.aligned(u, as_parameter(low, u.dtype), as_parameter(high, u.dtype))
        dtype = inherited(self, self.OutDataTypeStr, [u.dtype])
        return a.convert(limited(u, low, high), dtype, self.RndMeth, saturate=True)


@register("DeadZone")
class DeadZone(Block):
    """y = 0 between LowerValue and UpperValue, u less the nearer one outside (Simulink, *Dead Zone*)."""

    LowerValue = Tunable("-0.5")
    UpperValue = Tunable("0.5")
    SaturateOnIntegerOverflow = Flag("on")
    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        u, start, end = self.aligned(u, as_parameter(self.LowerValue, u.dtype), as_parameter(self.UpperValue, u.dtype))
        saturate = self.SaturateOnIntegerOverflow
        above, below = a.subtract(u, end, saturate), a.subtract(u, start, saturate)
        return t.where(u > end, above, t.where(u >= start, t.zeros(u.type), below))


@register("simulink/Discontinuities/Saturation Dynamic")
class SaturationDynamic(Block):
    """y = u between lo and up, of the inputs up, u and lo (Simulink, *Saturation Dynamic*)."""

    inputs = 3
    spreads = True
    OutDataTypeStr = OutputType("Inherit: Same as second input")
    RndMeth = Choice(*ROUNDINGS)
    DoSatur = Flag("off")

    def output(self, up: Value, u: Value, lo: Value) -> Value:
        dtype = inherited(self, self.OutDataTypeStr, [up.dtype, u.dtype, lo.dtype])
        if {up.dtype, lo.dtype} != {u.dtype}:
            raise self.mistyped(f"its inputs must have one data type, not {up.dtype}, {u.dtype} and {lo.dtype}")
        u, lo, up = self.aligned(u, lo, up)
        return a.convert(limited(u, lo, up), dtype, self.RndMeth, self.DoSatur)


@register("Quantizer")
class Quantizer(Block):
    """y = q round(u / q), halves away from zero (Simulink, *Quantizer*)."""

    QuantizationInterval = Tunable("0.5")
    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Value:
        u, q = self.aligned(u, as_parameter(self.QuantizationInterval, as_real(self, u, "the quantizer").dtype))
        return q * a.round_half_away(u / q)


@register("Relay")
class Relay(Block):
    """On from u >= OnSwitchValue, off from u <= OffSwitchValue, in between as before, at first off (*Relay*)."""

    minor = True
    OnSwitchValue = Tunable("eps")
    OffSwitchValue = Tunable("eps")
    OnOutputValue = Tunable("1")
    OffOutputValue = Tunable("0")
    InputProcessing = Choice(*_SAMPLES)
    OutDataTypeStr = OutputType("Inherit: All ports same datatype")
    SampleTime = SampleTime("-1")

    def states(self, u: Type) -> Mapping[str, State]:
        shape = spread(u, self.OnSwitchValue, self.OffSwitchValue)
        return {"on": State(t.constant(False, BOOLEAN), like=Type(shape, BOOLEAN), kind="mode")}

    def output(self, u: Value) -> Value:
        _ = self.InputProcessing
        dtype = inherited(self, self.OutDataTypeStr, [u.dtype])
        mode = self.major(self._mode(u))
        on, off = (as_parameter(value, dtype) for value in (self.OnOutputValue, self.OffOutputValue))
        mode, on, off = self.aligned(mode, on, off)
        return t.where(mode, on, off)

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"on": self._mode(u)}

    def _mode(self, u: Value) -> Value:
        before = self.state("on")
        u, on, off, before = self.aligned(
            u, as_parameter(self.OnSwitchValue, u.dtype), as_parameter(self.OffSwitchValue, u.dtype), before
        )
        return (u >= on) | (before & ~(u <= off))


def spread(u: Type, *parameters: Value) -> Shape:
    """The shape of a signal beside parameters, to which scalars spread."""
    return max((u, *(value.type for value in parameters)), key=lambda type: (type.size, type is u)).shape


@register("RateLimiter")
class RateLimiter(Block):
    """y follows u by at most RisingSlewLimit upwards and FallingSlewLimit downwards per second (*Rate Limiter*).

    With an inherited sample time, y[-1] = InitialCondition and the limits act over one sample. In continuous mode the
    first output is the first input, and the limits act over the time since the last major step.
    """

    RisingSlewLimit = Tunable("1")
    FallingSlewLimit = Tunable("-1")
    SampleTimeMode = Choice("continuous", "inherited")
    InitialCondition = Tunable("0")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        """Continuous, or inherited."""
        return (0.0, 0.0) if self.SampleTimeMode == "continuous" else None

    @property
    def minor(self) -> bool:
        return self.SampleTimeMode == "continuous"

    def states(self, u: Type) -> Mapping[str, State]:
        like = u.with_shape(spread(u, self.RisingSlewLimit, self.FallingSlewLimit))
        if self.SampleTimeMode == "inherited":
            return {"x": State(self.InitialCondition, like=like)}
        never = State(t.constant(math.inf, DOUBLE), kind="mode")
        return {"x": State(t.constant(0.0, DOUBLE), like=like, kind="mode"), "time": never}

    def output(self, u: Value) -> Value:
        as_real(self, u, "the rate limiter")
        before = self.state("x")
        if self.SampleTimeMode == "inherited":
            return self._limited(u, before, t.constant(self.site.period, DOUBLE))
        last = self.state("time")
        fresh = t.isinf(last)
        y = self._limited(u, before, self.site.time - t.where(fresh, 0.0, last))
        return t.where(fresh, self.shaped(u, y.shape), y)

    def update(self, u: Value) -> Mapping[str, Value]:
        following = {"x": self.output(u)}
        return following if self.SampleTimeMode == "inherited" else {**following, "time": self.site.time}

    def _limited(self, u: Value, before: Value, elapsed: Value) -> Value:
        rise, fall = (as_parameter(x * elapsed, u.dtype) for x in (self.RisingSlewLimit, self.FallingSlewLimit))
        u, before, rise, fall = self.aligned(u, before, rise, fall)
        difference = u - before
        return t.where(difference > rise, before + rise, t.where(difference < fall, before + fall, u))


@register("simulink/Discontinuities/Rate Limiter Dynamic")
class RateLimiterDynamic(Block):
    """y[n] = y[n-1] + (u[n] - y[n-1] between lo Ts and up Ts), of the inputs up, u and lo (*Rate Limiter Dynamic*)."""

    inputs = 3

    def states(self, up: Type, u: Type, lo: Type) -> Mapping[str, State]:
        return {"x": State(t.constant(0.0, DOUBLE), like=u)}

    def output(self, up: Value, u: Value, lo: Value) -> Value:
        as_real(self, u, "the rate limiter")
        before, period = self.state("x"), self.site.period
        u, rise, fall = self.aligned(u, up * period, lo * period)
        return limited(u - before, fall, rise) + before

    def update(self, up: Value, u: Value, lo: Value) -> Mapping[str, Value]:
        return {"x": self.output(up, u, lo)}


@register("Backlash")
class Backlash(Block):
    """y stays while u is within half of BacklashWidth around it, else follows u at that distance (*Backlash*)."""

    minor = True
    BacklashWidth = Tunable("1")
    InitialOutput = Tunable("0")
    InputProcessing = Choice(*_SAMPLES)
    SampleTime = SampleTime("-1")

    def states(self, u: Type) -> Mapping[str, State]:
        return {"x": State(self.InitialOutput, like=u.with_shape(spread(u, self.BacklashWidth)))}

    def output(self, u: Value) -> Value:
        _ = self.InputProcessing
        width = as_parameter(self.BacklashWidth, as_real(self, u, "the backlash").dtype)
        u, half, before = self.aligned(u, width / 2, self.state("x"))
        return t.where(u < before - half, u + half, t.where(u <= before + half, before, u - half))

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"x": self.output(u)}


@register("simulink/Discontinuities/Coulomb & Viscous Friction")
class CoulombFriction(Block):
    """y = sign(u) (gain abs(u) + offset) (Simulink, *Coulomb and Viscous Friction*)."""

    offset = Tunable("[1 3 2 0]")
    gain = Tunable("1")

    def output(self, u: Value) -> Value:
        dtype = as_real(self, u, "the friction").dtype
        u, gain, offset = self.aligned(u, as_parameter(self.gain, dtype), as_parameter(self.offset, dtype))
        return sign(u) * (gain * t.absolute(u) + offset)


@register("simulink/Discontinuities/Wrap To Zero")
class WrapToZero(Block):
    """y = 0 where u > Threshold, else u (Simulink, *Wrap To Zero*)."""

    Threshold = Tunable("255")

    def output(self, u: Value) -> Value:
        u, threshold = self.aligned(u, as_parameter(self.Threshold, u.dtype))
        return t.where(u > threshold, 0, u)
