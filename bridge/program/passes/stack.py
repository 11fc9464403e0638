"""Stacking: products of one vector with several matrices become one, and so does what follows alike.

The gates of an LSTM are the example: four matrices times the hidden state, four sums, three logistic functions. Each
row of the result is computed as before, in the same order. Members of a stack lie along axis 0.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from bridge.program.form import Node, Program, Region, Value
from bridge.program.trace import concat, cut, emit, origin, tracing

# Operations that compute each element alone, whatever stands beside it.
_ALIKE = frozenset({"add", "sub", "mul", "div", "neg", "exp", "tanh", "logistic", "sqrt", "abs"})
# How far what follows is looked at to choose the order of members: gates that go on alike lie side by side.
_AHEAD = 6


@dataclass(frozen=True)
class _Place:
    """Where a value lies in a stack: `rows` from `start` on of the stack that `value` is."""

    value: Value
    start: int
    rows: int


class _Stacker:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.outer = {value for node in program.init.nodes for value in node.outputs}
        self.outer.update(program.parameters.values())
        self.number = {node: k for k, node in enumerate(program.step.nodes)}
        self.readers: dict[Value, list[Node]] = defaultdict(list)
        for node in program.step.nodes:
            for value in node.inputs:
                self.readers[value].append(node)
        self.places: dict[Value, _Place] = {}
        self.stacked: set[Node] = set()
        self.made = Region()
        self.priority: dict[Node, float] = {}

    def run(self) -> bool:
        """Stack what can be; whether anything was."""
        seeds: dict[Hashable, list[Node]] = defaultdict(list)
        for node in self.program.step.nodes:
            key = self._seed(node)
            if key is not None:
                seeds[key].append(node)
        fresh: list[Node] = []
        for group in seeds.values():
            if len(group) > 1:
                fresh += self._stack(sorted(group, key=self._order))
        while fresh:
            groups: dict[Hashable, list[Node]] = defaultdict(list)
            waiting = dict.fromkeys(reader for node in fresh for reader in self.readers[node.outputs[0]])
            for reader in waiting:
                key = self._key(reader) if reader not in self.stacked else None
                if key is not None:
                    groups[key].append(reader)
            fresh = [node for group in groups.values() for run in self._runs(group) for node in self._stack(run)]
        if self.stacked:
            self._rewrite()
        return bool(self.stacked)

    # Which nodes go together

    def _seed(self, node: Node) -> Hashable | None:
        """What is the same in the products that begin a stack: the factor that all share."""
        if node.op not in ("matmul", "mul"):
            return None
        left, right = node.inputs
        if node.op == "mul" and right.type.size == 1:
            left, right = right, left
        fixed, shared = (left, right) if node.op == "matmul" else (right, left)
        (y,) = node.outputs
        if fixed not in self.outer or shared in self.outer or not y.type.rank or not y.dtype.is_float:
            return None
        if node.op == "mul" and (shared.type.size != 1 or fixed.shape != y.shape):
            return None
        return node.op, node.inputs.index(shared), shared, y.shape[1:], y.dtype

    def _order(self, node: Node) -> tuple[tuple[str, ...], int]:
        """By what follows; among those that go on alike, by the first that follows."""
        words: list[str] = []
        first = -1
        while len(words) < _AHEAD:
            readers = self.readers[node.outputs[0]]
            if len(readers) != 1 or len(readers[0].outputs) != 1:
                break
            (node,) = readers
            first = self.number[node] if first < 0 else first
            words.append(node.op)
        return tuple(words), first

    def _key(self, node: Node) -> Hashable | None:
        """What is the same in element-wise nodes that one can take the place of; None for one that stays alone."""
        if node.op not in _ALIKE:
            return None
        (y,) = node.outputs
        if not y.dtype.is_float:
            return None
        parts: list[Hashable] = []
        for value in node.inputs:
            if value in self.places and value.shape == y.shape:
                parts.append(self.places[value].value)
            elif value.type.size == 1 and not value.type.rank:
                parts.append(("shared", value))
            elif value in self.outer and value.shape == y.shape:
                parts.append("fixed")
            else:
                return None
        return node.op, tuple(parts), y.shape[1:], y.dtype

    def _runs(self, group: Sequence[Node]) -> Iterable[list[Node]]:
        """Members whose operands lie one behind the other in every stack that they read."""

        def places(node: Node) -> list[_Place]:
            return [self.places[value] for value in node.inputs if value in self.places]

        run: list[Node] = []
        for node in sorted(group, key=lambda node: [place.start for place in places(node)]):
            follows = run and all(
                before.start + before.rows == place.start
                for before, place in zip(places(run[-1]), places(node), strict=True)
            )
            if run and not follows:
                yield run
                run = []
            run.append(node)
        if run:
            yield run

    # One node for many

    def _stack(self, members: Sequence[Node]) -> list[Node]:
        if len(members) < 2:
            return []
        operands = [self._operand([node.inputs[k] for node in members]) for k in range(len(members[0].inputs))]
        with tracing(self.made), origin(members[0].origin):
            (whole,) = emit(members[0].op, operands)
        self._put_at(min(self.number[node] for node in members))
        start = 0
        for node in members:
            (y,) = node.outputs
            self.places[y] = _Place(whole, start, y.shape[0])
            start += y.shape[0]
        self.stacked.update(members)
        return list(members)

    def _put_at(self, number: int) -> None:
        """Where in the step the nodes made last belong, as far as their operands allow."""
        for node in reversed(self.made.nodes):
            if node in self.priority:
                break
            self.priority[node] = number

    def _operand(self, values: Sequence[Value]) -> Value:
        first = values[0]
        # What does not change and has rows stands beside each member's rows, even where it is the same for all.
        if all(value is first for value in values) and not (first in self.outer and first.type.rank):
            return first
        if first in self.places:
            last = self.places[values[-1]]
            return self._cut(last.value, self.places[first].start, last.start + last.rows)
        with tracing(self.program.init):
            return concat(values)

    def _cut(self, value: Value, start: int, stop: int) -> Value:
        with tracing(self.made):
            return cut(value, (start, stop))

    # The step anew

    def _rewrite(self) -> None:
        step = self.program.step
        parts: dict[Value, Value] = {}

        def current(value: Value) -> Value:
            if value not in self.places:
                return value
            if value not in parts:
                place = self.places[value]
                parts[value] = self._cut(place.value, place.start, place.start + place.rows)
                assert value.node is not None
                self._put_at(self.number[value.node])
            return parts[value]

        kept = [node for node in step.nodes if node not in self.stacked]
        for node in list(self.made.nodes):  # what all members share may be a member of another stack
            node.inputs = tuple(map(current, node.inputs))
        for region in (*(inner for node in kept for inner in node.regions), Region(nodes=kept)):
            for node in (*region.walk(), *region.nodes):
                node.inputs = tuple(map(current, node.inputs))
            for inner in (region, *(nested for node in region.walk() for nested in node.regions)):
                inner.results = list(map(current, inner.results))
        for slot in self.program.slots:
            slot.next = None if slot.next is None else current(slot.next)
        self.program.outputs[:] = [
            type(output)(output.name, current(output.value), output.kind, output.rate, output.options)
            for output in self.program.outputs
        ]
        self.priority.update((node, self.number[node]) for node in kept)
        step.nodes = _sorted([*kept, *self.made.nodes], self.priority)


def _sorted(nodes: Sequence[Node], priority: dict[Node, float]) -> list[Node]:
    """Every node after those that it reads, else by priority."""
    source = {value: node for node in nodes for value in node.outputs}
    waiting: dict[Node, int] = {}
    readers: dict[Node, list[Node]] = defaultdict(list)
    for node in nodes:
        operands = [*node.inputs, *(value for region in node.regions for value in region.free())]
        before = {source[value] for value in operands if value in source}
        waiting[node] = len(before)
        for each in before:
            readers[each].append(node)
    order = {node: k for k, node in enumerate(nodes)}
    ready = [(priority[node], order[node], node) for node in nodes if not waiting[node]]
    heapq.heapify(ready)
    result: list[Node] = []
    while ready:
        *_, node = heapq.heappop(ready)
        result.append(node)
        for reader in readers[node]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, (priority[reader], order[reader], reader))
    assert len(result) == len(nodes), "stacking has made a cycle"
    return result


def stack(program: Program) -> None:
    """Stack what the step computes alike, in place."""
    if _Stacker(program).run():
        program.seal()
