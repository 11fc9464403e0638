"""Writing a report's files, each whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping

from bridge import storage
from bridge.cases.case import Case
from bridge.cases.report import Report

FORMS = ("html", "junit", "markdown")


def write(report: Report, case: Case, files: Mapping[str, str]) -> None:
    """Write `files`: form (one of `FORMS`) -> path. A report of a case that fails is written just the same."""
    for form, path in files.items():
        storage.replace(path, _text(form, report, case))


def _text(form: str, report: Report, case: Case) -> str:
    if form == "html":
        from bridge.cases.report_html import html

        return html(report, case)
    from bridge.cases import report_text

    return report_text.junit(report) if form == "junit" else report_text.markdown(report, case)
