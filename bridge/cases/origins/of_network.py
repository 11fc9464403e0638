"""A network from inside: every intermediate result of every layer, named by layer and gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bridge import layers
from bridge.cases.case import Case, Side
from bridge.cases.origins.inner import Inner, Point, on_steps
from bridge.cases.origins.weights import gates_of
from bridge.cases.sides import load_network, sequence
from bridge.engines import Schedule, engine
from bridge.layers import Stage
from bridge.network import Network
from bridge.network.layout import Layout
from bridge.prediction.states import first_state
from bridge.program import Output, Program, Value
from bridge.program.types import DOUBLE, SINGLE


class Prepared:
    """A network with one input sequence, ready to run with other weights on our own engine."""

    def __init__(self, network: Network, sequence: Any, layout: str, *, single: bool, watched: bool = False) -> None:
        (name,) = network.inputs
        signal = network.signal(name)
        assert signal is not None
        self.network = network
        self.layout = Layout(layout, signal.time)
        given = np.asarray(sequence, np.float32 if single else np.float64)
        self.rows = self.layout.enter(name, signal.size, signal.time, given)
        batch = None if self.rows.ndim <= 1 + int(signal.time) else self.rows.shape[-1]
        layers.require_steps(network, "its values are followed step by step")
        self.plan = layers.plan(network, batch=batch, dtype=SINGLE if single else DOUBLE)
        self.own = {id(stage): list(stage.program.outputs) for stage in self.plan.stages}
        self.watched = {id(stage): _watch(stage.program) if watched else {} for stage in self.plan.stages}
        chosen = engine("numpy")
        self.runners = {id(stage): chosen.load(stage.program) for stage in self.plan.stages}
        state = first_state(network, None, batch)
        self.values = {id(stage): layers.values(network, stage.program, state) for stage in self.plan.stages}

    def run(
        self,
        changes: Mapping[str, Any] | None = None,
        see: Callable[[Stage, Mapping[str, Any], int], object] | None = None,
    ) -> Any:
        """The output, in the layout of the input. `changes` are arrays by ``layer/array``; `see` is shown what each
        stage hands out, and over how many steps."""

        def run(
            stage: Stage, fed: Mapping[str, Any], count: int, _: Mapping[str, Any]
        ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
            values = dict(self.values[id(stage)])
            for key, array in (changes or {}).items():
                if key in values:
                    values[key] = np.broadcast_to(array, np.shape(values[key]))
            done = self.runners[id(stage)].run(Schedule.of(stage.program, count), values, fed)
            if see is not None:
                see(stage, done.outputs, count)
            return {output.name: done.outputs[output.name] for output in self.own[id(stage)]}, done.state

        (name,) = self.network.inputs
        done = layers.execute(self.plan, run, {name: self.rows}, len(self.rows))
        (last,) = self.network.outputs
        signal = self.network.signal(last)
        return np.asarray(self.layout.leave(bool(signal and signal.time), done.outputs[last]))


def inner(case: Case, side: Side) -> Inner:
    """Every layer's results on our own engine, in the side's precision. Raises what running the side raises."""
    network = load_network(case, side)
    time, given = sequence(case, side)
    single = side.options.get("precision", "single") == "single"
    prepared = Prepared(network, given, side.options.get("layout", "TC"), single=single, watched=True)
    steps = len(prepared.rows)
    collected = _Collected(network, steps)

    def see(stage: Stage, outputs: Mapping[str, Any], count: int) -> None:
        if count == steps:
            collected.take(stage, prepared.watched[id(stage)], outputs)

    prepared.run(see=see)
    ends = (collected.ends.get(prepared.plan.outputs[output]) for output in network.outputs)
    sinks = {"y": tuple(end for end in ends if end is not None)}
    return Inner(np.asarray(time, float), tuple(collected.points), sinks, {}, network)


def _watch(program: Program) -> dict[Value, str]:
    """Have a program hand out every value of its step, and what it takes from before the first; returns their names."""
    values = [value for node in program.step.nodes for value in node.outputs]
    values += [slot.current for slot in program.slots]
    values += program.inputs.values()
    values += [value for value in program.step.free() if value.node is None or value.node.op != "constant"]
    watched = {value: f"#{k}" for k, value in enumerate(dict.fromkeys(values))}
    program.outputs += [Output(name, value, "line") for value, name in watched.items()]
    program.seal()
    return watched


class _Collected:
    """The points of all stages, and the place of each layer's result among them."""

    def __init__(self, network: Network, steps: int) -> None:
        self.network = network
        self.steps = np.arange(float(steps))
        self.points: list[Point] = []
        self.ends: dict[str, int] = {}

    def take(self, stage: Stage, watched: Mapping[Value, str], outputs: Mapping[str, Any]) -> None:
        program = stage.program
        place: dict[Value, int] = {}
        after: dict[Value, Value | None] = {slot.current: slot.next for slot in program.slots}
        inputs = {value: name for name, value in program.inputs.items()}
        home = {slot.current: slot.path.rpartition("/")[0] for slot in program.slots}
        tags: dict[Value, frozenset[str]] = {}
        start = len(self.points)
        # States first: they are known before the step begins.
        ordered = sorted(watched, key=lambda value: value.node is not None and value not in after)
        place.update({value: start + k for k, value in enumerate(ordered)})
        for value in ordered:
            node = value.node
            layer = home.get(value) or (node.origin if node is not None else "") or value.name.partition("/")[0]
            tags[value] = self._gate(layer, value, tags)
            known = () if node is None or value in after else tuple(place[v] for v in node.inputs if v in place)
            if value in inputs and inputs[value] in self.ends:  # what an earlier stage computed
                known = (self.ends[inputs[value]],)
            following = after.get(value)
            array = np.asarray(outputs[watched[value]])
            rows = on_steps(array[::-1] if stage.backward else array, self.steps, self.steps)
            part = ", ".join(sorted(tags[value])) if len(tags[value]) == 1 else ""
            delayed = (place[following],) if following is not None and following in place else ()
            self.points.append(Point(layer, rows, part, known, delayed, whole=stage.backward))
        for output in program.outputs:
            if not output.name.startswith("#") and output.value in place:
                self.ends[output.name] = place[output.value]

    def _gate(self, layer: str, value: Value, tags: Mapping[Value, frozenset[str]]) -> frozenset[str]:
        """The gates of a layer that a value belongs to: rows cut out of what all gates compute together."""
        node = value.node
        if node is None or layer not in self.network:
            return frozenset()
        gates = gates_of(self.network[layer])
        if node.op == "slice" and gates:
            (start, stop, _), *_ = node.attributes["ranges"]
            rows = node.inputs[0].shape[0]
            if rows % len(gates) == 0 and stop - start == rows // len(gates) and start % (stop - start) == 0:
                return frozenset({gates[start // (stop - start)]})
        return frozenset(tag for taken in node.inputs for tag in tags.get(taken, ()))
