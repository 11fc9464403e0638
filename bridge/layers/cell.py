"""What a layer's mathematics sees of the layer while it emits one time step: options, parameters, states."""

from __future__ import annotations

from typing import Any

from bridge.network import Layer
from bridge.program import DType, Program, Slot, Type, Value
from bridge.program.trace import broadcast, cut, reshape, tracing


class Cell:
    """One layer in one direction within a program that is being traced.

    Values are vectors, or with a `batch` matrices with a column for each sequence; where whole sequences are taken, for
    each step. Parameters are arguments of the
    program, ``layer/InputWeights``, and so are the first states, ``layer/HiddenState``, as columns.
    """

    def __init__(
        self, layer: Layer, program: Program, dtype: DType, batch: int | None, half: int | None = None
    ) -> None:
        self.layer = layer
        self.program = program
        self.dtype = dtype
        self.batch = batch
        self._half = half  # of a layer in two directions: which half of its stacked rows
        self._slots: dict[str, Slot] = {}

    def option(self, name: str) -> Any:
        """An option of the layer."""
        return getattr(self.layer, name)

    def _parameter(self, name: str, columns: int | None = None) -> Value:
        path = f"{self.layer.Name}/{name}"
        if path not in self.program.parameters:
            array = self.layer.arrays.get(name)
            shape = array.shape if array is not None else tuple(size or 0 for size in self.layer.shapes()[name])
            if columns is not None:
                shape = (shape[0], columns)
            self.program.parameters[path] = Value(Type(shape, self.dtype), path)
        return self._own_rows(self.program.parameters[path])

    def _own_rows(self, value: Value) -> Value:
        if self._half is None:
            return value
        rows = value.shape[0] // 2
        return cut(value, (self._half * rows, (self._half + 1) * rows))

    def matrix(self, name: str) -> Value:
        """A learnable as it is."""
        return self._parameter(name)

    def column(self, name: str) -> Value:
        """A column of numbers, shaped to be added to the values here."""
        value = self._parameter(name)
        size = value.type.size
        return reshape(value, (size,) if self.batch is None else (size, 1))

    def state(self, name: str) -> Value:
        """A state at the beginning of the step."""
        path = f"{self.layer.Name}/{name}"
        with tracing(self.program.init):
            first = self._parameter(name, self.batch or 1)
            shape = (first.shape[0],) if self.batch is None else first.shape
            first = broadcast(reshape(first, shape), shape)
        self._slots[name] = slot = Slot(path, "discrete", first, Value(first.type, path))
        self.program.slots.append(slot)
        return slot.current

    def keep(self, **states: Value) -> None:
        """The states at the end of the step."""
        for name, value in states.items():
            self._slots[name].next = value

    def blocks(self, stacked: Value, count: int) -> list[Value]:
        """Equal blocks of rows."""
        rows = stacked.shape[0] // count
        return [cut(stacked, (k * rows, (k + 1) * rows)) for k in range(count)]
