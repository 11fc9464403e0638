"""Regions of the form as ONNX graphs: if as If, loop as Loop, map as Scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bridge.engines.onnx_graph import BOOL, Graph, Result, carrier
from bridge.engines.onnx_operations import ELEMENTWISE, Lowering
from bridge.engines.onnx_shaping import SHAPING
from bridge.errors import UnsupportedOperation
from bridge.program import Node, Program, Region, Value

LOWERINGS: dict[str, Lowering] = {**ELEMENTWISE, **SHAPING}


def refuse(program: Program) -> None:
    """Raise `UnsupportedOperation`, naming the block, for what ONNX cannot express."""
    for node in (*program.init.walk(), *program.step.walk()):
        where = node.origin or program.name
        if node.op not in LOWERINGS and node.op not in ("if", "loop", "map"):
            raise UnsupportedOperation(f"{where}: the onnx engine has no operation {node.op!r}")
        for value in (*node.inputs, *node.outputs):
            _check(value, where)
    for name, value in (*program.parameters.items(), *program.inputs.items()):
        _check(value, f"{program.name}: {name}")
    for slot in program.slots:
        _check(slot.current, slot.path)


def _check(value: Value, where: str) -> None:
    if value.dtype.kind in ("complex", "fixed"):
        raise UnsupportedOperation(f"{where}: the onnx engine has no {value.dtype}")


class Translation:
    """Appends regions to a graph; `of` holds the name of every value so far."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.of: dict[Value, str] = {}

    def names(self, values: list[Value] | tuple[Value, ...]) -> list[str]:
        """The names of values."""
        return [self.of[value] for value in values]

    def region(self, region: Region) -> None:
        """Append every node of a region to the current graph."""
        for node in region.nodes:
            self.node(node)

    def node(self, node: Node) -> None:
        """Append one node, which `refuse` has let pass."""
        before, self.graph.origin = self.graph.origin, node.origin
        control: dict[str, Callable[[Node], list[str]]] = {"if": self._if, "loop": self._loop, "map": self._map}
        if node.op in control:
            outputs = control[node.op](node)
        else:
            outputs = [LOWERINGS[node.op](self.graph, node, self.names(node.inputs))]
        self.of.update(zip(node.outputs, outputs, strict=True))
        self.graph.origin = before

    def _declared(self, value: Value, name: str) -> Any:
        """A parameter of a nested graph."""
        self.of[value] = self.graph.names(name)
        return self.graph.info(self.of[value], carrier(value.dtype), value.shape)

    def _closed(self, region: Region, name: str, inputs: list[Any], first: list[Result]) -> Any:
        results = [self.graph.result(self.of[value], value.type) for value in region.results]
        return self.graph.close(name, inputs, [*first, *results])

    def _if(self, node: Node) -> list[str]:
        graphs = []
        for region, name in zip(node.regions, ("then", "otherwise"), strict=True):
            with self.graph.nested():
                self.region(region)
                graphs.append(self._closed(region, name, [], []))
        branches = {"then_branch": graphs[0], "else_branch": graphs[1]}
        return self.graph.several("If", self.names(node.inputs), len(node.outputs), **branches)

    def _loop(self, node: Node) -> list[str]:
        (region,) = node.regions
        index, *carried = region.parameters
        inputs = [self._declared(index, "index")]
        going = self.graph.names("going")
        inputs.append(self.graph.info(going, BOOL, ()))
        inputs += [self._declared(value, "carried") for value in carried]
        with self.graph.nested():
            self.region(region)
            body = self._closed(region, "body", inputs, [(going, BOOL, ())])
        count, *start = self.names(node.inputs)
        return self.graph.several("Loop", [count, "", *start], len(node.outputs), body=body)

    def _map(self, node: Node) -> list[str]:
        (region,) = node.regions
        inputs = [self._declared(value, "row") for value in region.parameters]
        with self.graph.nested():
            self.region(region)
            body = self._closed(region, "rows", inputs, [])
        return self.graph.several(
            "Scan", self.names(node.inputs), len(node.outputs), body=body, num_scan_inputs=len(inputs)
        )
