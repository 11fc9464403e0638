"""MATLAB's arrays as torch's layers hold them, and back: the one place for torch's conventions.

==================  ==========================================================================================
LSTM                ``weight_ih_l0`` = InputWeights, ``weight_hh_l0`` = RecurrentWeights (both i, f, g, o),
                    ``bias_ih_l0`` = Bias, ``bias_hh_l0`` = 0; back: Bias = bias_ih + bias_hh
BiLSTM              the first half of the rows as LSTM, the second with ``_reverse``
GRU                 rows r, z, k in both. ``recurrent-bias-after-multiplication``: bias_ih, bias_hh are the two halves
                    of Bias, and so is every GRU that comes from torch; the other modes: bias_ih = Bias, bias_hh = 0
projected LSTM      the products W Qi' and R Qo' as an LSTM's (torch's own ``proj_size`` means something else)
fully connected     ``weight`` = Weights, ``bias`` = Bias
convolution         ``weight`` (F x C x K) = Weights (K x C x F) turned round, ``bias`` = Bias
self-attention      ``query_weight`` = QueryWeights, ``query_bias`` = QueryBias, …, as `to_torch`'s module has them
position embedding  ``weight`` = Weights'
PReLU               ``weight`` = Alpha
normalization       ``weight`` = Scale, ``bias`` = Offset, ``running_mean``, ``running_var`` = the trained statistics
==================  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.network import (
    GRU,
    LSTM,
    BatchNormalization,
    BiLSTM,
    Convolution1D,
    FullyConnected,
    GroupNormalization,
    InstanceNormalization,
    Layer,
    LayerNormalization,
    PositionEmbedding,
    PReLU,
    ProjectedLSTM,
    Recurrent,
    SelfAttention,
)

Array = npt.NDArray[Any]
Arrays = dict[str, Array]
TWO_BIASES = "recurrent-bias-after-multiplication"


def tensors(layer: Layer) -> Arrays:
    """The entries of a state dict for one layer, as arrays; none for layers that torch holds no arrays of."""
    found = layer.arrays
    if isinstance(layer, ProjectedLSTM):
        return _products(found)
    if isinstance(layer, Recurrent):
        both: Arrays = {}
        for k, ending in enumerate(("", "_reverse")[: layer.directions]):
            part = {name: np.split(array, layer.directions)[k] for name, array in found.items()}
            both |= {f"{name}{ending}": array for name, array in _recurrent(layer, part).items()}
        return both
    if isinstance(layer, Convolution1D | PositionEmbedding):
        turned = {"weight": found["Weights"].T} if "Weights" in found else {}
        return {**turned, **({"bias": found["Bias"].reshape(-1)} if "Bias" in found else {})}
    names = _PLAIN.get(layer.Type, {})
    entries = {
        ours: found[name].reshape(-1) if not name.endswith("Weights") else found[name]
        for ours, name in names.items()
        if name in found
    }
    if isinstance(layer, BatchNormalization) and entries:
        entries["num_batches_tracked"] = np.array(0, np.int64)
    return entries


_PLAIN: dict[str, dict[str, str]] = {
    FullyConnected.Type: {"weight": "Weights", "bias": "Bias"},
    **{
        kind.Type: {"weight": "Scale", "bias": "Offset"}
        for kind in (LayerNormalization, InstanceNormalization, GroupNormalization)
    },
    PReLU.Type: {"weight": "Alpha"},
    SelfAttention.Type: {
        name.replace("Weights", "_weight").replace("Bias", "_bias").lower(): name
        for name in SelfAttention.learnable_names
    },
    BatchNormalization.Type: {
        "weight": "Scale",
        "bias": "Offset",
        "running_mean": "TrainedMean",
        "running_var": "TrainedVariance",
    },
}


def _recurrent(layer: Layer, part: Mapping[str, Array]) -> Arrays:
    entries = {
        ours: part[name]
        for ours, name in (("weight_ih_l0", "InputWeights"), ("weight_hh_l0", "RecurrentWeights"))
        if name in part
    }
    if "Bias" in part:
        bias = part["Bias"].reshape(-1)
        if isinstance(layer, GRU) and layer.ResetGateMode == TWO_BIASES:
            entries["bias_ih_l0"], entries["bias_hh_l0"] = np.split(bias, 2)
        else:
            entries["bias_ih_l0"], entries["bias_hh_l0"] = bias, np.zeros_like(bias)
    return entries


def _products(found: Mapping[str, Array]) -> Arrays:
    if any(name not in found for name in ProjectedLSTM.learnable_names):
        return {}

    def product(weights: str, projector: str) -> Array:
        exact = found[weights].astype(np.float64) @ found[projector].T.astype(np.float64)
        narrowed: Array = exact.astype(found[weights].dtype)
        return narrowed

    bias = found["Bias"].reshape(-1)
    return {
        "weight_ih_l0": product("InputWeights", "InputProjector"),
        "weight_hh_l0": product("RecurrentWeights", "OutputProjector"),
        "bias_ih_l0": bias,
        "bias_hh_l0": np.zeros_like(bias),
    }


def arrays(layer: Layer, entries: Mapping[str, Array]) -> Arrays:
    """The arrays of `layer` (of which only type and options are read) out of a state dict's entries for it."""
    if isinstance(layer, ProjectedLSTM):
        return {}
    if isinstance(layer, Recurrent):
        parts = [_from_recurrent(layer, entries, ending) for ending in ("", "_reverse")[: layer.directions]]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if isinstance(layer, Convolution1D | PositionEmbedding):
        given = {"Weights": np.ascontiguousarray(entries["weight"].T)} if "weight" in entries else {}
        return {**given, **({"Bias": entries["bias"].reshape(1, -1)} if "bias" in entries else {})}
    names = _PLAIN.get(layer.Type, {})
    return {
        name: entries[ours] if entries[ours].ndim == 2 else entries[ours].reshape(-1, 1)
        for ours, name in names.items()
        if ours in entries
    }


def _from_recurrent(layer: Layer, entries: Mapping[str, Array], ending: str) -> Arrays:
    found: Arrays = {}
    for ours, name in (("weight_ih_l0", "InputWeights"), ("weight_hh_l0", "RecurrentWeights")):
        if f"{ours}{ending}" in entries:
            found[name] = entries[f"{ours}{ending}"]
    if f"bias_ih_l0{ending}" in entries:
        first, second = entries[f"bias_ih_l0{ending}"], entries[f"bias_hh_l0{ending}"]
        if isinstance(layer, GRU) and layer.ResetGateMode == TWO_BIASES:
            bias = np.concatenate([first, second])
        else:
            bias = first + second if second.any() else first  # adding zero would turn -0 into 0
        found["Bias"] = bias.reshape(-1, 1)
    elif "RecurrentWeights" in found:  # torch's bias=False
        rows = found["RecurrentWeights"].shape[0]
        doubled = isinstance(layer, GRU) and layer.ResetGateMode == TWO_BIASES
        found["Bias"] = np.zeros((2 * rows if doubled else rows, 1), found["RecurrentWeights"].dtype)
    return found


def is_exact(layer: Layer) -> bool:
    """Whether `arrays` gives back every learnable that `tensors` took."""
    exact = (LSTM, BiLSTM, GRU, FullyConnected, Convolution1D, PositionEmbedding, SelfAttention, PReLU)
    return isinstance(
        layer, (*exact, LayerNormalization, BatchNormalization, InstanceNormalization, GroupNormalization)
    )
