"""A report as one page that needs nothing else: verdict and evidence first, then the table, signals and the diagram."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator
from html import escape

import bridge
from bridge.cases import golden
from bridge.cases.case import Case
from bridge.cases.report import Report, origin_text
from bridge.cases.report_page import SCRIPT, STYLE
from bridge.cases.report_sections import Section, extra_sections
from bridge.cases.report_signals import Diagrams, diagrams, signal_plots
from bridge.cases.report_text import row_cells
from bridge.drawing import page
from bridge.errors import BridgeError
from bridge.model import join_path, split_path
from bridge.recording import EVIDENCE


def html(report: Report, case: Case) -> str:
    """The page. A diagram of the case is run once more, so that its lines can show what flows on them."""
    drawn = diagrams(report, case)
    sections = [
        _section("Evidence", _evidence(report)),
        _section("Who agrees with whom", _agreement(report)),
        *(_section(extra.title, _plain(extra)) for extra in extra_sections(report, case)),
        *(_section(f"Signal {name}", _figure(plots, remark)) for name, plots, remark in signal_plots(report, case)),
        *([] if drawn is None else [_section(f"Diagram of side {drawn.side}", _diagram(report, drawn))]),
        _section("Environment and checksums", _environment(case)),
    ]
    word, tone = ("Agrees", "good") if report.agrees else ("Does not agree", "bad")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{page.POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(report.case)}: {word.lower()}</title><style>{STYLE}{page.STYLE}</style></head><body>"
        f'<h1>{escape(report.case)}</h1><p class="verdict {tone}">{word}: {escape(report.verdict)}</p>'
        f"{''.join(sections)}"
        f"{_script(drawn)}</body></html>\n"
    )


def _script(drawn: Diagrams | None) -> str:
    if drawn is None or drawn.model is None:
        return ""
    templates = (
        f'<template data-line="{escape(json.dumps(list(place), ensure_ascii=False, separators=(",", ":")))}">'
        f"{svg}</template>"
        for place, svg in drawn.lines.items()
    )
    return f"{''.join(templates)}<script>{page.SCRIPT}{SCRIPT}</script>"


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _evidence(report: Report) -> str:
    rows = []
    for name, recording in report.recordings.items():
        rows.append([name, f"{recording.evidence}: {EVIDENCE[recording.evidence]}", origin_text(recording)])
    rows += [[name, "did not run", str(error)] for name, error in report.failures.items()]
    return _table(("side", "evidence", "from"), (map(escape, row) for row in rows))


def _agreement(report: Report) -> str:
    numbers = ("difference", "of scale", "tolerance", "first beyond it, or why not compared")
    return _table(("side", "against", "signal", *numbers, ""), _pairs(report))


def _pairs(report: Report) -> Iterator[Iterable[str]]:
    good, bad = '<b class="good">✓ agrees</b>', '<b class="bad">✗ differs</b>'
    for pair in sorted(report.pairs, key=lambda one: one.agrees):
        if pair.comparison is None:
            cells = [pair.a, pair.b, "", "", "", "", str(pair.failure)]
            yield [*map(escape, cells), '<b class="bad">✗ not compared</b>']
            continue
        for row in sorted(pair.comparison.rows, key=lambda one: one.agrees):
            yield [*map(escape, (pair.a, pair.b, *row_cells(row, pair))), good if row.agrees else bad]


def _figure(plots: Iterable[str], remark: str) -> str:
    told = f'<p class="remark">{escape(remark)}</p>' if remark else ""
    return f'<div class="wide plots">{"".join(plots)}</div>{told}'


def _diagram(report: Report, drawn: Diagrams) -> str:
    remark = f'<p class="remark">{escape(drawn.remark)}</p>' if drawn.remark else ""
    if drawn.model is None:
        return remark
    origins = [pair.origin for pair in report.pairs if pair.origin is not None]
    places = list(dict.fromkeys(one.place for one in origins if one.what == "block" and one.a == drawn.side))
    if places:
        remark += f'<p class="remark">Where the difference first arises: {", ".join(map(_link, places))}</p>'
    shown = page.fragment(drawn.model, marked=places)
    return remark + shown + (_PROBE if drawn.lines else "")


def _link(path: str) -> str:
    """A block by its path: a button that opens the system in which it is."""
    names = split_path(path)
    return f'<button class="link" data-go="{escape(join_path(*names[:-1]))}">{escape(path)}</button>'


_PROBE = '<div id="probe" aria-live="polite">Point at a line of the diagram to see its signal.</div>'


def _plain(extra: Section) -> str:
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in extra.paragraphs)
    return paragraphs + (_table(extra.head, (map(escape, row) for row in extra.rows)) if extra.rows else "")


def _environment(case: Case) -> str:
    from importlib.metadata import PackageNotFoundError, version

    facts = [["bridge", bridge.__version__], ["Python", platform.python_version()], ["system", platform.platform()]]
    for package in ("numpy", "scipy", "onnxruntime", "torch"):
        try:
            facts.append([package, version(package)])
        except PackageNotFoundError:
            facts.append([package, "not installed"])
    paths = [path for side in case.sides for path in golden.sources(case, side)]
    sums = []
    for path in dict.fromkeys(paths):
        try:
            digest = f"<code>{golden.sha256(path)}</code>"
        except BridgeError as error:
            digest = escape(str(error))
        sums.append([escape(golden.relative(path, case.folder.resolve())), digest])
    return _table(("software", "version"), (map(escape, row) for row in facts)) + _table(("file", "SHA-256"), sums)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Cells are HTML already."""
    titles = [escape(title) for title in head]
    body = "".join(f"<tr>{_cells(titles, row)}</tr>" for row in rows)
    head = "".join(f"<th>{title}</th>" for title in titles)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(titles: Iterable[str], row: Iterable[str]) -> str:
    """The cells of a row; on a phone they stand below each other, each with its title."""
    return "".join(
        f'<td data-title="{title}">{cell}</td>' if title and cell else f"<td>{cell}</td>"
        for title, cell in zip(titles, row, strict=True)
    )
