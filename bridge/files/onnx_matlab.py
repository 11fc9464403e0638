"""A network as an ONNX graph in the form that MATLAB's importer is known to take as its own layers.

Known of MATLAB's importer and exporter, as far as they are public: an LSTM node is a layer where its weights are
constants, `direction`, `hidden_size` and all `activations` are said, and no state is an input; its name is the layer's,
without ``/``; Gemm, MatMul, Relu, LeakyRelu, Tanh, Sigmoid, Softmax, Sum, Concat, Dropout and BatchNormalization are
layers. So nodes here are called like layers, states are constants or left out, weights of Gemm stand as O x I, and the
opset is 14, or 17 where a node needs it. Nothing of it has been tried in a MATLAB yet: `UNCONFIRMED` is in
the file and printed, and `notes` lists what may come back as something else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bridge.files import onnx_weights
from bridge.files.onnx_graph import Export, Exported, require_set
from bridge.network import BiLSTM, Layer, LayerNormalization, Network, Recurrent, identical

OPSET, NEWER_OPSET = 14, 17
UNCONFIRMED = "not confirmed in MATLAB: that importNetworkFromONNX makes native layers of this file"


class _Export(Export):
    def __init__(self, network: Network) -> None:
        super().__init__(network, "constant")
        self.called: set[str] = set()

    @property
    def opset(self) -> int:  # type: ignore[override]  # what the nodes so far need
        """The oldest that has what the nodes use."""
        newer = any(node.op_type == "LayerNormalization" or _is_partial_shape(node) for node in self.nodes)
        return NEWER_OPSET if newer else OPSET

    def node_name(self, op: str, output: str) -> str:
        """The layer's name for the node that computes it, else with the operator behind it; never with a slash."""
        layer = output
        while layer not in self.network and "/" in layer:
            layer = layer.rpartition("/")[0]
        main = op in ("LSTM", "GRU", "MatMul") or (layer == output and op not in ("Squeeze", "Add", "Reshape"))
        wanted = name = (layer if main else f"{output}_{op}").replace("/", "_")
        number = 1
        while name in self.called:
            number += 1
            name = f"{wanted}_{number}"
        self.called.add(name)
        return name

    def hand_out(self, name: str) -> str:
        return self.values[name]

    def first_state(self, layer: Layer, state: str, x: str) -> str:
        count = int(getattr(layer, "directions", 1))
        held = layer.start(state)
        if not held.any():
            return ""
        return self.constant(self.name(f"{layer.Name}_initial_{state}"), onnx_weights.state_in(held, count))

    def written(self, layer: Layer, given: list[str]) -> str:
        writer = _WRITERS.get(layer.Type)
        made = writer(self, layer, given) if writer else None
        return made or super().written(layer, given)

    def timed(self, layer: Layer) -> bool:
        """Whether a layer takes sequences."""
        signal = self.network.signal(self.network.sources(layer.Name)[0])
        return signal is not None and signal.time


def _is_partial_shape(node: Any) -> bool:
    return bool(node.op_type == "Shape" and node.attribute)


def _dense(export: _Export, layer: Layer, given: list[str]) -> str | None:
    """Gemm where there is no time, as ONNX's takes two axes."""
    if export.timed(layer):
        return None
    weights = export.constant(export.name(f"{layer.Name}.Weights"), layer.arrays["Weights"])
    return export.emit("Gemm", given[0], weights, export.tensor(layer, "bias"), to=layer.Name, transB=1)


def _dropout(export: _Export, layer: Layer, given: list[str]) -> str:
    ratio = export.constant(export.name(f"{layer.Name}/ratio"), np.array(layer.Probability, np.float32))
    return export.emit("Dropout", given[0], ratio, to=layer.Name)


def _batch_normalization(export: _Export, layer: Layer, given: list[str]) -> str:
    """The operator where there is no time, as it wants channels on the second axis; else written out with constants."""
    name, x = layer.Name, given[0]
    held = {kind: export.tensor(layer, kind) for kind in ("Scale", "Offset", "TrainedMean")}
    if not export.timed(layer):
        variance = export.tensor(layer, "TrainedVariance")
        return export.emit("BatchNormalization", x, *held.values(), variance, to=name, epsilon=layer.Epsilon)
    deviation = np.sqrt(layer.arrays["TrainedVariance"].reshape(-1).astype(np.float32) + np.float32(layer.Epsilon))
    x = export.emit("Sub", x, held["TrainedMean"], to=f"{name}/centred")
    x = export.emit("Div", x, export.constant(export.name(f"{name}/deviation"), deviation), to=f"{name}/normalized")
    return export.emit("Add", export.emit("Mul", x, held["Scale"], to=f"{name}/scaled"), held["Offset"], to=name)


_WRITERS: dict[str, Callable[[_Export, Layer, list[str]], str | None]] = {
    "fullyConnectedLayer": _dense,
    "dropoutLayer": _dropout,
    "batchNormalizationLayer": _batch_normalization,
}


def export(network: Network, filename: str) -> Exported:
    """The graph; its doc_string says what is not confirmed, and how to import it. Raises `UnsupportedLayer`."""
    require_set(network)
    done = _Export(network).export()
    model = done.model
    # States are no outputs here: a dlnetwork hands out what its layers do.
    final = set(done.state_outputs.values())
    kept = [each for each in model.graph.output if each.name not in final]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    used = {each.name for each in kept} | {name for node in model.graph.node for name in node.input}
    for node in model.graph.node:
        node.output[:] = [name if name in used else "" for name in node.output]
        while len(node.output) > 1 and not node.output[-1]:
            del node.output[-1]
    model.doc_string = "\n".join([UNCONFIRMED, call(network, filename), *notes(network)])
    done.state_outputs.clear()
    return done


def call(network: Network, filename: str) -> str:
    """The line of MATLAB that imports the file."""

    def formats(names: tuple[str, ...]) -> str:
        found = [network.signal(name) for name in names]
        letters = ['"TBC"' if signal is not None and signal.time else '"BC"' for signal in found]
        return letters[0] if len(letters) == 1 else f"[{', '.join(letters)}]"

    given, handed = formats(network.inputs), formats(network.outputs)
    return f'net = importNetworkFromONNX("{filename}", InputDataFormats={given}, OutputDataFormats={handed})'


def notes(network: Network) -> list[str]:
    """What the graph cannot say in MATLAB's own layers, a line each."""
    return [f"layer '{layer.Name}': {cause}" for layer in network for cause in _causes(network, layer)]


_SILENT = ("flattenLayer", "regressionLayer", "classificationLayer", "identityLayer")
_ONE_OPERATOR = (
    *("sequenceInputLayer", "featureInputLayer", "lstmLayer", "bilstmLayer", "gruLayer", "lstmProjectedLayer"),
    *("fullyConnectedLayer", "dropoutLayer", "reluLayer", "leakyReluLayer", "tanhLayer", "sigmoidLayer"),
    *("softmaxLayer", "layerNormalizationLayer", "batchNormalizationLayer", "additionLayer", "concatenationLayer"),
)
"""What is said about below, or is an operator that the importer is known to have a layer for."""


def _causes(network: Network, layer: Layer) -> list[str]:
    found = []
    if getattr(layer, "Normalization", "none") != "none":
        found.append("its normalization is Sub and Div behind the input, which come back as layers of their own")
    if isinstance(layer, BiLSTM):
        found.append("is followed by Transpose and Reshape, which may come back as custom layers")
    if layer.Type == "lstmProjectedLayer":
        found.append("comes back as lstmLayer, its weights being the products with the projectors")
    if layer.options.get("StateActivationFunction") == "relu":
        found.append("the importer of 2018 takes tanh and softsign as state activation only")
    if isinstance(layer, Recurrent):
        if any(not identical(layer.start(state), layer.start(state, reset=True)) for state in layer.state_names):
            found.append("keeps the state when saved, not the one after a reset")
        if any(layer.start(state).any() for state in layer.state_names):
            found.append("starts from a constant state, so that the graph takes one sequence at a time")
    if isinstance(layer, LayerNormalization):
        found.append("LayerNormalization (opset 17) may come back as a custom layer")
    if layer.Type in ("fullyConnectedLayer", "batchNormalizationLayer") and layer.input_ports:
        signal = network.signal(network.sources(layer.Name)[0])
        if signal is not None and signal.time:
            what = "MatMul and Add" if layer.Type == "fullyConnectedLayer" else "Sub, Div, Mul and Add"
            found.append(f"is {what}, as ONNX's own operator takes no time: it may come back as more than one layer")
    if layer.Type in _SILENT:
        found.append("computes nothing and is not in the graph")
    elif layer.Type not in _ONE_OPERATOR:
        found.append(f"is a {layer.Type}, whose operators may come back as custom layers")
    return found
