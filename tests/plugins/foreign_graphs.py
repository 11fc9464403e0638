"""ONNX graphs as other programs write them, built node by node; each function names the program and its version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from bridge.files import onnx_weights
from bridge.network import BiLSTM, FullyConnected, Layer, Network

FLOAT = onnx.TensorProto.FLOAT


class Graph:
    """A graph under construction; `node` returns the name of its first output."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.count = 0

    def new(self, stem: str = "v") -> str:
        self.count += 1
        return f"{self.prefix}{stem}_{self.count}"

    def constant(self, value: Any, dtype: Any = None, name: str = "") -> str:
        array = np.asarray(value, dtype)
        name = name or self.new("c")
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def integers(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def nodes_out(
        self, op: str, inputs: Sequence[str], outputs: Sequence[str], name: str = "", **attributes: Any
    ) -> Any:
        made = helper.make_node(op, list(inputs), list(outputs), name=name or self.new(op), **attributes)
        self.nodes.append(made)
        return made

    def node(self, op: str, *inputs: str, **attributes: Any) -> str:
        output = self.new(op.lower())
        self.nodes_out(op, inputs, [output], **attributes)
        return output

    def model(
        self,
        inputs: Sequence[tuple[str, Sequence[Any]]],
        outputs: Sequence[tuple[str, Sequence[Any]]],
        producer: str,
        opset: int,
    ) -> Any:
        graph = helper.make_graph(
            self.nodes,
            "graph",
            [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in inputs],
            [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in outputs],
            self.initializers,
        )
        return helper.make_model(
            graph, producer_name=producer, opset_imports=[helper.make_opsetid("", opset)], ir_version=9
        )


def _weights(graph: Graph, layer: Layer) -> list[str]:
    held = onnx_weights.tensors(layer)
    return [graph.constant(held[short], np.float32) for short in ("W", "R", "B")]


def _op(layer: Layer) -> str:
    return "GRU" if layer.Type == "gruLayer" else "LSTM"


def _dense(graph: Graph, layer: Layer) -> tuple[str, str]:
    weights = graph.constant(layer.Weights.T, np.float32)
    return weights, graph.constant(layer.Bias.reshape(-1), np.float32)


def torch_dynamo(network: Network, **changes: Any) -> Any:
    """torch 2.13 with onnxscript 0.7, ``torch.onnx.export(dynamo=True)`` of batch-first LSTM or GRU, ReLU, Linear.

    The states are zeros of a computed shape; directions are joined by a shape computed of the node's own output.
    `changes` are attributes of the recurrent node.
    """
    g = Graph()
    _, layer, dense = (each for each in network if each.Type not in ("reluLayer", "dropoutLayer"))
    assert isinstance(dense, FullyConnected)
    directions, units = layer.directions, layer.NumHiddenUnits
    batch = g.node("Shape", "x", start=0, end=1)
    zeros = g.node(
        "Expand",
        g.constant(0.0, np.float32),
        g.node("Concat", g.integers(directions), batch, g.integers(units), axis=0),
    )
    first = g.node("Slice", zeros, g.integers(0), g.integers(directions), g.integers(0))
    rows = g.node("Transpose", "x", perm=[1, 0, 2])
    attributes = {"direction": "bidirectional" if directions == 2 else "forward", "hidden_size": units, "layout": 0}
    attributes |= {"linear_before_reset": 1} if _op(layer) == "GRU" else {"input_forget": 0}
    states = [first] * len(layer.state_names)
    y = g.new("y")
    attributes = {name: value for name, value in (attributes | changes).items() if value is not None}
    g.nodes_out(_op(layer), [rows, *_weights(g, layer), "", *states], [y], name="node_rnn", **attributes)
    y = g.node("Transpose", y, perm=[0, 2, 1, 3])
    shape = g.node("Shape", y, start=0)
    lengths = [g.node("Slice", shape, g.integers(k), g.integers(k + 1)) for k in range(4)]
    channels = g.node("Reshape", g.node("Mul", *lengths[2:]), g.integers(-1), allowzero=0)
    y = g.node("Reshape", y, g.node("Concat", *lengths[:2], channels, axis=0), allowzero=0)
    y = g.node("Transpose", y, perm=[1, 0, 2])
    weights, bias = _dense(g, dense)
    if layer.OutputMode == "last":
        y = g.node("Relu", g.node("Gather", y, g.constant(-1, np.int64), axis=1))
        g.nodes_out("Gemm", [y, g.constant(dense.Weights, np.float32), bias], ["linear"], transB=1)
        return g.model([("x", ["b", "t", layer.InputSize])], [("linear", ["b", dense.OutputSize])], "pytorch", 20)
    g.nodes_out("Add", [g.node("MatMul", g.node("Relu", y), weights), bias], ["linear"])
    return g.model([("x", ["b", "t", layer.InputSize])], [("linear", ["b", "t", dense.OutputSize])], "pytorch", 20)


def tf2onnx(network: Network, **changes: Any) -> Any:
    """tf2onnx 1.17 of Keras: batch first, LSTM, Bidirectional or GRU, then Dense, which flattens time and back.

    Directions are taken apart, each last step by itself, and joined again. GRU nodes are of Keras 2.
    """
    g = Graph()
    _, layer, dense = network
    assert isinstance(dense, FullyConnected)
    directions, units, last = layer.directions, layer.NumHiddenUnits, layer.OutputMode == "last"
    rows = g.node("Transpose", "u", perm=[1, 0, 2])
    batch = g.node("Slice", g.node("Cast", g.node("Shape", "u"), to=6), g.integers(0), g.integers(1), g.integers(0))
    shape = g.node("Cast", g.node("Concat", batch, g.constant([units], np.int32), axis=0), to=7)
    zeros = g.node("Unsqueeze", g.node("Expand", g.constant(0.0, np.float32), shape), g.integers(0))
    zeros = g.node("Concat", zeros, zeros, axis=0) if directions == 2 else zeros
    own = ["Sigmoid", "Tanh", "Tanh"][: 2 if _op(layer) == "GRU" else 3]
    attributes: dict[str, Any] = {"activations": own * directions, "hidden_size": units}
    attributes["direction"] = "bidirectional" if directions == 2 else "forward"
    outputs = [g.new("y"), g.new("h"), g.new("c")][: 1 + len(layer.state_names)]
    states = [zeros] * len(layer.state_names)
    g.nodes_out(_op(layer), [rows, *_weights(g, layer), "", *states], outputs, name="LSTM__1", **(attributes | changes))
    parts = []
    for k in range(directions):
        part = outputs[0]
        if directions == 2:
            part = g.node("Slice", part, g.integers(k), g.integers(k + 1), g.integers(1))
        part = g.node("Squeeze", part, g.integers(1))
        if last:
            bounds = (0, 1) if k else (-1, 2**31 - 1)
            part = g.node("Squeeze", g.node("Slice", part, *map(g.integers, bounds), g.integers(0)), g.integers(0))
        parts.append(part)
    y = g.node("Concat", *parts, axis=1 if last else 2) if directions == 2 else parts[0]
    weights, bias = _dense(g, dense)
    if last:
        g.nodes_out("Add", [g.node("MatMul", y, weights), bias], ["Identity:0"])
        return g.model([("u", ["b", "t", layer.InputSize])], [("Identity:0", ["b", dense.OutputSize])], "tf2onnx", 17)
    y = g.node("Transpose", y, perm=[1, 0, 2])
    free = g.node("Gather", g.node("Cast", g.node("Shape", y), to=6), g.constant([0, 1], np.int64), axis=0)
    back = g.node("Cast", g.node("Concat", free, g.constant([dense.OutputSize], np.int32), axis=0), to=7)
    flat = g.node("Reshape", y, g.integers(-1, directions * units))
    g.nodes_out("Add", [g.node("Reshape", g.node("MatMul", flat, weights), back), bias], ["Identity:0"])
    return g.model([("u", ["b", "t", layer.InputSize])], [("Identity:0", ["b", "t", dense.OutputSize])], "tf2onnx", 17)


def matlab(network: Network, *, squeezed: bool = False, placeholder: str = "") -> Any:
    """MATLAB's exportONNXNetwork of 2018 and 2019: nodes are called like layers, and so are their outputs.

    The four axes of a recurrent layer go straight into Gemm, which ONNX does not allow, unless `squeezed` as later
    releases do; weights are inputs too; the input is declared for 10 steps. `placeholder` is a layer that is written as
    one. Softmax has no axis.
    """
    g = Graph()
    inputs, value = [("", [])][:0], ""
    for layer in network:
        name, output = layer.Name, layer.Name
        if layer.Type == "sequenceInputLayer":
            inputs.append((name, [10, 1, layer.InputSize]))
        elif name == placeholder:
            g.nodes_out("Placeholder", [value], [name], name=name, domain="com.mathworks")
        elif layer.state_names:
            held = onnx_weights.tensors(layer)
            weights = [g.constant(held[short], np.float32, f"{name}_{short}") for short in ("W", "R", "B")]
            starts = [
                g.constant(
                    onnx_weights.state_in(layer.start(state), layer.directions), None, f"{name}_initial_{letter}"
                )
                for state, letter in zip(layer.state_names, "hc", strict=False)
            ]
            count = layer.directions
            direction = "bidirectional" if isinstance(layer, BiLSTM) else "forward"
            own = ["Sigmoid", "Tanh", "Tanh"] * count
            outputs = ["", name] if layer.OutputMode == "last" else [name]
            g.nodes_out(
                "LSTM", [value, *weights, "", *starts], outputs, name=name,
                activations=own, direction=direction, hidden_size=layer.NumHiddenUnits,
            )  # fmt: skip
            if squeezed and layer.OutputMode == "sequence" and count == 1:
                output = f"{name}_Squeeze"
                g.nodes_out("Squeeze", [name], [output], name=output, axes=[1])
        elif isinstance(layer, FullyConnected):
            weights = [g.constant(layer.Weights, np.float32, f"{name}_W")]
            weights.append(g.constant(layer.Bias.reshape(-1), np.float32, f"{name}_B"))
            g.nodes_out("Gemm", [value, *weights], [name], name=name, alpha=1.0, beta=1.0, transA=0, transB=1)
        else:
            op = {"reluLayer": "Relu", "softmaxLayer": "Softmax", "tanhLayer": "Tanh", "dropoutLayer": "Dropout"}
            g.nodes_out(op[layer.Type], [value], [name], name=name)
        value = output if layer.input_ports else name
    model = g.model(inputs, [(value, [1, 2])], "MATLAB Deep Learning Toolbox Converter for ONNX Model Format", 8)
    for tensor in g.initializers:
        model.graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    return model


def tf2onnx_loop(network: Network, gate: str = "Sigmoid") -> Any:
    """tf2onnx 1.17 of a GRU of Keras 3: a Loop whose body takes a step of the sequence from outside, then Dense.

    The kernels are carried through the loop unchanged; conditions on counters are left out. `gate` is the operator that
    the gates go through.
    """
    g, b = Graph(), Graph("body_")
    _, layer, dense = network
    units, channels = layer.NumHiddenUnits, layer.InputSize
    both = layer.ResetGateMode == onnx_weights.TWO_BIASES

    def keras(rows: Any) -> Any:
        r, z, k = np.split(rows, 3)
        return np.concatenate([z, r, k])

    kernel, recurrent = (keras(layer.arrays[name]).T for name in ("InputWeights", "RecurrentWeights"))
    bias = np.stack([keras(half)[:, 0] for half in np.split(layer.Bias, 2)]) if both else keras(layer.Bias)[:, 0]
    rows = g.node("Transpose", "u", perm=[1, 0, 2])
    shape = g.node("Shape", "u")
    batch = g.node("Slice", shape, g.integers(0), g.integers(1), g.integers(0))
    zeros = g.node("Expand", g.constant(0.0, np.float32), g.node("Concat", batch, g.integers(units), axis=0))
    steps = g.node("Squeeze", g.node("Slice", shape, g.integers(1), g.integers(2), g.integers(0)), g.integers(0))

    def part(value: str, k: int) -> str:
        return b.node("Slice", value, b.integers(k * units), b.integers((k + 1) * units), b.integers(1))

    now = b.node("Gather", rows, "place", axis=0)
    following = b.node("Add", "place", b.constant(1, np.int64))
    products = b.node("MatMul", now, "kernel")
    if both:
        first, second = (
            b.node("Squeeze", b.node("Slice", "bias", b.integers(k), b.integers(k + 1), b.integers(0)), b.integers(0))
            for k in (0, 1)
        )
    else:
        first, second = "bias", ""
    products = b.node("Add", products, first)
    if layer.ResetGateMode == "before-multiplication":
        two = b.node("Slice", "recurrent", b.integers(0), b.integers(2 * units), b.integers(1))
        inner = b.node("MatMul", "state", two)
        z, r = (b.node(gate, b.node("Add", part(products, k), part(inner, k))) for k in (0, 1))
        reset = b.node("MatMul", b.node("Mul", r, "state"), part("recurrent", 2))
    else:
        inner = b.node("MatMul", "state", "recurrent")
        inner = b.node("Add", inner, second) if both else inner
        z, r = (b.node(gate, b.node("Add", part(products, k), part(inner, k))) for k in (0, 1))
        reset = b.node("Mul", r, part(inner, 2))
    candidate = b.node("Tanh", b.node("Add", part(products, 2), reset))
    kept = b.node("Mul", b.node("Sub", b.constant(1, np.float32), z), candidate)
    written = b.node("Add", b.node("Mul", z, "state"), kept)
    state, going = b.node("Identity", written), b.node("Identity", "going")
    info = helper.make_tensor_value_info
    integer, boolean = onnx.TensorProto.INT64, onnx.TensorProto.BOOL
    carried = [
        info("place", integer, []), info("state", FLOAT, None), info("kernel", FLOAT, [channels, 3 * units]),
        info("recurrent", FLOAT, [units, 3 * units]), info("bias", FLOAT, None),
    ]  # fmt: skip
    results = [info(going, boolean, []), info(following, integer, []), info(state, FLOAT, None), *carried[2:]]
    body = helper.make_graph(
        b.nodes, "body", [info("counter", integer, []), info("going", boolean, []), *carried],
        [*results, info(written, FLOAT, None)], b.initializers,
    )  # fmt: skip
    start = [g.constant(0, np.int64), zeros, *(g.constant(each, np.float32) for each in (kernel, recurrent, bias))]
    outputs = [g.new("loop") for _ in range(6)]
    g.nodes_out("Loop", [steps, g.constant(True), *start], outputs, name="while_loop", body=body)
    y = g.node("Transpose", outputs[5], perm=[1, 0, 2])
    if layer.OutputMode == "last":
        y = g.node(
            "Squeeze", g.node("Slice", outputs[5], g.integers(-1), g.integers(2**31 - 1), g.integers(0)), g.integers(0)
        )
    weights, offset = _dense(g, dense)
    g.nodes_out("Add", [g.node("MatMul", y, weights), offset], ["Identity:0"])
    timed = [] if layer.OutputMode == "last" else ["t"]
    return g.model([("u", ["b", "t", channels])], [("Identity:0", ["b", *timed, dense.OutputSize])], "tf2onnx", 17)
