"""The neural library (``neural/…``): transfer, net-input and weight functions.

The content of these library blocks is not in a diagram's file. Formulas: Deep Learning Toolbox documentation of the
functions of the same name (``logsig``, ``tansig``, …).
"""

from __future__ import annotations

from bridge.diagram.block import Block
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value


@register("neural/Transfer Functions/logsig")
class LogSig(Block):
    """y = 1 / (1 + exp(-u))."""

    def output(self, u: Value) -> Value:
        return t.logistic(u)


@register("neural/Transfer Functions/tansig")
class TanSig(Block):
    """y = 2 / (1 + exp(-2 u)) - 1: tanh, but for the last bits."""

    def output(self, u: Value) -> Value:
        # Twice the logistic is the same number as 2 / (…): doubling is exact.
        return 2 * t.logistic(2 * u) - 1
