"""Pass 4: the type of every signal, to a fixed point.

Types run along the wires from blocks that know theirs. Where a cycle leaves all of its blocks waiting, one of them is
asked what it would assume, the surest first: a delay with a vector as initial condition that vector's type, a sum what
its known inputs make it, a Demux scalars, a delay with a scalar a scalar. The assumption is replaced as soon as the
real input type is known, and what does not fit is an error only if it does not fit then.

A block with the rule ``Inherit via back propagation`` waits until all else has settled; then it takes the data type
that a block which it drives asks for, or double where none asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bridge.diagram.block import widest
from bridge.diagram.graph import RUNS, Group, Member, Unit, Wire
from bridge.diagram.order import sort
from bridge.errors import DimensionMismatch, ModelError, ProgramError
from bridge.program.trace import origin
from bridge.program.types import BOOLEAN, DOUBLE, DType, Type

GROUND = Type((), DOUBLE)
# A cycle needs a few rounds more than it has blocks; beyond this its types grow without end.
_ROUNDS = 200


def infer_types(root: Group) -> None:
    """Fill `Unit.types` and `Exit.type`."""
    members = list(root.walk())
    units = [member for member in members if isinstance(member, Unit)]
    assumed: set[Unit] = set()
    seen: dict[Unit, list[Type | None]] = {}
    misfits: dict[Unit, ModelError] = {}
    for turn in range(_ROUNDS + len(units)):
        # There and back again, so that a long chain settles soon whichever way it stands in the file.
        changed = _propagate(members if turn % 2 == 0 else members[::-1], seen, misfits)
        if misfits and not assumed:
            raise next(iter(misfits.values()))
        if changed:
            continue
        open_units = [unit for unit in units if any(type is None for type in unit.types)]
        if not open_units and not misfits:
            return
        if _ask(root, open_units, seen):
            continue
        if not _assume([unit for unit in open_units if unit not in misfits], assumed):
            if misfits:
                raise next(iter(misfits.values()))
            sort(root)  # a cycle without a delay is an algebraic loop, which says more
            stuck = open_units[0]
            raise ModelError(stuck.path, "the type of its output cannot be determined" + _from(stuck))
    raise DimensionMismatch(units[0].path if units else root.path, "the signal sizes of a cycle never settle")


def type_of(wire: Wire | None) -> Type | None:
    """The type of a wire, as far as it is known; ground where nothing is connected."""
    if wire is not None and wire.port == RUNS:
        return Type((), BOOLEAN)
    return GROUND if wire is None else wire.source.types[wire.port]


def _propagate(members: Sequence[Member], seen: dict[Unit, list[Type | None]], misfits: dict[Unit, ModelError]) -> bool:
    """Once over all blocks, and what leaves their groups; whether any type is new."""
    changed = False
    for member in members:
        if isinstance(member, Group):
            changed = _leave(member) or changed
            continue
        inputs = [type_of(wire) for wire in member.inputs]
        if seen.get(member) == inputs:
            continue
        seen[member] = inputs
        misfits.pop(member, None)
        try:
            found = list(_infer(member, inputs))
        except ModelError as error:
            misfits[member] = error
            continue
        for port, type in enumerate(found):
            if type is not None and type != member.types[port]:
                member.types[port] = type
                changed = True
    return changed


def _leave(group: Group) -> bool:
    """Let the exits of a group have the types of what leaves there; whether any is new."""
    changed = False
    for leave in group.exits:
        type = type_of(leave.wire)
        if type is not None and type != leave.type:
            leave.type = type
            changed = True
    return changed


def _infer(unit: Unit, inputs: Sequence[Type | None]) -> Sequence[Type | None]:
    try:
        with origin(unit.path):
            return unit.block.infer(inputs)
    except (ProgramError, DimensionMismatch) as error:
        raise misfit(unit, inputs, error) from error


def misfit(unit: Unit, inputs: Sequence[Type | None], error: ProgramError | DimensionMismatch) -> DimensionMismatch:
    """The error for inputs that a block cannot combine, naming the blocks that they come from."""
    cause = error.cause if isinstance(error, DimensionMismatch) else str(error)
    parts = [
        f"input {port + 1} is {type} from {'ground' if wire is None else repr(wire.source.path)}"
        for port, (type, wire) in enumerate(zip(inputs, unit.inputs, strict=True))
    ]
    return DimensionMismatch(unit.path, f"{cause} ({'; '.join(parts)})" if parts else cause)


def _ask(root: Group, open_units: Sequence[Unit], seen: dict[Unit, list[Type | None]]) -> bool:
    """Give one block the data type that those which it drives ask for; False where none waits for it."""
    waiting = [unit for unit in open_units if unit.block.inherits_back and unit.site.demanded is None]
    for unit in waiting:
        asked = (
            reader.block.demand(port, [type_of(wire) for wire in reader.inputs])
            for reader, port in _readers(root, Wire(unit, 0))
        )
        unit.site.demanded = next((dtype for dtype in asked if dtype is not None), None)
        if unit.site.demanded is not None:
            del seen[unit]
            return True
    for unit in waiting[:1]:
        unit.site.demanded = DOUBLE
        del seen[unit]
    return bool(waiting)


def _readers(root: Group, wire: Wire) -> Iterator[tuple[Unit, int]]:
    """The blocks that read a signal, and the input at which they do, through Outports of groups too."""
    for unit in root.units():
        yield from ((unit, port) for port, given in enumerate(unit.inputs) if given == wire)
    for group in root.groups():
        for port, leave in enumerate(group.exits):
            if leave.wire == wire:
                yield from _readers(root, Wire(group, port))


def _assume(open_units: Sequence[Unit], assumed: set[Unit]) -> bool:
    """Let one block assume its output types; False where none is left that would."""
    free = [unit for unit in open_units if unit not in assumed]
    own = [(unit, unit.block.assume()) for unit in free]
    sure = [(unit, types) for unit, types in own if any(type is not None and type.shape for type in types)]
    rest = [(unit, types) for unit, types in own if any(type is not None for type in types)]
    rest.sort(key=lambda guess: -len(guess[1]))  # the parts of a vector say more of it than the one start of a delay
    for unit, guess in (*sure, *_spread(free, Type((), _entering(open_units))), *rest):
        assumed.add(unit)
        dtype = _entering(_cycle(unit, open_units))
        for port, type in enumerate(guess):
            if unit.types[port] is None:
                unit.types[port] = _as(dtype, type)
        return True
    return False


def _cycle(unit: Unit, open_units: Sequence[Unit]) -> list[Unit]:
    """The blocks that wait for this one and that it waits for, itself among them."""
    waiting = set(open_units)
    before = {one: [source for source in _sources(one) if source in waiting] for one in open_units}
    behind: dict[Unit, list[Unit]] = {one: [] for one in open_units}
    for one, sources in before.items():
        for source in sources:
            behind[source].append(one)
    around = _reached(unit, before) & _reached(unit, behind)
    return [one for one in open_units if one in around]


def _reached(start: Unit, following: Mapping[Unit, Sequence[Unit]]) -> set[Unit]:
    found, pending = {start}, [start]
    while pending:
        new = [one for one in following[pending.pop()] if one not in found]
        found.update(new)
        pending.extend(new)
    return found


def _sources(unit: Unit) -> Iterator[Unit]:
    """The blocks that its inputs come from, out of groups too."""
    for given in unit.inputs:
        wire = given
        while wire is not None and isinstance(wire.source, Group):
            wire = None if wire.port == RUNS else wire.source.exits[wire.port].wire
        if wire is not None and isinstance(wire.source, Unit):
            yield wire.source


def _entering(open_units: Sequence[Unit]) -> DType:
    """The data type of what comes into a cycle from outside, which the cycle takes on; double where nothing does."""
    found = [type_of(wire) for unit in open_units for wire in unit.inputs if wire is not None]
    numeric = [type.dtype for type in found if type is not None and type.dtype.kind in ("float", "int")]
    return widest(numeric) if numeric else DOUBLE


def _as(dtype: DType, guess: Type | None) -> Type | None:
    """A guess that does not know its data type, which then reads double, with one that is likelier."""
    return guess if guess is None or guess.dtype != DOUBLE else guess.with_dtype(dtype)


def _spread(units: Sequence[Unit], ground: Type) -> Iterator[tuple[Unit, list[Type | None]]]:
    """Blocks that spread scalars over the size of their other inputs, with what the known ones of these make them."""
    for unit in units:
        inputs = [type_of(wire) for wire in unit.inputs]
        if not unit.block.spreads or not any(type is not None and type.shape for type in inputs):
            continue
        try:
            yield unit, list(unit.block.infer([type or ground for type in inputs]))
        except (ProgramError, DimensionMismatch):
            continue


def _from(unit: Unit) -> str:
    waiting = [wire.source.path for wire in unit.inputs if wire is not None and type_of(wire) is None]
    return f": it waits for {', '.join(waiting)}" if waiting else ""
