"""What decides whether a subsystem runs in a step: the blocks that are its control ports.

A control port stands inside the subsystem, but computes outside, in each step of the diagram around: its input is the
signal at the subsystem's edge, and the last of its outputs tells whether the subsystem runs. A subsystem with several
of them runs where all agree. A Reset port has no part in that: what it tells is whether states start anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from bridge.diagram.block import Block
from bridge.diagram.graph import Group, Unit, Wire
from bridge.errors import ModelError

CONTROL_KINDS = {"EnablePort": "enable", "TriggerPort": "trigger", "ActionPort": "ifaction", "ResetPort": "Reset"}
"""The kinds of control ports, and the kind of endpoint at the subsystem that carries the signal of each."""


class ControlPort(Block):
    """One kind of control port. Where the drawing shows an output, that comes first."""

    #: Whether the subsystem has an Enable port beside this one, which then tells by a second input whether it is on.
    gated = False
    #: Whether the blocks inside take the sample time of the signal, and run whenever the subsystem does.
    drives: ClassVar[bool] = False

    @property
    def is_event(self) -> bool:
        """Whether the subsystem runs at events. It then computes and takes in at once, and is never switched off."""
        return False

    @property
    def called(self) -> bool:
        """Whether the signal must be a call, such as an *If* block makes."""
        return False

    @property
    def resets_states(self) -> bool:
        """Whether states take their initial values when the subsystem runs again after it was switched off."""
        return False

    @property
    def resets(self) -> bool:
        """Whether the signal, rather than deciding whether the subsystem runs, resets it.

        The last output then tells that its states take their initial values in this step.
        """
        return False

    @property
    def shows(self) -> bool:
        """Whether the drawing has an output of this block."""
        return False

    def count_ports(self) -> tuple[int, int]:
        return 1 + self.gated, 1 + self.shows


def connect_controls(group: Group) -> None:
    """Lead what enables a group to what triggers it, and refuse a signal in the place of a call."""
    for unit, port in zip(group.controls, group.ports, strict=True):
        if port.gated:
            unit.inputs[1:] = group.conditions(events=False)
        wire = unit.inputs[0]
        if wire is not None and port.called != (isinstance(wire.source, Unit) and wire.source.block.calls):
            needed = "calls, as of an If or a Function-Call Generator block," if port.called else "a signal"
            raise ModelError(port.path, f"{needed} must come in, not the output of {wire.source.path!r}")


def order_calls(root: Group) -> None:
    """Let subsystems that one call goes to run in the order of the ports of the block that splits it."""
    called: dict[Wire, list[Group | Unit]] = {}
    for group in root.groups():
        for unit, port in zip(group.controls, group.ports, strict=True):
            if port.called and unit.inputs[0] is not None:
                called.setdefault(unit.inputs[0], []).append(group)
    splits = [unit for unit in root.units() if unit.block.splits_calls]
    for unit in splits:
        if unit.inputs[0] is not None:
            called.setdefault(unit.inputs[0], []).append(unit)
    for unit in splits:
        before: list[Group] = []
        for number in range(unit.outputs):
            callees = list(_callees(Wire(unit, number), called))
            for group in callees:
                group.after += before
            before += callees


def _callees(wire: Wire, called: Mapping[Wire, Sequence[Group | Unit]]) -> Iterator[Group]:
    """The subsystems that a call reaches, through further splits."""
    for callee in called.get(wire, ()):
        if isinstance(callee, Group):
            yield callee
            continue
        for port in range(callee.outputs):
            yield from _callees(Wire(callee, port), called)
