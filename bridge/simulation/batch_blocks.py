"""Blocks of a batch's runs by one engine, each into its place in the whole arrays, over threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Thread
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
        parameters = Values({name: np.asarray(array, order="C") for name, array in own.items()}, parameters.each)
        fed = (np.asarray(array, order="C") for array in rows)
        inputs = Values(dict(zip(program.inputs, fed, strict=True)), inputs.each)

        def room(value: Value, *shape: int) -> Array:
            return np.empty((count, *shape, *value.shape), value.dtype.numpy)

        outputs = {output.name: room(output.value, len(schedule.times)) for output in program.outputs}
        state = {slot.path: room(slot.current) for slot in program.slots}
        return Task(schedule, count, parameters, inputs, outputs, state)


Worker = Callable[[int], int]  # does the runs from this one on; how many they were


class Blocks(Protocol):
    """A program made ready for blocks of runs."""

    lanes: int

    def workers(self, task: Task, count: int) -> list[Worker]:
        """Each does one block after the other, in a thread of its own."""


class NumpyBlocks:
    """Blocks by numpy: inputs are stacked, outputs taken apart."""

    def __init__(self, program: Program, lanes: int, parameters: Sequence[str], inputs: Sequence[str]) -> None:
        self.lanes = lanes
        self._program = batched(program, lanes, parameters, inputs)

    @staticmethod
    def lanes_for(program: Program, count: int) -> int:
        """How many lanes suit so many runs."""
        return min(_NUMPY_LANES, _next_power(count))

    def workers(self, task: Task, count: int) -> list[Worker]:
        """Each with a runner of its own."""
        return [self._worker(task) for _ in range(count)]

    def _worker(self, task: Task) -> Worker:
        runner = engine_of("numpy").load(self._program)

        def stacked(values: Values, start: int) -> dict[str, Array]:
            each = {name: np.stack(_lanes(arrays, start, self.lanes), -1) for name, arrays in values.each.items()}
            return {**values.first, **each}

        def run(start: int) -> int:
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

    def workers(self, task: Task, count: int) -> list[Worker]:
        """Each with memory of its own."""
        from bridge.engines.compiled_batch import CompiledBlock

        outputs = _Results(task, task.outputs, self._wide.outputs, self.lanes)
        states = _Results(task, task.state, self._wide.states, self.lanes)
        parameters = _given(self._program.parameters, task.parameters, self.lanes)
        inputs = _given(self._program.inputs, task.inputs, self.lanes)

        def worker() -> Worker:
            block = CompiledBlock(self._library)

            def run(start: int) -> int:
                number, stop = start // self.lanes, min(start + self.lanes, task.count)
                block.run(task.schedule, parameters(start), inputs(start), outputs.table[number], states.table[number])
                for results in (outputs, states):
                    results.share(number, start, stop)
                return stop - start

            return run

        return [worker() for _ in range(count)]


def _given(names: Iterable[str], values: Values, lanes: int) -> Callable[[int], Array]:
    """Where the arrays lie that the block from a run on reads: found block by block, while other threads compute."""
    from bridge.engines.compiled_batch import address

    fixed = {name: address(values.first[name]) for name in names if name not in values.each}

    def places(start: int) -> Array:
        found: list[int] = []
        for name in names:
            found += [fixed[name]] if name in fixed else map(address, _lanes(values.each[name], start, lanes))
        return np.array(found, np.uintp)

    return places


class _Results:
    """Where the results of each block go, a row per block: for what has lanes into the whole arrays, else beside them.

    Lanes behind the last run write where nobody reads.
    """

    def __init__(self, task: Task, whole: Mapping[str, Array], wide: frozenset[int], lanes: int) -> None:
        columns = [_no_columns(task, lanes)]
        self._same: list[tuple[Array, Array]] = []
        self._unwanted: list[Array] = []
        for k, array in enumerate(whole.values()):
            if k in wide:
                self._unwanted.append(np.empty_like(array[0]))
                columns.append(_by_block(_rows(array), lanes, self._unwanted[-1].ctypes.data))
            else:
                own = np.empty((len(columns[0]), *array.shape[1:]), array.dtype)
                self._same.append((array, own))
                columns.append(_rows(own)[:, None])
        self.table = np.hstack(columns)

    def share(self, block: int, start: int, stop: int) -> None:
        """Give the runs of a block what was the same in all its lanes."""
        for whole, own in self._same:
            whole[start:stop] = own[block]


def _no_columns(task: Task, lanes: int) -> Array:
    return np.empty((-(-task.count // lanes), 0), np.uintp)


def _rows(array: Array) -> Array:
    """The address of each row."""
    return np.arange(len(array), dtype=np.uintp) * np.uintp(array.strides[0]) + np.uintp(array.ctypes.data)


def _by_block(places: Array, lanes: int, behind: int) -> Array:
    """An address per run as a row per block, `behind` for the lanes behind the last run."""
    return np.append(places, np.full(-len(places) % lanes, behind, np.uintp)).reshape(-1, lanes)


def spread(blocks: Blocks, task: Task, workers: int, advance: Callable[[int], object]) -> None:
    """Do every block, by so many threads, of which this is one; `advance` is told of the runs that are done."""
    pending = deque(range(0, task.count, blocks.lanes))
    failures: list[BaseException] = []

    def work(worker: Worker) -> None:
        while not failures:
            try:
                start = pending.popleft()
            except IndexError:
                return
            try:
                advance(worker(start))
            except BaseException as error:  # of any thread: raised below, in this one
                failures.append(error)

    first, *others = (partial(work, worker) for worker in blocks.workers(task, min(workers, len(pending))))
    threads = [Thread(target=other) for other in others]
    for thread in threads:
        thread.start()
    first()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _lanes(arrays: Sequence[Array], start: int, lanes: int) -> list[Array]:
    """So many runs from `start` on; the last one again where there are no more."""
    part = list(arrays[start : start + lanes])
    return part + part[-1:] * (lanes - len(part))


def _next_power(count: int) -> int:
    return 1 << max(count - 1, 0).bit_length()
