"""Lines between blocks: polylines with arrow heads, dots where they branch, and labels where there is room."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from xml.sax.saxutils import quoteattr

from bridge.drawing.geometry import Level, Point, line_pieces
from bridge.drawing.lettering import text, width
from bridge.drawing.sheet import Area, Sheet
from bridge.model import Line

Defaults = Mapping[str, Mapping[str, str]]
_SIZE = 9.0


def line(sheet: Sheet, level: Level, drawn: Line, defaults: Defaults, faded: frozenset[str]) -> str:
    """One line with all its branches. `faded` are the blocks that are commented out."""
    pieces = list(line_pieces(level, drawn, defaults))
    parts = []
    for corners, piece in pieces:
        points = " ".join(f"{x:g},{y:g}" for x, y in corners)
        leaf = piece.destination is None and not piece.branches
        dangling = " u" if drawn.source is None or leaf else ""
        parts.append(f'<polyline class="l{dangling}" points="{points}"/>')
        if (piece.destination is not None and piece.destination.kind not in ("lconn", "rconn")) or leaf:
            parts.append(_arrow(corners, dangling))
    starts = [corners[0] for corners, _ in pieces]
    dots = {point for point in starts if starts.count(point) > 1}
    parts += [f'<circle class="d" cx="{x:g}" cy="{y:g}" r="2"/>' for x, y in sorted(dots)]
    label = drawn.name or _port_label(level, drawn)
    if label and pieces:
        parts.append(_label(sheet, label, pieces[0][0], drawn.parameters.get("Labels", "")))
    source = "" if drawn.source is None else f"{drawn.source.block}:{drawn.source.number}"
    ends = [end.block for end in drawn.destinations]
    grey = (drawn.source is not None and drawn.source.block in faded) or (ends and faded.issuperset(ends))
    look = ' opacity="0.35"' if grey else ""
    return f'<g class="line" data-source={quoteattr(source)}{look}>{"".join(parts)}</g>'


def occupy_lines(sheet: Sheet, level: Level, defaults: Defaults) -> None:
    """Take the strips along which lines run, so that no label lies on one."""
    for drawn in level.system.lines:
        for corners, _ in line_pieces(level, drawn, defaults):
            for (x0, y0), (x1, y1) in pairwise(corners):
                sheet.occupy((min(x0, x1) - 1, min(y0, y1) - 1, max(x0, x1) + 1, max(y0, y1) + 1))


def _port_label(level: Level, drawn: Line) -> str:
    """The name that newer files keep with the port instead of the line."""
    if drawn.source is None or drawn.source.block not in level.blocks:
        return ""
    for port in level.blocks[drawn.source.block].port_properties:
        if port.kind == "out" and port.number == drawn.source.number:
            return port.parameters.get("Name", "")
    return ""


def _arrow(corners: list[Point], dangling: str) -> str:
    (x0, y0), (x, y) = corners[-2], corners[-1]
    length = math.hypot(x - x0, y - y0) or 1.0
    ux, uy = (x - x0) / length, (y - y0) / length
    ax, ay, px, py = x - 6 * ux, y - 6 * uy, -3 * uy, 3 * ux
    points = f"{x:g},{y:g} {ax + px:.4g},{ay + py:.4g} {ax - px:.4g},{ay - py:.4g}"
    return f'<polygon class="d{dangling}" points="{points}"/>'


def _label(sheet: Sheet, label: str, corners: list[Point], asked: str) -> str:
    """Where it hides nothing: along the stretch that the file names, else the longest that lies, else any."""
    lines = label.split("\n")
    wide, high = max(width(part, _SIZE) for part in lines), _SIZE * 1.2 * len(lines)
    best = min(_places(corners, wide, high, asked), key=lambda place: sheet.hidden(place[0]))
    area, x, anchor = best
    sheet.occupy(area)
    return text(x, (area[1] + area[3]) / 2, lines, _SIZE, anchor=anchor, kind="s")


def _places(corners: list[Point], wide: float, high: float, asked: str) -> Iterator[tuple[Area, float, str]]:
    """Areas beside the stretches of a line with the x and the anchor of the text, the preferred ones first."""
    stretches = list(pairwise(corners))
    # Corners begin with the port's stub, which the file does not count as a stretch.
    if len(stretches) > 1 and _level(stretches[0]) and _level(stretches[1]):
        stretches[:2] = [(stretches[0][0], stretches[1][1])]
    # The file's places: which stretch, and on which side of it; the first pair is the first label.
    numbers = [int(word) for word in re.findall(r"-?\d+", asked)][:2]
    at, below = (numbers[0], numbers[1] == 1) if len(numbers) == 2 else (None, False)
    order = sorted(range(len(stretches)), key=lambda k: (not _level(stretches[k]), -_length(stretches[k])))
    if at is not None and -len(stretches) <= at < len(stretches):
        order.sort(key=lambda k: k != at % len(stretches))
    for k in order:
        (x0, y0), (x1, y1) = stretches[k]
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        if _level(stretches[k]):
            sides = (y - 2 - high, y + 2)
            for top in reversed(sides) if below else sides:
                for middle in (x, min(x0, x1) + wide / 2 + 4, max(x0, x1) - wide / 2 - 8):
                    yield (middle - wide / 2, top, middle + wide / 2, top + high), middle, "middle"
        else:
            yield (x + 4, y - high / 2, x + 4 + wide, y + high / 2), x + 4, "start"
            yield (x - 4 - wide, y - high / 2, x - 4, y + high / 2), x - 4, "end"


def _level(stretch: tuple[Point, Point]) -> bool:
    return abs(stretch[0][1] - stretch[1][1]) < 0.5


def _length(stretch: tuple[Point, Point]) -> float:
    (x0, y0), (x1, y1) = stretch
    return abs(x1 - x0) + abs(y1 - y0)
