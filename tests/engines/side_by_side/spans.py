"""What is known of a random program's floating-point values before it runs: how large they are, and how exact.

Engines add up in different orders, which gives the same bits where no partial sum is rounded: a sum of multiples of
``2**grid`` is exact while it stays below ``2**(grid + digits)``. So most values are kept on a coarse grid, and have to
be the same to the last bit. What functions and long sums make is known within a bound on the error, by which two
engines may differ; such values are never compared with others in the program, nor rounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bridge.program.types import DOUBLE, DType

# Two engines that are each so many units in the last place off, of the result or of what is added up.
APART = 8


def digits(dtype: DType) -> int:
    """The binary digits of a floating-point type."""
    return 53 if dtype == DOUBLE else 24


def largest(dtype: DType) -> float:
    """What no sum or product may come near."""
    return 1e300 if dtype == DOUBLE else 1e37


@dataclass(frozen=True)
class Span:
    """A value's largest size, the power of two that it is a multiple of (None: any), and how far engines may differ.

    One that is not `plain` may be NaN or infinite, too.
    """

    bound: float
    grid: int | None = None
    error: float = 0.0
    plain: bool = True

    @property
    def exact(self) -> bool:
        """Whether all engines have the same bits."""
        return self.error == 0

    def held(self, dtype: DType) -> Span:
        """The same as a value of this type holds it: rounded where it has too many digits, infinite where too large."""
        grid = self.grid
        if grid is not None and self.bound > math.ldexp(1.0, grid + digits(dtype)):
            grid = None
        if self.bound > largest(dtype):
            return Span(largest(dtype), None, self.error, plain=False)
        rounding = 0.0 if self.exact else self.bound * math.ldexp(2.0, -digits(dtype))
        return replace(self, grid=grid, error=self.error + rounding)


ANY = Span(math.inf, None, plain=False)
SETTLED = Span(8.0, -4)


def _finer(a: Span, b: Span) -> int | None:
    return None if a.grid is None or b.grid is None else min(a.grid, b.grid)


def joined(*spans: Span) -> Span:
    """What is one or the other."""
    grids = [span.grid for span in spans]
    grid = None if None in grids else min(g for g in grids if g is not None)
    return Span(
        max(span.bound for span in spans),
        grid,
        max(span.error for span in spans),
        all(span.plain for span in spans),
    )


def added(a: Span, b: Span, dtype: DType) -> Span:
    """A sum or difference."""
    return Span(a.bound + b.bound, _finer(a, b), a.error + b.error, a.plain and b.plain).held(dtype)


def _product(a: Span, b: Span) -> Span:
    grid = None if a.grid is None or b.grid is None else a.grid + b.grid
    error = a.bound * b.error + b.bound * a.error + a.error * b.error
    return Span(a.bound * b.bound, grid, error, a.plain and b.plain)


def multiplied(a: Span, b: Span, dtype: DType) -> Span:
    """A product of two."""
    return _product(a, b).held(dtype)


def summed(term: Span, count: int, dtype: DType) -> Span:
    """A sum of so many terms, in any order."""
    total = Span(term.bound * count, term.grid, term.error * count, term.plain)
    held = total.held(dtype)
    if count <= 2 or (held.grid is not None and total.exact):
        return held
    return replace(held, error=held.error + total.bound * APART * math.ldexp(1.0, 1 - digits(dtype)))


def dotted(a: Span, b: Span, count: int, dtype: DType) -> Span:
    """A sum of so many products, each rounded before, or not."""
    term = _product(a, b)
    held = summed(term, count, dtype)
    if term.held(dtype).grid is None and held.exact:
        return replace(held, error=held.bound * APART * math.ldexp(1.0, 1 - digits(dtype)))
    return held


def function(x: Span, slope: float, bound: float, dtype: DType) -> Span:
    """What a function of at most this slope and this size makes of `x`."""
    error = x.error * slope + bound * APART * math.ldexp(1.0, 1 - digits(dtype))
    return Span(bound, None, error, x.plain)
