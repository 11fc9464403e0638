"""A network as an ONNX graph of ONNX's own operators: LSTM, GRU, Squeeze, MatMul, Add, …, in single precision.

Signals are `time x batch x channels`, both open. Each state is an input with a default (the state that the network
holds) and an output: ``lstm_h``, ``lstm_c`` in, ``lstm_hn``, ``lstm_cn`` out, each directions x batch x H. A state that
is given for one sequence is every sequence's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bridge.errors import NetworkError, UnsupportedLayer
from bridge.files import onnx_over_time, onnx_weights
from bridge.network import GRU, BiLSTM, Input, Layer, Network, Recurrent

Array = npt.NDArray[Any]
OPSET = 17  # the newest that MATLAB's importer takes, and the first with LayerNormalization
IR_VERSION = 8
STATE_LETTER = {"HiddenState": "h", "CellState": "c"}
_ACTIVATIONS = {
    "tanh": "Tanh",
    "softsign": "Softsign",
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "hard-sigmoid": "HardSigmoid",  # with ONNX's default alpha 0.2 and beta 0.5, which are MATLAB's
}


States = Literal["optional", "given", "constant"]
"""Whether the states to start from are inputs with defaults, inputs, or constants (those after a reset)."""


@dataclass
class Exported:
    """The model, and what its inputs and outputs are called."""

    model: Any = None
    outputs: dict[str, str] = field(default_factory=dict)
    state_inputs: dict[tuple[str, str], str] = field(default_factory=dict)
    state_outputs: dict[tuple[str, str], str] = field(default_factory=dict)


def initializer_name(layer: str, short: str) -> str:
    """What the graph calls one of a layer's tensors."""
    return f"{layer}.{short}"


class Export:
    """A network while it is written; `opset` and the names of nodes are what other forms of the graph change."""

    opset = OPSET

    def __init__(self, network: Network, states: States = "optional") -> None:
        import onnx

        self.onnx = onnx
        self.network = network
        self.states = states
        self.done = Exported()
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.inputs: list[Any] = []
        self.results: list[Any] = []
        self.taken: set[str] = set(network.names)
        self.values: dict[str, str] = {}
        self._batch = ""

    def name(self, wanted: str) -> str:
        while wanted in self.taken:
            wanted += "_"
        self.taken.add(wanted)
        return wanted

    def emit(self, op: str, *inputs: str, to: str, **attributes: Any) -> str:
        """Append a node; its output is called `to`, or like it."""
        output = to if to in self.network else self.name(to)
        self.several(op, inputs, [output], **attributes)
        return output

    def several(
        self, op: str, inputs: tuple[str, ...] | list[str], outputs: list[str], called: str = "", **attributes: Any
    ) -> None:
        """Append a node with several outputs, named after the first, or after `called`."""
        name = self.node_name(op, called or outputs[0])
        self.nodes.append(self.onnx.helper.make_node(op, list(inputs), outputs, name=name, **attributes))

    def node_name(self, op: str, output: str) -> str:
        """What a node is called that computes `output`."""
        return f"{output}/{op}"

    def constant(self, name: str, array: Array) -> str:
        """An initializer; floats become single."""
        kept = array.astype(np.float32) if array.dtype.kind == "f" else array
        self.initializers.append(self.onnx.numpy_helper.from_array(np.array(kept, order="C"), name))
        return name

    def info(self, name: str, shape: list[int | str]) -> Any:
        return self.onnx.helper.make_tensor_value_info(name, self.onnx.TensorProto.FLOAT, shape)

    def export(self) -> Exported:
        """Write every layer."""
        for name in self.network.order:
            layer = self.network[name]
            given = [self.values[source] for source in self.network.feeding(name)]
            self.values[name] = self._layer(layer, given)
        for name in self.network.outputs:
            signal = self.network.signal(name)
            assert signal is not None
            handed = self.done.outputs[name] = self.hand_out(name)
            self.results.insert(len(self.done.outputs) - 1, self.info(handed, self._shape(signal.size, signal.time)))
        helper = self.onnx.helper
        graph = helper.make_graph(self.nodes, "network", self.inputs, self.results, self.initializers)
        from bridge import __version__

        self.done.model = helper.make_model(
            graph,
            producer_name="bridge",
            producer_version=__version__,
            opset_imports=[helper.make_opsetid("", self.opset)],
            ir_version=IR_VERSION,
        )
        return self.done

    def hand_out(self, name: str) -> str:
        """What the graph hands out for a layer: called like it."""
        called = name if name in self.network else self.name(name)
        if self.values[name] != called:
            self.several("Identity", [self.values[name]], [called])
        return called

    def _shape(self, size: int, timed: bool) -> list[int | str]:
        return ["time", "batch", size] if timed else ["batch", size]

    def _layer(self, layer: Layer, given: list[str]) -> str:
        if isinstance(layer, Input):
            return self._input(layer)
        if isinstance(layer, Recurrent):
            return self._recurrent(layer, given)
        if layer.Type not in _WRITERS:
            raise UnsupportedLayer(layer.label, f"is a {layer.Type}, which is not written to ONNX")
        return self.written(layer, given)

    def written(self, layer: Layer, given: list[str]) -> str:
        """The nodes of a layer that is neither an input nor recurrent."""
        return _WRITERS[layer.Type](self, layer, given)

    def _input(self, layer: Layer) -> str:
        timed = layer.Type == "sequenceInputLayer"
        self.inputs.append(self.info(layer.Name, self._shape(layer.InputSize, timed)))
        how, x = layer.Normalization, layer.Name
        if how == "none":
            return x
        held = {name: self.tensor(layer, name) for name in layer.needed_statistics}
        to = self.name(f"{layer.Name}/normalized")
        if how in ("zerocenter", "zscore"):
            x = self.emit("Sub", x, held["Mean"], to=f"{to}/centred")
            return x if how == "zerocenter" else self.emit("Div", x, held["StandardDeviation"], to=to)
        span = self.emit("Sub", held["Max"], held["Min"], to=f"{to}/span")
        share = self.emit("Div", self.emit("Sub", x, held["Min"], to=f"{to}/shifted"), span, to=f"{to}/share")
        if how == "rescale-zero-one":
            return share
        two, one = (self.constant(self.name(f"{to}/{k}"), np.array(k, np.float32)) for k in (2, 1))
        return self.emit("Sub", self.emit("Mul", share, two, to=f"{to}/doubled"), one, to=to)

    def tensor(self, layer: Layer, short: str) -> str:
        """One of the layer's tensors as an initializer."""
        held = onnx_weights.tensors(layer)
        if short not in held:
            raise NetworkError(layer.label, f"{short} is not set")
        return self.constant(self.name(initializer_name(layer.Name, short)), held[short])

    def _recurrent(self, layer: Layer, given: list[str]) -> str:
        assert isinstance(layer, Recurrent)
        name, units, count, x = layer.Name, layer.NumHiddenUnits, layer.directions, given[0]
        fed = self.network.signal(self.network.feeding(name)[0])
        timed = fed is None or fed.time
        if not timed:  # a sequence of one step, after which its state is its output
            x = self.emit("Unsqueeze", x, self.integers(layer, "step", [0]), to=f"{name}/step")
        firsts = [self._columns(layer, value) for value in given[1:]]
        lasts = []
        for state in layer.state_names:
            last = self.name(f"{name}_{STATE_LETTER[state]}n")
            lasts.append(last)
            if state in layer.held_states:
                firsts.append(self.first_state(layer, state, x))
                self.done.state_outputs[name, state] = last
                self.results.append(self.info(last, [count, "batch", units]))
        weights = [self.tensor(layer, short) for short in ("W", "R", "B")]
        state, gate = _ACTIVATIONS[layer.StateActivationFunction], _ACTIVATIONS[layer.GateActivationFunction]
        attributes: dict[str, Any] = {"hidden_size": units, "direction": "bidirectional" if count == 2 else "forward"}
        attributes["activations"] = ([gate, state] if isinstance(layer, GRU) else [gate, state, state]) * count
        if isinstance(layer, GRU):
            attributes["linear_before_reset"] = int(layer.ResetGateMode != "before-multiplication")
        whole = layer.OutputMode == "sequence" and timed
        rows = self.name(f"{name}/rows") if whole else ""
        op = "GRU" if isinstance(layer, GRU) else "LSTM"
        self.several(op, [x, *weights, "", *firsts], [rows, *lasts], rows or name, **attributes)
        for port, last in zip(layer.output_ports[1:], lasts, strict=False):
            self.values[f"{name}/{port}"] = self._last(layer, last, f"{name}/{port}/last")
        return self.sequence(layer, rows) if whole else self._last(layer, lasts[0])

    def first_state(self, layer: Layer, state: str, x: str) -> str:
        """What the recurrence of a layer that takes `x` starts from, directions x batch x H."""
        name, units, count = layer.Name, layer.NumHiddenUnits, int(getattr(layer, "directions", 1))
        held = onnx_weights.state_in(layer.start(state, reset=self.states == "constant"), count)
        if self.states == "constant" and not held.any():
            return ""  # which ONNX takes as zeros
        first = self.name(f"{name}_{STATE_LETTER[state]}")
        if self.states != "constant":
            self.done.state_inputs[name, state] = first
            self.inputs.append(self.info(first, [count, "batch" if self.states == "given" else "batch or 1", units]))
        if self.states == "given":
            return first
        self.constant(first, held)
        return self.emit("Expand", first, self._sequences(x), to=f"{first}/every")

    def _sequences(self, x: str) -> str:
        """The shape 1 x batch x 1, which what is given for one sequence is expanded to."""
        if not self._batch:
            batch = self.emit("Shape", x, to="batch/length", start=1, end=2)
            one = self.constant(self.name("batch/one"), np.array([1], np.int64))
            self._batch = self.emit("Concat", one, batch, one, to="batch/shape", axis=0)
        return self._batch

    def sequence(self, layer: Layer, rows: str) -> str:
        """time x directions x batch x H -> time x batch x channels."""
        if not isinstance(layer, BiLSTM):
            return self.emit("Squeeze", rows, self.integers(layer, "one", [1]), to=layer.Name)
        turned = self.emit("Transpose", rows, to=f"{layer.Name}/turned", perm=[0, 2, 1, 3])
        return self.emit("Reshape", turned, self.integers(layer, "rows", [0, 0, -1]), to=layer.Name)

    def _last(self, layer: Layer, state: str, to: str = "") -> str:
        """directions x batch x H -> batch x channels: of each direction its own last step, which is its state."""
        if not isinstance(layer, BiLSTM):
            return self.emit("Squeeze", state, self.integers(layer, "zero", [0]), to=to or layer.Name)
        turned = self.emit("Transpose", state, to=f"{layer.Name}/turned", perm=[1, 0, 2])
        return self.emit("Reshape", turned, self.integers(layer, "rows", [0, -1]), to=to or layer.Name)

    def _columns(self, layer: Recurrent, value: str) -> str:
        """batch x channels -> directions x batch x H: first states that come in by a port."""
        shape = self.integers(layer, "halves", [0, layer.directions, layer.NumHiddenUnits])
        halves = self.emit("Reshape", value, shape, to=f"{layer.Name}/split")
        return self.emit("Transpose", halves, to=f"{layer.Name}/first", perm=[1, 0, 2])

    def integers(self, layer: Layer, what: str, values: list[int]) -> str:
        return self.constant(self.name(f"{layer.Name}/{what}"), np.array(values, np.int64))


Writer = Callable[[Export, Layer, list[str]], str]


def _simple(op: str, **attributes: Any) -> Writer:
    return lambda export, layer, given: export.emit(op, *given, to=layer.Name, **attributes)


def _dense(export: Export, layer: Layer, given: list[str]) -> str:
    product = export.emit("MatMul", given[0], export.tensor(layer, "weight"), to=f"{layer.Name}/product")
    return export.emit("Add", product, export.tensor(layer, "bias"), to=layer.Name)


def _layer_normalization(export: Export, layer: Layer, given: list[str]) -> str:
    if layer.OperationDimension == "batch-excluded":
        return onnx_over_time.over_time(export, layer, given)
    scale, offset = export.tensor(layer, "Scale"), export.tensor(layer, "Offset")
    return export.emit("LayerNormalization", given[0], scale, offset, to=layer.Name, axis=-1, epsilon=layer.Epsilon)


def _batch_normalization(export: Export, layer: Layer, given: list[str]) -> str:
    """Written out, as ONNX's operator wants channels on the second axis."""
    name = layer.Name
    x = export.emit("Sub", given[0], export.tensor(layer, "TrainedMean"), to=f"{name}/centred")
    epsilon = export.constant(export.name(f"{name}/epsilon"), np.array(layer.Epsilon, np.float32))
    variance = export.emit("Add", export.tensor(layer, "TrainedVariance"), epsilon, to=f"{name}/variance")
    x = export.emit("Div", x, export.emit("Sqrt", variance, to=f"{name}/deviation"), to=f"{name}/normalized")
    x = export.emit("Mul", x, export.tensor(layer, "Scale"), to=f"{name}/scaled")
    return export.emit("Add", x, export.tensor(layer, "Offset"), to=name)


_WRITERS: dict[str, Writer] = {
    **onnx_over_time.WRITERS,
    "fullyConnectedLayer": _dense,
    "reluLayer": _simple("Relu"),
    "leakyReluLayer": lambda export, layer, given: export.emit("LeakyRelu", *given, to=layer.Name, alpha=layer.Scale),
    "tanhLayer": _simple("Tanh"),
    "sigmoidLayer": _simple("Sigmoid"),
    "softmaxLayer": _simple("Softmax", axis=-1),
    "additionLayer": _simple("Sum"),
    "concatenationLayer": _simple("Concat", axis=-1),
    "layerNormalizationLayer": _layer_normalization,
    "batchNormalizationLayer": _batch_normalization,
    **{
        kind: lambda export, layer, given: given[0]
        for kind in ("dropoutLayer", "flattenLayer", "regressionLayer", "classificationLayer")
    },
}


def require_set(network: Network) -> None:
    """Raise `NetworkError` for a learnable that is not set."""
    for layer in network:
        for name, array in layer.learnables.items():
            if array is None:
                raise NetworkError(layer.Name, f"{name} is not set: initialize() draws it")


def export(network: Network, states: States = "optional") -> Exported:
    """Write a network as an ONNX model. Raises `UnsupportedLayer`, `NetworkError`."""
    require_set(network)
    return Export(network, states).export()
