"""The inner signals of one side: what every block or layer computes at every step, and what it computes it from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.model import Block, Model
from bridge.network import Network

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Point:
    """One signal inside a side.

    place    the block (path below the model) or layer that computes it; `part` says which part of it: a port, a gate
    values   steps x elements
    inputs   places in `Inner.points` that it is computed from in the same step; `delayed`, in earlier steps
    names    what else it may be called: the label of a line, a name in a recording
    block    the block, for a diagram
    whole    whether it depends on its inputs at all steps, later ones too
    """

    place: str
    values: Array
    part: str = ""
    inputs: tuple[int, ...] = ()
    delayed: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    block: Block | None = None
    whole: bool = False

    def __str__(self) -> str:
        return f"'{self.place}'" + (f", {self.part}" if self.part else "")


@dataclass(frozen=True)
class Inner:
    """A side from inside: `points` in the order of execution, `sinks` the points behind each recorded signal.

    `recorders` names the block that records each signal. `thing` is the model or network itself, `variables` the
    workspace. `flows` says whether it is known what is computed from what; in a recording it is not.
    """

    time: Array
    points: tuple[Point, ...]
    sinks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    recorders: Mapping[str, str] = field(default_factory=dict)
    thing: Model | Network | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    flows: bool = True


def on_steps(values: Array, times: Array, steps: Array) -> Array:
    """A signal at every step, `steps x elements`: held where it has no sample of its own."""
    flat = values.reshape(len(values), -1)
    wide: Array = flat.astype(np.complex128 if flat.dtype.kind == "c" else np.float64)
    if len(times) == len(steps) and np.array_equal(times, steps):
        return wide
    if not len(times):
        return np.full((len(steps), wide.shape[1]), np.nan)
    return wide[np.clip(np.searchsorted(times, steps + 1e-9 * np.abs(steps), side="right") - 1, 0, None)]


def common_steps(a: Inner, b: Inner) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """The steps of a and of b that are at the same time."""
    from bridge.comparing.alignment import rounding

    if not len(a.time) or not len(b.time):
        return np.zeros(0, int), np.zeros(0, int)
    place = np.clip(np.searchsorted(b.time, a.time), 0, len(b.time) - 1)
    before = np.maximum(place - 1, 0)
    nearer = np.abs(b.time[before] - a.time) < np.abs(b.time[place] - a.time)
    place = np.where(nearer, before, place)
    same = np.flatnonzero(np.abs(b.time[place] - a.time) <= rounding(a.time, b.time))
    return same, place[same]


def rows(points: Sequence[Point], steps: Array) -> list[Array]:
    """Every point's values at some of the steps."""
    return [point.values[steps] for point in points]
