"""Complex numbers in random programs: made of real ones, computed with, and taken apart again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.program import Value
from bridge.program import trace as t
from tests.engines.side_by_side import spans
from tests.engines.side_by_side.products import Products
from tests.engines.side_by_side.spans import SETTLED, Span

SIZES = [(), (3,), (2, 3), (1, 3), (0,), (4, 2)]


class Complexes(Products):
    """What is known of a complex value holds for both of its parts."""

    def complexes(self, pool: Sequence[Value]) -> list[Value]:
        """A few operations, each on the results of those before; what enters and leaves is real."""
        dtype, shape = self.random.choice(self.floats), self.random.choice(SIZES)

        def part() -> Value:
            return self.settled(self.exact(self.shaped(self.typed(self.real(pool), dtype), shape)))

        made = [self.told(t.make_complex(part(), part()), SETTLED) for _ in range(2)]
        for _ in range(self.random.randrange(2, 7)):
            made.append(self.step(pool, made))
        found = [each for z in made for each in (self.part_of(z, t.real), self.part_of(z, t.imag))]
        return [*found, t.equal(made[0], made[-1]) if made[0].shape == made[-1].shape else t.equal(made[0], made[0])]

    def told(self, z: Value, span: Span) -> Value:
        """Note what is known of both parts."""
        self.spans[z] = span
        return z

    def part_of(self, z: Value, part: Callable[[Value], Value]) -> Value:
        return self.known(part(z), self.spans[z])

    def step(self, pool: Sequence[Value], made: Sequence[Value]) -> Value:
        """One operation that keeps both parts on their grid, or a real factor that brings them back there."""
        x = self.random.choice(made)
        y = self.random.choice([z for z in made if z.shape == x.shape])
        p, q = self.spans[x], self.spans[y]
        dtype = t.real(x).dtype
        product = spans.dotted(p, q, 2, dtype)
        choices: list[Callable[[], Value]] = [
            lambda: self.told(x + y, spans.added(p, q, dtype)),
            lambda: self.told(x - y, spans.added(p, q, dtype)),
            lambda: self.told(t.conj(-x), p),
            lambda: self.told(t.where(self.condition(pool), x, y), spans.joined(p, q)),
            lambda: self.told(t.concat([x, y]) if x.type.rank else x, spans.joined(p, q)),
            lambda: self.told(t.transpose(x), p),
        ]
        if product.exact:
            choices += [lambda: self.told(x * y, product)] * 2
        if x.type.rank == 2 and x.shape[0] and spans.summed(p, x.shape[0], dtype).exact:
            choices.append(lambda: self.told(t.reduce("sum", x, (0,)), spans.summed(p, x.shape[0], dtype)))
        if x.type.rank == 2 and spans.dotted(p, q, 2 * x.shape[0], dtype).exact:
            choices.append(lambda: self.told(t.transpose(x) @ y, spans.dotted(p, q, 2 * x.shape[0], dtype)))
        return self.random.choice(choices)()
