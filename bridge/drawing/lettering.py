"""Text that fits its place: how wide it is, where it breaks, when it is set smaller, and what stands for it else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

LEAST = 6.5
"""Smaller letters, in pixels, cannot be read."""
_LEADING = 1.2
_LONGEST = 60
"""A longer text is not divided within words."""
# Advance widths in thousandths of the size, as wide as the wider of the fonts that a reader may have.
_WIDTHS = {
    **dict.fromkeys("il.,:;'|!∣", 320),
    **dict.fromkeys('jftrI()[]{}/ -⁻·"', 400),
    **dict.fromkeys("mM%@W", 960),
}
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


# Characters that no XML document may hold.
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(drawing: str) -> str:
    """A drawing without the characters that XML cannot hold, whatever names and values brought in."""
    return _ILLEGAL.sub("", drawing)


def width(text: str, size: float) -> float:
    """About how many pixels a line of text takes: rather too many than too few."""
    return size / 1000 * sum(map(_letter_width, text))


def _letter_width(letter: str) -> int:
    if ord(letter) >= 0x2E80:  # Chinese, Japanese and Korean letters are square
        return 1000
    return _WIDTHS.get(letter, 700 if letter.isupper() else 620)


def raised(text: str) -> str:
    """``z^-2`` as ``z⁻²``."""
    return re.sub(r"\^(-?\d+)", lambda found: found[1].translate(_SUPERSCRIPTS), text)


def clipped(text: str, room: float, size: float) -> str:
    """The beginning of the text and an ellipsis, where it is wider than `room`."""
    if width(text, size) <= room:
        return text
    text = text[: int(room / size * 5) + 1]  # more than the narrowest letters would fill
    while text and width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""


def broken(text: str, room: float, size: float) -> list[str] | None:
    """The text in lines no wider than `room`, broken at spaces and underscores; None where a word is wider."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in re.findall(r"[^\s_]*_|[^\s_]+\s*|\s+", paragraph):
            if line and width((line + word).rstrip(), size) > room:
                lines.append(line.rstrip())
                line = ""
            line += word
        lines.append(line.rstrip())
    return lines if all(width(line, size) <= room for line in lines) else None


def fitted(
    text: str, room: float, height: float, *, size: float = 10.0, instead: str = "", wrap: bool = True
) -> tuple[list[str], float]:
    """Lines and their size: as large as fits, up to `size`; else the text `instead`; else clipped."""
    now = size
    while now >= LEAST:
        lines = broken(text, room, now) if wrap else [text]
        if lines and all(width(line, now) <= room for line in lines) and len(lines) * now * _LEADING <= height + 2:
            return lines, now
        now -= 0.5
    if instead and instead != text:
        return fitted(instead, room, height, size=size)
    lines = _chopped(text, room) if wrap and len(text) <= _LONGEST else []
    if lines and len(lines) * LEAST * _LEADING <= height + 2:
        return lines, LEAST
    return [clipped(text.replace("\n", " "), room, LEAST)], LEAST


def _chopped(text: str, room: float) -> list[str]:
    """The text in lines of the smallest letters, words divided where they must be; empty where nothing fits."""
    lines: list[str] = []
    for word in text.split():
        while width(word, LEAST) > room:
            at = next((at for at in range(len(word) - 2, 1, -1) if width(f"{word[:at]}-", LEAST) <= room), 0)
            if not at:
                return []
            lines.append(f"{word[:at]}-")
            word = word[at:]
        lines.append(word)
    return lines


def text(
    x: float, y: float, lines: Sequence[str], size: float, *, anchor: str = "middle", kind: str = "", style: str = ""
) -> str:
    """Lines of text below each other; `y` is the middle of the first line to the last."""
    first = y - size * _LEADING * (len(lines) - 1) / 2 + size * 0.35
    named = f' class="{kind}"' if kind else ""
    look = f"text-anchor:{anchor}{';' + style if style else ''}"
    content = escape(lines[0]) if len(lines) == 1 else _spans(lines, x, size * _LEADING)
    return f'<text{named} x="{x:g}" y="{first:.4g}" font-size="{size:g}" style="{look}">{content}</text>'


def _spans(lines: Iterable[str], x: float, height: float) -> str:
    return "".join(
        f'<tspan x="{x:g}" dy="{0 if k == 0 else height:g}">{escape(line)}</tspan>' for k, line in enumerate(lines)
    )
