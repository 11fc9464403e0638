"""The arrays, cells of arrays and labels beside a network, however deep, with MATLAB's expression of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files import network_mat
from bridge.files.mat_signals import Dataset, Signal, SimulationOutput, Timeseries
from bridge.files.mat_tables import Table
from bridge.matlab.values import Cell, Char, String, Struct

Array = npt.NDArray[Any]
_DEEPEST = 4
_LISTED = 20
"""Of cells that hold no sequences, and of logged signals, so many are looked into."""


def leaves(variables: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Arrays, lists of arrays (of a cell array of sequences), and arrays of labels.

    Looked into are structures, cells, tables and timetables (their columns, and all numbers together), timeseries,
    logged data and the outputs of simulations; what these log has time along the rows.
    """
    for name, value in variables.items():
        inside = _inside(name, value)
        if inside is not None:
            if depth < _DEEPEST:
                yield from leaves(inside, depth + 1)
            continue
        data = numbers(value)
        if isinstance(data, Cell) and not _labelled(data):
            items = [numbers(item) for item in data]
            if (items and all(map(_numeric, items))) or (items and all(map(_labelled, items))):
                yield name, items
            elif depth < _DEEPEST:
                yield from leaves({f"{name}{{{k}}}": item for k, item in enumerate(items[:_LISTED], 1)}, depth + 1)
        elif _numeric(data) or _labelled(data):
            yield name, data


def numbers(value: Any) -> Any:
    """A `dlarray`'s numbers."""
    if getattr(value, "class_name", "") in ("dlarray", "gpuArray"):
        return next((value[key] for key in ("Data", "data") if key in value), value)
    return value


def _inside(name: str, value: Any) -> dict[str, Any] | None:
    """What a value of another kind than arrays and cells holds, by expression."""
    if network_mat.is_network(value):
        return {}  # weights are neither inputs nor predictions
    if isinstance(value, Struct):
        return {f"{name}.{key}": item for key, item in value.items()} if value.size == 1 else {}
    if isinstance(value, Table):
        columns = {f"{name}.{key}": item for key, item in value.columns.items()}
        flat = [item for item in value.columns.values() if _numeric(item) and item.ndim == 2]
        if len(flat) > 1:
            columns[f"{name}{{:,vartype('numeric')}}"] = np.concatenate(flat, 1)
        return columns
    if isinstance(value, SimulationOutput):
        return {f"{name}.{key}": item for key, item in value.items()}
    if isinstance(value, Dataset):
        return {f"{name}{{{k}}}": item for k, item in enumerate(value.elements[:_LISTED], 1)}
    if isinstance(value, Signal):
        return {f"{name}.Values": value.values}
    if isinstance(value, Timeseries):
        samples = value.samples
        return {f"{name}.Data": samples.reshape(len(samples), -1)}
    return None


def _numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and 0 < value.size < 50_000_000


def _labelled(value: Any) -> bool:
    """Whether a value is an array of labels: a categorical, a string array, a cell array of texts."""
    if isinstance(value, Cell):
        return value.size > 1 and all(isinstance(item, Char) for item in value)
    return hasattr(value, "labels") or (isinstance(value, String) and value.size > 1)
