"""Running diagrams: whole, sample by sample, many at once."""

from __future__ import annotations

from bridge.simulation.run import record, simulate
from bridge.simulation.simulator import Simulator
from bridge.simulation.sources import Path, Workspace, load_model, load_workspace, model_workspace

__all__ = [
    "Path",
    "Simulator",
    "Workspace",
    "load_model",
    "load_workspace",
    "model_workspace",
    "record",
    "simulate",
]
