"""The table of block kinds: which class stands for which BlockType or library block.

A class is entered with the decorator `register`. What the table holds is also what the generated list of supported
blocks shows, and what an error for an unknown kind offers instead.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TypeVar

from bridge.diagram.block import Block
from bridge.errors import ProgramError
from bridge.suggestions import closest

# The families; each module registers its kinds when it is imported. Those that most diagrams use stand first, since a
# command pays for every family that it has to look into.
FAMILIES = (
    "sources", "sinks", "mathematics", "products", "delays", "discrete", "workspace", "neural", "routing", "logic",
    "switches", "bits", "discontinuities", "discrete_filters", "discrete_integrator",
    "discrete_systems", "functions", "neural_processing", "random_sources", "selection", "sequences",
    "signal_attributes", "trigonometry", "waveforms", "lookup", "compensators",
    "sample_sources", "expressions", "control_ports", "branching", "merging", "continuous", "continuous_systems",
    "transport_delays", "second_order", "pid", "matlab_functions",
)  # fmt: skip

Kind = TypeVar("Kind", bound=type[Block])
_kinds: dict[str, type[Block]] = {}
_families: dict[str, str] = {}
_loaded: set[str] = set()


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
    for family in FAMILIES:
        _load(family)
    return _kinds


def _load(family: str) -> None:
    if family not in _loaded:
        importlib.import_module(f"bridge.diagram.blocks.{family}")
        _loaded.add(family)


def family_of(name: str) -> str:
    """The module in which a kind stands."""
    return _families[normal(name)]


def find(name: str) -> type[Block] | None:
    """The class for a kind, or None. Families are imported in turn until one has it."""
    key = normal(name)
    for family in FAMILIES:
        if key in _kinds:
            break
        _load(family)
    return _kinds.get(key)


def nearest(name: str) -> list[str]:
    """Supported kinds whose names resemble one that is not supported."""
    return closest(normal(name), kinds(), cutoff=0.6)
