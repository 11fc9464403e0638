"""Blocks that choose one of several signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from bridge.diagram.block import Block, as_parameter
from bridge.diagram.blocks.arithmetic import inherited
from bridge.diagram.blocks.routing import flat, same_type
from bridge.diagram.parameters import Choice, DataTypeName, Flag, Integer, SampleTime, Text, Tunable
from bridge.diagram.registry import register
from bridge.matlab.values import Cell
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, INT32, DType, Type


class Choosing(Block):
    """What switches share: data inputs of one data type, or converted to the output's."""

    spreads = True
    #: The input port that chooses, from 0.
    control: ClassVar[int] = 0
    InputSameDT = Flag("off")
    OutDataTypeStr = DataTypeName("Inherit: Inherit via internal rule")
    RndMeth = Choice("Floor", "Zero", "Ceiling", "Convergent", "Nearest", "Round", "Simplest")
    SaturateOnIntegerOverflow = Flag("off")
    SampleTime = SampleTime("-1")

    def converted(self, inputs: Sequence[Value]) -> list[Value]:
        """The data inputs in the output's data type."""
        if self.InputSameDT:
            same_type(self, inputs)
        dtype = inherited(self, self.OutDataTypeStr, [u.dtype for u in inputs], _reaching_highest)
        return [a.convert(u, dtype, self.RndMeth, self.SaturateOnIntegerOverflow) for u in inputs]

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        data = [type.dtype for k, type in enumerate(inputs) if k not in (port, self.control) and type is not None]
        if port == self.control:
            return None
        return self.OutDataTypeStr if isinstance(self.OutDataTypeStr, DType) else next(iter(data), None)


def _reaching_highest(block: Block, dtypes: Sequence[DType]) -> DType:
    """The data type of a switch by its internal rule: of the inputs' the one that holds the largest numbers."""
    floats = [dtype for dtype in dtypes if dtype.kind in ("float", "complex")]
    if floats:
        return max(floats, key=lambda dtype: (dtype.kind == "complex", dtype.bits))
    return max(dtypes, key=lambda dtype: 1 if dtype == BOOLEAN else dtype.limits[1])


@register("Switch")
class Switch(Choosing):
    """y = u1 where u2 fulfils the criterion, else u3, element by element (Simulink, *Switch*)."""

    inputs = 3
    control = 1
    restrictions = "data inputs of one size, or scalars"
    Criteria = Choice("u2 >= Threshold", "u2 > Threshold", "u2 ~= 0")
    Threshold = Tunable("0")

    def _passes(self, control: Value) -> Value:
        if self.Criteria == "u2 ~= 0":
            return control if control.dtype == BOOLEAN else t.not_equal(control, 0)
        if control.dtype == BOOLEAN:
            control = t.storage(control, DOUBLE)
        control, threshold = self.aligned(control, as_parameter(self.Threshold, control.dtype))
        return control >= threshold if self.Criteria == "u2 >= Threshold" else control > threshold

    def output(self, first: Value, control: Value, third: Value) -> Value:
        first, third = self.converted([first, third])
        first, passes, third = self.aligned(first, self._passes(control), third)
        return t.where(passes, first, third)


@register("MultiPortSwitch")
class MultiPortSwitch(Choosing):
    """The data input that the first input names by number (Simulink, *Multiport Switch*, *Index Vector*).

    A number that names none gives the default: the last data port, or a port of its own.
    """

    inputs = None
    restrictions = "no diagnostics for a number that names no port: it gives the default; no enumerations"
    Inputs = Integer("3")
    DataPortOrder = Choice("One-based contiguous", "Zero-based contiguous", "Specify indices")
    DataPortIndices = Text("{1,2,3}")
    DataPortForDefault = Choice("Last data port", "Additional data port")
    zeroidx = Flag("off")

    @property
    def _first(self) -> int:
        """The number of the first port. Older files say `zeroidx`."""
        return 0 if self.DataPortOrder == "Zero-based contiguous" or self.zeroidx else 1

    def _labels(self) -> list[list[int]]:
        """The numbers that name each data port."""
        if self.DataPortOrder != "Specify indices":
            return [[self._first + k] for k in range(self.Inputs)]
        cells = self.site.value("DataPortIndices", self.DataPortIndices)
        if not isinstance(cells, Cell):
            raise self.wrong("DataPortIndices", f"a cell array such as {{1,2,3}} is needed, not {cells!r}")
        labels = [np.asarray(cell) for cell in cells]
        if any(label.dtype.kind not in "biuf" or (label % 1).any() for label in labels):
            raise self.wrong("DataPortIndices", "whole numbers are needed")
        return [[int(number) for number in label.ravel()] for label in labels]

    def count_ports(self) -> tuple[int, int]:
        extra = self.DataPortForDefault == "Additional data port"
        return 1 + len(self._labels()) + extra, 1

    def output(self, control: Value, *data: Value) -> Value:
        if control.type.size != 1:
            raise self.unsupported(f"a control signal of {control.type.size} elements")
        number = t.reshape(control, ())
        # What is not whole is cut off.
        number = (
            t.trunc(number)
            if number.dtype.is_float
            else t.storage(number, INT32)
            if (number.dtype == BOOLEAN)
            else number
        )
        if len(data) == 1:
            return self._element(number, data[0])
        choices = self.aligned(*self.converted(data))
        y = choices[-1]
        for labels, choice in reversed(list(zip(self._labels(), choices, strict=False))):
            y = t.where(self._named(number, labels), choice, y)
        return y

    def _named(self, number: Value, labels: Sequence[int]) -> Value:
        low, high = (-np.inf, np.inf) if number.dtype.is_float else number.dtype.limits
        hits = [t.equal(number, label) for label in labels if low <= label <= high]
        result = t.constant(False, BOOLEAN)
        for hit in hits:
            result = result | hit
        return result

    def _element(self, number: Value, data: Value) -> Value:
        """A single data input is a vector of which one element is chosen."""
        vector = flat(self, self.converted([data])[0])
        return t.gather(vector, t.storage(number, INT32) - self._first)


@register("ManualSwitch", "simulink/Signal Routing/Manual Switch")
class ManualSwitch(Block):
    """y = u1, or u2 where CurrentSetting is 0 (Simulink, *Manual Switch*)."""

    inputs = 2
    CurrentSetting = Text("1")
    sw = Text("1")  # how links of older files spell it
    SampleTime = SampleTime("-1")

    def output(self, first: Value, second: Value) -> Value:
        setting = self.site.text("CurrentSetting", self.sw).strip()
        if setting not in ("0", "1"):
            raise self.wrong("CurrentSetting", f"0 or 1 is needed, not {setting!r}")
        return first if setting == "1" else second
