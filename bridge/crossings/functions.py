"""The functions and products of an LSTM, as a program spells them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.crossings.elements import Reading
from bridge.program.form import Node, Value


@dataclass(frozen=True)
class Rows:
    """Some elements of a signal, in order: those that one gate takes of what all gates compute together."""

    value: Value
    index: NDArray[np.int_]

    @property
    def whole(self) -> bool:
        """Whether these are all elements of the signal."""
        return np.array_equal(self.index, np.arange(self.value.type.size))


def logsig(reading: Reading, value: Value) -> Rows | None:
    """x where the signal is logsig(x)."""
    node, index = _behind(reading, value)
    return Rows(node.inputs[0], index) if node is not None and node.op == "logistic" else None


def tansig(reading: Reading, value: Value) -> Rows | None:
    """x where the signal is tanh(x) or 2 logsig(2 x) - 1."""
    node, index = _behind(reading, value)
    if node is not None and node.op == "tanh":
        return Rows(node.inputs[0], index)
    if node is None or node.op != "sub" or reading.scalar(node.inputs[1]) != 1.0:
        return None
    doubled = _half(reading, node.inputs[0])
    inner = None if doubled is None else logsig(reading, doubled)
    x = _half(reading, inner.value) if inner is not None and inner.whole else None
    return None if x is None else Rows(x, index)


def _behind(reading: Reading, value: Value) -> tuple[Node | None, NDArray[np.int_]]:
    """The node that computes all elements of a signal, and which of its elements they are."""
    elements = reading.elements(value)
    return elements.sources[0].node if len(elements.sources) == 1 else None, elements.index


def _half(reading: Reading, value: Value) -> Value | None:
    """x where the signal is 2 x."""
    node = reading.bare(value).node
    if node is None or node.op != "mul":
        return None
    for factor, rest in (node.inputs, node.inputs[::-1]):
        if reading.scalar(factor) == 2.0 and rest not in reading.constants and rest.type.size == value.type.size:
            return rest
    return None


def orders(reading: Reading, value: Value) -> Iterator[tuple[Value, Value]]:
    """The two factors of a product of signals, in both orders; nothing for any other signal."""
    node = reading.bare(value).node
    if node is not None and node.op == "mul" and varies(reading, node):
        a, b = (reading.bare(operand) for operand in node.inputs)
        yield a, b
        yield b, a


def varies(reading: Reading, node: Node) -> bool:
    """Whether none of the operands is a constant."""
    return not any(operand in reading.constants for operand in node.inputs)
