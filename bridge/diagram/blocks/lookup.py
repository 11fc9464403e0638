"""Lookup tables: values at breakpoints, and lines between them.

An input lies in the interval whose left end is the last breakpoint not above it, in the first or last interval where it
leaves the table. In several dimensions the values are joined along the first one first (the order of MathWorks'
generated code)::

    f = (u - b[i]) / (b[i+1] - b[i])
    y = (T[i+1] - T[i]) f + T[i]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block, Results, as_parameter, widest
from bridge.diagram.blocks.arithmetic import inherited
from bridge.diagram.blocks.sequences import interpolated, looked_up
from bridge.diagram.parameters import Array, Choice, DataTypeName, Flag, Integer, Matrix, SampleTime
from bridge.diagram.registry import register
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DType

METHODS = (
    "Interpolation-Extrapolation", "Interpolation-Use End Values",
    "Use Input Nearest", "Use Input Below", "Use Input Above",
)  # fmt: skip
_DIMENSIONS = 4


@dataclass(frozen=True)
class Place:
    """Where an input lies in one dimension: the interval's two ends as indices, and the way from one to the other."""

    low: Value
    high: Value
    fraction: Value


class Table(Block):
    """What the lookup blocks share."""

    inputs: ClassVar[int | None] = None
    restrictions = "floating-point signals only"

    def floating(self, inputs: Sequence[Value]) -> DType:
        """The data type to compute in."""
        for value in inputs:
            if not value.dtype.is_float:
                raise self.mistyped(f"an input of type {value.dtype} is not supported, only double and single")
        return widest([value.dtype for value in inputs])

    def typed(self, y: Value, rule: DType | str, inputs: Sequence[Value]) -> Value:
        """The output in the data type that ``OutDataTypeStr`` means."""
        dtype = y.dtype if rule == "Same as output" else inherited(self, rule, [u.dtype for u in inputs])
        if not dtype.is_float:
            raise self.unsupported(f"an output of type {dtype}")
        return as_parameter(y, dtype)

    def ascending(self, name: str, points: NDArray[Any], size: int | None = None) -> NDArray[np.float64]:
        """Breakpoints as a vector: at least two, each above the one before, `size` of them."""
        vector = np.asarray(points, float).ravel()
        if len(vector) < 2 or not (np.diff(vector) > 0).all():
            raise self.wrong(name, "at least two breakpoints are needed, each above the one before")
        if size is not None and len(vector) != size:
            raise self.wrong(name, f"{len(vector)} breakpoints do not fit {size} table values")
        return vector


def locate(points: Value, u: Value, *, clip: bool, use_last: bool = False) -> Place:
    """The interval of `u`. With `clip` the way stays between 0 and 1; with `use_last` the last point stands alone."""
    count = points.shape[0]
    last = count - 1 if use_last else count - 2
    found = t.search(points, u) - 1
    low = t.where(found < 0, 0, t.where(found > last, last, found))
    high = t.where(low + 1 > count - 1, count - 1, low + 1)
    left = t.gather(points, low)
    inside = t.where(low < count - 1, t.gather(points, high) - left, 1.0) if use_last else t.gather(points, high) - left
    fraction = (u - left) / inside
    if clip:
        top: Value | float = t.where(low < count - 1, t.constant(1.0, u.dtype), 0.0) if use_last else 1.0
        fraction = t.where(fraction < 0, 0.0, t.where(fraction > top, top, fraction))
    return Place(low, high, fraction)


def joined(flat: Value, strides: Sequence[int], places: Sequence[Place]) -> Value:
    """The value between the corners around a point of a column-major table, along the first dimension first."""

    def value(dimension: int, offset: Value | int) -> Value:
        if dimension < 0:
            assert isinstance(offset, Value)
            return t.gather(flat, offset)
        place, stride = places[dimension], strides[dimension]
        start = value(dimension - 1, place.low * stride + offset)
        end = value(dimension - 1, place.high * stride + offset)
        return (end - start) * place.fraction + start

    return value(len(places) - 1, 0)


@register("Lookup_n-D")
class LookupND(Table):
    """A table of 1 to 4 dimensions, read on lines, at the breakpoint below or at the nearest (*n-D Lookup Table*)."""

    restrictions = "1 to 4 dimensions; floating-point signals only; inputs out of range are no error"
    NumberOfTableDimensions = Integer("2")
    DataSpecification = Choice("Table and breakpoints")
    TableSource = Choice("Dialog")
    Table = Matrix("[4 5 6;16 19 20;10 18 23]")
    BreakpointsSpecification = Choice("Explicit values", "Even spacing")
    BreakpointsForDimension1 = Array("[10,22,31]")
    BreakpointsForDimension2 = Array("[10,22,31]")
    BreakpointsForDimension3 = Array("[5, 7]")
    BreakpointsForDimension4 = Array("[1:3]")
    BreakpointsForDimension1Source = Choice("Dialog")
    BreakpointsForDimension2Source = Choice("Dialog")
    BreakpointsForDimension3Source = Choice("Dialog")
    BreakpointsForDimension4Source = Choice("Dialog")
    InterpMethod = Choice("Linear point-slope", "Linear", "Flat", "None - Flat", "Nearest")
    ExtrapMethod = Choice("Linear", "Clip", "None - Clip")
    UseLastTableValue = Flag("off")
    UseOneInputPortForAllInputData = Flag("off")
    OutDataTypeStr = DataTypeName("Inherit: Same as first input")
    SampleTime = SampleTime("-1")

    def count_ports(self) -> tuple[int, int]:
        dimensions = self.NumberOfTableDimensions
        if not 1 <= dimensions <= _DIMENSIONS:
            raise self.unsupported(f"NumberOfTableDimensions = {dimensions}")
        if self.UseOneInputPortForAllInputData and dimensions > 1:
            raise self.unsupported("one input port for all data")
        return dimensions, 1

    def output(self, *inputs: Value) -> Results:
        dtype = self.floating(inputs)
        shape = self._shape(len(inputs))
        flat = as_parameter(t.column_major(self.Table, (self.Table.type.size,)), dtype)
        strides = [int(np.prod(shape[:k])) for k in range(len(shape))]
        at = self.aligned(*(t.storage(u, dtype) for u in inputs))
        axes = [t.constant(self._points(k, size), dtype) for k, size in enumerate(shape)]
        if self.InterpMethod.startswith("Linear"):
            clip = self.ExtrapMethod != "Linear"
            last = clip and self.UseLastTableValue
            places = [locate(points, u, clip=clip, use_last=last) for points, u in zip(axes, at, strict=True)]
            y = joined(flat, strides, places)
        else:
            nearest = self.InterpMethod == "Nearest"
            rows = [_point(points, u, nearest) * s for points, u, s in zip(axes, at, strides, strict=True)]
            y = t.gather(flat, sum(rows[1:], start=rows[0]))
        return self.typed(y, self.OutDataTypeStr, inputs)

    def _shape(self, dimensions: int) -> tuple[int, ...]:
        """The size of the table in each dimension."""
        shape = self.Table.shape
        if dimensions == 1:
            return (self.Table.type.size,)
        shape = (*shape, *(1 for _ in range(dimensions - len(shape))))
        if len(shape) != dimensions:
            raise self.wrong("Table", f"a table of {'x'.join(map(str, shape))} has not {dimensions} dimensions")
        return shape

    def _points(self, dimension: int, size: int) -> NDArray[np.float64]:
        name = f"BreakpointsForDimension{dimension + 1}"
        if self.BreakpointsSpecification == "Explicit values":
            return self.ascending(name, getattr(self, name), size)
        first, spacing = (
            float(self.site.array(f"{name}{what}", self.site.text(f"{name}{what}", "1")).ravel()[0])
            for what in ("FirstPoint", "Spacing")
        )
        return self.ascending(f"{name}Spacing", first + spacing * np.arange(size))


def _point(points: Value, u: Value, nearest: bool) -> Value:
    """The index of the breakpoint below, or of the nearest, the upper one of two equally near."""
    place = locate(points, u, clip=True, use_last=not nearest)
    return t.where(place.fraction >= 0.5, place.high, place.low) if nearest else place.low


class Renamed(Matrix):
    """Table values, which older files call ``OutputValues``."""

    def text(self, block: Block) -> str:
        return block.site.text(self.name, block.site.text("OutputValues", self.default))


@register("Lookup")
class Lookup(Table):
    """y = the table at u (Simulink up to R2010, *Lookup Table*)."""

    InputValues = Array("[-5:5]")
    Table = Renamed("tanh([-5:5])")
    LookUpMeth = Choice(*METHODS)
    OutDataTypeStr = DataTypeName("Inherit: Same as input")
    SampleTime = SampleTime("-1")

    def output(self, u: Value) -> Results:
        dtype = self.floating([u])
        size = self.Table.type.size
        points = t.constant(self.ascending("InputValues", self.InputValues, size), dtype)
        values = as_parameter(t.column_major(self.Table, (size,)), dtype)
        return self.typed(read(self.LookUpMeth, points, values, u), self.OutDataTypeStr, [u])


@register("Lookup2D")
class Lookup2D(Table):
    """y = the table at row u1 and column u2 (Simulink up to R2010, *Lookup Table (2-D)*)."""

    RowIndex = Array("[1:3]")
    ColumnIndex = Array("[1:3]")
    Table = Renamed("[4 5 6;16 19 20;10 18 23]")
    LookUpMeth = Choice(*METHODS[:2])
    OutDataTypeStr = DataTypeName("Inherit: Same as first input")
    SampleTime = SampleTime("-1")

    def output(self, u1: Value, u2: Value) -> Results:
        dtype = self.floating([u1, u2])
        rows, columns = self.Table.shape
        flat = as_parameter(t.column_major(self.Table, (rows * columns,)), dtype)
        row_points = t.constant(self.ascending("RowIndex", self.RowIndex, rows), dtype)
        column_points = t.constant(self.ascending("ColumnIndex", self.ColumnIndex, columns), dtype)
        clip = self.LookUpMeth != METHODS[0]
        at = self.aligned(t.storage(u1, dtype), t.storage(u2, dtype))
        places = [locate(points, u, clip=clip) for points, u in zip((row_points, column_points), at, strict=True)]
        return self.typed(joined(flat, (1, rows), places), self.OutDataTypeStr, [u1, u2])


@register("simulink/Lookup Tables/Lookup Table Dynamic")
class LookupDynamic(Table):
    """y = the table of the inputs xdat and ydat at the input x (Simulink, *Lookup Table Dynamic*)."""

    inputs = 3
    restrictions = "floating-point signals only; xdat ascending, which is not checked"
    LookUpMeth = Choice(METHODS[1], METHODS[0], *METHODS[2:])
    OutDataTypeStr = DataTypeName("fixdt('double')")

    def output(self, x: Value, xdat: Value, ydat: Value) -> Results:
        dtype = self.floating([x, xdat, ydat])
        size = xdat.type.size
        if size < 2 or ydat.type.size != size:
            raise self.misshapen(f"{size} breakpoints and {ydat.type.size} values make no table")
        points, values = (t.storage(t.column_major(data, (size,)), dtype) for data in (xdat, ydat))
        y = read(self.LookUpMeth, points, values, t.storage(x, dtype))
        return self.typed(y, self.OutDataTypeStr, [x, xdat, ydat])


def read(method: str, points: Value, values: Value, u: Value) -> Value:
    """A table of one dimension at `u`."""
    return interpolated(points, values, u) if method == METHODS[0] else looked_up(method, points, values, u)
