"""The drawings of a report: every signal with its differences, and the diagram with what flows on its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bridge.cases.case import Case, Side
from bridge.cases.pairing import RANK, signal_names
from bridge.cases.report import Pair, Report
from bridge.cases.sides import run_side
from bridge.comparing.alignment import align
from bridge.drawing import plots
from bridge.drawing.page import systems
from bridge.errors import BridgeError
from bridge.model import Block, Model, join_path
from bridge.recording import Recording

PAIRS = 24
"""At most so many pairs are plotted for one signal: first those that differ."""
_CHANNELS = 8
_BUDGET = 1_000_000
"""Characters for the signals of lines: a report is meant to be mailed."""


def reference(report: Report) -> str | None:
    """The side with the best evidence; among equals the last."""
    ranked = sorted(report.recordings, key=lambda name: RANK.index(report.recordings[name].evidence))
    return ranked[-1] if ranked else None


def signal_plots(report: Report, case: Case) -> Iterator[tuple[str, list[str], str]]:
    """Heading, plots as SVG and a remark for each signal: the reference, then how far the others are from it."""
    best = reference(report)
    pairs = [pair for pair in report.pairs if pair.comparison is not None and (best in _sides(pair) or not pair.agrees)]
    for name in report.recordings[best] if best else ():
        assert best is not None
        known = report.recordings[best].times[name], report.recordings[best][name]
        drawn, points = {f"{name}, {best}": known}, None
        fitting = []
        for pair in sorted(pairs, key=lambda one: one.agrees):
            names = signal_names(case, pair.a, pair.b, report.recordings)
            of_a = next((a for a, b in names.items() if name == (b if pair.b == best else a)), None)
            if of_a is not None:
                fitting.append((pair, of_a, names[of_a]))
        # A reference is often a few printed samples: the longest of the others shows the whole course.
        there = [(report.recordings[pair.a], of_a, pair.a) for pair, of_a, _ in fitting]
        there = [one for one in there if one[1] in one[0]]
        course, own, side = max(there, key=lambda one: len(one[0].times[one[1]]), default=(None, "", ""))
        if course is not None and len(course.times[own]) > len(known[0]):
            drawn = {f"{own}, {side}, and at the dots {best}": (course.times[own], course[own])}
            points = known
        for pair, of_a, of_b in fitting[:PAIRS]:
            apart = _apart(report.recordings[pair.a], of_a, report.recordings[pair.b], of_b)
            if apart is not None:
                drawn[f"{pair.a} − {pair.b}"] = apart
        left = len(fitting) - PAIRS
        yield name, _plots(drawn, points), f"and {left} more pairs, which agree or are in the table" if left > 0 else ""


def _sides(pair: Pair) -> tuple[str, str]:
    return pair.a, pair.b


def _apart(a: Recording, of_a: str, b: Recording, of_b: str) -> tuple[Any, Any] | None:
    """Time and difference of two signals, where they have times and sizes in common."""
    if of_a not in a or of_b not in b:
        return None
    x, y = (array.reshape(len(array), -1) for array in (a[of_a], b[of_b]))
    if x.shape[1] != y.shape[1]:
        return None
    try:
        aligned = align(of_a, a.times[of_a], x, b.times[of_b], y)
    except BridgeError:
        return None
    kinds = aligned.a.dtype.kind + aligned.b.dtype.kind
    wide = np.complex128 if "c" in kinds else np.float64
    return aligned.time, aligned.a.astype(wide) - aligned.b.astype(wide)


def _plots(drawn: dict[str, tuple[Any, Any]], points: tuple[Any, Any] | None = None) -> list[str]:
    """A plot for each signal; `points` are dots over the first."""
    (title, first), *_ = drawn.items()
    signals = {name: values.reshape(len(values), -1)[:, :_CHANNELS] for name, (_, values) in drawn.items()}
    recording = Recording(signals, first[0], times={name: time for name, (time, _) in drawn.items()})
    dots = None if points is None else {title: points}
    return [plots.svg(recording, [name], points=dots).text for name in recording]


@dataclass
class Diagrams:
    """The model of a side, None where it is unreadable, and the plots of its lines: (system, ``block:port``) -> SVG."""

    side: str
    model: Model | None = None
    lines: dict[tuple[str, str], str] = field(default_factory=dict)
    remark: str = ""


def diagrams(report: Report, case: Case) -> Diagrams | None:
    """A diagram of the case, run once more with every line recorded; None where no side is a diagram.

    The one in which a difference first arises, else the first.
    """
    from bridge.api import load

    models = [side for side in case.sides if side.kind == "model"]
    if not models:
        return None
    arising = {pair.origin.a for pair in report.pairs if pair.origin is not None and pair.origin.what == "block"}
    side = next((side for side in models if side.name in arising), models[0])
    found = Diagrams(side.name)
    try:
        model = load(case.path(side.source))
        if not isinstance(model, Model):
            return None
        found.model = model
        _record_lines(found, case, side, model)
    except BridgeError as error:
        found.remark = f"the lines show no signals: {' '.join(str(error).split())}"
    return found


def _record_lines(found: Diagrams, case: Case, side: Side, model: Model) -> None:
    wanted: dict[str, tuple[str, str]] = {}
    for path, system in systems(model):
        for line in system.lines:
            if line.source is None or line.source.kind != "out" or line.source.block not in system:
                continue
            block: Block = system.block(line.source.block)
            inside = f"{path}/{join_path(block.name)}" if path else join_path(block.name)
            log = inside if line.source.number == 1 else f"{inside}:{line.source.number}"
            wanted[log] = (path, f"{line.source.block}:{line.source.number}")
    recorded = run_side(case, replace(side, engine="numpy", options={**side.options, "log": list(wanted)}))
    size = 0
    for log, place in wanted.items():
        if log not in recorded or size > _BUDGET:
            found.remark = "not every line shows its signal: there are too many" if size > _BUDGET else found.remark
            continue
        (found.lines[place],) = _plots({log: (recorded.times[log], recorded[log])})
        size += len(found.lines[place])
