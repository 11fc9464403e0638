"""The noun `ShallowNetwork`: a `network` object of MATLAB's shallow toolbox (`feedforwardnet`, `narxnet`, `newpnn`, …).

Inputs, layers and outputs are numbered from 1, as in MATLAB: `IW[2, 1]` leads from input 1 to layer 2. What the
functions named here compute is in `bridge.neural`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.errors import NetworkError
from bridge.network.layer import identical
from bridge.network.services import service

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

KNOWN = {
    "transferFcn": (
        *("logsig", "tansig", "purelin", "poslin", "satlin", "satlins", "hardlim", "hardlims", "radbas", "radbasn"),
        *("tribas", "softmax", "compet", "elliotsig", "elliot2sig", "netinv"),
    ),
    "netInputFcn": ("netsum", "netprod"),
    "weightFcn": ("dotprod", "normprod", "dist", "negdist", "mandist"),
}
"""The functions that are computed; a network that names another one can be looked at, not run."""

UNCHANGED = ("lvqoutputs",)
"""Processing functions that hand on what they are given: `lvqoutputs` notes ratios of classes for training."""

LONGEST = 100_000
"""Longer delays, in steps, are taken for a mistake: each step is kept."""

Place = tuple[int, int]
"""The layer that a weight leads to, and the input or layer that it comes from."""


def _frozen(value: Any, dtype: Any = np.float64) -> Array:
    array = np.array(value, dtype)
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Processing:
    """One of an input's or output's `processFcns`, with its settings as columns and lists of rows.

    ====================  ===========================================================================================
    `mapminmax`           `xoffset`, `gain` (R,), `ymin`: y = (x - xoffset) gain + ymin
    `mapstd`              `xoffset`, `gain` (R,), `ymean`: the same with ymean
    `removeconstantrows`  `keep`, `remove`: rows, from 1; `constants`: the values of the rows removed
    `fixunknowns`         `unknown`: rows, from 1, which get a row of flags below them; `xmeans` (R,)
    `processpca`          `transform` (S x R) and, for outputs, `inverseTransform` (R x S)
    `lvqoutputs`          none: it changes nothing
    ====================  ===========================================================================================
    """

    function: str
    settings: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", {name: _frozen(value) for name, value in self.settings.items()})

    def rows(self, name: str) -> list[int]:
        """A setting that lists rows, from 0."""
        return [int(row) - 1 for row in self.settings[name].ravel()]

    def processed(self, size: int) -> int:
        """How many rows it makes of `size` rows. Raises `NetworkError` where its settings are for another number."""
        needed, made = size, size
        if self.function in ("mapminmax", "mapstd"):
            needed = self.settings["xoffset"].size
        elif self.function == "removeconstantrows":
            made, listed = self.settings["keep"].size, sorted((*self.rows("keep"), *self.rows("remove")))
            needed = len(listed)
            if listed != list(range(needed)):
                raise NetworkError("", "the settings of removeconstantrows do not name every row once")
        elif self.function == "fixunknowns":
            needed, made = self.settings["xmeans"].size, size + self.settings["unknown"].size
        elif self.function == "processpca":
            made, needed = self.settings["transform"].shape
        if needed != size:
            raise NetworkError("", f"the settings of {self.function} are for {needed} rows, not for {size}")
        return made


def _through(chain: Iterable[Processing], size: int) -> int:
    for each in chain:
        size = each.processed(size)
    return size


@dataclass(frozen=True, eq=False)
class ShallowInput:
    """An input of `size` rows and what is done to them first; `feedbackOutput` is the output that it stands for."""

    size: int
    processing: Sequence[Processing] = ()
    name: str = "Input"
    feedbackOutput: int | None = None

    @property
    def processedSize(self) -> int:  # noqa: N802
        """The rows after processing."""
        return _through(self.processing, self.size)


@dataclass(frozen=True, eq=False)
class ShallowLayer:
    """A layer of `size` neurons: a = transferFcn(netInputFcn(weighted inputs, b)); `b` (S,), or None without biases."""

    size: int
    transferFcn: str = "tansig"
    netInputFcn: str = "netsum"
    b: Array | None = None
    name: str = "Layer"

    def __post_init__(self) -> None:
        if self.b is not None:
            object.__setattr__(self, "b", _frozen(self.b).reshape(-1))


@dataclass(frozen=True, eq=False)
class ShallowOutput:
    """What is handed out of layer `layer`, after `processing` is undone; `feedbackMode` as `openloop` left it."""

    layer: int
    size: int
    processing: Sequence[Processing] = ()
    name: str = "Output"
    feedbackMode: str = "none"

    @property
    def processedSize(self) -> int:  # noqa: N802
        """The rows before processing is undone: the layer's size."""
        return _through(self.processing, self.size)


@dataclass(frozen=True, eq=False)
class Weight:
    """`value`, S x (R times the number of delays): for each of `delays`, in steps, the columns for all R rows."""

    value: Array
    delays: tuple[int, ...] = (0,)
    weightFcn: str = "dotprod"

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _frozen(self.value))
        object.__setattr__(self, "delays", tuple(int(delay) for delay in self.delays))


class ShallowNetwork:
    """A shallow network with its weights; it does not change.

    `inputs`, `layers`, `outputs` in order; `IW` and `LW` by (to layer, from input or layer), both from 1.
    Raises `NetworkError` naming the place (``LW{2,1}``) where parts do not fit.
    """

    def __init__(
        self,
        inputs: Sequence[ShallowInput],
        layers: Sequence[ShallowLayer],
        outputs: Sequence[ShallowOutput],
        IW: Mapping[Place, Weight],
        LW: Mapping[Place, Weight] | None = None,
        *,
        name: str = "",
        sampleTime: float = 1.0,
    ) -> None:
        self.inputs, self.layers = tuple(inputs), tuple(layers)
        self.outputs = tuple(sorted(outputs, key=lambda each: each.layer))
        self.IW, self.LW = dict(sorted(IW.items())), dict(sorted((LW or {}).items()))
        self.name, self.sampleTime = name, float(sampleTime)
        self._check()
        self.order = self._ordered()

    @property
    def weights(self) -> dict[str, tuple[Place, Weight]]:
        """Every weight by its name in MATLAB, ``IW{1,1}``."""
        named = [("IW", place, weight) for place, weight in self.IW.items()]
        named += [("LW", place, weight) for place, weight in self.LW.items()]
        return {f"{kind}{{{place[0]},{place[1]}}}": (place, weight) for kind, place, weight in named}

    @property
    def numInputDelays(self) -> int:  # noqa: N802
        """The longest delay of an input, in steps."""
        return max((delay for weight in self.IW.values() for delay in weight.delays), default=0)

    @property
    def numLayerDelays(self) -> int:  # noqa: N802
        """The longest delay of a layer's output, in steps."""
        return max((delay for weight in self.LW.values() for delay in weight.delays), default=0)

    @property
    def dynamic(self) -> bool:
        """Whether columns of data are steps in time, rather than observations of their own."""
        return bool(self.numInputDelays or self.numLayerDelays)

    def delays_of_input(self, number: int) -> int:
        """The longest delay of one input."""
        return max((d for (_, j), weight in self.IW.items() if j == number for d in weight.delays), default=0)

    def delays_of_layer(self, number: int) -> int:
        """The longest delay of one layer's output."""
        return max((d for (_, j), weight in self.LW.items() if j == number for d in weight.delays), default=0)

    def delay_lines(self) -> list[tuple[str, int, int, int]]:
        """Of every input and layer: ``Xi`` or ``Ai``, its number, its rows and its longest delay."""
        given = [("Xi", k, each.size, self.delays_of_input(k)) for k, each in enumerate(self.inputs, 1)]
        return [*given, *(("Ai", k, each.size, self.delays_of_layer(k)) for k, each in enumerate(self.layers, 1))]

    def unknown_functions(self) -> list[tuple[str, str, str]]:
        """Functions that are not `KNOWN`: place, which of its functions, the name."""
        named = [(f"layers{{{k}}}", "transferFcn", each.transferFcn) for k, each in enumerate(self.layers, 1)]
        named += [(f"layers{{{k}}}", "netInputFcn", each.netInputFcn) for k, each in enumerate(self.layers, 1)]
        named += [(name, "weightFcn", weight.weightFcn) for name, (_, weight) in self.weights.items()]
        return [(place, what, name) for place, what, name in named if name not in KNOWN[what]]

    def input_names(self) -> list[str]:
        """The names of the inputs where each has its own, else ``x1``, ``x2``, …"""
        return _own_names([each.name for each in self.inputs], "x")

    def output_names(self) -> list[str]:
        """The names of the outputs where each has its own, else ``y1``, ``y2``, …"""
        return _own_names([each.name for each in self.outputs], "y")

    def _check(self) -> None:
        if not self.layers or not self.outputs:
            raise NetworkError("", "a shallow network has at least one layer and one output")
        if len({each.layer for each in self.outputs}) < len(self.outputs):
            raise NetworkError("", "a layer has two outputs")
        for k, each in enumerate(self.inputs, 1):
            _placed(f"inputs{{{k}}}", lambda each=each: each.processedSize)
        for k, layer in enumerate(self.layers, 1):
            if layer.b is not None and layer.b.size != layer.size:
                raise NetworkError(f"b{{{k}}}", f"has {layer.b.size} elements for {layer.size} neurons")
        for output in self.outputs:
            place = f"outputs{{{output.layer}}}"
            if not 1 <= output.layer <= len(self.layers):
                raise NetworkError(place, f"there is no layer {output.layer}")
            rows = _placed(place, lambda output=output: output.processedSize)
            size = self.layers[output.layer - 1].size
            if rows != size:
                raise NetworkError(place, f"its processing is for {rows} rows, but the layer has {size} neurons")
        for name, ((i, j), weight) in self.weights.items():
            sources = self.inputs if name.startswith("I") else self.layers
            if not (1 <= i <= len(self.layers) and 1 <= j <= len(sources)):
                raise NetworkError(name, "leads from or to something that is not there")
            rows = self.inputs[j - 1].processedSize if name.startswith("I") else self.layers[j - 1].size
            shape = (self.layers[i - 1].size, rows * len(weight.delays))
            if len(set(weight.delays)) != len(weight.delays) or not all(0 <= d <= LONGEST for d in weight.delays):
                raise NetworkError(name, f"delays are different numbers from 0 to {LONGEST}, not {list(weight.delays)}")
            if weight.value.shape != shape:
                sizes = " and ".join("x".join(map(str, each)) for each in (weight.value.shape, shape))
                raise NetworkError(name, f"has another size than its ends ask for: {sizes}")

    def _ordered(self) -> tuple[int, ...]:
        """The layers, each after those whose outputs of the same step it takes."""
        waiting = {
            i: {j for (to, j), weight in self.LW.items() if to == i and 0 in weight.delays}
            for i in range(1, len(self.layers) + 1)
        }
        done: list[int] = []
        while waiting:
            ready = [i for i, needed in waiting.items() if needed <= set(done)]
            if not ready:
                cycle = ", ".join(map(str, waiting))
                raise NetworkError("", f"layers {cycle} wait for each other: a loop without a delay")
            done += ready
            for i in ready:
                del waiting[i]
        return tuple(done)

    def __eq__(self, other: object) -> bool:
        """Whether both have the same structure and the same numbers, bit for bit."""
        return isinstance(other, ShallowNetwork) and _same(vars(self), vars(other))

    __hash__ = None  # type: ignore[assignment]

    def _repr_html_(self) -> str:
        from html import escape

        return f"<div><p>{escape(repr(self).strip('<>'))}</p>{self._repr_svg_()}</div>"

    def _repr_svg_(self) -> str:
        drawn: str = service("network_svg")(self)
        return drawn

    def __repr__(self) -> str:
        flow = [f"{each.size} {each.transferFcn}" for each in self.layers]
        rows = ", ".join(str(each.size) for each in self.inputs) or "no input"
        title = f"ShallowNetwork '{self.name}'" if self.name else "ShallowNetwork"
        return f"<{title}: {rows} -> {' -> '.join(flow)}{', with delays' if self.dynamic else ''}>"


def _placed(place: str, size: Any) -> int:
    try:
        found: int = size()
    except NetworkError as error:
        raise NetworkError(place, error.cause) from None
    return found


def _own_names(names: list[str], letter: str) -> list[str]:
    if len(set(names)) == len(names) and all(names):
        return names
    return [f"{letter}{k}" for k in range(1, len(names) + 1)]


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return identical(a, b)
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if type(a) is type(b) and isinstance(a, Processing | ShallowInput | ShallowLayer | ShallowOutput | Weight):
        return _same(vars(a), vars(b))
    return bool(a == b)
