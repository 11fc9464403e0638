"""A diagram made ready for many runs at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bridge.engines import Schedule
from bridge.engines.choice import compiling_pays, reason
from bridge.errors import EngineError, UsageError
from bridge.recording import Recording
from bridge.simulation.batch_blocks import Blocks, CompiledBlocks, NumpyBlocks, Task, spread
from bridge.simulation.batch_runs import Runs, Values, inputs_of, numbers, parameters_of, steps_of
from bridge.simulation.inputs import type_of
from bridge.simulation.job import Job, Ready
from bridge.simulation.run import recorded
from bridge.simulation.sources import Path, Workspace
from bridge.suggestions import offered

if TYPE_CHECKING:
    from bridge.model import Model

Array = NDArray[Any]
Given = Mapping[str, Any]


class BatchSimulator:
    """A diagram made ready for many runs at once, as `Simulator` is for one at a time.

    model, workspace, subsystem, set, log, step, stop_time, solver
                as in `Simulator`
    inputs      an example of one run's root Inports, for their sizes and types
    engine      ``compiled``, ``numpy`` or ``auto``, by the expected work of all runs; `choice` then says why

    What a batch needs of its own is made (and compiled) with the first one in which the same variables and inputs
    differ between the runs, and kept. Raises `UsageError` for diagrams with Stop blocks.
    """

    def __init__(
        self,
        model: Model | Path,
        workspace: Workspace = None,
        *,
        inputs: Given | None = None,
        subsystem: str | None = None,
        set: Mapping[str, object] | None = None,
        log: Sequence[str] = (),
        step: float | None = None,
        stop_time: float | None = None,
        solver: str | None = None,
        engine: str = "auto",
    ) -> None:
        if engine not in ("auto", "numpy", "compiled"):
            raise UsageError(f"a batch runs on numpy or compiled, not on {engine!r}")
        types = {name: type_of(array) for name, array in numbers(inputs or {}).items() if name != "time"}
        built = Job(model, workspace, subsystem, set, log, step, stop_time, solver, types).build()
        self.ready = Ready.of(built)
        if any(output.kind == "stop" for output in self.ready.program.outputs):
            raise UsageError("a diagram with a Stop block ends each run at its own time: run them one by one")
        self.engine_name, self.choice = engine, ""
        self._engine, self._stop_time = engine, stop_time
        self._variables = frozenset(built.variables)
        self._blocks: dict[tuple[object, ...], Blocks] = {}

    def run(
        self,
        inputs: Given | Sequence[Given] | None = None,
        *,
        parameters: Given | Sequence[Given] | None = None,
        threads: int | None = None,
        progress: bool = False,
    ) -> dict[str, Array]:
        """Run from the start and return every output by name, `T x … x B` for B runs.

        `inputs` hold one row per step, `parameters` replace workspace variables: for all runs, or a list with one
        mapping per run. A variable whose value shaped the program cannot be replaced. `threads` of the compiled engine;
        by default one for each processor.
        """
        _, outputs, _ = self._run(self._given(inputs, parameters), threads, progress)
        return outputs

    def record(
        self,
        inputs: Given | Sequence[Given] | None = None,
        *,
        parameters: Given | Sequence[Given] | None = None,
        threads: int | None = None,
        progress: bool | None = None,
    ) -> Recording:
        """The same runs as a recording, with their final states."""
        return self.record_runs(self._given(inputs, parameters), threads=threads, progress=progress)

    def record_runs(self, runs: Runs, *, threads: int | None = None, progress: bool | None = None) -> Recording:
        """A recording of runs whose workspaces may hold more than the diagram reads."""
        schedule, outputs, state = self._run(runs, threads, progress)
        for array in (*outputs.values(), *state.values()):
            # A recording then keeps it without a copy.
            for part in (array.base, array):
                if isinstance(part, np.ndarray):
                    part.setflags(write=False)
        return recorded(self.ready, schedule, outputs, state, self.engine_name, self.choice)

    def _given(self, inputs: Any, parameters: Any) -> Runs:
        runs = Runs.of({} if parameters is None else parameters, inputs)
        for run, space in enumerate(runs.workspaces):
            for name in space:
                if name in self.ready.structural:
                    raise UsageError(f"variable {name!r} shapes the program: make a new BatchSimulator to change it")
                if name not in self._variables:
                    raise UsageError(
                        f"run {run}: there is no workspace variable {name!r} to replace"
                        f"{offered(name, sorted(self._variables))}"
                    )
        return runs

    def _run(
        self, runs: Runs, threads: int | None, progress: bool | None
    ) -> tuple[Schedule, dict[str, Array], dict[str, Array]]:
        """The steps, every output and every final state, the runs as the last axis."""
        program, count = self.ready.program, runs.count
        rows = [numbers(given) for given in runs.inputs]
        schedule = Schedule.of(program, steps_of(rows[0], self._stop_time, self.ready))
        parameters, inputs = parameters_of(self.ready, runs.workspaces), inputs_of(program, rows, schedule)
        blocks = self._made(parameters, inputs, count, len(schedule.times))
        task = Task.of(program, schedule, count, parameters, inputs)
        workers = (threads or _processors()) if self.engine_name == "compiled" else 1
        with bar(count, count > blocks.lanes * workers if progress is None else progress) as advance:
            spread(blocks, task, workers, advance)
        outputs, state = (
            {name: np.moveaxis(array, 0, -1) for name, array in whole.items()} for whole in (task.outputs, task.state)
        )
        return schedule, outputs, state

    def _made(self, parameters: Values, inputs: Values, count: int, steps: int) -> Blocks:
        """Blocks of an engine, of which those in which the same is different are kept."""
        program, operations = self.ready.program, self.ready.operations
        names = list(parameters.each), list(inputs.each)
        work, engine, self.choice = steps * count, self._engine, ""
        if engine == "auto":
            engine = "compiled" if compiling_pays(operations, work) else "numpy"
            self.choice = reason(operations, work, engine)

        def kept(make: type[CompiledBlocks | NumpyBlocks]) -> Blocks:
            lanes = make.lanes_for(program, count)
            key = (make, lanes, *map(tuple, names))
            if key not in self._blocks:
                self._blocks[key] = make(program, lanes, *names)
            return self._blocks[key]

        if engine == "compiled":
            self.engine_name = engine
            try:
                return kept(CompiledBlocks)
            except EngineError as error:
                if not self.choice:
                    raise
                self.choice = str(error)
        self.engine_name = "numpy"
        return kept(NumpyBlocks)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def bar(count: int, wanted: bool) -> Iterator[Callable[[int], object]]:
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
