"""Blocks that choose one of several signals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.diagram.block import Block, as_parameter
from bridge.diagram.blocks.routing import same_type
from bridge.diagram.parameters import Choice, DataTypeName, Flag, Integer, SampleTime, Text, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT32, DType


class Choosing(Block):
    """What switches share: data inputs of one data type, or converted to the output's."""

    InputSameDT = Flag("off")
    OutDataTypeStr = DataTypeName("Inherit: Inherit via internal rule")
    RndMeth = Choice("Floor", "Zero", "Ceiling", "Convergent", "Nearest", "Round", "Simplest")
    SaturateOnIntegerOverflow = Flag("off")
    SampleTime = SampleTime("-1")

    def converted(self, inputs: Sequence[Value]) -> list[Value]:
        """The data inputs in the output's data type."""
        if self.InputSameDT:
            same_type(self, inputs)
        dtype = self.result_type(self.OutDataTypeStr, inputs)
        return [a.convert(u, dtype, self.RndMeth, self.SaturateOnIntegerOverflow) for u in inputs]


@register("Switch")
class Switch(Choosing):
    """y = u1 where u2 fulfils the criterion, else u3, element by element (Simulink, *Switch*)."""

    inputs = 3
    restrictions = "data inputs of one size, or scalars"
    Criteria = Choice("u2 >= Threshold", "u2 > Threshold", "u2 ~= 0")
    Threshold = Tunable("0")
    AllowDiffInputSizes = Flag("off")

    def _passes(self, control: Value) -> Value:
        if self.Criteria == "u2 ~= 0":
            return control if control.dtype == BOOLEAN else t.not_equal(control, 0)
        if control.dtype == BOOLEAN:
            control = t.storage(control, DOUBLE)
        threshold = self.shaped(as_parameter(self.Threshold, control.dtype), control.shape, "Threshold") if (
            self.Threshold.type.size == 1 or control.type.size > 1
        ) else as_parameter(self.Threshold, control.dtype)
        return control >= threshold if self.Criteria == "u2 >= Threshold" else control > threshold

    def output(self, first: Value, control: Value, third: Value) -> Value:
        first, third = self.converted([first, third])
        first, passes, third = self.aligned(first, self._passes(control), third)
        if passes.type.size > 1 and len(set(passes.shape)) == 0:
            raise self.misshapen("the control has no size")
        return t.where(passes, first, third)
