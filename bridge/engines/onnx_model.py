"""Programs as ONNX models.

A model for a whole run is a Scan over time, before which comes what depends on time and inputs alone; a model for one
step has every state as an input and as an output. Both have the parameters as inputs, or as constants where values are
given. The names in a model follow those in the program
as far as harmless characters allow, and are listed in its metadata (`names_in`): states by slot path, and so on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bridge.engines.onnx_control import Translation, refuse
from bridge.engines.onnx_graph import BOOL, DOUBLE, INT64, Graph, carrier, element
from bridge.engines.onnx_series import Series
from bridge.errors import UsageError
from bridge.program import Program, Type, Value
from bridge.program.types import DOUBLE as DOUBLE_TYPE
from bridge.suggestions import offered

_NOTE = "bridge.names"
Dims = tuple[int | str, ...]


@dataclass
class ModelNames:
    """The names in a model by the names in the program; `time` and `hits` are empty where the model has none."""

    parameters: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    next_states: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    time: str = ""
    hits: str = ""
    steps: str = ""  # with a clock of its own: how many steps, where no input tells; of a step, its number


def names_in(model: Any) -> ModelNames:
    """The names that a model made here says it has."""
    notes = {note.key: note.value for note in model.metadata_props}
    if _NOTE not in notes:
        raise UsageError("the ONNX model was not made from a program: it does not list its names")
    return ModelNames(**json.loads(notes[_NOTE]))


def to_onnx(
    program: Program,
    *,
    whole: bool = True,
    parameters: Mapping[str, Any] | None = None,
    initial_states: bool = False,
    clock: bool = False,
) -> Any:
    """The program as an `onnx.ModelProto`.

    ``whole``: a run over time, whose inputs and outputs are `T x shape` with any T; otherwise one step. `parameters`
    become constants of the model; those not given are inputs. States are inputs and outputs; with `initial_states` the
    first ones are computed in the model instead of given (whole runs only).
    `time` (T,) double and `hits` (T, number of rates) boolean are inputs where the program depends on them, and `time`
    also where nothing else tells how many steps there are. With `clock` the model counts the steps itself: a whole run
    takes the number of rows of its inputs, or an input `steps` where there are none; one step takes its number, `tick`.
    Raises `UnsupportedOperation` naming the block that ONNX has no form for: calls of Python, complex numbers.
    """
    if initial_states and not whole:
        raise UsageError("a model of one step takes its states: initial_states is for a whole run")
    return _Model(program, clock).finished(whole, dict(parameters or {}), initial_states, prepared=False)


def prepared_to_onnx(program: Program, *, whole: bool) -> Any:
    """The same, with what `init` computes as inputs (`kept`) in place of the parameters: for running repeatedly."""
    return _Model(program).finished(whole, {}, False, prepared=True)


def start_to_onnx(program: Program, parameters: Mapping[str, Any] | None = None) -> Any:
    """A model that computes, from the parameters, the first states, and what a prepared model takes (`kept`)."""
    return _Model(program).start(dict(parameters or {}))


class _Model:
    def __init__(self, program: Program, clock: bool = False) -> None:
        refuse(program)
        self.program = program
        self.clock = clock
        self.graph = Graph()
        self.names = ModelNames()
        self.translation = Translation(self.graph)
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        steps = program.step.free()
        self._kept = [value for value in steps if value.node is None or value.node.op != "constant"]
        self._constants = [value.node for value in steps if value.node is not None and value.node.op == "constant"]

    def start(self, parameters: dict[str, Any]) -> Any:
        self._take_parameters(parameters)
        self.translation.region(self.program.init)
        for slot in self.program.slots:
            self._hand_out(self.names.states, slot.path, slot.path, self._value(slot.initial), slot.current, ())
        for number, value in enumerate(self._kept):
            name = self.graph.names(f"kept_{number}")
            self.graph.rename(self._value(value), name)
            self.outputs.append(self.graph.info(name, carrier(value.dtype), value.shape))
            self.names.kept.append(name)
        return self._closed()

    def finished(self, whole: bool, parameters: dict[str, Any], initial_states: bool, prepared: bool) -> Any:
        if prepared:
            self._take_kept()
        else:
            self._take_parameters(parameters)
            self.translation.region(self.program.init)
        if initial_states:
            states = [self._value(slot.initial) for slot in self.program.slots]
        else:
            states = [self._take(self.names.states, slot.path, slot.current) for slot in self.program.slots]
        if whole:
            self._run(states)
        else:
            self._step(states)
        return self._closed()

    def _value(self, value: Value) -> str:
        return self.translation.of[value]

    def _take(self, listed: dict[str, str], key: str, value: Value, leading: Dims = ()) -> str:
        """An input of the model, by its carrier."""
        name = listed[key] = self.graph.names(key)
        self.inputs.append(self.graph.info(name, element(value.dtype), (*leading, *value.shape)))
        return self.graph.enter(name, value.dtype)

    def _hand_out(
        self, listed: dict[str, str], key: str, wanted: str, carried: str, value: Value, leading: Dims
    ) -> None:
        """An output of the model."""
        name = listed[key] = self.graph.names(wanted)
        self.graph.rename(self.graph.leave(carried, value.dtype), name)
        self.outputs.append(self.graph.info(name, element(value.dtype), (*leading, *value.shape)))

    def _take_parameters(self, given: dict[str, Any]) -> None:
        for name, value in self.program.parameters.items():
            if name not in given:
                self.translation.of[value] = self._take(self.names.parameters, name, value)
                continue
            array = np.asarray(given.pop(name), dtype=value.dtype.numpy)
            if array.shape != value.shape:
                raise UsageError(f"{self.program.name}: parameter {name!r} is {array.shape}, not {value.shape}")
            stored = self.graph.names(name)
            self.graph.initializer(stored, array)
            self.translation.of[value] = self.graph.enter(stored, value.dtype)
        if given:
            unknown = next(iter(given))
            known = offered(unknown, self.program.parameters)
            raise UsageError(f"{self.program.name}: there is no parameter {unknown!r}{known}")

    def _take_kept(self) -> None:
        for number, value in enumerate(self._kept):
            name = self.translation.of[value] = self.graph.names(f"kept_{number}")
            self.inputs.append(self.graph.info(name, carrier(value.dtype), value.shape))
            self.names.kept.append(name)
        for node in self._constants:
            self.translation.node(node)

    def _take_clock(self, leading: Dims) -> tuple[str, str]:
        """The inputs `time` and `hits`, or what the model counts; empty where nothing needs them."""
        program, used = self.program, set(_used(self.program))
        needs_time = program.time is not None and program.time in used
        needs_hits = any(hit in used for hit in program.hits)
        if leading and not (needs_time or needs_hits or program.inputs):
            needs_time = True  # it tells how many steps there are
        if self.clock:
            return self._count(leading, needs_time, needs_hits)
        if needs_time:
            self.names.time = self.graph.names("time")
        if needs_hits:
            self.names.hits = self.graph.names("hits")
            self.inputs.append(self.graph.info(self.names.hits, BOOL, (*leading, len(program.hits))))
        if self.names.time:
            self.inputs.append(self.graph.info(self.names.time, DOUBLE, leading))
        return self.names.time, self.names.hits

    def _count(self, leading: Dims, needs_time: bool, needs_hits: bool) -> tuple[str, str]:
        """Time and hits from the numbers of the steps."""
        program, g = self.program, self.graph
        if not (needs_time or needs_hits):
            return "", ""
        if not leading:
            tick = self.names.steps = g.names("tick")
            self.inputs.append(g.info(tick, INT64, ()))
        else:
            if program.inputs:
                first = next(iter(self.names.inputs.values()))
                count = g("Gather", g("Shape", first), g.constant(0, np.int64), axis=0)
            else:
                count = self.names.steps = g.names("steps")
                self.inputs.append(g.info(count, INT64, ()))
            tick = g("Range", g.constant(0, np.int64), count, g.constant(1, np.int64))
        time = hits = ""
        if needs_time:
            period = 1.0 if program.period is None else program.period
            past = g("Mul", g.cast(tick, DOUBLE), g.constant(period, np.float64))
            time = g("Add", g.constant(program.start, np.float64), past)
        if needs_hits:
            due = []
            for rate in program.rates:
                since = g("Sub", tick, g.constant(rate.offset, np.int64))
                zero = g.constant(0, np.int64)
                whole = g("Equal", g("Mod", since, g.constant(rate.period, np.int64)), zero)
                hit = g("And", g("GreaterOrEqual", since, zero), whole)
                due.append(g("Unsqueeze", hit, g.integers([-1])))
            hits = g("Concat", *due, axis=-1)
        return time, hits

    def _bind_time(self, time: str) -> None:
        """The program's time, in its own data type."""
        value = self.program.time
        if value is not None and time:
            double = value.dtype == DOUBLE_TYPE
            self.translation.of[value] = time if double else self.graph.cast(time, carrier(value.dtype))

    def _bind_hits(self, row: str) -> None:
        for number, hit in enumerate(self.program.hits):
            self.translation.of[hit] = self.graph("Gather", row, self.graph.constant(number, np.int64), axis=0)

    def _results(self) -> tuple[list[tuple[str, Value]], list[tuple[str, Value]]]:
        """The next states and the outputs by their keys."""
        slots = [(slot.path, slot.current if slot.next is None else slot.next) for slot in self.program.slots]
        return slots, [(output.name, output.value) for output in self.program.outputs]

    def _step(self, states: list[str]) -> None:
        program, of = self.program, self.translation.of
        for name, value in program.inputs.items():
            of[value] = self._take(self.names.inputs, name, value)
        time, hits = self._take_clock(())
        self._bind_time(time)
        if hits:
            self._bind_hits(hits)
        of.update(zip((slot.current for slot in program.slots), states, strict=True))
        self.translation.region(program.step)
        slots, outputs = self._results()
        for name, value in outputs:
            self._hand_out(self.names.outputs, name, name, of[value], value, ())
        for path, value in slots:
            self._hand_out(self.names.next_states, path, f"{path}.next", of[value], value, ())

    def _run(self, states: list[str]) -> None:
        program, g, of = self.program, self.graph, self.translation.of
        for name, value in program.inputs.items():
            of[value] = self._take(self.names.inputs, name, value, ("T",))
        time, hits = self._take_clock(("T",))
        self._bind_time(time)
        series = Series(program)
        series.write(g, of)
        rows: list[Any] = []

        def row(element_type: int, shape: tuple[int, ...]) -> str:
            name = g.names("row")
            rows.append(g.info(name, element_type, shape))
            return name

        for slot in program.slots:
            of[slot.current] = row(carrier(slot.type.dtype), slot.type.shape)
        scanned = [of[value] for value in series.wanted]
        for value in series.wanted:
            of[value] = row(carrier(value.dtype), value.shape)
        due = ""
        if hits:
            due = row(BOOL, (len(program.hits),))
            scanned.append(hits)
        if not scanned:  # something has to tell how many steps there are
            kind = Type((), DOUBLE_TYPE) if time else next(iter(program.inputs.values())).type
            scanned.append(time or of[next(iter(program.inputs.values()))])
            row(carrier(kind.dtype), kind.shape)
        slots, outputs = self._results()
        with g.nested():
            if due:
                self._bind_hits(due)
            for node in series.left:
                self.translation.node(node)
            body = g.close("step", rows, [g.result(of[value], value.type) for _, value in (*slots, *outputs)])
        count = len(slots) + len(outputs)
        results = g.several("Scan", [*states, *scanned], count, body=body, num_scan_inputs=len(scanned))
        for (name, value), result in zip(outputs, results[len(slots) :], strict=True):
            self._hand_out(self.names.outputs, name, name, result, value, ("T",))
        for (path, value), result in zip(slots, results, strict=False):
            self._hand_out(self.names.next_states, path, f"{path}.final", result, value, ())

    def _closed(self) -> Any:
        return self.graph.model(self.program.name, self.inputs, self.outputs, {_NOTE: json.dumps(vars(self.names))})


def _used(program: Program) -> Iterable[Value]:
    """What the nodes and results of the step read."""
    for node in program.step.walk():
        yield from node.inputs
        for region in node.regions:
            yield from region.results
    yield from program.step.results
