"""Many runs of a program as one: what differs between them gets a further, last axis, the lanes.

Values that are the same in every lane stay as they are. Each lane computes what the program would have computed alone,
element by element in the same order; where an operation has no form with lanes, it runs lane by lane in a `map`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from bridge.program import trace as t
from bridge.program.copying import rewrite
from bridge.program.elementwise import BINARY, COMPARISONS, UNARY
from bridge.program.form import Node, Program, Region, Slot, Value
from bridge.program.operations import operation
from bridge.program.passes.prune import prune
from bridge.program.trace import emit, origin, tracing
from bridge.program.types import INT64

_ELEMENTWISE = frozenset(name for name, *_ in (*UNARY, *BINARY, *COMPARISONS)) | {
    *("not", "isnan", "isinf", "select", "convert", "real", "imag", "complex"),
}


def batched(program: Program, lanes: int, parameters: Collection[str], inputs: Collection[str]) -> Program:
    """The program over `lanes` runs, between which the named parameters and inputs differ.

    Those, the slots and the outputs that depend on them have the lanes as their last axis.
    """
    return _Batch(program, lanes).run(parameters, inputs)


class _Batch:
    def __init__(self, program: Program, lanes: int) -> None:
        self.program = program
        self.lanes = lanes
        self.wide: set[Value] = set()  # values of the given program that differ between lanes
        self.of: dict[Value, Value] = {}  # its values to those of the new one
        walked = (*program.init.walk(), *program.step.walk())
        self.joined = {node.outputs[0]: node for node in walked if node.op == "concat"}

    def run(self, parameters: Collection[str], inputs: Collection[str]) -> Program:
        old = self.program
        self.wide = {old.parameters[name] for name in parameters} | {old.inputs[name] for name in inputs}
        self._differ(old.init)
        while True:
            count = len(self.wide)
            self.wide.update(slot.current for slot in old.slots if slot.initial in self.wide or slot.next in self.wide)
            self._differ(old.step)
            if len(self.wide) == count:
                break
        outer = {name: self._new(value) for name, value in old.parameters.items()}
        init, step = Region(), Region()
        with tracing(init):
            self._write(old.init)
            initial = [self._like(slot.current, slot.initial) for slot in old.slots]
        fed = {name: self._new(value) for name, value in old.inputs.items()}
        time = None if old.time is None else self._new(old.time)
        hits, current = [self._new(hit) for hit in old.hits], [self._new(slot.current) for slot in old.slots]
        with tracing(step):
            self._write(old.step)
            following = [None if slot.next is None else self._like(slot.current, slot.next) for slot in old.slots]
        made = replace(
            old,
            init=init,
            step=step,
            parameters=outer,
            inputs=fed,
            slots=[
                Slot(slot.path, slot.kind, first, now, then)
                for slot, first, now, then in zip(old.slots, initial, current, following, strict=True)
            ],
            outputs=[replace(output, value=self.of[output.value]) for output in old.outputs],
            time=time,
            rates=list(old.rates),
            hits=hits,
        )
        made.seal()
        prune(made, keep_slots=True)
        made.seal()
        return made

    # What differs between lanes

    def _differ(self, region: Region) -> None:
        for node in region.nodes:
            if node.op == "loop":
                self._loop_differs(node)
            elif node.op == "map":
                (body,) = node.regions
                pairs = zip(body.parameters, node.inputs, strict=True)
                self.wide.update(parameter for parameter, array in pairs if array in self.wide)
                self._differ(body)
                self.wide.update(y for y, result in zip(node.outputs, body.results, strict=True) if result in self.wide)
            elif node.op == "if":
                for side in node.regions:
                    self._differ(side)
                results = zip(node.outputs, *(side.results for side in node.regions), strict=True)
                choice = node.inputs[0] in self.wide
                self.wide.update(y for y, *sides in results if choice or any(each in self.wide for each in sides))
            elif any(value in self.wide for value in self._read(node).inputs):
                self.wide.update(node.outputs)

    def _read(self, node: Node) -> Node:
        """Of a cut through joined parts that lies in one of them, the same cut through that part alone.

        Times and values of workspace data are joined and cut apart again; the times are the same in all lanes.
        """
        join = self.joined.get(node.inputs[0]) if node.op == "slice" else None
        if join is None:
            return node
        axis, ranges = join.attributes["axis"], list(node.attributes["ranges"])
        start, stop, step = ranges[axis]
        first = 0
        for part in join.inputs:
            if first <= start and stop <= first + part.shape[axis]:
                ranges[axis] = (start - first, stop - first, step)
                kept = [output.node for output in node.outputs]
                cut = Node("slice", (part,), node.outputs, {"ranges": tuple(ranges)}, (), node.origin)
                for output, before in zip(node.outputs, kept, strict=True):
                    output.node = before  # the program stays as it was
                return self._read(cut)
            first += part.shape[axis]
        return node

    def _loop_differs(self, node: Node) -> None:
        (body,) = node.regions
        carried = body.parameters[1:]
        while True:
            count = len(self.wide)
            for y, first, parameter, result in zip(node.outputs, node.inputs[1:], carried, body.results, strict=True):
                if node.inputs[0] in self.wide or any(each in self.wide for each in (first, parameter, result)):
                    self.wide.update((y, parameter))
            self._differ(body)
            if len(self.wide) == count:
                return

    # The new program

    def _new(self, value: Value) -> Value:
        """A value without a node: an argument of the program or of a region."""
        shape = (*value.shape, self.lanes) if value in self.wide else value.shape
        self.of[value] = Value(value.type.with_shape(shape), value.name)
        return self.of[value]

    def _widened(self, value: Value) -> Value:
        """The new value with lanes, the same in each where it has none."""
        new = self.of[value]
        if value in self.wide:
            return new
        return t.broadcast(t.reshape(new, (*value.shape, 1)), (*value.shape, self.lanes))

    def _like(self, model: Value, value: Value) -> Value:
        return self._widened(value) if model in self.wide else self.of[value]

    def _beside(self, value: Value) -> Value:
        """The new value as it stands beside others with lanes in an element-wise operation."""
        new = self.of[value]
        return new if value in self.wide or not value.type.rank else t.reshape(new, (*value.shape, 1))

    def _write(self, region: Region) -> None:
        for node in region.nodes:
            with origin(node.origin):
                outputs = self._node(node)
            self.of.update(zip(node.outputs, outputs, strict=True))

    def _node(self, node: Node) -> Sequence[Value]:
        node = self._read(node)
        if node.op in ("if", "loop", "map"):
            return _CONTROL[node.op](self, node)
        if not any(value in self.wide for value in node.inputs):
            return emit(node.op, [self.of[value] for value in node.inputs], node.attributes)
        if node.op in _ELEMENTWISE:
            return emit(node.op, [self._beside(value) for value in node.inputs], node.attributes)
        if node.op in _RULES:
            found = _RULES[node.op](self, node)
            if found is not None:
                return (found,)
        return self._lane_by_lane(node)

    def _lane_by_lane(self, node: Node) -> Sequence[Value]:
        """The operation as it is, in a `map` over the lanes of everything in it that has lanes."""
        operands = [*node.inputs, *(value for region in node.regions for value in region.free())]
        wide = [value for value in dict.fromkeys(operands) if value in self.wide]

        def body(*slices: Value) -> Sequence[Value]:
            inner = {**self.of, **dict(zip(wide, slices, strict=True))}
            return rewrite(Region(nodes=[node], results=list(node.outputs)), inner)

        results = t.map_rows(body, [self._lanes_first(self.of[value]) for value in wide])
        return [self._lanes_last(value) for value in results]

    def _lanes_first(self, value: Value) -> Value:
        rank = value.type.rank
        return t.transpose(value, (rank - 1, *range(rank - 1)))

    def _lanes_last(self, value: Value) -> Value:
        rank = value.type.rank
        return t.transpose(value, (*range(1, rank), 0))

    # Control flow

    def _if(self, node: Node) -> Sequence[Value]:
        (choice,) = node.inputs
        then, otherwise = node.regions
        if choice in self.wide:
            # Where lanes branch differently both sides are computed, which not everything may be.
            inside = [inner.op for side in node.regions for inner in side.walk()]
            if any(op == "host" or operation(op).refuses for op in inside):
                return self._lane_by_lane(node)
            self._write(then)
            self._write(otherwise)
            pairs = zip(then.results, otherwise.results, strict=True)
            return [t.where(self.of[choice], self._widened(yes), self._widened(no)) for yes, no in pairs]

        def side(region: Region) -> Callable[[], Sequence[Value]]:
            def results() -> Sequence[Value]:
                self._write(region)
                return [self._like(y, value) for y, value in zip(node.outputs, region.results, strict=True)]

            return results

        return t.branch(self.of[choice], side(then), side(otherwise))

    def _loop(self, node: Node) -> Sequence[Value]:
        count, *first = node.inputs
        if count in self.wide:
            return self._lane_by_lane(node)
        (body,) = node.regions
        carried = body.parameters[1:]

        def turn(*parameters: Value) -> Sequence[Value]:
            self.of.update(zip(body.parameters, parameters, strict=True))
            self._write(body)
            return [self._like(parameter, value) for parameter, value in zip(carried, body.results, strict=True)]

        starts = [self._like(parameter, value) for parameter, value in zip(carried, first, strict=True)]
        return t.loop(self.of[count], turn, starts)

    def _map(self, node: Node) -> Sequence[Value]:
        (body,) = node.regions

        def row(*slices: Value) -> Sequence[Value]:
            self.of.update(zip(body.parameters, slices, strict=True))
            self._write(body)
            return [self.of[value] for value in body.results]

        return t.map_rows(row, [self.of[value] for value in node.inputs])

    # Operations on axes: the lanes are one more, behind the others

    def _reshape(self, node: Node) -> Value:
        return t.reshape(self.of[node.inputs[0]], (*node.outputs[0].shape, self.lanes))

    def _broadcast(self, node: Node) -> Value:
        (x,), (y,) = node.inputs, node.outputs
        # Axes that are missing in front would else be taken for others.
        full = t.reshape(self.of[x], (*(1,) * (y.type.rank - x.type.rank), *x.shape, self.lanes))
        return t.broadcast(full, (*y.shape, self.lanes))

    def _transpose(self, node: Node) -> Value:
        return t.transpose(self.of[node.inputs[0]], (*node.attributes["axes"], node.inputs[0].type.rank))

    def _concat(self, node: Node) -> Value:
        return t.concat([self._widened(part) for part in node.inputs], node.attributes["axis"])

    def _slice(self, node: Node) -> Value:
        return emit("slice", [self.of[node.inputs[0]]], {"ranges": (*node.attributes["ranges"], (0, self.lanes, 1))})[0]

    def _same(self, node: Node) -> Value:
        """The axes that the operation names are where they were."""
        return emit(node.op, [self.of[node.inputs[0]]], node.attributes)[0]

    def _search(self, node: Node) -> Value | None:
        points, x = node.inputs
        return None if points in self.wide else t.search(self.of[points], self.of[x])

    def _rows_of_lanes(self, value: Value, rows: int) -> Value:
        """The lanes right behind the first so many axes."""
        wide = self._widened(value)
        rank = wide.type.rank
        return t.transpose(wide, (*range(rows), rank - 1, *range(rows, rank - 1)))

    def _places(self, index: Value) -> Value:
        """Where in ``n * lanes`` rows each lane finds its own."""
        own = t.constant(np.arange(self.lanes), INT64)
        wide = t.storage(self._widened(index), INT64)
        return wide * self.lanes + own

    def _flat(self, x: Value) -> Value:
        swapped = self._rows_of_lanes(x, 1)
        return t.reshape(swapped, (x.shape[0] * self.lanes, *x.shape[1:]))

    def _gather(self, node: Node) -> Value:
        x, index = node.inputs
        if index not in self.wide:
            return t.gather(self.of[x], self.of[index])
        picked = t.gather(self._flat(x), self._places(index))  # index..., lanes, rest...
        count, rank = index.type.rank, picked.type.rank
        return t.transpose(picked, (*range(count), *range(count + 1, rank), count))

    def _scatter(self, node: Node) -> Value:
        x, index, rows = node.inputs
        if index not in self.wide:
            return t.scatter(self._widened(x), self.of[index], self._widened(rows))
        placed = t.scatter(self._flat(x), self._places(index), self._rows_of_lanes(rows, index.type.rank))
        whole = t.reshape(placed, (x.shape[0], self.lanes, *x.shape[1:]))
        return t.transpose(whole, (0, *range(2, whole.type.rank), 1))

    def _matmul(self, node: Node) -> Value:
        a, b = node.inputs
        (y,) = node.outputs
        if a not in self.wide:
            columns = t.reshape(self.of[b], (b.shape[0], math.prod(b.shape[1:]) * self.lanes))
            return t.reshape(t.matmul(self.of[a], columns), (*y.shape, self.lanes))
        # Each sum in the order of the columns of `a`, as a product has it.
        left = t.reshape(self.of[a], (*a.shape, *(1 for _ in b.shape[1:]), self.lanes))
        right = self._beside(b)
        return t.reduce("sum", left * t.reshape(right, (1, *right.shape)), (1,))


_CONTROL: dict[str, Callable[[_Batch, Node], Sequence[Value]]] = {
    "if": _Batch._if,
    "loop": _Batch._loop,
    "map": _Batch._map,
}
_RULES: dict[str, Callable[[_Batch, Node], Value | None]] = {
    "reshape": _Batch._reshape,
    "broadcast": _Batch._broadcast,
    "transpose": _Batch._transpose,
    "concat": _Batch._concat,
    "slice": _Batch._slice,
    **dict.fromkeys(("take", "sum", "prod", "max", "min", "any", "all", "argmax"), _Batch._same),
    "search": _Batch._search,
    "gather": _Batch._gather,
    "scatter": _Batch._scatter,
    "matmul": _Batch._matmul,
}
