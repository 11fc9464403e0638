"""What flows through an ONNX graph of others: which layers' channels along which axes, and the nodes that only move it.

A signal consists of *parts*, each what one layer hands on in one of its directions. They lie along the axis ``D`` while
there is one, and are joined to channels where it has been joined with ``C``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bridge.files.onnx_axes import Axes, Length, Size, reshaped, shape_of, tidy
from bridge.files.onnx_folding import slices
from bridge.files.onnx_recurrent import Refused

_ONLY_LAST = "only its ends are understood, not the single steps of a recurrence that is written out"
STEPS, SEQUENCES = Size(("T",)), Size(("B",))

Part = tuple[str, int]
"""A layer, and which of its directions."""


@dataclass(frozen=True)
class Signal:
    """`channels` of each part.

    `kind`: ``rows``; ``first step`` or ``last step`` of these; ``last``, what each direction computes last; of
    recurrent layers the final ``state``, which is the same, or the final ``cell``.
    `product` tells that it is a product of a matrix to which a bias may be added.
    """

    parts: tuple[Part, ...]
    axes: Axes
    channels: int
    kind: str = "rows"
    product: bool = False
    steps: Length = STEPS
    sequences: Length = SEQUENCES

    @property
    def joined(self) -> bool:
        """Whether the parts lie along the channels."""
        return not any("D" in axis for axis in self.axes)

    @property
    def width(self) -> int:
        """The length of the axis of channels."""
        return self.channels * len(self.parts) if self.joined else self.channels

    @property
    def lengths(self) -> Mapping[str, Length]:
        """The length of each letter."""
        return {"T": self.steps, "B": self.sequences, "C": self.width, "D": len(self.parts), "t": 1}

    @property
    def shape(self) -> list[Length]:
        """The length of each axis."""
        return shape_of(self.axes, self.lengths)

    @property
    def timed(self) -> bool:
        """Whether it is over time."""
        return any("T" in axis for axis in self.axes)

    def axis(self, number: int) -> str:
        """The letters along an axis, counted from either end."""
        return self.axes[int(number)]

    def along(self, axes: Sequence[str], **changes: Any) -> Signal:
        """The same values along other axes."""
        return replace(self, axes=tuple(axes), **changes)


Move = Callable[[Signal, Mapping[str, Any], Sequence[Any]], Signal]
"""From a signal, the node's attributes and its further inputs, known values or None, to what the node hands on."""


def _known(values: Sequence[Any], place: int, what: str) -> Any:
    if place >= len(values) or not isinstance(values[place], np.ndarray):
        raise Refused(f"needs its {what} as constants")
    return values[place]


def _transpose(signal: Signal, attributes: Mapping[str, Any], values: Sequence[Any]) -> Signal:
    order = attributes.get("perm", range(len(signal.axes))[::-1])
    return signal.along([signal.axis(k) for k in order])


def _places(signal: Signal, attributes: Mapping[str, Any], values: Sequence[Any], rank: int) -> list[int]:
    chosen = _known(values, 0, "axes") if values else np.asarray(attributes.get("axes", ()), np.int64)
    places = [int(axis) % rank for axis in np.ravel(chosen)]
    return places or [k for k, length in enumerate(signal.shape) if length == 1]


def _squeeze(signal: Signal, attributes: Mapping[str, Any], values: Sequence[Any]) -> Signal:
    dropped = _places(signal, attributes, values, len(signal.axes))
    for place in dropped:
        if signal.shape[place] != 1 or signal.axis(place) not in ("", "t", "D"):
            raise Refused(f"drops the axis {signal.axis(place)}")
    return signal.along([axis for k, axis in enumerate(signal.axes) if k not in dropped])


def _unsqueeze(signal: Signal, attributes: Mapping[str, Any], values: Sequence[Any]) -> Signal:
    chosen = _known(values, 0, "axes") if values else np.asarray(attributes.get("axes", ()), np.int64)
    rank = len(signal.axes) + int(np.size(chosen))
    axes = list(signal.axes)
    for place in sorted(int(axis) % rank for axis in np.ravel(chosen)):
        axes.insert(place, "")
    return signal.along(axes)


def _reshape(signal: Signal, attributes: Mapping[str, Any], values: Sequence[Any]) -> Signal:
    wanted = list(_known(values, 0, "shape"))
    axes = reshaped(signal.axes, signal.lengths, wanted)
    if axes is None:
        raise Refused(f"reshapes the axes {_listed(signal.axes)} to {', '.join(map(_spelled, wanted))}")
    return _with_joined(signal, tidy(axes, signal.lengths))


def _with_joined(signal: Signal, axes: Axes) -> Signal:
    if "DC" in axes:
        return signal.along(["C" if axis == "DC" else axis for axis in axes])
    if any("C" in axis and axis != "C" for axis in axes):
        raise Refused(f"joins the axes {_listed(axes)}, where a network keeps channels apart")
    return signal.along(axes)


def _listed(axes: Axes) -> str:
    return ", ".join(axis or "1" for axis in axes)


def _spelled(length: Any) -> str:
    return " x ".join(length.letters) if isinstance(length, Size) else str(length)


def _gather(signal: Signal, attributes: Mapping[str, Any], values: Sequence[Any]) -> Signal:
    place, index = int(attributes.get("axis", 0)) % len(signal.axes), _known(values, 0, "places")
    axis = signal.axis(place)
    if index.size != 1:
        raise Refused(f"takes several places of the axis {axis}")
    taken = _taken(signal, place, slice(int(index.reshape(-1)[0]), None), single=True)
    return taken.along(taken.axes if index.ndim else [a for k, a in enumerate(taken.axes) if k != place])


def _slice(signal: Signal, attributes: Mapping[str, Any], values: Sequence[Any]) -> Signal:
    arrays = [_known(values, k, "places") for k in range(len(values))]
    for place, chosen in slices(arrays, attributes, len(signal.axes)).items():
        whole = chosen.step == 1 and chosen.start == 0 and chosen.stop >= 2**31 - 1
        signal = signal if whole else _taken(signal, place, chosen, single=False)
    return signal


def _taken(signal: Signal, place: int, chosen: slice, *, single: bool) -> Signal:
    """One step of the time, or some of the parts."""
    axis = signal.axis(place)
    if axis == "D" and chosen.step in (None, 1):
        start = chosen.start
        parts = signal.parts[start : start + 1 or None] if single else signal.parts[chosen]
        if not parts:
            raise Refused(f"takes direction {start} of {len(signal.parts)}")
        return replace(signal, parts=parts)
    if axis != "T":
        raise Refused(f"takes some of the axis {axis or '1'}; {_ONLY_LAST}")
    first = chosen.start == 0 and (single or chosen.stop == 1)
    last = chosen.start == -1 and (single or chosen.stop >= 2**31 - 1) and chosen.step in (None, 1)
    if not first and not last:
        raise Refused(f"takes step {chosen.start} of the time; {_ONLY_LAST}")
    # Of a direction that reads backward, what it computes last stands first.
    own = {direction == 1 for _, direction in signal.parts} == {first}
    kind = "last" if own else "first step" if first else "last step"
    return signal.along([*signal.axes[:place], "t", *signal.axes[place + 1 :]], kind=kind)


def _same(signal: Signal, attributes: Mapping[str, Any], values: Sequence[Any]) -> Signal:
    return signal.along(signal.axes)


def _flatten(signal: Signal, attributes: Mapping[str, Any], values: Sequence[Any]) -> Signal:
    axis = int(attributes.get("axis", 1)) % (len(signal.axes) + 1)
    groups = "".join(signal.axes[:axis]), "".join(signal.axes[axis:])
    return _with_joined(signal, tidy(groups, signal.lengths))


MOVES: dict[str, Move] = {
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Gather": _gather,
    "Slice": _slice,
    **dict.fromkeys(("Identity", "Dropout", "Cast"), _same),
}


def stacked(signals: Sequence[Signal], axis: int) -> Signal | None:
    """Signals joined along their directions, or parts of layers along their channels; None where it is neither."""
    first = signals[0]
    letters = first.axis(axis)
    alike = all(s.axes == first.axes and s.channels == first.channels and s.kind == first.kind for s in signals)
    if not alike or letters not in ("C", "D") or (letters == "C" and not first.joined):
        return None
    return replace(first, parts=tuple(part for signal in signals for part in signal.parts), product=False)
