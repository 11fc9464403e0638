"""What the agreement of a case rests on: sides, what they are given and told, and what was compared of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, NamedTuple

from bridge.cases.case import Case, Side
from bridge.cases.pairing import signal_names
from bridge.cases.report import Report
from bridge.cases.sides import inputs_of
from bridge.comparing import Row, Tolerance

Compared = tuple[str, str, str, str]
"""A side, its signal, another side and its signal; the sides in alphabetical order."""
LIMITS = ("absolute", "relative", "ulp", "leading", "lagging")


class Standing(NamedTuple):
    """What a side stands for: its kind, its class of evidence, and the keys of what the case tells it."""

    kind: str
    evidence: str
    told: tuple[str, ...] = ()


class Extent(NamedTuple):
    """How far a comparison goes: the samples of either side that took part, channels, and the tolerance's numbers.

    `interpolated` where these samples are at different times, so that none need be compared as it is.
    """

    samples: tuple[int, int]
    channels: int
    tolerance: Tolerance
    interpolated: bool = False

    def __str__(self) -> str:
        first, second = self.samples
        samples = f"{first} and {second} samples interpolated" if self.interpolated else counted(first, "sample")
        numbers = {name: getattr(self.tolerance, name) for name in LIMITS}
        limits = ", ".join(f"{name} {float(value)!r}" for name, value in numbers.items() if value) or "exact"
        return f"{samples}, {counted(self.channels, 'channel')}, {limits}"


class Basis(NamedTuple):
    """What an agreement rests on: sides; samples and channels of each input of each; what was compared of each two."""

    sides: Mapping[str, Standing]
    given: Mapping[tuple[str, str], tuple[int, int]]
    compared: Mapping[Compared, Extent]


def basis(case: Case, report: Report) -> Basis:
    """What a report rests on: the sides that ran, and every signal that two of them could be compared in."""
    labels = labels_of(case)
    sides = {
        labels[side.name]: Standing(side.kind, report.recordings[side.name].evidence, _told(case, side))
        for side in case.sides
        if side.name in report.recordings
    }
    compared = {key: _extent(row, turned) for key, row, turned in rows_of(case, report) if not row.reason}
    return Basis(sides, dict(_given(case, report)), compared)


def labels_of(case: Case) -> dict[str, str]:
    """A name for each side, by its own name, that does not change when another engine or recording comes beside it."""
    labels = {side.name: _label(side) for side in case.sides}
    return labels if len(set(labels.values())) == len(labels) else {name: name for name in labels}


def _label(side: Side) -> str:
    own = {"model": side.engine, "network": side.engine, "recording": side.source}.get(side.kind)
    name = side.group or side.name
    return name if own is None else f"{name} ({own})"


def _given(case: Case, report: Report) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    """Samples and channels of every input, by side and name. An input that is not given may just be zero."""
    labels = labels_of(case)
    read: dict[str, Mapping[str, Any]] = {}
    for side in case.sides:
        options = side.options
        if side.kind == "recording" or side.name not in report.recordings or options.get("inputs") is None:
            continue
        # All sides have the same, as a rule.
        source = repr((options["inputs"], options.get("workspace")))
        if source not in read:
            read[source] = inputs_of(case, side)
        for name, values in read[source].items():
            yield (labels[side.name], name), (len(values), prod(values.shape[1:]))


def _told(case: Case, side: Side) -> tuple[str, ...]:
    """The keys of what the case tells a side beside its inputs, each parameter and each line to record on its own."""
    if side.kind == "recording":
        return ()
    told = {**side.options, "step": case.step, "stop_time": case.stop_time, **case.asked_solver}
    return tuple(sorted(_keys({key: value for key, value in told.items() if key not in ("evidence", "inputs")})))


def _keys(table: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _keys(value, f"{above}{key}.")
        elif key == "log" and not above:
            yield from (f"log.{line}" for line in value)
        elif value is not None:
            yield f"{above}{key}"


def rows_of(case: Case, report: Report) -> Iterator[tuple[Compared, Row, bool]]:
    """Every row of a report by what it compares, and whether its sides stand there the other way round."""
    labels = labels_of(case)
    for pair in report.pairs:
        if pair.comparison is None:
            continue
        names = signal_names(case, pair.a, pair.b, report.recordings)
        a, b = labels[pair.a], labels[pair.b]
        for row in pair.comparison.rows:
            other = names[row.signal]
            yield ((a, row.signal, b, other), row, False) if a < b else ((b, other, a, row.signal), row, True)


def _extent(row: Row, turned: bool) -> Extent:
    first, second = row.samples
    samples = (second, first) if turned else (first, second)
    interpolated = not first == second == row.shape[0]
    said = row.tolerance
    # The numbers alone, and none that allows nothing.
    tolerance = Tolerance(said.absolute or None, said.relative or None, said.ulp or None, said.leading, said.lagging)
    return Extent(samples, prod(row.shape[1:]), tolerance, interpolated)


def sized(samples: int, channels: int) -> str:
    """Both in words."""
    return f"{counted(samples, 'sample')}, {counted(channels, 'channel')}"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
