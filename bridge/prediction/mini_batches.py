"""Sequences of unequal length side by side, padded as MATLAB pads them.

Each `MiniBatchSize` sequences that follow each other make a mini-batch. They are brought to one length: ``longest``
adds padding, ``shortest`` leaves out steps, at the end or at the beginning; a number pads them to the longest and
splits them into pieces of so many steps, with the states carried from one to the next. Padding goes through the
network, normalization and all, and so changes what is said of the last step of a sequence, or of an earlier one by a
layer that reads backward. It is cut from results over time. Source: the toolbox's pages of `trainingOptions`,
``predict`` and "Sequence Padding, Truncation, and Splitting".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import LayoutError, UsageError

Array = npt.NDArray[Any]
Inputs = Mapping[str, Array]
"""By input layer `T x C`, or `C` without time."""


@dataclass(frozen=True)
class Padding:
    """How sequences become mini-batches. `length` is ``longest``, ``shortest`` or a number of steps."""

    size: int
    side: str = "right"
    value: float = 0.0
    length: str | int = "longest"

    def __post_init__(self) -> None:
        if not _whole(self.size):
            raise UsageError(f"mini_batch_size is a whole number of sequences, not {self.size!r}")
        if self.side not in ("right", "left"):
            raise UsageError(f"padding is 'right' or 'left', not {self.side!r}")
        if self.length not in ("longest", "shortest") and not _whole(self.length):
            raise UsageError(f"sequence_length is 'longest', 'shortest' or a number of steps, not {self.length!r}")

    def common(self, lengths: Sequence[int]) -> int:
        """The length to which a mini-batch is brought."""
        return min(lengths) if self.length == "shortest" else max(lengths)

    def fit(self, rows: Array, length: int) -> Array:
        """A sequence, first axis time, of so many steps."""
        have = rows.shape[0]
        if have >= length:
            return rows[:length] if self.side == "right" else rows[have - length :]
        blank = np.full((length - have, *rows.shape[1:]), self.value, rows.dtype)
        return np.concatenate([rows, blank] if self.side == "right" else [blank, rows])

    def cut(self, rows: Array, length: int) -> Array:
        """Of a result over time, what belongs to a sequence of so many steps."""
        if rows.shape[0] <= length:
            return rows
        return rows[:length] if self.side == "right" else rows[rows.shape[0] - length :]

    def groups(self, count: int) -> Iterator[range]:
        """The mini-batches of so many sequences."""
        for start in range(0, count, self.size):
            yield range(start, min(start + self.size, count))

    def pieces(self, length: int) -> list[slice]:
        """The pieces into which a mini-batch of so many steps is split."""
        if isinstance(self.length, str):
            return [slice(0, length)]
        return [slice(start, min(start + self.length, length)) for start in range(0, length, self.length)]


def _whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 1


Side = dict[str, dict[str, Array]]
Compute = Callable[[Inputs, int, Side | None], tuple[Mapping[str, Array], Side]]
"""Outputs `T x C x B` or `C x B` by name and final states, from inputs `T x C x B`, the steps and first states."""


def run(
    padding: Padding,
    sequences: Sequence[Inputs],
    timed: Mapping[str, bool],
    handed: Mapping[str, bool],
    states: Sequence[Side | None],
    compute: Compute,
) -> list[tuple[dict[str, Array], Side]]:
    """For each sequence its outputs, `T x C` or `C` by name, and its final states.

    timed   whether each input is over time
    handed  whether each output is
    states  for each sequence its first states, or None for those that `compute` takes then
    """
    results: list[tuple[dict[str, Array], Side]] = []
    for group in padding.groups(len(sequences)):
        members = [sequences[k] for k in group]
        lengths = [_length(each, timed) for each in members]
        common = padding.common(lengths)
        block = {
            name: np.stack([padding.fit(each[name], common) if timed[name] else each[name] for each in members], -1)
            for name in members[0]
        }
        outputs, final = _split(padding, block, timed, common, _beside([states[k] for k in group]), compute, handed)
        for column, length in enumerate(lengths):
            own = {
                name: padding.cut(array[..., column], length)
                if handed[name] and array.shape[0] == common
                else array[..., column]
                for name, array in outputs.items()
            }
            results.append((own, {k: {n: a[:, column : column + 1] for n, a in s.items()} for k, s in final.items()}))
    return results


def _length(inputs: Inputs, timed: Mapping[str, bool]) -> int:
    lengths = {name: array.shape[0] for name, array in inputs.items() if timed[name]}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in lengths.items())
        raise LayoutError("", f"the inputs have different numbers of steps: {listed}")
    return next(iter(lengths.values()), 1)


def _beside(states: Sequence[Side | None]) -> Side | None:
    """The states of several sequences as columns; None where none is given."""
    given = [state for state in states if state is not None]
    if not given:
        return None
    if len(given) < len(states):
        raise UsageError("of the sequences of a mini-batch, all or none have a state")
    return {
        layer: {name: np.concatenate([state[layer][name] for state in given], 1) for name in given[0][layer]}
        for layer in given[0]
    }


def _split(
    padding: Padding,
    block: Inputs,
    timed: Mapping[str, bool],
    steps: int,
    state: Side | None,
    compute: Compute,
    handed: Mapping[str, bool],
) -> tuple[Mapping[str, Array], Side]:
    """A mini-batch, in pieces whose states are carried on."""
    parts: list[Mapping[str, Array]] = []
    final: Side = {}
    for piece in padding.pieces(steps) or [slice(0, 0)]:
        cut = {name: array[piece] if timed[name] else array for name, array in block.items()}
        outputs, final = compute(cut, piece.stop - piece.start, state)
        state = final
        parts.append(outputs)
    joined = {
        name: np.concatenate([part[name] for part in parts]) if handed[name] else parts[-1][name] for name in parts[0]
    }
    return joined, final
