"""Values of random programs: drawing them, knowing how large and exact they are, bringing one into another's form."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np

from bridge.program import DType, Program, Type, Value
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.types import BOOLEAN, BUILT_IN, DOUBLE, INT64, SINGLE, Shape
from tests.engines.side_by_side.spans import SETTLED, Span

REAL = [dtype for dtype in BUILT_IN.values() if dtype.kind != "complex"]
FLOATS = [DOUBLE, SINGLE]
SMALL = [(), (), (1,), (3,), (4, 1), (1, 5), (2, 3), (2, 3, 4), (1, 1, 1), (7,), (0,), (0, 3), (3, 1, 2), (5, 1, 1)]
LARGE = [(33,), (9, 17), (1100,), (64, 3), (2, 40, 5)]
MOST_ELEMENTS = 3000
DRAWN = Span(4.0, -3)  # what parameters and inputs are


class Values:
    """The values of a program in the making, what is known of them, and how one is made of another."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.program = Program(f"random {seed}")
        # One in four has no single precision, in which gradients are hard to compare.
        self.floats = [DOUBLE] if seed % 4 == 2 else FLOATS
        self.types = [dtype for dtype in REAL if not dtype.is_float or dtype in self.floats]
        self.spans: dict[Value, Span] = {}
        self.matrices: list[Value] = []  # those that do not change
        self.points: list[Value] = []  # ascending ones

    # What is known

    def span(self, value: Value) -> Span:
        """What is known of a value; of integers and booleans, that they are exact."""
        if not value.dtype.is_float:
            return Span(2.0**64, 0)
        if value not in self.spans and value.node is not None and value.node.op == "constant":
            array = np.abs(np.asarray(value.node.attributes["value"], float))
            return Span(float(array.max(initial=0)), None)
        return self.spans[value]

    def known(self, value: Value, span: Span) -> Value:
        """Note what is known of a value."""
        if value.dtype.is_float:
            self.spans[value] = span
        return value

    def usable(self, value: Value) -> bool:
        """Whether its error is still small beside it."""
        span = self.span(value)
        return span.error <= 1e-4 * max(span.bound, 1) if math.isfinite(span.error) else False

    def constant(self, shape: Shape, dtype: DType) -> Value:
        """A constant of numbers that `DRAWN` describes."""
        draw = np.random.default_rng(self.random.randrange(2**32))
        return self.known(t.constant(numbers(draw, Type(shape, dtype), shape), dtype), DRAWN)

    # Bringing values into the form that an operation asks for

    def settled(self, x: Value) -> Value:
        """`x` on the grid of `SETTLED`, and no larger; of a value that engines compute differently, nothing."""
        span = self.span(x)
        if not span.plain:
            x = self.known(t.where(t.isnan(x) | t.isinf(x), 0.0, x), Span(span.bound, span.grid, span.error))
            span = self.span(x)
        if span.bound > 8:
            x = self.known(t.fmod(x, t.constant(8.0, x.dtype)), Span(8.0, span.grid))
        if span.grid is None or span.grid < -4:
            x = self.known(t.rint(x * 16) * 0.0625, SETTLED)
        return x

    def exact(self, x: Value) -> Value:
        """`x`, or where engines compute it differently, another of its type."""
        return x if self.span(x).exact else self.constant(x.shape, x.dtype)

    def typed(self, x: Value, dtype: DType) -> Value:
        """`x` in another data type."""
        if x.dtype == dtype:
            return x
        if dtype == BOOLEAN or (x.dtype.is_float and dtype.is_integer):
            x = self.exact(x)
        if x.dtype.is_float and dtype.is_float:
            return self.known(t.storage(x, dtype), self.span(x).held(dtype))
        rounding = self.random.choice(sorted(a.ROUNDING))
        y = a.convert(x, dtype, rounding, self.random.random() < 0.5)
        if not dtype.is_float:
            return y
        size = 1.0 if x.dtype == BOOLEAN else 2.0**x.dtype.bits
        return self.known(y, Span(size, 0).held(dtype))

    def shaped(self, x: Value, shape: Shape) -> Value:
        """Elements of `x` in another shape, in one of many ways."""
        if x.shape == shape:
            return x
        span, size = self.span(x), math.prod(shape)
        if not x.type.size and size:
            x = self.constant((), x.dtype) if x.dtype.is_float else t.zeros(Type((), x.dtype))
            span = self.span(x)
        if x.type.size == 1 or spreads(x.shape, shape):
            if x.type.rank > len(shape):
                x = t.reshape(x, ())
            return self.known(t.broadcast(x, shape), span)
        flat = t.reshape(x, (x.type.size,))
        if x.type.size < size:
            if self.random.random() < 0.5:
                flat = t.take(flat, [k % x.type.size for k in range(size)])
            else:
                flat = t.concat([flat] * -(-size // x.type.size))
        if flat.type.size > size:
            start = self.random.randrange(flat.type.size - size + 1)
            step = self.random.choice([1, 1, 2])
            start = min(start, flat.type.size - 1 - (size - 1) * step) if size else 0
            if start < 0:
                start, step = 0, 1
            flat = t.cut(flat, (start, min(start + size * step, flat.type.size), step))
        return self.known(t.reshape(flat, shape), span)

    def pick(self, pool: Sequence[Value], where: Callable[[Value], bool]) -> Value | None:
        """One of the pool, a late one more often."""
        found = [value for value in pool if where(value)]
        if not found:
            return None
        return found[-1 - min(int(self.random.expovariate(0.15)), len(found) - 1)]

    def scalar(self, pool: Sequence[Value], dtype: DType) -> Value:
        """One element of that type, made of what the pool has."""
        x = self.pick(pool, lambda v: v.dtype == dtype and v.shape == ())
        if x is None:
            x = self.shaped(self.typed(self.random.choice(pool), dtype), ())
        return x

    def condition(self, pool: Sequence[Value]) -> Value:
        """A boolean scalar."""
        return self.scalar(pool, BOOLEAN)

    def count(self, pool: Sequence[Value], most: int) -> Value:
        """An int64 scalar from 0 to less than `most`, a power of two."""
        return t.bitand(self.scalar(pool, INT64), t.constant(most - 1, INT64))

    def beside(self, pool: Sequence[Value], x: Value) -> Value:
        """Another operand of the same data type, of a shape that fits."""
        y = self.pick(pool, lambda v: v.dtype == x.dtype and fits(v.shape, x.shape) and v is not x)
        chance = self.random.random()
        if y is not None and chance < 0.7:
            return y
        if chance < 0.75:
            return x
        shape = tuple(1 if self.random.random() < 0.2 else size for size in x.shape)
        other = self.random.choice(pool)
        return self.shaped(self.typed(other, x.dtype), shape[self.random.choice([0, 0, 0, 1]) :])

    def alike(self, pool: Sequence[Value], x: Value) -> Value:
        """A value of the same data type."""
        other = self.pick(pool, lambda v: v.dtype == x.dtype)
        return x if other is None else other


def fits(shape: Shape, other: Shape) -> bool:
    """Whether two shapes broadcast, to no more elements than are wanted."""
    try:
        return math.prod(np.broadcast_shapes(shape, other)) <= MOST_ELEMENTS
    except ValueError:
        return False


def spreads(shape: Shape, other: Shape) -> bool:
    """Whether one shape broadcasts to the other."""
    try:
        return np.broadcast_shapes(shape, other) == other
    except ValueError:
        return False


def numbers(draw: np.random.Generator, type: Type, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of a data type: real ones as `DRAWN` says, integers from their whole range and small ones."""
    dtype = type.dtype
    if dtype == BOOLEAN:
        return draw.integers(0, 2, shape).astype(np.bool_)
    if dtype.is_integer:
        whole = draw.integers(*dtype.limits, shape, dtype=dtype.numpy, endpoint=True)
        small = draw.integers(0, 9, shape).astype(dtype.numpy)
        edge = np.where(draw.random(shape) < 0.5, *(np.array(limit, dtype.numpy) for limit in dtype.limits))
        kind = draw.random(shape)
        return np.asarray(np.where(kind < 0.4, small, np.where(kind < 0.9, whole, edge)), dtype.numpy)
    return np.asarray(draw.integers(-32, 33, shape) / 8, dtype.numpy)
