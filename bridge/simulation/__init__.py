"""Running diagrams: whole, sample by sample, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridge.simulation.run import record, simulate
from bridge.simulation.simulator import Simulator
from bridge.simulation.sources import Path, Workspace, load_model, load_workspace, model_workspace

if TYPE_CHECKING:
    from bridge.simulation.batch import simulate_batch as simulate_batch
    from bridge.simulation.batch_simulator import BatchSimulator as BatchSimulator

__all__ = [
    "BatchSimulator",
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


_LATER = {"simulate_batch": "batch", "BatchSimulator": "batch_simulator"}


def __getattr__(name: str) -> Any:
    """What one run does not need is imported when it is asked for."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
