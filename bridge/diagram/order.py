"""Pass 6: the order of execution, from direct feedthrough alone; a cycle is an algebraic loop."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from bridge.diagram.graph import Group, Member, Unit, Wire
from bridge.errors import AlgebraicLoop


def sort(root: Group) -> None:
    """Sort the members of every group so that each stands after those whose outputs it needs in the same step."""
    for group in root.groups():
        _sort(group)
    _sort(root)


def needs(member: Member) -> Iterator[Wire]:
    """The wires that must carry their value before the member's outputs can be computed."""
    if isinstance(member, Unit):
        for port, wire in enumerate(member.inputs):
            if wire is not None and member.feeds_through(port):
                yield wire
        return
    yield from member.conditions()
    yield from member.resets()
    if member.at_events:
        yield from (wire for unit in member.units() for wire in unit.inputs if wire is not None)
    for inner in member.members:
        yield from needs(inner)
    for leave in member.exits:
        if leave.wire is not None:
            yield leave.wire


def _sort(group: Group) -> None:
    place = {member: k for k, member in enumerate(group.members)}
    before: dict[Member, set[Member]] = {member: set() for member in group.members}
    after: dict[Member, list[Member]] = {member: [] for member in group.members}
    for member in group.members:
        earlier = member.after if isinstance(member, Group) else []
        for needed in (*(wire.source for wire in needs(member)), *earlier):
            source = group.member_of(needed)
            # Inside a group everything that comes from itself is the business of its own order.
            if source is None or (source is member and isinstance(member, Group)):
                continue
            if source not in before[member]:
                before[member].add(source)
                after[source].append(member)
    # Ties go to the order of the file, so that a run does not depend on chance.
    ready = [place[member] for member in group.members if not before[member]]
    heapq.heapify(ready)
    ordered: list[Member] = []
    while ready:
        member = group.members[heapq.heappop(ready)]
        ordered.append(member)
        for follower in after[member]:
            before[follower].discard(member)
            if not before[follower]:
                heapq.heappush(ready, place[follower])
    if len(ordered) < len(group.members):
        raise AlgebraicLoop(_cycle({member: waits for member, waits in before.items() if waits}))
    group.members[:] = ordered


def _cycle(waiting: dict[Member, set[Member]]) -> list[str]:
    """One cycle among members that wait for each other, in the direction of the signals."""
    member = next(iter(waiting))
    trail: list[Member] = []
    while member not in trail:
        trail.append(member)
        member = min((source for source in waiting[member] if source in waiting), key=lambda source: source.path)
    return [each.path for each in reversed(trail[trail.index(member) :])]
