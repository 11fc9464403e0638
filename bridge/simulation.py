"""Running a diagram: model and workspace in, recording out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.build import Diagram, build
from bridge.engines import Runner, Schedule
from bridge.engines import engine as choose_engine
from bridge.errors import MatlabError, UsageError
from bridge.model import Model
from bridge.program import Output, Program
from bridge.program.types import DType, Type, from_numpy
from bridge.recording import Recording

if TYPE_CHECKING:
    from bridge.gradients import Gradient, Loss

Path = str | os.PathLike[str]
Workspace = Mapping[str, Any] | Path | None


class Simulator:
    """A diagram made ready to run, whole or sample by sample in the user's own loop.

    model      a `Model` or the path of a Simulink file
    workspace  variables by name, or the path of a .mat or .m file. A value may be a torch tensor: with
               ``engine="torch"`` gradients then flow from `run`'s outputs to it.
    inputs     an example of the root Inports' data, for their sizes and types; scalars of type double without it
    subsystem  the path of a subsystem to run alone. Sample times that it inherits from outside are not known there:
               give `step` where it has none of its own.
    set        block parameters to replace: ``{"PID/P": 2}`` with the parameter last, text or value
    log        blocks (``Sub/Gain``, ``Sub/Demux:2``) or labels of lines to record beside outports and workspace sinks;
               ``*`` for every output of every block, as ``model/Sub/Demux:2``
    step       the base period in seconds, in place of the model's
    engine     ``numpy``, ``torch``, ``onnx``, ``compiled`` (C, through the system's compiler) or ``auto``
    transform  changes the program in place before the engine loads it
    """

    def __init__(
        self,
        model: Model | Path,
        workspace: Workspace = None,
        *,
        inputs: Mapping[str, Any] | None = None,
        subsystem: str | None = None,
        set: Mapping[str, object] | None = None,
        log: Sequence[str] = (),
        step: float | None = None,
        stop_time: float | None = None,
        engine: str = "auto",
        transform: Callable[[Program], object] | None = None,
    ) -> None:
        self.model = load_model(model)
        given, carried = load_workspace(workspace), model_workspace(self.model)
        tensors = {name: value for name, value in given.items() if hasattr(value, "detach")}
        self.diagram: Diagram = build(
            self.model,
            {**given, **{name: value.detach().cpu().numpy() for name, value in tensors.items()}},
            model_workspace=carried,
            subsystem=subsystem,
            overrides=set,
            log=log,
            step=step,
            stop_time=stop_time,
            input_types={name: _type_of(np.asarray(array)) for name, array in (inputs or {}).items() if name != "time"},
        )
        if transform is not None:
            transform(self.program)
        self.engine_name = engine
        self.variables: Mapping[str, Any] = {**given, **carried}
        self._parameters = {**self.diagram.parameters, **self._reshaped(tensors)}
        self._runner: Runner = choose_engine(engine).load(self.program)
        self.reset()

    @property
    def program(self) -> Program:
        """The diagram as typed mathematics."""
        return self.diagram.program

    @property
    def steps(self) -> int:
        """The number of steps from start to stop time, both included."""
        return self.diagram.steps

    def _reshaped(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        """Tensors in the shape that MATLAB gives them: at least two dimensions, a vector as a row."""
        parameters = self.program.parameters
        return {name: value.reshape(parameters[name].shape) for name, value in tensors.items() if name in parameters}

    def run(
        self,
        inputs: Mapping[str, Any] | None = None,
        *,
        steps: int | None = None,
        state: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Run from the start and return every output `T x …` by name: arrays, or tensors where any tensor went in.

        `inputs` hold one row per step; `state` replaces initial values by path; `parameters` replace workspace
        variables. A variable whose value shaped the program (a size, an index) cannot be replaced.
        """
        if steps is not None and steps < 0:
            raise UsageError(f"steps = {steps} is no number of steps")
        outputs, self._state = self._run(inputs or {}, self.steps if steps is None else steps, state, parameters)
        return outputs

    def gradient(self, loss: Loss, inputs: Mapping[str, Any] | None = None, **options: Any) -> Gradient:
        """The loss of a run and its gradients: see `bridge.gradient`, whose `of`, `with_inputs`, … it takes."""
        from bridge.gradients import gradient_of

        return gradient_of(self, loss, inputs, **options)

    def values(self, parameters: Mapping[str, Any] | None) -> dict[str, Any]:
        """The workspace variables that the program takes, with those that replace them."""
        fixed = sorted(self.diagram.structural & set(parameters or {}))
        if fixed:
            raise UsageError(f"variable {fixed[0]!r} shapes the program: make a new Simulator to change it")
        unknown = [name for name in parameters or () if name not in self.variables and name not in self._parameters]
        if unknown:
            there = ", ".join(sorted(self.variables)) or "none"
            raise UsageError(f"there is no workspace variable {unknown[0]!r} to replace; there are: {there}")
        return {**self._parameters, **(parameters or {})}

    def rows(self, inputs: Mapping[str, Any], steps: int) -> dict[str, Any]:
        """The root Inports' data, a row per step, in the types of the Inports; zeros where there are none."""
        rows = {name: _rows(self.program, name, inputs.get(name), steps) for name in self.program.inputs}
        self._check_names(inputs)
        return rows

    def _run(
        self,
        inputs: Mapping[str, Any],
        steps: int,
        state: Mapping[str, Any] | None,
        parameters: Mapping[str, Any] | None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        rows, values = self.rows(inputs, steps), self.values(parameters)
        done = self._runner.run(Schedule.of(self.program, steps), values, rows, state)
        return done.outputs, done.state

    def _check_names(self, inputs: Mapping[str, Any]) -> None:
        names = self.program.inputs
        unknown = [name for name in inputs if name not in names]
        if unknown:
            raise UsageError(f"there is no root Inport {unknown[0]!r}; there are: {', '.join(names) or 'none'}")

    def reset(self) -> None:
        """Go back to the first step."""
        self._tick = 0
        self._state = self._runner.start(self._parameters)

    @property
    def state(self) -> dict[str, Any]:
        """The state by path, as the next step reads it. Assign a mapping to change it."""
        return dict(self._state)

    @state.setter
    def state(self, state: Mapping[str, Any]) -> None:
        self._state = self._runner.start(self._parameters, {**self._state, **state})

    @property
    def time(self) -> float:
        """The time of the next step in seconds."""
        return float(Schedule.of(self.program, 1, self._tick).times[0])

    def step(self, u: Any = None) -> dict[str, Any]:
        """Take one step and return the outputs. `u` is a mapping by Inport, or the value of the only one.

        An Inport that gets no value is zero.
        """
        names = list(self.program.inputs)
        if u is None:
            given: Mapping[str, Any] = {}
        elif isinstance(u, Mapping):
            given = u
        elif len(names) == 1:
            given = {names[0]: u}
        else:
            raise UsageError(f"step() needs a mapping by Inport: {', '.join(names) or 'there are none'}")
        self._check_names(given)
        inputs = {
            name: _sample(name, given[name], value.type)
            if name in given
            else np.zeros(value.shape, value.dtype.numpy)
            for name, value in self.program.inputs.items()
        }
        schedule = Schedule.of(self.program, 1, self._tick)
        outputs, self._state = self._runner.step(schedule.times[0], schedule.hits[0], inputs, self._state)
        self._tick += 1
        return outputs


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
    state: Mapping[str, Any] | None = None,
    engine: str = "auto",
) -> Recording:
    """Run a diagram from start to stop time and return what it records.

    model      a `Model` or the path of a Simulink file
    workspace  variables by name, or the path of a .mat or .m file
    inputs     root Inports by name, each `T x width`. With ``"time"`` (T seconds) beside them they are interpolated at
               the steps (integers and booleans held); without, row k belongs to step k, and where `stop_time` is not
               given either, their length sets the number of steps
    subsystem, set, log, step, engine
               as in `Simulator`
    stop_time  seconds, in place of the model's
    state      initial states by path, as an earlier recording's ``state`` has them. Time begins at the start time
               again: what depends on it (clocks, workspace data, the phase of slow blocks) does not go on.

    The recording holds root Outports, ToWorkspace variables and logged lines; its evidence is ``bridge``.
    """
    given = {name: array if name == "time" else _array(name, array) for name, array in (inputs or {}).items()}
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
    given = dict(inputs or {})
    times = given.pop("time", None)
    for name, array in given.items():
        given[name] = _array(name, array)
        if not given[name].ndim:
            raise UsageError(f"input {name!r} is one number: a row per step is needed")
    rows = {len(array) for array in given.values()}
    if given and times is None and stop_time is None:
        if len(rows) != 1:
            raise UsageError(f"the inputs have different numbers of rows: {', '.join(map(str, sorted(rows)))}")
        steps = rows.pop()
    else:
        steps = simulator.steps
    schedule = Schedule.of(simulator.program, steps)
    if times is not None:
        given = {name: resample(name, np.asarray(times, float), array, schedule.times) for name, array in given.items()}
    outputs, final = simulator._run(given, steps, state, parameters)
    taken = _steps_taken(simulator.program, outputs, steps)
    if taken < steps:
        # Again, and only so far: the final state is that of the last step.
        given = {name: array[:taken] for name, array in given.items()}
        schedule = Schedule.of(simulator.program, taken)
        outputs, final = simulator._run(given, taken, state, parameters)
    return _record(simulator, schedule, outputs, final)


def _steps_taken(program: Program, outputs: Mapping[str, Any], steps: int) -> int:
    """How many steps there are up to the first in which a Stop block fires, that one included."""
    fired = [np.flatnonzero(_plain(outputs[output.name])) for output in program.outputs if output.kind == "stop"]
    return min([int(rows[0]) + 1 for rows in fired if rows.size], default=steps)


def _record(
    simulator: Simulator, schedule: Schedule, outputs: Mapping[str, Any], final: Mapping[str, Any]
) -> Recording:
    signals: dict[str, NDArray[Any]] = {}
    times: dict[str, NDArray[Any]] = {}
    for output in simulator.program.outputs:
        if output.kind == "stop":
            continue
        rows = _recorded_rows(output, schedule)
        array = _plain(outputs[output.name])
        signals[output.name] = array if rows is None else array[rows]
        if rows is not None:
            times[output.name] = schedule.times[rows]
    origin = {
        "model": simulator.model.name,
        "release": simulator.model.release or "",
        "engine": simulator.engine_name if simulator.engine_name != "auto" else "numpy",
    }
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


def load_model(model: Model | Path) -> Model:
    """The model itself, or the one that a file holds."""
    if isinstance(model, Model):
        return model
    from bridge import files

    loaded = files.read(model)
    if not isinstance(loaded, Model):
        raise UsageError(f"{os.fspath(model)}: holds no Simulink model")
    return loaded


def load_workspace(workspace: Workspace) -> dict[str, Any]:
    """Variables by name, from a mapping, a .mat or a .m file."""
    if workspace is None:
        return {}
    if isinstance(workspace, Mapping):
        return dict(workspace)
    if os.fspath(workspace).lower().endswith(".m"):
        from bridge.matlab.workspace import read_script

        return dict(read_script(workspace))
    from bridge.files import mat

    return mat.workspace(mat.read(workspace))


def model_workspace(model: Model) -> dict[str, Any]:
    """The variables that the model itself carries."""
    held = model.workspace
    if held is None:
        return {}
    if held.code.strip():
        from bridge.matlab.evaluate import run_script

        try:
            return dict(run_script(held.code))
        except MatlabError as error:
            error.where = f"model workspace of '{model.name}'" + (f", {error.where}" if error.where else "")
            raise
    if held.data:
        from bridge.files import mat

        return mat.workspace(mat.read_bytes(held.data, f"{model.name}: model workspace"))
    return {}


def _type_of(array: NDArray[Any]) -> Type:
    """The type of one row; a single column is a scalar signal."""
    shape = array.shape[1:]
    return Type(() if shape == (1,) else shape, from_numpy(array.dtype))


def _array(name: str, data: Any) -> NDArray[Any]:
    """An input's data as numbers."""
    try:
        array = np.asarray(data)
    except ValueError:  # rows of different lengths
        array = np.empty(0, object)
    if array.dtype.kind not in "biufc":
        raise UsageError(f"input {name!r} is no array of numbers")
    return array


def _sample(name: str, data: Any, type: Type) -> NDArray[Any]:
    """An input's value in one step."""
    array = _array(name, data)
    if array.size != type.size:
        raise UsageError(f"input {name!r} is {array.shape}; {type.shape} is needed")
    return _fitted(name, array, type.dtype).reshape(type.shape)


def _fitted(name: str, array: NDArray[Any], dtype: DType) -> NDArray[Any]:
    """An input's data in the type of its Inport; integers and booleans only as they are, never cut or wrapped."""
    target = np.dtype(dtype.numpy)
    if array.dtype.kind == "c" and target.kind != "c":
        raise UsageError(f"input {name!r} is complex, but its Inport is {dtype}")
    with np.errstate(invalid="ignore", over="ignore"):
        fitted = array.astype(target)
    if target.kind in "biu" and (other := array[fitted != array]).size:
        raise UsageError(f"input {name!r} holds {other.flat[0]}, which its Inport's type {dtype} cannot hold")
    return fitted


def _rows(program: Program, name: str, array: Any, steps: int) -> Any:
    value = program.inputs[name]
    if array is None:
        return np.zeros((steps, *value.shape), value.dtype.numpy)
    if hasattr(array, "detach"):
        return array.reshape((steps, *value.shape))
    rows = _array(name, array)
    if not rows.ndim or len(rows) != steps or math.prod(rows.shape[1:]) != value.type.size:
        raise UsageError(f"input {name!r} is {rows.shape}; {(steps, *value.shape)} is needed: one row per step")
    return _fitted(name, rows.reshape((steps, *value.shape)), value.dtype)


def resample(name: str, times: NDArray[Any], rows: NDArray[Any], at: NDArray[Any]) -> NDArray[Any]:
    """Rows at other times: interpolated between those around, extrapolated by the outer two; integers are held."""
    if times.ndim != 1 or len(times) != len(rows) or len(times) == 0 or (np.diff(times) < 0).any():
        raise UsageError(f"the time of input {name!r} must be {len(rows)} seconds that do not decrease")
    before = np.clip(np.searchsorted(times, at, side="right") - 1, 0, max(len(times) - 2, 0))
    if rows.dtype.kind != "f" or len(times) == 1:
        return rows[np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 1)]
    span = times[before + 1] - times[before]
    share = np.divide(at - times[before], span, out=np.zeros_like(at), where=span > 0)
    share = share.reshape((-1,) + (1,) * (rows.ndim - 1))
    return np.asarray(rows[before] + share * (rows[before + 1] - rows[before]))
