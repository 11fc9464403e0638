"""The sections of a report on what is missing, where sides first part, and what the case would notice."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.cases.case import Case
from bridge.cases.report import Report
from bridge.cases.report_sections import Section


def missing(report: Report, _: Case) -> Iterator[Section]:
    """What the case's lock holds and this check lacks, and how to accept that."""
    if report.held is not None and report.missing:
        about = f"The agreement of this case once rested on what is missing. If that is meant: {report.held.accept}"
        rows = tuple((one,) for one in report.missing)
        yield Section(f"Missing, as {report.held.file} holds it", (about,), ("what",), rows)


def first_differences(report: Report, _: Case) -> Iterator[Section]:
    """Where two sides first part, each place once."""
    told: dict[tuple[str, ...], str] = {}
    for pair in report.pairs:
        if pair.origin is not None:
            told.setdefault(tuple(pair.origin.lines()), f"{pair.a} and {pair.b}")
    if told:
        rows = tuple((sides if k == 0 else "", line) for lines, sides in told.items() for k, line in enumerate(lines))
        yield Section("Where the difference first arises", head=("between", "where"), rows=rows)


def noticed(report: Report, _: Case) -> Iterator[Section]:
    """The smallest change of every weight that fails the case, and what its run never does."""
    found = report.sensitivity
    if found is not None:
        about = "The smallest relative change of each that fails this case; half of it passes."
        lists = tuple(f"{title.capitalize()}: {'; '.join(lines)}." for title, lines in found.lists())
        yield Section("What this case would notice", (about, *lists), found.HEAD, tuple(found.rows()))


MAKERS = (missing, first_differences, noticed)
