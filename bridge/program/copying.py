"""Writing the nodes of a region again, in another place and over other values."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.program.form import Region, Value
from bridge.program.trace import emit, origin, tracing

Mapping = dict[Value, Value]


def renewed(value: Value) -> Value:
    """A new value of the same type and name."""
    return Value(value.type, value.name)


def rewrite(region: Region, of: Mapping) -> list[Value]:
    """Emit a region's nodes into the current one; `of` maps old values to new ones, and gains those defined.

    Values that `of` does not hold stay as they are. Returns the region's results.
    """
    for node in region.nodes:
        with origin(node.origin):
            nested = [copied(inner, of) for inner in node.regions]
            outputs = emit(node.op, [of.get(value, value) for value in node.inputs], node.attributes, nested)
        of.update(zip(node.outputs, outputs, strict=True))
    return [of.get(value, value) for value in region.results]


def copied(region: Region, of: Mapping) -> Region:
    """A copy of a region with parameters of its own."""
    return filled([renewed(value) for value in region.parameters], region, of)


def filled(parameters: Sequence[Value], region: Region, of: Mapping) -> Region:
    """A copy of a region over the given parameters."""
    made = Region(list(parameters))
    inner = {**of, **dict(zip(region.parameters, parameters, strict=True))}
    with tracing(made):
        made.results = rewrite(region, inner)
    return made
