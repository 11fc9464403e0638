"""A network as a Simulink diagram of elementary blocks, and the workspace that goes with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.crossings.lstm_drawing import Names
from bridge.crossings.network_drawing import Layer as Drawn
from bridge.crossings.network_drawing import draw_layers
from bridge.errors import LayoutError, NetworkError, UnsupportedLayer, UsageError
from bridge.model import Model
from bridge.network import LSTM, Dropout, FullyConnected, Layer, Network, RegressionOutput, SequenceInput

Array = NDArray[np.float64]
NOT_DRAWN = (Dropout, RegressionOutput)
"""Layers that compute nothing when a network predicts."""


def diagram_from_network(
    network: Network,
    inputs: ArrayLike | None = None,
    *,
    time: ArrayLike | None = None,
    sample_time: float | None = None,
    name: str = "lstm_sim",
) -> tuple[Model, dict[str, Any]]:
    """The diagram that computes what the network predicts, and the workspace with its parameters in double precision.

    network      SequenceInput without normalization, then any chain of LSTM (tanh and sigmoid, every step) and
                 FullyConnected layers with their arrays set; Dropout and RegressionOutput, which compute nothing, are
                 left out
    inputs       `T x N` input samples, the workspace's ``u``; two samples of zeros without them
    time         their T times in seconds, the workspace's ``t``; multiples of the sample time without them
    sample_time  ``Ts`` in seconds: that of the delays; by default the first step of `time`, or 1
    name         the model's

    The k-th LSTM layer's variables are ``W`` (4 Nn x N, rows i, f, g, o), ``R``, ``b``, ``h0``, ``c0``, ``Nn`` for
    k = 1, ``W2``, ``R2``, ``b2``, ``h02``, ``c02``, ``Nn2`` for k = 2, and so on; the k-th FullyConnected layer's ``F``
    and, where it is not zero, its bias ``d``, then ``F2``, ``d2``. The output is ``y``, `T x outputs`.
    Raises UnsupportedLayer for another layer or option, NetworkError for an array that is not set.
    """
    first, *rest = network.layers
    if not isinstance(first, SequenceInput) or not network.is_series:
        raise UnsupportedLayer(first.label, "a diagram is drawn of a chain of layers that begins with a SequenceInput")
    if first.Normalization != "none":
        raise UnsupportedLayer(first.label, f"the diagram has no {first.Normalization!r} normalization of the input")
    t, u, step = _samples(first, inputs, time, sample_time)
    workspace: dict[str, Any] = {"t": t, "u": u, "Ts": step}
    drawn: list[Drawn] = []
    counts = {LSTM: 0, FullyConnected: 0}
    for layer in rest:
        if isinstance(layer, NOT_DRAWN):
            continue
        kind = type(layer)
        if kind not in counts:
            raise UnsupportedLayer(layer.label, f"there are drawings of LSTM and FullyConnected, not of {kind.Type}")
        counts[kind] += 1
        names = Names(counts[kind])
        if isinstance(layer, LSTM):
            workspace |= {names(name): value for name, value in _lstm_variables(layer).items()}
            drawn.append("lstm")
            continue
        workspace[names("F")] = _array(layer, "Weights")
        bias = _array(layer, "Bias")
        if bias.any():
            workspace[names("d")] = bias
        drawn.append("fully connected with bias" if bias.any() else "fully connected")
    return draw_layers(drawn, name), workspace


def _lstm_variables(layer: LSTM) -> dict[str, Any]:
    wanted = {
        "StateActivationFunction": "tanh",
        "GateActivationFunction": "sigmoid",
        "OutputMode": "sequence",
        "HasStateInputs": False,
        "HasStateOutputs": False,
    }
    for option, value in wanted.items():
        if layer.options[option] != value:
            given = layer.options[option]
            raise UnsupportedLayer(layer.label, f"the diagram of an LSTM has {option} {value!r}, not {given!r}")
    return {
        "W": _array(layer, "InputWeights"),
        "R": _array(layer, "RecurrentWeights"),
        "b": _array(layer, "Bias"),
        "h0": np.array(layer.start("HiddenState"), np.float64),
        "c0": np.array(layer.start("CellState"), np.float64),
        "Nn": float(layer.NumHiddenUnits),
    }


def _array(layer: Layer, name: str) -> Array:
    value = layer.arrays.get(name)
    if value is None:
        raise NetworkError(layer.label, f"{name} is not set; network.initialize() draws what is missing")
    return np.array(value, np.float64)


def _samples(
    layer: SequenceInput, inputs: ArrayLike | None, time: ArrayLike | None, sample_time: float | None
) -> tuple[Array, Array, float]:
    """Times as a column, inputs `T x N`, and the sample time."""
    size = layer.InputSize
    # From Workspace needs two points to draw a line through.
    u = np.zeros((2, size)) if inputs is None else np.array(inputs, np.float64)
    if u.ndim == 1 and size == 1:
        u = u[:, None]
    if u.ndim != 2 or u.shape[1] != size or len(u) < 2:
        raise LayoutError(layer.label, f"the inputs must be T x {size} with T > 1, not {' x '.join(map(str, u.shape))}")
    if time is None:
        step = 1.0 if sample_time is None else float(sample_time)
        return np.arange(float(len(u)))[:, None] * step, u, step
    t = np.array(time, np.float64).reshape(-1, 1)
    if len(t) != len(u) or not (np.diff(t[:, 0]) > 0).all():
        raise UsageError(f"time must be {len(u)} increasing seconds, one for each sample")
    return t, u, float(t[1, 0] - t[0, 0]) if sample_time is None else float(sample_time)
