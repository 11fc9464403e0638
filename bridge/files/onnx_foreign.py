"""Networks out of ONNX graphs that others wrote: torch's two exporters, Keras through tf2onnx, MATLAB's exporter.

A graph is followed from its input (`_Reading`). What only moves axes is followed (`onnx_signals`), what is computed of
shapes alone is computed (`onnx_folding`), what computes becomes a layer, and anything else is refused by the node's
name. Declared output shapes are not believed: MATLAB's exporter of 2018 to 2019 declares them wrong, and leaves out the
Squeeze between a recurrent layer and the next, which is put in here. Initial states must be zeros, constants or inputs,
which start at zero.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge import network as kinds
from bridge.errors import FileError, MalformedFile, NetworkError, UnsupportedContent
from bridge.files import onnx_operators, onnx_signals
from bridge.files.onnx_axes import Length
from bridge.files.onnx_folding import Filled, Known, fold
from bridge.files.onnx_operators import OtherOrder
from bridge.files.onnx_recurrent import Refused
from bridge.files.onnx_signals import Signal
from bridge.network import Layer, Network

Path = str | os.PathLike[str]
Array = npt.NDArray[Any]
_STATES_COME_THROUGH = ("Slice", "Gather", "Expand", "Squeeze", "Unsqueeze", "Reshape", "Transpose", "Identity", "Cast")
_CONDITIONS = ("Equal", "Not", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Where", "And", "Or", "IsNaN")
_REASONS = {
    **dict.fromkeys(
        ("Loop", "Scan", "If"), "is a recurrence written out, which takes the data in a way not understood"
    ),
    **dict.fromkeys(_CONDITIONS, "is a mask or a condition, which no layer has"),
    "ReverseSequence": "reads the time backward, which of MATLAB's layers only bilstmLayer does beside forward",
    "HardSigmoid": "is a hard sigmoid, which only recurrent layers have, inside",
}


class NeedsIndexing(Exception):
    """A recurrent layer hands on every step and the last one too: the last is another layer's business."""


@dataclass
class Edge:
    """That a layer feeds another, or the outside, and whether over time."""

    source: str
    sink: str
    timed: bool


def network(model: Any, path: Path | None = None) -> Network:
    """The network that an ONNX model computes. Raises `UnsupportedContent` with the node, `MalformedFile`."""
    try:
        for order in ("TBC", "BTC", "TC"):
            try:
                try:
                    return Reading(model, path, order).network()
                except NeedsIndexing:
                    return Reading(model, path, order, indexing=True).network()
            except OtherOrder:
                continue
    except FileError:
        raise
    except (NetworkError, KeyError, ValueError, TypeError) as error:  # the latter of numbers that do not fit their type
        raise MalformedFile(path, f"its graph is no network: {error}") from None
    raise UnsupportedContent(path, "its sequences enter neither by time nor by batch first")


class Reading:
    """A graph while it is followed; `order` is how sequences are taken to enter.

    With `indexing`, a last step is taken by a layer of its own instead of the recurrent layer's `OutputMode`.
    """

    def __init__(self, model: Any, path: Path | None, order: str, *, indexing: bool = False) -> None:
        import onnx

        self.indexing = indexing

        self.onnx = onnx
        self.graph = model.graph
        self.path = path
        self.producer = f"{model.producer_name} {model.domain}".lower()
        self.opset = max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=1)
        self.values: dict[str, Known] = {each.name: onnx.numpy_helper.to_array(each) for each in self.graph.initializer}
        self.signals: dict[str, Signal] = {}
        self.results = [each.name for each in self.graph.output]
        self.readers = Counter([name for node in self.graph.node for name in node.input] + self.results)
        self.layers: dict[str, Layer] = {}
        self.pairs: list[tuple[str, str]] = []
        self.edges: list[Edge] = []
        self._enter(order)

    @property
    def matlab(self) -> bool:
        """Whether MATLAB's exporter wrote the graph: nodes are then called like their layers."""
        return "matlab" in self.producer or "mathworks" in self.producer

    def _enter(self, order: str) -> None:
        states = self._state_inputs()
        for each in self.graph.input:
            if each.name in self.values:
                continue
            if each.name in states:
                self.values[each.name] = Filled(0.0)
                continue
            lengths = [dim.dim_value for dim in each.type.tensor_type.shape.dim]
            if len(lengths) not in (2, 3) or lengths[-1] <= 0:
                raise UnsupportedContent(self.path, "is not a sequence of known channels", f"input {each.name!r}")
            timed = len(lengths) == 3 or order == "TC"
            axes = tuple(order if len(lengths) == len(order) else "TBC" if timed else "BC")
            kind = kinds.SequenceInput if timed else kinds.FeatureInput
            name = self.add(kind(lengths[-1]), [], each.name if self.matlab else "")
            known: dict[str, Length] = {
                letter: length for letter, length in zip(axes, lengths, strict=True) if length > 0
            }
            steps, sequences = known.get("T", onnx_signals.STEPS), known.get("B", onnx_signals.SEQUENCES)
            self.signals[each.name] = Signal(((name, 0),), axes, lengths[-1], steps=steps, sequences=sequences)

    def _state_inputs(self) -> set[str]:
        """What recurrences start from, traced back to the graph's inputs."""
        found = {name for node in self.graph.node if node.op_type in ("LSTM", "GRU") for name in node.input[5:7]}
        for node in reversed(self.graph.node):
            if node.op_type in _STATES_COME_THROUGH and found.intersection(node.output):
                found.update(node.input[:1])
        return found

    def network(self) -> Network:
        """Follow every node, then build the network."""
        for node in self.graph.node:
            place = f"node {node.name!r} ({node.op_type})"
            if node.domain.lower() == "com.mathworks" and node.op_type == "Placeholder":
                raise UnsupportedContent(
                    self.path, "stands for a layer that MATLAB's exporter could not write", f"layer {node.name!r}"
                )
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
        self._hand_out()
        return self._checked(Network(list(self.layers.values()), self.pairs))

    def _hand_out(self) -> None:
        """What leaves the graph; final states beside other results are not the network's business."""
        found = {name: self.signals.get(name) for name in self.results}
        data = {n: signal for n, signal in found.items() if signal is None or signal.kind not in ("state", "cell")}
        for name, signal in (data or found).items():
            try:
                if signal is None:
                    raise Refused("is no output that a network has")
                self.feed(self.source(signal), "", signal.timed)
            except Refused as refusal:
                raise UnsupportedContent(self.path, str(refusal), f"output {name!r}") from None

    def _checked(self, made: Network) -> Network:
        """The network, if what each layer hands on is what its readers take; named as MATLAB names several layers."""
        for edge in self.edges:
            signal = made.signal(edge.source)
            if signal is None or signal.time != edge.timed:
                if not self.indexing:
                    raise NeedsIndexing
                cause = "hands on both every step and the last of each direction; MATLAB's layer does one of them"
                raise UnsupportedContent(self.path, cause, f"layer {edge.source!r}")
        if {edge.source for edge in self.edges if not edge.sink} != set(made.outputs):
            raise UnsupportedContent(self.path, "hands out something else than its last layers")
        several = [layer.Name for layer in made if f"{layer.Name}_2" in made and not self.matlab]
        return made.with_({name: {"Name": f"{name}_1"} for name in several})

    def add(self, layer: Layer, sources: Sequence[str], wanted: str = "") -> str:
        """Append a layer, fed by `sources`; its name."""
        if wanted and wanted not in self.layers:
            name = wanted
        else:
            count = sum(each.Type == layer.Type for each in self.layers.values())
            name = layer.default_name if not count else f"{layer.default_name}_{count + 1}"
        self.layers[name] = layer.replace(Name=name)
        ports = layer.input_ports
        self.pairs += [(s, name if len(ports) == 1 else f"{name}/{p}") for s, p in zip(sources, ports, strict=True)]
        return name

    def _follow(self, node: Any) -> None:
        op, attributes = node.op_type, self._attributes(node)
        fed = [name for name in node.input if name in self.signals]
        if op == "Constant":
            self.values[node.output[0]] = _constant(attributes)
        elif op == "Shape" and fed:
            lengths = self.signals[fed[0]].shape[attributes.get("start", 0) : attributes.get("end")]
            self.values[node.output[0]] = _lengths(lengths)
        elif not fed:
            if any(name in self.signals for name in _captured(node)):
                onnx_operators.loop(self, node)
                return
            self._fold(node, attributes)
        elif op in onnx_signals.MOVES and fed[0] == node.input[0]:
            further = [self.values.get(name) for name in node.input[1:]]
            if op in ("Identity", "Dropout", "Cast"):
                further = []
            moved = onnx_signals.MOVES[op](self.signals[fed[0]], attributes, further)
            alone = self.readers[node.input[0]] == 1  # else a bias behind would not be everybody's
            self.signals[node.output[0]] = moved if alone else replace(moved, product=False)
        elif op in onnx_operators.FOLLOW:
            onnx_operators.FOLLOW[op](self, node, attributes)
        elif op in _REASONS:
            raise Refused(_REASONS[op])
        else:
            raise Refused("is not understood as part of a network")

    def _attributes(self, node: Any) -> dict[str, Any]:
        found = {each.name: self.onnx.helper.get_attribute_value(each) for each in node.attribute}
        if "value" in found:
            found["value"] = self.onnx.numpy_helper.to_array(found["value"])
        return found

    def _fold(self, node: Any, attributes: Mapping[str, Any]) -> None:
        """A computation on shapes and constants; what is not known matters only where it is used."""
        given = [self.values.get(name) for name in node.input if name]
        try:
            value = fold(node.op_type, given, attributes)
        except (ValueError, TypeError, IndexError, KeyError, AttributeError):
            value = None
        if value is not None:
            self.values[node.output[0]] = value

    # What the layers are fed with.

    def constant(self, name: str) -> Array:
        """A value that the file holds."""
        value = self.values.get(name)
        if not isinstance(value, np.ndarray) or value.dtype.kind == "O":
            raise Refused(f"needs {name!r} as a constant")
        return value

    def source(self, signal: Signal) -> str:
        """The layer whose output a signal is, made to hand on its last step where the signal is that."""
        if signal.kind == "cell":
            raise Refused("takes the cell state, which no layer hands on")
        if not signal.joined and len(signal.parts) > 1 and not self.matlab:
            raise Refused(f"works on the axes {', '.join(signal.axes)}")
        names = self.whole_layers(signal)
        one = all(self.directions(name) == 1 for name in names)
        index = {"first step": "first", "last step": "last"}.get(signal.kind)
        if self.indexing and one and signal.kind in ("last", "state"):
            index = "last"
        for name in names if index is None else ():
            if signal.kind == "state":
                self.layers[name] = self.layers[name].replace(OutputMode="last")
            elif signal.kind == "last":
                self._only_last(name)
        timed = signal.timed or index is not None
        if len(names) > 1:
            joined = self.add(kinds.Concatenation(1, len(names)), names)
            for name in names:
                self.feed(name, joined, timed)
            names = [joined]
        if index is None:
            return names[0]
        indexed = self.add(kinds.Indexing1D(index), names)
        self.feed(names[0], indexed, True)
        return indexed

    def feed(self, source: str, sink: str, timed: bool) -> None:
        """Note that a layer, or with ``""`` the outside, takes what another hands on, over time or not."""
        self.edges.append(Edge(source, sink, timed))

    def whole_layers(self, signal: Signal) -> list[str]:
        """The layers that a signal's parts are all directions of, in order."""
        names, rest = [], list(signal.parts)
        while rest:
            name = rest[0][0]
            parts = [(name, k) for k in range(self.directions(name))]
            if rest[: len(parts)] != parts:
                raise Refused("takes one direction of a layer alone")
            names.append(name)
            rest = rest[len(parts) :]
        return names

    def directions(self, name: str) -> int:
        """In how many directions a layer runs."""
        return int(getattr(self.layers[name], "directions", 1))

    def _only_last(self, name: str) -> None:
        """Let the recurrent layer before `name` hand on its last step only."""
        while not isinstance(self.layers[name], kinds.Recurrent):
            before = [edge for edge in self.edges if edge.sink == name]
            if len(before) != 1:
                raise NeedsIndexing
            before[0].timed = False
            name = before[0].source
        self.layers[name] = self.layers[name].replace(OutputMode="last")

    def layer(self, node: Any, layer: Layer, given: Sequence[str] | None = None, **facts: Any) -> None:
        """A layer that hands on as many axes as it takes; `facts` are those of its signal that change."""
        signals = [self.settled(self.signals[name]) for name in (given or node.input[:1])]
        first = signals[0]
        if any(signal.axes != first.axes for signal in signals):
            raise Refused(f"works on different axes, {' and '.join(', '.join(s.axes) for s in signals)}")
        sources = [self.source(signal) for signal in signals]
        name = self.add(layer, sources, node.name if self.matlab else "")
        for source in sources:
            self.feed(source, name, first.timed)
        facts = {"channels": first.width, **facts}
        self.signals[node.output[0]] = replace(first, parts=((name, 0),), kind="rows", **{"product": False, **facts})

    def settled(self, signal: Signal) -> Signal:
        """A signal whose parts are joined; MATLAB's exporter leaves that out."""
        if signal.joined:
            return signal
        if len(signal.parts) > 1 and not self.matlab:
            raise Refused(f"works on the axes {', '.join(signal.axes)}")
        return signal.along([axis for axis in signal.axes if axis != "D"])


def _constant(attributes: Mapping[str, Any]) -> Known:
    for name, value in attributes.items():
        if name == "value":
            return np.asarray(value)
        if name.startswith("value_"):
            return np.asarray(value, np.float32 if "float" in name else np.int64)
    raise Refused("is a constant of a kind that is not understood")


def _captured(node: Any) -> set[str]:
    """The names that the graphs inside a node use."""
    graphs = [attribute.g for attribute in node.attribute if attribute.HasField("g")]
    return {name for graph in graphs for inner in graph.node for name in inner.input}


def _lengths(lengths: Sequence[Length]) -> Array:
    array = np.empty(len(lengths), object)
    array[:] = lengths
    return array
