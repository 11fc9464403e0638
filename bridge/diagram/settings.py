"""The simulation settings of a model: start, stop, and what the solver says of the step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bridge.diagram.scope import Scope
from bridge.errors import MatlabError, ModelError, UsageError
from bridge.model import Model
from bridge.program.solvers import SOLVERS

_VARIABLE = frozenset({"ode45", "ode23", "ode113", "ode15s", "ode23s", "ode23t", "ode23tb"})
_FIXED = ("Fixed", "ode1", "ode2", "ode3", "ode4", "ode5", "ode8")


@dataclass(frozen=True)
class Settings:
    """Times in seconds. `fixed_step` is None where the sample times decide.

    `solver` and `variable` are the model's. `chosen` is the fixed-step solver that the caller asks for, and `stepped`
    tells whether the step is the caller's.
    """

    start: float
    stop: float
    fixed_step: float | None
    solver: str
    variable: bool
    chosen: str | None = None
    stepped: bool = False

    @property
    def fallback_step(self) -> float:
        """The step of a diagram without sample times: a fiftieth of the simulated time (Simulink, *Max step size*)."""
        length = self.stop - self.start
        return length / 50 if 0 < length < math.inf else 0.2

    def steps(self, period: float) -> int:
        """How many steps fit, the first and the last included."""
        if not math.isfinite(self.stop):
            raise UsageError("the stop time is infinite: give a finite stop_time")
        return steps_within(self.stop - self.start, period)


def steps_within(seconds: float, period: float) -> int:
    """How many steps fit, the first and the last included; a rounding error does not lose the last."""
    count = seconds / period * (1 + 1e-12) + 1e-9
    if not math.isfinite(count):
        raise UsageError(f"a step of {period:g} s is too short for {seconds:g} s")
    return math.floor(count) + 1


def read_settings(
    model: Model, scope: Scope, step: float | None, stop_time: float | None, chosen: str | None = None
) -> Settings:
    """The settings as the model has them; `step`, `stop_time` and `chosen`, a solver, replace its own."""
    solver = model.solver or "VariableStepAuto"
    variable = solver in _VARIABLE or not solver.startswith(_FIXED)
    start = _number(model, scope, "StartTime", "0.0")
    if chosen is not None and chosen not in SOLVERS:
        raise UsageError(f"solver {chosen!r} is none of {', '.join(SOLVERS)}, which take fixed steps")
    stop = _seconds("stop time", stop_time) if stop_time is not None else _number(model, scope, "StopTime", "10.0")
    if math.isnan(stop):
        raise UsageError("the stop time is not a number of seconds")
    if stop < start:
        raise UsageError(f"stop time {stop:g} lies before start time {start:g}")
    fixed = _seconds("step", step) if step is not None else None
    if fixed is None and not variable and (model.setting("FixedStep") or "auto").strip().lower() != "auto":
        fixed = _number(model, scope, "FixedStep", "auto")
    if fixed is not None and not (fixed > 0 and math.isfinite(fixed)):
        raise UsageError(f"the step must be a positive number of seconds, not {fixed:g}")
    return Settings(start, stop, fixed, solver, variable, chosen, step is not None)


def _seconds(what: str, given: object) -> float:
    try:
        return float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise UsageError(f"the {what} is a number of seconds, not {given!r}") from None


def _number(model: Model, scope: Scope, name: str, default: str) -> float:
    text = model.setting(name) or default
    try:
        array = scope.array(scope.evaluate(text, f"model '{model.name}', {name}"), name)
    except MatlabError as error:
        if name == "StopTime":
            error.where += " (give stop_time to replace it)"
        raise
    if array.size != 1 or array.dtype.kind not in "biuf":
        raise ModelError(model.name, f"{name} = {text!r} is not one real number")
    return float(array.reshape(()))
