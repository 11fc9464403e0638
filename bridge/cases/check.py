"""Checking a case: every side runs, every pair is compared, and the verdict names its evidence.

Nothing is skipped: a side that cannot run, a signal that one side lacks, an empty overlap in time fail the case.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from bridge.cases.case import Case, read_case
from bridge.cases.sides import run_side
from bridge.comparing import Comparison, Tolerance, compare
from bridge.errors import BridgeError, EngineError, EvidenceError, FileError, ModelError, UsageError
from bridge.recording import Recording

if TYPE_CHECKING:
    from bridge.cases.origins import FirstDifference
    from bridge.cases.sensitivity import Sensitivity

# Which side of a pair is the reference: the one with the better evidence.
RANK = ("bridge", "foreign", "octave", "coder", "simulink", "matlab")
_REFERENCE = ("matlab", "simulink")


@dataclass(frozen=True)
class Pair:
    """Two sides compared: `b` is the reference. `failure` says why they could not be.

    `origin` says where they first part, where at least one of them is known from inside.
    """

    a: str
    b: str
    comparison: Comparison | None
    failure: BridgeError | None = None
    origin: FirstDifference | None = None

    @property
    def agrees(self) -> bool:
        return self.comparison is not None and self.comparison.agrees


@dataclass(frozen=True)
class Report:
    """What checking a case found. `failures` are the sides that did not run, by name.

    `sensitivity` is what the case would notice, where that was asked for and the case agrees.
    """

    case: str
    recordings: Mapping[str, Recording]
    pairs: tuple[Pair, ...]
    failures: Mapping[str, BridgeError] = field(default_factory=dict)
    sensitivity: Sensitivity | None = None

    @property
    def agrees(self) -> bool:
        """Whether every side ran and every pair agrees."""
        return not self.failures and bool(self.pairs) and all(pair.agrees for pair in self.pairs)

    @property
    def status(self) -> int:
        """The exit status: 0 agrees, 1 differs, 3 a side could not run, 4 evidence is missing."""
        errors = [*self.failures.values(), *(pair.failure for pair in self.pairs if pair.failure is not None)]
        if any(isinstance(error, EvidenceError) for error in errors):
            return 4
        if errors:
            return 3
        return 0 if self.agrees else 1

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the agreement of some signals proves little, each once."""
        rows = [row for pair in self.pairs if pair.comparison is not None for row in pair.comparison.rows]
        return tuple(dict.fromkeys(f"{row.signal}: {row.warning}" for row in rows if row.warning and row.agrees))

    @property
    def verdict(self) -> str:
        """One line. "Agrees with MATLAB" needs a side that MATLAB or Simulink computed."""
        warnings = self.warnings
        more = f" and {len(warnings) - 1} more" if len(warnings) > 1 else ""
        return self._verdict() + (f"; but {warnings[0]}{more}" if warnings else "")

    def _verdict(self) -> str:
        if self.failures:
            name, error = next(iter(self.failures.items()))
            return f"side {name!r} did not run: {error}"
        apart = [pair for pair in self.pairs if not pair.agrees]
        if apart:
            first = apart[0]
            return f"{len(apart)} of {len(self.pairs)} pairs differ, first {first.a} against {first.b}"
        reference = [name for name, recording in self.recordings.items() if recording.evidence in _REFERENCE]
        if reference:
            named = ", ".join(f"{name} ({self.recordings[name].evidence})" for name in reference)
            return f"all {len(self.recordings)} sides agree with {named}"
        return f"self-consistent: all {len(self.recordings)} sides agree, none of them MATLAB's or Simulink's"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "case": self.case,
            "agrees": self.agrees,
            "verdict": self.verdict,
            "warnings": list(self.warnings),
            "sides": {name: {"evidence": r.evidence, **dict(r.origin)} for name, r in self.recordings.items()},
            "failures": {name: str(error) for name, error in self.failures.items()},
            "pairs": [
                {
                    "a": pair.a,
                    "b": pair.b,
                    "agrees": pair.agrees,
                    "failure": None if pair.failure is None else str(pair.failure),
                    **({"rows": pair.comparison.to_json()["rows"]} if pair.comparison is not None else {}),
                    **({"origin": pair.origin.to_json()} if pair.origin is not None else {}),
                }
                for pair in self.pairs
            ],
            **({} if self.sensitivity is None else {"sensitivity": self.sensitivity.to_json()}),
        }

    def __str__(self) -> str:
        lines = [f"{name}: {r.evidence}, {_origin(r)}" for name, r in self.recordings.items()]
        lines += [f"{name}: did not run: {error}" for name, error in self.failures.items()]
        for pair in self.pairs:
            lines += _pair_lines(pair)
        told: dict[tuple[str, ...], Pair] = {}
        for pair in self.pairs:
            if pair.origin is not None:
                told.setdefault(tuple(pair.origin.lines()), pair)
        for where, pair in told.items():
            lines += [f"where {pair.a} and {pair.b} first part:", *(f"    {line}" for line in where)]
        if self.sensitivity is not None:
            lines.append(str(self.sensitivity))
        return "\n".join([*lines, self.verdict])


def check(case: Case | str | os.PathLike[str], *, sensitivity: bool = False) -> Report:
    """Run every side of a case and compare every pair. `case` may be the path of a TOML file or its folder.

    With `sensitivity`, a case that agrees is also asked what it would notice, which takes some thousand runs.
    """
    case = case if isinstance(case, Case) else read_case(case)
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


def compared(case: Case, first: str, second: str, recordings: Mapping[str, Recording]) -> Pair:
    """Two sides compared as the case says."""
    # The reference is the side with the better evidence; among equals the later one.
    a, b = sorted((first, second), key=lambda name: RANK.index(recordings[name].evidence))
    try:
        names = signal_names(case, a, b, recordings)
        limits = _tolerances(case, names, (a, b))
        return Pair(a, b, compare(recordings[a], recordings[b], tolerance=limits, signals=names))
    except (EvidenceError, UsageError, ModelError, EngineError) as error:
        return Pair(a, b, None, error)


def signal_names(case: Case, a: str, b: str, recordings: Mapping[str, Recording]) -> dict[str, str]:
    """Signal of a -> signal of b: as the case says, else by name, else the only signal of each."""
    if case.signals:
        return {_own(names, a, signal): _own(names, b, signal) for signal, names in case.signals.items()}
    of_a, of_b = list(recordings[a]), list(recordings[b])
    if len(of_a) == len(of_b) == 1:
        return {of_a[0]: of_b[0]}
    # Every signal of either side: one that the other lacks is a disagreement, so that nothing gets lost unseen.
    return {name: name for name in [*of_a, *(name for name in of_b if name not in of_a)]}


def _own(names: Mapping[str, str], side: str, signal: str) -> str:
    return names.get(side) or names.get(side.partition(" (")[0]) or signal


def _tolerances(case: Case, names: Mapping[str, str], sides: tuple[str, str]) -> dict[str, Tolerance]:
    """By signal: what the case says of it, else what it says of one of the sides; the data types decide the rest."""
    own = next((side.tolerance for side in case.sides if side.name in sides and side.tolerance is not None), None)
    found = {} if own is None else dict.fromkeys(names, own)
    for name in names:
        common = next((s for s, own in case.signals.items() if name in own.values() or s == name), name)
        given = case.tolerances.get(common) or case.tolerances.get("*")
        if given is not None:
            found[name] = given
    return found


def _origin(recording: Recording) -> str:
    return ", ".join(f"{key} {value}" for key, value in recording.origin.items() if value)


def _pair_lines(pair: Pair) -> list[str]:
    if pair.comparison is None:
        return [f"{pair.a} against {pair.b}: cannot be compared: {pair.failure}"]
    lines = []
    for row in pair.comparison.rows:
        far = row.reason or f"largest difference {row.absolute:.3g}, {row.relative:.3g} of scale"
        first = f"; first at {row.first}" if row.first is not None else ""
        word = "agrees" if row.agrees else "DIFFERS"
        lines.append(f"{pair.a} against {pair.b}: {row.signal} {word}: {far} (tolerance {row.tolerance}){first}")
        if row.note:
            lines.append(f"    a {pair.a}, b {pair.b}: {row.note}")
        if row.warning:
            lines.append(f"    warning: {row.warning}")
    return lines
