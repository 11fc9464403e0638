"""A network as programs of one time step each, and the order in which they run over a sequence.

Most networks are one program. Where a layer also reads the sequence from its end, its backward half is a program of
its own, and what follows it is another: *stages*, which hand each other whole signals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bridge.errors import NetworkError, UnsupportedLayer
from bridge.layers.cell import Cell
from bridge.layers.registry import mathematics
from bridge.network import Input, Layer, Network
from bridge.program import DType, Output, Program, Type, Value
from bridge.program.passes import finish
from bridge.program.trace import origin, tracing
from bridge.program.types import SINGLE


@dataclass(frozen=True)
class Stage:
    """One program, run over time forward or backward; its inputs and outputs are signals by name."""

    program: Program
    backward: bool


@dataclass(frozen=True)
class Plan:
    """A network made ready for engines.

    `stages` in order. `signals` tells of every signal between them whether it is over time; a consumer without time
    takes its last step. `outputs` maps each output layer to its signal.
    """

    stages: tuple[Stage, ...]
    signals: Mapping[str, bool]
    outputs: Mapping[str, str]

    @property
    def program(self) -> Program:
        """The only program. Raises `UnsupportedLayer` where the network is more than one."""
        if len(self.stages) == 1:
            return self.stages[0].program
        halves = [name for name in self.signals if name.endswith("/backward")]
        raise UnsupportedLayer(
            halves[0].removesuffix("/backward"), "reads the sequence from its end, so the network is no single program"
        )


class _Open:
    """A stage while it is being traced."""

    def __init__(self, name: str, backward: bool) -> None:
        self.program = Program(name)
        self.backward = backward
        self.values: dict[str, Value] = {}

    def export(self, signal: str) -> None:
        """Hand a signal out."""
        if all(output.name != signal for output in self.program.outputs):
            self.program.outputs.append(Output(signal, self.values[signal], "outport"))


class _Planner:
    def __init__(self, network: Network, batch: int | None, dtype: DType) -> None:
        self.network = network
        self.batch = batch
        self.dtype = dtype
        self.open = [_Open("network", backward=False)]
        self.home: dict[str, int] = {}  # the stage that computes each signal
        self.timed: dict[str, bool] = {}

    def plan(self) -> Plan:
        for name in self.network.order:
            self._enter(self.network[name])
        outputs = {}
        for name in self.network.outputs:
            signal = self.network.signal(name)
            assert signal is not None  # every layer before it has been entered
            self.open[self.home[name]].export(name)
            outputs[name] = name
        stages = tuple(Stage(finish(stage.program), stage.backward) for stage in self.open)
        return Plan(stages, self.timed, outputs)

    def _enter(self, layer: Layer) -> None:
        found = mathematics(layer)
        signal = self.network.signal(layer.Name)
        assert signal is not None
        sources = self.network.sources(layer.Name)
        stage = max((self.home[source] for source in sources), default=0)
        if found.directions == ("forward",):
            inputs = [self._take(source, stage) for source in sources] or [self._outside(layer, stage)]
            self._emit(layer, layer.Name, stage, lambda cell: found.step(cell, *inputs), signal.time)
            return
        halves = [f"{layer.Name}/{direction}" for direction in found.directions]
        for k, (half, direction) in enumerate(zip(halves, found.directions, strict=True)):
            where = stage if direction == "forward" else self._new_stage(backward=True)
            inputs = [self._take(source, where) for source in sources]
            emit = lambda cell, inputs=inputs: found.step(cell, *inputs)  # noqa: E731
            self._emit(layer, half, where, emit, signal.time, k)
        after = self._new_stage(backward=False)
        parts = [self._take(half, after) for half in halves]
        self._emit(layer, layer.Name, after, lambda _: _stacked(parts), signal.time)

    def _new_stage(self, backward: bool) -> int:
        self.open.append(_Open(f"network, part {len(self.open) + 1}", backward))
        return len(self.open) - 1

    def _type(self, size: int) -> Type:
        return Type((size,) if self.batch is None else (size, self.batch), self.dtype)

    def _outside(self, layer: Layer, stage: int) -> Value:
        if not isinstance(layer, Input):
            raise NetworkError(layer.Name, "has no input")
        program = self.open[stage].program
        program.inputs[layer.Name] = value = Value(self._type(layer.InputSize), layer.Name)
        return value

    def _take(self, signal: str, stage: int) -> Value:
        """A signal's value in a stage; what an earlier stage computes becomes an input."""
        here = self.open[stage]
        if signal not in here.values:
            there = self.open[self.home[signal]]
            there.export(signal)
            value = Value(there.values[signal].type, signal)
            here.program.inputs[signal] = here.values[signal] = value
        return here.values[signal]

    def _emit(
        self, layer: Layer, signal: str, stage: int, step: Callable[[Cell], Value], timed: bool, half: int | None = None
    ) -> None:
        here = self.open[stage]
        cell = Cell(layer, here.program, self.dtype, self.batch, half)
        with tracing(here.program.step), origin(layer.Name):
            here.values[signal] = step(cell)
        self.home[signal] = stage
        self.timed[signal] = timed


def _stacked(parts: list[Value]) -> Value:
    from bridge.program.trace import concat

    return concat(parts, 0)


def plan(network: Network, *, batch: int | None = None, dtype: DType = SINGLE) -> Plan:
    """Write a network as programs.

    batch   the number of sequences side by side: signals are then (channels, batch); without it (channels,)
    dtype   SINGLE or DOUBLE of `bridge.program.types`

    Programs take the learnables as parameters ``layer/InputWeights``, input layers by name, and first states as
    parameters ``layer/HiddenState`` (see `values`); slots have the same paths. Raises `UnsupportedLayer`.
    """
    return _Planner(network, batch, dtype).plan()


def compile(network: Network, *, batch: int | None = None, dtype: DType = SINGLE) -> Program:
    """The network as one program, as `plan`. Raises `UnsupportedLayer` for one that reads sequences backward."""
    return plan(network, batch=batch, dtype=dtype).program


def values(
    network: Network, program: Program, state: Mapping[str, Mapping[str, Any]] | None = None, *, reset: bool = False
) -> dict[str, Any]:
    """The program's parameters out of the network's arrays; states out of `state` where it has them.

    `reset` takes the states after a reset in place of those when saved. Raises `NetworkError` for an array that is not
    set.
    """
    found = {}
    for path, value in program.parameters.items():
        name, _, array = path.rpartition("/")
        layer = network[name]
        given = (state or {}).get(name, {}).get(array)
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


Execute = Callable[[Stage, Mapping[str, Any], int], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""How a stage is run: outputs by name and states by path, from inputs `steps x shape` by name, and the steps."""


@dataclass
class Done:
    """What a plan's run gives: each output layer's `T x shape`, or `shape` without time; final states by path."""

    outputs: dict[str, Any] = field(default_factory=dict)
    states: dict[str, list[Any]] = field(default_factory=dict)


def execute(plan: Plan, run: Execute, inputs: Mapping[str, Any], steps: int) -> Done:
    """Run the stages of a plan; `inputs` are `T x shape` by input layer, or `shape` for those without time.

    Works on arrays and on tensors. States of a layer in two directions come in the order of the directions.
    """
    known: dict[str, tuple[Any, bool]] = {}  # signals in the order in which they were computed, and whether backward
    done = Done()

    def last(signal: str) -> Any:
        return known[signal][0][-1] if signal in known else inputs[signal]

    for stage in plan.stages:
        names = stage.program.inputs
        over_time = any(plan.signals[name] for name in names)
        count = steps if over_time else 1
        fed = {}
        for name in names:
            if not plan.signals[name]:
                fed[name] = _repeated(last(name), count)
                continue
            # Before it is computed, the signal of an input layer is what the caller gives; then it is normalized.
            rows, backward = known.get(name, (inputs.get(name), False))
            fed[name] = rows if backward == stage.backward else _reversed(rows)
        outputs, states = run(stage, fed, count)
        known.update({name: (rows, stage.backward) for name, rows in outputs.items()})
        for path, value in states.items():
            done.states.setdefault(path, []).append(value)
    for name, signal in plan.outputs.items():
        rows, backward = known[signal]
        timed = plan.signals[signal]
        done.outputs[name] = (_reversed(rows) if backward else rows) if timed else last(signal)
    return done


def _reversed(rows: Any) -> Any:
    return rows.flip(0) if hasattr(rows, "flip") else rows[::-1]


def _repeated(one: Any, count: int) -> Any:
    if hasattr(one, "expand"):
        return one.expand((count, *one.shape))
    return np.broadcast_to(one, (count, *one.shape))
