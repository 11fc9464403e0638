"""Writing a report's files, each whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bridge.cases.case import Case
from bridge.cases.report import Report
from bridge.errors import FileError

FORMS = ("html", "junit", "markdown")


def write(report: Report, case: Case, files: Mapping[str, str]) -> None:
    """Write `files`: form (one of `FORMS`) -> path. A report of a case that fails is written just the same."""
    for form, path in files.items():
        beside = f"{path}.part"
        try:
            with open(beside, "w", encoding="utf-8", newline="\n") as file:
                file.write(_text(form, report, case))
            os.replace(beside, path)
        except OSError as error:
            raise FileError(path, (error.strerror or str(error)).lower()) from error


def _text(form: str, report: Report, case: Case) -> str:
    if form == "html":
        from bridge.cases.report_html import html

        return html(report, case)
    from bridge.cases import report_text

    return report_text.junit(report) if form == "junit" else report_text.markdown(report, case)
