"""A program as readable text, one line a node, for people who look inside."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bridge.program.form import Node, Program, Region, Value


def text(program: Program) -> str:
    """The whole program; values are numbered in the order of their definition."""
    names: dict[Value, str] = {value: name for name, value in program.parameters.items()}
    names.update({value: name for name, value in program.inputs.items()})
    names.update({slot.current: f"[{slot.path}]" for slot in program.slots})
    lines = [f"program {program.name}", "init:", *_lines(program.init, names, "  "), "step:"]
    lines += _lines(program.step, names, "  ")
    lines += [f"  output {output.name} = {_name(output.value, names)}" for output in program.outputs]
    lines += [
        f"  [{slot.path}] := {_name(slot.next, names)}, at first {_name(slot.initial, names)}"
        for slot in program.slots
        if slot.next is not None
    ]
    return "\n".join(lines)


def _name(value: Value, names: dict[Value, str]) -> str:
    if value not in names:
        names[value] = value.name or f"%{len(names)}"
    return names[value]


def _details(node: Node) -> Iterator[str]:
    if node.op == "constant":
        value = node.attributes["value"]
        short = value.size <= 8
        yield np.array2string(value, separator=", ").replace("\n", "") if short else f"({value.size} elements)"
        return
    for key, item in node.attributes.items():
        if key == "types":  # the outputs show them
            continue
        yield f"{key}={getattr(item, '__name__', 'function') if callable(item) else item}"


def _lines(region: Region, names: dict[Value, str], indent: str) -> Iterator[str]:
    for node in region.nodes:
        left = ", ".join(f"{_name(value, names)}: {value.type}" for value in node.outputs)
        details = " ".join(_details(node))
        right = " ".join([node.op, *(_name(value, names) for value in node.inputs), details]).rstrip()
        yield f"{indent}{left} = {right}" + (f"    # {node.origin}" if node.origin else "")
        for number, nested in enumerate(node.regions):
            yield f"{indent}  region {number}({', '.join(_name(value, names) for value in nested.parameters)}):"
            yield from _lines(nested, names, indent + "    ")
            yield f"{indent}    -> {', '.join(_name(value, names) for value in nested.results)}"
