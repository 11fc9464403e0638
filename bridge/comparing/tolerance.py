"""How far apart two signals may be: in value, in units in the last place, and in time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

# Relative to the signal's largest absolute value. Double: about 4500 roundings of the largest value, which sums of
# some hundred terms over some hundred steps stay below by far, and every mistake in a formula exceeds. Single: 17
# roundings, what implementations of tanh and the order of summation make of the same network. Half: likewise.
DOUBLE, SINGLE, HALF = 1e-12, 2e-6, 2e-2


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A sample agrees if ``|a - b| <= max(absolute, relative * scale)`` or if a and b are `ulp` or fewer units apart.

    absolute  in the signal's unit.
    relative  to the signal's scale: the largest finite absolute value of the reference over all samples and channels.
    ulp       units in the last place, of the coarser of the two data types; for integers the difference itself.
    leading   seconds by which `a` may be early, `lagging` seconds by which it may be late: a sample at time t also
              agrees if it lies between the least and the greatest value of the reference over
              [t - lagging, t + leading], each widened by the tolerance in value. (Simulink Test's leading and lagging
              tolerances: a rectangle around every point of the baseline.)
    reason    why these numbers; printed with them.

    Where none of `absolute`, `relative` and `ulp` is given, they follow from the data types (`for_types`).
    Raises `UsageError` for numbers that are negative or not finite.
    """

    absolute: float | None = None
    relative: float | None = None
    ulp: float | None = None
    leading: float = 0.0
    lagging: float = 0.0
    reason: str = ""

    def __post_init__(self) -> None:
        for name in ("absolute", "relative", "ulp", "leading", "lagging"):
            value = getattr(self, name)
            if value is not None and not (value >= 0 and math.isfinite(value)):
                from bridge.errors import UsageError

                raise UsageError(f"tolerance {name} = {value!r}; a finite number that is not negative is wanted")

    def for_types(self, a: np.dtype[Any], b: np.dtype[Any]) -> Tolerance:
        """This tolerance with the value part that suits the two data types, where none was given."""
        if (self.absolute, self.relative, self.ulp) != (None, None, None):
            return self if self.reason else replace(self, reason="as given")
        relative, reason = default_relative(a, b)
        return replace(self, relative=relative, reason=f"{self.reason}; {reason}" if self.reason else reason)

    def margin(self, scale: float) -> float:
        """The tolerance in value, in the signal's unit, but for `ulp`."""
        return max(self.absolute or 0.0, (self.relative or 0.0) * scale)

    def __str__(self) -> str:
        parts = []
        if self.absolute:
            parts.append(f"{self.absolute:g}")
        if self.relative:
            parts.append(f"{self.relative:g} of scale")
        if self.ulp:
            parts.append(f"{self.ulp:g} ulp")
        text = " or ".join(parts) or "exact"
        if self.leading or self.lagging:
            text += f", {self.leading:g} s early, {self.lagging:g} s late"
        return text


def default_relative(a: np.dtype[Any], b: np.dtype[Any]) -> tuple[float, str]:
    """The relative tolerance for two data types, and the reason for it."""
    whole = [dtype.kind in "biu" for dtype in (a, b)]
    if all(whole):
        return 0.0, "both boolean" if a.kind == b.kind == "b" else "both integer"
    if any(whole):
        return 0.0, "one side is integer or boolean"
    digits = [np.finfo(dtype).nmant for dtype in (a, b)]
    for relative, bits, name in ((HALF, 10, "half"), (SINGLE, 23, "single")):
        if min(digits) <= bits:
            return relative, f"both {name}" if max(digits) <= bits else f"one side is {name}"
    return DOUBLE, "both double"
