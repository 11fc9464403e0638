"""The reference engine: numpy, in straight-line Python that is written once per program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bridge.engines.base import Array, Arrays, Run, Schedule, checked, checked_inputs, checked_state, initial_state
from bridge.engines.numpy_scalars import is_plain
from bridge.engines.numpy_source import compiled
from bridge.errors import UsageError
from bridge.program import Program, Type

Steps = Callable[..., list[Any]]


def _given(array: Any, type: Type) -> Any:
    """A value as the steps take it: a Python number, or an array of its own without gaps."""
    return np.asarray(array).item() if is_plain(type) else np.array(array, order="C")


def _series(array: Array, type: Type) -> Any:
    """The same for one value per step."""
    return array.tolist() if is_plain(type) else np.asarray(array, order="C")


class NumpyRunner:
    """One program in numpy. The buffers that a step works in belong to the runner."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._bind = compiled(program)
        self._run: Steps | None = None

    def start(self, parameters: Arrays, state: Arrays | None = None) -> dict[str, Any]:
        """Compute what does not change, and return the first state by slot path."""
        self._run, first = self._begin(parameters, state)
        return first

    def _begin(self, parameters: Arrays, state: Arrays | None) -> tuple[Steps, dict[str, Any]]:
        slots, values = self.program.slots, self.program.parameters.values()
        arrays = checked(self.program, parameters).values()
        given = [_given(array, value.type) for array, value in zip(arrays, values, strict=True)]
        with np.errstate(all="ignore"):
            run, initial = self._bind(*given)
        chosen = initial_state(self.program, dict(zip((slot.path for slot in slots), initial, strict=True)), state)
        return run, {
            slot.path: np.array(chosen[slot.path], slot.type.dtype.numpy).reshape(slot.type.shape) for slot in slots
        }

    def step(self, time: float, hits: Array, inputs: Arrays, state: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
        """One step after `start`: outputs by name, and the next state."""
        if self._run is None:
            raise UsageError("call start() before step()")
        # Copied, as what a unit delay keeps must not change when the caller reuses the buffer.
        rows = checked_inputs(self.program, {name: np.array(array)[None] for name, array in inputs.items()}, 1)
        values = checked_state(self.program, state)
        run = self._advance(self._run, Schedule(np.array([time]), np.asarray(hits)[None]), rows, values)
        return {name: array[0] for name, array in run.outputs.items()}, run.state

    def run(self, schedule: Schedule, parameters: Arrays, inputs: Arrays, state: Arrays | None = None) -> Run:
        """Run every step of the schedule; each input is `T x shape`."""
        rows = checked_inputs(self.program, inputs, len(schedule.times))
        run, first = self._begin(parameters, state)
        return self._advance(run, schedule, rows, list(first.values()))

    def _advance(self, run: Steps, schedule: Schedule, rows: Sequence[Array], state: Sequence[Array]) -> Run:
        program, steps = self.program, len(schedule.times)
        time = program.time
        times = schedule.times if time is None else _series(schedule.times.astype(time.dtype.numpy), time.type)
        series = [_series(array, value.type) for array, value in zip(rows, program.inputs.values(), strict=True)]
        values = [_given(array, slot.type) for array, slot in zip(state, program.slots, strict=True)]
        outputs = [np.empty((steps, *output.value.shape), output.value.dtype.numpy) for output in program.outputs]
        with np.errstate(all="ignore"):
            values = run(steps, times, schedule.hits.tolist(), series, values, outputs)
        final = {
            slot.path: np.array(value, slot.type.dtype.numpy) for slot, value in zip(program.slots, values, strict=True)
        }
        return Run({output.name: array for output, array in zip(program.outputs, outputs, strict=True)}, final)


class NumpyEngine:
    """numpy, one program at a time."""

    name = "numpy"

    def load(self, program: Program) -> NumpyRunner:
        """Write and compile the program's Python."""
        return NumpyRunner(program)
