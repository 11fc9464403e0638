"""Many runs of one diagram: other inputs, other workspaces, or both, in the lanes of registers and over threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.engines import Runner, Schedule
from bridge.engines import engine as engine_of
from bridge.engines.choice import compiling_pays, reason
from bridge.errors import EngineError, UsageError
from bridge.program import DType, Program
from bridge.program.types import Shape
from bridge.recording import Recording
from bridge.simulation.inputs import array_of, resample, row_per_step, type_of
from bridge.simulation.job import Job, Ready
from bridge.simulation.run import recorded
from bridge.simulation.sources import Path, Workspace, load_workspace

if TYPE_CHECKING:
    from bridge.model import Model

Array = NDArray[Any]
Inputs = Mapping[str, Any]

# Runs side by side in numpy, and the fewest and most in C: enough to fill registers and to hide how long an operation
# takes, but so few that the largest value of a step stays in the nearest cache.
_NUMPY_LANES, _FEWEST, _MOST, _CACHED = 512, 8, 32, 2048


def simulate_batch(
    model: Model | Path,
    workspaces: Workspace | Sequence[Workspace] = None,
    inputs: Inputs | Sequence[Inputs] | None = None,
    *,
    subsystem: str | None = None,
    set: Mapping[str, object] | None = None,
    log: Sequence[str] | None = None,
    step: float | None = None,
    stop_time: float | None = None,
    engine: str = "auto",
    threads: int | None = None,
    progress: bool | None = None,
    client: Any = None,
) -> Recording:
    """Run a diagram many times at once and return one recording, in which the runs are the last axis of every array.

    model       a `Model` or the path of a Simulink file
    workspaces  variables by name, for all runs or a list of one mapping (or file) per run. Those that shape the diagram
                (a size, an index) must be the same in all.
    inputs      root Inports by name, each `T x width`, as `simulate` takes them, for all runs or a list per run
    subsystem, set, log, step, stop_time
                as in `simulate`
    engine      ``compiled``, ``numpy`` or ``auto``, by the expected work of all runs
    threads     of the compiled engine; by default one for each processor
    progress    whether to show a bar; by default where there is a terminal and the runs take a while
    client      a `dask.distributed` Client, over whose workers the runs go in chunks

    Signals and states are `T x … x B` for B runs. What a run computes depends neither on its neighbours nor on threads
    or chunks. Raises `UsageError` where the runs do not fit together.
    """
    runs = _Runs.of(workspaces, inputs)
    options = {"subsystem": subsystem, "set": set, "log": log or (), "step": step, "stop_time": stop_time}
    if client is not None:
        return _over_workers(client, model, runs, options, engine, threads, progress)
    batch = _Batch.of(model, runs, options, engine)
    outputs, state = batch.run(threads, progress)
    return batch.recording(outputs, state)


@dataclass(frozen=True)
class _Runs:
    """Workspaces and inputs, one for all or one per run."""

    workspaces: Sequence[Workspace]
    inputs: Sequence[Inputs]
    count: int

    @staticmethod
    def of(workspaces: Any, inputs: Any) -> _Runs:
        several = [
            list(given)
            for given in (workspaces, inputs)
            if isinstance(given, Sequence) and not isinstance(given, str | bytes)
        ]
        counts = {len(given) for given in several}
        if not counts or 0 in counts:
            raise UsageError("a batch needs a list: of workspaces, of inputs, or of both, one per run")
        if len(counts) > 1:
            raise UsageError(f"there are {len(several[0])} workspaces, but {len(several[1])} inputs")
        lists: list[Any] = [
            list(given) if isinstance(given, Sequence) and not isinstance(given, str | bytes) else [given]
            for given in (workspaces, {} if inputs is None else inputs)
        ]
        return _Runs(lists[0], lists[1], counts.pop())

    def part(self, start: int, stop: int) -> _Runs:
        """Some of the runs."""
        cut: list[Any] = [given if len(given) == 1 else given[start:stop] for given in (self.workspaces, self.inputs)]
        return _Runs(cut[0], cut[1], stop - start)


def _differ(arrays: Sequence[Array]) -> bool:
    """Whether arrays are not all the same, bit for bit."""
    first = arrays[0].tobytes()
    return not all(array is arrays[0] or array.tobytes() == first for array in arrays[1:])


@dataclass
class _Batch:
    """A diagram with what is the same in all runs, and what differs, one array per run."""

    ready: Ready
    engine: str
    choice: str
    count: int
    schedule: Schedule
    shared: tuple[dict[str, Array], dict[str, Array]]  # parameters, inputs
    varied: tuple[dict[str, list[Array]], dict[str, list[Array]]]

    @staticmethod
    def of(model: Model | Path, runs: _Runs, options: Mapping[str, Any], engine: str) -> _Batch:
        spaces = [load_workspace(workspace) for workspace in runs.workspaces]
        rows = [_numbers(given) for given in runs.inputs]
        types = {name: type_of(array) for name, array in rows[0].items() if name != "time"}
        built = Job(model, spaces[0], input_types=types, **options).build()
        ready, program = Ready.of(built), built.diagram.program
        steps = _steps(rows[0], options["stop_time"], ready)
        schedule = Schedule.of(program, steps)
        shared, varied = dict(ready.parameters), dict[str, list[Array]]()
        for name in program.parameters:
            first = spaces[0].get(name)
            if first is None or all(space.get(name) is first for space in spaces):
                continue
            different = [_parameter(program, name, space, k) for k, space in enumerate(spaces)]
            if _differ(different):
                varied[name] = different
        _check_shape(ready, spaces)
        fed, varied_fed = dict[str, Array](), dict[str, list[Array]]()
        unknown = [name for name in rows[0] if name != "time" and name not in program.inputs]
        if unknown:
            raise UsageError(
                f"there is no root Inport {unknown[0]!r}; there are: {', '.join(program.inputs) or 'none'}"
            )
        for name in program.inputs:
            arrays = [_input(program, name, given, schedule, k) for k, given in enumerate(rows)]
            fed[name] = arrays[0]
            if _differ(arrays):
                varied_fed[name] = arrays
        if engine not in ("auto", "numpy", "compiled"):
            raise UsageError(f"a batch runs on numpy or compiled, not on {engine!r}")
        work, choice = steps * runs.count, ""
        if engine == "auto":
            engine = "compiled" if compiling_pays(ready.operations, work) else "numpy"
            choice = reason(ready.operations, work, engine)
        return _Batch(ready, engine, choice, runs.count, schedule, (shared, fed), (varied, varied_fed))

    def run(self, threads: int | None, progress: bool | None) -> tuple[dict[str, Array], dict[str, Array]]:
        """Every output and final state, with the runs as the last axis."""
        from bridge.program.batch import batched

        program = self.ready.program
        lanes = min(_lanes_of(program) if self.engine == "compiled" else _NUMPY_LANES, _next_power(self.count))
        wide = batched(program, lanes, *self.varied)
        _check_stops(wide)
        load = self._loader(wide)
        steps, count = len(self.schedule.times), self.count
        outputs = {o.name: _room(count, (steps, *o.value.shape), o.value.dtype) for o in program.outputs}
        state = {slot.path: _room(count, slot.type.shape, slot.type.dtype) for slot in program.slots}

        def block(runner: Runner, start: int) -> int:
            stop = min(start + lanes, count)
            parameters, inputs = (
                {**same, **{name: _lanes(arrays, start, lanes) for name, arrays in other.items()}}
                for same, other in zip(self.shared, self.varied, strict=True)
            )
            done = runner.run(self.schedule, parameters, inputs)
            for whole, part in ((outputs, done.outputs), (state, done.state)):
                for name, array in whole.items():
                    found = np.asarray(part[name])
                    array[..., start:stop] = (
                        found[..., : stop - start] if found.ndim == array.ndim else found[..., None]
                    )
            return stop - start

        starts = range(0, count, lanes)
        workers = min(threads or _processors(), len(starts)) if self.engine == "compiled" else 1
        with _bar(count, len(starts) > workers if progress is None else progress) as advance:
            for size in _spread(block, load, starts, workers):
                advance(size)
        for array in (*outputs.values(), *state.values()):
            array.setflags(write=False)  # a recording then keeps it without a copy
        return outputs, state

    def _loader(self, wide: Program) -> Callable[[], Runner]:
        """What makes a runner: each thread has its own, of one library."""
        if self.engine == "compiled":
            from bridge.engines.compiled_engine import CompiledRunner, built

            try:
                library = built(wide)
            except EngineError as error:
                if not self.choice:
                    raise
                self.engine, self.choice = "numpy", str(error)
            else:
                return lambda: CompiledRunner(wide, library)
        return lambda: engine_of("numpy").load(wide)

    def recording(self, outputs: Mapping[str, Array], state: Mapping[str, Array]) -> Recording:
        """The outputs as a recording."""
        return recorded(self.ready, self.schedule, outputs, state, self.engine, self.choice)


def _numbers(given: Inputs) -> dict[str, Array]:
    """The inputs as arrays with a row per step."""
    arrays = {name: array_of(name, array) for name, array in given.items()}
    for name, array in arrays.items():
        if not array.ndim:
            raise UsageError(f"input {name!r} is one number: a row per step is needed")
    return arrays


def _steps(rows: Mapping[str, Array], stop_time: float | None, ready: Ready) -> int:
    counts = {len(array) for name, array in rows.items() if name != "time"}
    if not counts or "time" in rows or stop_time is not None:
        return ready.steps
    if len(counts) != 1:
        raise UsageError(f"the inputs have different numbers of rows: {', '.join(map(str, sorted(counts)))}")
    return counts.pop()


def _parameter(program: Program, name: str, workspace: Mapping[str, Any], run: int) -> Array:
    value = program.parameters[name]
    if name not in workspace:
        raise UsageError(f"run {run}: the workspace has no variable {name!r}, which that of run 0 has")
    array = np.asarray(workspace[name])
    if array.size != value.type.size or (array.ndim > 1 and array.shape != value.shape):
        raise UsageError(f"run {run}: variable {name!r} is {array.shape}, not {value.shape} as in run 0")
    return np.ascontiguousarray(array.reshape(value.shape), value.dtype.numpy)


def _check_shape(ready: Ready, spaces: Sequence[Mapping[str, Any]]) -> None:
    """Refuse variables that shape the program and are not the same in all runs."""
    for name in sorted(ready.structural):
        for run, space in enumerate(spaces[1:], 1):
            first, other = spaces[0].get(name), space.get(name)
            if other is not first and not _same(first, other):
                raise UsageError(f"run {run}: variable {name!r} shapes the program; it must be that of run 0")


def _same(first: Any, other: Any) -> bool:
    try:
        return bool(np.array_equal(first, other))
    except (TypeError, ValueError):
        return False


def _input(program: Program, name: str, given: Mapping[str, Array], schedule: Schedule, run: int) -> Array:
    rows = given.get(name)
    if rows is not None and "time" in given:
        rows = resample(name, np.asarray(given["time"], float), rows, schedule.times)
    try:
        return np.ascontiguousarray(row_per_step(program, name, rows, len(schedule.times)))
    except UsageError as error:
        raise UsageError(f"run {run}: {error}") from None


def _check_stops(program: Program) -> None:
    for output in program.outputs:
        if output.kind == "stop":
            raise UsageError("a diagram with a Stop block ends each run at its own time: run them one by one")


def _lanes(arrays: Sequence[Array], start: int, lanes: int) -> Array:
    """So many runs from `start` on as the last axis; the last one again where there are no more."""
    part = list(arrays[start : start + lanes])
    return np.stack(part + part[-1:] * (lanes - len(part)), -1)


def _room(count: int, shape: Shape, dtype: DType) -> Array:
    """An array with the runs as its last axis; in memory each run is in one piece, as it is written and mostly read."""
    return np.moveaxis(np.empty((count, *shape), dtype.numpy), 0, -1)


def _lanes_of(program: Program) -> int:
    largest = max((value.type.size for node in program.step.walk() for value in node.outputs), default=1)
    return min(max(_next_power(_CACHED // max(largest, 1) + 1) // 2, _FEWEST), _MOST)


def _next_power(count: int) -> int:
    return 1 << max(count - 1, 0).bit_length()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _spread(
    block: Callable[[Runner, int], int], load: Callable[[], Runner], starts: Sequence[int], workers: int
) -> Iterator[int]:
    """The sizes of blocks as they are done, by so many threads that take the next one each."""
    if workers <= 1:
        runner = load()
        for start in starts:
            yield block(runner, start)
        return
    with ThreadPoolExecutor(workers) as pool:

        def several(first: int) -> list[int]:
            runner = load()
            return [block(runner, start) for start in starts[first::workers]]

        for done in as_completed([pool.submit(several, first) for first in range(workers)]):
            yield from done.result()


@contextmanager
def _bar(count: int, wanted: bool) -> Iterator[Callable[[int], object]]:
    """A progress bar over the runs, on a terminal alone."""
    import sys

    if not wanted or not sys.stderr.isatty():
        yield lambda size: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=count)
        yield lambda size: bar.advance(task, size)


def _chunk(model: Any, runs: _Runs, options: Mapping[str, Any], engine: str, threads: int | None) -> Any:
    """What a worker does: some of the runs, as `simulate_batch` does them."""
    batch = _Batch.of(model, runs, options, engine)
    return batch, batch.run(threads, progress=False)


def _over_workers(
    client: Any,
    model: Model | Path,
    runs: _Runs,
    options: Mapping[str, Any],
    engine: str,
    threads: int | None,
    progress: bool | None,
) -> Recording:
    """The runs in chunks of whole blocks of lanes over a cluster's workers."""
    from bridge.simulation.sources import load_model

    read = load_model(model)
    workers = max(len(client.scheduler_info()["workers"]), 1)
    # Four chunks a worker, so that none waits long for the last; each of whole blocks of lanes.
    size = -(-runs.count // (4 * workers * _MOST)) * _MOST
    starts = range(0, runs.count, size)
    parts = [runs.part(start, min(start + size, runs.count)) for start in starts]
    futures = [client.submit(_chunk, read, part, options, engine, threads, pure=False) for part in parts]
    found: list[Any] = []
    with _bar(runs.count, progress is not False) as advance:
        for future, part in zip(futures, parts, strict=True):
            found.append(future.result())
            advance(part.count)
    joined = [
        {name: np.concatenate([part[1][k][name] for part in found], -1) for name in found[0][1][k]} for k in range(2)
    ]
    batch: _Batch = found[0][0]
    return batch.recording(*joined)
