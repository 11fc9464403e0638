"""Simulink's colours: names as in its menus, or three shares of red, green and blue."""

from __future__ import annotations

import re

_NAMED = {
    "black": "#000000", "white": "#ffffff", "red": "#ff0000", "green": "#00ff00", "blue": "#0000ff",
    "cyan": "#00ffff", "magenta": "#ff00ff", "yellow": "#ffff00", "gray": "#808080", "lightBlue": "#add8e6",
    "orange": "#ffa500", "darkGreen": "#008000",
}  # fmt: skip


def colour(value: str | None) -> str | None:
    """The colour as ``#rrggbb``; None where it is not one, or follows the page (``automatic``)."""
    if not value:
        return None
    if value in _NAMED:
        return _NAMED[value]
    shares = [float(word) for word in re.findall(r"\d*\.?\d+", value)]
    if not value.strip().startswith("[") or len(shares) < 3 or max(shares[:3]) > 1:
        return None
    return "#" + "".join(f"{round(255 * share):02x}" for share in shares[:3])


def ink(value: str, prop: str = "color") -> str:
    """CSS for text and lines of this colour: lighter where the page is dark, for readers that know of it."""
    light = "#" + "".join(f"{(int(value[at : at + 2], 16) + 255) // 2:02x}" for at in (1, 3, 5))
    return f"{prop}:{value};{prop}:light-dark({value},{light})"


def is_dark(value: str) -> bool:
    """Whether white text is easier to read on it than black."""
    red, green, blue = (int(value[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 60
