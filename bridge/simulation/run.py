"""Running a diagram: model and workspace in, recording out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.engines import Schedule
from bridge.errors import UsageError
from bridge.program import Output, Program
from bridge.recording import Recording
from bridge.simulation.inputs import array_of, arrays_of, resample
from bridge.simulation.job import Ready
from bridge.simulation.simulator import Simulator
from bridge.simulation.sources import Path, Workspace

if TYPE_CHECKING:
    from bridge.model import Model


def simulate(
    model: Model | Path,
    workspace: Workspace = None,
    inputs: Mapping[str, Any] | None = None,
    *,
    subsystem: str | None = None,
    set: Mapping[str, object] | None = None,
    log: Sequence[str] | None = None,
    step: float | None = None,
    stop_time: float | None = None,
    solver: str | None = None,
    state: Mapping[str, Any] | None = None,
    engine: str = "auto",
) -> Recording:
    """Run a diagram from start to stop time and return what it records.

    model      a `Model` or the path of a Simulink file
    workspace  variables by name, or the path of a .mat or .m file
    inputs     root Inports by name, each `T x width`. With ``"time"`` (T seconds) beside them they are interpolated at
               the steps (integers and booleans held); without, row k belongs to step k, and where `stop_time` is not
               given either, their length sets the number of steps. From Workspace blocks take data too, as `Simulator`
               says
    subsystem, set, log, step, solver, engine
               as in `Simulator`
    stop_time  seconds, in place of the model's
    state      initial states by path, as an earlier recording's ``state`` has them. Time begins at the start time
               again: what depends on it (clocks, workspace data, the phase of slow blocks) does not go on.

    The recording holds root Outports, ToWorkspace variables and logged lines; its evidence is ``bridge``.
    """
    given = arrays_of(inputs)
    simulator = Simulator(
        model,
        workspace,
        inputs=given,
        subsystem=subsystem,
        set=set,
        log=log or (),
        step=step,
        # Rows without times count the steps; then an infinite or absent stop time does not matter.
        stop_time=stop_time,
        solver=solver,
        engine=engine,
    )
    return record(simulator, given, stop_time=stop_time, state=state)


def record(
    simulator: Simulator,
    inputs: Mapping[str, Any] | None = None,
    *,
    stop_time: float | None = None,
    state: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Recording:
    """What `simulate` does with a simulator that is made already, for the same `inputs` and `stop_time`.

    `parameters` replace workspace variables, as in `Simulator.run`.
    """
    given = simulator.inports(inputs or {})
    times = given.pop("time", None)
    for name, array in given.items():
        given[name] = array_of(name, array)
        if not given[name].ndim:
            raise UsageError(f"input {name!r} is one number: a row per step is needed")
    rows = {len(array) for array in given.values()}
    if given and times is None and stop_time is None:
        if len(rows) != 1:
            raise UsageError(f"the inputs have different numbers of rows: {', '.join(map(str, sorted(rows)))}")
        steps = rows.pop()
    else:
        steps = simulator.steps
    schedule = Schedule.of(simulator.ready.program, steps)
    if times is not None:
        given = {name: resample(name, np.asarray(times, float), array, schedule.times) for name, array in given.items()}
    outputs, final = simulator._run(given, steps, state, parameters)
    taken = _steps_taken(simulator.ready.program, outputs, steps)
    if taken < steps:
        # Again, and only so far: the final state is that of the last step.
        given = {name: array[:taken] for name, array in given.items()}
        schedule = Schedule.of(simulator.ready.program, taken)
        outputs, final = simulator._run(given, taken, state, parameters)
    return recorded(simulator.ready, schedule, outputs, final, simulator.engine_name, simulator.choice)


def _steps_taken(program: Program, outputs: Mapping[str, Any], steps: int) -> int:
    """How many steps there are up to the first in which a Stop block fires, that one included."""
    fired = [np.flatnonzero(_plain(outputs[output.name])) for output in program.outputs if output.kind == "stop"]
    return min([int(rows[0]) + 1 for rows in fired if rows.size], default=steps)


def recorded(
    ready: Ready,
    schedule: Schedule,
    outputs: Mapping[str, Any],
    final: Mapping[str, Any],
    engine: str,
    choice: str = "",
) -> Recording:
    """The rows that the diagram records of its outputs, which have one for every step."""
    signals: dict[str, NDArray[Any]] = {}
    times: dict[str, NDArray[Any]] = {}
    for output in ready.program.outputs:
        if output.kind == "stop":
            continue
        rows = _recorded_rows(output, schedule)
        array = _plain(outputs[output.name])
        signals[output.name] = array if rows is None else array[rows]
        if rows is not None:
            times[output.name] = schedule.times[rows]
    origin = {"model": ready.model, "release": ready.release, "engine": engine}
    if ready.solver:
        origin["solver"] = ready.solver
    if choice:
        origin["choice"] = choice
    state = {path: _plain(value) for path, value in final.items()}
    return Recording(signals, schedule.times, times=times, evidence="bridge", origin=origin, state=state)


def _recorded_rows(output: Output, schedule: Schedule) -> NDArray[Any] | None:
    """The steps at which an output is recorded; None for all."""
    limit, decimation = output.options.get("limit", math.inf), output.options.get("decimation", 1)
    if output.rate is None and decimation == 1 and limit >= len(schedule.times):
        return None
    rows = np.arange(len(schedule.times)) if output.rate is None else np.flatnonzero(schedule.hits[:, output.rate])
    rows = rows[::decimation]
    # Simulink keeps the last points when there are more than MaxDataPoints.
    return rows[-int(limit) :] if len(rows) > limit else rows


def _plain(value: Any) -> NDArray[Any]:
    return np.asarray(value.detach().cpu().numpy() if hasattr(value, "detach") else value)
