"""A diagram made ready to run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.engines import Engine, Runner, Schedule
from bridge.engines import engine as choose_engine
from bridge.engines.choice import compiling_pays, reason, say_once
from bridge.errors import EngineError, EngineMissing, SimulationLimit, UnknownInput, UsageError
from bridge.program import Program
from bridge.simulation.inputs import arrays_of, row_per_step, sample, type_of
from bridge.simulation.job import Built, Job, Ready
from bridge.simulation.sources import Path, Workspace
from bridge.suggestions import offered

if TYPE_CHECKING:
    from bridge.diagram.build import Diagram
    from bridge.gradients import Gradient, Loss
    from bridge.model import Model


class Simulator:
    """A diagram made ready to run, whole or sample by sample in the user's own loop.

    model      a `Model` or the path of a Simulink file
    workspace  variables by name, or the path of a .mat or .m file. A value may be a torch tensor: with
               ``engine="torch"`` gradients then flow from `run`'s outputs to it.
    inputs     an example of the root Inports' data, for their sizes and types; scalars of type double without it. Data
               for a From Workspace block stand here too, by its path, its name or the variable that it reads, with
               ``"time"`` beside them: they take the place of that variable, and `fed` are their names
    subsystem  the path of a subsystem to run alone. Sample times that it inherits from outside are not known there:
               give `step` where it has none of its own.
    set        block parameters to replace: ``{"PID/P": 2}`` with the parameter last, text or value; and variables,
               ``{"Ts": 0.1}``, in place of the workspace's and of the model's own
    log        blocks (``Sub/Gain``, ``Sub/Demux:2``) or labels of lines to record beside outports and workspace sinks;
               ``*`` for every output of every block, as ``model/Sub/Demux:2``
    step       the base period in seconds, in place of the model's
    solver     the fixed-step solver for continuous states, in place of the model's: ode1, ode2, ode3, ode4, ode5, ode8.
               A model whose solver takes variable steps needs a `step`; without a solver it is then run by ode5, or by
               ode3 in place of ode23
    engine     ``numpy``, ``torch``, ``onnx``, ``compiled`` (C, through the system's compiler) or ``auto``: numpy for
               short runs, compiled for long ones, by the expected work; `choice` then says why. Or an engine itself
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
        solver: str | None = None,
        engine: str | Engine = "auto",
        transform: Callable[[Program], object] | None = None,
    ) -> None:
        inputs = arrays_of(inputs)
        arrays = {name: array for name, array in inputs.items() if name != "time"}
        types = {name: type_of(array) for name, array in arrays.items()}
        self._job = Job(model, workspace, subsystem, set, log, step, stop_time, solver, types, transform)
        self._known: Built | None = None
        self.choice = ""
        counted = stop_time is None and "time" not in inputs
        rows = next((len(array) for array in arrays.values() if counted and array.ndim), None)
        self.fed: frozenset[str] = frozenset()
        try:
            self._runner = self._load(engine, rows)
        except UnknownInput as error:
            from bridge.simulation.feeding import fed

            self._job, self.fed = fed(self._job, inputs, error)
            inports = [array for name, array in arrays.items() if name not in self.fed]
            rows = next((len(array) for array in inports if counted and array.ndim), None)
            self._runner = self._load(engine, rows)
        self._parameters = {**self._ready.parameters, **self._reshaped(self._tensors())}
        self.reset()

    def _load(self, engine: str | Engine, rows: int | None) -> Runner:
        """Choose the engine and load the program, of which the compiled engine may have kept what it needs."""
        if not isinstance(engine, str):
            self._ready, self.engine_name = Ready.of(self._built), engine.name
            return engine.load(self.program)
        kept, name = None, None
        if engine in ("auto", "compiled"):
            from bridge.simulation import interface

            name = interface.key(self._job)
            kept = None if name is None else interface.find(self._job, name)
        self._ready = Ready.of(self._built) if kept is None else kept[0]
        self.engine_name = engine
        if engine == "auto":
            steps = self._ready.steps if rows is None else rows
            long = compiling_pays(self._ready.operations, steps) and not self._tensors()
            self.engine_name = "compiled" if long else "numpy"
            self.choice = reason(self._ready.operations, steps, self.engine_name)
        if self.engine_name == "compiled":
            from bridge.engines.compiled_engine import CompiledRunner, built

            try:
                library = built(self.program) if kept is None else kept[1]
                runner = CompiledRunner(self._ready.program, library)
            except EngineError as error:
                if engine != "auto":
                    raise
                self.engine_name, self.choice = "numpy", str(error)
                if isinstance(error, EngineMissing):
                    say_once(str(error))
            else:
                if kept is None and name is not None:
                    interface.keep(self._job, name, self._ready, library)
                return runner
        self._ready = Ready.of(self._built)
        return choose_engine(self.engine_name).load(self.program)

    def _tensors(self) -> Mapping[str, Any]:
        """The workspace's torch tensors; with any, nothing is kept."""
        return {} if self._known is None else self._known.tensors

    @property
    def _built(self) -> Built:
        """The model read and traced, when that is needed."""
        if self._known is None:
            self._known = self._job.build()
        return self._known

    @property
    def model(self) -> Model:
        """The model."""
        return self._built.model

    @property
    def diagram(self) -> Diagram:
        """The program with what it was made of."""
        return self._built.diagram

    @property
    def variables(self) -> Mapping[str, Any]:
        """Every workspace variable, given or carried by the model."""
        return self._built.variables

    @property
    def ready(self) -> Ready:
        """What running needs, which may be there without the model's having been read."""
        return self._ready

    @property
    def program(self) -> Program:
        """The diagram as typed mathematics."""
        return self.diagram.program

    @property
    def steps(self) -> int:
        """The number of steps from start to stop time, both included."""
        return self._ready.steps

    def _reshaped(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Values in the shape that MATLAB gives them: at least two dimensions, a vector as a row."""
        arrays = {name: value if hasattr(value, "detach") else np.asarray(value) for name, value in given.items()}
        types = {name: value.type for name, value in self._ready.program.parameters.items()}
        return {
            name: array.reshape(types[name].shape) if math.prod(array.shape) == types[name].size else array
            for name, array in arrays.items()
            if name in types
        }

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
        variables. A variable whose value shaped the program (a size, an index) cannot be replaced. `step` goes on where
        the run has ended, with its parameters; `reset` goes back to the simulator's own.
        """
        if steps is not None and steps < 0:
            raise UsageError(f"steps = {steps} is no number of steps")
        count = self.steps if steps is None else steps
        outputs, self._state = self._run(inputs or {}, count, state, parameters)
        # The next step goes on from there.
        self._tick, self._now, self._started = count, self.values(parameters), False
        return outputs

    def gradient(self, loss: Loss, inputs: Mapping[str, Any] | None = None, **options: Any) -> Gradient:
        """The loss of a run and its gradients: see `bridge.gradient`, whose `of`, `with_inputs`, … it takes."""
        from bridge.gradients import gradient_of

        return gradient_of(self, loss, inputs, **options)

    def values(self, parameters: Mapping[str, Any] | None) -> dict[str, Any]:
        """The workspace variables that the program takes, with those that replace them."""
        fixed = sorted(self._ready.structural & set(parameters or {}))
        if fixed:
            raise UsageError(f"variable {fixed[0]!r} shapes the program: make a new Simulator to change it")
        unknown = [name for name in parameters or () if name not in self.variables and name not in self._parameters]
        if unknown:
            there = offered(unknown[0], sorted(self.variables))
            raise UsageError(f"there is no workspace variable {unknown[0]!r} to replace{there}")
        return {**self._parameters, **self._reshaped(parameters or {})}

    def rows(self, inputs: Mapping[str, Any], steps: int) -> dict[str, Any]:
        """The root Inports' data, a row per step, in the types of the Inports; zeros where there are none."""
        program = self._ready.program
        rows = {name: row_per_step(program, name, inputs.get(name), steps) for name in program.inputs}
        self._check_names(inputs)
        return rows

    def _run(
        self,
        inputs: Mapping[str, Any],
        steps: int,
        state: Mapping[str, Any] | None,
        parameters: Mapping[str, Any] | None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        schedule = Schedule.of(self._ready.program, steps)
        rows, values = self.rows(inputs, steps), self.values(parameters)
        try:
            done = self._runner.run(schedule, values, rows, state)
        except MemoryError as error:
            raise SimulationLimit(self._ready.program.name, "needs more memory than this machine has") from error
        return done.outputs, done.state

    def inports(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the inputs that every run takes: not those in `fed`, nor their time where nothing else is left."""
        left = {name: data for name, data in inputs.items() if name not in self.fed}
        return {} if left.keys() == {"time"} else left

    def _check_names(self, inputs: Mapping[str, Any]) -> None:
        names = self._ready.program.inputs
        unknown = [name for name in inputs if name not in names]
        if unknown and unknown[0] in self.fed:
            what = f"input {unknown[0]!r} went into a From Workspace block when this simulator was made"
            raise UsageError(f"{what}: make a new one to change it")
        if unknown:
            raise UsageError(f"there is no root Inport {unknown[0]!r}{offered(unknown[0], names)}")

    def reset(self) -> None:
        """Go back to the first step."""
        self._tick, self._now = 0, self._parameters
        self._start(None)

    def _start(self, state: Mapping[str, Any] | None) -> None:
        """Let the runner know the parameters, without which it takes no step."""
        self._state = self._runner.start(self._now, state)
        self._started = True

    @property
    def state(self) -> dict[str, Any]:
        """The state by path, as the next step reads it. Assign a mapping to change it."""
        return dict(self._state)

    @state.setter
    def state(self, state: Mapping[str, Any]) -> None:
        self._start({**self._state, **state})

    @property
    def time(self) -> float:
        """The time of the next step in seconds."""
        return float(Schedule.of(self._ready.program, 1, self._tick).times[0])

    def step(self, u: Any = None) -> dict[str, Any]:
        """Take one step and return the outputs. `u` is a mapping by Inport, or the value of the only one.

        An Inport that gets no value is zero.
        """
        names = list(self._ready.program.inputs)
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
            name: sample(name, given[name], value.type) if name in given else np.zeros(value.shape, value.dtype.numpy)
            for name, value in self._ready.program.inputs.items()
        }
        if not self._started:
            self._start(self._state)
        schedule = Schedule.of(self._ready.program, 1, self._tick)
        outputs, self._state = self._runner.step(schedule.times[0], schedule.hits[0], inputs, self._state)
        self._tick += 1
        return outputs
