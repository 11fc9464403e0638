"""What comparing two recordings found: a row per signal, a verdict, and how both are shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.comparing.tolerance import Tolerance

_MATHWORKS = {"matlab": "MATLAB", "simulink": "Simulink"}
_HEAD = ("signal", "size", "difference", "of scale", "ulp", "2-norm", "tolerance", "")


@dataclass(frozen=True, slots=True)
class Exceedance:
    """The first sample beyond the tolerance: its row, time in seconds, channel (0-based), and both values."""

    sample: int
    time: float
    channel: tuple[int, ...]
    a: complex | float | int | bool
    b: complex | float | int | bool

    def told(self, a: str, b: str) -> str:
        """Where it is, and which value is whose."""
        where = f"sample {self.sample}"
        if self.channel:
            where += f", channel {','.join(map(str, self.channel))}"
        return f"t = {self.time:.9g} s ({where}): {a} {_digits(self.a)}, {b} {_digits(self.b)}"

    def __str__(self) -> str:
        return self.told("a", "b")


@dataclass(frozen=True, slots=True)
class Row:
    """One signal of both recordings.

    `absolute` is the largest ``|a - b|``, `relative` the same over `scale` (the largest absolute value of b), `ulp`
    the largest distance in units in the last place, `norm` the 2-norm of the difference over all samples and channels,
    `exceeding` the number of values beyond the tolerance, `first` the first of them. `alignment` says on which times
    the two were compared, `samples` how many samples of a and of b took part (as many as there are times, unless it
    was interpolated), `note` what was left out or taken to be the same, `reason` why they cannot be compared (then the
    numbers are None). `warning` says why an agreement proves little.
    """

    signal: str
    agrees: bool
    tolerance: Tolerance
    shape: tuple[int, ...] = ()
    types: tuple[str, str] = ("", "")
    absolute: float | None = None
    relative: float | None = None
    ulp: int | None = None
    norm: float | None = None
    scale: float | None = None
    exceeding: int = 0
    first: Exceedance | None = None
    alignment: str = ""
    samples: tuple[int, int] = (0, 0)
    note: str = ""
    reason: str = ""
    warning: str = ""

    def to_json(self) -> dict[str, object]:
        """Plain values that JSON can hold; an infinite difference is the string "inf"."""
        limits = {name: getattr(self.tolerance, name) for name in ("absolute", "relative", "ulp", "leading", "lagging")}
        first = self.first and {
            "sample": self.first.sample,
            "time": self.first.time,
            "channel": list(self.first.channel),
            "a": _plain(self.first.a),
            "b": _plain(self.first.b),
        }
        return {
            "signal": self.signal,
            "agrees": self.agrees,
            "shape": list(self.shape),
            "types": list(self.types),
            "absolute": _plain(self.absolute),
            "relative": _plain(self.relative),
            "ulp": self.ulp,
            "norm": _plain(self.norm),
            "scale": _plain(self.scale),
            "tolerance": {**limits, "reason": self.tolerance.reason},
            "exceeding": self.exceeding,
            "first": first,
            "alignment": self.alignment,
            "samples": list(self.samples),
            "note": self.note,
            "reason": self.reason,
            "warning": self.warning,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two recordings, compared: `rows` by signal; the class of `evidence`, the `origins` and the `names` of a and b.

    True in a condition if every signal agrees. `print(comparison)` shows the table.
    """

    rows: tuple[Row, ...]
    evidence: tuple[str, str]
    origins: tuple[Mapping[str, object], Mapping[str, object]]
    names: tuple[str, str] = ("a", "b")

    @property
    def agrees(self) -> bool:
        """Whether every signal agrees."""
        return all(row.agrees for row in self.rows)

    def __bool__(self) -> bool:
        return self.agrees

    def __getitem__(self, signal: str) -> Row:
        for row in self.rows:
            if row.signal == signal:
                return row
        raise KeyError(signal)

    @property
    def verdict(self) -> str:
        """One line: "agrees with MATLAB" only where one side is MATLAB's or Simulink's, else "self-consistent"."""
        failed = [row for row in self.rows if not row.agrees]
        counted = f"{len(self.rows) - len(failed)} of {len(self.rows)} signals"
        theirs = [_MATHWORKS[each] for each in self.evidence if each in _MATHWORKS]
        if failed:
            against = f" from {theirs[0]}" if len(theirs) == 1 else ""
            return f"differs{against}: {counted} agree"
        if len(theirs) == 2:
            return f"{theirs[0]} agrees with {theirs[1]}: {counted}"
        if theirs:
            return f"agrees with {theirs[0]}: {counted}"
        return f"self-consistent ({self.evidence[0]} and {self.evidence[1]}, no reference of MATLAB's): {counted} agree"

    def to_json(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        sides = [
            {"evidence": evidence, "origin": {key: str(value) for key, value in origin.items()}}
            for evidence, origin in zip(self.evidence, self.origins, strict=True)
        ]
        rows = [row.to_json() for row in self.rows]
        return {"agrees": self.agrees, "verdict": self.verdict, "a": sides[0], "b": sides[1], "rows": rows}

    def __str__(self) -> str:
        table = [_HEAD, *(_cells(row) for row in self.rows)]
        widths = [max(len(cells[column]) for cells in table) for column in range(len(_HEAD))]
        lines = [self._sides()]
        for cells in table:
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            lines.append("  ".join(padded).rstrip())
        return "\n".join([*lines, *self._remarks(), self.verdict])

    def _remarks(self) -> list[str]:
        """What the table has no room for."""
        remarks = []
        for row in self.rows:
            if row.reason:
                remarks.append(f"{row.signal}: {row.reason}")
            if row.first:
                first = row.first.told(*self.names)
                remarks.append(f"{row.signal}: {row.exceeding} values beyond tolerance, the first at {first}")
            compared = "" if row.alignment in ("", "sample by sample") else f"compared at {row.alignment}"
            warning = f"warning: {row.warning}" if row.warning else ""
            remarks += [f"{row.signal}: {text}" for text in (compared, row.note, warning) if text]
        for reason in dict.fromkeys(row.tolerance.reason for row in self.rows if not row.reason):
            of = [row.signal for row in self.rows if row.tolerance.reason == reason and not row.reason]
            named = ", ".join(of[:6]) + (f" and {len(of) - 6} more" if len(of) > 6 else "")
            remarks.append(f"tolerance of {named}: {reason}")
        return remarks

    def _sides(self) -> str:
        return f"{self.names[0]}: {self._side(0)}; {self.names[1]}, the reference: {self._side(1)}"

    def _side(self, side: int) -> str:
        origin = self.origins[side]
        about = [str(origin[key]) for key in ("engine", "model", "release", "platform") if origin.get(key)]
        return self.evidence[side] + (f" ({', '.join(about)})" if about else "")

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{escape(title)}</th>" for title in _HEAD)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(row)) + "</tr>" for row in self.rows
        )
        sides = escape(self._sides())
        remarks = "".join(f"<br>{escape(remark)}" for remark in self._remarks())
        table = f"<table><caption>{sides}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"{table}<p><b>{escape(self.verdict)}</b>{remarks}</p>"


def _cells(row: Row) -> tuple[str, ...]:
    numbers = ["" if value is None else f"{value:.3g}" for value in (row.absolute, row.relative, row.norm)]
    ulp = "" if row.ulp is None else str(row.ulp) if row.ulp < 10**6 else f"{row.ulp:.1e}"
    size = " x ".join(map(str, row.shape))
    verdict = "agrees" if row.agrees else "DIFFERS"
    tolerance = "" if row.reason else str(row.tolerance)
    return row.signal, size, numbers[0], numbers[1], ulp, numbers[2], tolerance, verdict


def _digits(value: complex | float | int | bool) -> str:
    return f"{value:.9g}" if isinstance(value, float | complex) else str(value)


def _plain(value: complex | float | int | bool | None) -> object:
    if isinstance(value, complex):
        return [_plain(value.real), _plain(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
