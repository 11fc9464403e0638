"""ONNX's LSTM and GRU, as others write them, as layers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files import onnx_weights
from bridge.network import GRU, LSTM, BiLSTM, Layer

Array = npt.NDArray[Any]
_STATE = {"Tanh": "tanh", "Softsign": "softsign", "Relu": "relu"}
_GATE = {"Sigmoid": "sigmoid", "HardSigmoid": "hard-sigmoid"}


class Refused(Exception):
    """What a node does is not understood."""


def _constant(constants: Mapping[str, Array], name: str) -> Array:
    if name not in constants:
        raise Refused(f"needs {name!r} as a constant")
    return constants[name]


def recurrent_layer(
    node: Any, attributes: Mapping[str, Any], constants: Mapping[str, Array], zeros: Collection[str]
) -> Layer:
    """The layer of an LSTM or GRU node. `constants` are values by name, `zeros` names of values that are all zero."""
    direction = attributes.get("direction", b"forward").decode()
    gated = node.op_type == "GRU"
    inputs = [*node.input, *[""] * (8 - len(node.input))]
    if attributes.get("layout", 0) or attributes.get("clip") or attributes.get("input_forget") or inputs[4]:
        raise Refused("uses layout, clip, input_forget or sequence lengths")
    if inputs[7] or direction == "reverse" or (gated and direction != "forward"):
        raise Refused("has peepholes, or a direction that no layer of MATLAB's has")
    W, R = _constant(constants, inputs[1]), _constant(constants, inputs[2])
    units, rows = int(R.shape[2]), W.shape[1]
    B = _constant(constants, inputs[3]) if inputs[3] else np.zeros((len(W), 2 * rows), W.dtype)
    own = [each.decode() for each in attributes.get("activations", ())][: 2 if gated else 3]
    gate, *state = own or ["Sigmoid", "Tanh"]
    if gate not in _GATE or len(set(state)) != 1 or state[0] not in _STATE:
        raise Refused(f"has the activations {', '.join(own)}")
    slopes = [*attributes.get("activation_alpha", ()), *attributes.get("activation_beta", ())]
    if gate == "HardSigmoid" and any(np.float32(slope) not in (np.float32(0.2), np.float32(0.5)) for slope in slopes):
        raise Refused("has a hard sigmoid other than 0.2 x + 0.5")
    options: dict[str, Any] = {"GateActivationFunction": _GATE[gate], "StateActivationFunction": _STATE[state[0]]}
    kind: type[Layer] = BiLSTM if direction == "bidirectional" else LSTM
    if gated:
        kind, reset = GRU, bool(attributes.get("linear_before_reset", 0))
        options["ResetGateMode"] = onnx_weights.TWO_BIASES if reset else "before-multiplication"
    bare = kind(units, **options)
    states = _states(bare, inputs[5:7], constants, zeros)
    return bare.replace(**onnx_weights.arrays(bare, {"W": W, "R": R, "B": B}), **states)


def _states(
    layer: Layer, names: Sequence[str], constants: Mapping[str, Array], zeros: Collection[str]
) -> dict[str, Array]:
    found = {}
    for state, name in zip(layer.state_names, names, strict=False):
        if not name or name in zeros:
            continue
        value = constants.get(name)
        if value is None or value.shape[1] != 1:
            raise Refused(f"starts from {name!r}, which is neither zero nor a constant for one sequence")
        if value.any():
            found[state] = onnx_weights.state_out(value)
    return found
