"""How a model shows itself in a notebook. Nouns draw nothing: what does is handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.model.model import Model
    from bridge.model.system import System

Drawer = Callable[["Model | System"], str]
_drawers: list[Drawer] = []


def provide(draw: Drawer) -> None:
    """Hand in what draws a model or system as SVG."""
    _drawers[:] = [draw]


def drawing(shown: Model | System) -> str | None:
    """The drawing, None where nobody can draw: a notebook then shows the text."""
    return _drawers[0](shown) if _drawers else None
