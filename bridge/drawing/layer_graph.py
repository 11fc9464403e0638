"""What a drawing of a network shows: nodes and edges, whichever class of network they come from."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from bridge.network import Network
from bridge.network.layer import Layer
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
    """From node to node; the names of the ports where a node has several. `delay` is in steps: an edge back in time."""

    source: str
    target: str
    out: str = ""
    into: str = ""
    delay: str = ""


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


def graph_of(network: Network) -> Graph:
    """The layers and connections of a network."""
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
