"""Periodic sources: sine, pulses, square and sawtooth waves, chirps, repeating sequences."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bridge.diagram.block import Results, State
from bridge.diagram.blocks.sources import CONTINUOUS, Source
from bridge.diagram.parameters import Choice, Matrix, SampleTime
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE, Type


class Timed(Source):
    """A source over simulation time, or over a time that comes in through a port."""

    inputs = None
    TimeSource = Choice("Use simulation time", "Use external signal")

    @property
    def external(self) -> bool:
        """Whether the time comes in."""
        return self.TimeSource == "Use external signal"

    def count_ports(self) -> tuple[int, int]:
        return int(self.external), 1

    def now(self, time: tuple[Value, ...]) -> Value:
        """The time in seconds."""
        if not self.external:
            return self.site.time
        if time[0].dtype != DOUBLE:
            raise self.mistyped(f"the time must be double, not {time[0].dtype}")
        return time[0]


@register("Sin")
class SineWave(Timed):
    """y = Amplitude sin(Frequency t + Phase) + Bias, or by samples (Simulink, *Sine Wave*).

    With a sample time of its own the block does not call sin in every step: it turns the pair (sin, cos) by one sample
    (Simulink's documented incremental algorithm), whose rounding errors add up.
    """

    SineType = Choice("Time based", "Sample based")
    Amplitude = Matrix("1")
    Bias = Matrix("0")
    Frequency = Matrix("1")
    Phase = Matrix("0")
    Samples = Matrix("10")
    Offset = Matrix("0")
    SampleTime = SampleTime("0")

    @property
    def _incremental(self) -> bool:
        time = self.SampleTime
        return self.SineType == "Time based" and not self.external and time is not None and 0 < time[0] < math.inf

    def states(self, *time: Type) -> Mapping[str, State]:
        if self.SineType == "Sample based":
            return {"counter": State(t.zeros(self._parameters()[0].type))}
        if not self._incremental:
            return {}
        zero = t.zeros(self._parameters()[0].type)
        return {
            "sine": State(zero),
            "cosine": State(zero),
            # Never: the first step, and the first after a pause, starts from the time itself.
            "time": State(t.constant(-math.inf)),
        }

    def _parameters(self) -> list[Value]:
        if self.SineType == "Sample based":
            return self.signals(self.Amplitude, self.Bias, self.Samples, self.Offset)
        return self.signals(self.Amplitude, self.Bias, self.Frequency, self.Phase)

    def _pair(self, frequency: Value) -> tuple[Value, Value]:
        """sin and cos of Frequency t: turned on from the sample before, unless there is none one period ago."""
        period, now = self.site.period, self.site.time
        late = t.absolute(now - (self.state("time") + period)) > period / 2
        angle = frequency * now
        return t.where(late, t.sin(angle), self.state("sine")), t.where(late, t.cos(angle), self.state("cosine"))

    def output(self, *time: Value) -> Results:
        if self.SineType == "Sample based":
            amplitude, bias, samples, offset = self._parameters()
            # The order of MathWorks' generated code.
            return t.sin((self.state("counter") + offset) * 2.0 * math.pi / samples) * amplitude + bias
        amplitude, bias, frequency, phase = self._parameters()
        if not self._incremental:
            return t.sin(frequency * self.now(time) + phase) * amplitude + bias
        sine, cosine = self._pair(frequency)
        step = frequency * self.site.period
        before = phase - step
        p_cos, p_sin, h_cos, h_sin = t.cos(before), t.sin(before), t.cos(step), t.sin(step)
        turned = (sine * p_cos + cosine * p_sin) * h_cos + (cosine * p_cos - sine * p_sin) * h_sin
        return turned * amplitude + bias

    def update(self, *time: Value) -> Mapping[str, Value]:
        if self.SineType == "Sample based":
            samples = self._parameters()[2]
            following = self.state("counter") + 1.0
            return {"counter": t.where(t.equal(following, samples), 0.0, following)}
        if not self._incremental:
            return {}
        frequency = self._parameters()[2]
        sine, cosine = self._pair(frequency)
        step = frequency * self.site.period
        h_cos, h_sin = t.cos(step), t.sin(step)
        turned = {"sine": sine * h_cos + cosine * h_sin, "cosine": cosine * h_cos - sine * h_sin}
        return {**turned, "time": self.site.time}


@register("DiscretePulseGenerator")
class PulseGenerator(Timed):
    """Amplitude for PulseWidth of every Period, else 0, from PhaseDelay on (Simulink, *Pulse Generator*).

    By time, Period and PhaseDelay are seconds and PulseWidth is a percentage; by samples all three are samples.
    """

    PulseType = Choice("Time based", "Sample based")
    Amplitude = Matrix("1")
    Period = Matrix("10")
    PulseWidth = Matrix("5")
    PhaseDelay = Matrix("0")
    SampleTime = SampleTime("1")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        if self.PulseType == "Sample based":
            return self.SampleTime
        # It changes in major steps alone, as in generated code.
        return None if self.external else (0.0, 1.0)

    def _parameters(self) -> list[Value]:
        return self.signals(self.Amplitude, self.Period, self.PulseWidth, self.PhaseDelay)

    def states(self, *time: Type) -> Mapping[str, State]:
        if self.PulseType == "Time based":
            return {}
        if self.external:
            raise self.unsupported("PulseType = 'Sample based' with an external signal for the time")
        return {"counter": State(-self._parameters()[3])}

    def output(self, *time: Value) -> Results:
        amplitude, period, width, delay = self._parameters()
        if self.PulseType == "Sample based":
            counter = self.state("counter")
            high = (counter < width) & (counter >= 0.0)
        else:
            # Simulink meets every edge exactly; a rounding error of the time must not move one to the next step.
            periods = (self.now(time) - delay) / period
            slack = 1e-10 * (1.0 + t.absolute(periods))
            whole = t.floor(periods + slack)
            high = (whole >= 0.0) & (periods - whole < width / 100.0 - slack)
        return t.where(high, amplitude, 0.0)

    def update(self, *time: Value) -> Mapping[str, Value]:
        if self.PulseType == "Time based":
            return {}
        counter, period = self.state("counter"), self._parameters()[1]
        return {"counter": t.where(counter >= period - 1.0, 0.0, counter + 1.0)}


@register("SignalGenerator")
class SignalGenerator(Timed):
    """A sine, square or sawtooth wave (Simulink, *Signal Generator*).

    With f the part of a period that has passed: square is -Amplitude in the first half, Amplitude in the second;
    sawtooth falls, Amplitude (1 - 2 f).
    """

    WaveForm = Choice("sine", "square", "sawtooth")
    Amplitude = Matrix("1")
    Frequency = Matrix("1")
    Units = Choice("Hertz", "rad/sec", "rad/s")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return None if self.external else CONTINUOUS

    def output(self, *time: Value) -> Results:
        amplitude, frequency = self.signals(self.Amplitude, self.Frequency)
        now = self.now(time)
        turn = 2.0 * math.pi
        if self.WaveForm == "sine":
            angular = frequency * turn if self.Units == "Hertz" else frequency
            return t.sin(angular * now) * amplitude
        periods = (frequency if self.Units == "Hertz" else frequency / turn) * now
        part = periods - t.floor(periods)
        if self.WaveForm == "square":
            return t.where(part >= 0.5, amplitude, -amplitude)
        return (1.0 - part * 2.0) * amplitude


@register("simulink/Sources/Chirp Signal")
class Chirp(Source):
    """y = sin(2 pi (f1 + (f2 - f1) t / (2 T)) t): from f1 at 0 to f2 at T seconds (Simulink, *Chirp Signal*)."""

    f1 = Matrix("0.1")
    T = Matrix("100")
    f2 = Matrix("1")

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return CONTINUOUS

    def output(self) -> Results:
        first, target, last = self.signals(self.f1, self.T, self.f2)
        turn, now = 2.0 * math.pi, self.site.time
        # The library block's own order.
        sweep = turn * (last - first) / target * 0.5
        return t.sin(now * (now * sweep + turn * first))
