"""A network from inside: every intermediate result of every layer, named by layer and gate."""

from __future__ import annotations

from collections.abc import Mapping
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


def inner(case: Case, side: Side) -> Inner:
    """Every layer's results on our own engine, in the side's precision. Raises what running the side raises."""
    network = load_network(case, side)
    time, given = sequence(case, side)
    single = side.options.get("precision", "single") == "single"
    (name,) = network.inputs
    signal = network.signal(name)
    assert signal is not None
    rows = Layout(side.options.get("layout", "TC"), signal.time).enter(
        name, signal.size, signal.time, np.asarray(given, np.float32 if single else np.float64)
    )
    batch = None if rows.ndim <= 1 + int(signal.time) else rows.shape[-1]
    plan = layers.plan(network, batch=batch, dtype=SINGLE if single else DOUBLE)
    state = first_state(network, None, batch)
    collected = _Collected(network, len(rows))

    def run(stage: Stage, fed: Mapping[str, Any], count: int) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        own = list(stage.program.outputs)
        watched = _watch(stage.program)
        runner = engine("numpy").load(stage.program)
        parameters = layers.values(network, stage.program, state)
        done = runner.run(Schedule.of(stage.program, count), parameters, fed)
        if count == len(rows):
            collected.take(stage, watched, done.outputs)
        return {output.name: done.outputs[output.name] for output in own}, done.state

    layers.execute(plan, run, {name: rows}, len(rows))
    sinks = {"y": tuple(k for k in (collected.ends.get(plan.outputs[out]) for out in network.outputs) if k is not None)}
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
