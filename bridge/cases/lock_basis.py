"""What the agreement of a case rests on, and what of it a later check lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from bridge.cases.case import Case, Side
from bridge.cases.pairing import RANK, signal_names
from bridge.cases.report import Report
from bridge.comparing import Row, Tolerance

Compared = tuple[str, str, str, str]
"""A side, its signal, another side and its signal; the sides in alphabetical order."""
LIMITS = ("absolute", "relative", "ulp", "leading", "lagging")


@dataclass(frozen=True)
class Standing:
    """What a side stands for: its kind, its class of evidence, and the keys of what the case tells it."""

    kind: str
    evidence: str
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extent:
    """How far a comparison goes: the samples of either side that took part, channels, and the tolerance's numbers.

    `interpolated` where these samples are at different times, so that none need be compared as it is.
    """

    samples: tuple[int, int]
    channels: int
    tolerance: Tolerance
    interpolated: bool = False

    def __str__(self) -> str:
        first, second = self.samples
        samples = f"{first} and {second} samples interpolated" if self.interpolated else _counted(first, "sample")
        numbers = {name: getattr(self.tolerance, name) for name in LIMITS}
        limits = ", ".join(f"{name} {float(value)!r}" for name, value in numbers.items() if value) or "exact"
        return f"{samples}, {_counted(self.channels, 'channel')}, {limits}"


@dataclass(frozen=True)
class Basis:
    """What an agreement rests on: sides, and what was compared of each two of them."""

    sides: Mapping[str, Standing] = field(default_factory=dict)
    compared: Mapping[Compared, Extent] = field(default_factory=dict)


def basis(case: Case, report: Report) -> Basis:
    """What a report rests on: the sides that ran, and every signal that two of them could be compared in."""
    labels = _labels(case)
    sides = {
        labels[side.name]: Standing(side.kind, report.recordings[side.name].evidence, _told(case, side))
        for side in case.sides
        if side.name in report.recordings
    }
    compared = {key: _extent(row, turned) for key, row, turned in _rows(case, report) if not row.reason}
    return Basis(sides, compared)


def missing(held: Basis, case: Case, report: Report) -> Iterator[str]:
    """What is held and the report lacks, a sentence each.

    A side that did not run is not among it, nor two that could not be compared: that the report says itself.
    """
    found = basis(case, report)
    names = {label: name for name, label in _labels(case).items()}
    for label, was in held.sides.items():
        if label not in names:
            yield f"side {label!r} (class {was.evidence}) is gone"
        elif (now := found.sides.get(label)) is not None:
            yield from _weaker(label, was, now)
    rows = {key: row for key, row, _ in _rows(case, report)}
    failed = [{pair.a, pair.b} for pair in report.pairs if pair.failure is not None]
    silent: dict[str, None] = {}
    less = []
    for key, was_compared in held.compared.items():
        a, of_a, b, of_b = key
        if not {a, b} <= found.sides.keys():
            continue
        unknown = [(side, name) for side, name in ((a, of_a), (b, of_b)) if name not in report.recordings[names[side]]]
        if unknown:
            silent |= {f"side {side!r} has no signal {name!r}": None for side, name in unknown}
        elif key in found.compared:
            what = f"{of_a!r} of {a!r} with {of_b!r} of {b!r}"
            less += [f"{what}: {one}" for one in _less(was_compared, found.compared[key], rows[key].scale or 0.0)]
        elif key not in rows and {names[a], names[b]} not in failed:
            less.append(f"{of_a!r} of {a!r} is not compared with {of_b!r} of {b!r}")
    yield from (*silent, *less)


def _labels(case: Case) -> dict[str, str]:
    """A name for each side, by its own, that does not change when another engine or recording comes beside it."""
    labels = {side.name: _label(side) for side in case.sides}
    return labels if len(set(labels.values())) == len(labels) else {name: name for name in labels}


def _label(side: Side) -> str:
    own = {"model": side.engine, "network": side.engine, "recording": side.source}.get(side.kind)
    name = side.group or side.name
    return name if own is None else f"{name} ({own})"


def _told(case: Case, side: Side) -> tuple[str, ...]:
    """The keys of what the case tells a side, each input, parameter and line to record on its own."""
    told = {key: value for key, value in side.options.items() if key != "evidence"}
    if side.kind in ("model", "c"):
        told |= {"step": case.step, "stop_time": case.stop_time}
    return () if side.kind == "recording" else tuple(sorted(_keys(told)))


def _keys(table: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _keys(value, f"{above}{key}.")
        elif key == "log" and not above:
            yield from (f"log.{line}" for line in value)
        elif value is not None:
            yield f"{above}{key}"


def _rows(case: Case, report: Report) -> Iterator[tuple[Compared, Row, bool]]:
    """Every row of a report by what it compares, and whether its sides stand there the other way round."""
    labels = _labels(case)
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


def _weaker(label: str, was: Standing, now: Standing) -> Iterator[str]:
    if now.kind != was.kind:
        yield f"side {label!r} is of kind {now.kind}, was {was.kind}"
    if RANK.index(now.evidence) < RANK.index(was.evidence):
        yield f"side {label!r} is of class {now.evidence}, was {was.evidence}"
    yield from (f"side {label!r} is no longer told {key!r}" for key in was.told if key not in now.told)


def _less(was: Extent, now: Extent, scale: float) -> Iterator[str]:
    """In what a comparison goes less far than it did; `scale` is what relative tolerances refer to now."""
    # Where all of one side's samples are now among the other's, those of the other that lie between take no part.
    wanted = was.samples if now.interpolated else (min(was.samples), min(was.samples))
    fewer = any(count < least for count, least in zip(now.samples, wanted, strict=True))
    if fewer or (now.interpolated and not was.interpolated):
        yield f"{_samples(now)}, had {_samples(was)}"
    if now.channels < was.channels:
        yield f"{_counted(now.channels, 'channel')}, had {was.channels}"
    wider = [
        (getattr(now.tolerance, name) or 0.0) > (getattr(was.tolerance, name) or 0.0)
        for name in ("ulp", "leading", "lagging")
    ]
    if now.tolerance.margin(scale) > was.tolerance.margin(scale) or any(wider):
        yield f"tolerance {now.tolerance}, was {was.tolerance}"


def _samples(extent: Extent) -> str:
    return str(extent).partition(",")[0]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
