"""The two ONNX graphs that serve a network: whole sequences, and single steps with their states going in and out.

Both come from the graph that `bridge.files.onnx_graph` writes; here it gets one fixed signature. Names of the network's
own are kept below ``net/``, so that the signature's are free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import UnsupportedLayer, UsageError
from bridge.files import onnx_graph, onnx_weights
from bridge.network import BiLSTM, ClassificationOutput, Network

Array = npt.NDArray[Any]
_OWN = "net/"
_LETTER = {"HiddenState": "h", "CellState": "c"}


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
    double: bool = False
    states: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Network, scaling: Scaling | None, double: bool) -> Signature:
        """The signature of a network with one input and one output. Raises `UsageError`."""
        if len(network.inputs) != 1 or len(network.outputs) != 1:
            ends = ", ".join((*network.inputs, *network.outputs))
            raise UsageError(f"a served network has one input and one output; this one has {ends}")
        holders = [layer for layer in network if layer.state_names]
        states = {}
        for layer in holders:
            prefix = "" if len(holders) == 1 else f"{layer.Name}_"
            for state in layer.state_names:
                letter = _LETTER[state]
                states[layer.Name, state] = f"{prefix}{letter}", f"{prefix}{letter}n"
        return cls(network, scaling, double, states)

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels of a classification network."""
        return next((layer.Classes for layer in self.network if isinstance(layer, ClassificationOutput)), ())

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
        return onnx_weights.state_in(held.start(state, reset=True), int(getattr(held, "directions", 1)))


def stepwise(network: Network) -> str:
    """Why a network cannot be computed step by step; empty where it can."""
    for layer in network:
        if isinstance(layer, BiLSTM):
            return f"layer '{layer.Name}' runs backwards too"
        if layer.options.get("OperationDimension") == "batch-excluded":
            return f"layer '{layer.Name}' normalizes over time"
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
        self.exported = onnx_graph.export(signature.network, 1)
        self.source = self.exported.model.graph
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def model(self) -> Any:
        helper, signature = self.onnx.helper, self.signature
        network = signature.network
        entry, end = network.inputs[0], network.outputs[0]
        inputs = [self._info("x", self._axes(entry, not self.step), signature.double)]
        renamed = self._states(inputs)
        self._entering(_OWN + entry)
        for node in self.source.node:
            copy = self.onnx.NodeProto()
            copy.CopyFrom(node)
            copy.name = _OWN + node.name
            copy.input[:] = [renamed.get(each, each and _OWN + each) for each in node.input]
            copy.output[:] = [each and _OWN + each for each in node.output]
            self.nodes.append(copy)
        for tensor in self.source.initializer:
            if tensor.name not in set(self.exported.state_inputs.values()):
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
            opset_imports=[helper.make_opsetid("", onnx_graph.OPSET)],
            ir_version=onnx_graph.IR_VERSION,
        )
        self.onnx.checker.check_model(model)
        return model

    def _states(self, inputs: list[Any]) -> Mapping[str, str]:
        """What stands for each state that the network's graph takes: an input, nothing (zeros), or a constant."""
        renamed = {}
        for place, own in self.exported.state_inputs.items():
            start = self.signature.start(*place)
            if self.step:
                name = self.signature.states[place][0]
                inputs.append(self._info(name, [start.shape[0], "batch", start.shape[2]], False))
                renamed[own] = name
            elif not start.any():
                renamed[own] = ""
            else:
                renamed[own] = self._repeated(own, start)
        return renamed

    def _repeated(self, own: str, start: Array) -> str:
        """The start state for each sequence of the batch."""
        first = self._constant(f"{own}/start", start)
        sizes = self._node("Shape", ["x"], f"{own}/sizes", start=1, end=2)
        ends = (self._integers(f"{own}/{k}", [start.shape[k]]) for k in (0, 2))
        shape = self._node("Concat", [next(ends), sizes, next(ends)], f"{own}/shape", axis=0)
        return self._node("Expand", [first, shape], f"{own}/repeated")

    def _entering(self, to: str) -> None:
        """From ``x`` to what the network's graph takes."""
        value, scaling = "x", self.signature.scaling
        if self.signature.double:
            value = self._node("Cast", [value], "single", to=self.onnx.TensorProto.FLOAT)
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
        kind = self.onnx.TensorProto.DOUBLE if self.signature.double else self.onnx.TensorProto.FLOAT
        self.nodes.append(self.onnx.helper.make_node("Cast", [value], ["y"], name="leave", to=kind))
        axes = self._axes(end, timed and not self.step)
        outputs = [self._info("y", axes, self.signature.double)]
        for place, own in self.exported.state_outputs.items():
            start, name = self.signature.start(*place), self.signature.states[place][1]
            self.nodes.append(self.onnx.helper.make_node("Identity", [_OWN + own], [name], name=name))
            outputs.append(self._info(name, [start.shape[0], "batch", start.shape[2]], False))
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

    def _info(self, name: str, shape: list[Any], double: bool) -> Any:
        kind = self.onnx.TensorProto.DOUBLE if double else self.onnx.TensorProto.FLOAT
        return self.onnx.helper.make_tensor_value_info(name, kind, shape)

    def _node(self, op: str, inputs: list[str], called: str, **attributes: Any) -> str:
        name = f"serve/{called}"
        self.nodes.append(self.onnx.helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def _constant(self, name: str, array: Array) -> str:
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(array, np.float32), f"serve/{name}"))
        return f"serve/{name}"

    def _integers(self, name: str, values: list[int]) -> str:
        self.constants.append(self.onnx.numpy_helper.from_array(np.array(values, np.int64), f"serve/{name}"))
        return f"serve/{name}"
