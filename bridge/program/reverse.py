"""Reverse mode over one region: from gradients with respect to its results to those with respect to what it reads.

`Reverse.through` walks the nodes backwards and emits, by each operation's derivative rule, nodes into the current
region, in which the forward nodes have been written already. Branches and loops compute forward again what their
derivative needs; a loop whose count is a constant keeps the values of each pass instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bridge.errors import UnsupportedOperation
from bridge.program.copying import Mapping, rewrite
from bridge.program.derivatives import zero_like
from bridge.program.form import Node, Region, Value
from bridge.program.operations import derivative
from bridge.program.trace import branch, broadcast, constant, gather, loop, map_rows, origin, reduce, scatter


def active_values(region: Region, sources: Iterable[Value]) -> set[Value]:
    """The floating-point values that depend on the sources, those of nested regions among them."""
    active = {value for value in sources if value.dtype.kind in ("float", "complex")}
    while _spread(region, active):
        pass
    return active


def _spread(region: Region, active: set[Value]) -> bool:
    before = len(active)
    for node in region.nodes:
        inner: list[tuple[Value, Value]] = []  # what flows to what, across the border of nested regions
        if node.op == "loop":
            (body,) = node.regions
            carried = body.parameters[1:]
            inner += zip(node.inputs[1:], carried, strict=True)
            inner += zip(body.results, carried, strict=True)
            inner += [*zip(body.results, node.outputs, strict=True), *zip(node.inputs[1:], node.outputs, strict=True)]
        elif node.op == "map":
            inner += zip(node.inputs, node.regions[0].parameters, strict=True)
        for nested in node.regions:
            active.update(target for source, target in inner if source in active and _continuous(target))
            _spread(nested, active)
        if node.op in ("if", "map"):
            inner += [pair for nested in node.regions for pair in zip(nested.results, node.outputs, strict=True)]
        elif not node.regions and any(value in active for value in node.inputs):
            active.update(value for value in node.outputs if _continuous(value))
        active.update(target for source, target in inner if source in active and _continuous(target))
    return len(active) > before


def _continuous(value: Value) -> bool:
    return value.dtype.kind in ("float", "complex")


class Gradients:
    """The gradient with respect to each value so far; what arrives from several readers is summed."""

    def __init__(self) -> None:
        self._of: Mapping = {}

    def add(self, value: Value, gradient: Value | None) -> None:
        """Add what one reader sends back."""
        if gradient is not None:
            self._of[value] = self._of[value] + gradient if value in self._of else gradient

    def get(self, value: Value) -> Value | None:
        """The sum so far; None for nothing."""
        return self._of.get(value)

    def all(self, values: Iterable[Value], of: Mapping) -> list[Value]:
        """The sums, zeros where nothing arrived."""
        return [self._of[value] if value in self._of else zero_like(of.get(value, value)) for value in values]


class Reverse:
    """The reverse pass of one program; `active` holds what gradients are wanted through."""

    def __init__(self, active: set[Value]) -> None:
        self._active = active

    def through(self, region: Region, of: Mapping, gradients: Gradients) -> None:
        """Take gradients from the region's values to what it reads; `of` has the forward values by the old ones."""
        for node in reversed(region.nodes):
            arrived = [gradients.get(value) if value in self._active else None for value in node.outputs]
            if all(gradient is None for gradient in arrived):
                continue
            with origin(node.origin):
                if node.op in ("if", "loop", "map"):
                    {"if": self._if, "loop": self._loop, "map": self._map}[node.op](node, of, arrived, gradients)
                else:
                    self._plain(node, of, arrived, gradients)

    def _plain(self, node: Node, of: Mapping, arrived: Sequence[Value | None], gradients: Gradients) -> None:
        if not any(value in self._active for value in node.inputs):
            return
        rule = derivative(node.op)
        (gradient,) = arrived if len(arrived) == 1 else (None,)
        if rule is None or gradient is None or gradient.dtype.kind == "complex":
            kind = "a complex number" if rule is not None and gradient is not None else f"{node.op!r}"
            raise UnsupportedOperation(f"{node.origin or 'program'}: there is no derivative through {kind}")
        operands = [of.get(value, value) for value in node.inputs]
        for value, part in zip(node.inputs, rule(node, operands, of[node.outputs[0]], gradient), strict=True):
            if value in self._active:
                gradients.add(value, part)

    def _read(self, regions: Iterable[Region]) -> list[Value]:
        """The active values around that regions read."""
        return list(dict.fromkeys(value for region in regions for value in region.free() if value in self._active))

    def _inside(
        self, region: Region, of: Mapping, results: Sequence[Value | None], wanted: Sequence[Value]
    ) -> list[Value]:
        """Forward once more, then backward, in a nested region that is being traced."""
        inner = dict(of)
        rewrite(region, inner)
        found = Gradients()
        for value, gradient in zip(region.results, results, strict=True):
            if value in self._active:
                found.add(value, gradient)
        self.through(region, inner, found)
        return found.all(wanted, inner)

    def _if(self, node: Node, of: Mapping, arrived: Sequence[Value | None], gradients: Gradients) -> None:
        read = self._read(node.regions)
        if not read:
            return
        then, otherwise = node.regions
        condition = of.get(node.inputs[0], node.inputs[0])
        parts = branch(
            condition,
            lambda: self._inside(then, of, arrived, read),
            lambda: self._inside(otherwise, of, arrived, read),
        )
        for value, part in zip(read, parts, strict=True):
            gradients.add(value, part)

    def _map(self, node: Node, of: Mapping, arrived: Sequence[Value | None], gradients: Gradients) -> None:
        (region,) = node.regions
        read = self._read(node.regions)
        slices = [value for value in region.parameters if value in self._active]
        given = [gradient for gradient in arrived if gradient is not None]
        arrays = [of.get(value, value) for value in node.inputs]

        def body(*rows: Value) -> list[Value]:
            inner = {**of, **dict(zip(region.parameters, rows, strict=False))}
            back = iter(rows[len(arrays) :])
            results = [None if gradient is None else next(back) for gradient in arrived]
            return self._inside(region, inner, results, [*slices, *read])

        if not (slices or read):
            return
        parts = map_rows(body, [*arrays, *given])
        for value, array in zip(region.parameters, node.inputs, strict=True):
            if value in self._active:
                gradients.add(array, parts[slices.index(value)])
        for value, part in zip(read, parts[len(slices) :], strict=True):
            gradients.add(value, reduce("sum", part, [0]))

    def _loop(self, node: Node, of: Mapping, arrived: Sequence[Value | None], gradients: Gradients) -> None:
        (region,) = node.regions
        index, *carried = region.parameters
        starts = [of.get(value, value) for value in node.inputs[1:]]
        count = of.get(node.inputs[0], node.inputs[0])
        moving = [number for number, value in enumerate(carried) if value in self._active]
        read = self._read(node.regions)
        back = [carried[number] for number in moving]
        before = self._passes(node, of, count, starts)

        def body(k: Value, *state: Value) -> list[Value]:
            number = count - 1 - k
            inner = {**of, index: number, **dict(zip(carried, before(number), strict=True))}
            results: list[Value | None] = [None] * len(carried)
            for place, gradient in zip(moving, state, strict=False):
                results[place] = gradient
            found = self._inside(region, inner, results, [*back, *read])
            sums = [total + part for total, part in zip(state[len(back) :], found[len(back) :], strict=True)]
            return [*found[: len(back)], *sums]

        given = [(arrived[number], starts[number]) for number in moving]
        first = [zero_like(start) if gradient is None else gradient for gradient, start in given]
        first += [zero_like(of.get(value, value)) for value in read]
        if not first:
            return
        parts = loop(count, body, first)
        for number, part in zip(moving, parts, strict=False):
            gradients.add(node.inputs[1 + number], part)
        for value, part in zip(read, parts[len(moving) :], strict=True):
            gradients.add(value, part)

    def _passes(
        self, node: Node, of: Mapping, count: Value, starts: Sequence[Value]
    ) -> Callable[[Value], Sequence[Value]]:
        """A function that gives what a loop carries at the beginning of a pass."""
        (region,) = node.regions
        index, *carried = region.parameters

        def again(k: Value, *state: Value) -> list[Value]:
            inner = {**of, index: k, **dict(zip(carried, state, strict=True))}
            return rewrite(region, inner)

        if count.node is None or count.node.op != "constant":
            # How many there will be is not known, so there is no room for them.
            return lambda number: loop(number, again, starts)
        length = max(int(count.node.attributes["value"]), 1)
        kinds = [start.type.with_shape((length, *start.shape)) for start in starts]
        rooms = [broadcast(constant(0, kind.dtype), kind.shape) for kind in kinds]

        def kept(k: Value, *state: Value) -> list[Value]:
            now, held = state[: len(starts)], state[len(starts) :]
            held_now = [scatter(room, k, value) for room, value in zip(held, now, strict=True)]
            return [*again(k, *now), *held_now]

        held = loop(count, kept, [*starts, *rooms])[len(starts) :]
        return lambda number: [gather(room, number) for room in held]
