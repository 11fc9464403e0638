"""Pass 4: the type of every signal, to a fixed point.

Types run along the wires from blocks that know theirs. Where a cycle leaves all of its blocks waiting, one of them is
asked what it would assume (a delay: the type of its initial condition); the assumption is replaced as soon as the real
input type is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.diagram.graph import Group, Unit, Wire
from bridge.errors import DimensionMismatch, ModelError, ProgramError
from bridge.program.types import DOUBLE, Type

GROUND = Type((), DOUBLE)
# A cycle needs a few rounds per block at most; beyond this the types of a cycle grow without end.
_ROUNDS = 200


def infer_types(root: Group) -> None:
    """Fill `Unit.types` and `Exit.type`."""
    units = list(root.units())
    assumed: set[Unit] = set()
    seen: dict[Unit, list[Type | None]] = {}
    for _ in range(_ROUNDS):
        changed = _propagate(root, units, seen)
        if changed:
            continue
        open_units = [unit for unit in units if any(type is None for type in unit.types)]
        if not open_units:
            return
        if not _assume(open_units, assumed):
            stuck = open_units[0]
            raise ModelError(stuck.path, "the type of its output cannot be determined" + _from(stuck))
    raise DimensionMismatch(units[0].path if units else root.path, "the signal sizes of a cycle never settle")


def type_of(wire: Wire | None) -> Type | None:
    """The type of a wire, as far as it is known; ground where nothing is connected."""
    return GROUND if wire is None else wire.source.types[wire.port]


def _propagate(root: Group, units: Sequence[Unit], seen: dict[Unit, list[Type | None]]) -> bool:
    changed = False
    for unit in units:
        inputs = [type_of(wire) for wire in unit.inputs]
        if seen.get(unit) == inputs:
            continue
        seen[unit] = inputs
        found = list(_infer(unit, inputs))
        for port, type in enumerate(found):
            if type is not None and type != unit.types[port]:
                unit.types[port] = type
                changed = True
    for group in root.groups():
        for leave in group.exits:
            type = type_of(leave.wire)
            if type is not None and type != leave.type:
                leave.type = type
                changed = True
    return changed


def _infer(unit: Unit, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
    try:
        return unit.block.infer(inputs)
    except ProgramError as error:
        raise misfit(unit, inputs, error) from error


def misfit(unit: Unit, inputs: Sequence[Type | None], error: ProgramError) -> DimensionMismatch:
    """The error for inputs that a block cannot combine, naming the blocks that they come from."""
    parts = [
        f"input {port + 1} is {type} from {'ground' if wire is None else repr(wire.source.path)}"
        for port, (type, wire) in enumerate(zip(inputs, unit.inputs, strict=True))
    ]
    return DimensionMismatch(unit.path, f"{error} ({'; '.join(parts)})" if parts else str(error))


def _assume(open_units: Sequence[Unit], assumed: set[Unit]) -> bool:
    for unit in open_units:
        if unit in assumed:
            continue
        assumed.add(unit)
        guess = unit.block.assume()
        for port, type in enumerate(guess):
            if unit.types[port] is None and type is not None:
                unit.types[port] = type
        if any(type is not None for type in guess):
            return True
    return False


def _from(unit: Unit) -> str:
    waiting = [wire.source.path for wire in unit.inputs if wire is not None and type_of(wire) is None]
    return f": it waits for {', '.join(waiting)}" if waiting else ""
