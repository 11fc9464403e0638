"""Products in random programs, and what reads them; linear systems."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bridge.program import Value
from bridge.program import trace as t
from tests.engines.side_by_side import spans
from tests.engines.side_by_side.operations import Operations
from tests.engines.side_by_side.spans import Span
from tests.engines.side_by_side.values import MOST_ELEMENTS


class Products(Operations):
    """Matrices, mostly ones that do not change, times vectors and matrices, within statements of many kinds."""

    def product(self, pool: Sequence[Value]) -> Value:
        """A matrix, mostly one that does not change, times what the pool has."""
        if self.random.random() < 0.1:
            return self.integral_product(pool)
        matrix = self.random.choice(self.matrices)
        if self.random.random() < 0.15:
            left = self.shaped(self.typed(self.real(pool), matrix.dtype), self.random.choice([(3, 5), (1, 8), (6, 2)]))
            matrix = self.settled(self.exact(left))
        rows, inner = matrix.shape
        shape = self.random.choice([(inner,), (inner, 1), (inner,), (inner, 1), (inner, 2), (inner, 8), (inner, 43)])
        if rows * math.prod(shape[1:]) > MOST_ELEMENTS and self.random.random() < 0.5:
            matrix = self.constant((self.random.randrange(1, 5), inner), matrix.dtype)
            shape = (inner, self.random.choice([40, 70, 130]))
        elif rows * math.prod(shape[1:]) > MOST_ELEMENTS:
            shape = (inner, 1)
        x = self.shaped(self.typed(self.real(pool), matrix.dtype), shape)
        x = self.settled(x) if self.span(x).exact else x
        if not self.span(x).plain:
            x = self.constant(shape, matrix.dtype)
        return self.known(matrix @ x, spans.dotted(self.span(matrix), self.span(x), inner, matrix.dtype))

    def integral_product(self, pool: Sequence[Value]) -> Value:
        dtype = self.random.choice([dtype for dtype in self.types if dtype.is_integer])
        left, right = (self.typed(self.random.choice(pool), dtype) for _ in range(2))
        inner = self.random.choice([1, 3, 10])
        rows = self.random.choice([1, 4, 6])
        return self.shaped(left, (rows, inner)) @ self.shaped(right, (inner, *self.random.choice([(), (1,), (3,)])))

    def layer(self, pool: list[Value]) -> list[Value]:
        """Products and the statements that read them: sums, functions, two readers, parts, other shapes."""
        y = self.product(pool)
        made = [y]
        for _ in range(self.random.randrange(1, 4)):
            shape, dtype = made[-1].shape, y.dtype
            choice = self.random.random()
            if choice < 0.35:
                fixed = [m for m in self.matrices if m.shape[0] == y.shape[0] and m.dtype == y.dtype]
                other = self.product(pool)
                if fixed and y.dtype.is_float:
                    m = self.random.choice(fixed)
                    x = self.shaped(self.settled(self.exact(self.typed(self.real(pool), dtype))), (m.shape[1],))
                    other = self.known(m @ x, spans.dotted(self.span(m), self.span(x), m.shape[1], dtype))
                other = self.shaped(self.typed(other, dtype), shape)
            elif choice < 0.6:
                other = self.shaped(self.typed(self.random.choice(pool), dtype), shape)
            else:
                other = self.beside(made, made[-1])
            x = made[-1]
            p, q = self.span(x), self.span(other)
            if self.random.random() < 0.6:
                made.append(self.known(x + other, spans.added(p, q, dtype)))
            else:
                made.append(self.known(x * other, spans.multiplied(p, q, dtype)))
            if dtype.is_float and self.random.random() < 0.4:
                made.append(self.transcendental(made[-1:]))
        # The product itself, or what lies between, may have other readers.
        return made if self.random.random() < 0.4 else made[-1:]

    def gates(self, pool: list[Value]) -> list[Value]:
        """Several matrices times one vector, and the same done to each product, as in the gates of an LSTM."""
        dtype = self.random.choice(self.floats)
        rows, inner = self.random.choice([4, 5, 8, 20, 33]), self.random.choice([2, 3, 9, 17])
        x = self.shaped(self.exact(self.typed(self.real(pool), dtype)), self.random.choice([(inner,), (inner, 1)]))
        x, made = self.settled(x), []
        matrices = [self.constant((rows, inner), dtype) for _ in range(self.random.randrange(2, 5))]
        matrices += [m for m in self.matrices if m.dtype == dtype and m.shape[1] == inner]
        y = [self.known(m @ x, spans.dotted(self.span(m), self.span(x), inner, dtype)) for m in matrices]
        for _ in range(self.random.randrange(1, 4)):
            kind, bias = self.random.randrange(4), self.random.random() < 0.5
            factor = self.shaped(self.settled(self.exact(self.typed(self.real(pool), dtype))), ())
            for k, value in enumerate(y):
                if self.random.random() < 0.1:  # one that goes another way
                    continue
                other = self.constant(value.shape, dtype) if bias else factor
                if kind == 0:
                    y[k] = self.known(value + other, spans.added(self.span(value), self.span(other), dtype))
                elif kind == 1:
                    y[k] = self.known(value * other, spans.multiplied(self.span(value), self.span(other), dtype))
                elif kind == 2:
                    y[k] = self.known(t.tanh(value), spans.function(self.span(value), 1, 1, dtype))
                else:
                    y[k] = self.known(t.logistic(value), spans.function(self.span(value), 0.25, 1, dtype))
            made += y if self.random.random() < 0.3 else []
        made += y
        alike = [value for value in y if value.shape == y[0].shape]
        while len(alike) > 1:
            left, right = alike.pop(), alike.pop()
            both = self.span(left), self.span(right)
            sum_of = self.random.random() < 0.5
            known = (spans.added if sum_of else spans.multiplied)(*both, dtype)
            alike.append(self.known(left + right if sum_of else left * right, known))
            made.append(alike[-1])
        return made

    def solved(self, pool: Sequence[Value]) -> Value:
        """The inverse of a matrix whose diagonal outweighs the rest, or a system with it."""
        n, dtype = self.random.choice([1, 2, 3, 6]), self.random.choice(self.floats)
        x = self.shaped(self.settled(self.exact(self.typed(self.real(pool), dtype))), (n, n))
        matrix = x + t.constant(np.eye(n) * 32 * n, dtype)
        error = 2000 * n * math.ldexp(1.0, -spans.digits(dtype))
        if self.random.random() < 0.5:
            return self.known(t.inverse(matrix), Span(1.0, None, error))
        right = self.shaped(self.settled(self.exact(self.typed(self.real(pool), dtype))), (n, 2))
        return self.known(t.linear_solve(matrix, right), Span(8.0, None, 8 * error))
