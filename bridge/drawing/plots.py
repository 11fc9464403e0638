"""Recording -> plots: SVG that needs no package, or a matplotlib Figure where that is installed."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge import storage
from bridge.recording import Recording

Array = NDArray[Any]
Points = tuple[Array, Array]

# Okabe and Ito's palette without its yellow: told apart by colour-blind readers, legible on white and on dark.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#808080")
WIDTH, HEIGHT = 640, 180
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 22, 26
_MOST_DOTS = 500
_MOST_LABELS = 12


@dataclass(frozen=True, slots=True)
class SVG:
    """A drawing as SVG text; notebooks show it."""

    text: str

    def _repr_svg_(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<SVG, {len(self.text)} characters>"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing to a .svg file, whole or not at all."""
        storage.replace(path, self.text)


def plot(recording: Recording, signals: Iterable[str] | None = None) -> Any:
    """A matplotlib Figure where matplotlib is installed, else an `SVG`: one plot per signal, a line per channel."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is not None:
        return figure(recording, signals)
    return svg(recording, signals)


def svg(
    recording: Recording, signals: Iterable[str] | None = None, *, points: Mapping[str, Points] | None = None
) -> SVG:
    """One plot per signal, one below the other; without any package.

    Floating-point signals are lines, integers and booleans are held between samples; complex ones show their absolute
    value; samples that are not finite are gaps. A long signal is drawn by the least and greatest value per pixel.
    `points` are samples (times and values) that are drawn as dots over the signal of that name.
    """
    names = list(recording if signals is None else signals)
    dots = points or {}
    panels = [_panel(recording, name, number * HEIGHT, dots.get(name)) for number, name in enumerate(names)]
    height = HEIGHT * max(len(names), 1)
    return SVG(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="11" fill="currentColor">{"".join(panels)}</svg>'
    )


def figure(recording: Recording, signals: Iterable[str] | None = None) -> Any:
    """One matplotlib axes per signal, one below the other; not shown, and not known to pyplot."""
    import matplotlib.figure

    class Figure(matplotlib.figure.Figure):  # type: ignore[misc, unused-ignore]  # matplotlib is not read by mypy here
        """Shows itself in notebooks also where pyplot has not been imported."""

        def _repr_png_(self) -> bytes:
            from io import BytesIO

            held = BytesIO()
            self.savefig(held, format="png", dpi=100)
            return held.getvalue()

    names = list(recording if signals is None else signals)
    canvas = Figure(figsize=(6.4, 1.2 + 1.6 * max(len(names), 1)), layout="constrained")
    for number, name in enumerate(names):
        axes = canvas.add_subplot(len(names), 1, number + 1)
        values = _channels(recording[name])
        held = recording[name].dtype.kind in "biu"
        lines = axes.plot(recording.times[name], values, drawstyle="steps-post" if held else "default")
        axes.set_title(_title(recording, name), loc="left", fontsize="small")
        labels = _channel_labels(recording, name)
        if labels:
            axes.legend(lines, labels, fontsize="small")
        axes.grid(True, alpha=0.3)
        if number == len(names) - 1:
            axes.set_xlabel("time (s)")
    return canvas


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` round numbers (1, 2 or 5 times a power of ten) between low and high."""
    step = (high - low) / count
    if not (step > 0 and math.isfinite(step)):
        return [low]
    power = 10.0 ** math.floor(math.log10(step))
    step = next((m * power for m in (1, 2, 5) if m * power >= step), 10 * power)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]


def _title(recording: Recording, name: str) -> str:
    size = "" if recording[name].dtype.kind != "c" else "|·| "
    return f"{size}{name} ({recording.units[name]})" if name in recording.units else f"{size}{name}"


def _channel_labels(recording: Recording, name: str) -> tuple[str, ...]:
    """What tells the lines of a plot apart: the channels' own labels, else their numbers from 0."""
    count = math.prod(recording[name].shape[1:])
    return recording.labels.get(name) or (tuple(f"[{k}]" for k in range(count)) if 1 < count <= _MOST_LABELS else ())


def _channels(array: Array) -> NDArray[np.float64]:
    """`T x channels`, real, NaN wherever it is not finite."""
    real = np.abs(array) if array.dtype.kind == "c" else array
    values = real.astype(np.float64).reshape(len(array), math.prod(array.shape[1:]))
    values[~np.isfinite(values)] = np.nan
    return values


def _panel(recording: Recording, name: str, top: float, points: Points | None) -> str:
    time, values = recording.times[name], _channels(recording[name])
    dots = (np.zeros(0), np.zeros((0, 0))) if points is None else (points[0], _channels(points[1]))
    title = f'<text x="{LEFT}" y="{top + 14:g}" font-weight="bold">{escape(_title(recording, name))}</text>'
    finite = np.concatenate([part[np.isfinite(part)] for part in (values, dots[1])])
    if not finite.size:
        empty = "no samples" if not values.size else "no finite value"
        return f'{title}<text x="{LEFT}" y="{top + HEIGHT / 2:g}">{empty}</text>'
    low, high = _widened(float(finite.min()), float(finite.max()))
    times = np.concatenate([time, dots[0]])
    start, end = _widened(float(times.min()), float(times.max()))
    floor = top + HEIGHT - BOTTOM

    def across(seconds: Array) -> Array:
        return LEFT + (WIDTH - LEFT - RIGHT) * ((seconds - start) / (end - start))

    def down(samples: Array) -> Array:
        # Halves, so that the span of the largest numbers does not overflow.
        return floor - (HEIGHT - TOP - BOTTOM) * ((samples / 2 - low / 2) / (high / 2 - low / 2))

    parts = [title, *_axes(start, end, low, high, top, floor)]
    held = recording[name].dtype.kind in "biu"
    for channel, column in enumerate(down(values).T):
        colour = COLOURS[channel % len(COLOURS)]
        path = _path(across(time), column, held)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.3"/>')
        if channel < dots[1].shape[1]:
            marks = zip(across(dots[0])[:_MOST_DOTS], down(dots[1][:_MOST_DOTS, channel]), strict=True)
            path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in marks if math.isfinite(y))
            parts.append(f'<path d="{path}" stroke="{colour}" stroke-width="6" stroke-linecap="round"/>')
    labels = _channel_labels(recording, name)
    spacing = min(70, 300 // max(len(labels), 1))
    for channel, label in enumerate(labels if spacing >= 24 else ()):
        colour, x = COLOURS[channel % len(COLOURS)], WIDTH - RIGHT - spacing * (len(labels) - channel)
        parts.append(f'<text x="{x}" y="{top + 14:g}" fill="{colour}">{escape(label)}</text>')
    return "".join(parts)


def _axes(start: float, end: float, low: float, high: float, top: float, floor: float) -> list[str]:
    ceiling, right = top + TOP, WIDTH - RIGHT
    parts = [
        f'<rect x="{LEFT}" y="{ceiling:g}" width="{right - LEFT}" height="{floor - ceiling:g}" '
        'fill="none" stroke="currentColor" stroke-opacity="0.4"/>'
    ]
    for value in ticks(start, end, 8):
        x = LEFT + (right - LEFT) * (value - start) / (end - start)
        parts.append(f'<text x="{x:.1f}" y="{floor + 14:g}" text-anchor="middle">{value:.6g}</text>')
    for value in ticks(low, high, 6):
        y = floor - (floor - ceiling) * (value / 2 - low / 2) / (high / 2 - low / 2)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="currentColor" stroke-opacity="0.15"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>')
    return parts


def _path(across: Array, down: Array, held: bool) -> str:
    """SVG path data of one channel, a new piece after every gap."""
    if len(across) > 4 * WIDTH:
        across, down = _thinned(across, down)
    data, pen_up, before = [], True, 0.0
    for x, y in zip(across.tolist(), down.tolist(), strict=True):
        if not math.isfinite(y):
            pen_up = True
            continue
        if pen_up:
            data.append(f"M{x:.1f} {y:.1f}h0")
        elif held:
            data.append(f"H{x:.1f}V{y:.1f}" if y != before else f"H{x:.1f}")
        else:
            data.append(f"L{x:.1f} {y:.1f}")
        pen_up, before = False, y
    return "".join(data)


def _thinned(across: Array, down: Array) -> tuple[Array, Array]:
    """First, least, greatest and last sample of every pixel column: what the eye sees of a long signal."""
    starts = np.flatnonzero(np.diff(np.floor(across), prepend=-1.0))
    keep = []
    for piece in np.split(np.arange(len(across)), starts[1:]):
        column = down[piece]
        if np.isfinite(column).any():
            keep += sorted({piece[0], piece[np.nanargmin(column)], piece[np.nanargmax(column)], piece[-1]})
        else:
            keep.append(piece[0])
    return across[keep], down[keep]


def _widened(low: float, high: float) -> tuple[float, float]:
    """A range that is not a point."""
    if low < high:
        return low, high
    room = abs(low) * 0.5 or 0.5
    return low - room, high + room
