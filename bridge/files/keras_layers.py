"""Keras' layers as MATLAB's: the one place for Keras' conventions.

==================  ==================================================================================================
LSTM                ``kernel`` (I x 4H), ``recurrent_kernel`` (H x 4H), ``bias`` (4H): columns i, f, c, o, MATLAB's
                    rows i, f, g, o
GRU                 columns z, r, h, MATLAB's rows being r, z, k. ``reset_after``: ``bias`` (2 x 3H), both halves of
                    ``recurrent-bias-after-multiplication``; without it ``before-multiplication``
Bidirectional       ``concat`` of an LSTM forward and one backward
Dense               ``kernel`` (I x O) = Weights'; its activation becomes a layer of its own
normalization       ``gamma``, ``beta``, ``moving_mean``, ``moving_variance``
==================  ==================================================================================================

Keras 2's hard sigmoid is MATLAB's, 0.2 x + 0.5; that of Keras 3, x / 6 + 0.5, no layer of MATLAB's has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge import network as kinds
from bridge.errors import UnsupportedLayer
from bridge.files.keras_weights import named
from bridge.files.onnx_weights import TWO_BIASES
from bridge.network import Layer

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
_STATES = {"tanh": "tanh", "relu": "relu", "softsign": "softsign"}


@dataclass(frozen=True)
class Described:
    """A layer as its file tells it: class, configuration, arrays by path; the version of Keras, the axes that enter."""

    kind: str
    config: Mapping[str, Any]
    arrays: Arrays
    version: int
    rank: int

    @property
    def name(self) -> str:
        return str(self.config.get("name", self.kind))

    def refuse(self, cause: str) -> UnsupportedLayer:
        """An error that names this layer."""
        return UnsupportedLayer(self.name, cause)

    def option(self, name: str, default: Any = None) -> Any:
        """An entry of the configuration."""
        return self.config.get(name, default)

    def inside(self, key: str) -> Described:
        """The layer that a wrapper holds."""
        held = self.config[key]
        return Described(str(held["class_name"]), held["config"], self.arrays, self.version, self.rank)


def layers(given: Described) -> list[Layer]:
    """The layers that one of Keras' is, in order; several where it has an activation. Raises `UnsupportedLayer`."""
    convert = _CONVERT.get(given.kind)
    if convert is None:
        known = ", ".join(_CONVERT)
        raise given.refuse(f"is a {given.kind} of Keras; understood are {known}")
    return convert(given)


def _single(array: Array) -> Array:
    """Half precision and the like as single."""
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float32)


def _held(given: Described, names: list[str], part: str = "") -> dict[str, Array]:
    found = named(given.arrays, names, part)
    missing = [name for name in names if name not in found]
    if missing:
        raise given.refuse(f"has no {missing[0]} in the file")
    return {name: _single(array) for name, array in found.items()}


def _recurrent_options(given: Described) -> dict[str, Any]:
    activation, gate = given.option("activation", "tanh"), given.option("recurrent_activation", "sigmoid")
    if activation not in _STATES:
        raise given.refuse(f"has the activation {_spelled(activation)}; a recurrent layer's is tanh, relu or softsign")
    if gate == "hard_sigmoid" and given.version >= 3:
        raise given.refuse("has Keras 3's hard sigmoid x/6 + 0.5; MATLAB's is 0.2 x + 0.5")
    if gate not in ("sigmoid", "hard_sigmoid"):
        raise given.refuse(f"has the recurrent activation {_spelled(gate)}; it is sigmoid or hard_sigmoid")
    for option in ("go_backwards", "return_state", "time_major"):
        if given.option(option):
            raise given.refuse(f"has {option}, which no layer of MATLAB's has")
    return {
        "StateActivationFunction": activation,
        "GateActivationFunction": gate.replace("_", "-"),
        "OutputMode": "sequence" if given.option("return_sequences") else "last",
    }


def _spelled(value: Any) -> str:
    return (
        value if isinstance(value, str) else str(value.get("class_name", value) if isinstance(value, dict) else value)
    )


def _cell(given: Described, part: str = "") -> dict[str, Array]:
    names = ["kernel", "recurrent_kernel", *(["bias"] if given.option("use_bias", True) else [])]
    found = _held(given, names, part)
    if "bias" not in found:
        doubled = given.kind == "GRU" and given.option("reset_after", True)
        width = found["kernel"].shape[1]
        found["bias"] = np.zeros((2, width) if doubled else width, found["kernel"].dtype)
    return found


def _lstm(given: Described) -> list[Layer]:
    held = _cell(given)
    arrays = {"InputWeights": held["kernel"].T, "RecurrentWeights": held["recurrent_kernel"].T, "Bias": held["bias"]}
    return [kinds.LSTM(given.option("units"), Name=given.name, **_recurrent_options(given), **arrays)]


def _gru(given: Described) -> list[Layer]:
    held = _cell(given)

    def turned(rows: Array) -> Array:
        z, r, h = np.split(rows, 3)
        return np.concatenate([r, z, h])

    after = bool(given.option("reset_after", given.version >= 2))
    bias = held["bias"]
    if after != (bias.ndim == 2):
        raise given.refuse(f"has a bias of {' x '.join(map(str, bias.shape))}, which does not go with reset_after")
    own = np.concatenate([turned(half) for half in bias]) if after else turned(bias)
    arrays = {"InputWeights": turned(held["kernel"].T), "RecurrentWeights": turned(held["recurrent_kernel"].T)}
    mode = TWO_BIASES if after else "before-multiplication"
    options = _recurrent_options(given)
    return [kinds.GRU(given.option("units"), Name=given.name, ResetGateMode=mode, Bias=own, **options, **arrays)]


def _bidirectional(given: Described) -> list[Layer]:
    inner = given.inside("layer")
    if inner.kind != "LSTM" or given.option("merge_mode", "concat") != "concat":
        what = f"{inner.kind}, {given.option('merge_mode')}"
        raise given.refuse(f"is bidirectional with {what}; MATLAB's is of LSTM, joined (concat)")
    other = given.config.get("backward_layer")
    if other is not None:
        twin = {**other["config"], "name": "", "go_backwards": False}
        mine = {**inner.config, "name": ""}
        alike = ("units", "activation", "recurrent_activation", "use_bias", "return_sequences")
        if any(twin.get(key) != mine.get(key) for key in alike):
            raise given.refuse("has a backward layer that is another one than the forward layer")
    halves = [_cell(inner, part) for part in ("forward", "backward")]
    arrays = {
        "InputWeights": np.concatenate([half["kernel"].T for half in halves]),
        "RecurrentWeights": np.concatenate([half["recurrent_kernel"].T for half in halves]),
        "Bias": np.concatenate([half["bias"] for half in halves]),
    }
    return [kinds.BiLSTM(inner.option("units"), Name=given.name, **_recurrent_options(inner), **arrays)]


def _dense(given: Described) -> list[Layer]:
    held = _held(given, ["kernel", *(["bias"] if given.option("use_bias", True) else [])])
    weights = held["kernel"].T
    bias = held.get("bias", np.zeros(len(weights), weights.dtype))
    dense = kinds.FullyConnected(len(weights), Name=given.name, Weights=weights, Bias=bias)
    return [dense, *_activation(given, given.option("activation", "linear"))]


_ACTIVATIONS: dict[str, Callable[[], Layer]] = {
    "relu": kinds.ReLU,
    "tanh": kinds.Tanh,
    "sigmoid": kinds.Sigmoid,
    "softmax": kinds.Softmax,
    "leaky_relu": lambda: kinds.LeakyReLU(0.2),
    "elu": kinds.ELU,
    "gelu": kinds.GELU,
    "softplus": kinds.Softplus,
    "swish": kinds.Swish,
    "silu": kinds.Swish,
}


def _activation(given: Described, wanted: Any, name: str = "") -> list[Layer]:
    if wanted in (None, "linear"):
        return []
    if not isinstance(wanted, str) or wanted not in _ACTIVATIONS:
        raise given.refuse(f"has the activation {_spelled(wanted)}; understood are linear, {', '.join(_ACTIVATIONS)}")
    return [_ACTIVATIONS[wanted]().replace(Name=name)]


def _relu(given: Described) -> list[Layer]:
    slope = given.option("negative_slope", given.option("alpha", 0.0)) or 0.0
    largest = given.option("max_value")
    if given.option("threshold", 0.0) or (largest is not None and slope):
        raise given.refuse("has a threshold, or a slope and a largest value, which no layer of MATLAB's has")
    if largest is not None:
        return [kinds.ClippedReLU(largest, Name=given.name)]
    return [kinds.LeakyReLU(slope, Name=given.name) if slope else kinds.ReLU(Name=given.name)]


def _leaky(given: Described) -> list[Layer]:
    return [kinds.LeakyReLU(given.option("negative_slope", given.option("alpha", 0.3)), Name=given.name)]


def _softmax(given: Described) -> list[Layer]:
    _last_axis(given)
    return [kinds.Softmax(Name=given.name)]


def _last_axis(given: Described) -> None:
    axis = given.option("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if axis not in (-1, given.rank - 1):
        raise given.refuse(f"is over axis {axis}, not over the channels")


def _layer_normalization(given: Described) -> list[Layer]:
    _last_axis(given)
    return [_normalized(given, kinds.LayerNormalization, 1e-3, ())]


def _batch_normalization(given: Described) -> list[Layer]:
    _last_axis(given)
    statistics = {"moving_mean": "TrainedMean", "moving_variance": "TrainedVariance"}
    return [_normalized(given, kinds.BatchNormalization, 1e-3, tuple(statistics.items()))]


def _normalized(given: Described, kind: type[Layer], epsilon: float, statistics: tuple[tuple[str, str], ...]) -> Layer:
    scaled, centred = given.option("scale", True), given.option("center", True)
    own = [name for name, there in (("gamma", scaled), ("beta", centred)) if there]
    held = _held(given, [*own, *(name for name, _ in statistics)])
    if not held:
        raise given.refuse("has neither scale nor offset")
    like = next(iter(held.values()))
    arrays = {"Scale": held.get("gamma", np.ones_like(like)), "Offset": held.get("beta", np.zeros_like(like))}
    arrays |= {ours: held[theirs] for theirs, ours in statistics}
    return kind(Name=given.name, Epsilon=given.option("epsilon", epsilon), **arrays)


def _time_distributed(given: Described) -> list[Layer]:
    inner = given.inside("layer")
    if inner.kind not in ("Dense", "Activation", "Dropout", "ReLU", "LeakyReLU", "Softmax", "LayerNormalization"):
        raise given.refuse(f"repeats a {inner.kind} over time; understood are layers of channels alone")
    return layers(inner)


def _global_pooling(kind: type[Layer]) -> Callable[[Described], list[Layer]]:
    def convert(given: Described) -> list[Layer]:
        if (
            given.rank != 3
            or given.option("keepdims")
            or given.option("data_format", "channels_last") != "channels_last"
        ):
            raise given.refuse("pools something else than time, or keeps its axis")
        return [kind(Name=given.name)]

    return convert


def _flatten(given: Described) -> list[Layer]:
    raise given.refuse("flattens time into channels, which no layer of MATLAB's does for sequences")


_CONVERT: dict[str, Callable[[Described], list[Layer]]] = {
    "LSTM": _lstm,
    "GRU": _gru,
    "Bidirectional": _bidirectional,
    "Dense": _dense,
    "TimeDistributed": _time_distributed,
    "Activation": lambda given: _activation(given, given.option("activation"), given.name),
    "ReLU": _relu,
    "LeakyReLU": _leaky,
    "ELU": lambda given: [kinds.ELU(given.option("alpha", 1.0), Name=given.name)],
    "Softmax": _softmax,
    "Dropout": lambda given: [kinds.Dropout(given.option("rate"), Name=given.name)],
    "SpatialDropout1D": lambda given: [kinds.Dropout(given.option("rate"), Name=given.name)],
    "LayerNormalization": _layer_normalization,
    "BatchNormalization": _batch_normalization,
    "GlobalAveragePooling1D": _global_pooling(kinds.GlobalAveragePooling1D),
    "GlobalMaxPooling1D": _global_pooling(kinds.GlobalMaxPooling1D),
    "Flatten": _flatten,
}
