"""Blocks in continuous time that remember their input at major steps: the derivative, and delays by seconds.

What they do between and beyond the remembered samples follows the C code that MathWorks generates. A minor step sees
the sample of its own major step, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bridge.diagram.block import State, as_parameter
from bridge.diagram.blocks.continuous import Continuous
from bridge.diagram.parameters import Choice, Flag, Scalar, Tunable
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE, INT64, Type


@register("Derivative")
class Derivative(Continuous):
    """y = (u - u at the last major step) / (time since), 0 at first (Simulink, *Derivative*)."""

    restrictions = "double signals"

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        if inputs[0] is not None:
            self.doubles(inputs[0])
        return [inputs[0]]

    def states(self, u: Type) -> Mapping[str, State]:
        return {"u": State(t.zeros(u)), "time": State(t.constant(-math.inf))}

    def output(self, u: Value) -> Value:
        last = self.state("time")
        fresh = t.isinf(last)
        slope = (u - self.state("u")) / (self.site.time - t.where(fresh, self.site.time - 1.0, last))
        return t.where(fresh, t.zeros(u.type), slope)

    def update(self, u: Value) -> Mapping[str, Value]:
        return {"u": u, "time": self.site.time}


class Remembering(Continuous):
    """The input some time ago, from samples at major steps: linear in between, or held where the input is discrete.

    ``ages`` are the times of the samples with their sign turned, so that they ascend from the newest on; infinite where
    there is none yet. ``line`` are the samples.
    """

    InitialOutput = Tunable("0")

    @property
    def longest(self) -> float:
        """The longest delay in seconds."""
        raise NotImplementedError

    @property
    def _kept(self) -> int:
        """How many samples reach back over the longest delay, and one more on either side."""
        if not 0 <= self.longest < math.inf:
            raise self.wrong("DelayTime", f"{self.longest:g} is no delay in seconds")
        return math.ceil(self.longest / self.site.period) + 2

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        for given in inputs:
            if given is not None:
                self.doubles(given)
        return [inputs[0]]

    def assume(self) -> Sequence[Type | None]:
        shape = self.InitialOutput.shape
        return [Type(shape if self.InitialOutput.type.size > 1 else (), DOUBLE)]

    def states(self, u: Type, *_: Type) -> Mapping[str, State]:
        count = self._kept
        # Spread from one number, so that a buffer beyond the limits is refused before there is one.
        return {
            "line": State(t.broadcast(t.constant(0.0), (count, *u.shape))),
            "ages": State(t.broadcast(t.constant(math.inf), (count,))),
        }

    def ago(self, delay: Value, u: Type) -> Value:
        """The input `delay` seconds ago, a scalar; before the first sample the initial output."""
        line, ages, at = self.state("line"), self.state("ages"), self.site.time - delay
        # The newest sample that lies before, and the one after; beyond the newest the last two go on as a line.
        older = t.storage(t.search(ages, -at), INT64)
        older = t.where(older < 1, 1, t.where(older > self._kept - 1, self._kept - 1, older))
        after, before = -t.gather(ages, older - 1), -t.gather(ages, older)
        missing = t.isinf(before)
        newer, elder = t.gather(line, older - 1), t.gather(line, older)
        if self.site.input_periods:
            slack = t.where(t.absolute(after) > 1.0, t.absolute(after), 1.0) * (64 * 2.0**-52)
            y = t.where(~(at < after - slack), newer, elder)
        else:
            share = (after - at) / (after - t.where(missing, after - 1.0, before))
            y = elder * share + newer * (1.0 - share)
        initial = self.shaped(as_parameter(self.InitialOutput, DOUBLE), u.shape, "InitialOutput")
        # Beyond the first sample while there is no other, it is this one.
        return t.where(missing, t.where((at > after) & ~t.isinf(after), newer, initial), y)

    def update(self, u: Value, *_: Value) -> Mapping[str, Value]:
        line, ages, count = self.state("line"), self.state("ages"), self._kept
        newest = t.reshape(u, (1, *u.shape))
        return {
            "line": t.concat([newest, t.cut(line, (0, count - 1))]),
            "ages": t.concat([t.reshape(-self.site.time, (1,)), t.cut(ages, (0, count - 1))]),
        }


@register("TransportDelay")
class TransportDelay(Remembering):
    """y(t) = u(t - DelayTime), before that InitialOutput (Simulink, *Transport Delay*)."""

    restrictions = "double signals; one delay for all elements; a buffer that is always large enough"
    DelayTime = Scalar("1")
    TransDelayFeedthrough = Flag("off")

    @property
    def longest(self) -> float:
        return self.DelayTime

    @property
    def feedthrough(self) -> bool:
        return self.TransDelayFeedthrough

    def output(self, u: Value) -> Value:
        if self.TransDelayFeedthrough and self.DelayTime == 0:
            return u
        return self.ago(t.constant(self.DelayTime), u.type)


@register("VariableTransportDelay")
class VariableTimeDelay(Remembering):
    """y(t) = u(t - the second input), from 0 to MaximumDelay seconds (Simulink, *Variable Time Delay*)."""

    inputs = 2
    restrictions = "double signals; one delay for all elements; a buffer that is always large enough"
    VariableDelayType = Choice("Variable time delay")
    MaximumDelay = Scalar("10")
    ZeroDelay = Flag("off")

    @property
    def longest(self) -> float:
        return self.MaximumDelay

    @property
    def feedthrough(self) -> Sequence[bool]:
        return [self.ZeroDelay, True]

    def output(self, u: Value, delay: Value) -> Value:
        if delay.type.size != 1:
            raise self.unsupported("more than one delay")
        given = t.reshape(delay, ())
        given = t.where(given < 0.0, 0.0, t.where(given > self.MaximumDelay, self.MaximumDelay, given))
        y = self.ago(given, u.type)
        return t.where(t.equal(given, 0.0), u, y) if self.ZeroDelay else y
