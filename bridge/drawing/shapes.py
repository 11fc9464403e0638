"""The outlines of blocks and the simplest things in them, as SVG fragments."""

from __future__ import annotations

import math
from collections.abc import Callable

from bridge.drawing.geometry import Box
from bridge.drawing.lettering import fitted, text, width

PADDING = 2.0


def rectangle(box: Box, radius: float = 0.0) -> str:
    """The usual outline."""
    return f'<rect class="o" {extent(box)} rx="{radius:g}"/>'


def extent(box: Box) -> str:
    """The attributes of a rectangle."""
    return f'x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{box.height:g}"'


def polygon(points: list[tuple[float, float]]) -> str:
    """A closed outline."""
    return f'<polygon class="o" points="{" ".join(f"{x:g},{y:g}" for x, y in points)}"/>'


def label(box: Box, words: str, size: float = 10.0, *, instead: str = "", wrap: bool = True) -> str:
    """Text in the middle of a box, as large as fits; `instead` stands for what cannot be read at any size."""
    if not words:
        return ""
    lines, size = fitted(words, box.width - 2 * PADDING, box.height, size=size, instead=instead, wrap=wrap)
    x, y = box.center
    return text(x, y, lines, size, kind="i")


def fraction(box: Box, upper: str, lower: str, *, instead: tuple[str, str] | None = None) -> str:
    """A numerator over a denominator."""
    room, half = box.width - 2 * PADDING, box.height / 2 - 1
    (above, first), (below, second) = (fitted(part, room, half, wrap=False) for part in (upper, lower))
    if instead is not None and (above != [upper] or below != [lower]):
        return fraction(box, *instead)
    size = min(first, second)
    x, y = box.center
    bar = min(room, max(width(line, size) for line in (*above, *below))) / 2 + 1
    return (
        text(x, y - 0.62 * size, above, size, kind="i")
        + f'<path class="c" style="stroke-width:1" d="M{x - bar:g} {y:g}H{x + bar:g}"/>'
        + text(x, y + 0.66 * size, below, size, kind="i")
    )


def curve(box: Box, path: str) -> str:
    """A curve given in a square from -1 to 1, x to the right and y upwards, inside a box."""
    x, y = box.center
    words = []
    numbers = iter(path.split())
    for word in numbers:
        px, py = float(next(numbers)), float(next(numbers))
        words.append(f"{word}{x + px * 0.38 * box.width:.4g} {y - py * 0.38 * box.height:.4g}")
    return f'<path class="c" d="{" ".join(words)}"/>'


def trace(values: Callable[[float], float], count: int = 24) -> str:
    """The path of a function over -1 to 1."""
    points = [(2 * k / count - 1, values(2 * k / count - 1)) for k in range(count + 1)]
    return " ".join(f"{'M' if k == 0 else 'L'} {x:.3f} {y:.3f}" for k, (x, y) in enumerate(points))


def polar(x: float, y: float, radius: float, degrees: float) -> tuple[float, float]:
    """The point at an angle, counter-clockwise from the right."""
    radians = math.radians(degrees)
    return x + radius * math.cos(radians), y - radius * math.sin(radians)
