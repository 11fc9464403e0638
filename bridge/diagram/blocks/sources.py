"""Sources: constants, root inports, workspace data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridge.diagram.block import Block, Results, as_parameter
from bridge.diagram.parameters import Array, DataTypeName, Flag, Matrix, SampleTime, Tunable
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.types import BOOLEAN, DOUBLE, DType, Type


@register("Constant")
class Constant(Block):
    """y = Value (Simulink, *Constant*)."""

    inputs = 0
    Value = Matrix("1")
    VectorParams1D = Flag("on")
    OutDataTypeStr = DataTypeName("Inherit: Inherit from 'Constant value'")
    SampleTime = SampleTime("inf")

    def output(self) -> Results:
        y = self.Value
        if y.type.size == 1:
            y = t.column_major(y, ())
        elif self.VectorParams1D and y.type.rank == 2 and 1 in y.shape:
            y = t.column_major(y, (y.type.size,))
        return as_parameter(y, self.OutDataTypeStr) if isinstance(self.OutDataTypeStr, DType) else y


@register("Ground")
class Ground(Block):
    """y = 0 (Simulink, *Ground*)."""

    inputs = 0

    def output(self) -> Results:
        return t.zeros(Type((), DOUBLE))


@register("Inport")
class Inport(Block):
    """A root Inport: what the caller feeds in. Without data it is zero (Simulink, *Inport*)."""

    inputs = 0
    PortDimensions = Array("-1")
    OutDataTypeStr = DataTypeName("Inherit: auto")
    SampleTime = SampleTime("-1")

    def infer(self, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
        given = self.site.external
        dtype = self.OutDataTypeStr if isinstance(self.OutDataTypeStr, DType) else (given or Type((), DOUBLE)).dtype
        sizes = tuple(int(size) for size in np.atleast_1d(self.PortDimensions).ravel())
        if sizes == (-1,):
            return [Type(given.shape if given else (), dtype)]
        shape = () if sizes == (1,) else sizes
        if given is not None and given.shape != shape:
            raise self.misshapen(f"the data given for it has size {given.shape or 1}, its PortDimensions say {shape or 1}")
        return [Type(shape, dtype)]

    def output(self) -> Results:
        (type,) = self.infer(())
        assert type is not None
        return self.site.feed(type)
