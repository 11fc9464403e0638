"""What depends on time and inputs alone, computed for all steps at once, before the Scan over the steps.

The values of a node at all steps lie along a leading axis. Only operations that broadcast along it are taken out, and
only those that every step runs: none of a branch or loop.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.engines.onnx_control import LOWERINGS
from bridge.engines.onnx_graph import Graph
from bridge.engines.onnx_operations import ELEMENTWISE
from bridge.engines.onnx_shaping import SHAPING
from bridge.program import Node, Program, Value

Lowering = Callable[[Graph, Node, list[str], list[bool]], str]


def _elementwise(g: Graph, node: Node, x: list[str], along: list[bool]) -> str:
    """Operands get as many axes behind that of time as the result has."""
    rank = node.outputs[0].type.rank
    spread = []
    for name, value, is_series in zip(x, node.inputs, along, strict=True):
        missing = rank - value.type.rank
        if is_series and missing:
            name = g("Unsqueeze", name, g.integers(range(1, 1 + missing)))
        spread.append(name)
    return LOWERINGS[node.op](g, node, spread)


def _indexed(g: Graph, node: Node, x: list[str], _: list[bool]) -> str:
    return LOWERINGS[node.op](g, node, x)


def _matmul(g: Graph, node: Node, x: list[str], _: list[bool]) -> str:
    turned = g("Transpose", x[0], perm=[1, 0])
    return g.wrap(node.outputs[0].dtype, g("MatMul", x[1], turned))


def _lowering(node: Node, series: set[Value]) -> Lowering | None:
    along = [value in series for value in node.inputs]
    if not any(along):
        return None
    if node.op in ELEMENTWISE:
        return _elementwise
    if node.op in ("gather", "search") and along == [False, True]:
        return _indexed
    if node.op == "matmul" and along == [False, True] and node.inputs[1].type.rank == 1:
        return _matmul
    return None


class Series:
    """The nodes of a program's step that are taken out of the Scan."""

    def __init__(self, program: Program) -> None:
        time = () if program.time is None else (program.time,)
        self.values: set[Value] = {*program.inputs.values(), *time}
        fixed = {*program.parameters.values(), *(value for node in program.init.nodes for value in node.outputs)}
        self.nodes: dict[Node, Lowering] = {}
        self.constants = [node for node in program.step.nodes if node.op == "constant"]
        for node in program.step.nodes:
            lowering = _lowering(node, self.values)
            if lowering is not None and all(value in self.values or value in fixed for value in node.inputs):
                self.nodes[node] = lowering
                self.values.update(node.outputs)
            elif node.op == "constant":
                fixed.update(node.outputs)

        self.left = [node for node in program.step.nodes if node not in self.nodes]
        used: dict[Value, None] = {}
        for node in self.left:
            used.update(dict.fromkeys(node.inputs))
            used.update(dict.fromkeys(value for region in node.regions for value in region.free()))
        used.update(dict.fromkeys(program.step.results))
        # What the steps that are left read of all this, in order of first use.
        self.wanted = [value for value in used if value in self.values]

    def write(self, g: Graph, of: dict[Value, str]) -> None:
        """Append the nodes. `of` names what they read, the sources with their axis of time, and gains their results."""
        for node in self.constants:
            of[node.outputs[0]] = SHAPING["constant"](g, node, [])
        for node, lowering in self.nodes.items():
            before, g.origin = g.origin, node.origin
            along = [value in self.values for value in node.inputs]
            of[node.outputs[0]] = lowering(g, node, [of[value] for value in node.inputs], along)
            g.origin = before
