"""PID controllers, in continuous and discrete time.

With e the input, and x and f the states of the integrator and of the filter::

    parallel  y = P e + i + d        ideal  y = P (e + i + d)
    i = x,  dx/dt = I e              d = N (D e - f),  df/dt = d

(Simulink, *PID Controller*.) In discrete time both integrators follow one of three rules, as those of the Discrete-Time
Integrator, and d may be the plain difference of D e over one sample. With two degrees of freedom e is b r - y for P,
c r - y for D, and r - y for I.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.diagram.block import Block, State, as_parameter
from bridge.diagram.blocks.functions import sign
from bridge.diagram.parameters import Choice, Flag, SampleTime, Tunable
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE, Type

_RULES = ("Forward Euler", "Backward Euler", "Trapezoidal")
# How much of the newest sample a rule takes into the output of the same step.
_NEWEST = {"Forward Euler": 0.0, "Backward Euler": 1.0, "Trapezoidal": 0.5}


@register("simulink/Continuous/PID Controller", "slpidlib/PID Controller")
class PIDController(Block):
    """y = P e + I ∫e + D de/dt, filtered (Simulink, *PID Controller*)."""

    restrictions = "floating-point signals, in continuous time double; parameters from the dialog; no reset or tracking"
    Controller = Choice("PID", "PI", "PD", "P", "I")
    TimeDomain = Choice("Continuous-time", "Discrete-time")
    Form = Choice("Parallel", "Ideal")
    UseFilter = Flag("on")
    ControllerParametersSource = Choice("internal")
    P = Tunable("1")
    I = Tunable("1")  # noqa: E741
    D = Tunable("0")
    N = Tunable("100")
    InitialConditionSource = Choice("internal")
    InitialConditionForIntegrator = Tunable("0")
    InitialConditionForFilter = Tunable("0")
    ExternalReset = Choice("none")
    LimitOutput = Flag("off")
    SatLimitsSource = Choice("internal")
    UpperSaturationLimit = Tunable("inf")
    LowerSaturationLimit = Tunable("-inf")
    AntiWindupMode = Choice("none", "back-calculation", "clamping")
    Kb = Tunable("1")
    TrackingMode = Choice("off")
    IntegratorMethod = Choice(*_RULES)
    FilterMethod = Choice(*_RULES)
    SampleTime = SampleTime("-1")

    @property
    def discrete(self) -> bool:
        """Whether the controller computes by samples."""
        return self.TimeDomain == "Discrete-time"

    @property
    def sample_time(self) -> tuple[float, float] | None:
        return self.SampleTime if self.discrete else (0.0, 0.0)

    @property
    def feedthrough(self) -> bool:
        return self.Controller != "I" or bool(self._newest(self.IntegratorMethod))

    def _newest(self, rule: str) -> float:
        return _NEWEST[rule] if self.discrete else 0.0

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        (e,) = inputs
        if e is None:
            return [None]
        if not e.dtype.is_float or (not self.discrete and e.dtype != DOUBLE):
            raise self.mistyped(f"an input of type {e.dtype} is not supported, only double")
        return [e]

    def states(self, e: Type, *_: Type) -> Mapping[str, State]:
        if "D" in self.Controller and not self.UseFilter and not self.discrete:
            raise self.unsupported("UseFilter = off in continuous time")
        given = {"I": ("x", self.InitialConditionForIntegrator), "D": ("f", self.InitialConditionForFilter)}
        return {
            name: State(initial, like=e, kind="discrete" if self.discrete else "continuous")
            for part, (name, initial) in given.items()
            if part in self.Controller
        }

    # Mathematics ---------------------------------------------------------------------------------------------------

    def _gain(self, name: str, e: Value) -> Value:
        return self.shaped(as_parameter(getattr(self, name), e.dtype), e.shape, name)

    def _slope_of_filter(self, e: Value) -> Value:
        """N (D e - the filter's integral), which the rule may make depend on itself; without a filter the difference.

        Without a filter its state is D e of the sample before.
        """
        if not self.UseFilter:
            return (self._gain("D", e) * e - self.state("f")) / self.site.period
        d = self._gain("N", e) * (self._gain("D", e) * e - self.state("f"))
        part = self._newest(self.FilterMethod)
        return d / (1.0 + self._gain("N", e) * (self.site.period * part)) if part else d

    def _before_limits(self, p: Value, i: Value, d: Value) -> Value:
        """The output before saturation, of the inputs to the three paths."""
        terms = []
        if "P" in self.Controller:
            terms.append(p if self.Form == "Ideal" else self._gain("P", p) * p)
        if "I" in self.Controller:
            x, part = self.state("x"), self._newest(self.IntegratorMethod)
            terms.append(x + self._gain("I", i) * i * (self.site.period * part) if part else x)
        if "D" in self.Controller:
            terms.append(self._slope_of_filter(d))
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return self._gain("P", p) * total if self.Form == "Ideal" and "P" in self.Controller else total

    def _limited(self, y: Value) -> Value:
        if not self.LimitOutput:
            return y
        upper, lower = self._gain("UpperSaturationLimit", y), self._gain("LowerSaturationLimit", y)
        return t.where(y > upper, upper, t.where(y < lower, lower, y))

    def _slopes(self, p: Value, i: Value, d: Value) -> Mapping[str, Value]:
        """What the two integrators integrate."""
        slopes = {}
        if "I" in self.Controller:
            slope = self._gain("I", i) * i
            if self.LimitOutput and self.AntiWindupMode != "none":
                if self._newest(self.IntegratorMethod):
                    raise self.unsupported(f"AntiWindupMode = {self.AntiWindupMode!r} and {self.IntegratorMethod}")
                before = self._before_limits(p, i, d)
                beyond = before - self._limited(before)
                if self.AntiWindupMode == "clamping":
                    winds = t.not_equal(beyond, 0.0) & t.equal(sign(beyond), sign(slope))
                    slope = t.where(winds, 0.0, slope)
                else:
                    slope = slope - self._gain("Kb", i) * beyond
            slopes["x"] = slope
        if "D" in self.Controller:
            slopes["f"] = self._slope_of_filter(d)
        return slopes

    def paths(self, *inputs: Value) -> tuple[Value, Value, Value]:
        """The inputs to P, I and D."""
        (e,) = inputs
        return e, e, e

    def output(self, *inputs: Value) -> Value:
        return self._limited(self._before_limits(*self.paths(*inputs)))

    def derivative(self, *inputs: Value) -> Mapping[str, Value]:
        return self._slopes(*self.paths(*inputs))

    def update(self, *inputs: Value) -> Mapping[str, Value]:
        if not self.discrete:
            return {}
        slopes = self._slopes(*self.paths(*inputs))
        return {name: self.state(name) + slope * self.site.period for name, slope in slopes.items()}


@register("simulink/Discrete/Discrete PID Controller")
class DiscretePIDController(PIDController):
    """The same by samples (Simulink, *Discrete PID Controller*)."""

    TimeDomain = Choice("Discrete-time", "Continuous-time")


class TwoDegrees(PIDController):
    """A reference r and a measured y in place of their difference."""

    inputs = 2
    b = Tunable("1")
    c = Tunable("1")

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        known = [type for type in inputs if type is not None]
        if len(known) < 2:
            return [None]
        return super().infer([max(known, key=lambda type: type.size)])

    def states(self, *inputs: Type) -> Mapping[str, State]:
        return super().states(max(inputs, key=lambda type: type.size))

    def paths(self, *inputs: Value) -> tuple[Value, Value, Value]:
        r, y = self.aligned(*inputs)
        return self._gain("b", r) * r - y, r - y, self._gain("c", r) * r - y


@register("simulink/Continuous/PID Controller (2DOF)", "slpidlib/PID Controller (2DOF)")
class PIDController2DOF(TwoDegrees):
    """y = P (b r - y) + I ∫(r - y) + D d(c r - y)/dt, filtered (Simulink, *PID Controller (2DOF)*)."""


@register("simulink/Discrete/Discrete PID Controller (2DOF)")
class DiscretePIDController2DOF(TwoDegrees):
    """The same by samples (Simulink, *Discrete PID Controller (2DOF)*)."""

    TimeDomain = Choice("Discrete-time", "Continuous-time")
