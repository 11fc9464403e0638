"""Signal routing that joins, parts and reshapes signals. Goto and From are resolved before blocks are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block, Results
from bridge.diagram.parameters import Array, Choice, Integer, SampleTime, Text
from bridge.diagram.registry import register
from bridge.limits import current
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import DOUBLE, DType, Shape, Type


def flat(block: Block, u: Value) -> Value:
    """A scalar, vector, row or column as a 1-D vector."""
    if sum(size != 1 for size in u.shape) > 1:
        raise block.misshapen(f"an input of size {'x'.join(map(str, u.shape))} is no vector")
    return t.column_major(u, (u.type.size,))


def same_type(block: Block, inputs: Sequence[Value]) -> None:
    """Refuse inputs of different data types."""
    for port, u in enumerate(inputs):
        if u.dtype != inputs[0].dtype:
            raise block.mistyped(f"input 1 is {inputs[0].dtype}, but input {port + 1} is {u.dtype}")


def scalar_if_single(value: Value) -> Value:
    """A signal of one element is a scalar, whatever its dimensions."""
    return t.column_major(value, ()) if value.type.size == 1 else value


def divided(text: str) -> list[str]:
    """``[1 2],3`` at the commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in "[({") - (character in "])}")
        if character == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def _whole(block: Block, name: str, value: NDArray[Any]) -> list[int]:
    """A number of ports, or the widths of each, -1 where any will do."""
    given, most = value.ravel(), current().run_ports
    whole = given.size and given.dtype.kind != "c" and bool((np.isfinite(given) & (given == np.floor(given))).all())
    if not whole or (given < -1).any():
        raise block.wrong(name, "is no number of ports, and no widths of them")
    if len(given) > most or (len(given) == 1 and not 1 <= given[0] <= most):
        raise block.wrong(name, f"asks for other than 1 to {most:,} ports (run_ports in bridge.allow)")
    return [int(width) for width in given]


class Joining(Block):
    """What blocks share whose inputs have one data type: each asks for that of another."""

    def demand(self, port: int, inputs: Sequence[Type | None]) -> DType | None:
        return next((type.dtype for k, type in enumerate(inputs) if k != port and type is not None), None)


@register("Mux")
class Mux(Joining):
    """The inputs in a row as one vector (Simulink, *Mux*)."""

    inputs = None
    restrictions = "vectors of one data type, no buses"
    Inputs = Text("4")

    def _widths(self) -> list[int]:
        """The width of each input, -1 where any will do. Text that names the signals counts them."""
        text = self.Inputs.strip()
        names = divided(text.strip("{}"))
        if text.startswith("{") or len(names) > 1:
            return [-1] * len(names)
        widths = _whole(self, "Inputs", self.site.array("Inputs", text))
        return [-1] * widths[0] if len(widths) == 1 else widths

    def count_ports(self) -> tuple[int, int]:
        return len(self._widths()), 1

    def output(self, *u: Value) -> Value:
        same_type(self, u)
        parts = [flat(self, value) for value in u]
        for port, (part, width) in enumerate(zip(parts, self._widths(), strict=True)):
            if width not in (-1, part.type.size):
                raise self.misshapen(f"input {port + 1} has {part.type.size} elements, Inputs says {width}")
        return scalar_if_single(t.concat(parts))


@register("Demux")
class Demux(Block):
    """A vector in parts: as even as possible, or of the given widths (Simulink, *Demux*)."""

    outputs = None
    restrictions = "vectors only, no buses"
    Outputs = Array("4")
    BusSelectionMode = Choice("off")

    def _widths(self, total: int) -> list[int]:
        given = _whole(self, "Outputs", self.Outputs)
        if len(given) == 1:
            given = [-1] * given[0]
        open_ports = given.count(-1)
        left = total - sum(width for width in given if width != -1)
        if left < open_ports or (not open_ports and left):
            raise self.misshapen(f"{total} elements are not divided into Outputs = {self.Outputs.ravel().tolist()}")
        # What does not divide evenly makes the first ones longer.
        shares = iter(left // open_ports + (k < left % open_ports) for k in range(open_ports))
        return [next(shares) if width == -1 else width for width in given]

    def count_ports(self) -> tuple[int, int]:
        given = _whole(self, "Outputs", self.Outputs)
        return 1, given[0] if len(given) == 1 else len(given)

    def assume(self) -> Sequence[Type | None]:
        """As many elements as there are parts at least; parts without a width are most often scalars."""
        given = _whole(self, "Outputs", self.Outputs)
        widths = [-1] * given[0] if len(given) == 1 else given
        return [Type(() if width in (-1, 1) else (width,), DOUBLE) for width in widths]

    def output(self, u: Value) -> Results:
        u = flat(self, u)
        parts, start = [], 0
        for width in self._widths(u.type.size):
            parts.append(scalar_if_single(t.cut(u, (start, start + width))))
            start += width
        return parts


@register("Concatenate")
class Concatenate(Joining):
    """The inputs joined: vectors end to end, or arrays along a dimension (Simulink, *Vector/Matrix Concatenate*)."""

    inputs = None
    restrictions = "inputs of one data type"
    NumInputs = Integer("2")
    Mode = Choice("Vector", "Multidimensional array")
    ConcatenateDimension = Integer("1")
    SampleTime = SampleTime("-1")

    def count_ports(self) -> tuple[int, int]:
        return self.NumInputs, 1

    def output(self, *u: Value) -> Value:
        same_type(self, u)
        if self.Mode == "Vector":
            return self._vector(u)
        axis = self.ConcatenateDimension - 1
        if axis < 0:
            raise self.wrong("ConcatenateDimension", f"{axis + 1} is no dimension")
        rank = max(axis + 1, 2, *(value.type.rank for value in u))
        # A 1-D vector is a column, and missing dimensions have length 1.
        parts = [t.reshape(value, value.shape + (1,) * (rank - value.type.rank)) for value in u]
        return t.concat(parts, axis)

    def _vector(self, u: Sequence[Value]) -> Value:
        parts = [flat(self, value) for value in u]
        joined = t.concat(parts)
        rows = [value.type.rank == 2 and value.shape[0] == 1 and value.type.size > 1 for value in u]
        columns = [value.type.rank == 2 and value.shape[1] == 1 and value.type.size > 1 for value in u]
        if any(rows) and any(columns):
            raise self.misshapen("row and column vectors do not concatenate to one vector")
        size = joined.type.size
        return t.reshape(joined, (1, size) if any(rows) else (size, 1) if any(columns) else (size,))


@register("Reshape")
class Reshape(Block):
    """The elements, first dimension first, in other dimensions (Simulink, *Reshape*)."""

    inputs = None
    OutputDimensionality = Choice(
        "1-D array", "Column vector (2-D)", "Row vector (2-D)", "Customize", "Derive from reference input port"
    )
    OutputDimensions = Array("[1,1]")

    @property
    def _by_reference(self) -> bool:
        return self.OutputDimensionality == "Derive from reference input port"

    def count_ports(self) -> tuple[int, int]:
        return 1 + self._by_reference, 1

    def output(self, u: Value, *reference: Value) -> Value:
        size = u.type.size
        shape: Shape = {"Column vector (2-D)": (size, 1), "Row vector (2-D)": (1, size)}.get(
            self.OutputDimensionality, (size,)
        )
        if self.OutputDimensionality == "Customize":
            shape = tuple(int(length) for length in self.OutputDimensions.ravel())
        elif self._by_reference:
            shape = reference[0].shape
        if size == 1:
            shape = ()
        result = u.type.with_shape(shape)
        if result.size != size:
            raise self.misshapen(f"{size} elements do not fill {'x'.join(map(str, shape))}")
        return t.column_major(u, shape)


@register("PermuteDimensions")
class PermuteDimensions(Block):
    """The dimensions in another order (Simulink, *Permute Dimensions*)."""

    Order = Array("[2,1]")

    def output(self, u: Value) -> Value:
        order = tuple(int(place) - 1 for place in self.Order.ravel())
        if sorted(order) != list(range(len(order))) or len(order) < u.type.rank:
            raise self.wrong("Order", f"{[place + 1 for place in order]} is no order of the dimensions of {u.type}")
        if u.type.size == 1:
            return scalar_if_single(u)
        return t.transpose(t.reshape(u, u.shape + (1,) * (len(order) - u.type.rank)), order)


@register("Squeeze")
class Squeeze(Block):
    """An array of three or more dimensions without those of length one (Simulink, *Squeeze*)."""

    def output(self, u: Value) -> Value:
        if u.type.rank < 3:
            return u
        shape = tuple(size for size in u.shape if size != 1)
        return t.reshape(u, shape)
