"""Programs in numpy node by node, each by its kernel in the registry: what the numpy engine is held against.

Nothing is prepared, fused or reused, so that nothing but the kernels decides about the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bridge.engines.base import Array, Arrays, Run, Schedule, checked, checked_inputs, initial_state
from bridge.errors import EngineError
from bridge.program import Node, Program, Region, Value
from bridge.program.operations import operation

Registers = list[Any]
Instruction = Callable[[Registers], None]


class _Numbering:
    """A register for every value."""

    def __init__(self) -> None:
        self.of: dict[Value, int] = {}

    def __call__(self, value: Value) -> int:
        return self.of.setdefault(value, len(self.of))


def _instructions(region: Region, number: _Numbering) -> list[Instruction]:
    return [_instruction(node, number) for node in region.nodes]


def _run(code: Sequence[Instruction], registers: Registers) -> None:
    for instruction in code:
        instruction(registers)


def _instruction(node: Node, number: _Numbering) -> Instruction:
    inputs = [number(value) for value in node.inputs]
    outputs = [number(value) for value in node.outputs]
    kernel = operation(node.op).kernel
    if kernel is None:
        return _CONTROL[node.op](node, inputs, outputs, number)
    function = kernel(node.attributes)
    if node.op in ("gather", "scatter"):
        function = _placed(function, node.origin)
    if len(outputs) != 1:

        def several(r: Registers) -> None:
            for output, value in zip(outputs, function(*(r[k] for k in inputs)), strict=True):
                r[output] = value

        return several
    (output,) = outputs
    if len(inputs) == 1:
        (only,) = inputs

        def unary(r: Registers) -> None:
            r[output] = function(r[only])

        return unary
    if len(inputs) == 2:
        left, right = inputs

        def binary(r: Registers) -> None:
            r[output] = function(r[left], r[right])

        return binary

    def general(r: Registers) -> None:
        r[output] = function(*[r[k] for k in inputs])

    return general


def _placed(function: Callable[..., Any], origin: str) -> Callable[..., Any]:
    """Name the block whose index leaves its array."""

    def checked_function(*operands: Any) -> Any:
        try:
            return function(*operands)
        except IndexError as error:
            raise EngineError(f"{origin or 'program'}: {error}") from None

    return checked_function


def _if(node: Node, inputs: list[int], outputs: list[int], number: _Numbering) -> Instruction:
    sides = [(_instructions(region, number), [number(value) for value in region.results]) for region in node.regions]

    def instruction(r: Registers) -> None:
        code, results = sides[0 if r[inputs[0]] else 1]
        _run(code, r)
        for output, result in zip(outputs, results, strict=True):
            r[output] = r[result]

    return instruction


def _loop(node: Node, inputs: list[int], outputs: list[int], number: _Numbering) -> Instruction:
    region = node.regions[0]
    index, *carried = [number(value) for value in region.parameters]
    code, results = _instructions(region, number), [number(value) for value in region.results]

    def instruction(r: Registers) -> None:
        values = [r[k] for k in inputs[1:]]
        for step in range(int(r[inputs[0]])):
            r[index] = np.int64(step)
            for place, value in zip(carried, values, strict=True):
                r[place] = value
            _run(code, r)
            values = [r[k] for k in results]
        for output, value in zip(outputs, values, strict=True):
            r[output] = value

    return instruction


def _map(node: Node, inputs: list[int], outputs: list[int], number: _Numbering) -> Instruction:
    region = node.regions[0]
    slices = [number(value) for value in region.parameters]
    code, results = _instructions(region, number), [number(value) for value in region.results]
    length = node.inputs[0].shape[0]

    def instruction(r: Registers) -> None:
        rows = []
        for k in range(length):
            for place, array in zip(slices, inputs, strict=True):
                r[place] = r[array][k]
            _run(code, r)
            rows.append([r[result] for result in results])
        for output, column in zip(outputs, zip(*rows, strict=True), strict=True):
            r[output] = np.stack(column)

    return instruction


_CONTROL: dict[str, Callable[[Node, list[int], list[int], _Numbering], Instruction]] = {
    "if": _if,
    "loop": _loop,
    "map": _map,
}


class NodeByNode:
    """One program, as a runner that runs."""

    def __init__(self, program: Program) -> None:
        self.program = program
        number = _Numbering()
        self._init = _instructions(program.init, number)
        self._step = _instructions(program.step, number)
        self._parameters = [number(value) for value in program.parameters.values()]
        self._initial = [number(slot.initial) for slot in program.slots]
        self._time = None if program.time is None else number(program.time)
        self._hits = [number(value) for value in program.hits]
        self._inputs = [number(value) for value in program.inputs.values()]
        self._current = [number(slot.current) for slot in program.slots]
        self._next = [number(slot.current if slot.next is None else slot.next) for slot in program.slots]
        self._outputs = [number(output.value) for output in program.outputs]
        self._count = len(number.of)
        self._registers: Registers | None = None

    def _fresh(self, parameters: Arrays) -> Registers:
        registers: Registers = [None] * self._count
        for place, array in zip(self._parameters, checked(self.program, parameters).values(), strict=True):
            registers[place] = np.asarray(array, order="C")
        with np.errstate(all="ignore"):
            _run(self._init, registers)
        return registers

    def start(self, parameters: Arrays, state: Arrays | None = None) -> dict[str, Any]:
        """Compute what does not change, and return the first state by slot path."""
        self._registers = self._fresh(parameters)
        slots = self.program.slots
        first = {slot.path: self._registers[place] for slot, place in zip(slots, self._initial, strict=True)}
        chosen = initial_state(self.program, first, state)
        return {
            slot.path: np.array(chosen[slot.path], slot.type.dtype.numpy, order="C").reshape(slot.type.shape)
            for slot in slots
        }

    def _advance(
        self, r: Registers, time: float, hits: Array, inputs: Sequence[Any], state: Sequence[Any]
    ) -> list[Any]:
        if self._time is not None:
            r[self._time] = time
        for place, hit in zip(self._hits, hits, strict=True):
            r[place] = hit
        for place, value in zip(self._inputs, inputs, strict=True):
            r[place] = value
        for place, value in zip(self._current, state, strict=True):
            r[place] = value
        _run(self._step, r)
        return [r[place] for place in self._next]

    def run(self, schedule: Schedule, parameters: Arrays, inputs: Arrays, state: Arrays | None = None) -> Run:
        """Run every step of the schedule; each input is `T x shape`."""
        steps = len(schedule.times)
        arrays = [np.asarray(array, order="C") for array in checked_inputs(self.program, inputs, steps)]
        values = list(self.start(parameters, state).values())
        registers = self._registers
        assert registers is not None
        recorded = [np.empty((steps, *output.value.shape), output.value.dtype.numpy) for output in self.program.outputs]
        with np.errstate(all="ignore"):
            for k in range(steps):
                row = [array[k] for array in arrays]
                values = self._advance(registers, schedule.times[k], schedule.hits[k], row, values)
                for array, place in zip(recorded, self._outputs, strict=True):
                    array[k] = registers[place]
        paths = [slot.path for slot in self.program.slots]
        names = [output.name for output in self.program.outputs]
        final = {path: np.array(value) for path, value in zip(paths, values, strict=True)}
        return Run(dict(zip(names, recorded, strict=True)), final)
