"""MATLAB's arrays as ONNX's operators take them, and back: the one place for ONNX's conventions.

==================  ==========================================================================================
LSTM, BiLSTM        ``W`` (D x 4H x I), ``R`` (D x 4H x H): rows i, o, f, c of each of D directions, MATLAB's being
                    i, f, g, o; ``B`` (D x 8H) = [Bias; 0], the second half for R
GRU                 ``W``, ``R``: rows z, r, h, MATLAB's being r, z, h; ``B`` (1 x 6H) = [Bias; 0], or both halves of
                    Bias with two of them. ``linear_before_reset`` is 1 unless the mode is ``before-multiplication``
projected LSTM      the products W Qi' and R Qo' as an LSTM's
fully connected     ``weight`` (I x O) = Weights', or ``Weights`` as they are; ``bias`` (O)
convolution         ``weight`` (F x C x K) = Weights (K x C x F) turned round, ``bias`` (F)
attention, position  their weights transposed, their biases as rows
others              their arrays as rows
==================  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.network import (
    GRU,
    Convolution1D,
    FullyConnected,
    Layer,
    PositionEmbedding,
    ProjectedLSTM,
    Recurrent,
    SelfAttention,
)

Array = npt.NDArray[Any]
Arrays = dict[str, Array]

_LSTM = (0, 3, 1, 2)  # ONNX's i, o, f, c among MATLAB's i, f, g, o
_GRU = (1, 0, 2)  # ONNX's z, r, h among MATLAB's r, z, h
SHORTS = ("W", "R", "B", "weight", "Weights", "bias")
"""The names that tensors have here besides those of their arrays."""
TWO_BIASES = "recurrent-bias-after-multiplication"


def _reordered(array: Array, order: tuple[int, ...]) -> Array:
    """Blocks of rows in another order; `array` has rows on the last axis but one of three, or on the last of two."""
    axis = 1
    blocks = np.split(array, len(order), axis)
    return np.concatenate([blocks[k] for k in order], axis)


def _order(layer: Layer) -> tuple[int, ...]:
    return _GRU if isinstance(layer, GRU) else _LSTM


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(k) for k in range(len(order)))


def tensors(layer: Layer) -> Arrays:
    """What a layer's operators take, by a short name, in the precision of the layer's arrays."""
    found = dict(layer.arrays)
    if isinstance(layer, ProjectedLSTM):
        for weights, projector in (("InputWeights", "InputProjector"), ("RecurrentWeights", "OutputProjector")):
            exact = found[weights].astype(np.float64) @ found[projector].T.astype(np.float64)
            found[weights] = exact.astype(found[weights].dtype)
    if isinstance(layer, Recurrent):
        directions, order = layer.directions, _order(layer)
        entries = {
            short: _reordered(found[name].reshape(directions, -1, found[name].shape[1]), order)
            for short, name in (("W", "InputWeights"), ("R", "RecurrentWeights"))
        }
        entries["B"] = _biases(layer, found["Bias"].reshape(directions, -1), order)
        return entries
    if isinstance(layer, FullyConnected):
        return {"weight": np.ascontiguousarray(found["Weights"].T), "bias": found["Bias"].reshape(-1)}
    if isinstance(layer, Convolution1D):
        return {"weight": np.ascontiguousarray(found["Weights"].T), "bias": found["Bias"].reshape(-1)}
    matrices = ("Weights",) if isinstance(layer, SelfAttention | PositionEmbedding) else ()
    return {
        name: np.ascontiguousarray(array.T) if name.endswith(matrices) and matrices else array.reshape(-1)
        for name, array in found.items()
    }


def _biases(layer: Layer, bias: Array, order: tuple[int, ...]) -> Array:
    if isinstance(layer, GRU) and layer.ResetGateMode == TWO_BIASES:
        return np.concatenate([_reordered(half, order) for half in np.split(bias, 2, 1)], 1)
    return np.concatenate([_reordered(bias, order), np.zeros_like(bias)], 1)


def arrays(layer: Layer, entries: Mapping[str, Array]) -> Arrays:
    """The learnables of `layer` (of which only type and options are read) out of what its operators take."""
    if isinstance(layer, ProjectedLSTM):
        return {}
    if isinstance(layer, Recurrent):
        back = _inverse(_order(layer))
        found = {}
        for short, name in (("W", "InputWeights"), ("R", "RecurrentWeights")):
            blocks = _reordered(entries[short], back)
            found[name] = blocks.reshape(-1, blocks.shape[2])
        first, second = (_reordered(half, back).reshape(-1, 1) for half in np.split(entries["B"], 2, 1))
        if isinstance(layer, GRU) and layer.ResetGateMode == TWO_BIASES:
            found["Bias"] = np.concatenate([first, second])
        else:
            found["Bias"] = first + second if second.any() else first  # adding zero would turn -0 into 0
        return found
    if isinstance(layer, FullyConnected):
        weights = entries["Weights"] if "Weights" in entries else entries["weight"].T  # as Gemm and as MatMul take it
        return {"Weights": np.ascontiguousarray(weights), "Bias": entries["bias"].reshape(-1, 1)}
    if isinstance(layer, Convolution1D):
        return {"Weights": np.ascontiguousarray(entries["weight"].T), "Bias": entries["bias"].reshape(1, -1)}
    return {
        name: np.ascontiguousarray(array.T) if array.ndim == 2 else array.reshape(-1, 1)
        for name, array in entries.items()
    }


def state_in(column: Array, directions: int, dtype: Any = np.float32) -> Array:
    """A state D H x B as ONNX has it, D x B x H."""
    parts = np.asarray(column, dtype).reshape(directions, -1, column.shape[1])
    return np.ascontiguousarray(parts.transpose(0, 2, 1))


def state_out(state: Array) -> Array:
    """A state of ONNX's, D x B x H, as D H x B."""
    return np.ascontiguousarray(state.transpose(0, 2, 1).reshape(-1, state.shape[1]))
