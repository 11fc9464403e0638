"""A network as an ONNX graph in double precision, from our own definition of its layers.

onnxruntime's LSTM and GRU know single precision only, so that here the recurrence is written out: the programs of
`bridge.layers`, each a Scan over the sequences and over time. The graph has the same inputs and outputs as that of
ONNX's own operators (`bridge.files.onnx_graph`), only double, and sequences need a step at least. A Scan takes one
sequence after the other: expect it to be slower than single precision.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridge import layers, storage
from bridge.engines.onnx_graph import DOUBLE as ELEMENT
from bridge.engines.onnx_graph import Graph
from bridge.engines.onnx_sequences import Sequences
from bridge.files import network_onnx, onnx_graph, onnx_weights
from bridge.files.onnx_graph import Exported, States
from bridge.network import Network
from bridge.program.types import DOUBLE


def write(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network as a graph in double precision; `bridge.load` gives an equal network back."""
    exported, stored = _Writing(network, "optional").done()
    storage.replace(path, network_onnx.noted(exported.model, network, stored).SerializeToString())


def export(network: Network, states: States = "optional") -> Exported:
    """The graph, as `bridge.files.onnx_graph.export`. Raises `UnsupportedLayer`, `NetworkError`."""
    return _Writing(network, states).done()[0]


@dataclass(frozen=True)
class _Signal:
    """A value in the graph: `steps` whether it has a row for each step, `backward` whether it was computed so."""

    value: str
    steps: bool
    backward: bool = False


class _Writing:
    def __init__(self, network: Network, states: States) -> None:
        onnx_graph.require_set(network)
        layers.require_steps(network, "a graph in double precision is written of steps alone")
        self.network = network
        self.states = states
        self.plan = layers.plan(network, dtype=DOUBLE)
        self.graph = Graph()
        self.exported = Exported()
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.given: dict[str, _Signal] = {}
        self.known: dict[str, _Signal] = {}

    def done(self) -> tuple[Exported, Mapping[str, str]]:
        """The graph, and what it calls the network's arrays by ``layer/array``."""
        for name in self.network.inputs:
            self._enter(name)
        sequences = Sequences(self.graph)
        firsts = {
            (layer.Name, state): self._first(layer, state) for layer in self.network for state in layer.state_names
        }
        finals: dict[tuple[str, str], list[str]] = {place: [] for place in firsts}
        for stage in self.plan.stages:
            names = stage.program.inputs
            timed = [name for name in names if self.plan.signals[name]]
            parameters = layers.values(self.network, stage.program)
            series = {name: self._signal(name).value for name in timed}
            fixed = {name: self._last(self._signal(name)) for name in names if name not in timed}
            states = {}
            for slot in stage.program.slots:
                layer, _, state = slot.path.rpartition("/")
                direction = self.graph.constant(len(finals[layer, state]), np.int64)
                states[slot.path] = self.graph("Gather", firsts[layer, state], direction, axis=0)
            outputs, last = sequences.add(stage.program, parameters, series, fixed, states, backward=stage.backward)
            for path, value in last.items():
                layer, _, state = path.rpartition("/")
                finals[layer, state].append(value)
            self.known |= {n: _Signal(value, bool(series), stage.backward) for n, value in outputs.items()}
        self._leave(finals)
        model = self.graph.model("network", self.inputs, self.outputs, {})
        self.exported.model = model
        return self.exported, sequences.stored

    def _signal(self, name: str) -> _Signal:
        """What is known of a signal; before it is computed, an input layer's is what enters."""
        return self.known.get(name) or self.given[name]

    def _last(self, signal: _Signal) -> str:
        """The last step, in the order in which it was computed."""
        if not signal.steps:
            return signal.value
        return self.graph("Gather", signal.value, self.graph.constant(0 if signal.backward else -1, np.int64), axis=0)

    def _enter(self, name: str) -> None:
        signal = self.network.signal(name)
        assert signal is not None
        entered = self.graph.names(name)
        self.inputs.append(self.graph.info(entered, ELEMENT, _axes(signal.size, signal.time)))
        self.given[name] = _Signal(entered, signal.time)

    def _first(self, layer: Any, state: str) -> str:
        """The states to start from, directions x sequences x H."""
        count, units = int(getattr(layer, "directions", 1)), layer.NumHiddenUnits
        name = self.graph.names(f"{layer.Name}_{onnx_graph.STATE_LETTER[state]}")
        if self.states != "constant":
            self.exported.state_inputs[layer.Name, state] = name
            several = "batch" if self.states == "given" else "batch or 1"
            self.inputs.append(self.graph.info(name, ELEMENT, [count, several, units]))
        if self.states == "given":
            return name
        held = layer.start(state, reset=self.states == "constant")
        self.graph.initializer(name, onnx_weights.state_in(held, count, np.float64))
        timed = next(signal.value for signal in self.given.values() if signal.steps)
        batch = self.graph("Shape", timed, start=1, end=2)
        one = self.graph.integers([1])
        return self.graph("Expand", name, self.graph("Concat", one, batch, one, axis=0))

    def _leave(self, finals: Mapping[tuple[str, str], list[str]]) -> None:
        for name, signal in self.plan.outputs.items():
            handed = self.network.signal(name)
            assert handed is not None
            known = self._signal(signal)
            self._out(known.value if handed.time else self._last(known), name, _axes(handed.size, handed.time))
            self.exported.outputs[name] = self.outputs[-1].name
        for (layer, state), parts in finals.items():
            place = self.graph.integers([0])
            rows = [self.graph("Unsqueeze", part, place) for part in parts]
            whole = self.graph("Concat", *rows, axis=0)
            units = self.network[layer].NumHiddenUnits
            self._out(whole, f"{layer}_{onnx_graph.STATE_LETTER[state]}n", [len(parts), "batch", units])
            self.exported.state_outputs[layer, state] = self.outputs[-1].name

    def _out(self, value: str, wanted: str, shape: list[int | str]) -> None:
        name = self.graph.names(wanted)
        self.graph.rename(value, name)
        self.outputs.append(self.graph.info(name, ELEMENT, shape))


def _axes(size: int, timed: bool) -> list[int | str]:
    return ["time", "batch", size] if timed else ["batch", size]
