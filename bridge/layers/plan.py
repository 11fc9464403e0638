"""A network as programs, and the order in which they run over a sequence.

Most networks are one program of one time step. Where a layer also reads the sequence from its end, its backward half is
a program of its own, and what follows it is another: *stages*, which hand each other whole signals. A layer that mixes
steps (attention, convolution, pooling) begins a stage that computes the whole sequence at once, as matrices with a
column for each step; layers without memory that follow join it, since to them columns are columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from bridge.errors import NetworkError, UnsupportedLayer
from bridge.layers.cell import Cell
from bridge.layers.registry import mathematics
from bridge.network import Input, Layer, Network
from bridge.program import DType, Output, Program, Type, Value
from bridge.program.passes import finish
from bridge.program.trace import origin, tracing
from bridge.program.types import SINGLE

Kind = Literal["forward", "backward", "whole"]


@dataclass(frozen=True)
class Stage:
    """One program, run over time forward or backward, or once for each whole sequence.

    Its inputs and outputs are signals by name. `starts` are the first states, by path, that are signals too.
    """

    program: Program
    kind: Kind
    starts: Mapping[str, str] = field(default_factory=dict)

    @property
    def backward(self) -> bool:
        """Whether time runs backward."""
        return self.kind == "backward"


@dataclass(frozen=True)
class Plan:
    """A network made ready for engines.

    `stages` in order. `signals` tells of every signal between them whether it is over time; a consumer without time
    takes its last step. `outputs` maps each output of the network to its signal. `finals` are the signals that are
    a state's last value, with the state's path.
    """

    stages: tuple[Stage, ...]
    signals: Mapping[str, bool]
    outputs: Mapping[str, str]
    finals: Mapping[str, str] = field(default_factory=dict)

    @property
    def program(self) -> Program:
        """The only program, of one time step. Raises `UnsupportedLayer` where the network is more than that."""
        if len(self.stages) == 1 and self.stages[0].kind == "forward":
            return self.stages[0].program
        halves = [name for name in self.signals if name.endswith("/backward")]
        if halves:
            culprit, cause = halves[0].removesuffix("/backward"), "reads the sequence from its end"
        else:
            culprit = next(iter(self.finals), list(self.signals)[-1]).partition("/")[0]
            cause = "takes or hands on more than one time step"
        raise UnsupportedLayer(culprit, f"{cause}, so the network is no single program")


class _Open:
    """A stage while it is being traced."""

    def __init__(self, name: str, kind: Kind, once: bool = False) -> None:
        self.program = Program(name)
        self.kind = kind
        self.once = once  # for what has no time: one step alone
        self.values: dict[str, Value] = {}
        self.starts: dict[str, str] = {}

    def export(self, signal: str) -> None:
        """Hand a signal out."""
        if all(output.name != signal for output in self.program.outputs):
            self.program.outputs.append(Output(signal, self.values[signal], "outport"))


class _Planner:
    def __init__(self, network: Network, batch: int | None, dtype: DType, steps: int) -> None:
        self.network = network
        self.batch = batch
        self.dtype = dtype
        self.given = steps
        first: Kind = "whole" if takes_whole_sequences(network) else "forward"
        self.open = [_Open("network", first)]
        self.home: dict[str, int] = {}  # the first stage that can take each signal without being handed it
        self.timed: dict[str, bool] = {}
        self.sizes: dict[str, int] = {}
        self.steps: dict[str, int] = {}  # of signals over time
        self.finals: dict[str, str] = {}

    def plan(self) -> Plan:
        for name in self.network.order:
            self._enter(self.network[name])
        outputs = {}
        for name in self.network.outputs:
            outputs[name] = name
            if name not in self.finals:
                self.open[self.home[name]].export(name)
        stages = tuple(Stage(finish(stage.program), stage.kind, stage.starts) for stage in self.open)
        return Plan(stages, self.timed, outputs, self.finals)

    def _enter(self, layer: Layer) -> None:
        found = mathematics(layer)
        signal = self.network.signal(layer.Name)
        assert signal is not None  # every layer before it has been entered
        sources = self.network.feeding(layer.Name)
        starts = dict(zip(layer.state_names, sources[1:], strict=True)) if layer.fed_states else {}
        sources = sources[:1] if starts else sources
        steps = max((self.steps.get(source, 1) for source in sources), default=self.given)
        stage = max((self.home[source] for source in sources), default=0)
        if found.over_time(layer):
            stage = self._stage("whole", stage)
        elif layer.state_names:
            once = not self.timed[sources[0]]
            stage = self._new_stage("forward", once) if starts or once else self._stage("forward", stage)
        elif stage == len(self.open):
            stage = self._new_stage("forward")
        if found.directions == ("forward",):
            inputs = [self._take(source, stage) for source in sources] or [self._outside(layer, stage)]
            self._start(layer, starts, stage)
            self._emit(layer, layer.Name, stage, lambda cell: found.step(cell, *inputs), signal.time, steps)
            self._finals(layer, stage)
            return
        halves = [f"{layer.Name}/{direction}" for direction in found.directions]
        for k, (half, direction) in enumerate(zip(halves, found.directions, strict=True)):
            where = stage if direction == "forward" else self._new_stage("backward")
            inputs = [self._take(source, where) for source in sources]
            emit = lambda cell, inputs=inputs: found.step(cell, *inputs)  # noqa: E731
            self._start(layer, starts, where)
            self._emit(layer, half, where, emit, signal.time, steps, k)
        after = self._new_stage("forward")
        parts = [self._take(half, after) for half in halves]
        self._emit(layer, layer.Name, after, lambda _: _stacked(parts), signal.time, steps)
        self._finals(layer, after - 1)

    def _start(self, layer: Layer, starts: Mapping[str, str], stage: int) -> None:
        for state, source in starts.items():
            self.open[stage].starts[f"{layer.Name}/{state}"] = source
            if source not in self.finals:
                self.open[self.home[source]].export(source)

    def _finals(self, layer: Layer, stage: int) -> None:
        """The signals that are the layer's last states: there once its stage has run."""
        for port, state in zip(layer.output_ports[1:], layer.state_names, strict=False):
            name = f"{layer.Name}/{port}"
            signal = self.network.signal(name)
            assert signal is not None
            self.finals[name] = f"{layer.Name}/{state}"
            self.home[name], self.timed[name], self.sizes[name] = stage + 1, False, signal.size

    def _stage(self, kind: Kind, least: int) -> int:
        """The first stage of a kind from `least` on; a new one where there is none."""
        found = [k for k in range(least, len(self.open)) if self.open[k].kind == kind and not self.open[k].once]
        return found[0] if found else self._new_stage(kind)

    def _new_stage(self, kind: Kind, once: bool = False) -> int:
        self.open.append(_Open(f"network, part {len(self.open) + 1}", kind, once))
        return len(self.open) - 1

    def _columns(self, stage: int, timed: bool, steps: int) -> int | None:
        """How many columns a value has in a stage; None where it is a vector."""
        if self.open[stage].kind != "whole":
            return self.batch
        return steps if timed else 1

    def _outside(self, layer: Layer, stage: int) -> Value:
        if not isinstance(layer, Input):
            raise NetworkError(layer.Name, "has no input")
        signal = self.network.signal(layer.Name)
        assert signal is not None
        columns = self._columns(stage, signal.time, self.given)
        size = (layer.InputSize,) if columns is None else (layer.InputSize, columns)
        program = self.open[stage].program
        program.inputs[layer.Name] = value = Value(Type(size, self.dtype), layer.Name)
        return value

    def _take(self, signal: str, stage: int) -> Value:
        """A signal's value in a stage; what an earlier stage computes becomes an input."""
        here = self.open[stage]
        if signal not in here.values:
            if signal not in self.finals:
                self.open[self.home[signal]].export(signal)
            size = self.sizes[signal]
            columns = self._columns(stage, self.timed[signal], self.steps.get(signal, 1))
            value = Value(Type((size,) if columns is None else (size, columns), self.dtype), signal)
            here.program.inputs[signal] = here.values[signal] = value
        return here.values[signal]

    def _emit(
        self,
        layer: Layer,
        signal: str,
        stage: int,
        step: Callable[[Cell], Value],
        timed: bool,
        steps: int,
        half: int | None = None,
    ) -> None:
        here = self.open[stage]
        cell = Cell(layer, here.program, self.dtype, self._columns(stage, timed, steps), half)
        with tracing(here.program.step), origin(layer.Name):
            here.values[signal] = value = step(cell)
        self.home[signal] = stage
        self.timed[signal] = timed
        self.sizes[signal] = value.shape[0]
        if timed:
            self.steps[signal] = value.shape[1] if here.kind == "whole" else steps


def takes_whole_sequences(network: Network) -> bool:
    """Whether some layer mixes steps, so that a plan is for sequences of one length."""
    return any(mathematics(layer).over_time(layer) for layer in network)


def require_steps(network: Network, cause: str) -> None:
    """Raise `UnsupportedLayer` for a network that is more than states and steps: `cause` says why that matters."""
    for layer in network:
        if mathematics(layer).over_time(layer):
            raise UnsupportedLayer(layer.label, f"takes a whole sequence at once; {cause}")
        if layer.fed_states or layer.side_outputs():
            raise UnsupportedLayer(layer.label, f"has ports for its states; {cause}")
        given = network.signal(network.feeding(layer.Name)[0]) if layer.state_names else None
        if given is not None and not given.time:
            raise UnsupportedLayer(layer.label, f"remembers, but takes what has no time; {cause}")


def _stacked(parts: list[Value]) -> Value:
    from bridge.program.trace import concat

    return concat(parts, 0)


def plan(network: Network, *, batch: int | None = None, dtype: DType = SINGLE, steps: int = 1) -> Plan:
    """Write a network as programs.

    batch   the number of sequences side by side: signals are then (channels, batch); without it (channels,)
    dtype   SINGLE or DOUBLE of `bridge.program.types`
    steps   the length of the sequences; it matters only to a network that `takes_whole_sequences`

    Programs take the learnables as parameters ``layer/InputWeights``, input layers by name, and first states as
    parameters ``layer/HiddenState`` (see `values`); slots have the same paths. Raises `UnsupportedLayer`.
    """
    return _Planner(network, batch, dtype, steps).plan()


def compile(network: Network, *, batch: int | None = None, dtype: DType = SINGLE) -> Program:
    """The network as one program, as `plan`. Raises `UnsupportedLayer` for one that is not causal, step by step."""
    return plan(network, batch=batch, dtype=dtype).program


def values(
    network: Network,
    program: Program,
    state: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    reset: bool = False,
    starts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The program's parameters out of the network's arrays; states out of `starts` and `state` where they have them.

    `reset` takes the states after a reset in place of those when saved. Raises `NetworkError` for an array that is not
    set.
    """
    found = {}
    for path, value in program.parameters.items():
        name, _, array = path.rpartition("/")
        layer = network[name]
        given = (starts or {}).get(path, (state or {}).get(name, {}).get(array))
        if array in layer.state_names:
            column = layer.start(array, reset=reset) if given is None else given
            found[path] = _columns(column, value.shape)
        elif array in layer.arrays:
            found[path] = layer.arrays[array]
        else:
            advice = "initialize() draws it" if array in layer.learnable_names else "set it"
            raise NetworkError(name, f"{array} is not set: {advice}")
    return found


def _columns(column: Any, shape: tuple[int, ...]) -> Any:
    """A state for every sequence of a batch; tensors stay tensors."""
    if tuple(column.shape) == shape:
        return column
    return column.expand(shape) if hasattr(column, "expand") else np.broadcast_to(column, shape)


Execute = Callable[[Stage, Mapping[str, Any], int, Mapping[str, Any]], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""How a stage is run: outputs by name and states by path, from inputs `steps x shape` by name, the steps, and the first
states by path that are signals."""


@dataclass
class Done:
    """What a plan's run gives: each output layer's `T x shape`, or `shape` without time; final states by path."""

    outputs: dict[str, Any] = field(default_factory=dict)
    states: dict[str, list[Any]] = field(default_factory=dict)


def execute(plan: Plan, run: Execute, inputs: Mapping[str, Any], steps: int) -> Done:
    """Run the stages of a plan; `inputs` are `T x shape` by input layer, or `shape` for those without time.

    States of a layer in two directions come in the order of the directions.
    """
    return _Execution(plan, run, inputs, steps).done


class _Execution:
    def __init__(self, plan: Plan, run: Execute, inputs: Mapping[str, Any], steps: int) -> None:
        self.plan = plan
        self.run = run
        self.inputs = inputs
        self.known: dict[str, tuple[Any, bool]] = {}  # signals as rows, as they were computed, and whether backward
        self.done = Done()
        for stage in plan.stages:
            names = stage.program.inputs
            timed = [name for name in names if plan.signals[name]]
            count = len(self._rows(timed[0], False)) if timed else 1
            starts = {path: _state(self._last(signal)) for path, signal in stage.starts.items()}
            outputs, states = self._whole(stage) if stage.kind == "whole" else self._steps(stage, count, starts)
            self.known.update({name: (rows, stage.kind == "backward") for name, rows in outputs.items()})
            for path, value in states.items():
                self.done.states.setdefault(path, []).append(value)
        for name, signal in plan.outputs.items():
            self.done.outputs[name] = self._rows(signal, False) if plan.signals[signal] else self._last(signal)

    def _rows(self, signal: str, backward: bool) -> Any:
        # Before it is computed, the signal of an input layer is what the caller gives; then it is normalized.
        rows, turned = self.known.get(signal, (self.inputs.get(signal), False))
        return rows if turned == backward else rows[::-1]

    def _last(self, signal: str) -> Any:
        """The last step of a signal, or its only value."""
        if signal in self.plan.finals:
            parts = self.done.states[self.plan.finals[signal]]
            return np.concatenate([np.asarray(part) for part in parts])
        return self.known[signal][0][-1] if signal in self.known else self.inputs[signal]

    def _steps(self, stage: Stage, count: int, starts: Mapping[str, Any]) -> Any:
        fed = {}
        for name in stage.program.inputs:
            if self.plan.signals[name]:
                fed[name] = self._rows(name, stage.kind == "backward")
            else:
                one = np.asarray(self._last(name))
                fed[name] = np.broadcast_to(one, (count, *one.shape))
        return self.run(stage, fed, count, starts)

    def _whole(self, stage: Stage) -> Any:
        """Each sequence of a batch by itself, as a matrix with a column for each step."""
        given = {
            name: np.asarray(self._rows(name, False) if self.plan.signals[name] else self._last(name)[None])
            for name in stage.program.inputs
        }
        batch = next((rows.shape[2] for rows in given.values() if rows.ndim == 3), None)
        each: list[Mapping[str, Any]] = []
        for k in range(1 if batch is None else batch):
            fed = {name: (rows[..., k] if rows.ndim == 3 else rows).T[None] for name, rows in given.items()}
            each.append(self.run(stage, fed, 1, {})[0])
        outputs = {}
        for output in stage.program.outputs:
            rows = [np.asarray(one[output.name])[0].T for one in each]
            empty = np.zeros((*output.value.shape[::-1], 0))
            outputs[output.name] = rows[0] if batch is None else np.stack(rows, -1) if rows else empty
        return outputs, {}


def _state(value: Any) -> Any:
    """A signal without time as states are given: a column for each sequence."""
    array = np.asarray(value)
    return array.reshape(-1, 1) if array.ndim == 1 else array
