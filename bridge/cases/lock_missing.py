"""What an agreement once rested on and a check lacks, in words."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.cases.case import Case
from bridge.cases.lock_basis import Basis, Extent, Standing, counted, labels_of, rows_of, sized
from bridge.cases.pairing import RANK
from bridge.cases.report import Report


def missing(held: Basis, found: Basis, case: Case, report: Report) -> Iterator[str]:
    """What is held and not found in a report, a sentence each.

    A side that did not run is not among it, nor two that could not be compared: that the report says itself.
    """
    names = {label: name for name, label in labels_of(case).items()}
    for label, was in held.sides.items():
        if label not in names:
            yield f"side {label!r} (class {was.evidence}) is gone"
        elif (now := found.sides.get(label)) is not None:
            yield from _weaker(label, was, now)
    for (label, name), size in held.given.items():
        there = found.given.get((label, name))
        if label in found.sides and there is None:
            yield f"side {label!r} is no longer given {name!r}"
        elif there is not None and (there[0] < size[0] or there[1] < size[1]):
            yield f"side {label!r} is given {sized(*there)} of {name!r}, had {sized(*size)}"
    rows = {key: row for key, row, _ in rows_of(case, report)}
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
        yield f"{counted(now.channels, 'channel')}, had {was.channels}"
    wider = [
        (getattr(now.tolerance, name) or 0.0) > (getattr(was.tolerance, name) or 0.0)
        for name in ("ulp", "leading", "lagging")
    ]
    if now.tolerance.margin(scale) > was.tolerance.margin(scale) or any(wider):
        yield f"tolerance {now.tolerance}, was {was.tolerance}"


def _samples(extent: Extent) -> str:
    return str(extent).partition(",")[0]
