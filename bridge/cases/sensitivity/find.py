"""Finding what a case would notice.

Every weight and parameter of every side that is known from inside is changed by a factor, one element at a time and all
of an array or gate together, and the side run again and compared with the sides that do not share the changed file, as
the case compares them. Bracketing and interpolation on the distance in multiples of the tolerance find the smallest
change that fails; the runs use the compiled engine where there is one, and what the table states is confirmed on the
side's own engine: the change fails, half of it passes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from bridge.cases.case import Case, Side
from bridge.cases.pairing import compared
from bridge.cases.report import Report
from bridge.cases.sensitivity.adjustable import Adjustable, Quantity, adjustable
from bridge.cases.sensitivity.coverage import unexercised
from bridge.cases.sensitivity.result import Change, Sensitivity, Unexercised, Weight
from bridge.cases.sensitivity.threshold import SMALLEST, threshold
from bridge.comparing import Comparison
from bridge.errors import BridgeError, EvidenceError
from bridge.recording import Recording

ELEMENTS = 300
"""Of the elements of one side's arrays together so many are tried one by one; of larger ones a random choice."""

Array = np.ndarray[Any, Any]


def sensitivity(case: Case, report: Report) -> Sensitivity:
    """What the case would notice. Raises `EvidenceError` where it fails already, since then nothing can be said."""
    if not report.agrees:
        raise EvidenceError(
            f"case {case.name} fails as it is, which says nothing of what it would notice: {report.verdict}"
        )
    weights: list[Weight] = []
    idle: list[Unexercised] = []
    unused: list[tuple[str, str]] = []
    remarks: list[str] = []
    for side in _jobs(case):
        try:
            made = adjustable(case, side)
            if side.kind in ("model", "c"):
                idle += unexercised(case, side)
        except BridgeError as error:
            remarks.append(f"{side.name}: {error}")
            continue
        weights += _Search(case, report, made).weights()
        unused += [(side.name, name) for name in made.unused]
    blind = [side.name for side in case.sides if side.kind in ("python", "recording")]
    if blind:
        remarks.append(f"nothing is known of the inside of {', '.join(blind)}")
    return Sensitivity(tuple(weights), tuple(idle), tuple(unused), tuple(remarks))


def _jobs(case: Case) -> Iterator[Side]:
    """The first side of each job that is known from inside; its other engines compute the same."""
    seen: set[tuple[str, ...]] = set()
    for side in case.sides:
        options = repr(sorted((key, repr(value)) for key, value in side.options.items() if key != "precision"))
        kind = {"c": "model", "onnx": "network"}.get(side.kind, side.kind)
        key = (kind, side.source, options)
        if side.kind in ("model", "c", "network", "onnx") and key not in seen:
            seen.add(key)
            yield side


class _Search:
    """The search on one side."""

    def __init__(self, case: Case, report: Report, made: Adjustable) -> None:
        self.case = case
        self.report = report
        self.made = made
        self.side = made.side
        self.guess = 1e-3
        self.rest: dict[tuple[str, ...], float] = {}

    def weights(self) -> list[Weight]:
        found = []
        sizes = {quantity.name: quantity.value.size for quantity in self.made.quantities}
        share = min(1.0, ELEMENTS / max(sum(sizes.values()), 1))
        for quantity in self.made.quantities:
            others = self._others(quantity)
            for gate, start, stop in quantity.gates or (("", 0, len(quantity.value) if quantity.value.ndim else 1),):
                if not others:
                    remark = f"every other side reads {quantity.file} too"
                    found.append(Weight(self.side.name, quantity.name, gate, remark=remark))
                    continue
                found.append(self._weight(quantity, gate, start, stop, others, share))
        found += [Weight(self.side.name, name, remark=f"not tried: {why}") for name, why in self.made.fixed.items()]
        return found

    def _others(self, quantity: Quantity) -> list[str]:
        """The sides that do not change with a quantity, one of each job."""
        found: dict[tuple[str, str, str], str] = {}
        for other in self.case.sides:
            files = {other.source, *([other.options.get("workspace")] if other.kind in ("model", "c") else [])}
            if other.name in self.report.recordings and quantity.file not in files:
                found.setdefault((other.kind, other.source, str(other.options.get("precision"))), other.name)
        return list(found.values())

    def _weight(self, quantity: Quantity, gate: str, start: int, stop: int, others: list[str], share: float) -> Weight:
        value = quantity.value
        if value.dtype.kind != "f":
            return Weight(self.side.name, quantity.name, gate, remark=f"not tried: {value.dtype}")
        block = np.zeros(value.shape, bool)
        block[start:stop] = True
        places = [tuple(map(int, place)) for place in np.argwhere(block & (value != 0) & np.isfinite(value))]
        zeros = int(np.count_nonzero(block & (value == 0)))
        if not places:
            return Weight(self.side.name, quantity.name, gate, zeros=zeros, remark="zero: a factor changes nothing")
        together = self._change(quantity, block, (), others)
        limit = max(2, math.ceil(share * len(places))) if share < 1 else len(places)
        chosen = places if limit >= len(places) else sorted(random.Random(quantity.name).sample(places, limit))
        singles: list[Change] = []
        missed: list[tuple[int, ...]] = []
        for place in chosen if len(places) > 1 else ():
            at = tuple(k + 1 for k in place)
            change = self._change(quantity, _only(place, value), at, others)
            if change is None:
                missed.append(at)
            else:
                singles.append(change)
        singles.sort(key=lambda change: abs(change.size))
        return Weight(
            side=self.side.name,
            name=quantity.name,
            gate=gate,
            together=self._confirmed(quantity, block, together, others),
            most=self._confirmed(quantity, None, singles[0] if singles else None, others),
            least=self._confirmed(quantity, None, singles[-1] if singles else None, others),
            count=int(np.count_nonzero(block)),
            tried=len(chosen),
            zeros=zeros,
            unnoticed=tuple(missed),
        )

    def _change(self, quantity: Quantity, mask: Array, at: tuple[int, ...], others: list[str]) -> Change | None:
        found = threshold(
            lambda size: self._excess(self.made.run, quantity, mask, size, others)[0], self._at_rest(others), self.guess
        )
        if found is None:
            return None
        self.guess = abs(found)
        return Change(_rounded(found), at)

    def _at_rest(self, others: list[str]) -> float:
        """The excess without any change."""
        key = tuple(others)
        if key not in self.rest:
            self.rest[key] = self._distance_of(self.report.recordings[self.side.name], others)[0]
        return self.rest[key]

    def _confirmed(
        self, quantity: Quantity, mask: Array | None, change: Change | None, others: list[str]
    ) -> Change | None:
        """The change, or one near it, that fails on the side's own engine where half of it passes with either sign.

        Without a `mask` it is of the element that the change names.
        """
        if change is None:
            return None
        changed = _only(tuple(k - 1 for k in change.at), quantity.value) if mask is None else mask

        def of(size: float) -> tuple[float, str]:
            return self._excess(self.made.exact, quantity, changed, size, others)

        size = change.size
        for _ in range(30):
            far, against = of(size)
            if far <= 1:
                size = _rounded(size * 1.02)
                continue
            half = next((part for part in (size / 2, -size / 2) if of(part)[0] > 1), None)
            if half is None or abs(size) <= 4 * SMALLEST:
                return Change(size, change.at, against)
            size = _rounded(half)
        return None

    def _excess(
        self,
        run: Callable[[Mapping[str, Array]], Recording],
        quantity: Quantity,
        mask: Array,
        size: float,
        others: list[str],
    ) -> tuple[float, str]:
        """After a change: the largest distance from another side in multiples of the tolerance, and that side."""
        value = quantity.value
        changed = np.where(mask, value * (1 + size), value).astype(value.dtype)
        try:
            recording = run({quantity.name: changed})
        except BridgeError:
            return math.inf, ""  # a change after which the side does not run at all is noticed
        return self._distance_of(recording, others)

    def _distance_of(self, recording: Recording, others: list[str]) -> tuple[float, str]:
        recordings = {**self.report.recordings, self.side.name: recording}
        worst = (0.0, "")
        for other in others:
            pair = compared(self.case, self.side.name, other, recordings)
            far = math.inf if pair.comparison is None else _distance(pair.comparison)
            worst = max(worst, (far, other))
        return worst


def _only(place: tuple[int, ...], value: Array) -> Array:
    """One element alone."""
    mask = np.zeros(value.shape, bool)
    mask[place] = True
    return mask


def _distance(comparison: Comparison) -> float:
    """Above 1 exactly where the comparison fails; how far, where the tolerance is one of value."""
    far = 0.0
    for row in comparison.rows:
        if row.absolute is None or row.scale is None:
            return math.inf
        margin = row.tolerance.margin(row.scale)
        ratio = row.absolute / margin if margin else 0.0
        # A tolerance in time or units in the last place decides otherwise than the margin alone.
        far = max(far, min(ratio, 1.0) if row.agrees else max(ratio, 1 + 1e-9))
    return far


def _rounded(size: float) -> float:
    """To three digits, away from zero."""
    if size == 0 or not math.isfinite(size):
        return size
    unit = 10.0 ** (math.floor(math.log10(abs(size))) - 2)
    return float(f"{math.copysign(math.ceil(abs(size) / unit - 1e-9) * unit, size):.3g}")


__all__ = ["ELEMENTS", "sensitivity"]
