"""Blocks of a batch's runs by one engine, each into its place in the whole arrays, over threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.engines import Schedule
from bridge.engines import engine as engine_of
from bridge.engines.base import checked, checked_inputs
from bridge.program import Program, Value
from bridge.program.batch import batched
from bridge.simulation.batch_runs import Values

Array = NDArray[Any]

# Runs side by side in numpy, and the fewest and most in C: enough to fill registers and to hide how long an operation
# takes, but so few that the largest value of a step stays in the nearest cache.
_NUMPY_LANES, _FEWEST, MOST_LANES, _CACHED = 512, 8, 32, 2048


@dataclass(frozen=True)
class Task:
    """What is given, and the arrays that the results go into: in each the runs are the first axis."""

    schedule: Schedule
    count: int
    parameters: Values
    inputs: Values
    outputs: Mapping[str, Array]  # count x T x shape
    state: Mapping[str, Array]  # count x shape

    @staticmethod
    def of(program: Program, schedule: Schedule, count: int, parameters: Values, inputs: Values) -> Task:
        """With new arrays. A run's results are in one piece, as they are written and mostly read."""
        own = checked(program, parameters.first)
        rows = checked_inputs(program, inputs.first, len(schedule.times))
        parameters = Values({name: np.ascontiguousarray(array) for name, array in own.items()}, parameters.each)
        fed = (np.ascontiguousarray(array) for array in rows)
        inputs = Values(dict(zip(program.inputs, fed, strict=True)), inputs.each)

        def room(value: Value, *shape: int) -> Array:
            return np.empty((count, *shape, *value.shape), value.dtype.numpy)

        outputs = {output.name: room(output.value, len(schedule.times)) for output in program.outputs}
        state = {slot.path: room(slot.current) for slot in program.slots}
        return Task(schedule, count, parameters, inputs, outputs, state)


Block = Callable[[Task, int], int]  # does the runs from this one on; how many they were


class Blocks(Protocol):
    """A program made ready for blocks of runs."""

    lanes: int

    def block(self) -> Block:
        """What does one block after the other, in one thread."""


class NumpyBlocks:
    """Blocks by numpy: inputs are stacked, outputs taken apart."""

    def __init__(self, program: Program, lanes: int, parameters: Sequence[str], inputs: Sequence[str]) -> None:
        self.lanes = lanes
        self._program = batched(program, lanes, parameters, inputs)

    @staticmethod
    def lanes_for(program: Program, count: int) -> int:
        """How many lanes suit so many runs."""
        return min(_NUMPY_LANES, _next_power(count))

    def block(self) -> Block:
        """A runner of its own for each thread."""
        runner = engine_of("numpy").load(self._program)

        def stacked(values: Values, start: int) -> dict[str, Array]:
            each = {name: np.stack(_lanes(arrays, start, self.lanes), -1) for name, arrays in values.each.items()}
            return {**values.first, **each}

        def run(task: Task, start: int) -> int:
            stop = min(start + self.lanes, task.count)
            done = runner.run(task.schedule, stacked(task.parameters, start), stacked(task.inputs, start))
            for whole, part in ((task.outputs, done.outputs), (task.state, done.state)):
                for name, array in whole.items():
                    found = np.asarray(part[name])
                    array[start:stop] = np.moveaxis(found, -1, 0)[: stop - start] if found.ndim == array.ndim else found
            return stop - start

        return run


class CompiledBlocks:
    """Blocks in C, which reads each run's arrays and writes each run's results where they belong."""

    def __init__(self, program: Program, lanes: int, parameters: Sequence[str], inputs: Sequence[str]) -> None:
        from bridge.engines.compiled_batch import built_batch, wide_of

        self.lanes = lanes
        wide = batched(program, lanes, parameters, inputs)
        self._program, self._wide = program, wide_of(program, wide, lanes)
        self._library = built_batch(wide, self._wide)

    @staticmethod
    def lanes_for(program: Program, count: int) -> int:
        """How many lanes suit so many runs."""
        largest = max((value.type.size for node in program.step.walk() for value in node.outputs), default=1)
        lanes = min(max(_next_power(_CACHED // max(largest, 1) + 1) // 2, _FEWEST), MOST_LANES)
        return min(lanes, _next_power(count))

    def block(self) -> Block:
        """Memory of its own for each thread."""
        from bridge.engines.compiled_batch import CompiledBlock

        block = CompiledBlock(self._library)

        def run(task: Task, start: int) -> int:
            stop = min(start + self.lanes, task.count)
            outputs, states = _Places(self.lanes, start, stop), _Places(self.lanes, start, stop)
            block.run(
                task.schedule,
                self._given(self._program.parameters, task.parameters, start),
                self._given(self._program.inputs, task.inputs, start),
                outputs.of(task.outputs, self._wide.outputs),
                states.of(task.state, self._wide.states),
            )
            outputs.share()
            states.share()
            return stop - start

        return run

    def _given(self, names: Iterable[str], values: Values, start: int) -> list[int]:
        addresses: list[int] = []
        for name in names:
            each = values.each.get(name)
            arrays = [values.first[name]] if each is None else _lanes(each, start, self.lanes)
            addresses += [array.ctypes.data for array in arrays]
        return addresses


class _Places:
    """Where the results of a block go: for what has lanes into the whole arrays, else beside them first."""

    def __init__(self, lanes: int, start: int, stop: int) -> None:
        self._lanes, self._start, self._stop = lanes, start, stop
        self._same: list[tuple[Array, Array]] = []
        self._unwanted: list[Array] = []  # of lanes behind the last run

    def of(self, whole: Mapping[str, Array], wide: frozenset[int]) -> list[int]:
        """Addresses, one for each lane or for all."""
        places: list[int] = []
        for k, array in enumerate(whole.values()):
            if k in wide:
                begin, step = array.ctypes.data, array.strides[0]
                places += [begin + run * step for run in range(self._start, self._stop)]
                missing = self._lanes - (self._stop - self._start)
                if missing:
                    self._unwanted.append(np.empty_like(array[0]))
                    places += [self._unwanted[-1].ctypes.data] * missing
            else:
                own = np.empty_like(array[0])
                self._same.append((array, own))
                places.append(own.ctypes.data)
        return places

    def share(self) -> None:
        """Give every run what was the same in all lanes."""
        for whole, own in self._same:
            whole[self._start : self._stop] = own


def spread(blocks: Blocks, task: Task, workers: int) -> Iterator[int]:
    """The sizes of blocks as they are done, by so many threads."""
    starts = range(0, task.count, blocks.lanes)
    if min(workers, len(starts)) <= 1:
        block = blocks.block()
        for start in starts:
            yield block(task, start)
        return
    free = [blocks.block() for _ in range(min(workers, len(starts)))]

    def one(start: int) -> int:
        block = free.pop()
        try:
            return block(task, start)
        finally:
            free.append(block)

    with ThreadPoolExecutor(len(free)) as pool:
        for done in as_completed([pool.submit(one, start) for start in starts]):
            yield done.result()


def _lanes(arrays: Sequence[Array], start: int, lanes: int) -> list[Array]:
    """So many runs from `start` on; the last one again where there are no more."""
    part = list(arrays[start : start + lanes])
    return part + part[-1:] * (lanes - len(part))


def _next_power(count: int) -> int:
    return 1 << max(count - 1, 0).bit_length()
