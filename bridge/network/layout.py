"""Which axis of an array is time, channels or sequences: MATLAB's letters T, C and B.

Inside, a signal is `T x C`, with several sequences `T x C x B`, and without time `C` or `C x B`.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.errors import LayoutError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


def _sizes(array: Array) -> str:
    return " x ".join(map(str, array.shape)) or "a single number"


def _possible(letters: str) -> list[str]:
    return ["".join(order) for order in permutations(letters)]


class Layout:
    """How a caller's arrays lie: letters such as ``TC``, ``CT``, ``TCB``, ``CBT``, or None where nothing is said.

    `timed` tells whether any of the data are sequences: then TC is meant where nothing is said, else BC, unless `usual`
    is something else. `call` is the function that the caller used, for the corrected call that errors show.
    """

    def __init__(
        self, letters: str | None, timed: bool, call: str = "bridge.predict(network, u{})", usual: str = ""
    ) -> None:
        if letters is not None and sorted(letters) not in (sorted(known) for known in ("TC", "TCB", "C", "CB")):
            raise LayoutError(
                "", f"there is no layout {letters!r}; there are TC, CT, TCB, CBT, and CB, BC without time"
            )
        if letters is not None and timed and "T" not in letters:
            raise LayoutError("", f"the network takes sequences, but layout {letters!r} names no time")
        self.said = letters
        self.letters = letters or usual or ("TC" if timed else "BC")
        self.call = call

    @property
    def batched(self) -> bool:
        """Whether one array holds several sequences."""
        return "B" in self.letters

    def _of(self, timed: bool) -> str:
        """The letters for a signal with or without time."""
        return self.letters if timed else self.letters.replace("T", "")

    def enter(self, layer: str, channels: int, timed: bool, array: Array) -> Array:
        """A caller's array in the order T, C, B. Raises `LayoutError` with the call that would fit, if one does."""
        letters = self._of(timed)
        if array.ndim != len(letters) or array.shape[letters.index("C")] != channels:
            raise LayoutError(layer, self._misfit(letters, channels, timed, array))
        if self.said is None and timed and array.shape[0] == array.shape[1] > 1:
            calls = " or ".join(self._call(one) for one in ("TC", "CT"))
            either = f"a {_sizes(array)} array may be time by channels or channels by time"
            raise LayoutError(layer, f"{either}; call {calls}")
        return np.transpose(array, [letters.index(letter) for letter in "TCB" if letter in letters])

    def _misfit(self, letters: str, channels: int, timed: bool, array: Array) -> str:
        what = f"takes {channels} channel{'s' * (channels > 1)}, and {_sizes(array)} is not that in layout {letters!r}"
        if array.ndim == 1 and timed and channels in (1, array.size):
            shape = "-1, 1" if channels == 1 else "1, -1"
            corrected = self.call.format(f'.reshape({shape}), layout="TC"')
            return f"{what}; call {corrected}"
        names = {2: "TC", 3: "TCB"} if timed else {1: "C", 2: "CB"}
        fitting = [
            one
            for one in _possible(names.get(array.ndim, ""))
            if one and array.shape[one.index("C")] == channels and one != self.said
        ]
        # Of three dimensions several orders may fit; MATLAB's usual ones are shown before others.
        usual = [one for one in fitting if one in ("TC", "CT", "TCB", "CBT", "CB", "BC")] or fitting
        return f"{what}; call {' or '.join(self._call(one) for one in usual)}" if usual else what

    def _call(self, letters: str) -> str:
        return self.call.format(f', layout="{letters}"')

    def leave(self, timed: bool, array: Array) -> Array:
        """A result in the caller's order; without time, the letter T is left out."""
        letters = self._of(timed)
        own = [letter for letter in "TCB" if letter in letters]
        return np.ascontiguousarray(np.transpose(array, [own.index(letter) for letter in letters]))
