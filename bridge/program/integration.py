"""Continuous states into an ordinary program at the base step, by a fixed-step solver.

As traced, the step tells the derivative of every continuous slot at its own time, the major step. A solver needs it at
minor steps too, at later times and other states. There only what the derivatives depend on is computed once more: a
copy of these nodes, in which the time and the states are those of the minor step. What is marked ``major`` keeps the
value of the major step: outputs of blocks that are not continuous, conditions of subsystems, modes. The other states of
continuous blocks are those that the major step leaves, since Simulink updates before it integrates.

Afterwards there is no derivative and no mark left, and engines, gradients and batches meet nothing new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bridge.errors import ProgramError
from bridge.program.form import Node, Program, Region, Slot, Value
from bridge.program.solvers import Solver
from bridge.program.trace import emit, origin, rint, tracing, zeros

_Mapping = dict[Value, Value]


def integrate(program: Program, solver: Solver) -> None:
    """Let `solver` take the continuous slots through every base step, in place. `Program.period` must be known."""
    if program.period is None:
        raise ProgramError(f"{program.name}: continuous states need a step in seconds")
    h = program.period
    continuous = [slot for slot in program.slots if slot.kind == "continuous"]
    start = [slot.current if slot.next is None else slot.next for slot in continuous]
    with tracing(program.step):
        slopes = [[_derivative(slot)] for slot in continuous]
        minor = _MinorSteps(program, continuous)
        for node, increment in zip(solver.nodes, solver.stages, strict=True):
            time = None if program.time is None else _time(program, program.time, node, h)
            states = []
            for slot, x, known in zip(continuous, start, slopes, strict=True):
                with origin(slot.path):
                    states.append(increment.state(x, known, h))
            for known, slope in zip(slopes, minor.slopes(time, states), strict=True):
                known.append(slope)
        for slot, x, known in zip(continuous, start, slopes, strict=True):
            with origin(slot.path):
                slot.next = solver.step.state(x, known, h)
    _settle(program)


def _derivative(slot: Slot) -> Value:
    """The derivative at the major step; a state of which none is told rests."""
    assert slot.flow is not None
    if slot.flow.derivative is None:
        slot.flow.derivative = zeros(slot.type)
    return slot.flow.derivative


def _time(program: Program, time: Value, node: float, h: float) -> Value:
    """The time of a minor step; at the end of the step it is that of the next one, to the last bit."""
    if node != 1:
        return time + h * node
    tick = rint((time - program.start) / h) + 1.0
    return tick * h + program.start


class _MinorSteps:
    """What minor steps compute again: the nodes of the step between what moves within it and the derivatives."""

    def __init__(self, program: Program, continuous: Sequence[Slot]) -> None:
        self._time = program.time
        self._continuous = continuous
        self._others = [slot for slot in program.slots if slot.flow is not None and slot not in continuous]
        self._moving = {value for slot in program.slots if slot.flow is not None for value in slot.flow.seen}
        if program.time is not None:
            self._moving.add(program.time)
        seen = set(self._moving)
        self._spread(program.step)
        self._nodes: list[Node] = []
        wanted = {_derivative(slot) for slot in continuous} - seen
        for node in reversed(program.step.nodes):
            if any(output in wanted and output in self._moving for output in node.outputs):
                self._nodes.append(node)
                wanted.update({*node.inputs, *(value for region in node.regions for value in region.free())} - seen)
        self._nodes.reverse()
        self._kept: _Mapping = {}
        for node in self._nodes:
            self._kept.update(self._shown(node))

    def _spread(self, region: Region) -> None:
        """Add what depends on values that move; a mark stops it."""
        for node in region.nodes:
            if node.op == "major":
                continue
            moves = any(value in self._moving for value in node.inputs)
            for nested in node.regions:
                if moves:
                    self._moving.update(nested.parameters)
                self._spread(nested)
            results = [[region.results[k] in self._moving for region in node.regions] for k in range(len(node.outputs))]
            whole = moves or (node.op != "if" and any(map(any, results)))
            self._moving.update(
                output for output, inner in zip(node.outputs, results, strict=True) if whole or any(inner)
            )

    def _shown(self, node: Node) -> _Mapping:
        """Marked values inside a conditional region that would move, each as a new result of it: the major step's."""
        shown: _Mapping = {}
        for number, region in enumerate(node.regions):
            inner: _Mapping = {}
            for held in region.nodes:
                if held.op == "major" and held.inputs[0] in self._moving:
                    inner[held.outputs[0]] = held.outputs[0]
                inner.update(self._shown(held))
            if inner and node.op != "if":
                raise ProgramError(f"{node.op} of {node.origin} holds blocks that are not continuous")
            for marked, value in inner.items():
                with tracing(node.regions[1 - number]):
                    neither = zeros(value.type)
                region.results.append(value)
                node.regions[1 - number].results.append(neither)
                shown[marked] = Value(value.type)
                shown[marked].node = node
                node.outputs = (*node.outputs, shown[marked])
        if shown:
            node.attributes = {**node.attributes, "types": tuple(value.type for value in node.outputs)}
        return shown

    def slopes(self, time: Value | None, states: Sequence[Value]) -> list[Value]:
        """The derivatives at another time and other states."""
        of = dict(self._kept)
        if self._time is not None and time is not None:
            of[self._time] = time
        after = [slot.current if slot.next is None else slot.next for slot in self._others]
        for slot, state in zip((*self._continuous, *self._others), (*states, *after), strict=True):
            assert slot.flow is not None
            of.update((value, state) for value in slot.flow.seen)
        _again(self._nodes, of)
        return [of.get(_derivative(slot), _derivative(slot)) for slot in self._continuous]


def _again(nodes: Sequence[Node], of: _Mapping) -> None:
    """Emit nodes once more, but those whose outputs `of` has already."""
    for node in nodes:
        if all(output in of for output in node.outputs):
            continue
        with origin(node.origin):
            regions = [_region(region, of) for region in node.regions]
            outputs = emit(node.op, [of.get(value, value) for value in node.inputs], node.attributes, regions)
        for old, new in zip(node.outputs, outputs, strict=True):
            of.setdefault(old, new)


def _region(region: Region, of: _Mapping) -> Region:
    made = Region([Value(value.type, value.name) for value in region.parameters])
    inner = {**of, **dict(zip(region.parameters, made.parameters, strict=True))}
    with tracing(made):
        _again(region.nodes, inner)
    made.results = [inner.get(value, value) for value in region.results]
    return made


def _settle(program: Program) -> None:
    """Take the marks away: whoever reads one reads its operand."""
    of: _Mapping = {}
    _unmark(program.step, of)
    for slot in program.slots:
        slot.flow = None
        slot.next = None if slot.next is None else of.get(slot.next, slot.next)
    program.outputs[:] = [replace(output, value=of.get(output.value, output.value)) for output in program.outputs]


def _unmark(region: Region, of: _Mapping) -> None:
    kept = []
    for node in region.nodes:
        node.inputs = tuple(of.get(value, value) for value in node.inputs)
        if node.op == "major":
            of[node.outputs[0]] = node.inputs[0]
            continue
        for nested in node.regions:
            _unmark(nested, of)
        kept.append(node)
    region.nodes = kept
    region.results = [of.get(value, value) for value in region.results]
