"""Constant folding: a node whose operands are all constants, or whose result has no elements, becomes a constant."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.program.form import Node, Program, Region, Value
from bridge.program.operations import operation


def fold(program: Program) -> None:
    """Fold both regions of the program, nested ones included."""
    known: dict[Value, np.ndarray] = {}
    _fold(program.init, known)
    _fold(program.step, known)


def _fold(region: Region, known: dict[Value, np.ndarray]) -> None:
    nodes: list[Node] = []
    for node in region.nodes:
        for nested in node.regions:
            _fold(nested, known)
        if node.op == "constant":
            known[node.outputs[0]] = node.attributes["value"]
        elif node.op != "host" and len(node.outputs) == 1:
            folded = None
            if all(value in known for value in node.inputs):
                folded = _evaluate(node, known)
            elif not node.outputs[0].type.size and not operation(node.op).refuses and not node.regions:
                folded = _constant(node, np.empty(node.outputs[0].shape))
            if folded is not None:
                node = folded
                known[node.outputs[0]] = node.attributes["value"]
        nodes.append(node)
    region.nodes = nodes


def _evaluate(node: Node, known: dict[Value, np.ndarray]) -> Node | None:
    kernel = operation(node.op).kernel
    if kernel is None:
        return None
    try:
        with np.errstate(all="ignore"):
            result = kernel(node.attributes)(*(known[value] for value in node.inputs))
    except IndexError:  # an index that leaves its array, perhaps on a branch that is never taken
        return None
    return _constant(node, result)


def _constant(node: Node, result: Any) -> Node:
    output = node.outputs[0]
    array = np.array(result, dtype=output.dtype.numpy)
    array.setflags(write=False)
    return Node("constant", (), (output,), {"value": array, "type": output.type}, (), node.origin)
