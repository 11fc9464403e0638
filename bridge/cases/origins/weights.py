"""The weights of two networks beside each other, by layer, array and gate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bridge.network import Layer, Network

_LSTM = ("input gate (i)", "forget gate (f)", "cell candidate (g)", "output gate (o)")
_GRU = ("reset gate (r)", "update gate (z)", "candidate state (h)")
_GATES = {
    "lstmLayer": _LSTM,
    "lstmProjectedLayer": _LSTM,
    "bilstmLayer": tuple(f"{gate}, {way}" for way in ("forward", "backward") for gate in _LSTM),
    "gruLayer": _GRU,
}


def gates_of(layer: Layer) -> tuple[str, ...]:
    """The gates whose rows lie above each other in a layer's weights, in MATLAB's order; none for other layers."""
    return _GATES.get(layer.Type, ())


@dataclass(frozen=True)
class WeightDifference:
    """One block of rows of a layer's array that differs: of a gate, or the whole array where there are no gates.

    `rows` and `at` (row, column) count from 1 as MATLAB does. `largest` is the largest change, at `at`, from `b` to
    `a`; `count` of `size` values differ.
    """

    layer: str
    array: str
    gate: str
    rows: tuple[int, int]
    largest: float
    at: tuple[int, ...]
    a: float
    b: float
    count: int
    size: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "rows": list(self.rows), "at": list(self.at)}

    def text(self, a: str = "a", b: str = "b") -> str:
        """One line; `a` and `b` name the sides."""
        gate = f"{self.gate}, " if self.gate else ""
        place = ",".join(map(str, self.at))
        share = f", {self.largest / abs(self.b):.3g} of it" if self.b else ""
        return (
            f"layer '{self.layer}', {gate}{self.array}: {self.count} of {self.size} values differ, most at ({place}): "
            f"{a} {self.a:.9g}, {b} {self.b:.9g}{share}"
        )


def compare_weights(a: Network, b: Network) -> tuple[WeightDifference, ...]:
    """Every block of rows that differs by more than rounding to the coarser of the two data types.

    Layers are paired by name, else in order by kind. Layers and arrays that only one has are left to
    `bridge.comparing.networks`.
    """
    return tuple(found for one, other in paired(a, b) for found in _layer(one, other))


def paired(a: Network, b: Network) -> list[tuple[Layer, Layer]]:
    """Layers of the same name and kind, else the n-th of each kind."""
    if all(name in b and a[name].Type == b[name].Type for name in a.names):
        return [(layer, b[layer.Name]) for layer in a]
    pairs = []
    for kind in dict.fromkeys(layer.Type for layer in a):
        ours, theirs = ([layer for layer in net if layer.Type == kind] for net in (a, b))
        pairs += list(zip(ours, theirs, strict=False))
    return pairs


def _layer(a: Layer, b: Layer) -> Iterator[WeightDifference]:
    for name in dict.fromkeys((*a.arrays, *b.arrays)):
        # An array that is not set is zero, as states and biases are.
        x, y = a.arrays.get(name), b.arrays.get(name)
        if x is None and y is None:
            continue
        there = x if x is not None else y
        assert there is not None
        ours = np.zeros(there.shape) if x is None else x
        theirs = np.zeros(there.shape) if y is None else y
        if ours.shape != theirs.shape:
            continue
        coarse = np.float32 if np.float32 in (ours.dtype, theirs.dtype) else np.float64
        differ = np.abs(ours.astype(float) - theirs.astype(float)) > 4 * np.finfo(coarse).eps * np.abs(
            theirs.astype(float)
        )
        gates = gates_of(b) if len(theirs) % max(len(gates_of(b)), 1) == 0 and name not in b.state_names else ()
        gates = gates if "Projector" not in name else ()
        height = len(theirs) // max(len(gates), 1)
        for k, gate in enumerate(gates or ("",)):
            part = slice(k * height, (k + 1) * height)
            if differ[part].any():
                yield _found(b.Name, name, gate, k * height, ours[part], theirs[part], differ[part])


def _found(layer: str, name: str, gate: str, first: int, a: Any, b: Any, differ: Any) -> WeightDifference:
    apart = np.where(differ, np.abs(a.astype(float) - b.astype(float)), 0.0)
    index = np.unravel_index(int(np.argmax(apart)), apart.shape)
    at = (first + int(index[0]) + 1, *(int(k) + 1 for k in index[1:]))
    return WeightDifference(
        layer,
        name,
        gate,
        (first + 1, first + len(b)),
        float(apart[index]),
        at,
        float(a[index]),
        float(b[index]),
        int(np.count_nonzero(differ)),
        int(differ.size),
    )
