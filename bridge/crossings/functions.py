"""The functions and products of an LSTM, as a program spells them."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.crossings.elements import Reading
from bridge.program.form import Node, Value


def logsig(reading: Reading, value: Value) -> Value | None:
    """x where the signal is logsig(x)."""
    node = reading.bare(value).node
    return node.inputs[0] if node is not None and node.op == "logistic" else None


def tansig(reading: Reading, value: Value) -> Value | None:
    """x where the signal is tanh(x) or 2 logsig(2 x) - 1."""
    node = reading.bare(value).node
    if node is not None and node.op == "tanh":
        return node.inputs[0]
    if node is None or node.op != "sub" or reading.scalar(node.inputs[1]) != 1.0:
        return None
    doubled = _half(reading, node.inputs[0])
    inner = None if doubled is None else logsig(reading, doubled)
    return None if inner is None else _half(reading, inner)


def _half(reading: Reading, value: Value) -> Value | None:
    """x where the signal is 2 x."""
    node = reading.bare(value).node
    if node is None or node.op != "mul":
        return None
    for factor, rest in (node.inputs, node.inputs[::-1]):
        if reading.scalar(factor) == 2.0 and rest not in reading.constants:
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
