"""A model as SVG: blocks where the file puts them, lines with arrow heads and branch dots, labels, notes.

``svg(system)`` draws one level. Nothing is laid out anew: what Simulink shows is what the file says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from bridge.drawing.geometry import Point, box_of, line_pieces, port_count
from bridge.drawing.icons import icon
from bridge.model import Block, Line, Model, System

Defaults = Mapping[str, Mapping[str, str]]
_STYLE = (
    ".bridge{font-family:Helvetica,Arial,sans-serif;color:#111}"
    ".bridge .o{fill:#fff;stroke:currentColor;stroke-width:1}"
    ".bridge .b{fill:currentColor}.bridge .c{fill:none;stroke:currentColor;stroke-width:1.2}"
    ".bridge .l{fill:none;stroke:currentColor;stroke-width:1}"
    ".bridge .d{fill:currentColor}"
    ".bridge text{fill:currentColor;stroke:none}.bridge .i{text-anchor:middle}"
    ".bridge .n{text-anchor:middle;font-size:9px}"
    ".bridge .s{font-size:9px;font-style:italic}.bridge .a{font-size:10px}"
    "@media (prefers-color-scheme:dark){.bridge{color:#e8e8e8}.bridge .o{fill:#1b1d20}}"
)
_MARGIN = 30.0


def svg(drawn: Model | System, *, dark: bool = True) -> str:
    """One level of a diagram as a self-contained SVG. With `dark` it follows the reader's colour scheme.

    Every block is a ``<g class="block" data-path=…>`` and every line a ``<g class="line" data-source=…>``, so that a
    page can attach to them.
    """
    system = drawn.root if isinstance(drawn, Model) else drawn
    model = system.model
    defaults: Defaults = model.defaults if model is not None else {}
    blocks = [_block(system, block, defaults) for block in system.blocks]
    lines = [_line(system, line, defaults) for line in system.lines]
    notes = [_annotation(note.text, note.parameters.get("Position", "")) for note in system.annotations]
    left, top, right, bottom = _bounds(system, defaults)
    style = _STYLE if dark else _STYLE.partition("@media")[0]
    width, height = right - left, bottom - top
    title = escape(model.name if model is not None and system is model.root else system.path)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bridge" viewBox="{left:g} {top:g} {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img"><title>{title}</title><style>{style}</style>'
        + "".join([*notes, *lines, *blocks])
        + "</svg>"
    )


def _block(system: System, block: Block, defaults: Defaults) -> str:
    own = defaults.get(block.kind, {})
    box = box_of(block, own)
    parts = [icon(block, box, own)]
    if block.subsystem is not None:
        parts.append(_port_names(system, block, own))
    shown = block.get("ShowName") or own.get("ShowName", "on")
    automatic = (block.get("HideAutomaticName") or own.get("HideAutomaticName", "off")) == "on"
    if shown != "off" and not (automatic and _is_automatic(block)):
        parts.append(_name(block, own))
    faded = ' opacity="0.35"' if block.get("Commented", "off") != "off" else ""
    about = f"data-path={quoteattr(block.path)} data-kind={quoteattr(block.kind)}"
    return f'<g class="block" {about}{faded}>{"".join(parts)}</g>'


def _is_automatic(block: Block) -> bool:
    return re.fullmatch(rf"{re.escape(block.kind)}\d*", block.name.replace("\n", "").replace(" ", "")) is not None


def _name(block: Block, defaults: Mapping[str, str]) -> str:
    box = box_of(block, defaults)
    words = block.name.split("\n")
    place = block.get("NameLocation") or ("top" if block.get("NamePlacement") == "alternate" else "bottom")
    x, y = box.center
    if place in ("left", "right"):
        anchor, x = ("end", box.left - 4) if place == "left" else ("start", box.right + 4)
        y = y + 3 - 5 * (len(words) - 1)
    else:
        anchor = "middle"
        y = box.bottom + 10 if place == "bottom" else box.top - 4 - 10 * (len(words) - 1)
    return f'<text class="n" style="text-anchor:{anchor}" x="{x:g}" y="{y:g}">{_stacked(words, x, 10)}</text>'


def _port_names(system: System, block: Block, defaults: Mapping[str, str]) -> str:
    """The names of a subsystem's ports, inside its box."""
    assert block.subsystem is not None
    box, parts = box_of(block, defaults), []
    inputs, outputs = port_count(system, block)
    for kind, count, side in (("Inport", inputs, "left"), ("Outport", outputs, "right")):
        if box.face not in ("left", "right"):
            continue
        side = side if box.face == "right" else {"left": "right", "right": "left"}[side]
        for inner in block.subsystem.blocks:
            number = inner.parameters.get("Port", "1")
            if inner.kind != kind or not number.isdecimal() or not 1 <= int(number) <= count:
                continue
            x, y = box.on(side, (2 * int(number) - 1) / (2 * count))
            anchor, dx = ("start", 3) if side == "left" else ("end", -3)
            size = max(5.0, min(8.0, box.height / count * 0.7))
            name = escape(inner.name.replace("\n", " "))
            place = f'x="{x + dx:g}" y="{y + size * 0.35:g}" font-size="{size:g}"'
            parts.append(f'<text {place} style="text-anchor:{anchor}">{name}</text>')
    return "".join(parts)


def _line(system: System, line: Line, defaults: Defaults) -> str:
    pieces = list(line_pieces(system, line, defaults))
    parts = []
    for corners, end in pieces:
        points = " ".join(f"{x:g},{y:g}" for x, y in corners)
        parts.append(f'<polyline class="l" points="{points}"/>')
        if end is not None:
            parts.append(_arrow(corners))
    starts = [corners[0] for corners, _ in pieces]
    dots = {point for point in starts if starts.count(point) > 1}
    parts += [f'<circle class="d" cx="{x:g}" cy="{y:g}" r="2"/>' for x, y in sorted(dots)]
    label = line.name or _port_label(system, line)
    if label and pieces:
        parts.append(_label(label, pieces[0][0]))
    source = "" if line.source is None else f"{line.source.block}:{line.source.number}"
    return f'<g class="line" data-source={quoteattr(source)}>{"".join(parts)}</g>'


def _port_label(system: System, line: Line) -> str:
    """The name that newer files keep with the port instead of the line."""
    if line.source is None or line.source.block not in system:
        return ""
    for port in system.block(line.source.block).port_properties:
        if port.kind == "out" and port.number == line.source.number:
            return port.parameters.get("Name", "")
    return ""


def _arrow(corners: list[Point]) -> str:
    (x0, y0), (x, y) = corners[-2], corners[-1]
    length = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5 or 1.0
    ux, uy = (x - x0) / length, (y - y0) / length
    ax, ay, px, py = x - 6 * ux, y - 6 * uy, -3 * uy, 3 * ux
    return f'<polygon class="d" points="{x:g},{y:g} {ax + px:.2f},{ay + py:.2f} {ax - px:.2f},{ay - py:.2f}"/>'


def _label(text: str, corners: list[Point]) -> str:
    """Beside the longest stretch of the stem."""
    (x0, y0), (x1, y1) = max(pairwise(corners), key=lambda s: abs(s[1][0] - s[0][0]) + abs(s[1][1] - s[0][1]))
    lying = abs(x1 - x0) >= abs(y1 - y0)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    x, y, anchor = (x, y - 4, "middle") if lying else (x + 4, y, "start")
    return f'<text class="s" style="text-anchor:{anchor}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def _annotation(text: str, position: str) -> str:
    numbers = [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?", position)]
    if len(numbers) < 2 or not text:
        return ""
    plain = re.sub(r"<(?:head|style)\b.*?</(?:head|style)>|<[^>]*>", " ", text, flags=re.S).replace("&nbsp;", " ")
    x, y = numbers[0], numbers[1] + 10
    lines = [line.strip() for line in plain.split("\n") if line.strip()]
    return f'<text class="a" x="{x:g}" y="{y:g}">{_stacked(lines, x, 12)}</text>'


def _stacked(lines: Iterable[str], x: float, height: float) -> str:
    """Lines of text below each other."""
    return "".join(
        f'<tspan x="{x:g}" dy="{0 if k == 0 else height:g}">{escape(line)}</tspan>' for k, line in enumerate(lines)
    )


def _bounds(system: System, defaults: Defaults) -> tuple[float, float, float, float]:
    points: list[Point] = []
    for block in system.blocks:
        box = box_of(block, defaults.get(block.kind, {}))
        side = max((3.0 * len(word) for word in block.name.split("\n")), default=0.0)
        x = box.center[0]
        points += [(min(box.left, x - side), box.top), (max(box.right, x + side), box.bottom + 12)]
    for line in system.lines:
        points += [corner for corners, _ in line_pieces(system, line, defaults) for corner in corners]
    points += _annotation_corners(annotation.parameters.get("Position", "") for annotation in system.annotations)
    if not points:
        return 0.0, 0.0, 100.0, 100.0
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) - _MARGIN, min(ys) - _MARGIN, max(xs) + _MARGIN, max(ys) + _MARGIN


def _annotation_corners(positions: Iterable[str]) -> list[Point]:
    corners = []
    for position in positions:
        numbers = [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?", position)]
        corners += list(zip(numbers[::2], numbers[1::2], strict=False))
    return corners
