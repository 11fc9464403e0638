"""The smallest relative change of something that fails a test, by bracketing and interpolation."""

from __future__ import annotations

import math
from collections.abc import Callable

Excess = Callable[[float], float]
"""How far the worst signal is from the reference after a relative change, in multiples of its tolerance; above 1 it
fails."""

LARGEST = 1.0
"""A change by this much doubles a weight, or removes it."""
SMALLEST = 1e-15
_CLOSE = 1.05
_MOST = 60


def threshold(excess: Excess, at_rest: float = 0.0, guess: float = 1e-3) -> float | None:
    """A change that fails where `_CLOSE` times less passes, of the sign that fails first; None where `LARGEST` passes.

    `at_rest` is the excess without a change, `guess` a change to begin with. The excess need not grow with the change
    everywhere: what is found is one edge between passing and failing.
    """
    tried: dict[float, float] = {0.0: at_rest}  # and -0.0, which is the same key

    def of(change: float) -> float:
        if change not in tried:
            tried[change] = excess(change)
        return tried[change]

    size = min(max(guess, SMALLEST), LARGEST)
    while max(of(size), of(-size)) <= 1 and size < LARGEST:
        size = min(LARGEST, _further(size, at_rest, max(of(size), of(-size))))
    sign = 1.0 if of(size) >= of(-size) else -1.0
    if of(sign * size) <= 1:
        return None
    low, high, beyond = 0.0, size, math.inf
    for turn in range(_MOST):
        if (low and high / low <= _CLOSE) or high <= SMALLEST:
            if of(-sign * low) <= 1:
                break
            sign, low, high, beyond = -sign, 0.0, low, math.inf  # the other sign fails earlier
        above = of(sign * beyond) if math.isfinite(beyond) else math.inf
        middle = _between((low, high, beyond), (of(sign * low), of(sign * high), above), turn)
        if of(sign * middle) > 1:
            high, beyond = middle, high
        else:
            low = middle
    return sign * high


def _further(size: float, at_rest: float, reached: float) -> float:
    """A larger change, which fails if the excess goes on growing as it did; at least four times as large."""
    slope = (reached - at_rest) / size
    expected = 1.05 * (1 - at_rest) / slope if slope > 0 else math.inf
    return min(max(expected, 4 * size), 1e4 * size)


def _between(places: tuple[float, float, float], reached: tuple[float, float, float], turn: int) -> float:
    """A change between one that passes and one that fails, given a still larger one.

    The excess is the largest of many distances, each nearly linear in a small change, and so convex: the chord meets 1
    where it still passes, the line through the two failing ones where it still fails. They take turns with the middle.
    """
    (low, high, beyond), (below, above, farther) = places, reached
    if not math.isfinite(above):
        return math.sqrt(low * high) if low else high / 1e3
    least, most = max(low * 1.002, high / 1e4), high / 1.002
    chord = low + (high - low) * (1 - below) / (above - below) if above > below else high
    steep = math.isfinite(farther) and farther > above
    line = high - (above - 1) * (beyond - high) / (farther - above) if steep else math.inf
    # Each a little to its own side of the edge, lest rounding decide. The middle is for where both hardly move.
    middle = math.sqrt(max(low, high / 64) * high)
    first = (line * 1.01, chord / 1.005, middle)[turn % 3]
    return next((each for each in (first, chord / 1.005) if least < each < most), middle)
