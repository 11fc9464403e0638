"""What nouns can do only with the help of other rooms; they import none of them, so it is handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.errors import BridgeError

Finder = Callable[[str], Callable[..., Any]]
_finders: list[Finder] = []


def provide(finder: Finder) -> None:
    """Hand in a function that gives, by name, what nouns call: `Network.initialize`, `Recording.save`."""
    _finders[:] = [finder]


def service(name: str) -> Callable[..., Any]:
    """The function that does `name`."""
    if not _finders:
        raise BridgeError(f"nobody has provided {name}")
    return _finders[0](name)
