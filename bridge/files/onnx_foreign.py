"""Networks out of ONNX graphs that others wrote: LSTM, GRU, MatMul and Add, Gemm, activations, in any order and layout.

A graph is followed from its input. Every signal carries letters for its axes (T, B, C, and D for ONNX's directions);
what only moves axes is followed, what computes becomes a layer, and anything else is refused by the node's name.
Written against graphs of torch's exporter. Initial states must be zeros, constants or inputs, which start at zero.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge import network as kinds
from bridge.errors import FileError, MalformedFile, NetworkError, UnsupportedContent
from bridge.files.onnx_recurrent import Refused, recurrent_layer
from bridge.network import Layer, Network

Path = str | os.PathLike[str]
Array = npt.NDArray[Any]


@dataclass
class _Signal:
    """The output of a layer, with its axes; `bias` tells that it is a product to which a bias may be added."""

    layer: str
    axes: str
    product: bool = False


class _OtherOrder(Exception):
    """The sequence enters as B x T x C."""


def network(model: Any, path: Path | None = None) -> Network:
    """The network that an ONNX model computes. Raises `UnsupportedContent` with the node, `MalformedFile`."""
    try:
        try:
            return _Reading(model, path, "TBC").network()
        except _OtherOrder:
            return _Reading(model, path, "BTC").network()
    except _OtherOrder:
        raise UnsupportedContent(path, "its sequences enter neither by time nor by batch first") from None
    except FileError:
        raise
    except (NetworkError, KeyError, ValueError, TypeError) as error:  # the latter of numbers that do not fit their type
        raise MalformedFile(path, f"its graph is no network: {error}") from None


class _Reading:
    def __init__(self, model: Any, path: Path | None, order: str) -> None:
        import onnx

        self.onnx = onnx
        self.graph = model.graph
        self.path = path
        self.constants: dict[str, Array] = {
            each.name: onnx.numpy_helper.to_array(each) for each in self.graph.initializer
        }
        self.signals: dict[str, _Signal] = {}
        self.results = {each.name for each in self.graph.output}
        self.states: set[str] = set()  # what recurrent layers end with
        self.zeros: set[str] = set()  # values of any shape that are all zero
        self.beside: set[str] = set()  # what is computed of shapes alone
        self.layers: dict[str, Layer] = {}
        self.pairs: list[tuple[str, str]] = []
        self._enter(order)

    def _enter(self, order: str) -> None:
        data = [each for each in self.graph.input if each.name not in self.constants]
        for each in data:
            shape = each.type.tensor_type.shape.dim
            # Beside the data there may be inputs for states, which LSTM and GRU name themselves.
            if any(each.name in node.input[4:] and node.op_type in ("LSTM", "GRU") for node in self.graph.node):
                self.zeros.add(each.name)
                continue
            channels = shape[-1].dim_value if len(shape) in (2, 3) else 0
            if not channels:
                raise UnsupportedContent(self.path, "is not a sequence of known channels", f"input {each.name!r}")
            timed = len(shape) == 3
            kind = kinds.SequenceInput if timed else kinds.FeatureInput
            self._add(kind(channels), [])
            self.signals[each.name] = _Signal(next(reversed(self.layers)), order if timed else "BC")

    def network(self) -> Network:
        """Follow every node, then build the network."""
        for node in self.graph.node:
            place = f"node {node.name!r} ({node.op_type})"
            if node.domain not in ("", "ai.onnx"):
                raise UnsupportedContent(self.path, f"is an operator of {node.domain}", place)
            try:
                self._follow(node)
            except Refused as refusal:
                raise UnsupportedContent(self.path, str(refusal), place) from None
            except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
                raise MalformedFile(self.path, f"does not fit its inputs: {error}", place) from None
        if not self.layers:
            raise UnsupportedContent(self.path, "has no input that a network could take")
        return self._handing_out(Network(list(self.layers.values()), self.pairs))

    def _handing_out(self, made: Network) -> Network:
        """The network, if what it hands out is what the graph does; named as MATLAB names layers of one kind."""
        handed = {name: self.signals.get(name) for name in self.results - self.states}
        for name, signal in handed.items():
            if signal is None or "D" in signal.axes or not signal.axes.endswith("C"):
                raise UnsupportedContent(self.path, "is no output that a network has", f"output {name!r}")
        if {signal.layer for signal in handed.values() if signal} != set(made.outputs):
            raise UnsupportedContent(self.path, "hands out something else than its last layers")
        several = [layer.Name for layer in made if f"{layer.Name}_2" in made]
        return made.with_({name: {"Name": f"{name}_1"} for name in several})

    def _add(self, layer: Layer, sources: Sequence[str]) -> str:
        count = sum(each.Type == layer.Type for each in self.layers.values())
        name = layer.default_name if not count else f"{layer.default_name}_{count + 1}"
        self.layers[name] = layer.replace(Name=name)
        ports = layer.input_ports
        self.pairs += [(s, name if len(ports) == 1 else f"{name}/{p}") for s, p in zip(sources, ports, strict=True)]
        return name

    def _follow(self, node: Any) -> None:
        op, fed = node.op_type, [name for name in node.input if name in self.signals]
        attributes = {each.name: self.onnx.helper.get_attribute_value(each) for each in node.attribute}
        if op == "Constant":
            self.constants[node.output[0]] = self.onnx.numpy_helper.to_array(attributes["value"])
        elif op == "Shape" or not fed:
            self._beside(node, attributes)
        elif op in _FOLLOW:
            _FOLLOW[op](self, node, attributes)
        else:
            raise Refused("is not understood as part of a network")

    def _beside(self, node: Any, attributes: Mapping[str, Any]) -> None:
        """A computation on shapes and constants; only whether it gives zeros matters."""
        value = attributes.get("value")
        filled = np.zeros(1) if value is None else self.onnx.numpy_helper.to_array(value)
        first = node.input[0] if node.input else ""
        source = self.constants.get(first)
        zero = first in self.zeros or (source is not None and not source.any())
        if (node.op_type == "ConstantOfShape" and not filled.any()) or (
            zero
            and node.op_type in ("Expand", "Slice", "Reshape", "Identity", "Unsqueeze", "Squeeze", "Transpose", "Cast")
        ):
            self.zeros.update(node.output)
        self.beside.update(node.output)

    # What moves axes.

    def constant(self, name: str) -> Array:
        if name not in self.constants:
            raise Refused(f"needs {name!r} as a constant")
        return self.constants[name]

    def moved(self, node: Any, axes: str) -> None:
        given = self.signals[node.input[0]]
        self.signals[node.output[0]] = _Signal(given.layer, axes)

    def transpose(self, node: Any, attributes: Mapping[str, Any]) -> None:
        axes = self.signals[node.input[0]].axes
        order = attributes.get("perm", range(len(axes))[::-1])
        self.moved(node, "".join(axes[k] for k in order))

    def squeeze(self, node: Any, attributes: Mapping[str, Any]) -> None:
        axes = self.signals[node.input[0]].axes
        places = self.constant(node.input[1]) if len(node.input) > 1 else attributes.get("axes", ())
        dropped = [axes[int(k)] for k in np.ravel(places)]
        if dropped != ["D"] or self._directions(node) != 1:
            raise Refused(f"drops the axis {''.join(dropped)}")
        self.moved(node, axes.replace("D", ""))

    def _directions(self, node: Any) -> int:
        return int(getattr(self.layers[self.signals[node.input[0]].layer], "directions", 1))

    def reshape(self, node: Any, attributes: Mapping[str, Any]) -> None:
        axes, shape = self.signals[node.input[0]].axes, self.constant(node.input[1]).tolist()
        joined = axes.replace("DC", "C")
        if "DC" not in axes or len(shape) != len(joined) or shape[:-1] != [0] * (len(joined) - 1):
            raise Refused(f"reshapes the axes {axes} to {shape}")
        self.moved(node, joined)

    def gather(self, node: Any, attributes: Mapping[str, Any]) -> None:
        """The last step of a sequence; or the only direction."""
        given = self.signals[node.input[0]]
        axis, index = given.axes[attributes.get("axis", 0)], self.constant(node.input[1])
        if axis == "D" and self._directions(node) == 1 and index.ndim == 0:
            self.moved(node, given.axes.replace("D", ""))
            return
        if axis != "T" or index.ndim != 0 or int(index) != -1:
            raise Refused(f"takes element {index.tolist()} of axis {axis}; only the last of T is understood")
        self._only_last(given.layer)
        self.moved(node, given.axes.replace("T", ""))

    def _only_last(self, name: str) -> None:
        """Let the recurrent layer before `name` hand on its last step only."""
        layer = self.layers[name]
        while not isinstance(layer, kinds.Recurrent):
            sources = [source for source, sink in self.pairs if sink.partition("/")[0] == name]
            if len(sources) != 1:
                raise Refused("takes the last step of what is not the output of one recurrent layer")
            (name,) = sources
            layer = self.layers[name]
        if layer.directions > 1:
            raise Refused("takes the last step of both directions; MATLAB's is the last of each in its own order")
        self.layers[name] = layer.replace(OutputMode="last")

    def same(self, node: Any, attributes: Mapping[str, Any]) -> None:
        self.moved(node, self.signals[node.input[0]].axes)

    # What computes.

    def layer(self, node: Any, layer: Layer, given: Sequence[str] | None = None, product: bool = False) -> None:
        signals = [self.signals[name] for name in (given or node.input[:1])]
        axes = signals[0].axes
        if any(signal.axes != axes for signal in signals) or not axes.endswith("C") or "D" in axes:
            raise Refused(f"works on the axes {', '.join(signal.axes for signal in signals)}")
        name = self._add(layer, [signal.layer for signal in signals])
        self.signals[node.output[0]] = _Signal(name, axes, product)

    def activation(self, node: Any, attributes: Mapping[str, Any]) -> None:
        op, axes = node.op_type, self.signals[node.input[0]].axes
        if op == "Softmax":
            if attributes.get("axis", -1) not in (-1, len(axes) - 1):
                raise Refused(f"is over axis {attributes.get('axis')}, not over the channels")
            self.layer(node, kinds.Softmax())
        elif op == "LeakyRelu":
            self.layer(node, kinds.LeakyReLU(attributes.get("alpha", 0.01)))
        else:
            self.layer(node, {"Relu": kinds.ReLU, "Tanh": kinds.Tanh, "Sigmoid": kinds.Sigmoid}[op]())

    def matmul(self, node: Any, attributes: Mapping[str, Any]) -> None:
        self._dense(node, self.constant(node.input[1]).T, None)

    def gemm(self, node: Any, attributes: Mapping[str, Any]) -> None:
        if attributes.get("transA", 0) or attributes.get("alpha", 1.0) != 1 or attributes.get("beta", 1.0) != 1:
            raise Refused("scales or transposes its data")
        weights = self.constant(node.input[1])
        bias = self.constant(node.input[2]) if len(node.input) > 2 else None
        self._dense(node, weights if attributes.get("transB", 0) else weights.T, bias)

    def _dense(self, node: Any, weights: Array, bias: Array | None) -> None:
        given = np.zeros(len(weights), weights.dtype) if bias is None else np.broadcast_to(bias.ravel(), len(weights))
        self.layer(node, kinds.FullyConnected(len(weights), Weights=weights, Bias=given), product=bias is None)

    def add(self, node: Any, attributes: Mapping[str, Any]) -> None:
        fed = [name for name in node.input if name in self.signals]
        if len(fed) == len(node.input):
            self.layer(node, kinds.Addition(len(fed)), fed)
            return
        (other,) = [name for name in node.input if name not in fed]
        signal = self.signals[fed[0]]
        if not signal.product:
            raise Refused("adds a constant to what is no product")
        layer = self.layers[signal.layer]
        self.layers[signal.layer] = layer.replace(
            Bias=np.broadcast_to(self.constant(other).ravel(), (layer.OutputSize,))
        )
        self.signals[node.output[0]] = _Signal(signal.layer, signal.axes)

    def concat(self, node: Any, attributes: Mapping[str, Any]) -> None:
        axes = self.signals[node.input[0]].axes
        if attributes["axis"] not in (-1, len(axes) - 1):
            raise Refused("joins along another axis than the channels")
        self.layer(node, kinds.Concatenation(1, len(node.input)), list(node.input))

    def layer_normalization(self, node: Any, attributes: Mapping[str, Any]) -> None:
        scale = self.constant(node.input[1])
        offset = self.constant(node.input[2]) if len(node.input) > 2 else np.zeros_like(scale)
        if attributes.get("axis", -1) not in (-1, len(self.signals[node.input[0]].axes) - 1):
            raise Refused("normalizes over more than the channels")
        epsilon = attributes.get("epsilon", 1e-5)
        self.layer(node, kinds.LayerNormalization(Scale=scale, Offset=offset, Epsilon=epsilon))

    def recurrent(self, node: Any, attributes: Mapping[str, Any]) -> None:
        given = self.signals[node.input[0]]
        if given.axes == "BTC":
            raise _OtherOrder
        if given.axes != "TBC":
            raise Refused(f"works on the axes {given.axes}")
        name = self._add(recurrent_layer(node, attributes, self.constants, self.zeros), [given.layer])
        rows, state = [*node.output, ""][:2]
        self.states.update(each for each in node.output[1:] if each)
        used = {each for other in self.graph.node for each in other.input}
        if rows and (rows in used or rows in self.results):
            self.signals[rows] = _Signal(name, "TDBC")
            if state in used:
                raise Refused("hands on both every step and the last; MATLAB's layer does one of them")
        elif state:  # the last step of each direction, which is what MATLAB calls last
            self.layers[name] = self.layers[name].replace(OutputMode="last")
            self.signals[state] = _Signal(name, "DBC")


_FOLLOW: dict[str, Callable[[_Reading, Any, Mapping[str, Any]], None]] = {
    "LSTM": _Reading.recurrent,
    "GRU": _Reading.recurrent,
    "Transpose": _Reading.transpose,
    "Squeeze": _Reading.squeeze,
    "Reshape": _Reading.reshape,
    "Gather": _Reading.gather,
    "Identity": _Reading.same,
    "Dropout": _Reading.same,
    "MatMul": _Reading.matmul,
    "Gemm": _Reading.gemm,
    "Add": _Reading.add,
    "Sum": _Reading.add,
    "Concat": _Reading.concat,
    "LayerNormalization": _Reading.layer_normalization,
    **dict.fromkeys(("Relu", "LeakyRelu", "Tanh", "Sigmoid", "Softmax"), _Reading.activation),
}
