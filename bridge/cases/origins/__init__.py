"""Where two sides of a case first part: at which block, layer or gate, and at which sample."""

from __future__ import annotations

from bridge.cases.origins.first import FirstDifference, Origins
from bridge.cases.origins.weights import WeightDifference

__all__ = ["FirstDifference", "Origins", "WeightDifference"]
