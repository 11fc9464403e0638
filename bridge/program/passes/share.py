"""Sharing: of two nodes that compute the same, the second takes the first one's result."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from bridge.program.form import Node, Program, Region, Value


def share(program: Program) -> None:
    """Replace repeated nodes; those with regions or with effects of their own stay."""
    replaced: dict[Value, Value] = {}
    seen: dict[Hashable, tuple[Value, ...]] = {}
    _share(program.init, seen, replaced)
    _share(program.step, seen, replaced)
    for slot in program.slots:
        slot.initial = replaced.get(slot.initial, slot.initial)
        if slot.next is not None:
            slot.next = replaced.get(slot.next, slot.next)
    program.outputs[:] = [
        type(output)(output.name, replaced.get(output.value, output.value), output.kind, output.rate, output.options)
        for output in program.outputs
    ]


def _share(region: Region, outer: Mapping[Hashable, tuple[Value, ...]], replaced: dict[Value, Value]) -> None:
    seen = outer if isinstance(outer, dict) else dict(outer)
    kept: list[Node] = []
    for node in region.nodes:
        inputs = tuple(replaced.get(value, value) for value in node.inputs)
        if inputs != node.inputs:
            node = Node(node.op, inputs, node.outputs, node.attributes, node.regions, node.origin)
        for nested in node.regions:
            # What a branch computes is not there outside it, so it gets a copy of the table.
            _share(nested, dict(seen), replaced)
        if node.regions or node.op == "host":
            kept.append(node)
            continue
        key = (node.op, inputs, _hashable(node.attributes))
        if key in seen:
            replaced.update(zip(node.outputs, seen[key], strict=True))
        else:
            seen[key] = node.outputs
            kept.append(node)
    region.nodes = kept
    region.results = [replaced.get(value, value) for value in region.results]


def _hashable(value: Any) -> Hashable:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, Mapping):
        return tuple((key, _hashable(item)) for key, item in sorted(value.items()))
    if isinstance(value, list | tuple):
        return tuple(_hashable(item) for item in value)
    assert isinstance(value, Hashable)
    return value
