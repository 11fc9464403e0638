"""What every engine offers: load a program, run it over a schedule, or step it by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.errors import SimulationLimit, UsageError
from bridge.limits import current
from bridge.program import Program
from bridge.suggestions import offered

Array = NDArray[Any]
Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Schedule:
    """The steps of a run: `times` (T,) in seconds, and `hits` (T, number of rates), whether each rate is due."""

    times: Array
    hits: Array

    @staticmethod
    def of(program: Program, steps: int, first: int = 0) -> Schedule:
        """`steps` base steps from tick `first` on. Times are whole multiples of the period, as Simulink counts them.

        Raises `SimulationLimit` for more steps, or more to record, than the limits allow.
        """
        if steps > 1:
            _check_cost(program, steps)
        ticks = np.arange(first, first + steps)
        period = 1.0 if program.period is None else program.period
        hits = np.zeros((steps, len(program.rates)), dtype=np.bool_)
        for k, rate in enumerate(program.rates):
            hits[:, k] = (ticks >= rate.offset) & ((ticks - rate.offset) % rate.period == 0)
        return Schedule(program.start + ticks * period, hits)


def _check_cost(program: Program, steps: int) -> None:
    limits = current()
    if steps > limits.run_steps:
        count = f"{steps:,}" if steps < 1e15 else f"{float(min(steps, 10**300)):.3g}"
        cause = f"a run of {count} steps is longer than the limit of {limits.run_steps:,} (run_steps in bridge.allow)"
        raise SimulationLimit(program.name, f"{cause}: give another stop_time or step")
    values = {**program.inputs, **{output.name: output.value for output in program.outputs}}
    sizes = {name: value.type.size * value.type.dtype.numpy.itemsize for name, value in values.items()}
    total = steps * sum(sizes.values())
    if total > limits.run_bytes:
        largest = max(sizes, key=lambda name: sizes[name])
        cause = f"a run of {steps:,} steps records {total:,} bytes, {steps * sizes[largest]:,} of them of {largest!r}"
        raise SimulationLimit(program.name, f"{cause}; the limit is {limits.run_bytes:,} (run_bytes in bridge.allow)")


@dataclass
class Run:
    """What a run returns: each output `T x shape` by name, and the final state by slot path."""

    outputs: dict[str, Any]
    state: dict[str, Any]


class Runner(Protocol):
    """A loaded program.

    `parameters` are arrays of the declared types by name; `state` replaces initial values by path. A whole run leaves
    what `start` has computed as it is.
    """

    def run(self, schedule: Schedule, parameters: Arrays, inputs: Arrays, state: Arrays | None = None) -> Run:
        """Run every step of the schedule; each input is `T x shape`."""

    def start(self, parameters: Arrays, state: Arrays | None = None) -> dict[str, Any]:
        """Compute what does not change, and return the first state."""

    def step(self, time: float, hits: Array, inputs: Arrays, state: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
        """One step after `start`: outputs by name, and the next state."""


class Engine(Protocol):
    """A way to run programs."""

    name: str

    def load(self, program: Program) -> Runner:
        """Make a program ready to run."""


def checked(program: Program, parameters: Arrays) -> dict[str, Array]:
    """The parameters as arrays of the declared types; raise `UsageError` for one that is missing or misshapen."""
    arrays = {}
    for name, value in program.parameters.items():
        if name not in parameters:
            raise UsageError(f"{program.name}: parameter {name!r} has no value")
        array = np.asarray(parameters[name], dtype=value.dtype.numpy)
        if array.shape != value.shape:
            raise UsageError(f"{program.name}: parameter {name!r} is {array.shape}, not {value.shape}")
        arrays[name] = array
    return arrays


def checked_inputs(program: Program, inputs: Arrays, steps: int) -> list[Array]:
    """The inputs in the program's order, each `T x shape`."""
    arrays = []
    for name, value in program.inputs.items():
        if name not in inputs:
            raise UsageError(f"{program.name}: input {name!r} has no values")
        array = np.asarray(inputs[name], dtype=value.dtype.numpy)
        if array.shape != (steps, *value.shape):
            raise UsageError(f"{program.name}: input {name!r} is {array.shape}, not {(steps, *value.shape)}")
        arrays.append(array)
    return arrays


def initial_state(program: Program, initial: Mapping[str, Any], state: Arrays | None) -> dict[str, Any]:
    """The slots' first values by path, with those that the caller gives in place of the program's own."""
    given = dict(state or {})
    result = {slot.path: given.pop(slot.path, initial[slot.path]) for slot in program.slots}
    if given:
        unknown = next(iter(given))
        raise UsageError(f"{program.name}: there is no state {unknown!r}{offered(unknown, result)}")
    for slot in program.slots:
        shape = np.shape(result[slot.path])
        if math.prod(shape) != slot.type.size:
            raise UsageError(f"{program.name}: state {slot.path!r} is {shape}, not {slot.type.shape}")
    return result


def checked_state(program: Program, state: Arrays) -> list[Array]:
    """The slots' values in the program's order, as arrays of the declared types."""
    arrays = []
    for slot in program.slots:
        if slot.path not in state:
            raise UsageError(f"{program.name}: state {slot.path!r} has no value")
        array = np.asarray(state[slot.path], dtype=slot.type.dtype.numpy)
        if array.shape != slot.type.shape:
            raise UsageError(f"{program.name}: state {slot.path!r} is {array.shape}, not {slot.type.shape}")
        arrays.append(array)
    return arrays
