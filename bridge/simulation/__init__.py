"""Running diagrams: whole, sample by sample, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridge.simulation.run import record, simulate
from bridge.simulation.simulator import Simulator
from bridge.simulation.sources import Path, Workspace, load_model, load_workspace, model_workspace

if TYPE_CHECKING:
    from bridge.simulation.batch import simulate_batch as simulate_batch

__all__ = [
    "Path",
    "Simulator",
    "Workspace",
    "load_model",
    "load_workspace",
    "model_workspace",
    "record",
    "simulate",
    "simulate_batch",
]


def __getattr__(name: str) -> Any:
    """What one run does not need is imported when it is asked for."""
    if name != "simulate_batch":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bridge.simulation.batch import simulate_batch

    return simulate_batch
