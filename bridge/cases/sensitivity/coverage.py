"""What a run of a diagram never does: branches that are never taken, and states that never leave their initial value.

Conditions are read off the program itself (`bridge.program.passes.observe`), so that every block that decides anything
is seen, also in subsystems that pause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from bridge.cases.case import Case, Side
from bridge.cases.sensitivity.result import Unexercised
from bridge.cases.sides import inputs_of, simulator
from bridge.diagram.control import ControlPort
from bridge.diagram.graph import Group, Unit
from bridge.program import Output, Program, Slot
from bridge.program.passes.observe import Decision, observe
from bridge.program.types import BOOLEAN
from bridge.recording import Recording
from bridge.simulation import Simulator, record

# Blocks whose conditions are their own arithmetic and say nothing of the design.
_ARITHMETIC = ("bits", "delays", "lookup", "functions", "real_functions", "random_sources", "compensators", "edges")
_SOURCES = ("FromWorkspace", "FromFile", "Inport", "SignalGenerator", "RepeatingSequence")
# What the conditions of a block decide, in the order in which they are computed: true, false.
_MEANING: dict[str, tuple[tuple[str, str], ...]] = {
    "Switch": (("never passes its first input", "never passes its third input"),),
    "Saturate": (("never below its lower limit", ""), ("never above its upper limit", "never below its upper limit")),
    "DeadZone": (("never inside or above its zone", "never below its zone"), ("never above its zone", "never inside")),
    "Relay": (("never switched on", "never switched off"),),
}


def unexercised(case: Case, side: Side) -> list[Unexercised]:
    """What one run of a side that is a diagram never does."""
    decisions: list[Decision] = []
    states: dict[str, Slot] = {}

    def watch(program: Program) -> None:
        slots = [slot for slot in program.slots if slot.kind in ("discrete", "continuous")]
        for k, slot in enumerate(slots):
            states[f"?state{k}"] = slot
            program.outputs.append(Output(f"?state{k}", slot.current, "line"))
        decisions.extend(observe(program))

    prepared = simulator(case, side, log=["*"], transform=watch)
    inputs = {name: np.asarray(data) for name, data in inputs_of(case, side).items()}
    recorded = record(prepared, inputs, stop_time=case.stop_time)
    root = prepared.diagram.root
    units = {unit.path: unit for unit in root.units()}
    groups = {group.path: group for group in root.groups()}
    found = [
        Unexercised(side.name, "branch", path.partition("/")[2], how)
        for path, how in (*_branches(decisions, recorded, units, groups), *_booleans(prepared, recorded, units))
    ]
    for name, slot in states.items():
        if not (recorded[name] != recorded[name][:1]).any() and slot.type.size and len(recorded[name]):
            path = slot.path.partition("/")[2]
            found.append(Unexercised(side.name, "state", path, f"stays {_shown(recorded[name][0])}"))
    return list(dict.fromkeys(found))


def _branches(
    decisions: list[Decision], recorded: Recording, units: Mapping[str, Unit], groups: Mapping[str, Group]
) -> Iterator[tuple[str, str]]:
    """Conditions of blocks and of subsystems that were never true, or never false."""
    counted: dict[str, int] = {}
    for decision in decisions:
        unit = units.get(decision.origin)
        if unit is not None and (unit.block.kind in _SOURCES or _family(unit) in _ARITHMETIC):
            continue
        if unit is None and decision.origin not in groups:
            continue
        number = counted[decision.origin] = counted.get(decision.origin, -1) + 1
        if unit is None and number:  # the updates of a subsystem repeat the condition of its outputs
            continue
        seen = [np.asarray(recorded[name]).any(axis=0) for name in (decision.true, decision.false)]
        for which, value in zip((True, False), seen, strict=True):
            missing = int(value.size - np.count_nonzero(value))
            if missing and (how := _meaning(unit, number, which)):
                part = f" ({missing} of {value.size} elements)" if value.size > 1 else ""
                yield decision.origin, how + part


def _meaning(unit: Unit | None, number: int, which: bool) -> str:
    if unit is None:
        return "never runs" if which else "never pauses"
    known = _MEANING.get(unit.block.kind, ())
    if number < len(known):
        return known[number][0 if which else 1]
    return f"its condition {number + 1} is never {'true' if which else 'false'}"


def _family(unit: Unit) -> str:
    return type(unit.block).__module__.rpartition(".")[2]


def _booleans(prepared: Simulator, recorded: Recording, units: Mapping[str, Unit]) -> Iterator[tuple[str, str]]:
    """Comparisons and logic whose result is always the same."""
    for path, unit in units.items():
        if isinstance(unit.block, ControlPort):  # its subsystem is told of
            continue
        for port, type in enumerate(unit.types):
            if type is None or type.dtype != BOOLEAN or unit.block.kind in ("Constant", "Inport"):
                continue
            values = np.asarray(recorded[f"{path}:{port + 1}"])
            for which, seen in ((True, values.any(axis=0)), (False, (~values).any(axis=0))):
                missing = int(np.size(seen) - np.count_nonzero(seen))
                if missing and len(values):
                    part = f" ({missing} of {np.size(seen)} elements)" if np.size(seen) > 1 else ""
                    yield path, f"is never {'true' if which else 'false'}{part}"


def _shown(value: np.ndarray) -> str:
    return np.array2string(value, precision=5, threshold=6, edgeitems=2).replace("\n", "")
