"""What stands beside a network in a .mat file and may be its inputs or its recorded predictions.

Everything is turned into channels by steps here, as MATLAB holds what goes into a network; an expression in MATLAB's
language says how.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.matlab.values import Cell, Struct

Array = npt.NDArray[Any]
_FEWEST = 3
_LONGEST = 200_000
_MEAN = re.compile(r"(mu|mean|avg|average)|.*(_mu|mu_|mean|avg|average).*|mu[A-Z0-9_]?.*", re.IGNORECASE)
_DEVIATION = re.compile(r"(sig|sigma|std|sd|stddev)|.*(sigma|std|_sig|sig_|stddev|deviation).*|sig[A-Z0-9_]?.*", re.I)


@dataclass(frozen=True, eq=False)
class Scaling:
    """A mean and a standard deviation that stand beside the network, as columns."""

    mean: str
    deviation: str
    mu: Array
    sigma: Array

    def fits(self, channels: int) -> bool:
        """Whether they are one number, or one for each of `channels`."""
        return self.mu.size in (1, channels) and self.sigma.size in (1, channels)


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

    def standardized(self, scaling: Scaling) -> Candidate:
        """(x - mu) ./ sig."""
        mu, sigma = scaling.mu.reshape(-1, 1), scaling.sigma.reshape(-1, 1)
        with np.errstate(all="ignore"):
            changed = [(x - mu) / sigma for x in self.sequences]
        text = f"({self.expression} - {scaling.mean})./{scaling.deviation}"
        return Candidate(text, changed, self.changes + 1, self.several)

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


def leaves(variables: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Arrays, cells of arrays and labels among variables and in their structures, with MATLAB's expression of each."""
    for name, value in variables.items():
        if isinstance(value, Struct) and value.size == 1 and depth < 3:
            yield from leaves({f"{name}.{key}": item for key, item in value.items()}, depth + 1)
            continue
        data = _data(value)
        if isinstance(data, Cell):
            inside = [_data(item) for item in data]
            if inside and all(_numeric(item) for item in inside):
                yield name, inside
            elif depth < 3:
                yield from leaves({f"{name}{{{k}}}": item for k, item in enumerate(inside[:20], 1)}, depth + 1)
        elif _numeric(data) or hasattr(data, "labels"):
            yield name, data


def _data(value: Any) -> Any:
    """A `dlarray`'s numbers."""
    if getattr(value, "class_name", "") in ("dlarray", "gpuArray"):
        return next((value[key] for key in ("Data", "data") if key in value), value)
    return value


def _numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and 0 < value.size < 50_000_000


def scalings(variables: Mapping[str, Any]) -> list[Scaling]:
    """Pairs of a mean and a standard deviation, by their names."""
    vectors = {
        name: np.asarray(value, np.float64)
        for name, value in leaves(variables)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and max(value.shape) == value.size <= 10_000
    }
    means = {name: value for name, value in vectors.items() if _MEAN.fullmatch(name.rpartition(".")[2])}
    deviations = {
        name: value
        for name, value in vectors.items()
        if _DEVIATION.fullmatch(name.rpartition(".")[2]) and (value > 0).all()
    }
    pairs = [
        Scaling(mean, deviation, mu.ravel(), sigma.ravel())
        for mean, mu in means.items()
        for deviation, sigma in deviations.items()
        if mu.size == sigma.size and mean != deviation
    ]
    # Of many, the plainest names.
    return sorted(pairs, key=lambda pair: len(pair.mean) + len(pair.deviation))[:6]


def inputs(variables: Mapping[str, Any], channels: int) -> list[Candidate]:
    """Everything that has as many channels as the network takes, in either orientation."""
    found = []
    for name, value in leaves(variables):
        if isinstance(value, list):
            for turned in (False, True):
                each = [x.T if turned else x for x in value if x.ndim == 2]
                fits = len(each) == len(value) and all(x.shape[0] == channels and x.shape[1] for x in each)
                if fits and all(np.isfinite(x).all() for x in each):
                    found.append(Candidate(f"{name}'" if turned else name, [_double(x) for x in each], turned, True))
                    break
        elif isinstance(value, np.ndarray) and np.isfinite(value).all():
            found += [each for each in _oriented(name, value, channels) if each.sequences[0].shape[1] <= _LONGEST]
    return found


def _oriented(name: str, value: Array, channels: int) -> Iterator[Candidate]:
    if value.ndim == 2:
        if value.shape[0] == channels and value.shape[1] >= _FEWEST:
            yield Candidate(name, [_double(value)])
        if value.shape[1] == channels and value.shape[0] >= _FEWEST:
            yield Candidate(f"{name}'", [_double(value.T)], 0 if value.shape[0] != channels else 1)
    elif value.ndim == 3 and value.shape[0] == channels:
        for axis, letters in ((1, "CBT"), (2, "CTB")):
            parts = [_double(np.take(value, k, axis)) for k in range(value.shape[axis])]
            yield Candidate(f"dlarray({name},'{letters}')", parts, axis - 1, True)


def recorded(variables: Mapping[str, Any], channels: int) -> list[Recorded]:
    """Everything that has as many channels as the network hands out, in either orientation."""
    found = []
    for name, value in leaves(variables):
        if isinstance(value, list):
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


def labels(variables: Mapping[str, Any]) -> list[tuple[str, list[str | None]]]:
    """Categorical arrays, as lists of labels."""
    return [
        (name, [None if item is None else str(item) for item in value.labels.ravel(order="F")])
        for name, value in leaves(variables)
        if hasattr(value, "labels")
    ]


def _double(value: Array) -> Array:
    return np.asarray(value, np.float64)
