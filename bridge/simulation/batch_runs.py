"""The runs of a batch: what differs between them, and whether they fit together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.engines import Schedule
from bridge.errors import UsageError
from bridge.program import Program, Value
from bridge.simulation.inputs import array_of, resample, row_per_step
from bridge.simulation.job import Ready
from bridge.suggestions import offered

Array = NDArray[Any]
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Runs:
    """Workspaces (or what replaces some of their variables) and inputs, one for all or one per run."""

    workspaces: Sequence[Any]
    inputs: Sequence[Given]
    count: int

    @staticmethod
    def of(workspaces: Any, inputs: Any) -> Runs:
        """Raise `UsageError` where neither is a list, or both are and differ in length."""
        both = (workspaces, {} if inputs is None else inputs)
        several = [isinstance(given, Sequence) and not isinstance(given, str | bytes) for given in both]
        lists: list[Any] = [list(given) if is_list else [given] for given, is_list in zip(both, several, strict=True)]
        counts = {len(given) for given, is_list in zip(lists, several, strict=True) if is_list}
        if not counts or 0 in counts:
            raise UsageError("a batch needs a list: of workspaces, of inputs, or of both, one per run")
        if len(counts) > 1:
            raise UsageError(f"there are {len(lists[0])} workspaces, but {len(lists[1])} inputs")
        return Runs(lists[0], lists[1], counts.pop())

    def part(self, start: int, stop: int) -> Runs:
        """Some of the runs."""
        cut: list[Any] = [given if len(given) == 1 else given[start:stop] for given in (self.workspaces, self.inputs)]
        return Runs(cut[0], cut[1], stop - start)


@dataclass(frozen=True)
class Values:
    """Arrays by name, in the types and shapes of the program: of the first run, and of each where they differ."""

    first: Mapping[str, Array]
    each: Mapping[str, Sequence[Array]]


def parameters_of(ready: Ready, spaces: Sequence[Given]) -> Values:
    """The program's parameters, as each run's variables replace them."""
    there = set[str]().union(*spaces)
    for name in sorted(ready.structural & there):
        _check_shaping(name, [space.get(name) for space in spaces])
    first, each = dict(ready.parameters), dict[str, Sequence[Array]]()
    for name in ready.program.parameters:
        if name not in there:
            continue
        having = [name in space for space in spaces]
        if not all(having):
            without, run = having.index(False), having.index(True)
            raise UsageError(f"run {without}: the workspace has no variable {name!r}, which that of run {run} has")
        arrays = _parameters(ready.program.parameters[name], name, spaces)
        first[name] = arrays[0]
        if _differ(arrays):
            each[name] = arrays
    return Values(first, each)


def inputs_of(program: Program, rows: Sequence[Mapping[str, Array]], schedule: Schedule) -> Values:
    """The root Inports' data, a row per step."""
    unknown = [name for name in rows[0] if name != "time" and name not in program.inputs]
    if unknown:
        raise UsageError(f"there is no root Inport {unknown[0]!r}{offered(unknown[0], program.inputs)}")
    first, each = dict[str, Array](), dict[str, Sequence[Array]]()
    for name in program.inputs:
        arrays = [_input(program, name, given, schedule, run) for run, given in enumerate(rows)]
        first[name] = arrays[0]
        if _differ(arrays):
            each[name] = arrays
    return Values(first, each)


def numbers(given: Given) -> dict[str, Array]:
    """The inputs as arrays with a row per step."""
    arrays = {name: array_of(name, array) for name, array in given.items()}
    for name, array in arrays.items():
        if not array.ndim:
            raise UsageError(f"input {name!r} is one number: a row per step is needed")
    return arrays


def steps_of(rows: Mapping[str, Array], stop_time: float | None, ready: Ready) -> int:
    """How many steps the runs have: as many as rows without times, else as the model says."""
    counts = {len(array) for name, array in rows.items() if name != "time"}
    if not counts or "time" in rows or stop_time is not None:
        return ready.steps
    if len(counts) != 1:
        raise UsageError(f"the inputs have different numbers of rows: {', '.join(map(str, sorted(counts)))}")
    return counts.pop()


def _differ(arrays: Sequence[Array]) -> bool:
    """Whether arrays are not all the same, bit for bit."""
    first, *others = arrays
    others = [array for array in others if array is not first]
    bits = first.tobytes() if others else b""
    return any(array.tobytes() != bits for array in others)


def _check_shaping(name: str, values: Sequence[Any]) -> None:
    """Refuse a variable that shapes the program and is not the same in all runs."""
    first = values[0]
    for run, other in enumerate(values):
        if other is not first and not _same(first, other):
            raise UsageError(f"run {run}: variable {name!r} shapes the program; it must be that of run 0")


def _same(first: Any, other: Any) -> bool:
    try:
        return bool(np.array_equal(first, other))
    except (TypeError, ValueError):
        return False


def _parameters(value: Value, name: str, spaces: Sequence[Given]) -> list[Array]:
    """A variable of every run in the program's type and shape; those that have them already stay as they are."""
    shape, dtype = value.shape, value.dtype.numpy
    whole = spaces[0][name]
    first = _parameter(value, name, whole, 0)
    arrays = []
    for run, space in enumerate(spaces):
        given = space[name]
        if given is whole:
            arrays.append(first)
        elif type(given) is np.ndarray and given.shape == shape and given.dtype == dtype:
            arrays.append(np.asarray(given, order="C"))
        else:
            arrays.append(_parameter(value, name, given, run))
    return arrays


def _parameter(value: Value, name: str, given: Any, run: int) -> Array:
    array = np.asarray(given)
    if array.size != value.type.size or (array.ndim > 1 and array.shape != value.shape):
        raise UsageError(f"run {run}: variable {name!r} is {array.shape}, not {value.shape} as in run 0")
    return np.asarray(array.reshape(value.shape), value.dtype.numpy, order="C")


def _input(program: Program, name: str, given: Mapping[str, Array], schedule: Schedule, run: int) -> Array:
    rows = given.get(name)
    if rows is not None and "time" in given:
        rows = resample(name, np.asarray(given["time"], float), rows, schedule.times)
    try:
        return np.ascontiguousarray(row_per_step(program, name, rows, len(schedule.times)))
    except UsageError as error:
        raise UsageError(f"run {run}: {error}") from None
