"""Gradients of a loss through a diagram, and descending along them: tuning gains, training weights in a diagram.

The gradient is a program of its own, made from the diagram's by reverse mode (`bridge.program.adjoint`) and run by any
engine: forward over the steps, then backward. The state of every step is stored in between; what else the backward
steps need they compute again.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.engines import Runner, Schedule, engine
from bridge.engines.choice import compiling_pays
from bridge.errors import EngineError, UnsupportedOperation, UsageError
from bridge.packages import required
from bridge.program.adjoint import adjoint
from bridge.simulation import Simulator
from bridge.suggestions import offered

if TYPE_CHECKING:
    from bridge.model import Model
    from bridge.training import TrainingOptions

Array = NDArray[Any]
Arrays = Mapping[str, Any]
# Targets by output; or from the outputs, `T x …` by name, to the loss and its derivative with respect to some of them;
# or the name of an output that is the loss, at the last step.
Loss = Mapping[str, Any] | Callable[[dict[str, Array]], tuple[float, Mapping[str, Any]]] | str


@dataclass(frozen=True)
class Gradient:
    """A loss and its gradients, each in the shape of what it belongs to: of a variable, that in the workspace.

    `variables` by workspace name, `inputs` by root Inport (`T x …`), `state` by the path of the first state; `outputs`
    are those of the forward run. `variables` alone holds all of MATLAB's numbers that were asked for; the others are
    empty where they were not.
    """

    loss: float
    variables: dict[str, Array]
    inputs: dict[str, Array] = field(default_factory=dict)
    state: dict[str, Array] = field(default_factory=dict)
    outputs: dict[str, Array] = field(default_factory=dict)


class Backpropagation:
    """The gradient of one simulator's outputs, made ready to be run repeatedly.

    simulator  the diagram; its engine also runs the gradient
    of         workspace variables; by default all that are floating-point and not sizes or the like
    inputs     whether with respect to the root Inports, too
    state      whether with respect to the first state, too
    runs       how often it will be run, by which ``engine="auto"`` chooses
    """

    def __init__(
        self,
        simulator: Simulator,
        of: Sequence[str] | None = None,
        *,
        inputs: bool = False,
        state: bool = False,
        runs: int = 1,
    ) -> None:
        self.simulator = simulator
        program = simulator.program
        self.of = _variables(simulator, of)
        continuous = [name for name, value in program.inputs.items() if value.dtype.is_float] if inputs else []
        outputs = [o.name for o in program.outputs if o.value.dtype.is_float]
        self.adjoint = adjoint(program, outputs, self.of, continuous, state)
        self._wants_state = state
        self._forward, self._backward, self._start = self._runners(runs)

    def _runners(self, runs: int) -> list[Runner]:
        """The three programs, loaded."""
        simulator = self.simulator
        programs = (self.adjoint.forward, self.adjoint.backward, self.adjoint.start)
        automatic, name = bool(simulator.choice), simulator.engine_name
        if automatic:
            operations = sum(1 for program in programs for _ in program.step.walk())
            name = "compiled" if compiling_pays(operations, simulator.steps * runs) else "numpy"
        try:
            return [engine(name).load(program) for program in programs]
        except (UnsupportedOperation, EngineError):
            if not automatic:
                raise
            return [engine("numpy").load(program) for program in programs]

    def __call__(
        self,
        loss: Loss,
        inputs: Arrays | None = None,
        *,
        steps: int | None = None,
        state: Arrays | None = None,
        parameters: Arrays | None = None,
    ) -> Gradient:
        """The loss of a run from the start, and its gradients. Arguments are those of `Simulator.run`."""
        simulator, names = self.simulator, self.adjoint
        count = simulator.steps if steps is None else steps
        rows = simulator.rows(inputs or {}, count)
        values = simulator.values(parameters)
        schedule = Schedule.of(simulator.program, count)
        run = self._forward.run(schedule, values, rows, state)
        outputs = {output.name: np.asarray(run.outputs[output.name]) for output in simulator.program.outputs}
        value, slopes = _evaluated(loss, outputs)
        given = {name: run.outputs[name] for name in names.states.values()}
        given |= {f"input {name}": array for name, array in rows.items()}
        given |= {held: slopes.get(name, np.zeros(outputs[name].shape)) for name, held in names.gradients.items()}
        needed = {name: np.ascontiguousarray(given[name][::-1]) for name in names.backward.inputs}
        reverse = Schedule(schedule.times[::-1], schedule.hits[::-1])
        back = self._backward.run(reverse, values, needed)
        ends = {name: np.asarray(back.state[name])[None] for name in (*names.slots.values(), *names.sums)}
        first = self._start.run(Schedule.of(names.start, 1), values, ends)
        return Gradient(
            value,
            {name: np.asarray(first.outputs[name][0]).reshape(_shape(simulator, name)) for name in self.of},
            {name: np.asarray(back.outputs[key])[::-1] for name, key in names.inputs.items()},
            {path: np.asarray(back.state[key]) for path, key in names.slots.items()} if self._wants_state else {},
            outputs,
        )


def _shape(simulator: Simulator, name: str) -> tuple[int, ...]:
    """A variable's shape as the workspace gives it, where MATLAB knows only two dimensions and more."""
    given, shape = np.shape(simulator.variables.get(name, 0.0)), simulator.program.parameters[name].shape
    return given if math.prod(given) == math.prod(shape) else shape


def _variables(simulator: Simulator, of: Sequence[str] | None) -> list[str]:
    """The variables, after a check that each has a gradient."""
    parameters, structural = simulator.program.parameters, simulator.diagram.structural
    if of is None:
        return [name for name, value in parameters.items() if value.dtype.is_float and name not in structural]
    for name in of:
        if name not in parameters:
            there = ", ".join(parameters) or "none"
            raise UsageError(f"the diagram computes nothing from a variable {name!r}; from these it does: {there}")
        if name in structural:
            raise UsageError(f"variable {name!r} shapes the program: there is no gradient with respect to it")
        if not parameters[name].dtype.is_float:
            raise UsageError(f"variable {name!r} is {parameters[name].dtype}: there is no gradient with respect to it")
    return list(of)


def _evaluated(loss: Loss, outputs: dict[str, Array]) -> tuple[float, dict[str, Array]]:
    """The loss, and its derivative by output."""
    if isinstance(loss, str):
        array = outputs[_known(loss, outputs)]
        if not len(array) or array[0].size != 1:
            raise UsageError(f"output {loss!r} is {array.shape}: a loss is one number per step, in one step at least")
        slope = np.zeros(array.shape)
        slope[-1] = 1.0
        return float(array[-1].item()), {loss: slope}
    if callable(loss):
        value, given = loss(outputs)
        slopes = {name: np.asarray(slope, float) for name, slope in given.items()}
    else:
        value, slopes = 0.0, {}
        for name, target in loss.items():
            array = outputs[_known(name, outputs)]
            wanted = np.asarray(target, float)
            if wanted.size != array.size or not array.size or len(wanted) != len(array):
                raise UsageError(f"the target of {name!r} is {wanted.shape}, the output {array.shape}")
            error = array - wanted.reshape(array.shape)
            value += float(np.mean(error * error))
            slopes[name] = error * (2.0 / array.size)
    for name, slope in slopes.items():
        if slope.shape != outputs[_known(name, outputs)].shape:
            raise UsageError(f"the derivative by {name!r} is {slope.shape}, the output {outputs[name].shape}")
    return float(value), slopes


def _known(name: str, outputs: Mapping[str, Array]) -> str:
    if name not in outputs:
        raise UsageError(f"there is no output {name!r}{offered(name, outputs)}")
    if outputs[name].dtype.kind != "f":
        raise UsageError(f"output {name!r} is {outputs[name].dtype}: it has no gradient")
    return name


def gradient_of(
    simulator: Simulator,
    loss: Loss,
    inputs: Arrays | None = None,
    *,
    of: Sequence[str] | None = None,
    with_inputs: bool = False,
    with_state: bool = False,
    steps: int | None = None,
    state: Arrays | None = None,
    parameters: Arrays | None = None,
) -> Gradient:
    """What `gradient` does, for a simulator."""
    if steps is None and inputs:
        steps = len(next(iter(inputs.values())))
    made = Backpropagation(simulator, of, inputs=with_inputs, state=with_state)
    return made(loss, inputs, steps=steps, state=state, parameters=parameters)


def gradient(
    model: Model | str | os.PathLike[str],
    workspace: Any = None,
    inputs: Arrays | None = None,
    *,
    loss: Loss,
    of: Sequence[str] | None = None,
    with_inputs: bool = False,
    with_state: bool = False,
    steps: int | None = None,
    state: Arrays | None = None,
    **options: Any,
) -> Gradient:
    """The gradient of a loss through a diagram, by workspace variable.

    model, workspace, inputs
                as in `bridge.Simulator` and its `run`: an input has a row per step
    loss        ``{"y": target}`` is the mean squared error of outputs against targets (`T x …`); a function from the
                outputs by name to the loss and its derivatives ``{"y": …}``; or the name of an output that holds the
                loss at the last step
    of          the variables; by default all
    with_inputs, with_state
                also with respect to the root Inports and to the first state
    options     further ones of `bridge.Simulator`: `set`, `log`, `engine`, …

    Raises UsageError for variables and outputs that have none, and UnsupportedOperation naming the block through which
    there is none.
    """
    given = {name: np.asarray(array) for name, array in (inputs or {}).items()}
    simulator = Simulator(model, workspace, inputs=given, **options)
    given = simulator.inports(given)
    wanted: dict[str, Any] = {"of": of, "with_inputs": with_inputs, "with_state": with_state}
    return gradient_of(simulator, loss, given, steps=steps, state=state, **wanted)


@dataclass(frozen=True)
class Tuned:
    """What tuning found: the variables' last values, the loss before each step and after the last, and the run."""

    variables: dict[str, Array]
    losses: Array
    outputs: dict[str, Array]


def tune(
    model: Model | str | os.PathLike[str],
    workspace: Any,
    parameters: Sequence[str],
    *,
    loss: Loss,
    inputs: Arrays | None = None,
    options: TrainingOptions | None = None,
    steps: int | None = None,
    watch: Callable[[int, float, dict[str, Array]], object] | None = None,
    **simulator_options: Any,
) -> Tuned:
    """Change workspace variables along the gradient of a loss, as `trainnet` changes weights.

    model, workspace, inputs, loss, steps
                  as in `gradient`
    parameters    the variables to change, from their values in the workspace on
    options       `TrainingOptions`: the solver and its settings, the learn rate and its schedule, the threshold of the
                  gradient; `MaxEpochs` is the number of changes. `L2Regularization` does not apply: a gain is no weight
    watch         is called with the number of changes so far, the loss, and the values; returning True ends

    Raises EngineMissing without the package torch, whose arrays the solvers work on.
    """
    torch = required("torch", "tuning")
    from bridge.training import TrainingOptions
    from bridge.training.solvers import regularized, solver

    chosen = options or TrainingOptions()
    given = {name: np.asarray(array) for name, array in (inputs or {}).items()}
    simulator = Simulator(model, workspace, inputs=given, **simulator_options)
    given = simulator.inports(given)
    if steps is None and given:
        steps = len(next(iter(given.values())))
    made = Backpropagation(simulator, parameters, runs=chosen.MaxEpochs)
    start = simulator.values(None)
    values = {name: np.array(start[name], float).reshape(_shape(simulator, name)) for name in made.of}
    tensors = [torch.from_numpy(array) for array in values.values()]  # which share their memory
    update, losses = solver(chosen), []
    now = made(loss, given, steps=steps, parameters=values)
    for epoch in range(1, chosen.MaxEpochs + 1):
        losses.append(now.loss)
        if watch is not None and watch(epoch - 1, now.loss, {name: array.copy() for name, array in values.items()}):
            break
        slopes = [torch.from_numpy(np.array(now.variables[name])) for name in made.of]
        slopes = regularized(tensors, slopes, [0.0] * len(slopes), chosen)
        update.step(tensors, slopes, [chosen.rate_in(epoch)] * len(tensors))
        now = made(loss, given, steps=steps, parameters=values)
    else:
        losses.append(now.loss)
    return Tuned({name: array.copy() for name, array in values.items()}, np.array(losses), now.outputs)
