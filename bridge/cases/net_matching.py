"""Whether recorded numbers are a network's predictions: closely enough, often enough, and not by chance."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
TOLERANCE = 2e-6
"""Of the recorded values' range: what single precision leaves after a few hundred steps of an LSTM of some size."""
_ROUNDING = 3 * float(np.finfo(np.float32).eps)
"""Of the largest recorded value: MATLAB rounds it, and y * sig + mu, to single precision."""
_COARSEST = 2e-4
"""A tolerance above this share of the range could not tell a network from one with slightly other weights."""
_DISTINCT = 5
"""Fewer different values could agree by chance, or because the network says always the same."""
_ANCHORS = 5
_FAR = 0.1


class Match(NamedTuple):
    """Predictions laid over recorded values from `offset` on; `worst` is the largest difference of `steps` steps."""

    steps: int
    offset: int
    worst: float
    range: float
    tolerance: float
    within: int

    @property
    def relative(self) -> float:
        """The largest difference as a share of the recorded values' range."""
        return self.worst / self.range if self.range else float("inf")

    @property
    def agrees(self) -> bool:
        return self.worst <= self.tolerance


def match(
    predicted: Array, recorded: Array, *, whole: bool = False, tolerance: float = TOLERANCE, rounding: float = _ROUNDING
) -> Match | None:
    """Where both, `channels x steps`, agree best: one whole within the other. None where that would prove nothing.

    `whole`: only if both have as many steps. `tolerance` is a share of the range, `rounding` one of the largest value.
    """
    steps, there = predicted.shape[1], recorded.shape[1]
    count = min(steps, there)
    if count == 0 or (whole and steps != there):
        return None
    longer, shorter = (predicted, recorded) if steps >= there else (recorded, predicted)
    for offset in _likely(longer, shorter):
        part = longer[:, offset : offset + count]
        ours, theirs = (part, shorter) if steps >= there else (shorter, part)
        span = float(np.ptp(theirs, axis=1).max())
        allowed = tolerance * span + rounding * float(np.abs(theirs).max())
        if not span or allowed > _COARSEST * span:
            return None
        difference = np.abs(ours - theirs).max(0)
        if not np.isfinite(difference).all():
            return None
        # Counting different values takes long; of what is far off nobody asks.
        if difference.max() < _FAR * span and not _varied(theirs, allowed):
            return None
        within = int((difference <= allowed).sum())
        return Match(count, offset, float(difference.max()), span, allowed, within)
    return None


def _likely(longer: Array, shorter: Array) -> list[int]:
    """The offset at which a few steps agree best."""
    room = longer.shape[1] - shorter.shape[1] + 1
    if room == 1:
        return [0]
    apart = np.zeros(room)
    for anchor in np.unique(np.linspace(0, shorter.shape[1] - 1, _ANCHORS).astype(int)):
        apart = np.maximum(apart, np.abs(longer[:, anchor : anchor + room] - shorter[:, anchor : anchor + 1]).max(0))
    return [int(np.argmin(apart))]


def _varied(values: Array, tolerance: float) -> bool:
    """Whether there are enough different values that all of them agreeing means something."""
    return bool(np.unique(np.round(values / (100 * tolerance))).size >= _DISTINCT)
