"""Programs of one time step, run over sequences side by side within one ONNX graph.

Every sequence is computed for itself: a Scan over the sequences holds a Scan over time, whose body is the program's
step. Both lengths stay open. As one graph may hold several programs that hand each other whole signals, what enters and
leaves are names of values in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.engines.onnx_control import Translation, refuse
from bridge.engines.onnx_graph import Graph, carrier
from bridge.errors import UsageError
from bridge.program import Program, Value


class Sequences:
    """Programs in one graph; those that share parameters by name share the arrays."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.stored: dict[str, str] = {}
        """What the graph calls each parameter."""

    def add(
        self,
        program: Program,
        parameters: Mapping[str, Any],
        series: Mapping[str, str],
        fixed: Mapping[str, str],
        states: Mapping[str, str],
        *,
        backward: bool = False,
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Run a program; returns its outputs by name and its final states by path.

        parameters  arrays by name, constants of the graph; those that only first states need are not asked for
        series      for inputs over time, values `time x sequences x shape`
        fixed       for the other inputs, values `sequences x shape`
        states      the first states by path, values `sequences x shape`
        backward    whether time runs from its end; what is handed out lies in the order of time all the same

        Outputs are `time x sequences x shape` where there are series, else `sequences x shape`; states are
        `sequences x shape`. Raises `UnsupportedOperation` naming the block that ONNX has no form for.
        """
        refuse(program)
        if program.time is not None or program.hits:
            raise UsageError(f"{program.name}: depends on the time or on sample rates, which sequences do not have")
        translation = Translation(self.graph)
        self._prepare(program, translation, parameters)
        return _Run(self.graph, translation, program, backward).over_sequences(series, fixed, states)

    def _prepare(self, program: Program, translation: Translation, parameters: Mapping[str, Any]) -> None:
        """What the step takes from around it."""
        needed = set(program.step.free())
        nodes = []
        for node in reversed(program.init.nodes):
            if needed.intersection(node.outputs):
                nodes.append(node)
                needed.update(node.inputs)
                needed.update(value for region in node.regions for value in region.free())
        for name, value in program.parameters.items():
            if value in needed:
                translation.of[value] = self.graph.enter(self._stored(name, value, parameters), value.dtype)
        for node in reversed(nodes):
            translation.node(node)

    def _stored(self, name: str, value: Value, parameters: Mapping[str, Any]) -> str:
        if name not in self.stored:
            self.stored[name] = self.graph.names(name)
            self.graph.initializer(self.stored[name], np.ascontiguousarray(parameters[name], value.dtype.numpy))
        return self.stored[name]


class _Run:
    def __init__(self, graph: Graph, translation: Translation, program: Program, backward: bool) -> None:
        self.graph = graph
        self.of = translation.of
        self.translation = translation
        self.program = program
        self.backward = backward

    def over_sequences(
        self, series: Mapping[str, str], fixed: Mapping[str, str], states: Mapping[str, str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        g, program = self.graph, self.program
        rows = [self._row(slot.current) for slot in program.slots]
        rows += [self._row(program.inputs[name], "T") for name in series]
        rows += [self._row(program.inputs[name]) for name in fixed]
        with g.nested():
            finals, outputs = self._over_time(list(series)) if series else self._once()
            results = [g.result(name, slot.type) for name, slot in zip(finals, program.slots, strict=True)]
            timed: tuple[Any, ...] = ("T",) if series else ()
            for name, output in zip(outputs, program.outputs, strict=True):
                results.append((name, carrier(output.value.dtype), (*timed, *output.value.shape)))
            body = g.close("sequence", rows, results)
        scanned = [*(states[slot.path] for slot in program.slots), *series.values(), *fixed.values()]
        made = g.several(
            "Scan",
            scanned,
            len(results),
            body=body,
            num_scan_inputs=len(scanned),
            scan_input_axes=[*[0] * len(finals), *[1] * len(series), *[0] * len(fixed)],
            scan_output_axes=[*[0] * len(finals), *[len(timed)] * len(outputs)],
        )
        by_path = {slot.path: name for slot, name in zip(program.slots, made, strict=False)}
        return {o.name: name for o, name in zip(program.outputs, made[len(finals) :], strict=True)}, by_path

    def _row(self, value: Value, *leading: str) -> Any:
        """An input of the graph inside, which stands for `value`."""
        name = self.of[value] = self.graph.names("row")
        return self.graph.info(name, carrier(value.dtype), [*leading, *value.shape])

    def _next(self) -> list[Value]:
        return [slot.current if slot.next is None else slot.next for slot in self.program.slots]

    def _once(self) -> tuple[list[str], list[str]]:
        self.translation.region(self.program.step)
        return [self.of[value] for value in self._next()], [self.of[each.value] for each in self.program.outputs]

    def _over_time(self, series: list[str]) -> tuple[list[str], list[str]]:
        g, program = self.graph, self.program
        first = [self.of[slot.current] for slot in program.slots]
        whole = [self.of[program.inputs[name]] for name in series]
        rows = [
            self._row(value) for value in (*(s.current for s in program.slots), *(program.inputs[n] for n in series))
        ]
        with g.nested():
            self.translation.region(program.step)
            values = [*self._next(), *(output.value for output in program.outputs)]
            body = g.close("step", rows, [g.result(self.of[value], value.type) for value in values])
        turned = int(self.backward)
        made = g.several(
            "Scan",
            [*first, *whole],
            len(values),
            body=body,
            num_scan_inputs=len(whole),
            scan_input_directions=[turned] * len(whole),
            scan_output_directions=[turned] * len(program.outputs),
        )
        return made[: len(first)], made[len(first) :]
