"""How a model shows itself in a notebook. Nouns draw nothing: what does is asked for when something is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.network.services import service

if TYPE_CHECKING:
    from bridge.model.model import Model
    from bridge.model.system import System


def drawing(shown: Model | System) -> str:
    """The model or system as SVG."""
    return str(service("model_svg")(shown))
