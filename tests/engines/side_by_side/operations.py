"""Operations of random programs: arithmetic, functions, comparisons, moving, reducing, searching."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from bridge.program import Value
from bridge.program import trace as t
from bridge.program.types import BOOLEAN, DOUBLE, Shape
from tests.engines.side_by_side import spans
from tests.engines.side_by_side.spans import Span
from tests.engines.side_by_side.values import MOST_ELEMENTS, Values


def length(x: Value) -> Value:
    """At least 1, and smooth, where the slope of the absolute value is at a knife's edge."""
    return t.hypot(x, t.constant(1.0, x.dtype))


# Functions of real numbers by their steepest slope and largest result, where the operand is first brought within range.
FUNCTIONS: dict[str, tuple[Callable[[Value], Value], float, float]] = {
    "sin": (t.sin, 1, 1),
    "cos": (t.cos, 1, 1),
    "tanh": (t.tanh, 1, 1),
    "logistic": (t.logistic, 0.25, 1),
    "atan": (t.atan, 1, 1.6),
    "asinh": (t.asinh, 1, 710),
    "exp": (lambda x: t.exp(-length(x)), 1, 1),
    "log": (lambda x: t.log(length(x)), 1, 700),
    "log2": (lambda x: t.log2(length(x)), 1.5, 1024),
    "log10": (lambda x: t.log10(length(x)), 0.5, 308),
}
# Those of a number within [-1, 1], which tanh makes of any.
INSIDE: dict[str, tuple[Callable[[Value], Value], float, float]] = {
    "tan": (t.tan, 3.5, 1.6),
    "asin": (lambda x: t.asin(x * 0.5), 0.6, 0.6),
    "acos": (lambda x: t.acos(x * 0.5), 0.6, 2.1),
    "sinh": (t.sinh, 1.6, 1.2),
    "cosh": (t.cosh, 1.2, 1.6),
    "acosh": (lambda x: t.acosh(x + 3), 0.6, 2.1),
    "atanh": (lambda x: t.atanh(x * 0.5), 0.7, 0.6),
    "exp": (t.exp, 2.8, 2.8),
    "pow": (lambda x: t.power(x + 2, t.constant(1.5, x.dtype)), 2.6, 5.2),
}


class Operations(Values):
    """Each method draws operands from a pool and returns a result, of which it notes what is known."""

    def arithmetic(self, pool: Sequence[Value]) -> Value:
        x = self.number(pool)
        y = self.beside(pool, x)
        choice = self.random.randrange(8)
        p, q, dtype = self.span(x), self.span(y), x.dtype
        if choice <= 1:
            return self.known(x + y if choice else x - y, spans.added(p, q, dtype))
        if choice <= 3:
            return self.known(x * y, spans.multiplied(p, q, dtype))
        if choice == 4:
            return self.known(-x if self.random.random() < 0.5 or not p.exact else t.absolute(x), p)
        if choice == 5:
            condition = self.shaped(self.condition(pool), self.random.choice([(), x.shape]))
            return self.known(t.where(condition, x, y), spans.joined(p, q))
        if not dtype.is_float:
            return self.integral(x, y)
        if choice == 6:
            one = t.absolute(y) + 1 if q.exact else length(y)
            error = p.error + p.bound * (q.error if q.exact else spans.function(q, 1, q.bound + 1, dtype).error)
            return self.known(x / one, Span(p.bound, None, error, p.plain and q.plain).held(dtype))
        return self.rounded(x, y)

    def operand(self, pool: Sequence[Value]) -> Value:
        """Arithmetic on scalars, beside numbers that are none too."""
        dtype = self.random.choice(self.types)
        x = self.scalar(pool, dtype)
        if dtype == BOOLEAN:
            return ~x ^ t.constant(self.random.random() < 0.5, BOOLEAN)
        if dtype.is_integer:
            limit = t.constant(self.random.choice([0, 1, *dtype.limits]), dtype)
            return self.integral(x, limit) if self.random.random() < 0.7 else x - limit
        odd = t.constant(self.random.choice([math.inf, -math.inf, math.nan]), dtype)
        y = self.shaped(self.known(t.where(self.condition(pool), x, odd), Span(self.span(x).bound, plain=False)), ())
        y = self.exact(y) if self.span(x).exact else self.exact(x)
        return self.known(t.where(y <= 2, y, odd), Span(self.span(y).bound, plain=False))

    def integral(self, x: Value, y: Value) -> Value:
        few = t.bitand(y, t.constant(7, y.dtype))
        choices: list[Callable[[], Value]] = [
            *(lambda f=f: f(x, y) for f in (t.bitand, t.bitor, t.bitxor)),
            *(lambda f=f: f(x, few) for f in (t.shift_left, t.shift_right)),
            *(lambda f=f: f(x, y) for f in (t.shift_left, t.shift_right)),
            lambda: t.bitnot(x),
        ]
        return self.random.choice(choices)()

    def rounded(self, x: Value, y: Value) -> Value:
        x, y = self.exact(x), self.exact(y)
        p, dtype = self.span(x), x.dtype
        choice = self.random.randrange(4)
        if choice == 0:
            f = self.random.choice([t.floor, t.ceil, t.trunc, t.rint])
            return self.known(f(x), Span(p.bound + 1, 0, 0, p.plain).held(dtype))
        if choice == 1:
            # Of exact numbers alone: near zero its slope has no bound. Not every engine's is rounded correctly.
            return self.known(t.sqrt(t.absolute(x)), spans.function(p, 0, math.sqrt(p.bound) + 1, dtype))
        if choice == 2:
            divisor = t.absolute(self.settled(y)) + 0.5
            return self.known(t.fmod(x, divisor), Span(8.5, None, 0, p.plain))
        y = t.where(t.equal(y, 0), 1.0, y)
        size = p.bound * (2.0**-q.grid if (q := self.span_of_divisor(y)).grid is not None else 1e200)
        return self.known(x / y, Span(size, None, 0, p.plain and q.plain).held(dtype))

    def span_of_divisor(self, y: Value) -> Span:
        """What `where` above has kept of the divisor."""
        assert y.node is not None
        return self.span(y.node.inputs[2])

    def comparison(self, pool: Sequence[Value]) -> Value:
        if self.random.random() < 0.3:
            x = self.pick(pool, lambda v: v.dtype == BOOLEAN)
            if x is not None:
                y = self.beside(pool, x)
                operations: list[Callable[[], Value]] = [lambda: x & y, lambda: x | y, lambda: x ^ y, lambda: ~x]
                operations += [lambda: t.equal(x, y), lambda: t.not_equal(x, y)]
                return self.random.choice(operations)()
        x = self.exact(self.number(pool))
        y = self.exact(self.beside(pool, x))
        choices: list[Callable[[], Value]] = [lambda: x < y, lambda: x <= y]
        choices += [lambda: t.equal(x, y), lambda: t.not_equal(x, y)]
        if x.dtype.is_float:
            choices += [lambda: t.isnan(x), lambda: t.isinf(x)]
        return self.random.choice(choices)()

    def number(self, pool: Sequence[Value]) -> Value:
        """A value to compute with, a floating-point one more often."""
        real = self.random.random() < 0.7
        x = self.pick(pool, lambda v: v.dtype.is_float if real else v.dtype.is_integer)
        return x if x is not None else self.typed(self.random.choice(pool), DOUBLE)

    def real(self, pool: Sequence[Value]) -> Value:
        """A floating-point value."""
        x = self.pick(pool, lambda v: v.dtype.is_float)
        return x if x is not None else self.typed(self.random.choice(pool), DOUBLE)

    def transcendental(self, pool: Sequence[Value]) -> Value:
        x = self.real(pool)
        p, dtype = self.span(x), x.dtype
        choice = self.random.random()
        if choice < 0.15:
            y = self.beside(pool, x)
            q = self.span(y)
            both = Span(p.bound + q.bound, None, p.error + q.error, p.plain and q.plain)
            if self.random.random() < 0.5:
                return self.known(t.hypot(x, y), spans.function(both, 1, both.bound, dtype).held(dtype))
            return self.known(t.atan2(x, length(y)), spans.function(both, 1, 1.6, dtype))
        name = self.random.choice(sorted(FUNCTIONS))
        f, slope, size = FUNCTIONS[name]
        y = self.known(f(x), spans.function(p, slope, size, dtype))
        if choice < 0.6:
            return y
        z = self.known(t.tanh(y), spans.function(self.span(y), 1, 1, dtype))
        f, slope, size = INSIDE[self.random.choice(sorted(INSIDE))]
        return self.known(f(z), spans.function(self.span(z), slope * 2, size * 4, dtype))

    def moved(self, pool: Sequence[Value]) -> Value:
        """Elements picked, moved, joined."""
        x = self.random.choice(pool) if self.random.random() < 0.3 else self.number(pool)
        span, rank = self.span(x), x.type.rank
        choices: list[Callable[[], Value]] = [lambda: self.reshaped(x), lambda: self.spread(x)]
        if rank:
            axis = self.random.randrange(rank)
            choices += [lambda: self.cut(x)] * 2 + [lambda: self.shuffled(x)]
            choices += [lambda: self.joined(pool, x, axis)] * 2
            if x.shape[axis]:
                places = [self.random.randrange(x.shape[axis]) for _ in range(self.random.randrange(1, 6))]
                choices.append(lambda: t.take(x, places, axis))
            if x.shape[0] >= 2:
                choices += [lambda: self.gathered(pool, x), lambda: self.scattered(pool, x)]
        y = self.random.choice(choices)()
        return y if y in self.spans else self.known(y, span)

    def reshaped(self, x: Value) -> Value:
        size = x.type.size
        shapes = [(size,), (1, size), (size, 1), (1, size, 1)]
        shapes += [(k, size // k) for k in range(2, 8) if size and size % k == 0]
        shapes += [()] if size == 1 else []
        return t.reshape(x, self.random.choice(shapes))

    def spread(self, x: Value) -> Value:
        shape = tuple(self.random.choice([1, 2, 4]) if size == 1 else size for size in x.shape)
        more = self.random.choice([(), (), (2,), (1,), (3, 1)]) if x.type.rank < 3 else ()
        shape = (*more, *shape)
        return t.broadcast(x, shape if math.prod(shape) <= MOST_ELEMENTS else x.shape)

    def cut(self, x: Value) -> Value:
        ranges = []
        for size in x.shape:
            start = self.random.randrange(size + 1) if self.random.random() < 0.5 else 0
            stop = self.random.randint(start, size) if self.random.random() < 0.3 else size
            if start == stop and self.random.random() < 0.8:
                start, stop = 0, size
            ranges.append((start, stop, self.random.choice([1, 1, 1, 2, 3])))
        return t.cut(x, *ranges)

    def shuffled(self, x: Value) -> Value:
        axes = list(range(x.type.rank))
        self.random.shuffle(axes)
        return t.transpose(x, tuple(axes))

    def joined(self, pool: Sequence[Value], x: Value, axis: int) -> Value:
        parts = [x]
        for _ in range(self.random.randrange(1, 4)):
            other = self.alike(pool, x)
            size = self.random.choice([1, 2, x.shape[axis], 0])
            shape = (*x.shape[:axis], size, *x.shape[axis + 1 :])
            if math.prod(shape) <= MOST_ELEMENTS:
                parts.append(self.shaped(other, shape))
        self.random.shuffle(parts)
        return self.known(t.concat(parts, axis), spans.joined(*(self.span(part) for part in parts)))

    def index(self, pool: Sequence[Value], length: int, shape: Shape) -> Value:
        """Places within an axis, of one integer type or another."""
        most = 1 << min(length.bit_length() - 1, 6)
        dtype = self.random.choice([dtype for dtype in self.types if dtype.is_integer])
        x = self.shaped(self.typed(self.random.choice(pool), dtype), shape)
        return t.bitand(x, t.constant(most - 1, dtype))

    def gathered(self, pool: Sequence[Value], x: Value) -> Value:
        shape = self.random.choice([(), (), (1,), (3,), (2, 2)])
        rest = math.prod(x.shape[1:])
        return t.gather(x, self.index(pool, x.shape[0], shape if rest * math.prod(shape) <= MOST_ELEMENTS else ()))

    def scattered(self, pool: Sequence[Value], x: Value) -> Value:
        shape = self.random.choice([(), (1,), (4,), (2, 2)])  # some indices more than once
        rows = self.shaped(self.alike(pool, x), (*shape, *x.shape[1:]))
        index = self.index(pool, x.shape[0], shape)
        return self.known(t.scatter(x, index, rows), spans.joined(self.span(x), self.span(rows)))

    def reduced(self, pool: Sequence[Value]) -> Value:
        x = self.random.choice(pool) if self.random.random() < 0.3 else self.number(pool)
        if not x.type.rank:
            return self.moved(pool)
        axes = tuple(axis for axis in range(x.type.rank) if self.random.random() < 0.6) or (0,)
        count = math.prod(x.shape[axis] for axis in axes)
        if x.dtype == BOOLEAN:
            return t.reduce(self.random.choice(["any", "all"]), x, axes)
        kind = self.random.choice(["sum", "sum", "sum", "prod", "max", "min", "argmax"])
        if kind in ("max", "min", "argmax") and not count:
            kind = "sum"
        if kind == "argmax":
            axis = self.random.choice([axis for axis in axes if x.shape[axis]])
            return t.argmax(self.exact(x), axis)
        span, dtype = self.span(x), x.dtype
        if not dtype.is_float:
            return t.reduce(kind, x, axes)
        if kind in ("max", "min"):
            return self.known(t.reduce(kind, x, axes), span)
        if kind == "prod":
            if not span.exact or count > 64:
                return self.moved(pool)
            # Powers of two and zero: no product is rounded.
            x = t.where(x < 0, -1.0, t.where(x < 1, t.constant(0.5, dtype), 2.0))
            return self.known(t.reduce("prod", x, axes), Span(2.0**count, -count).held(dtype))
        if span.exact and self.random.random() < 0.8:
            x = self.settled(x)
        if not self.span(x).plain:
            x = self.settled(self.exact(x))
        return self.known(t.reduce("sum", x, axes), spans.summed(self.span(x), count, dtype))

    def searched(self, pool: Sequence[Value]) -> Value:
        points = self.random.choice(self.points)
        x = self.exact(self.typed(self.random.choice(pool), points.dtype))
        return t.search(points, x)
