"""A report as Markdown for a pull request, and as JUnit XML for a build server."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from bridge.cases.case import Case
from bridge.cases.outcomes import outcomes
from bridge.cases.report import Pair, Report
from bridge.cases.report_sections import extra_sections
from bridge.comparing import Row
from bridge.recording import EVIDENCE

# Characters that no XML document may hold.
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def markdown(report: Report, case: Case) -> str:
    """Verdict first, then the sides with their evidence, then every pair and signal, those that differ on top."""
    lines = [f"### {'✅' if report.agrees else '❌'} {_cell(report.case)}: {_cell(report.verdict)}", ""]
    lines += ["| side | evidence | from |", "| --- | --- | --- |"]
    for name, recording in report.recordings.items():
        origin = ", ".join(f"{key} {value}" for key, value in recording.origin.items() if key in _ORIGIN and value)
        lines.append(_row(name, f"{recording.evidence}: {EVIDENCE[recording.evidence]}", origin))
    lines += [_row(name, "**did not run**", str(error)) for name, error in report.failures.items()]
    lines += ["", "| side | against | signal | difference | of scale | tolerance | first beyond it | |"]
    lines += ["| --- " * 8 + "|"]
    for pair in sorted(report.pairs, key=lambda one: one.agrees):
        if pair.comparison is None:
            lines.append(_row(pair.a, pair.b, "", "", "", "", str(pair.failure), "**not compared**"))
            continue
        for row in sorted(pair.comparison.rows, key=lambda one: one.agrees):
            lines.append(_row(pair.a, pair.b, *row_cells(row, pair), "agrees" if row.agrees else "**differs**"))
    for extra in extra_sections(report, case):
        lines += ["", f"#### {_cell(extra.title)}", *(f"\n{_cell(text)}" for text in extra.paragraphs)]
        if extra.rows:
            lines += ["", _row(*extra.head), "| --- " * len(extra.head) + "|", *(_row(*row) for row in extra.rows)]
    return "\n".join(lines) + "\n"


_ORIGIN = ("model", "file", "engine", "precision", "release", "platform", "date")


def row_cells(row: Row, pair: Pair) -> tuple[str, str, str, str, str]:
    """Signal, difference, its part of the scale, tolerance; the first sample beyond it, or why there is none, and what
    was left out."""
    numbers = ["" if value is None else f"{value:.3g}" for value in (row.absolute, row.relative)]
    limit = "" if row.reason else f"{row.tolerance} ({row.tolerance.reason})"
    where = row.reason or ("" if row.first is None else row.first.told(pair.a, pair.b))
    return row.signal, numbers[0], numbers[1], limit, "; ".join(text for text in (where, row.note) if text)


def junit(report: Report) -> str:
    """One testcase per pair and signal, and one per side that did not run; none is ever skipped."""
    found = outcomes(report)
    failures = sum(1 for one in found if one.failure and one.ran)
    errors = sum(1 for one in found if one.failure and not one.ran)
    counts = f'tests="{len(found)}" failures="{failures}" errors="{errors}" skipped="0"'
    cases = []
    for one in found:
        head = f"<testcase classname={_attribute(report.case)} name={_attribute(one.name)}"
        if not one.failure:
            cases.append(f"{head}/>")
            continue
        kind, text = "failure" if one.ran else "error", _CONTROL.sub("?", one.failure)
        message = _attribute(text.partition("\n")[0])
        cases.append(f"{head}><{kind} message={message}>{escape(text)}</{kind}></testcase>")
    verdict = f'<properties><property name="verdict" value={_attribute(report.verdict)}/></properties>'
    suite = f"<testsuite name={_attribute(report.case)} {counts}>{verdict}\n" + "\n".join(cases) + "\n</testsuite>"
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites {counts}>\n{suite}\n</testsuites>\n'


def _attribute(text: str) -> str:
    return quoteattr(_CONTROL.sub("?", text))


def _row(*cells: str) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
