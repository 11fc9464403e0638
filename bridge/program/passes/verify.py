"""Verification: values are defined before use, assigned once, and have the types that the rules give."""

from __future__ import annotations

from collections.abc import Iterable

from bridge.errors import ProgramError
from bridge.program.form import Node, Program, Region, Value
from bridge.program.operations import operation
from bridge.program.types import BOOLEAN, INT64, Type


def verify(program: Program) -> None:
    """Raise `ProgramError` where the form is inconsistent."""
    init = _check(program.init, set())
    _check(program.step, init)
    _check_unique("parameter or input", [*program.parameters, *program.inputs])
    _check_unique("output", [output.name for output in program.outputs])
    _check_unique("slot", [slot.path for slot in program.slots])
    for hit in program.hits:
        if hit.type != Type((), BOOLEAN):
            raise ProgramError(f"a hit is a boolean scalar, not {hit.type}")
    if len(program.hits) != len(program.rates):
        raise ProgramError(f"{len(program.rates)} rates have {len(program.hits)} hits")
    for slot in program.slots:
        for value in (slot.initial, slot.next):
            if value is not None and value.type != slot.type:
                raise ProgramError(f"slot {slot.path} of {slot.type} is given {value.type}")


def _check_unique(kind: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ProgramError(f"there are two {kind}s of the name {name!r}")
        seen.add(name)


def _types(values: Iterable[Value]) -> list[Type]:
    return [value.type for value in values]


def _check_regions(node: Node) -> None:
    """The parameters and results of nested regions against the operands and outputs of the node that holds them."""
    operands, outputs = _types(node.inputs), _types(node.outputs)
    expected: list[tuple[list[Type], list[Type]]] = []  # of each region: its parameters, its results
    if node.op == "if":
        expected = [([], outputs)] * 2
    elif node.op == "loop":
        expected = [([Type((), INT64), *operands[1:]], outputs)]
    elif node.op == "map":
        rows = [[type.with_shape(type.shape[1:]) for type in types] for types in (operands, outputs)]
        expected = [(rows[0], rows[1])]
    if [(_types(region.parameters), _types(region.results)) for region in node.regions] != expected:
        raise ProgramError(f"{node.op} of {node.origin}: its regions do not fit its operands and outputs")


def _check(region: Region, outer: set[Value]) -> set[Value]:
    known = outer | set(region.parameters)
    for node in region.nodes:
        for value in node.inputs:
            if value not in known:
                raise ProgramError(f"{node.op} of {node.origin}: operand {value!r} is used before it is defined")
        for nested in node.regions:
            _check(nested, known)
        expected = operation(node.op).rule([value.type for value in node.inputs], node.attributes)
        if expected != tuple(value.type for value in node.outputs):
            raise ProgramError(f"{node.op} of {node.origin}: outputs are not {', '.join(map(str, expected))}")
        _check_regions(node)
        for value in node.outputs:
            if value in known:
                raise ProgramError(f"{node.op} of {node.origin}: {value!r} is assigned twice")
            known.add(value)
    for value in region.results:
        if value not in known:
            raise ProgramError(f"result {value!r} is not defined")
    return known
