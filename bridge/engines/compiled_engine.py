"""The compiled engine: programs as C, made into a shared library by the system's compiler, called by ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.engines.base import Array, Arrays, Run, Schedule, checked, checked_inputs, checked_state, initial_state
from bridge.engines.c_cache import loaded
from bridge.errors import EngineError, UsageError
from bridge.program import Program

if TYPE_CHECKING:
    from bridge.engines.c_program import Source

_LINE = 64


@dataclass(frozen=True)
class Library:
    """A program's shared library. `failures[k - 1]` says what it means that one of its functions returned k."""

    path: str
    failures: tuple[str, ...]


def written(program: Program, *, lending: bool = False) -> Source:
    """The program as the C that this engine compiles; `UnsupportedOperation` for what C99 cannot express.

    With `lending` large parameters stay where the caller has them.
    """
    # Not needed where a library is there already, and slow to import.
    from bridge.engines.c_program import to_c
    from bridge.program.duplicate import duplicate
    from bridge.program.passes.stack import stack

    prepared = duplicate(program)
    stack(prepared)
    return to_c(prepared, gnu=True, lending=lending)


def built(program: Program) -> Library:
    """The program's library, compiled or from the cache; `UnsupportedOperation` for what C99 cannot express."""
    from bridge.engines.c_cache import shared_library
    from bridge.engines.c_program import library

    source = written(program, lending=True)
    return Library(shared_library(library(source, len(program.rates))), source.failures)


def aligned(size: int) -> Array:
    """Bytes from the beginning of a line of the cache on, all zero."""
    room = np.zeros(size + _LINE, np.uint8)
    start = -room.ctypes.data % _LINE
    return room[start : start + size]


def _addresses(arrays: Sequence[Array]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * max(len(arrays), 1))(*(array.ctypes.data for array in arrays))


class CompiledRunner:
    """One program as a shared library. The memory that a step works in belongs to the runner, which runs in another.

    Of the program it reads parameters, inputs, slots, outputs and rates only, so that one without nodes will do.
    """

    def __init__(self, program: Program, library: Library) -> None:
        self.program = program
        self.library = library
        self._functions = loaded(library.path)
        self._functions.bridge_size.restype = ctypes.c_size_t
        self._functions.bridge_run.argtypes = [ctypes.c_void_p, ctypes.c_int64, *[ctypes.c_void_p] * 5]
        self._functions.bridge_start.argtypes = [ctypes.c_void_p] * 3
        self._running: Array | None = None  # the memory of whole runs
        self._stepping: tuple[Array, list[Array]] | None = None  # that of steps, and what the library reads there

    def _raise(self, failure: int) -> None:
        if failure:
            raise EngineError(self.library.failures[failure - 1])

    def start(self, parameters: Arrays, state: Arrays | None = None) -> dict[str, Any]:
        """Compute what does not change, and return the first state by slot path."""
        arrays = [np.array(array, order="C") for array in checked(self.program, parameters).values()]
        memory = self._memory() if self._stepping is None else self._stepping[0]
        self._stepping = None
        first = self._start(memory, arrays, state)
        self._stepping = memory, arrays
        return first

    def _memory(self) -> Array:
        return aligned(self._functions.bridge_size())

    def _start(self, memory: Array, arrays: list[Array], state: Arrays | None) -> dict[str, Any]:
        slots = self.program.slots
        first = [np.empty(slot.type.shape, slot.type.dtype.numpy) for slot in slots]
        self._raise(self._functions.bridge_start(memory.ctypes.data, _addresses(arrays), _addresses(first)))
        own = {slot.path: array for slot, array in zip(slots, first, strict=True)}
        chosen = initial_state(self.program, own, state)
        return {
            slot.path: np.array(chosen[slot.path], slot.type.dtype.numpy).reshape(slot.type.shape) for slot in slots
        }

    def _advance(self, memory: Array, times: Array, hits: Array, rows: Sequence[Array], state: Sequence[Array]) -> Run:
        """Run so many steps as there are times from `state`."""
        steps, program = len(times), self.program
        inputs = [np.ascontiguousarray(row) for row in rows]
        outputs = [np.empty((steps, *o.value.shape), o.value.dtype.numpy) for o in program.outputs]
        states = [np.array(value, order="C") for value in state]
        times = np.ascontiguousarray(times, np.float64)
        hits = np.ascontiguousarray(hits, np.bool_)
        if hits.shape != (steps, len(program.rates)):
            raise UsageError(f"{program.name}: hits are {hits.shape}, not {(steps, len(program.rates))}")
        self._raise(
            self._functions.bridge_run(
                *(memory.ctypes.data, steps, times.ctypes.data, hits.ctypes.data),
                *(_addresses(inputs), _addresses(outputs), _addresses(states)),
            )
        )
        return Run(
            {output.name: array for output, array in zip(program.outputs, outputs, strict=True)},
            {slot.path: array for slot, array in zip(program.slots, states, strict=True)},
        )

    def step(self, time: float, hits: Array, inputs: Arrays, state: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
        """One step after `start`: outputs by name, and the next state."""
        if self._stepping is None:
            raise UsageError("call start() before step()")
        rows = checked_inputs(self.program, {name: np.asarray(array)[None] for name, array in inputs.items()}, 1)
        hits = np.asarray(hits, np.bool_)[None]
        memory, _ = self._stepping
        run = self._advance(memory, np.array([time], np.float64), hits, rows, checked_state(self.program, state))
        return {name: array[0] for name, array in run.outputs.items()}, run.state

    def run(self, schedule: Schedule, parameters: Arrays, inputs: Arrays, state: Arrays | None = None) -> Run:
        """Run every step of the schedule; each input is `T x shape`."""
        rows = checked_inputs(self.program, inputs, len(schedule.times))
        arrays = [np.require(array, requirements=["C", "A"]) for array in checked(self.program, parameters).values()]
        if self._running is None:
            self._running = self._memory()
        # Large parameters are read where the caller has them, as long as the run goes on.
        first = self._start(self._running, arrays, state)
        return self._advance(self._running, schedule.times, schedule.hits, rows, list(first.values()))


class CompiledEngine:
    """C, through the system's compiler; what is compiled stays in the user's cache."""

    name = "compiled"

    def load(self, program: Program) -> CompiledRunner:
        """Compile, or find in the cache; raise `UnsupportedOperation` for what C99 cannot express."""
        return CompiledRunner(program, built(program))
