"""What Merge blocks must know beyond their signals: which of them are written in a step, and in what order."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.diagram.blocks.merging import Merge
from bridge.diagram.graph import RUNS, Exit, Group, Unit, Wire
from bridge.errors import UnsupportedBlock
from bridge.program.types import BOOLEAN, Type


def connect_merges(root: Group) -> None:
    """Lead to each Merge what tells whether its signals are written. One that nothing is connected to is left out."""
    for unit, merge in _merges(root):
        signals = [wire for wire in unit.inputs if wire is not None]
        for wire in signals:
            _check_held(unit, wire)
        told = [_written(wire) for wire in signals]
        merge.told = [wire is not None for wire in told]
        unit.inputs = [*signals, *(wire for wire in told if wire is not None)]


def order_merges(root: Group, *, classic: bool) -> None:
    """Bring the signals of each Merge into the order of execution, once that is settled.

    In `classic` initialization a Merge without an initial output takes that of the Outport which runs last.
    """
    place = {member: k for group in (root, *root.groups()) for k, member in enumerate(group.members)}
    for unit, merge in _merges(root):
        count = len(merge.told)
        told = iter(unit.inputs[count:])
        rows = [
            (wire, known, next(told) if known else None)
            for wire, known in zip(unit.inputs[:count], merge.told, strict=True)
        ]
        rows.sort(key=lambda row: [] if row[0] is None else [place[each] for each in _around(row[0].source)])
        merge.told = [known for _, known, _ in rows]
        unit.inputs = [*(wire for wire, _, _ in rows), *(wire for _, known, wire in rows if known)]
        if classic:
            merge.sources = [leave for wire, _, _ in rows if (leave := _outport(wire)) is not None]


def _merges(root: Group) -> Iterator[tuple[Unit, Merge]]:
    for unit in root.units():
        if isinstance(unit.block, Merge):
            yield unit, unit.block


def _around(member: Unit | Group) -> list[Unit | Group]:
    """A member and the groups that hold it, from the outside in, without the whole diagram."""
    holder = member.parent if isinstance(member, Group) else member.group
    groups = [] if holder is None else [group for group in holder.chain() if group.parent is not None]
    return [*reversed(groups), member]


def _written(wire: Wire) -> Wire | None:
    """What tells whether a signal is written in a step; None where it always is."""
    group = wire.source
    if not isinstance(group, Group):
        return None
    leave = group.exits[wire.port]
    inner = leave.wire if leave.outport is not None and leave.outport.EnsureOutportIsVirtual else None
    told = None if inner is None or group.member_of(inner.source) is None else _written(inner)
    if told is None:
        return Wire(group, RUNS)
    # What a virtual Outport passes on from a subsystem inside is written only where that one runs, too.
    group.exits.append(Exit(f"{group.path}:written", told, resets=True, type=Type((), BOOLEAN)))
    return Wire(group, len(group.exits) - 1)


def _outport(wire: Wire | None) -> Exit | None:
    return wire.source.exits[wire.port] if wire is not None and isinstance(wire.source, Group) else None


def _check_held(unit: Unit, wire: Wire) -> None:
    group, leave = wire.source, _outport(wire)
    if isinstance(group, Group) and leave is not None and leave.resets and group.conditions(events=False):
        cause = f"merges the Outport {leave.path!r}, which resets when disabled (OutputWhenDisabled); it must hold"
        raise UnsupportedBlock(unit.path, cause)
