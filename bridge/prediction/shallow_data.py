"""What a caller hands to a shallow network, as `T x R` or `T x R x Q`, and results in the caller's form.

MATLAB's forms are taken as they are: a matrix of features by observations (or by steps), and cell arrays, inputs by
steps, with a matrix `R x Q` in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import LayoutError, UsageError
from bridge.matlab.values import Cell, object_array
from bridge.network import ShallowNetwork
from bridge.network.layout import Layout
from bridge.prediction.arrays import real

Array = npt.NDArray[Any]


class Given:
    """The data of one call: `xs` by input, the number of `steps`, and how results go back."""

    def __init__(self, network: ShallowNetwork, u: Any, layout: str | None, dtype: np.dtype[Any]) -> None:
        self.network = network
        self.dtype = dtype
        self.layout = Layout(layout, network.dynamic, usual="CT" if network.dynamic else "CB")
        self.cells = isinstance(u, Cell)
        if isinstance(u, Cell):
            self.xs, self.steps = self._of_cells(u)
        else:
            arrays = self._by_input(u)
            self.xs = [self._entered(k, x) for k, x in enumerate(arrays, 1)]
            self.steps = int(u) if isinstance(u, int) and not network.inputs else 0
        if self.xs:
            counts = {x.shape[0] for x in self.xs}
            if len(counts) > 1 or len({x.shape[2:] for x in self.xs}) > 1:
                sizes = ", ".join("x".join(map(str, x.shape)) for x in self.xs)
                raise LayoutError("", f"the inputs have different numbers of steps or sequences: {sizes}")
            self.steps = counts.pop()

    @property
    def columns(self) -> int | None:
        """The number of sequences side by side, None for one without an axis of its own."""
        return self.xs[0].shape[2] if self.xs and self.xs[0].ndim == 3 else None

    def _of_cells(self, u: Cell) -> tuple[list[Array], int]:
        rows, steps = (u.shape[0], u.shape[1]) if len(u.shape) == 2 else (-1, 0)
        if rows != len(self.network.inputs):
            size = "x".join(map(str, u.shape))
            raise LayoutError("", f"a cell array has a row for each of {len(self.network.inputs)} inputs, not {size}")
        return [
            stacked([u[k, step] for step in range(steps)], f"inputs{{{k + 1}}}", each.size, self.dtype)
            for k, each in enumerate(self.network.inputs)
        ], steps

    def _by_input(self, u: Any) -> list[Any]:
        names = self.network.input_names()
        if isinstance(u, Mapping):
            numbered = [f"x{k}" for k in range(1, len(names) + 1)]
            keys = names if all(name in u for name in names) else numbered
            if set(u) != set(keys):
                raise UsageError(f"the inputs are {', '.join(names)}, not {', '.join(map(str, u))}")
            return [u[name] for name in keys]
        if not names:
            if not isinstance(u, int) or u < 0:
                raise UsageError("the network has no input: u is the number of steps, or an empty cell array 0 x steps")
            return []
        if len(names) == 1:
            return [u]
        if not isinstance(u, list | tuple) or len(u) != len(names):
            listed = ", ".join(names)
            raise UsageError(f"the network has {len(names)} inputs: u is a list or a mapping of {listed}")
        return list(u)

    def _entered(self, k: int, x: Any) -> Array:
        array = real(f"inputs{{{k}}}", x, self.dtype)
        size = self.network.inputs[k - 1].size
        entered = self.layout.enter(f"inputs{{{k}}}", size, self.network.dynamic, array)
        if self.network.dynamic:
            return entered
        # Without time, C x B or C: the observations are the first axis here.
        return entered.T if entered.ndim == 2 else entered[None]

    def left(self, ys: Sequence[Array]) -> Any:
        """Results in the caller's form: an array, a mapping by output where there are several, or a cell array."""
        if self.cells:
            rows = [[_matrix(step) for step in y] for y in ys]
            return Cell(object_array([row[k] for k in range(self.steps) for row in rows], (len(rows), self.steps)))
        made = {}
        for name, y in zip(self.network.output_names(), ys, strict=True):
            inside = y if self.network.dynamic else y.T if "B" in self.layout.letters else y[0]
            made[name] = self.layout.leave(self.network.dynamic, inside)
        return made if len(made) > 1 else next(iter(made.values()))


def first_values(network: ShallowNetwork, state: Any, columns: int | None, dtype: np.dtype[Any]) -> dict[str, Array]:
    """``Xi{k}`` and ``Ai{k}``, the oldest first, out of (Xi, Ai) or ``{"Xi": …, "Ai": …}``; zeros by default.

    Each of them is a cell array as in MATLAB, a list with a matrix `R x D` (or `R x D x Q`) for each input or layer, or
    where there is one input or layer that matrix alone.
    """
    given = _pair(state)
    counts = {"Xi": len(network.inputs), "Ai": len(network.layers)}
    found: dict[str, Array] = {}
    for kind, k, rows, depth in network.delay_lines():
        if depth:
            shape = (depth, rows, *(() if columns is None else (columns,)))
            found[f"{kind}{{{k}}}"] = _last(given.get(kind), f"{kind}{{{k}}}", k - 1, counts[kind], shape, dtype)
    return found


def final_values(network: ShallowNetwork, last: Mapping[str, Array], dtype: np.dtype[Any]) -> dict[str, list[Array]]:
    """What `first_values` takes, out of ``Xi{k}`` and ``Ai{k}``; inputs and layers without delays have no columns."""
    found: dict[str, list[Array]] = {"Xi": [], "Ai": []}
    for kind, k, rows, depth in network.delay_lines():
        held = last[f"{kind}{{{k}}}"] if depth else np.zeros((0, rows))
        found[kind].append(np.swapaxes(held, 0, 1).astype(dtype))
    return found


def _pair(state: Any) -> dict[str, Any]:
    if state is None:
        return {}
    if isinstance(state, Mapping):
        unknown = [name for name in state if name not in ("Xi", "Ai")]
        if unknown:
            raise UsageError(f"the states of a shallow network are Xi and Ai, not {unknown[0]!r}")
        return dict(state)
    if isinstance(state, tuple) and len(state) == 2:
        return {"Xi": state[0], "Ai": state[1]}
    raise UsageError('the state of a shallow network is (Xi, Ai), or {"Xi": …, "Ai": …}')


def _last(held: Any, place: str, k: int, count: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """The last values of one input or layer as `D x R` or `D x R x Q`."""
    if held is None or (isinstance(held, Cell) and not held.size):
        return np.zeros(shape, dtype)
    if isinstance(held, Cell):
        if len(held.shape) != 2 or held.shape[0] != count:
            raise UsageError(f"{place}: a cell array has {count} rows, not {'x'.join(map(str, held.shape))}")
        rows = stacked([held[k, step] for step in range(held.shape[1])], place, shape[1], dtype)
        rows = rows[:, :, 0] if len(shape) == 2 and rows.shape[2] == 1 else rows
    else:
        own = held[k] if isinstance(held, list | tuple) and len(held) == count else held if count == 1 else None
        if own is None:
            raise UsageError(f"{place}: a list has a matrix for each of {count}")
        rows = np.swapaxes(real(place, own, dtype), 0, 1)
    if rows.ndim == 2 and len(shape) == 3:
        rows = np.broadcast_to(rows[:, :, None], (*rows.shape, shape[2]))
    if rows.shape[0] < shape[0] or rows.shape[1:] != shape[1:]:
        sizes = " instead of ".join("x".join(map(str, (size[1], size[0], *size[2:]))) for size in (rows.shape, shape))
        raise UsageError(f"{place}: the values before the first step are {sizes}")
    return rows[rows.shape[0] - shape[0] :]


def stacked(parts: Sequence[Any], place: str, size: int, dtype: np.dtype[Any]) -> Array:
    """Cells with R x Q each as `T x R x Q`."""
    arrays = [_matrix(real(place, part, dtype)) for part in parts]
    if not arrays:
        return np.zeros((0, size, 1), dtype)
    if any(array.shape != arrays[0].shape or array.shape[0] != size for array in arrays):
        wrong = next(array for array in arrays if array.shape != arrays[0].shape or array.shape[0] != size)
        raise LayoutError(place, f"each cell holds {size} rows and equally many columns, not {wrong.shape}")
    return np.stack(arrays)


def _matrix(array: Array) -> Array:
    return array.reshape(-1, 1) if array.ndim < 2 else array
