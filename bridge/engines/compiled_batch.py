"""Batches by the compiled engine: blocks of runs side by side, read from and written to one array per run."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.engines.base import Schedule
from bridge.engines.c_batch import Wide, batch_library
from bridge.engines.c_cache import loaded, shared_library
from bridge.engines.compiled_engine import Library, aligned, written
from bridge.errors import EngineError
from bridge.program import Program, Value

Array = NDArray[Any]
Places = NDArray[np.uintp]


def wide_of(narrow: Program, wide: Program, lanes: int) -> Wide:
    """What has lanes in the second program, which is the first one's batch."""

    def places(before: Sequence[Value], after: Sequence[Value]) -> frozenset[int]:
        return frozenset(k for k, pair in enumerate(zip(before, after, strict=True)) if pair[0].type != pair[1].type)

    return Wide(
        lanes,
        places([*narrow.parameters.values()], [*wide.parameters.values()]),
        places([*narrow.inputs.values()], [*wide.inputs.values()]),
        places([output.value for output in narrow.outputs], [output.value for output in wide.outputs]),
        places([slot.current for slot in narrow.slots], [slot.current for slot in wide.slots]),
    )


def built_batch(program: Program, wide: Wide) -> Library:
    """The library of a program over lanes; `UnsupportedOperation` for what C99 cannot express."""
    source = written(program)
    return Library(shared_library(batch_library(source, len(program.rates), wide)), source.failures)


class CompiledBlock:
    """So many runs at a time. The memory that they work in belongs to the block, of which each thread has its own."""

    def __init__(self, library: Library) -> None:
        self._failures = library.failures
        functions = loaded(library.path)
        functions.bridge_size.restype = ctypes.c_size_t
        self._run = functions.bridge_batch
        self._run.argtypes = [ctypes.c_void_p, ctypes.c_int64, *[ctypes.c_void_p] * 6]
        self._instance = aligned(functions.bridge_size())

    def run(self, schedule: Schedule, parameters: Places, inputs: Places, outputs: Places, states: Places) -> None:
        """Run every step from the start, into `outputs` and `states`.

        All four are addresses of contiguous arrays of the declared types in the program's order, as many in a row as
        there are lanes for what has lanes.
        """
        times = np.ascontiguousarray(schedule.times, np.float64)
        hits = np.ascontiguousarray(schedule.hits, np.bool_)
        memory = self._instance.ctypes.data
        tables = [np.ascontiguousarray(each, np.uintp) for each in (parameters, inputs, outputs, states)]
        places = (table.ctypes.data for table in tables)
        failure = self._run(memory, len(times), times.ctypes.data, hits.ctypes.data, *places)
        if failure:
            raise EngineError(self._failures[failure - 1])


def address(array: Array) -> int:
    """Where an array's first element lies. A batch asks for thousands, and this way costs a quarter of numpy's own."""
    memory: Any = array
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(memory))
    except (TypeError, ValueError):  # one that must not be written, or has no elements
        return int(array.ctypes.data)
