"""What a report says beside its table of pairs: plain sections, which the page and the Markdown show alike.

To add one, write a function that makes it and put that into `MAKERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bridge.cases.case import Case
from bridge.cases.report import Report


@dataclass(frozen=True)
class Section:
    """A title, paragraphs, and a table if `rows` are given. All of it is plain text."""

    title: str
    paragraphs: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


Maker = Callable[[Report, Case], Iterable[Section]]

MAKERS: list[Maker] = []
"""In the order in which they stand, after the table of pairs and before the signals."""


def extra_sections(report: Report, case: Case) -> Iterator[Section]:
    """The sections of every maker, first those on the report's own findings."""
    from bridge.cases import report_findings  # which needs `Section`

    for maker in (*report_findings.MAKERS, *MAKERS):
        yield from maker(report, case)
