"""Looking at a program algebraically: what a signal is made of.

A signal's elements are followed through everything that only moves them (Mux, Demux, Selector, Reshape), so that it
does not matter how a diagram bundles its signals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ModelError
from bridge.model import Model, join_path
from bridge.program import Program
from bridge.program.form import Node, Slot, Value
from bridge.program.operations import operation

Array = NDArray[Any]

# Operations that hand on elements unchanged.
MOVES = frozenset({"reshape", "transpose", "broadcast", "slice", "take", "concat"})


_DISSOLVED = frozenset({"From", "Inport", "SubSystem"})
"""Blocks that only stand for a signal from elsewhere."""


@dataclass(frozen=True)
class Elements:
    """Where each element of a signal comes from: element ``index[k]`` of ``sources[which[k]]``, in one dimension."""

    sources: tuple[Value, ...]
    which: NDArray[np.int_]
    index: NDArray[np.int_]


class Reading:
    """A model's program with the numbers of everything that does not change while it runs.

    `constants` has the values that the program computes before its first step, by symbolic value.
    """

    def __init__(self, model: Model, program: Program, parameters: Mapping[str, Array]) -> None:
        self.model = model
        self.program = program
        self.constants = evaluated(program, parameters)
        self.slots: dict[Value, Slot] = {slot.current: slot for slot in program.slots}
        self._elements: dict[Value, Elements] = {}

    def elements(self, value: Value) -> Elements:
        """The origin of every element of `value`, elements in the order of the last axis first."""
        found = self._elements.get(value)
        if found is None:
            node = value.node
            moves = node is not None and node.op in MOVES and value not in self.constants
            found = self._moved(node) if moves and node is not None else _itself(value)
            self._elements[value] = found
        return found

    def _moved(self, node: Node) -> Elements:
        parts = [self.elements(value) for value in node.inputs]
        sources = tuple(dict.fromkeys(source for part in parts for source in part.sources))
        which = [np.array([sources.index(source) for source in part.sources])[part.which] for part in parts]
        kernel = operation(node.op).kernel
        assert kernel is not None
        move: Callable[..., Any] = kernel(node.attributes)
        shapes = [value.shape for value in node.inputs]
        placed = move(*(w.reshape(shape) for w, shape in zip(which, shapes, strict=True)))
        index = move(*(part.index.reshape(shape) for part, shape in zip(parts, shapes, strict=True)))
        return Elements(sources, np.ravel(placed), np.ravel(index))

    def bare(self, value: Value) -> Value:
        """The signal that `value` shows in full and in order, perhaps in another orientation."""
        elements = self.elements(value)
        source = elements.sources[0]
        if len(elements.sources) > 1 or source.type.size != value.type.size:
            return value
        return source if np.array_equal(elements.index, np.arange(source.type.size)) else value

    def scalar(self, value: Value) -> float | None:
        """The number that a constant has in all of its elements."""
        array = self.constants.get(value)
        if array is None or array.size == 0 or not (array == array.flat[0]).all():
            return None
        return float(np.real(array.flat[0]))

    def origin(self, value: Value) -> str:
        """The path of the block that computes `value`; of a state, the block that holds it."""
        value = self.bare(value)
        if value.node is not None:
            return value.node.origin
        slot = self.slots.get(value)
        return value.name if slot is None else self.holder(slot)

    def holder(self, slot: Slot) -> str:
        """The path of the block that a state belongs to."""
        try:
            self.model.find(slot.path)
        except ModelError:
            return slot.path.rpartition(":")[0] or slot.path
        return slot.path

    def giver(self, value: Value, taker: Value) -> str:
        """The path of the block that hands `value` to the block of `taker`, also where it only passes it on."""
        own, node = self.origin(value), self.bare(taker).node
        if node is None or node.origin == own:
            return own
        paths = self._drivers(node.origin)
        others = {self.origin(operand) for operand in node.inputs if self.bare(operand) is not self.bare(value)}
        strangers = [path for path in paths if path not in others]
        return strangers[0] if own not in paths and len(strangers) == 1 else own

    def _drivers(self, path: str) -> list[str]:
        """The paths of the blocks at the other ends of a block's input lines."""
        try:
            block = self.model.find(path)
        except ModelError:
            return []
        system = block.parent
        if system is None:
            return []
        lines = [line for line in system.lines if any(end.block == block.name for end in line.destinations)]
        names = [line.source.block for line in lines if line.source is not None]
        stem = path.removesuffix(join_path(block.name))
        return [stem + join_path(name) for name in names if system.block(name).kind not in _DISSOLVED]


def _itself(value: Value) -> Elements:
    size = value.type.size
    return Elements((value,), np.zeros(size, int), np.arange(size))


def evaluated(program: Program, parameters: Mapping[str, Array]) -> dict[Value, Array]:
    """The numbers of `Program.init`. What only an engine can run (branches, Python) is left out."""
    known: dict[Value, Array] = {}
    for name, value in program.parameters.items():
        known[value] = np.asarray(parameters[name], value.dtype.numpy).reshape(value.shape)
    for node in program.init.nodes:
        kernel = operation(node.op).kernel
        if kernel is None or len(node.outputs) != 1 or any(value not in known for value in node.inputs):
            continue
        output = node.outputs[0]
        with np.errstate(all="ignore"):
            result = kernel(node.attributes)(*(known[value] for value in node.inputs))
        known[output] = np.asarray(result, output.dtype.numpy)
    return known
