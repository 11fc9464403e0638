"""Having a program hand out its own decisions: every condition of an `if` or a `select`, wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridge.program.form import Node, Output, Program, Region, Value
from bridge.program.passes.verify import verify
from bridge.program.trace import constant, tracing
from bridge.program.types import BOOLEAN


@dataclass(frozen=True)
class Decision:
    """A condition: the block that it comes from, its operation, and the outputs that tell, for each of its elements,
    whether it was true, and whether it was false, in a step."""

    origin: str
    op: str
    true: str
    false: str


def observe(program: Program) -> list[Decision]:
    """Add two outputs for every condition, in the order of the nodes; a branch that is not taken tells neither.

    Conditions that only tell whether a sample time is due, and those inside loops, are left out.
    """
    found = []
    for k, (origin, op, true, false) in enumerate(_decisions(program.step, set(program.hits))):
        names = f"?{k}:true", f"?{k}:false"
        program.outputs += [Output(name, value, "line") for name, value in zip(names, (true, false), strict=True)]
        found.append(Decision(origin, op, *names))
    program.seal()
    verify(program)
    return found


def _decisions(region: Region, hits: set[Value]) -> list[tuple[str, str, Value, Value]]:
    found = []
    for node in list(region.nodes):
        condition = node.inputs[0] if node.op in ("select", "if") else None
        if condition is not None and condition not in hits:
            with tracing(region):
                found.append((node.origin, node.op, condition, ~condition))
        if node.op == "if":
            for number in (0, 1):
                found += _from_branch(node, number, hits)
    return found


def _from_branch(node: Node, number: int, hits: set[Value]) -> list[tuple[str, str, Value, Value]]:
    """The decisions inside one branch of an `if`, as new results of the `if`."""
    found = []
    taken, other = node.regions[number], node.regions[1 - number]
    for origin, op, *values in _decisions(taken, hits):
        shown = []
        for value in values:
            with tracing(other):
                neither = constant(np.zeros(value.shape, bool), BOOLEAN)
            taken.results.append(value)
            other.results.append(neither)
            result = Value(value.type)
            result.node = node
            node.outputs = (*node.outputs, result)
            shown.append(result)
        found.append((origin, op, shown[0], shown[1]))
    node.attributes = {**node.attributes, "types": tuple(value.type for value in node.outputs)}
    return found
