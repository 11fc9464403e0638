"""Files as Keras 3.15 and Keras 2 (tf_keras 2.21) write them, of networks, for the reader of such files."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from bridge.network import Layer, Network

Arrays = dict[str, Any]


def _columns(rows: Any, order: tuple[int, ...]) -> Any:
    blocks = np.split(rows, len(order))
    return np.concatenate([blocks[k] for k in order]).T


def _recurrent(layer: Layer, half: slice, order: tuple[int, ...], bias: Any) -> Arrays:
    kernel = _columns(layer.InputWeights[half], order)
    return {"kernel": kernel, "recurrent_kernel": _columns(layer.RecurrentWeights[half], order), "bias": bias}


def described(layer: Layer) -> tuple[str, dict[str, Any], dict[str, Arrays]]:
    """Keras' class, its configuration, and its arrays by the place within the layer."""
    own: dict[str, Any] = {"name": layer.Name}
    if layer.Type in ("lstmLayer", "gruLayer", "bilstmLayer"):
        own |= {
            "units": layer.NumHiddenUnits,
            "activation": layer.StateActivationFunction,
            "recurrent_activation": layer.GateActivationFunction.replace("-", "_"),
            "use_bias": True,
            "return_sequences": layer.OutputMode == "sequence",
        }
    if layer.Type == "lstmLayer":
        return "LSTM", own, {"cell": _recurrent(layer, slice(None), (0, 1, 2, 3), layer.Bias[:, 0])}
    if layer.Type == "gruLayer":
        after = layer.ResetGateMode == "recurrent-bias-after-multiplication"
        order = (1, 0, 2)
        halves = [_columns(part, order)[0] for part in np.split(layer.Bias, 1 + after)]
        own["reset_after"] = after
        return "GRU", own, {"cell": _recurrent(layer, slice(None), order, np.stack(halves) if after else halves[0])}
    if layer.Type == "bilstmLayer":
        count = 4 * layer.NumHiddenUnits
        arrays = {}
        for place, half in (("forward_layer/cell", slice(0, count)), ("backward_layer/cell", slice(count, None))):
            arrays[place] = _recurrent(layer, half, (0, 1, 2, 3), layer.Bias[half, 0])
        inner = {"class_name": "LSTM", "config": own}
        return "Bidirectional", {"name": layer.Name, "merge_mode": "concat", "layer": inner}, arrays
    if layer.Type == "fullyConnectedLayer":
        arrays = {"": {"kernel": layer.Weights.T, "bias": layer.Bias[:, 0]}}
        return "Dense", own | {"units": layer.OutputSize, "activation": "linear", "use_bias": True}, arrays
    if layer.Type in ("layerNormalizationLayer", "batchNormalizationLayer"):
        held = {"gamma": layer.Scale[:, 0], "beta": layer.Offset[:, 0]}
        options = own | {"axis": -1, "epsilon": layer.Epsilon, "scale": True, "center": True}
        if layer.Type == "layerNormalizationLayer":
            return "LayerNormalization", options, {"": held}
        held |= {"moving_mean": layer.TrainedMean[:, 0], "moving_variance": layer.TrainedVariance[:, 0]}
        return "BatchNormalization", options, {"": held}
    simple = {
        "reluLayer": ("ReLU", {}), "tanhLayer": ("Activation", {"activation": "tanh"}), "softmaxLayer": ("Softmax", {}),
        "sigmoidLayer": ("Activation", {"activation": "sigmoid"}),
    }  # fmt: skip
    if layer.Type in ("globalAveragePooling1dLayer", "globalMaxPooling1dLayer"):
        kind = "Average" if "Average" in layer.Type else "Max"
        return f"Global{kind}Pooling1D", own | {"keepdims": False, "data_format": "channels_last"}, {}
    if layer.Type == "dropoutLayer":
        return "Dropout", own | {"rate": layer.Probability}, {}
    if layer.Type == "leakyReluLayer":
        return "LeakyReLU", own | {"negative_slope": layer.Scale}, {}
    if layer.Type == "additionLayer":
        return "Add", own, {}
    if layer.Type == "concatenationLayer":
        return "Concatenate", own | {"axis": -1}, {}
    kind, options = simple[layer.Type]
    return kind, own | options, {}


def _entry(layer: Layer) -> dict[str, Any]:
    timed = layer.Type == "sequenceInputLayer"
    return {"name": layer.Name, "batch_shape": [None, *[None] * timed, layer.InputSize]}


def configuration(network: Network, *, functional: bool, version: int) -> dict[str, Any]:
    """The model's configuration."""
    listed = []
    for layer in network:
        if not layer.input_ports:
            kind, config = "InputLayer", _entry(layer)
        else:
            kind, config, _ = described(layer)
        each: dict[str, Any] = {"class_name": kind, "config": config}
        if functional:
            sources = network.sources(layer.Name) if layer.input_ports else []
            each["name"] = layer.Name
            if version >= 3:
                tensors: list[Any] = [
                    {"class_name": "__keras_tensor__", "config": {"keras_history": [s, 0, 0]}} for s in sources
                ]
                arguments = [tensors] if len(tensors) > 1 else tensors
                each["inbound_nodes"] = [{"args": arguments, "kwargs": {"mask": None}}] if sources else []
            else:
                each["inbound_nodes"] = [[[source, 0, 0, {}] for source in sources]] if sources else []
        listed.append(each)
    kind = "Functional" if functional else "Sequential"
    return {"class_name": kind, "config": {"name": "model", "layers": listed}}


def keras(network: Network, path: Path, *, functional: bool = False, named: bool = True) -> None:
    """A .keras of Keras 3; without `named` as Keras 2.12 called the layers, by class and number alone."""
    held = io.BytesIO()
    with h5py.File(held, "w") as file:
        counts: dict[str, int] = {}
        top = file.create_group("layers" if named else "_layer_checkpoint_dependencies")
        for layer in network:
            if not layer.input_ports:
                continue
            kind, _, arrays = described(layer)
            stem = {"LSTM": "lstm", "GRU": "gru", "ReLU": "re_lu", "LeakyReLU": "leaky_re_lu"}.get(kind)
            stem = stem or "".join(f"_{c.lower()}" if c.isupper() else c for c in kind).lstrip("_")
            number = counts[stem] = counts.get(stem, -1) + 1
            group = top.create_group(f"{stem}_{number}" if number else stem)
            own = group.create_group("vars")
            if named:
                own.attrs["name"] = layer.Name
            for place, entries in arrays.items():
                below = group.require_group(f"{place}/vars".lstrip("/"))
                for k, array in enumerate(entries.values()):
                    below[str(k)] = array
    config = configuration(network, functional=functional, version=3)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1" if named else "2.12.0"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", held.getvalue())


def h5(network: Network, path: Path, *, functional: bool = False, version: str = "2.15.0") -> None:
    """A .h5, as every Keras writes it; names have ``:0`` behind them before Keras 3."""
    major = int(version[0])
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = version
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(configuration(network, functional=functional, version=major))
        weights = file.create_group("model_weights")
        for layer in network:
            group = weights.create_group(layer.Name)
            for place, entries in (described(layer)[2] if layer.input_ports else {}).items():
                place = place.replace("_layer/cell", f"_{layer.Name}/lstm_cell")
                for name, array in entries.items():
                    group[f"{layer.Name}/{place}/{name}{':0' if major < 3 else ''}".replace("//", "/")] = array
