"""Pass 7: the sorted diagram into nodes of a program.

First all outputs in sorted order, then all updates. A group becomes an ``if`` whose other side keeps its slots and
shows its held outputs; so does a unit that is due only at some steps. Updates join the same ``if`` where every signal
that they need is there already; otherwise they follow in a second one.

Where there are continuous states, their derivatives follow with the updates, and what minor steps keep is marked:
outputs of blocks whose sample time is not continuous, and the conditions of groups. `integrate` goes on from there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from bridge.diagram.block import as_parameter
from bridge.diagram.graph import RUNS, Exit, Group, Member, Unit, Wire
from bridge.diagram.inference import misfit, type_of
from bridge.diagram.rates import Timing
from bridge.errors import DimensionMismatch, ModelError, ProgramError
from bridge.program import Program
from bridge.program.form import Flow, Slot, SlotKind, Value
from bridge.program.trace import branch, broadcast, constant, major, origin, tracing, where, zeros
from bridge.program.types import BOOLEAN, DOUBLE, Type

Key = tuple[Member, int]


class Lowering:
    """The state of the pass: the value of every signal, and of every slot as read and as left by this step."""

    def __init__(self, program: Program, timing: Timing) -> None:
        self.program = program
        self.timing = timing
        self.values: dict[Key, Value] = {}
        self.slots: dict[tuple[Any, str], Slot] = {}
        self.owned: dict[Any, dict[str, Slot]] = {}
        self.reading: dict[Slot, Value] = {}
        #: What a continuous slot was before its block has reset it.
        self.before: dict[Slot, Value] = {}
        self.following: dict[Slot, Value] = {}
        self.updated: set[Group] = set()
        self.hits: dict[int, Value] = {}
        #: Of each block that computes in minor steps, the slots that go on there; of continuous ones the derivative.
        self.flows: dict[Unit, dict[str, Slot]] = {}
        self.derivatives: dict[Slot, Value] = {}

    # Slots -----------------------------------------------------------------------------------------------------------

    def slot(self, key: tuple[Any, str], path: str, kind: SlotKind, initial: Value) -> Slot:
        """A new slot of the program."""
        slot = Slot(path, kind, initial, Value(initial.type, path))
        self.program.slots.append(slot)
        self.slots[key] = slot
        self.owned.setdefault(key[0], {})[key[1]] = slot
        return slot

    def read(self, slot: Slot) -> Value:
        """The slot's value as blocks see it here: a group that starts again may see the initial one."""
        return self.reading.get(slot, slot.current)

    def left(self, slot: Slot) -> Value:
        """The slot's value after what has been traced so far."""
        return self.following.get(slot, slot.current)

    def declare(self, root: Group) -> None:
        """Make the slots of every block, group and slow unit."""
        for unit in root.units():
            site = unit.site
            with tracing(self.program.init), origin(unit.path):
                types = [self._type(wire) for wire in unit.inputs]
                try:
                    states = unit.block.states(*types)
                    for name, state in states.items():
                        initial = state.initial if state.like is None else fitted(unit, name, state.initial, state.like)
                        path = f"{unit.path}:{name}" if name != "x" else unit.path
                        self.slot((unit, name), path, state.kind, initial)
                except ProgramError as error:  # a parameter and a signal that do not go together
                    raise misfit(unit, types, error) from error
            site.reader = self._reader(unit)
            if self.timing.of[unit] is not None and not unit.block.momentary:
                self._hold(unit, [self._known(type) for type in unit.types], unit.path)
        for group in root.groups():
            with tracing(self.program.init):
                if self._restarts(group):
                    self.slot((group, ":starts"), f"{group.path}:starts", "start flag", constant(True, BOOLEAN))
                for port, leave in enumerate(group.exits):
                    type = self._known(leave.type)
                    told = leave.initial(type)
                    initial = zeros(type) if told is None else told
                    self.slot((group, f":out{port}"), leave.path, "held output", initial)

        self._declare_flows(root)

    def _declare_flows(self, root: Group) -> None:
        """Find out which slots go on in minor steps, if there are continuous ones at all."""
        if not any(slot.kind == "continuous" for slot in self.program.slots):
            return
        for unit in root.units():
            unit.site.flowing = True
            slots = self.owned.get(unit, {})
            at_events = any(group.at_events for group in unit.group.chain())
            if at_events and any(slot.kind == "continuous" for slot in slots.values()):
                raise ModelError(unit.path, "has a continuous state, which a triggered or called subsystem cannot hold")
            if (
                not at_events
                and unit in self.timing.continuous
                and all(unit.block.minor or slot.kind == "continuous" for slot in slots.values())
            ):
                self.flows[unit] = slots
                for slot in slots.values():
                    slot.flow = Flow()

    @property
    def flowing(self) -> bool:
        """Whether there are continuous states."""
        return bool(self.flows)

    def _major(self, value: Value) -> Value:
        return major(value) if self.flowing else value

    def _hold(self, member: Member, types: Sequence[Type], path: str) -> None:
        with tracing(self.program.init):
            for port, type in enumerate(types):
                suffix = f":held{port + 1}" if len(types) > 1 else ":held"
                self.slot((member, f":out{port}"), f"{path}{suffix}", "held output", zeros(type))

    @staticmethod
    def _known(type: Type | None) -> Type:
        if type is None:
            raise ProgramError("a signal is lowered before its type is known")
        return type

    def _type(self, wire: Wire | None) -> Type:
        return self._known(type_of(wire))

    def _reader(self, unit: Unit) -> Callable[[str], Value]:
        wire = unit.inputs[0] if unit.block.is_state_port else None
        if wire is None:
            return lambda name: self.read(self.slots[unit, name])
        owner = wire.source
        return lambda name: self._unreset(self.slots[owner, name])

    def _unreset(self, slot: Slot) -> Value:
        """A continuous slot as it is before its block resets it, whichever of the two is traced first."""
        value = self.before.get(slot, self.read(slot))
        if slot.flow is not None and value not in slot.flow.seen:
            slot.flow.seen.append(value)
        return value

    # Members ---------------------------------------------------------------------------------------------------------

    def value(self, wire: Wire | None) -> Value:
        """The value of a signal; zero where nothing is connected."""
        return zeros(Type((), DOUBLE)) if wire is None else self.values[wire.source, wire.port]

    def run(self, root: Group) -> None:
        """Trace the whole step."""
        self.outputs(root)
        self.updates(root)
        for slot, value in self.following.items():
            slot.next = value
        for slot, value in self.derivatives.items():
            assert slot.flow is not None
            slot.flow.derivative = value

    def outputs(self, group: Group) -> None:
        """Trace the outputs of every member."""
        for member in group.members:
            with origin(member.path):
                if isinstance(member, Group):
                    self._group(member)
                else:
                    self._unit(member)

    def updates(self, group: Group) -> None:
        """Trace the updates of every member that has not been updated together with its outputs."""
        for member in group.members:
            with origin(member.path):
                if isinstance(member, Unit):
                    self._update(member)
                elif member not in self.updated:
                    self._group_update(member)

    def _call(self, unit: Unit) -> list[Value]:
        inputs = [
            # What has no feedthrough must not be looked at, and may not be there yet.
            self.values.get((wire.source, wire.port), Value(self._type(wire))) if wire is not None else self.value(None)
            for wire in unit.inputs
        ]
        try:
            if unit in self.flows:
                self._begin(unit, inputs)
            return unit.block.results(unit.block.output(*inputs))
        except ProgramError as error:
            raise misfit(unit, [type_of(wire) for wire in unit.inputs], error) from error

    def _begin(self, unit: Unit, inputs: Sequence[Value]) -> None:
        """Let a block reset its continuous states, and note by which values it reads its states from here on."""
        slots = self.flows[unit]
        self.before.update((slot, self.read(slot)) for slot in slots.values())
        for name, value in unit.block.begin(*inputs).items():
            self.reading[slots[name]] = value
        for slot in slots.values():
            assert slot.flow is not None
            slot.flow.seen.append(self.read(slot))
            if slot.kind == "continuous":
                self.following[slot] = self.read(slot)

    def _unit(self, unit: Unit) -> None:
        rate = self.timing.of[unit]
        if rate is None:
            results = self._call(unit)
        elif unit.block.momentary:
            none = [zeros(self._known(type)) for type in unit.types]
            results = list(self._either(self.hit(rate), lambda: self._call(unit), none))
        else:
            held = [self.slots[unit, f":out{port}"] for port in range(unit.outputs)]
            results = list(self._either(self.hit(rate), lambda: self._call(unit), [self.left(s) for s in held]))
            self.following.update(zip(held, results, strict=True))
        for port, value in enumerate(results):
            if value.type != unit.types[port]:
                raise DimensionMismatch(unit.path, f"its output {port + 1} is {value.type}, not {unit.types[port]}")
            self.values[unit, port] = value if unit in self.flows else self._major(value)

    def _update(self, unit: Unit) -> None:
        def call() -> dict[str, Value]:
            try:
                return dict(unit.block.update(*(self.value(wire) for wire in unit.inputs)))
            except ProgramError as error:
                raise misfit(unit, [type_of(wire) for wire in unit.inputs], error) from error

        rate = self.timing.of[unit]
        slots = {name: slot for name, slot in self.owned.get(unit, {}).items() if not name.startswith(":")}
        if not slots:
            return
        if rate is None:
            for name, value in call().items():
                self.following[slots[name]] = value
            if unit in self.flows:
                self._derive(unit)
            return

        def updated() -> list[Value]:
            values = call()
            return [values.get(name, self.left(slot)) for name, slot in slots.items()]

        results = self._either(self.hit(rate), updated, [self.left(slot) for slot in slots.values()])
        self.following.update(zip(slots.values(), results, strict=True))

    def _derive(self, unit: Unit) -> None:
        """Trace the derivatives of a block's continuous states."""
        for name, value in unit.block.derivative(*(self.value(wire) for wire in unit.inputs)).items():
            slot = self.slots[unit, name]
            if value.type != slot.type:
                raise DimensionMismatch(unit.path, f"the derivative of its state is {value.type}, not {slot.type}")
            self.derivatives[slot] = value

    def hit(self, rate: int) -> Value:
        """Whether a rate is due: a boolean argument of the step."""
        if rate not in self.hits:
            self.hits[rate] = Value(Type((), BOOLEAN), f"hit{rate}")
        return self.hits[rate]

    @staticmethod
    def _either(condition: Value, then: Callable[[], Sequence[Value]], otherwise: Sequence[Value]) -> tuple[Value, ...]:
        return branch(condition, then, lambda: otherwise) if otherwise else ()

    # Groups ----------------------------------------------------------------------------------------------------------

    def _condition(self, group: Group, *, events: bool = True) -> Value:
        """Whether a group runs; without `events`, whether it is not switched off."""
        told = [self.value(wire) for wire in group.conditions(events=events)]
        return self._major(reduce(operator.and_, told) if told else constant(True, BOOLEAN))

    def _group(self, group: Group) -> None:
        condition = self._condition(group)
        slots = self._inner_slots(group)
        held = [self.slots[group, f":out{port}"] for port in range(len(group.exits))]
        together = all((wire.source, wire.port) in self.values for wire in self._update_needs(group))
        touched = [*held, *slots] if together else held

        def run() -> list[Value]:
            def trace() -> list[Value]:
                self._start(group, slots)
                self.outputs(group)
                outs = [fitted_exit(self.value(leave.wire), leave) for leave in group.exits]
                if together:
                    self.updates(group)
                return [*outs, *self._left_by(slots)] if together else outs

            return self._aside(trace)

        rest = [self._paused(group, leave, slot) for leave, slot in zip(group.exits, held, strict=True)]
        if together:
            rest += self._resting(slots)
            self.updated.add(group)
        results = list(self._either(condition, run, rest))
        self._leave(touched, results)
        for port, slot in enumerate(held):
            self.values[group, port] = self.following[slot]
        self.values[group, RUNS] = condition
        if together:
            self._remember(group, condition)

    def _paused(self, group: Group, leave: Exit, slot: Slot) -> Value:
        """What an Outport shows in a step in which its group does not run."""
        if not leave.resets or not group.conditions(events=False):
            return self.left(slot)
        if not group.at_events:
            return slot.initial
        return branch(self._condition(group, events=False), lambda: self.left(slot), lambda: slot.initial)[0]

    def _group_update(self, group: Group) -> None:
        condition = self._condition(group)
        slots = self._inner_slots(group)

        def run() -> list[Value]:
            def trace() -> list[Value]:
                self._start(group, slots)
                self.outputs(group)
                self.updates(group)
                return self._left_by(slots)

            return self._aside(trace)

        self._leave(slots, list(self._either(condition, run, self._resting(slots))))
        self.updated.add(group)
        self._remember(group, condition)

    def _left_by(self, slots: Sequence[Slot]) -> list[Value]:
        """What a region makes of slots, and then the derivatives of those that are continuous."""
        continuous = [slot for slot in slots if slot.kind == "continuous"]
        derivatives = [self.derivatives[slot] if slot in self.derivatives else zeros(slot.type) for slot in continuous]
        return [*map(self.left, slots), *derivatives]

    def _resting(self, slots: Sequence[Slot]) -> list[Value]:
        """The same where the region does not run: the slots stay."""
        return [*map(self.left, slots), *(zeros(slot.type) for slot in slots if slot.kind == "continuous")]

    def _leave(self, slots: Sequence[Slot], results: Sequence[Value]) -> None:
        """Take over what came out of either region."""
        self.following.update(zip(slots, results, strict=False))
        continuous = [slot for slot in slots if slot.kind == "continuous"]
        self.derivatives.update(zip(continuous, results[len(slots) :], strict=True))

    def _aside(self, trace: Callable[[], list[Value]]) -> list[Value]:
        """Trace inside a region: what it finds out about signals and slots is not known outside."""
        kept = dict(self.values), dict(self.following), dict(self.reading), dict(self.derivatives), dict(self.before)
        try:
            return trace()
        finally:
            self.values, self.following, self.reading, self.derivatives, self.before = kept

    def _start(self, group: Group, slots: Sequence[Slot]) -> None:
        """States that reset when the group runs again after it was switched off: all, or start flags alone.

        A Reset port resets all of them.
        """
        resets = [self._major(self.value(wire)) for wire in group.resets()]
        starts = [self.read(self.slots[group, ":starts"])] if self._restarts(group) else []
        for slot in slots:
            always = slot.kind == "start flag" or (group.resets_states and slot.kind != "held output")
            when = [*(starts if always else []), *(resets if slot.kind != "held output" else [])]
            if when:
                fresh = where(reduce(operator.or_, when), slot.initial, self.read(slot))
                self.reading[slot] = fresh
                self.following[slot] = fresh

    def _restarts(self, group: Group) -> bool:
        """Whether it matters in the group that it was switched off, by itself or with the group around."""
        if group.resets_states:
            return True
        starting = any(slot.kind == "start flag" for slot in self._inner_slots(group))
        return starting and bool(group.conditions(events=False))

    def _remember(self, group: Group, condition: Value) -> None:
        if not self._restarts(group):
            return
        slot = self.slots[group, ":starts"]
        starts = ~condition
        if group.at_events:  # it may be switched on some steps before it runs
            starts = (starts & self.read(slot)) | ~self._condition(group, events=False)
        self.following[slot] = starts

    def _inner_slots(self, group: Group) -> list[Slot]:
        """The slots of everything inside, but not the group's own."""
        inside = (*group.units(), *group.groups())
        return [slot for member in inside for slot in self.owned.get(member, {}).values()]

    @staticmethod
    def _update_needs(group: Group) -> list[Wire]:
        """The wires from outside that the updates inside read."""
        inside: set[Member] = {*group.units(), *group.groups()}
        wires = [wire for unit in group.units() for wire in unit.inputs if wire is not None]
        return [wire for wire in wires if wire.source not in inside]


def fitted(unit: Unit, name: str, initial: Value, like: Type) -> Value:
    """An initial value in the type of the signal that the state holds."""
    return unit.block.shaped(as_parameter(initial, like.dtype), like.shape, f"the initial value of {name}")


def fitted_exit(value: Value, leave: Exit) -> Value:
    """The value that an Outport of a group shows."""
    return value if leave.type is None else broadcast(value, leave.type.shape)
