"""Checking a case: every side runs, every pair is compared, and what the agreement rests on is held fast.

Nothing is skipped: a side that cannot run, a signal that one side lacks, an empty overlap in time fail the case.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from bridge.cases import lock as locks
from bridge.cases.case import Case, read_case
from bridge.cases.pairing import compared, signal_names
from bridge.cases.report import Pair, Report
from bridge.cases.sides import run_side
from bridge.errors import BridgeError, EvidenceError, FileError
from bridge.recording import Recording


def check(case: Case | str | os.PathLike[str], *, sensitivity: bool = False, lock: locks.Mode = "write") -> Report:
    """Run every side of a case and compare every pair. `case` may be the path of a TOML file or its folder.

    With `sensitivity`, a case that agrees is also asked what it would notice, which takes some thousand runs.

    What the agreement rests on is held fast by a file beside the case, ``case.lock`` (`bridge.cases.lock`); a check in
    which something of it is missing fails. `lock` is ``write`` to write that file where a check that passes rests on
    more than it says (where the environment variable CI is set, only if there is none); ``read`` to write nothing;
    ``accept`` to write it also where something is missing, on purpose. A `Case` that was not read from a file has none.
    """
    case = case if isinstance(case, Case) else read_case(case)
    held = locks.read(case, lock)
    recordings: dict[str, Recording] = {}
    failures: dict[str, BridgeError] = {}
    for side in case.sides:
        try:
            recordings[side.name] = run_side(case, side)
        except FileError as error:
            # A recording that cannot be had is evidence that is missing, not a side that cannot run.
            failures[side.name] = EvidenceError(str(error)) if side.kind == "recording" else error
        except BridgeError as error:
            failures[side.name] = error
    for name in case.require:
        named = [side.name for side in case.sides if name in (side.name, side.base)]
        if not named:
            there = ", ".join(side.name for side in case.sides)
            failures[name] = EvidenceError(f"is required, but the case has no such side; it has {there}")
    failures |= _without_signal(case, recordings)
    pairs = tuple(_pairs(case, recordings))
    report = Report(case.name, recordings, _with_origins(case, recordings, pairs), failures)
    report = replace(report, held=locks.hold(case, report, held, lock))
    if sensitivity and report.agrees:
        from bridge.cases import sensitivity as found

        report = replace(report, sensitivity=found.sensitivity(case, report))
    return report


def _without_signal(case: Case, recordings: Mapping[str, Recording]) -> dict[str, BridgeError]:
    """Tolerances for signals that nobody records: a misspelt one would be lost without a word."""
    known = {*case.signals, "*", *(name for names in case.signals.values() for name in names.values())}
    known |= {name for recording in recordings.values() for name in recording}
    missing = [name for name in case.tolerances if name not in known] if recordings else []
    return {f"tolerance.{name}": EvidenceError("is given, but no side has a signal of this name") for name in missing}


def _with_origins(case: Case, recordings: Mapping[str, Recording], pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
    """The pairs, those that differ with where they first part."""
    if all(pair.comparison is None or pair.agrees for pair in pairs):
        return pairs
    from bridge.cases.origins import Origins

    origins = Origins(case, recordings)
    # A side that is only known by its outputs is looked into through one that agrees with it.
    agreeing: dict[str, str] = {}
    for pair in pairs:
        for name, other in ((pair.a, pair.b), (pair.b, pair.a)):
            if pair.agrees and origins.known(other):
                agreeing.setdefault(name, other)
    found = []
    for pair in pairs:
        rows = [row for row in pair.comparison.rows if row.first is not None] if pair.comparison is not None else []
        first = min(rows, key=lambda row: row.first.time if row.first is not None else 0.0, default=None)
        if first is not None:
            names = signal_names(case, pair.a, pair.b, recordings)
            pair = replace(pair, origin=origins.find(pair.a, pair.b, first, names, agreeing))
        found.append(pair)
    return tuple(found)


def _pairs(case: Case, recordings: Mapping[str, Recording]) -> Iterator[Pair]:
    for first, second in combinations(recordings, 2):
        yield compared(case, first, second, recordings)
