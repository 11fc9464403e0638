"""Moving what does not change during a simulation out of the step: constants and functions of parameters alone."""

from __future__ import annotations

from bridge.program.form import Node, Program, Region, Value
from bridge.program.operations import operation


def hoist(program: Program) -> None:
    """Move every node of the step, and of regions in it, whose operands all belong to `init` into `init`.

    Calls of Python stay where they are: they may count, or draw random numbers.
    """
    fixed: set[Value] = set(program.init.parameters)
    for node in program.init.nodes:
        fixed.update(node.outputs)
    program.init.nodes.extend(_lift(program.step, fixed))


def _movable(node: Node, guarded: bool) -> bool:
    held = [node, *(inner for nested in node.regions for inner in nested.walk())]
    return not any(inner.op == "host" or (guarded and operation(inner.op).refuses) for inner in held)


def _lift(region: Region, fixed: set[Value], guarded: bool = False) -> list[Node]:
    lifted: list[Node] = []
    kept: list[Node] = []
    for node in region.nodes:
        for nested in node.regions:
            lifted += _lift(nested, fixed, guarded=True)
        operands = [*node.inputs, *(value for nested in node.regions for value in nested.free())]
        if all(value in fixed for value in operands) and _movable(node, guarded):
            fixed.update(node.outputs)
            lifted.append(node)
        else:
            kept.append(node)
    region.nodes = kept
    return lifted
