"""Many runs of one diagram: other inputs, other workspaces, or both, in the lanes of registers and over threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.recording import Recording
from bridge.simulation.batch_blocks import MOST_LANES
from bridge.simulation.batch_runs import Runs
from bridge.simulation.batch_simulator import BatchSimulator, bar
from bridge.simulation.sources import Path, Workspace, load_workspace

if TYPE_CHECKING:
    from bridge.model import Model

Inputs = Mapping[str, Any]


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
    solver: str | None = None,
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
    subsystem, set, log, step, stop_time, solver
                as in `simulate`
    engine      ``compiled``, ``numpy`` or ``auto``, by the expected work of all runs
    threads     of the compiled engine; by default one for each processor
    progress    whether to show a bar; by default where there is a terminal and the runs take a while
    client      a `dask.distributed` Client, over whose workers the runs go in chunks

    Signals and states are `T x … x B` for B runs. What a run computes depends neither on its neighbours nor on threads
    or chunks. Raises `UsageError` where the runs do not fit together.
    """
    runs = Runs.of(workspaces, inputs)
    times = {"step": step, "stop_time": stop_time, "solver": solver}
    options = {"subsystem": subsystem, "set": set, "log": log or (), **times}
    if client is not None:
        return _over_workers(client, model, runs, {**options, "engine": engine}, threads, progress)
    return _here(model, runs, {**options, "engine": engine}, threads, progress)


def _here(
    model: Model | Path, runs: Runs, options: Mapping[str, Any], threads: int | None, progress: bool | None
) -> Recording:
    spaces = [load_workspace(workspace) for workspace in runs.workspaces]
    batch = BatchSimulator(model, spaces[0], inputs=runs.inputs[0], **options)
    return batch.record_runs(Runs(spaces, runs.inputs, runs.count), threads=threads, progress=progress)


def _over_workers(
    client: Any,
    model: Model | Path,
    runs: Runs,
    options: Mapping[str, Any],
    threads: int | None,
    progress: bool | None,
) -> Recording:
    """The runs in chunks of whole blocks of lanes over a cluster's workers."""
    from bridge.simulation.sources import load_model

    read = load_model(model)
    workers = max(len(client.scheduler_info()["workers"]), 1)
    # Four chunks a worker, so that none waits long for the last; each of whole blocks of lanes.
    size = -(-runs.count // (4 * workers * MOST_LANES)) * MOST_LANES
    starts = range(0, runs.count, size)
    parts = [runs.part(start, min(start + size, runs.count)) for start in starts]
    futures = [client.submit(_here, read, part, options, threads, False, pure=False) for part in parts]
    found: list[Recording] = []
    with bar(runs.count, progress is not False) as advance:
        for future, part in zip(futures, parts, strict=True):
            found.append(future.result())
            advance(part.count)
    first = found[0]
    return Recording(
        {name: np.concatenate([part[name] for part in found], -1) for name in first},
        first.time,
        times={name: first.times[name] for name in first},
        evidence=first.evidence,
        origin=first.origin,
        state={path: np.concatenate([part.state[path] for part in found], -1) for path in first.state},
    )
