"""What a drawing of a network shows: nodes and edges, whichever class of network they come from."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.network import Network, ShallowNetwork
from bridge.network.layer import Layer
from bridge.network.shallow import Processing
from bridge.network.unknown import UnknownLayer


@dataclass(frozen=True)
class Node:
    """A layer. `detail` says its size in words, `made` what it hands on, `arrays` the size of each array.

    `family` is one of `FAMILIES`; a node that is not `known` is of a kind that cannot be run.
    """

    name: str
    title: str
    detail: str = ""
    made: str = ""
    arrays: tuple[str, ...] = ()
    family: str = "other"
    known: bool = True


@dataclass(frozen=True)
class Edge:
    """From node to node; the names of the ports where a node has several. `delays` are in steps.

    An edge goes `back` where its target is computed before its source, in an earlier step.
    """

    source: str
    target: str
    out: str = ""
    into: str = ""
    delays: str = ""
    back: bool = False


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of the network, and the edges between them."""

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


FAMILIES = {
    "input": "Input", "recurrent": "lstm|gru|rnn", "output": "regression|classification|Output",
    "weights": "fullyConnected|conv|Attention|embedding|mlp", "shape": "flatten|concat|addition|multiplication|reshape",
    "normalization": "ormalization", "activation": "relu|tanh|sigmoid|softmax|elu|swish|Activation",
}  # fmt: skip
"""A family and the words in a layer's type that tell it."""


def family_of(type_: str) -> str:
    """The family of a layer's type, ``other`` where no word tells it."""
    return next((family for family, words in FAMILIES.items() if re.search(words, type_)), "other")


def graph_of(network: Network | ShallowNetwork) -> Graph:
    """The layers and connections of a network; of a shallow one its inputs and outputs too."""
    if isinstance(network, ShallowNetwork):
        return _shallow(network)
    nodes = tuple(_node(network, layer) for layer in network)
    edges = []
    for source, target in network.connections:
        (start, out), (end, into) = _port(network, source), _port(network, target)
        edges.append(Edge(start, end, out, into))
    return Graph("", nodes, tuple(edges))


def _node(network: Network, layer: Layer) -> Node:
    signal = network.signal(layer.Name)
    made = "" if signal is None else f"{signal.size} × T" if signal.time else str(signal.size)
    arrays, count = [], 0
    for name, shape in layer.shapes().items():
        if name not in layer.learnable_names:
            continue
        arrays.append(f"{name} {' × '.join('?' if size is None else str(size) for size in shape)}")
        count += math.prod(size or 0 for size in shape)
    unknown = isinstance(layer, UnknownLayer)
    summary = layer.summary()
    detail = summary.rpartition(".")[2] if unknown else summary if summary != layer.title else ""
    if count:
        arrays.append(f"{count:,} learnables")
    type_ = detail if unknown else layer.Type
    return Node(layer.Name, layer.title, detail, made, tuple(arrays), family_of(type_), not unknown)


def _port(network: Network, text: str) -> tuple[str, str]:
    """A layer's name and its port's as `Network.connections` spells them; no port where the layer has only one."""
    if text in network:
        return text, ""
    name, _, port = text.rpartition("/")
    return name, port


def _shallow(network: ShallowNetwork) -> Graph:
    unknown = {place for place, what, _ in network.unknown_functions() if what != "weightFcn"}
    nodes = [
        Node(f"inputs{{{k}}}", one.name, _chain(one.size, one.processing), str(one.processedSize), (), "input")
        for k, one in enumerate(network.inputs, 1)
    ]
    for k, layer in enumerate(network.layers, 1):
        arrays = [name for name, (place, _) in network.weights.items() if place[0] == k]
        sizes = [f"{name} {' × '.join(map(str, network.weights[name][1].value.shape))}" for name in arrays]
        sizes += [] if layer.b is None else [f"b{{{k}}} {layer.b.size} × 1"]
        functions = layer.transferFcn if layer.netInputFcn == "netsum" else f"{layer.transferFcn}({layer.netInputFcn})"
        name, detail = f"layers{{{k}}}", f"{layer.size} neuron{'s' if layer.size != 1 else ''}, {functions}"
        nodes.append(Node(name, layer.name, detail, str(layer.size), tuple(sizes), "weights", name not in unknown))
    edges = []
    place = {layer: at for at, layer in enumerate(network.order)}
    for name, ((i, j), weight) in network.weights.items():
        inner = name.startswith("LW")
        delays = ", ".join(map(str, weight.delays)) if set(weight.delays) != {0} else ""
        back = inner and place[j] >= place[i]
        source = f"layers{{{j}}}" if inner else f"inputs{{{j}}}"
        edges.append(Edge(source, f"layers{{{i}}}", "", name, f"delays {delays}" if delays else "", back))
    for output in network.outputs:
        name = f"outputs{{{output.layer}}}"
        nodes.append(Node(name, output.name, _chain(output.size, output.processing), str(output.size), (), "output"))
        edges.append(Edge(f"layers{{{output.layer}}}", name))
    return Graph(network.name, tuple(nodes), tuple(edges))


def _chain(size: int, processing: Sequence[Processing]) -> str:
    return ", ".join([f"{size} row{'s' if size != 1 else ''}", *(one.function for one in processing)])
