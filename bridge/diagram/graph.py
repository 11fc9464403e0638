"""The flattened diagram: units that compute, groups that run under a condition, and the wires between them.

Virtual subsystems, Inports and Outports inside them, Goto and From are gone: a wire leads from the unit that makes a
signal to the unit that takes it, across any number of levels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from bridge.diagram.block import Block
from bridge.program.types import Type

if TYPE_CHECKING:
    from bridge.diagram.blocks.control_ports import HeldOutport
    from bridge.diagram.control import ControlPort
    from bridge.diagram.site import UnitSite
    from bridge.program.form import Value


RUNS = -1
"""The port of a group that tells whether it runs in this step."""


@dataclass(frozen=True)
class Wire:
    """The origin of a signal: output `port`, from 0, of a unit or a group, or `RUNS` of a group."""

    source: Member
    port: int


@dataclass(eq=False)
class Unit:
    """One block that computes. `inputs` are the wires into its ports, None where nothing is connected."""

    path: str
    block: Block
    site: UnitSite
    group: Group
    inputs: list[Wire | None] = field(default_factory=list)
    types: list[Type | None] = field(default_factory=list)

    @property
    def outputs(self) -> int:
        return self.block.count_ports()[1]

    def feeds_through(self, port: int) -> bool:
        """Whether input `port` has direct feedthrough."""
        feedthrough = self.block.feedthrough
        return feedthrough if isinstance(feedthrough, bool) else feedthrough[port]


@dataclass
class Exit:
    """A signal of a group as it is seen outside: of an Outport, which tells what it shows while the group does not run.

    Without one it is held, or zero where it `resets`.
    """

    path: str
    wire: Wire | None
    outport: HeldOutport | None = None
    resets: bool = False
    type: Type | None = None

    def initial(self, type: Type) -> Value | None:
        """What it shows before the group first runs; None where that is left open, which means zero.

        An Outport that says nothing takes it from the subsystem inside whose output it is.
        """
        if self.outport is not None and self.outport.has_initial:
            return self.outport.initial(type)
        wire = self.wire
        if wire is None or not isinstance(wire.source, Group) or wire.port == RUNS:
            return None
        return wire.source.exits[wire.port].initial(type)


@dataclass(eq=False)
class Group:
    """A subsystem that runs under a condition, or the whole diagram.

    `controls` are its control ports, units of the group around; the whole diagram has none.
    """

    path: str
    parent: Group | None = None
    controls: list[Unit] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    #: Groups that are called before this one by the same caller.
    after: list[Group] = field(default_factory=list)

    @property
    def ports(self) -> list[ControlPort]:
        """The blocks of the control ports."""
        return [cast("ControlPort", unit.block) for unit in self.controls]

    @property
    def at_events(self) -> bool:
        """Whether it runs at events: all that it shows waits for all that it reads."""
        return any(port.is_event for port in self.ports)

    @property
    def resets_states(self) -> bool:
        return any(port.resets_states for port in self.ports)

    def conditions(self, *, events: bool = True) -> list[Wire]:
        """What must be true for it to run; without `events`, for it not to be switched off."""
        return self._told(lambda port: not port.resets and (events or not port.is_event))

    def resets(self) -> list[Wire]:
        """What resets its states in a step in which it is true."""
        return self._told(lambda port: port.resets)

    def _told(self, by: Callable[[ControlPort], bool]) -> list[Wire]:
        return [Wire(unit, unit.outputs - 1) for unit in self.controls if by(cast("ControlPort", unit.block))]

    @property
    def driver(self) -> Unit | None:
        """The nearest control port at or above it that gives its sample time to all inside; None if none does."""
        for unit, port in zip(self.controls, self.ports, strict=True):
            if port.drives:
                return unit
        return None if self.parent is None else self.parent.driver

    def chain(self) -> Iterator[Group]:
        """This group and those around it, from the inside out."""
        yield self
        if self.parent is not None:
            yield from self.parent.chain()

    @property
    def types(self) -> list[Type | None]:
        return [leave.type for leave in self.exits]

    def walk(self) -> Iterator[Member]:
        """Everything inside, at any depth; a group after what is in it."""
        for member in self.members:
            if isinstance(member, Group):
                yield from member.walk()
            yield member

    def units(self) -> Iterator[Unit]:
        """Every unit inside, at any depth."""
        return (member for member in self.walk() if isinstance(member, Unit))

    def groups(self) -> Iterator[Group]:
        """Every group inside, at any depth, inner ones first."""
        return (member for member in self.walk() if isinstance(member, Group))

    def member_of(self, inner: Member) -> Member | None:
        """The member of this group that is or holds `inner`; None if it stands outside."""
        current: Member | None = inner
        while current is not None:
            holder = current.parent if isinstance(current, Group) else current.group
            if holder is self:
                return current
            current = holder
        return None


Member = Unit | Group


def lead_out(root: Group) -> None:
    """Let signals leave groups through exits only, also those that tags carry past the Outports."""
    for unit in root.units():
        unit.inputs = [wire and _led_out(wire, unit.group) for wire in unit.inputs]
    for group in root.groups():
        for leave in list(group.exits):
            leave.wire = leave.wire and _led_out(leave.wire, group)


def _led_out(wire: Wire, reader: Group) -> Wire:
    holder = wire.source.parent if isinstance(wire.source, Group) else wire.source.group
    around = list(reader.chain())
    while holder is not None and holder not in around:
        wire = exit_of(holder, wire)
        holder = holder.parent
    return wire


def exit_of(group: Group, wire: Wire) -> Wire:
    """A signal of a group as it is seen outside, held while the group does not run: by an exit beside the Outports."""
    for port, leave in enumerate(group.exits):
        if leave.wire == wire and leave.outport is None and not leave.resets:
            return Wire(group, port)
    known = wire.source.types[wire.port] if wire.source.types else None
    group.exits.append(Exit(f"{wire.source.path}:{wire.port + 1}", wire, type=known))
    return Wire(group, len(group.exits) - 1)
