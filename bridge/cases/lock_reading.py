"""Reading a lock back, which is needed only where it does not say what a check finds."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping

from bridge.cases.lock_basis import LIMITS, Basis, Compared, Extent, Standing
from bridge.cases.lock_text import HEAD
from bridge.comparing import Tolerance
from bridge.errors import MalformedFile, UsageError
from bridge.recording import EVIDENCE

_NAME = r'"(?:[^"\\]|\\.)*"'
_SIDE = re.compile(rf"side ({_NAME}): (\w+), class (\w+)(?:, told ({_NAME}(?:, {_NAME})*))?")
_SIZE = r"(\d{1,15}) samples?, (\d{1,15}) channels?"
_GIVEN = re.compile(rf"given ({_NAME}) to ({_NAME}): {_SIZE}")
_EXTENT = r"(\d{1,15})(?: and (\d{1,15}) samples interpolated| samples?), (\d{1,15}) channels?, (.+)"
_COMPARED = re.compile(rf"compared ({_NAME}) of ({_NAME}) with ({_NAME}) of ({_NAME}): {_EXTENT}")
_LIMIT = re.compile(rf"({'|'.join(LIMITS)}) (\d[\d.e+-]*)")


def parse(content: str, file: str | os.PathLike[str]) -> Basis:
    """The basis that a text says. Raises `MalformedFile`, naming the line, for anything that `text` does not write."""
    sides: dict[str, Standing] = {}
    given: dict[tuple[str, str], tuple[int, int]] = {}
    compared: dict[Compared, Extent] = {}
    for number, line in enumerate(content.split("\n"), 1):
        try:
            if number == 1 and line != HEAD:
                raise UsageError("is not the beginning of a case's lock")
            if line and not line.startswith("#"):
                _read_line(line, sides, given, compared)
        except ValueError as error:
            cause = f"{error}; restore it from version control, or delete it and run slbridge check again"
            raise MalformedFile(file, cause, f"line {number}") from error
    return Basis(sides, given, compared)


def _read_line(
    line: str,
    sides: dict[str, Standing],
    given: dict[tuple[str, str], tuple[int, int]],
    compared: dict[Compared, Extent],
) -> None:
    """Add what a line says. Raises ValueError where it says nothing, or what was said before."""
    if found := _SIDE.fullmatch(line):
        label, kind, evidence = json.loads(found[1]), found[2], found[3]
        if label in sides:
            raise UsageError(f"there is a side {label!r} already")
        if evidence not in EVIDENCE:
            raise UsageError(f"{evidence!r} is no class of evidence")
        sides[label] = Standing(kind, evidence, tuple(json.loads(f"[{found[4] or ''}]")))
    elif found := _GIVEN.fullmatch(line):
        name, label = json.loads(found[1]), json.loads(found[2])
        _require(sides, label)
        if (label, name) in given:
            raise UsageError("there is such a line already")
        given[label, name] = int(found[3]), int(found[4])
    elif found := _COMPARED.fullmatch(line):
        of_a, a, of_b, b = (json.loads(name) for name in found.group(1, 2, 3, 4))
        _require(sides, a, b)
        if (a, of_a, b, of_b) in compared:
            raise UsageError("there is such a line already")
        first, second, channels = int(found[5]), int(found[6] or found[5]), int(found[7])
        extent = Extent((first, second), channels, _tolerance(found[8]), interpolated=found[6] is not None)
        compared[a, of_a, b, of_b] = extent
    else:
        raise UsageError(f"{line[:60]!r} is no side, nothing given to one, and no comparison")


def _require(sides: Mapping[str, Standing], *labels: str) -> None:
    for label in labels:
        if label not in sides:
            raise UsageError(f"there is no side {label!r} above")


def _tolerance(said: str) -> Tolerance:
    found: dict[str, float] = {}
    for part in said.split(", ") if said != "exact" else ():
        if (limit := _LIMIT.fullmatch(part)) is None:
            raise UsageError(f"{part[:60]!r} is no tolerance")
        found[limit[1]] = float(limit[2])
    absolute, relative, ulp, leading, lagging = map(found.get, LIMITS)
    return Tolerance(absolute, relative, ulp, leading or 0.0, lagging or 0.0)
