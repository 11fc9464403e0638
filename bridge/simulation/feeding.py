"""Data for From Workspace blocks: what a user would assign to the variables that they read.

A block that reads ``[t u]`` gets its data as `u` and their times as `t`, one that reads ``simin`` both in one variable:
in place of the caller's and of the model's own, so that a stop time ``t(end)`` follows. Where the block reads any other
expression, or a mask hides the variable, the data replace its parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.errors import UnknownInput, UsageError
from bridge.model import Block, Model, System
from bridge.simulation.inputs import array_of
from bridge.simulation.job import Job
from bridge.simulation.sources import load_model, load_workspace, model_workspace
from bridge.suggestions import offered

_PAIR = re.compile(r"\[\s*([A-Za-z]\w*)\s*[,\s]\s*([A-Za-z]\w*)\s*\]", re.ASCII)
_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)


@dataclass(frozen=True)
class Source:
    """A From Workspace block: its path without the model's name, and the variables that hold its times and data.

    Both are one variable in ``simin``; there is none in any other expression, or where a mask could hide it.
    """

    path: str
    time: str = ""
    data: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What the caller may call it."""
        return tuple(dict.fromkeys(filter(None, (self.path, self.path.rpartition("/")[2], self.data))))


def sources(model: Model, subsystem: str | None = None) -> list[Source]:
    """The From Workspace blocks of a model, or of one subsystem of it, that take part."""
    path = (subsystem or "").removeprefix(f"{model.name}/")
    start = model.find(path).subsystem if path else model.root
    return [] if start is None else list(_of(model, start, f"{path}/" if path else "", masked=bool(path)))


def _of(model: Model, system: System, path: str, masked: bool) -> Iterator[Source]:
    for block in system.blocks:
        here = path + block.name.replace("\n", " ")
        if block.get("Commented", "off") != "off":
            continue
        if block.kind == "FromWorkspace":
            yield _source(model, block, here, masked)
        if block.subsystem is not None:
            yield from _of(model, block.subsystem, f"{here}/", masked or block.mask is not None)


def _source(model: Model, block: Block, path: str, masked: bool) -> Source:
    text = block.get("VariableName") or model.defaults.get(block.kind, {}).get("VariableName", "simin")
    pair = _PAIR.fullmatch(text.strip())
    if masked or not (pair or _NAME.fullmatch(text.strip())):
        return Source(path)
    return Source(path, pair[1], pair[2]) if pair else Source(path, text.strip(), text.strip())


def fed(job: Job, inputs: Mapping[str, Any], refused: UnknownInput) -> tuple[Job, frozenset[str]]:
    """A job whose From Workspace blocks take those of the `inputs` that are no Inports', and the names of these.

    refused  what was said of the first of them. An input is called as the block's path, its name, or the variable that
             holds its data. Its times are the input ``time``; without it steps of `job.step` are taken, or the times go
             on as those that the workspace holds.

    Raises `UnknownInput` for a name of neither, `UsageError` where several blocks have it, or no time is known.
    """
    model = load_model(job.model)
    there = sources(model, job.subsystem)
    variables: dict[str, Any] = dict(job.data or {})
    overrides: dict[str, Any] = dict(job.set or {})
    names = [name for name in inputs if name != "time" and name not in refused.known]
    for name in names:
        matching = [source for source in there if name in source.names]
        if not there:
            raise refused
        if not matching:
            known = list(dict.fromkeys([*refused.known, *(source.data or source.path for source in there)]))
            what = f"there is no root Inport and no From Workspace block {name!r} in {model.name}"
            raise UnknownInput(known, f"{what}{offered(name, known)}")
        if len(matching) > 1 and len({source.data for source in matching if source.data}) != 1:
            listed = ", ".join(source.path for source in matching)
            raise UsageError(f"input {name!r} may be for each of the From Workspace blocks {listed}; a path is clear")
        data = array_of(name, inputs[name])
        rows = data.reshape(-1, 1) if data.ndim == 1 else data
        for source in matching:
            time = _times(name, inputs.get("time"), len(rows), source, job, model)
            if source.time != source.data:
                variables |= {source.time: time, source.data: rows}
            elif source.data:
                variables[source.data] = _one_variable(time, rows)
            else:
                overrides[f"{source.path}/VariableName"] = _one_variable(time, rows)
    used = {name: value for name, value in inputs.items() if name != "time" and name not in names}
    types = {name: type for name, type in (job.input_types or {}).items() if name in used}
    return replace(job, set=overrides, data=variables, input_types=types), frozenset(names)


def _times(name: str, given: Any, rows: int, source: Source, job: Job, model: Model) -> NDArray[Any]:
    """The times of the rows as a column."""
    if given is not None:
        times = np.asarray(given, float).reshape(-1, 1)
        if len(times) != rows:
            raise UsageError(f"input {name!r} has {rows} rows, but time {len(times)}")
        return times
    if job.step is not None:
        return job.step * np.arange(float(rows))[:, None]
    held = {**load_workspace(job.workspace), **model_workspace(model)}.get(source.time)
    column = np.asarray(held, float) if isinstance(held, np.ndarray) and held.dtype.kind in "iuf" else np.empty((0, 1))
    before = column[:, 0] if column.ndim == 2 and source.time == source.data else column.ravel()
    steps = np.diff(before)
    if steps.size and steps[0] > 0 and np.allclose(steps, steps[0], rtol=1e-9, atol=0):
        going_on: NDArray[Any] = before[0] + steps[0] * np.arange(float(rows))
        return going_on[:, None]
    where = f"input {name!r} of the From Workspace block {source.path!r}"
    raise UsageError(f"{where} needs times: time beside it, or a step")


def _one_variable(time: NDArray[Any], rows: NDArray[Any]) -> Any:
    """Times and data in one variable: a matrix, or a structure where they are no columns of double precision."""
    if rows.ndim == 2 and rows.dtype == np.float64:
        return np.hstack([time, rows])
    values = np.moveaxis(rows, 0, -1) if rows.ndim > 2 else rows
    size = np.array([rows.shape[1:]], float)
    return {"time": time, "signals": {"values": values, "dimensions": size, "label": ""}}
