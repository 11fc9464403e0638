"""The two ONNX graphs that serve a network: whole sequences, and single steps with their states going in and out.

Both come from the graph that `bridge.files.onnx_graph` writes, or in double precision `bridge.prediction.onnx_double`;
here it gets one fixed signature. Names of the network's own are kept below ``net/``, so that the signature's are free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bridge import layers
from bridge.errors import UnsupportedLayer, UsageError
from bridge.files import onnx_graph, onnx_weights
from bridge.network import BiLSTM, ClassificationOutput, Network
from bridge.prediction import onnx_double

Array = npt.NDArray[Any]
_OWN = "net/"
Precision = Literal["single", "cast", "double"]
"""Single; single inside and double outside; double."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """(x - mean) / deviation on the way in, y deviation + mean on the way out; each one number, or one a channel."""

    input_mean: Array
    input_deviation: Array
    output_mean: Array
    output_deviation: Array


@dataclass(frozen=True, eq=False)
class Signature:
    """What both graphs take and give. `states`: layer, state -> the names that go in and come out."""

    network: Network
    scaling: Scaling | None = None
    precision: Precision = "single"
    states: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Network, scaling: Scaling | None, precision: Precision) -> Signature:
        """The signature of a network with one input and one output. Raises `UsageError`."""
        if len(network.inputs) != 1 or len(network.outputs) != 1:
            ends = ", ".join((*network.inputs, *network.outputs))
            raise UsageError(f"a served network has one input and one output; this one has {ends}")
        holders = [layer for layer in network if layer.held_states]
        states = {}
        for layer in holders:
            prefix = "" if len(holders) == 1 else f"{layer.Name}_"
            for state in layer.held_states:
                letter = onnx_graph.STATE_LETTER[state]
                states[layer.Name, state] = f"{prefix}{letter}", f"{prefix}{letter}n"
        return cls(network, scaling, precision, states)

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels of a classification network."""
        return next((layer.Classes for layer in self.network if isinstance(layer, ClassificationOutput)), ())

    @property
    def outside(self) -> np.dtype[Any]:
        """The type of ``x`` and ``y``."""
        return np.dtype(np.float32 if self.precision == "single" else np.float64)

    @property
    def inside(self) -> np.dtype[Any]:
        """The type that the network computes in, and that of the states."""
        return np.dtype(np.float64 if self.precision == "double" else np.float32)

    @property
    def timed(self) -> bool:
        """Whether sequences go in."""
        given = self.network.signal(self.network.inputs[0])
        return given is not None and given.time

    @property
    def hands_on_time(self) -> bool:
        """Whether sequences come out."""
        handed = self.network.signal(self.network.outputs[0])
        return handed is not None and handed.time

    def start(self, layer: str, state: str) -> Array:
        """The state after a reset, directions x 1 x H."""
        held = self.network[layer]
        count = int(getattr(held, "directions", 1))
        return onnx_weights.state_in(held.start(state, reset=True), count, self.inside)


def stepwise(network: Network) -> str:
    """Why a network cannot be computed step by step; empty where it can."""
    for layer in network:
        if isinstance(layer, BiLSTM):
            return f"layer '{layer.Name}' runs backwards too"
    try:
        layers.require_steps(network, "a step is not enough")
    except UnsupportedLayer as refusal:
        return str(refusal)
    return ""


def graph(signature: Signature, *, step: bool) -> Any:
    """An `onnx.ModelProto`: whole sequences ``x`` time x batch x channels, or one step ``x`` batch x channels.

    Outputs ``y`` likewise, without time where the network hands on the last step only; then the final states, each
    directions x batch x H; and for classification ``label``. A step takes the states too; a whole sequence starts from
    the state after a reset.
    """
    if step and stepwise(signature.network):
        raise UnsupportedLayer("", f"cannot be computed step by step: {stepwise(signature.network)}")
    return _Rewriting(signature, step).model()


class _Rewriting:
    def __init__(self, signature: Signature, step: bool) -> None:
        import onnx

        self.onnx = onnx
        self.signature = signature
        self.step = step and signature.timed
        write = onnx_double.export if signature.precision == "double" else onnx_graph.export
        self.exported = write(signature.network, "given" if self.step else "constant")
        self.source = self.exported.model.graph
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def model(self) -> Any:
        helper, signature = self.onnx.helper, self.signature
        network = signature.network
        entry, end = network.inputs[0], network.outputs[0]
        inputs = [self._info("x", self._axes(entry, not self.step), signature.outside)]
        renamed = self._states(inputs)
        self._entering(_OWN + entry)
        self.nodes += [_below(node, renamed) for node in self.source.node]
        for tensor in self.source.initializer:
            copy = self.onnx.TensorProto()
            copy.CopyFrom(tensor)
            copy.name = _OWN + tensor.name
            self.constants.append(copy)
        outputs = self._leaving(_OWN + self.exported.outputs[end], end)
        made = helper.make_graph(self.nodes, "network", inputs, outputs, self.constants)
        from bridge import __version__

        model = helper.make_model(
            made,
            producer_name="bridge",
            producer_version=__version__,
            opset_imports=self.exported.model.opset_import,
            ir_version=self.exported.model.ir_version,
        )
        self.onnx.checker.check_model(model)
        return model

    def _states(self, inputs: list[Any]) -> Mapping[str, str]:
        """The input that stands for each state that the network's graph takes."""
        renamed = {}
        for place, own in self.exported.state_inputs.items():
            start, name = self.signature.start(*place), self.signature.states[place][0]
            inputs.append(self._info(name, [start.shape[0], "batch", start.shape[2]], self.signature.inside))
            renamed[own] = name
        return renamed

    def _entering(self, to: str) -> None:
        """From ``x`` to what the network's graph takes."""
        value, scaling = "x", self.signature.scaling
        if self.signature.outside != self.signature.inside:
            value = self._node("Cast", [value], "single", to=self._element(self.signature.inside))
        if scaling is not None:
            value = self._node("Sub", [value, self._constant("input_mean", scaling.input_mean)], "centred")
            value = self._node("Div", [value, self._constant("input_deviation", scaling.input_deviation)], "scaled")
        if self.step:
            value = self._node("Unsqueeze", [value, self._integers("first", [0])], "sequence")
        self.nodes.append(self.onnx.helper.make_node("Identity", [value], [to], name="enter"))

    def _leaving(self, value: str, end: str) -> list[Any]:
        """From what the network's graph gives to ``y``, the states and ``label``."""
        timed = self.signature.hands_on_time
        if self.step and timed:
            value = self._node("Squeeze", [value, self._integers("only", [0])], "step")
        scaling = self.signature.scaling
        if scaling is not None:
            value = self._node("Mul", [value, self._constant("output_deviation", scaling.output_deviation)], "spread")
            value = self._node("Add", [value, self._constant("output_mean", scaling.output_mean)], "shifted")
        kind = self._element(self.signature.outside)
        self.nodes.append(self.onnx.helper.make_node("Cast", [value], ["y"], name="leave", to=kind))
        axes = self._axes(end, timed and not self.step)
        outputs = [self._info("y", axes, self.signature.outside)]
        for place, own in self.exported.state_outputs.items():
            start, name = self.signature.start(*place), self.signature.states[place][1]
            self.nodes.append(self.onnx.helper.make_node("Identity", [_OWN + own], [name], name=name))
            outputs.append(self._info(name, [start.shape[0], "batch", start.shape[2]], self.signature.inside))
        if self.signature.classes:
            best = self._node("ArgMax", [value], "best", axis=-1, keepdims=0)
            texts = np.array(self.signature.classes, object)
            self.constants.append(self.onnx.numpy_helper.from_array(texts, "labels"))
            self.nodes.append(self.onnx.helper.make_node("Gather", ["labels", best], ["label"], name="label"))
            string = self.onnx.TensorProto.STRING
            outputs.append(self.onnx.helper.make_tensor_value_info("label", string, axes[:-1]))
        return outputs

    def _axes(self, name: str, timed: bool) -> list[int | str]:
        signal = self.signature.network.signal(name)
        assert signal is not None
        return ["time", "batch", signal.size] if timed and signal.time else ["batch", signal.size]

    def _element(self, dtype: np.dtype[Any]) -> int:
        return int(self.onnx.helper.np_dtype_to_tensor_dtype(dtype))

    def _info(self, name: str, shape: list[Any], dtype: np.dtype[Any]) -> Any:
        return self.onnx.helper.make_tensor_value_info(name, self._element(dtype), shape)

    def _node(self, op: str, inputs: list[str], called: str, **attributes: Any) -> str:
        name = f"serve/{called}"
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def _constant(self, name: str, array: Array) -> str:
        self.constants.append(
            self.onnx.numpy_helper.from_array(np.asarray(array, self.signature.inside), f"serve/{name}")
        )
        return f"serve/{name}"

    def _integers(self, name: str, values: list[int]) -> str:
        self.constants.append(self.onnx.numpy_helper.from_array(np.array(values, np.int64), f"serve/{name}"))
        return f"serve/{name}"


def _below(node: Any, renamed: Mapping[str, str]) -> Any:
    """A copy of a node with the network's own names below ``net/``, also in the graphs inside it."""
    copy = type(node)()
    copy.CopyFrom(node)
    _rename(copy, renamed)
    return copy


def _rename(node: Any, renamed: Mapping[str, str]) -> None:
    node.name = _OWN + node.name
    node.input[:] = [renamed.get(each, each and _OWN + each) for each in node.input]
    node.output[:] = [each and _OWN + each for each in node.output]
    for attribute in node.attribute:
        if attribute.HasField("g"):
            for each in (*attribute.g.input, *attribute.g.output, *attribute.g.initializer):
                each.name = _OWN + each.name
            for inner in attribute.g.node:
                _rename(inner, renamed)
