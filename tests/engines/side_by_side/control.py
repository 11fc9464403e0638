"""Control flow in random programs, and the table of what is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from bridge.program import DType, Type, Value
from bridge.program import trace as t
from bridge.program.types import DOUBLE
from tests.engines.side_by_side import spans
from tests.engines.side_by_side.complex_values import Complexes
from tests.engines.side_by_side.spans import SETTLED, Span
from tests.engines.side_by_side.values import MOST_ELEMENTS


class Control(Complexes):
    """Branches, loops and maps, whose bodies are drawn as the step itself is; what goes round stays as it was known."""

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

    def begun(self, value: Value) -> Value:
        """What a value that goes round may be at first."""
        return self.settled(self.exact(value)) if value.dtype.is_float else value

    def going_round(self, dtype: DType) -> Span:
        """What is known of a value that goes round, whatever it is later: exact, or within some error."""
        loose = self.random.random() < 0.4
        return Span(8.0, None, 1e-12 if dtype == DOUBLE else 2e-5) if loose else SETTLED

    def looped(self, pool: list[Value]) -> list[Value]:
        first = [self.begun(value) for value in self.random.sample(pool, 3)]
        if self.random.random() < 0.3:  # carried values that change places
            first.append(self.begun(self.of_type([first[0]], first[0].type)))
        kinds = [self.going_round(value.dtype) for value in first]
        kinds[3:] = kinds[: len(first) - 3]

        def body(index: Value, *now: Value) -> list[Value]:
            for value, span in zip(now, kinds, strict=True):
                self.known(value, span)
            inner = self.grown([*pool, index, *now], self.random.randrange(1, 6))
            after = [self.ready(self.of_type(inner[len(pool) :], v.type), v) for v in now]
            if len(now) > 3 and now[0].type == now[3].type:
                after[0], after[3] = now[3], after[0]
            return after

        with self.deeper():
            results = t.loop(self.count(pool, 4), body, first)
        return [self.known(y, span) for y, span in zip(results, kinds, strict=True)]

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
