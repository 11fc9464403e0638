"""What checking a case found, who agrees with whom, and how that is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridge.cases.golden import NOTES
from bridge.comparing import Comparison
from bridge.errors import BridgeError, EvidenceError
from bridge.recording import Recording

if TYPE_CHECKING:
    from bridge.cases.origins import FirstDifference
    from bridge.cases.sensitivity import Sensitivity

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
class Held:
    """How a check stands to the lock beside its case (`bridge.cases.lock`), which is called `file`.

    `missing` is what the lock holds and the check lacks, a sentence each; `accept` the command that accepts it. `note`
    says what became of the lock, `warning` that nothing holds the case's sides fast.
    """

    file: str
    missing: tuple[str, ...] = ()
    accept: str = ""
    note: str = ""
    warning: str = ""

    def lines(self) -> list[str]:
        """What there is to say, a line each."""
        meant = [f"if that is meant: {self.accept}"] if self.missing else []
        return [f"{self.file}: {one}" for one in (*self.missing, *meant, self.note) if one]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"file": self.file, "missing": list(self.missing), "note": self.note}


@dataclass(frozen=True)
class Report:
    """What checking a case found. `failures` are the sides that did not run, by name.

    `sensitivity` is what the case would notice, where that was asked for and the case agrees. `held` is how it stands
    to the lock beside the case; None where the case was not read from a file.
    """

    case: str
    recordings: Mapping[str, Recording]
    pairs: tuple[Pair, ...]
    failures: Mapping[str, BridgeError] = field(default_factory=dict)
    sensitivity: Sensitivity | None = None
    held: Held | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What the lock of the case holds and this check lacks."""
        return self.held.missing if self.held is not None else ()

    @property
    def agrees(self) -> bool:
        """Whether every side ran, every pair agrees, and nothing is missing that once took part."""
        compared = bool(self.pairs) and all(pair.agrees for pair in self.pairs)
        return compared and not self.failures and not self.missing

    @property
    def status(self) -> int:
        """The exit status: 0 agrees, 1 differs, 3 a side could not run, 4 evidence is missing."""
        errors = [*self.failures.values(), *(pair.failure for pair in self.pairs if pair.failure is not None)]
        if self.missing or any(isinstance(error, EvidenceError) for error in errors):
            return 4
        if errors:
            return 3
        return 0 if self.agrees else 1

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the agreement proves little: of some signals, each once; and that nothing holds the sides fast."""
        rows = [row for pair in self.pairs if pair.comparison is not None for row in pair.comparison.rows]
        trivial = dict.fromkeys(f"{row.signal}: {row.warning}" for row in rows if row.warning and row.agrees)
        return (*trivial, *([self.held.warning] if self.held is not None and self.held.warning else []))

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
        if self.held is not None and self.missing:
            more = f", and {len(self.missing) - 1} more" if len(self.missing) > 1 else ""
            return f"evidence is missing that {self.held.file} holds: {self.missing[0]}{more}"
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
            **({} if self.held is None else {"lock": self.held.to_json()}),
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
        lines = [f"{name}: {r.evidence}, {origin_text(r)}" for name, r in self.recordings.items()]
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
        if self.held is not None:
            lines += self.held.lines()
        return "\n".join([*lines, self.verdict])


def origin_text(recording: Recording) -> str:
    """Where a recording comes from, in a line: without what a golden one notes down to know when it is stale."""
    return ", ".join(f"{key} {value}" for key, value in recording.origin.items() if value and key not in NOTES)


def _pair_lines(pair: Pair) -> list[str]:
    if pair.comparison is None:
        return [f"{pair.a} against {pair.b}: cannot be compared: {pair.failure}"]
    lines = []
    for row in pair.comparison.rows:
        far = row.reason or f"largest difference {row.absolute:.3g}, {row.relative:.3g} of scale"
        first = f"; first at {row.first.told(pair.a, pair.b)}" if row.first is not None else ""
        word = "agrees" if row.agrees else "DIFFERS"
        lines.append(f"{pair.a} against {pair.b}: {row.signal} {word}: {far} (tolerance {row.tolerance}){first}")
        if row.note:
            lines.append(f"    {row.note}")
        if row.warning:
            lines.append(f"    warning: {row.warning}")
    return lines
