"""What stands beside a network in a .mat file and may be its inputs or its recorded predictions.

Everything is turned into channels by steps here, as MATLAB holds what goes into a network; an expression in MATLAB's
language says how.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.cases.net_leaves import leaves
from bridge.cases.net_scalings import Scaling
from bridge.matlab.values import Cell, Char, String

Array = npt.NDArray[Any]
_FEWEST = 3
_LONGEST = 200_000


@dataclass(frozen=True, eq=False)
class Candidate:
    """Sequences `channels x steps` that may go in; `expression` in MATLAB's language.

    `changes` counts what was done to the array; `several`: it is a cell array; `part`: some steps are
    left out; `joined`: two arrays, one after the other.
    """

    expression: str
    sequences: list[Array]
    changes: int = 0
    several: bool = False
    part: bool = False
    joined: bool = False

    def scaled(self, scaling: Scaling) -> Candidate:
        """As the scaling says."""
        text = scaling.forward.format(self.expression)
        return Candidate(text, [scaling.apply(x) for x in self.sequences], self.changes + 1, self.several)

    def each_step(self) -> Candidate:
        """Each step as a sequence of its own, as scripts do with windows that they have cut by themselves."""
        (x,) = self.sequences
        columns = [x[:, k : k + 1] for k in range(x.shape[1])]
        return Candidate(f"num2cell({self.expression},1)", columns, self.changes + 1, several=True)

    def members(self, lengths: Set[int]) -> Iterator[Candidate]:
        """Of a cell array the sequences of certain lengths, each alone."""
        cell = self.expression.removesuffix("'")
        turned = "'" if cell != self.expression else ""
        for k, x in enumerate(self.sequences if cell.isidentifier() else (), 1):
            if x.shape[1] in lengths:
                yield Candidate(f"{cell}{{{k}}}{turned}", [x], self.changes + 1)

    def without_first(self, count: int) -> Candidate:
        """Without its first steps."""
        text = self.expression if self.expression.isidentifier() else f"({self.expression})"
        return Candidate(f"{text}(:,{count + 1}:end)", [self.sequences[0][:, count:]], self.changes + 1, part=True)

    def up_to(self, count: int) -> Candidate:
        """The first steps alone."""
        text = self.expression if self.expression.isidentifier() else f"({self.expression})"
        return Candidate(f"{text}(:,1:{count})", [self.sequences[0][:, :count]], self.changes + 1, part=True)


@dataclass(frozen=True, eq=False)
class Recorded:
    """Values `channels x steps` that may be predictions. `lengths` of the sequences, where it is a cell array."""

    expression: str
    values: Array
    lengths: tuple[int, ...] = ()
    single: bool = False


def inputs(variables: Mapping[str, Any], channels: int) -> list[Candidate]:
    """Everything that has as many channels as the network takes, in either orientation."""
    found = []
    for name, value in _alone(variables):
        if isinstance(value, list) and isinstance(value[0], np.ndarray):
            for turned in (False, True):
                each = [x.T if turned else x for x in value if x.ndim == 2]
                fits = len(each) == len(value) and all(x.shape[0] == channels and x.shape[1] for x in each)
                if fits and all(np.isfinite(x).all() for x in each):
                    found.append(Candidate(f"{name}'" if turned else name, [_double(x) for x in each], turned, True))
                    break
        elif isinstance(value, np.ndarray) and np.isfinite(value).all():
            found += [each for each in _oriented(name, value, channels) if each.sequences[0].shape[1] <= _LONGEST]
    return found


def _alone(variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The leaves; a cell array of one sequence as that sequence."""
    for name, value in leaves(variables):
        lone = isinstance(value, list) and len(value) == 1 and isinstance(value[0], np.ndarray)
        yield (f"{name}{{1}}", value[0]) if lone else (name, value)


def _oriented(name: str, value: Array, channels: int) -> Iterator[Candidate]:
    if value.ndim == 2:
        if value.shape[0] == channels and value.shape[1] >= _FEWEST:
            yield Candidate(name, [_double(value)])
        if value.shape[1] == channels and value.shape[0] >= _FEWEST:
            yield Candidate(f"{name}'", [_double(value.T)], 0 if value.shape[0] != channels else 1)
        yield from _beside_others(name, value, channels)
    elif value.ndim == 3 and value.shape[0] == channels:
        for axis, letters in ((1, "CBT"), (2, "CTB")):
            parts = [_double(np.take(value, k, axis)) for k in range(value.shape[axis])]
            yield Candidate(f"dlarray({name},'{letters}')", parts, axis - 1, True)
    elif value.ndim == 4 and np.prod(value.shape[:3]) == channels == max(value.shape[:3]):
        yield Candidate(name, [_double(value.reshape(channels, -1, order="F"))])  # images that are vectors of features


def _beside_others(name: str, value: Array, channels: int) -> Iterator[Candidate]:
    """The first and the last channels of an array with one or two more, which hold targets, predictions or times."""
    for turned in (False, True):
        x = value.T if turned else value
        more = x.shape[0] - channels
        if more not in (1, 2) or x.shape[1] < 3 * x.shape[0]:
            continue
        for first, rows in ((0, f"1:{channels}"), (more, f"{more + 1}:{more + channels}")):
            text = f"{name}(:,{rows})'" if turned else f"{name}({rows},:)"
            yield Candidate(text, [_double(x[first : first + channels])], 2)


def recorded(variables: Mapping[str, Any], channels: int) -> list[Recorded]:
    """Everything that has as many channels as the network hands out, in either orientation."""
    found = []
    for name, value in _alone(variables):
        if isinstance(value, list) and isinstance(value[0], np.ndarray):
            parts = [x if x.ndim == 2 and x.shape[0] == channels else x.T for x in value]
            if all(x.ndim == 2 and x.shape[0] == channels for x in parts):
                whole = np.concatenate(parts, 1)
                single = all(x.dtype == np.float32 for x in parts)
                found.append(Recorded(name, _double(whole), tuple(x.shape[1] for x in parts), single))
        elif isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind == "f":
            single = value.dtype == np.float32
            if value.shape[0] == channels:
                found.append(Recorded(name, _double(value), (), single))
            if value.shape[1] == channels and value.shape[0] != channels:
                found.append(Recorded(f"{name}'", _double(value.T), (), single))
    return [each for each in map(_trimmed, found) if each.values.size and np.isfinite(each.values).all()]


def _trimmed(found: Recorded) -> Recorded:
    """Without the NaN that preallocated arrays begin or end with."""
    good = np.flatnonzero(np.isfinite(found.values).all(0))
    if found.lengths or not good.size or good.size == found.values.shape[1]:
        return found
    values = found.values[:, good[0] : good[-1] + 1]
    return Recorded(f"{found.expression}(:,{good[0] + 1}:{good[-1] + 1})", values, (), found.single)


def labels(variables: Mapping[str, Any]) -> list[tuple[str, list[list[str | None]]]]:
    """Arrays of labels as lists of one list; cells of such arrays as a list of labels for each sequence."""
    found = []
    for name, value in leaves(variables):
        each = value if isinstance(value, list) else [value]
        if each and all(hasattr(item, "labels") or is_names(item) for item in each):
            found.append((name, [texts(item) for item in each]))
    return found


def is_names(value: Any) -> bool:
    """Whether a value is a string array or a cell array of texts."""
    if isinstance(value, Cell):
        return value.size > 1 and all(isinstance(item, Char) for item in value)
    return isinstance(value, String) and value.size > 1


def texts(value: Any) -> list[str | None]:
    items = value.labels.ravel(order="F") if hasattr(value, "labels") else list(value)
    return [None if item is None else str(item) for item in items]


def _double(value: Array) -> Array:
    return np.asarray(value, np.float64)
