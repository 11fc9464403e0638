"""Two recordings, signal by signal: how far apart they are, where first, and whether that is within tolerance."""

from __future__ import annotations

from bridge.comparing.comparison import Comparison, Exceedance, Row
from bridge.comparing.recordings import compare
from bridge.comparing.tolerance import Tolerance

__all__ = ["Comparison", "Exceedance", "Row", "Tolerance", "compare"]
