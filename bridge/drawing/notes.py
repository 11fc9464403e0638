"""Annotations: text, also where it is HTML, and the areas that frame a part of a diagram."""

from __future__ import annotations

import re
from html import unescape

from bridge.drawing.colours import colour, ink
from bridge.drawing.geometry import FARTHEST, Box
from bridge.drawing.lettering import broken, text, width
from bridge.drawing.sheet import Sheet
from bridge.model import Annotation

_MARGIN = 4.0


def note(sheet: Sheet, annotation: Annotation) -> str:
    """One annotation; an image shows its file's name."""
    get = annotation.parameters.get
    numbers = [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?", get("Position", ""))]
    if len(numbers) < 2 or max(map(abs, numbers)) > FARTHEST:
        return ""
    size = min(max(float(get("FontSize", "10")) if get("FontSize", "10").isdecimal() else 10.0, 6.0), 60.0)
    lines = plain(annotation.text).split("\n")
    parts = []
    is_area = "area" in get("AnnotationType", "")
    if len(numbers) >= 4:
        box = Box(numbers[0], numbers[1], max(numbers[2], numbers[0] + 1), max(numbers[3], numbers[1] + 1))
        if "on" in (get("WordWrap"), get("FixedWidth")):
            lines = [part for line in lines for part in broken(line, box.width, size) or [line]]
        if is_area or get("DropShadow") == "on" or colour(get("BackgroundColor")):
            fill = colour(get("BackgroundColor"))
            look = f' style="fill:{fill};color:#000"' if fill and not is_area else ""
            shape = "f" if is_area else "o"
            parts.append(f'<rect class="{shape}"{look} x="{box.left:g}" y="{box.top:g}" '
                         f'width="{box.width:g}" height="{box.height:g}"/>')  # fmt: skip
        sheet.cover((box.left, box.top), (box.right, box.bottom))
    else:
        box = _around(numbers[0], numbers[1], lines, size, get("HorizontalAlignment", "center"))
    if not any(lines):
        return "".join(parts)
    side = "left" if is_area else get("HorizontalAlignment", "center" if len(numbers) < 4 else "left")
    anchor, x = {"left": ("start", box.left + (_MARGIN if is_area else 0)), "right": ("end", box.right)}.get(
        side, ("middle", box.center[0])
    )
    high = 1.2 * size * len(lines)
    middle = {"middle": box.center[1], "bottom": box.bottom - high / 2}.get(
        get("VerticalAlignment", "top"), box.top + high / 2
    )
    style = "font-weight:bold" if get("FontWeight") == "bold" else ""
    style += ";font-style:italic" if get("FontAngle") == "italic" else ""
    tone = colour(get("ForegroundColor"))
    if tone is not None and tone != "#000000":
        style += f";{ink(tone, 'fill') if len(numbers) < 4 or not colour(get('BackgroundColor')) else f'fill:{tone}'}"
    wide = max(width(line, size) for line in lines)
    left = {"start": x, "end": x - wide}.get(anchor, x - wide / 2)
    if not is_area:
        sheet.occupy((left, middle - high / 2, left + wide, middle + high / 2))
    return "".join(parts) + text(x, middle, lines, size, anchor=anchor, kind="a", style=style.strip(";"))


def _around(x: float, y: float, lines: list[str], size: float, side: str) -> Box:
    """Where old files give one point: the middle of the upper edge, or a corner of it."""
    wide = max(width(line, size) for line in lines)
    left = {"left": x, "right": x - wide}.get(side, x - wide / 2)
    return Box(left, y, left + max(wide, 1.0), y + 1.2 * size * len(lines))


def plain(words: str) -> str:
    """The words of an annotation without its HTML; paragraphs and list items on lines of their own."""
    if "<" not in words:
        return words
    bare = re.sub(r"<(head|style|script)\b.*?</\1\s*>", "", words, flags=re.S | re.I)
    if re.search(r"<(?:p|br|div|li|h\d|tr)\b", bare, flags=re.I):
        bare = re.sub(r"\s+", " ", bare)
        bare = re.sub(
            r"<t[dh]\b.*?</t[dh]>", lambda cell: re.sub(r"<[^>]*>", "", cell[0]).strip() + "  ", bare, flags=re.I
        )
        bare = re.sub(r"<(?:br|/p|/div|/li|/h\d|/tr)\b[^>]*>", "\n", bare, flags=re.I)
        bare = re.sub(r"<li\b[^>]*>", "• ", bare, flags=re.I)
    lines = [unescape(re.sub(r"<[^>]*>", "", line)).replace("\xa0", " ").strip() for line in bare.split("\n")]
    while lines and not lines[-1]:
        del lines[-1]
    return "\n".join(lines).lstrip("\n")
