"""A report as outcomes: one per pair and signal, one per side that did not run, and one of the case's lock.

Tests and JUnit show these.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bridge.cases.report import Pair, Report
from bridge.comparing import Comparison


@dataclass(frozen=True)
class Outcome:
    """`failure` says why it is no pass, over several lines; empty where it is one. `ran`: whether it was compared.

    `warning` says why a pass proves little.
    """

    name: str
    failure: str = ""
    ran: bool = True
    warning: str = ""


def outcomes(report: Report) -> list[Outcome]:
    """Every outcome of a report; never none."""
    found = [Outcome(name, f"side {name!r} did not run: {error}", False) for name, error in report.failures.items()]
    for pair in report.pairs:
        found += _of_pair(report, pair)
    return [*(found or [Outcome("case", "the case compares nothing", False)]), *_of_lock(report)]


def _of_lock(report: Report) -> Iterator[Outcome]:
    """Whether everything is there that the lock holds, which is a claim about sides that ran."""
    held = report.held
    if held is not None and (held.missing or not report.failures):
        missing = [f"case {report.case}: evidence is missing that {held.file} holds", *held.lines()]
        yield Outcome("lock", "\n".join(missing) if held.missing else "", False, held.warning)


def _of_pair(report: Report, pair: Pair) -> Iterator[Outcome]:
    name = f"{pair.a}-{pair.b}"
    about = f"case {report.case}: {pair.a} against {pair.b}"
    if pair.comparison is None:
        yield Outcome(name, f"{about}: cannot be compared: {pair.failure}", False)
        return
    for row in pair.comparison.rows:
        one = replace(pair.comparison, rows=(row,))
        failure = "" if row.agrees else f"{about}\n{disagreement(one)}{_where(pair)}"
        yield Outcome(f"{name}[{row.signal}]", failure, warning=row.warning)


def _where(pair: Pair) -> str:
    """Where the two first part, indented below a heading; empty where it is not known."""
    if pair.origin is None:
        return ""
    return "\n".join(["", "", "where the difference first arises:", *(f"    {one}" for one in pair.origin.lines())])


def disagreement(found: Comparison) -> str:
    """The first sample of each signal that differs, its time and both values, then the whole table."""
    lines = []
    # The earliest first: of several signals that differ it is nearest to the cause.
    for row in sorted(found.rows, key=lambda one: one.first.time if one.first is not None else -math.inf):
        if row.agrees:
            continue
        if row.first is None:
            lines.append(f"{row.signal}: {row.reason}")
            continue
        channel = f", channel {','.join(map(str, row.first.channel))}" if row.first.channel else ""
        lines += [
            f"{row.signal} differs in {row.exceeding} values, first at sample {row.first.sample}{channel}, "
            f"time {row.first.time:.9g} s:",
            f"    {found.names[0]}: {row.first.a!r}",
            f"    {found.names[1]}: {row.first.b!r}",
        ]
    return "\n".join([*lines, "", str(found)])
