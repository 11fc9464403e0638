"""A shallow network as a Simulink diagram, with the parts that MATLAB's `gensim` draws.

Inports ``x1``, … go through a subsystem of processing to the layers, each a subsystem with its delays, weights, bias,
net input and transfer function; what was done to the outputs' targets is undone before the Outports ``y1``, ….
Weighted sums are Gain and Sum blocks; transfer and weight functions are those of the ``neural`` library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.crossings.elements import evaluated
from bridge.errors import UnsupportedLayer
from bridge.layers import shallow
from bridge.model import Block, Model, System
from bridge.network import Processing, ShallowLayer, ShallowNetwork, Weight

Array = NDArray[Any]
RELEASE = "R2023b"
COLUMN, ROW = 130, 90
_LIBRARY_WEIGHTS = ("dist", "negdist", "normprod")


def diagram_from_shallow(network: ShallowNetwork, *, name: str = "net_sim") -> tuple[Model, dict[str, Array]]:
    """The diagram that computes ``net(x)`` step by step, and the workspace with its weights.

    ``Ts`` is the network's sample time; what was before the first step is zero. Variables are ``IW1_1``, ``LW2_1``,
    ``b1``, and of the k-th step of an input's processing ``x1_k_gain``, ….
    Raises `UnsupportedLayer` for a function that has no blocks.
    """
    program = shallow.compile(network)  # raises for what is not computed at all
    made = _Drawing(network, name)
    first = {name: np.zeros(value.shape) for name, value in program.parameters.items() if name.startswith(("Xi", "Ai"))}
    known = evaluated(program, {**shallow.values(network, program), **first})
    for slot in program.slots:
        made.workspace[_variable(slot.path) + "_first"] = known[slot.initial][0].reshape(-1, 1)
    made.draw()
    used = made.used
    return made.model, {key: value for key, value in made.workspace.items() if key in used}


def _variable(name: str) -> str:
    """``IW{1,2}`` as a variable's name: ``IW1_2``."""
    return name.replace("{", "").replace("}", "").replace(",", "_")


class _Drawing:
    def __init__(self, network: ShallowNetwork, name: str) -> None:
        self.network = network
        self.model = Model.new(name, release=RELEASE)
        self.workspace: dict[str, Array] = {"Ts": np.array([[network.sampleTime]])}
        self.used: set[str] = {"Ts"}
        for key, (_, weight) in network.weights.items():
            self.workspace[_variable(key)] = weight.value
        for k, layer in enumerate(network.layers, 1):
            if layer.b is not None:
                self.workspace[f"b{k}"] = layer.b.reshape(-1, 1)

    def draw(self) -> None:
        """Everything, and the lines between."""
        root, network = self.model.root, self.network
        entries = []
        for k, each in enumerate(network.inputs, 1):
            at = _at(0, k - 1, 30, 16)
            port = root.add("Inport", f"x{k}", at, Port=k, PortDimensions=each.size, SampleTime="Ts")
            entries.append(self._processing(f"Process Input {k}", f"x{k}", each.processing, k - 1, 1, port, undo=False))
        layers = [
            root.add("SubSystem", f"Layer {k}", _at(1 + place, k - 1, 60, 50))
            for place, k in sorted((network.order.index(k) + 1, k) for k in range(1, len(network.layers) + 1))
        ]
        by_number = {int(block.name.removeprefix("Layer ")): block for block in layers}
        for k, block in by_number.items():
            self._layer(k, block, entries, by_number)
        for number, output in enumerate(network.outputs, 1):
            column = len(network.layers) + 2
            source = by_number[output.layer]
            place = f"outputs{{{output.layer}}}"
            self._refuse_flags(place, output.processing)
            end = self._processing(
                f"Process Output {number}", f"y{number}", output.processing, number - 1, column, source, undo=True
            )
            leave = root.add("Outport", f"y{number}", _at(column + 1, number - 1, 30, 16), Port=number)
            root.connect(end, leave)

    def _refuse_flags(self, place: str, chain: Sequence[Processing]) -> None:
        for each in chain:
            if each.function == "fixunknowns" and each.rows("unknown"):
                raise UnsupportedLayer(place, "has the processing function fixunknowns, for which there are no blocks")

    def _numbers(self, name: str, value: Array) -> str:
        """A variable of the workspace, by its name."""
        self.workspace[name] = value.reshape(-1, 1) if value.ndim < 2 else value
        self.used.add(name)
        return name

    def _processing(
        self, title: str, letter: str, chain: Sequence[Processing], row: int, column: int, source: Block, *, undo: bool
    ) -> Block:
        """A subsystem with the steps of `chain`, joined to `source`; `source` itself where nothing is done."""
        self._refuse_flags(title, chain)
        steps: list[tuple[str, dict[str, str]]] = []
        numbered = list(enumerate(chain, 1))
        for k, each in reversed(numbered) if undo else numbered:
            steps += self._steps(f"{letter}_{k}", each, undo)
        if not steps:
            return source
        block = self.model.root.add("SubSystem", title, _at(column, row, 60, 50))
        inside = _inside(block)
        last = inside.add("Inport", "in", _at(0, 0, 30, 16), Port=1)
        for place, (kind, parameters) in enumerate(steps, 1):
            last = self._step(inside, last, place, kind, parameters)
        inside.connect(last, inside.add("Outport", "out", _at(len(steps) + 1, 0, 30, 16), Port=1))
        self.model.root.connect(source, block)
        return block

    def _step(self, inside: System, last: Block, place: int, kind: str, parameters: Mapping[str, Any]) -> Block:
        """One block of a chain; rows that are put back need the constants beside the signal."""
        if kind != "Insert":
            block = inside.add(kind, f"{kind} {place}", _at(place, 0, 40, 40), **parameters)
            inside.connect(last, block)
            return block
        constants = inside.add(
            "Constant", f"constants {place}", _at(place - 1, 1, 40, 30), Value=parameters["Value"], VectorParams1D=True
        )
        joined = inside.add("Mux", f"Mux {place}", _at(place, 0, 5, 40), {"in": 2, "out": 1}, Inputs=2)
        inside.connect(last, joined)
        inside.connect(constants, (joined, 2))
        order: dict[str, Any] = {key: value for key, value in parameters.items() if key != "Value"}
        block = inside.add("Selector", f"Selector {place}", (*_at(place, 0, 40, 40)[:2], 0, 0), **order)
        left, top, right, bottom = _at(place, 0, 40, 40)
        block.parameters["Position"] = f"[{left + 60:g}, {top:g}, {right + 60:g}, {bottom:g}]"
        inside.connect(joined, block)
        return block

    def _steps(self, prefix: str, each: Processing, undo: bool) -> list[tuple[str, dict[str, str]]]:
        """The blocks of one processing function, or of its undoing."""
        s = each.settings
        if each.function in ("mapminmax", "mapstd"):
            middle = "ymin" if each.function == "mapminmax" else "ymean"
            offset = self._numbers(f"{prefix}_xoffset", s["xoffset"])
            gain = self._numbers(f"{prefix}_gain", s["gain"])
            shift = self._numbers(f"{prefix}_{middle}", s[middle])
            if undo:
                return [("Bias", {"Bias": f"-{shift}"}), ("Gain", {"Gain": f"1./{gain}"}), ("Bias", {"Bias": offset})]
            return [("Bias", {"Bias": f"-{offset}"}), ("Gain", {"Gain": gain}), ("Bias", {"Bias": shift})]
        if each.function == "removeconstantrows":
            if not each.rows("remove"):
                return []
            keep, remove = s["keep"].ravel(), s["remove"].ravel()
            if not undo:
                rows = self._numbers(f"{prefix}_keep", keep)
                return [("Selector", {"Indices": rows, "InputPortWidth": str(keep.size + remove.size)})]
            order = np.argsort(np.concatenate([keep, remove])) + 1.0
            rows = self._numbers(f"{prefix}_order", order)
            constants = self._numbers(f"{prefix}_constants", s["constants"])
            return [("Insert", {"Value": constants, "Indices": rows, "InputPortWidth": str(order.size)})]
        if each.function == "processpca":
            matrix = self._numbers(f"{prefix}_transform", s["inverseTransform" if undo else "transform"])
            return [("Gain", {"Gain": matrix, "Multiplication": "Matrix(K*u) (u vector)"})]
        return []

    def _layer(self, k: int, block: Block, entries: Sequence[Block], layers: Mapping[int, Block]) -> None:
        layer, inside, root = self.network.layers[k - 1], _inside(block), self.model.root
        terms: list[Block] = []
        port = 0
        for key, ((to, source), weight) in self.network.weights.items():
            if to != k:
                continue
            port += 1
            entered = key.startswith("I")
            letter = f"{'p' if entered else 'a'}{source}"
            own = inside.add("Inport", letter, _at(0, port - 1, 30, 16), Port=port)
            first = f"{'Xi' if entered else 'Ai'}{source}_first"
            terms.append(
                self._weighted(inside, key, weight, self._delayed(inside, key, weight, own, first, port), port)
            )
            root.connect(entries[source - 1] if entered else layers[source], (block, port))
        if layer.b is not None:
            self.used.add(f"b{k}")
            terms.append(inside.add("Constant", f"b{{{k}}}", _at(3, port, 40, 30), Value=f"b{k}", VectorParams1D=True))
        last = self._net_input(inside, layer, terms)
        if layer.transferFcn != "purelin":
            library = f"neural/Transfer Functions/{layer.transferFcn}"
            transfer = _linked(inside, layer.transferFcn, library, _at(5, 0, 40, 40), 1)
            inside.connect(last, transfer)
            last = transfer
        inside.connect(last, inside.add("Outport", "out", _at(6, 0, 30, 16), Port=1))

    def _net_input(self, inside: System, layer: ShallowLayer, terms: Sequence[Block]) -> Block:
        if len(terms) == 1:
            return terms[0]
        count = len(terms)
        kind = {"netsum": "Sum", "netprod": "Product"}[layer.netInputFcn]
        inputs = "+" * count if kind == "Sum" else str(count)
        shape = {"IconShape": "rectangular"} if kind == "Sum" else {}
        total = inside.add(
            kind, layer.netInputFcn, _at(4, 0, 30, 20 * count), {"in": count, "out": 1}, Inputs=inputs, **shape
        )
        for number, term in enumerate(terms, 1):
            inside.connect(term, (total, number))
        return total

    def _delayed(self, inside: System, key: str, weight: Weight, own: Block, first: str, row: int) -> Block:
        """The signal at each of the delays, one below the other."""
        held = [own]
        for delay in range(1, max(weight.delays) + 1):
            self.used.add(first)
            at = _at(1, row - 1 + 0.6 * (delay - 1), 40, 30)
            line = inside.add("UnitDelay", f"{key} z^-{delay}", at, InitialCondition=first, SampleTime="Ts")
            inside.connect(held[-1], line)
            held.append(line)
        parts = [held[delay] for delay in weight.delays]
        if len(parts) == 1:
            return parts[0]
        count = len(parts)
        joined = inside.add("Mux", f"TDL {key}", _at(2, row - 1, 5, 40), {"in": count, "out": 1}, Inputs=count)
        for number, part in enumerate(parts, 1):
            inside.connect(part, (joined, number))
        return joined

    def _weighted(self, inside: System, key: str, weight: Weight, signal: Block, row: int) -> Block:
        name = _variable(key)
        self.used.add(name)
        if weight.weightFcn == "dotprod":
            gain = inside.add(
                "Gain", key, _at(3, row - 1, 40, 40), Gain=name, Multiplication="Matrix(K*u) (u vector)"
            )  # fmt: skip
            inside.connect(signal, gain)
            return gain
        if weight.weightFcn not in _LIBRARY_WEIGHTS:
            raise UnsupportedLayer(key, f"has the weightFcn {weight.weightFcn}, for which there is no block")
        rows = weight.value.shape[0]
        joined = inside.add("Mux", f"{key} Mux", _at(3.6, row - 1, 5, 40), {"in": rows, "out": 1}, Inputs=rows)
        for neuron in range(1, rows + 1):
            at = row - 1 + 0.6 * neuron
            vector = inside.add(
                "Constant", f"{key}({neuron},:)'", _at(2.4, at, 40, 30),
                Value=f"{name}({neuron},:)'", VectorParams1D=True,
            )  # fmt: skip
            library = f"neural/Weight Functions/{weight.weightFcn}"
            function = _linked(inside, f"{weight.weightFcn} {key} {neuron}", library, _at(3, at, 40, 40), 2)
            inside.connect(vector, function)
            inside.connect(signal, (function, 2))
            inside.connect(function, (joined, neuron))
        return joined


def _linked(inside: System, name: str, library: str, at: Sequence[float], ports: int) -> Block:
    kind = library.rpartition("/")[2].upper()
    return inside.add("Reference", name, at, {"in": ports, "out": 1}, SourceBlock=library, SourceType=kind)


def _inside(block: Block) -> System:
    assert block.subsystem is not None  # every SubSystem is added with one
    return block.subsystem


def _at(column: float, row: float, width: float, height: float) -> tuple[float, float, float, float]:
    """A block's place on a grid, its middle at the middle of the cell: left, top, right, bottom."""
    x, y = 60 + COLUMN * column, 60 + ROW * row
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
