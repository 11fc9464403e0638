"""The table of block kinds: which class stands for which BlockType or library block.

A class is entered with the decorator `register`. What the table holds is also what the generated list of supported
blocks shows, and what an error for an unknown kind offers instead.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from typing import TypeVar

from bridge.diagram.block import Block
from bridge.errors import ProgramError

# The families; each module registers its kinds when it is imported.
FAMILIES = (
    "continuous", "discontinuities", "discrete", "logic", "mathematics", "neural", "routing", "signal_attributes",
    "sinks", "sources", "workspace",
)  # fmt: skip

Kind = TypeVar("Kind", bound=type[Block])
_kinds: dict[str, type[Block]] = {}
_families: dict[str, str] = {}


def register(*names: str) -> Callable[[Kind], Kind]:
    """Enter a class under a BlockType (``Gain``) or a library path (``neural/Transfer Functions/logsig``)."""

    def enter(block: Kind) -> Kind:
        for name in names:
            key = normal(name)
            if key in _kinds:
                raise ProgramError(f"block kind {name!r} is registered twice")
            _kinds[key] = block
            _families[key] = block.__module__.rpartition(".")[2]
        block.kind = names[0]
        return block

    return enter


def normal(name: str) -> str:
    """A library path with single spaces, as files write line breaks in it in several ways."""
    return " ".join(name.split())


def kinds() -> Mapping[str, type[Block]]:
    """Every registered kind by name."""
    if not _families:
        for family in FAMILIES:
            importlib.import_module(f"bridge.diagram.blocks.{family}")
    return _kinds


def family_of(name: str) -> str:
    """The module in which a kind stands."""
    return _families[normal(name)]


def find(name: str) -> type[Block] | None:
    """The class for a kind, or None."""
    return kinds().get(normal(name))


def nearest(name: str) -> list[str]:
    """Supported kinds whose names resemble one that is not supported."""
    return difflib.get_close_matches(normal(name), list(kinds()), n=3, cutoff=0.6)
