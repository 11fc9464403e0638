"""Networks out of torch modules, and out of state dicts that say nothing but their tensors' names.

Layers are taken in the order in which the module registers them. What its `forward` does between them cannot be seen
here; `bridge.from_torch` therefore compares the results of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bridge import network as kinds
from bridge.errors import NetworkError, UnsupportedLayer
from bridge.files import torch_weights
from bridge.files.network_torch import bare_layer
from bridge.network import Layer, Network

_RECURRENT = re.compile(r"(weight_ih|weight_hh|bias_ih|bias_hh)_l(\d+)(_reverse)?\Z")


def from_module(module: Any) -> Network:
    """The layers of a module in order, with a sequence input (without recurrent layers, a feature input) before them.

    Understood: LSTM and GRU (stacked, bidirectional, without bias; their dropout becomes layers), Linear, Tanh,
    Sigmoid, ReLU, LeakyReLU, ELU, GELU, SiLU, ReLU6, PReLU, Softmax, Dropout, LayerNorm, BatchNorm1d, Identity;
    Sequential and other modules made of these. An LSTM's Bias is bias_ih + bias_hh; a GRU has the reset gate mode
    ``recurrent-bias-after-multiplication``. Layers are called like their attributes. Raises `UnsupportedLayer` for any
    other module, naming it.
    """
    listed: list[Layer] = []
    _walk(module, "", listed)
    if not listed:
        raise NetworkError("", f"{type(module).__name__} has no layers")
    return _with_input(listed)


def _walk(module: Any, path: str, listed: list[Layer]) -> None:
    convert = _CONVERT.get(type(module).__name__) if type(module).__module__.startswith("torch.nn.") else None
    children = list(module.named_children())
    if convert is not None:
        listed += convert(module, _name(path))
    elif children:
        for name, child in children:
            _walk(child, f"{path}.{name}" if path else name, listed)
    else:
        known = ", ".join(_CONVERT)
        raise UnsupportedLayer(path or type(module).__name__, f"is a {type(module).__name__}; understood are {known}")


def _name(path: str) -> str:
    """A layer's name from the place of its module; numbered places get MATLAB's names."""
    return "" if not path or path.rpartition(".")[2].isdigit() else path.replace(".", "_")


def _with_input(listed: Sequence[Layer]) -> Network:
    sizes = [size for layer in listed for size in (_input_size(layer),) if size is not None]
    if not sizes:
        raise NetworkError("", "no layer tells the number of input channels")
    sequence = any(isinstance(layer, kinds.Recurrent) for layer in listed)
    first = kinds.SequenceInput(sizes[0]) if sequence else kinds.FeatureInput(sizes[0])
    return Network([first, *listed])


def _input_size(layer: Layer) -> int | None:
    for name, place in (("InputWeights", 1), ("Weights", 1), ("Scale", 0)):
        if name in layer.arrays:
            return int(layer.arrays[name].shape[place])
    return None


def _entries(module: Any) -> dict[str, Any]:
    return {name: tensor.detach().cpu().numpy() for name, tensor in module.state_dict().items()}


def _recurrent(module: Any, name: str) -> list[Layer]:
    if getattr(module, "proj_size", 0):
        raise UnsupportedLayer(name or "LSTM", "has proj_size, which projects the output; MATLAB has no such layer")
    return _stack(_entries(module), name, float(module.dropout))


def _stack(entries: Mapping[str, Any], name: str, dropout: float = 0.0) -> list[Layer]:
    """The layers of one torch LSTM or GRU, told by the shapes of its arrays."""
    depth = 1 + max(int(match[2]) for key in entries if (match := _RECURRENT.match(key)))
    listed: list[Layer] = []
    for level in range(depth):
        own = {
            f"{match[1]}_l0{match[3] or ''}": array
            for key, array in entries.items()
            if (match := _RECURRENT.match(key)) and int(match[2]) == level
        }
        rows, units = own["weight_hh_l0"].shape
        options: dict[str, Any] = {"NumHiddenUnits": units}
        if rows == 4 * units:
            kind: type[Layer] = kinds.BiLSTM if "weight_hh_l0_reverse" in own else kinds.LSTM
        elif rows == 3 * units and "weight_hh_l0_reverse" not in own:
            kind, options["ResetGateMode"] = kinds.GRU, torch_weights.TWO_BIASES
        else:
            raise UnsupportedLayer(name or "recurrent", f"has recurrent weights {rows} x {units} that no layer has")
        own_name = "" if not name else name if depth == 1 else f"{name}_{level + 1}"
        bare = bare_layer(kind, **options)
        listed.append(bare.replace(Name=own_name, **torch_weights.arrays(bare, own)))
        if dropout and level < depth - 1:
            listed.append(kinds.Dropout(dropout))
    return listed


def _linear(module: Any, name: str) -> list[Layer]:
    return [_dense(_entries(module), name)]


def _dense(entries: Mapping[str, Any], name: str) -> Layer:
    weights = entries["weight"]
    bias = entries.get("bias", np.zeros(len(weights), weights.dtype))
    return kinds.FullyConnected(len(weights), Weights=weights, Bias=bias, Name=name)


def _norm(kind: type[Layer]) -> Callable[[Any, str], list[Layer]]:
    def convert(module: Any, name: str) -> list[Layer]:
        shape = getattr(module, "normalized_shape", (0,))
        if len(shape) != 1 or module.weight is None or module.bias is None:
            raise UnsupportedLayer(name or kind.Type, "is understood over one dimension only, with weight and bias")
        bare = bare_layer(kind, Epsilon=module.eps)
        return [bare.replace(Name=name, **torch_weights.arrays(bare, _entries(module)))]

    return convert


def _softmax(module: Any, name: str) -> list[Layer]:
    if module.dim not in (-1, 2):
        raise UnsupportedLayer(name or "Softmax", f"is over dimension {module.dim}; the channels are the last, -1")
    return [kinds.Softmax(Name=name)]


_CONVERT: dict[str, Callable[[Any, str], list[Layer]]] = {
    "LSTM": _recurrent,
    "GRU": _recurrent,
    "Linear": _linear,
    "Tanh": lambda _, name: [kinds.Tanh(Name=name)],
    "Sigmoid": lambda _, name: [kinds.Sigmoid(Name=name)],
    "ReLU": lambda _, name: [kinds.ReLU(Name=name)],
    "LeakyReLU": lambda module, name: [kinds.LeakyReLU(module.negative_slope, Name=name)],
    "ELU": lambda module, name: [kinds.ELU(module.alpha, Name=name)],
    "GELU": lambda module, name: [kinds.GELU(Approximation=module.approximate, Name=name)],
    "SiLU": lambda _, name: [kinds.Swish(Name=name)],
    "ReLU6": lambda _, name: [kinds.ClippedReLU(6, Name=name)],
    "PReLU": lambda module, name: [kinds.PReLU(Alpha=_entries(module)["weight"].reshape(-1, 1), Name=name)],
    "Softmax": _softmax,
    "Dropout": lambda module, name: [kinds.Dropout(module.p, Name=name)],
    "Identity": lambda *_: [],
    "LayerNorm": _norm(kinds.LayerNormalization),
    "BatchNorm1d": _norm(kinds.BatchNormalization),
}


def from_names(entries: Mapping[str, Any]) -> Network:
    """The network of a state dict without metadata: recurrent layers, then at most one Linear.

    A state dict does not tell activations, so that anything with several Linear layers is refused, never guessed.
    """
    groups: dict[str, dict[str, Any]] = {}
    for key, array in entries.items():
        prefix, _, name = key.rpartition(".")
        groups.setdefault(prefix, {})[name] = array
    listed: list[Layer] = []
    for prefix, own in groups.items():
        if any(_RECURRENT.match(name) for name in own):
            listed += _stack(own, _name(prefix))
        elif set(own) <= {"weight", "bias"} and own["weight"].ndim == 2:
            listed.append(_dense(own, _name(prefix)))
        else:
            raise UnsupportedLayer(prefix, f"has {', '.join(own)}, which a state dict alone does not explain")
    dense = [layer for layer in listed if isinstance(layer, kinds.FullyConnected)]
    if len(dense) > 1 or (dense and dense[0] is not listed[-1]):
        raise UnsupportedLayer(
            dense[0].label, "is followed by others, and a state dict does not tell the activations between them; "
            "give the module to bridge.from_torch"
        )  # fmt: skip
    if not listed:
        raise NetworkError("", "the state dict is empty")
    return _with_input(listed)
