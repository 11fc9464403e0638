"""Which fixed-step solver integrates the continuous states of a diagram."""

from __future__ import annotations

from bridge.diagram.settings import Settings
from bridge.errors import ModelError
from bridge.program.solvers import SOLVERS, Solver

# Simulink's own choice for non-stiff models with "auto".
_AUTO = "ode3"
# For a model that asks for variable steps, run at fixed ones: the formula that its solver itself advances by, and for
# the others that of ode45, which is Simulink's default.
_COUNTERPARTS = {"ode23": "ode3"}
_COUNTERPART = "ode5"


def choose(name: str, path: str, settings: Settings) -> Solver:
    """The solver for the continuous states of the model `name`, of which `path` is one.

    Raises a `ModelError` for a solver that cannot integrate them, or that takes variable steps where the caller has
    chosen neither a step nor a solver.
    """
    asked = settings.chosen if settings.chosen is not None else settings.solver
    if asked in SOLVERS:
        return SOLVERS[asked]
    if asked == "FixedStepAuto":
        return SOLVERS[_AUTO]
    if settings.variable and settings.stepped:
        return SOLVERS[_COUNTERPARTS.get(asked, _COUNTERPART)]
    if settings.variable:
        raise ModelError(
            name,
            f"its solver {asked} takes variable steps, which are not supported, and {path!r} has a continuous state; "
            "run it at fixed steps with step= (--step) in seconds (of slbridge convert --base-step), "
            f"by a solver= (--solver) of {', '.join(SOLVERS)} (by default {_COUNTERPARTS.get(asked, _COUNTERPART)})",
        )
    if asked == "FixedStepDiscrete":
        raise ModelError(
            name,
            f"its solver FixedStepDiscrete cannot integrate the continuous state of {path!r}; "
            f"solver= (--solver) takes another: {', '.join(SOLVERS)}",
        )
    raise ModelError(
        name,
        f"its solver {asked}, which has to integrate the continuous state of {path!r}, is not supported; "
        f"solver= (--solver) takes another: {', '.join(SOLVERS)}",
    )


def told(settings: Settings, solver: Solver, step: float) -> str:
    """How the states were integrated, for the origin of a recording; in other words where it is not the model's way."""
    own = not settings.stepped and solver.name == settings.solver
    if own:
        return f"{solver.name}, step {step:g} s"
    instead = "" if solver.name == settings.solver else f" in place of {settings.solver}"
    chosen = " as asked for" if settings.stepped else ""
    return f"{solver.name}{instead}, step {step:g} s{chosen}"
