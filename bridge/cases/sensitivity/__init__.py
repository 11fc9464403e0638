"""What a case would notice: how small a change of each weight or parameter fails it, and what it never exercises."""

from __future__ import annotations

from bridge.cases.sensitivity.find import sensitivity
from bridge.cases.sensitivity.result import Change, Sensitivity, Unexercised, Weight

__all__ = ["Change", "Sensitivity", "Unexercised", "Weight", "sensitivity"]
