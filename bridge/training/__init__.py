"""Training as MATLAB's `trainnet` does it, on torch."""

from __future__ import annotations

from bridge.training.log import TrainingInfo
from bridge.training.options import TrainingOptions
from bridge.training.trainer import train

__all__ = ["TrainingInfo", "TrainingOptions", "train"]
