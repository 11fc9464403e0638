"""ONNX's LSTM and GRU, as others write them, as layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files import onnx_weights
from bridge.files.onnx_folding import Filled, Known
from bridge.network import GRU, LSTM, BiLSTM, Layer

Array = npt.NDArray[Any]
_STATE = {"Tanh": "tanh", "Softsign": "softsign", "Relu": "relu"}
_GATE = {"Sigmoid": "sigmoid", "HardSigmoid": "hard-sigmoid"}


class Refused(Exception):
    """What a node does is not understood."""


def _constant(values: Mapping[str, Known], name: str) -> Array:
    value = values.get(name)
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        raise Refused(f"needs {name!r} as a constant")
    return value


def recurrent_layer(node: Any, attributes: Mapping[str, Any], values: Mapping[str, Known]) -> Layer:
    """The layer of an LSTM or GRU node; `values` are what is known by name."""
    direction = attributes.get("direction", b"forward").decode()
    gated = node.op_type == "GRU"
    inputs = [*node.input, *[""] * (8 - len(node.input))]
    if inputs[4]:
        raise Refused(f"takes the lengths of its sequences, {inputs[4]!r}: a mask, which no layer has")
    if attributes.get("clip") or attributes.get("input_forget"):
        raise Refused("uses clip or input_forget")
    if inputs[7]:
        raise Refused("has peepholes, which no layer has")
    if direction == "reverse" or (gated and direction != "forward"):
        raise Refused(f"is {direction}, which no layer of this kind is")
    W, R = _constant(values, inputs[1]), _constant(values, inputs[2])
    units, rows = int(R.shape[2]), W.shape[1]
    B = _constant(values, inputs[3]) if inputs[3] else np.zeros((len(W), 2 * rows), W.dtype)
    options = _activations(attributes, 2 if gated else 3)
    kind: type[Layer] = BiLSTM if direction == "bidirectional" else LSTM
    if gated:
        kind, reset = GRU, bool(attributes.get("linear_before_reset", 0))
        options["ResetGateMode"] = onnx_weights.TWO_BIASES if reset else "before-multiplication"
    bare = kind(units, **options)
    states = _states(bare, inputs[5:7], values, bool(attributes.get("layout", 0)))
    return bare.replace(**onnx_weights.arrays(bare, {"W": W, "R": R, "B": B}), **states)


def _activations(attributes: Mapping[str, Any], count: int) -> dict[str, Any]:
    """The options for gates and states; those of both directions must be the same."""
    own = [each.decode() for each in attributes.get("activations", ())]
    gate, *state = own[:count] or ["Sigmoid", "Tanh"]
    if gate not in _GATE or len(set(state)) != 1 or state[0] not in _STATE or own[:count] != own[-count:]:
        raise Refused(f"has the activations {', '.join(own)}")
    slopes = [*attributes.get("activation_alpha", ()), *attributes.get("activation_beta", ())]
    if gate == "HardSigmoid" and any(np.float32(slope) not in (np.float32(0.2), np.float32(0.5)) for slope in slopes):
        listed = ", ".join(f"{slope:g}" for slope in slopes)
        raise Refused(f"has a hard sigmoid with {listed}, as torch and Keras 3 have it; MATLAB's is 0.2 x + 0.5")
    return {"GateActivationFunction": _GATE[gate], "StateActivationFunction": _STATE[state[0]]}


def _states(layer: Layer, names: Sequence[str], values: Mapping[str, Known], by_batch: bool) -> dict[str, Array]:
    found = {}
    for state, name in zip(layer.state_names, names, strict=False):
        value = values.get(name) if name else Filled(0.0)
        rows = layer.shapes()[state][0]
        if isinstance(value, Filled):
            column = np.full((rows or 0, 1), value.number, np.float32)
        elif value is None or value.dtype.kind != "f" or value.ndim != 3 or value.shape[1 - by_batch] != 1:
            raise Refused(f"starts from {name!r}, which is neither zero nor a constant for one sequence")
        else:
            column = onnx_weights.state_out(value.transpose(1, 0, 2) if by_batch else value)
        if column.any():
            found[state] = column
    return found
