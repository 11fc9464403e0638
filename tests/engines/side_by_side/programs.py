"""Random typed programs: every kind of operation, control flow, slots, rates, and products within all of these.

The same seed gives the same program and the same numbers. What is known of each value's size and exactness (`spans`)
decides what may be done with it, so that no difference between engines is the program's own making: nothing is compared
at a knife's edge, and no sum that the order of its terms would change goes where it could grow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from bridge.program import DType, Output, Program, Rate, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import verify
from bridge.program.types import BOOLEAN
from tests.engines.side_by_side import spans
from tests.engines.side_by_side.complex_values import Complexes
from tests.engines.side_by_side.spans import SETTLED, Span
from tests.engines.side_by_side.values import DRAWN, LARGE, MOST_ELEMENTS, SMALL, numbers

Arrays = dict[str, np.ndarray]
STEPS = 5


@dataclass
class Example:
    """A program with numbers to run it on, and what is known of its outputs and slots."""

    program: Program
    parameters: Arrays
    inputs: Arrays
    spans: dict[str, Span] = field(default_factory=dict)


class Generator(Complexes):
    """Draws nodes into a pool of values."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.depth = 0
        self.with_complex = seed % 8 == 7  # which two engines refuse

    # Control flow

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """What is drawn inside counts as nested."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def ready(self, value: Value, like: Value) -> Value:
        """What a value that goes round, as that of a loop or a slot does, may become next."""
        if not value.dtype.is_float:
            return value
        span, wanted = self.span(value), self.span(like)
        if wanted.exact:
            return self.settled(self.exact(value))
        if not span.plain:
            return self.constant(value.shape, value.dtype)
        # Scaled down until neither size nor error is larger than what it was taken for.
        scale = min(1.0, wanted.bound / max(span.bound, 1e-30), wanted.error / max(span.error * 2, 1e-300))
        power = math.floor(math.log2(max(scale, 1e-300)))
        return value * math.ldexp(1.0, power) if power > -60 else self.constant(value.shape, value.dtype)

    def of_type(self, pool: Sequence[Value], type: Type) -> Value:
        """A value of a type, made of what the pool has."""
        x = self.pick(pool, lambda v: v.type == type)
        if x is None or self.random.random() < 0.2:
            x = self.shaped(self.typed(self.random.choice(pool), type.dtype), type.shape)
        return x

    def branched(self, pool: list[Value]) -> list[Value]:
        types = [value.type for value in self.random.sample(pool, 3)]
        found: list[list[Value]] = []

        def side() -> list[Value]:
            inner = self.grown(list(pool), self.random.randrange(1, 7))
            new = inner[len(pool) :] or inner
            found.append([self.of_type(self.random.choice([inner, new]), type) for type in types])
            return found[-1]

        with self.deeper():
            results = t.branch(self.condition(pool), side, side)
        pairs = zip(results, *found, strict=True)
        return [self.known(y, spans.joined(self.span(p), self.span(q))) for y, p, q in pairs]

    def looped(self, pool: list[Value]) -> list[Value]:
        first = [self.settled(self.exact(v)) if v.dtype.is_float else v for v in self.random.sample(pool, 3)]
        if self.random.random() < 0.3:  # carried values that change places
            first.append(self.of_type([first[0]], first[0].type))
            first[-1] = self.settled(self.exact(first[-1])) if first[-1].dtype.is_float else first[-1]

        def body(index: Value, *now: Value) -> list[Value]:
            for value in now:
                self.known(value, SETTLED)
            inner = self.grown([*pool, index, *now], self.random.randrange(1, 6))
            after = [self.ready(self.of_type(inner[len(pool) :], v.type), v) for v in now]
            if len(now) > 3 and now[0].type == now[3].type:
                after[0], after[3] = now[3], after[0]
            return after

        with self.deeper():
            results = t.loop(self.count(pool, 4), body, first)
        return [self.known(y, SETTLED) for y in results]

    def mapped(self, pool: list[Value]) -> list[Value]:
        length = self.random.choice([1, 2, 3])
        arrays = []
        for _ in range(self.random.randrange(1, 4)):
            x = self.pick(pool, lambda v: v.type.rank > 0 and v.shape[0] == length)
            if x is None or self.random.random() < 0.4:
                shape = (length, *self.random.choice([(), (1,), (4,), (2, 3), (0,)]))
                x = self.shaped(self.random.choice(pool), shape)
            arrays.append(x)
        found: list[Value] = []

        def body(*rows: Value) -> list[Value]:
            for row, array in zip(rows, arrays, strict=True):
                self.known(row, self.span(array))
            inner = self.grown([*pool, *rows], self.random.randrange(1, 6))
            small = [v for v in inner[len(pool) :] if v.type.size * length <= MOST_ELEMENTS]
            found[:] = [self.random.choice(small) for _ in range(2)]
            return found

        with self.deeper():
            results = t.map_rows(body, arrays)
        return [self.known(y, self.span(x)) for y, x in zip(results, found, strict=True)]

    def grown(self, pool: list[Value], nodes: int) -> list[Value]:
        """The pool with what so many draws add to it."""
        table: list[tuple[float, Callable[[list[Value]], Value | list[Value]]]] = [
            (24, self.arithmetic),
            (6, self.comparison),
            (10, self.transcendental),
            (20, self.moved),
            (8, self.reduced),
            (3, self.searched),
            (6, self.product),
            (12, self.layer),
            (5, self.gates),
            (1, self.solved),
            (6, lambda pool: self.typed(self.random.choice(pool), self.random.choice(self.types))),
            (4, lambda pool: self.operand(pool)),
        ]
        if self.with_complex:
            table.append((10, self.complexes))
        if self.depth < 2:
            table += [(3, self.branched), (3, self.looped), (3, self.mapped)]
        for _ in range(nodes):
            (draw,) = self.random.choices([f for _, f in table], [weight for weight, _ in table])
            with t.origin(f"random/{draw.__name__.strip('<>')} {len(pool)}"):
                found = draw(pool)
            for value in [found] if isinstance(found, Value) else found:
                if value.type.size <= MOST_ELEMENTS and self.usable(value):
                    pool.append(value)
        return pool

    # The program

    def argument(self, kind: dict[str, Value], name: str, type: Type, span: Span = DRAWN) -> Value:
        value = kind[name] = Value(type, name)
        return self.known(value, span)

    def generated(self, nodes: int) -> Program:
        """Everything: arguments of many types, slots, rates, and so many draws in the step."""
        draw, program = self.random, self.program
        program.period, program.start = draw.choice([(0.125, 0.5), (1.0, 0.0)])
        for number in range(draw.randrange(3, 8)):
            dtype = draw.choice(self.types if draw.random() < 0.6 else self.floats)
            shape = draw.choice(LARGE if draw.random() < 0.15 else SMALL)
            self.argument(program.parameters, f"p{number}", Type(shape, dtype))
        for number in range(draw.randrange(2, 7)):
            dtype = draw.choice(self.types if draw.random() < 0.6 else self.floats)
            special = dtype.is_float and draw.random() < 0.15
            name, span = f"{'special' if special else 'u'}{number}", Span(4.0, -3, plain=not special)
            shape = draw.choice(LARGE if draw.random() < 0.1 else SMALL)
            self.argument(program.inputs, name, Type(shape, dtype), span)
        many = draw.choice([4, 5, 8, 12, 19, 37, 64, 130, 301, 600])
        for number in range(draw.randrange(2, 5)):
            rows = many if draw.random() < 0.6 else draw.choice([1, 2, 4, 6, 11, 32, 67])
            columns = draw.choice([1, 2, 3, 7, 8, 9, 16, 17, 33, 70])
            matrix = self.argument(
                program.parameters, f"matrix{number}", Type((rows, columns), draw.choice(self.floats)), DRAWN
            )
            self.matrices.append(matrix)
        if draw.random() < 0.15:  # one that is lent, not copied
            dtype = draw.choice(self.types)
            size = (1 << 16) // dtype.numpy.itemsize + draw.choice([1, 8])
            lent = self.argument(program.parameters, "lent", Type((4, -(-size // 4)), dtype))
            if dtype.is_float and draw.random() < 0.7:
                wide = draw.choice([25, 61, 70])
                self.matrices.append(
                    self.argument(program.parameters, "lent2", Type((-(-size // wide), wide), dtype), DRAWN)
                )
        self.points = [self.points_of(draw.choice([d for d in self.types if d != BOOLEAN]), k) for k in range(2)]
        if draw.random() < 0.7:
            program.time = self.known(Value(Type((), draw.choice(self.floats)), "time"), Span(10.0, -3))
        program.rates = [Rate(1), Rate(2), Rate(3, 1)][: draw.randrange(4)]
        program.hits = [Value(Type((), BOOLEAN)) for _ in program.rates]
        with t.tracing(program.init):
            inner = self.grown([v for v in program.parameters.values() if v.type.size <= MOST_ELEMENTS], 4)
            if draw.random() < 0.3:
                self.matrices.append(self.constant((many, draw.choice([3, 9, 16])), draw.choice(self.floats)))
            types = [Type(draw.choice(SMALL), draw.choice(self.types)) for _ in range(draw.randrange(5))]
            starts = [self.of_type(inner, type) for type in types]
            starts += [self.of_type(inner, v.type) for v in starts[:2]]
            if draw.random() < 0.5:
                starts.append(self.constant((many,), draw.choice(self.floats)))
            initial = [self.settled(self.exact(v)) if v.dtype.is_float else v for v in starts]
            whole = "lent" in program.parameters and program.parameters["lent"].type.size
            if whole:
                lent = program.parameters["lent"]
                inner.append(self.known(t.cut(lent, (0, 4), (3, min(lent.shape[1], 500), 7)), DRAWN))
                inner.append(self.known(t.cut(lent, (1, 2), (0, 1000)), DRAWN))
        for number, value in enumerate(initial):
            program.slots.append(Slot(f"slot {number}", "discrete", value, Value(value.type, f"s{number}")))
            self.known(program.slots[-1].current, SETTLED)
        pool = [*inner, *program.inputs.values(), *(slot.current for slot in program.slots), *program.hits]
        pool += [] if program.time is None else [program.time]
        with t.tracing(program.step):
            values = self.grown(pool, nodes)
            for slot in program.slots:
                self.follow(slot, values)
            read = draw.sample(values, min(20, len(values)))
            read += values[-5:]
        program.outputs = [Output(f"y{number}", value, "outport") for number, value in enumerate(read)]
        program.seal()
        verify(program)
        return program

    def follow(self, slot: Slot, values: list[Value]) -> None:
        """What a slot holds next: something new, another slot's value, what it held, or one or the other by rate."""
        draw, slots = self.random.random(), self.program.slots
        others = [
            self.shaped(other.current, slot.type.shape)
            for other in slots
            if other.type.dtype == slot.type.dtype and other.type.size >= slot.type.size > 0 and other is not slot
        ]
        new = self.ready(self.of_type(values, slot.type), slot.current)
        if draw < 0.2 and others:
            slot.next = self.random.choice(others)
        elif draw < 0.3:
            slot.next = None
        elif draw < 0.5 and self.program.hits:
            hit = self.random.choice(self.program.hits)
            (slot.next,) = t.branch(hit, lambda: new, lambda: slot.current)
            self.known(slot.next, SETTLED)
        elif draw < 0.6 and slot.type.rank and slot.type.shape[0] > 1:  # a line of delays
            rows = slot.type.shape[0]
            slot.next = t.concat([t.cut(new, (0, 1)), t.cut(slot.current, (0, rows - 1))])
            self.known(slot.next, SETTLED)
        else:
            slot.next = new

    def points_of(self, dtype: DType, number: int) -> Value:
        """Ascending breakpoints, some of them equal."""
        count = self.random.choice([1, 2, 5, 9, 20])
        return self.argument(self.program.parameters, f"points{number}", Type((count,), dtype))


def example(seed: int, nodes: int = 30) -> Example:
    """The program of a seed, and numbers to run it on."""
    generator = Generator(seed)
    program = generator.generated(nodes)
    draw = np.random.default_rng(seed)
    parameters = {name: numbers(draw, value.type, value.shape) for name, value in program.parameters.items()}
    for name in parameters:
        if name.startswith("points"):
            parameters[name] = np.sort(parameters[name])
    inputs = {name: numbers(draw, value.type, (STEPS, *value.shape)) for name, value in program.inputs.items()}
    for name, array in inputs.items():
        if name.startswith("special"):
            odd = draw.choice([np.nan, np.inf, -np.inf, 0.0], array.shape).astype(array.dtype)
            inputs[name] = np.where(draw.random(array.shape) < 0.3, odd, array)
    known = {output.name: generator.span(output.value) for output in program.outputs}
    known |= {slot.path: generator.span(slot.current) for slot in program.slots}
    return Example(program, parameters, inputs, known)
