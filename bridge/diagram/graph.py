"""The flattened diagram: units that compute, groups that run under a condition, and the wires between them.

Virtual subsystems, Inports and Outports inside them, Goto and From are gone: a wire leads from the unit that makes a
signal to the unit that takes it, across any number of levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridge.diagram.block import Block
from bridge.program.types import Type

if TYPE_CHECKING:
    from bridge.diagram.control import Control
    from bridge.diagram.scope import Scope
    from bridge.diagram.site import UnitSite


@dataclass(frozen=True)
class Wire:
    """The origin of a signal: output `port`, from 0, of a unit or a group."""

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
    """An Outport of a group: what it shows while the group does not run. `scope` evaluates `initial`."""

    path: str
    wire: Wire | None
    initial: str
    reset: bool
    type: Type | None = None
    scope: Scope | None = None


@dataclass(eq=False)
class Group:
    """A subsystem that runs under a condition, or the whole diagram, whose `control` is None."""

    path: str
    parent: Group | None = None
    control: Control | None = None
    condition: Wire | None = None
    members: list[Member] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)

    @property
    def types(self) -> list[Type | None]:
        return [leave.type for leave in self.exits]

    def units(self) -> Iterator[Unit]:
        """Every unit inside, at any depth."""
        for member in self.members:
            if isinstance(member, Group):
                yield from member.units()
            else:
                yield member

    def groups(self) -> Iterator[Group]:
        """Every group inside, at any depth, inner ones first."""
        for member in self.members:
            if isinstance(member, Group):
                yield from member.groups()
                yield member

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
