"""Buses that are drawn and nothing else: a selected signal is followed to where it was put into the bus.

A Bus Creator bundles signals under names, and a Bus Selector picks some of them again, perhaps in another subsystem and
out of buses within buses. Neither computes, so that neither is left in the flat diagram. A block that would compute
with a whole bus is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bridge.errors import ModelError, UnsupportedBlock
from bridge.model import Block, Endpoint
from bridge.suggestions import offered

if TYPE_CHECKING:
    from bridge.diagram.flatten import Frame
    from bridge.diagram.graph import Wire

KINDS = frozenset({"BusCreator", "BusSelector", "BusAssignment"})
PASSING = frozenset({"SignalConversion"})
"""Blocks that compute, but hand on a whole bus as it is."""
# Blocks that compute, through which the name of a signal goes; an Outport here is one of a conditional subsystem.
_NAMING = frozenset({"Outport", "SignalSpecification"})
# Steps from a Bus Selector to where a signal goes in. Blocks on the way may repeat, in a ring they do for ever.
_LONGEST = 10_000


@dataclass(frozen=True)
class Bus:
    """What output `port`, from 1, of a bus block carries: a bus, or a signal of one."""

    frame: Frame
    block: Block
    port: int

    @property
    def path(self) -> str:
        return self.frame.path_of(self.block)


Place = tuple["Frame", Endpoint]


class Wiring(Protocol):
    """What follows a line: see `Flattener`."""

    blocks: dict[str, tuple[Frame, Block]]

    def default(self, block: Block, name: str, default: str) -> str:
        """A parameter as the block or the file has it."""

    def before(self, frame: Frame, end: Endpoint) -> Place | Wire | Bus | None:
        """One step from an input port against the flow of the signal."""


def signal(wiring: Wiring, bus: Bus) -> Place | Bus:
    """Where the signal comes from that a bus block puts out; the bus itself where it is one."""
    asker, name = bus.path, _chosen(wiring, bus)
    if name is None:
        return bus
    place, rest = (bus.frame, Endpoint(bus.block.name, "in", 1)), name.split(".")
    for _ in range(_LONGEST):
        if not rest:
            return place
        frame, end = place
        found = wiring.before(frame, end)
        if isinstance(found, Bus):
            place, rest = _entry(wiring, found, rest, name, asker)
        elif isinstance(found, tuple):
            place = found
        elif found is not None:
            frame, block = wiring.blocks[found.source.path]
            if block.kind not in PASSING:
                cause = f"selects {name!r} from what {found.source.path!r} puts out, which is no bus here"
                raise UnsupportedBlock(asker, f"{cause}: they lead through lines, Goto and virtual subsystems alone")
            place = frame, Endpoint(block.name, "in", 1)
        else:
            raise ModelError(asker, f"selects {name!r} from a bus, but none arrives")
    raise ModelError(asker, f"the bus that it selects {name!r} from comes only from itself")


def _chosen(wiring: Wiring, bus: Bus) -> str | None:
    """The one signal that an output carries, as a Bus Selector names it; None of a bus."""
    if bus.block.kind != "BusSelector" or _as_bus(wiring, bus.block):
        return None
    chosen = _selected(wiring, bus.block)
    if not 1 <= bus.port <= len(chosen):
        raise ModelError(bus.path, f"has no output port {bus.port}; it selects {len(chosen)} signals")
    return chosen[bus.port - 1]


def _entry(wiring: Wiring, bus: Bus, rest: Sequence[str], name: str, asker: str) -> tuple[Place, list[str]]:
    """The input of a bus block at which the first of the names goes in, and the names that are left."""
    frame, block = bus.frame, bus.block
    chosen = _chosen(wiring, bus)
    if chosen is not None:
        return (frame, Endpoint(block.name, "in", 1)), [*chosen.split("."), *rest]
    if block.kind == "BusAssignment":
        for number, assigned in enumerate(_listed(wiring.default(block, "AssignedSignals", ""))):
            parts = assigned.split(".")
            if list(rest[: len(parts)]) == parts:
                return (frame, Endpoint(block.name, "in", number + 2)), list(rest[len(parts) :])
        return (frame, Endpoint(block.name, "in", 1)), list(rest)
    if block.kind == "BusSelector":
        selected = _selected(wiring, block)
        for full in selected:
            if full.rpartition(".")[2] == rest[0]:
                return (frame, Endpoint(block.name, "in", 1)), [*full.split("."), *rest[1:]]
        names = [full.rpartition(".")[2] for full in selected]
    else:
        names = _inputs(wiring, frame, block)
        if rest[0] in names:
            return (frame, Endpoint(block.name, "in", names.index(rest[0]) + 1)), list(rest[1:])
    there = offered(rest[0], names, "it has")
    raise ModelError(asker, f"selects {name!r}, but the bus of {bus.path!r} has no {rest[0]!r}{there}")


def _inputs(wiring: Wiring, frame: Frame, creator: Block) -> list[str]:
    """The names of a Bus Creator's inputs: as listed, or those of the signals; without either, signal1, signal2, …"""
    text = wiring.default(creator, "Inputs", "2").strip()
    listed = [] if text.isdecimal() else _listed(text)
    count = int(text) if text.isdecimal() else len(listed)
    by_line = not listed or wiring.default(creator, "InheritFromInputs", "off") == "on"
    names = []
    for k in range(1, count + 1):
        own = _label(wiring, frame, Endpoint(creator.name, "in", k)) if by_line else None
        names.append(own or (listed[k - 1] if listed else f"signal{k}"))
    return names


def _label(wiring: Wiring, frame: Frame, end: Endpoint) -> str | None:
    """The name of the signal that arrives: of its line, else the one before it (Simulink, *Signal Label Propagation*).

    Names go through From and Goto, subsystems and Signal Specification, and begin at Bus Selectors too.
    """
    for _ in range(_LONGEST):
        driver = frame.drivers.get(end)
        if driver is not None and frame.labels.get(driver):
            return frame.labels[driver]  # one in angle brackets came from before when the file was written
        found = wiring.before(frame, end)
        if isinstance(found, Bus):
            chosen = _chosen(wiring, found)
            return None if chosen is None else chosen.rpartition(".")[2]
        if isinstance(found, tuple):
            frame, end = found
        elif found is None or found.source.path not in wiring.blocks:
            return None
        else:
            frame, block = wiring.blocks[found.source.path]
            if block.kind not in _NAMING:
                return None
            end = Endpoint(block.name, "in", 1)
    return None


def _selected(wiring: Wiring, block: Block) -> list[str]:
    return _listed(wiring.default(block, "OutputSignals", ""))


def _as_bus(wiring: Wiring, block: Block) -> bool:
    return "on" in (wiring.default(block, name, "off") for name in ("OutputAsBus", "MuxedOutput"))


def _listed(text: str) -> list[str]:
    """Names between commas, as some releases write them in quotes."""
    return [name.strip().strip("'") for name in text.split(",") if name.strip()]
