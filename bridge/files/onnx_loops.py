"""Recurrences written out as a Loop in ONNX graphs of others: an LSTM or GRU is guessed by its shapes, then proved.

tf2onnx writes the GRU of Keras 3 so, and every recurrent layer that it does not recognise. Which matrix is which, and
where the biases act, is told by trying: a candidate layer must give what the loop's body gives, on random data, to the
last digits of single precision. Both are computed by the package onnx itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files import onnx_weights
from bridge.files.onnx_folding import Filled, Known
from bridge.files.onnx_recurrent import Refused
from bridge.network import GRU, LSTM, Layer

Array = npt.NDArray[Any]
# No other operators are run: these make nothing larger than what they are given.
_HARMLESS = frozenset(
    (
        *("Add", "And", "Cast", "Clip", "Constant", "Gather", "Greater", "Identity", "Less", "MatMul", "Mul", "Neg"),
        *("Relu", "Shape", "Sigmoid", "Slice", "Softsign", "Split", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze"),
    )
)
_BATCH, _CLOSE = 3, 2e-6
_NOT_TOLD = "is a recurrence written out, and no LSTM or GRU with sigmoid and tanh"


@dataclass(frozen=True)
class Found:
    """A layer, the sequence that it takes, and which of the Loop's outputs are its steps and its final states."""

    layer: Layer
    source: str
    rows: int
    states: Mapping[str, int]


def recognised(node: Any, values: Mapping[str, Known], widths: Mapping[str, int]) -> Found:
    """The layer that a Loop node computes. `values` are what is known by name, `widths` the channels of each signal.

    Raises `Refused`.
    """
    if node.op_type != "Loop":
        raise Refused("is a recurrence written out, instead of ONNX's LSTM or GRU")
    return _Loop(node, values, widths).found()


class _Loop:
    def __init__(self, node: Any, values: Mapping[str, Known], widths: Mapping[str, int]) -> None:
        self.node = node
        self.body = next(attribute.g for attribute in node.attribute if attribute.name == "body")
        self.values = values
        self.widths = widths
        self.made = {name: inner for inner in self.body.node for name in inner.output}
        strange = next((inner.op_type for inner in self.body.node if inner.op_type not in _HARMLESS), None)
        if strange is not None:
            raise Refused(f"is a recurrence written out, with {strange} inside, instead of ONNX's LSTM or GRU")

    def found(self) -> Found:
        sequence, step = self._sequence()
        carried = list(zip(self.body.input[2:], self.node.input[2:], strict=True))
        results = [self._bare(each.name) for each in self.body.output]
        # What is carried unchanged is a constant of the loop; what counts is a whole number; the rest are states.
        held, states = {}, []
        for place, (inner, outer) in enumerate(carried):
            if results[place + 1] == inner.name:
                held[inner.name] = outer
            elif inner.name != step and self._kind(inner) == "f":
                states.append(place)
        rows = [k for k in range(len(carried) + 1, len(results)) if results[k] in {results[s + 1] for s in states}]
        if len(rows) != 1 or not 1 <= len(states) <= 2:
            raise Refused(_NOT_TOLD)
        hidden = next(place for place in states if results[place + 1] == results[rows[0]])
        order = [hidden, *(place for place in states if place != hidden)]
        constants = {name: self.values.get(outer) for name, outer in held.items()}
        arrays = {name: value for name, value in constants.items() if isinstance(value, np.ndarray)}
        for name in {name for inner in self.body.node for name in inner.input} - set(arrays) - set(self.made):
            value = self.values.get(name)
            if isinstance(value, np.ndarray) and value.dtype.kind != "O":
                arrays[name] = value
        for layer in self._candidates(arrays, self.widths[sequence], len(states)):
            if self._agrees(layer, arrays, sequence, order, results):
                starts = self._starts(layer, [carried[place][1] for place in order])
                final = dict(zip(layer.state_names, order, strict=True))
                return Found(layer.replace(**starts), sequence, rows[0] - 1, final)
        raise Refused(_NOT_TOLD)

    def _bare(self, name: str) -> str:
        while name in self.made and self.made[name].op_type == "Identity":
            name = self.made[name].input[0]
        return name

    def _kind(self, value: Any) -> str:
        return "f" if value.type.tensor_type.elem_type in (1, 11) else "i"

    def _sequence(self) -> tuple[str, str]:
        """The sequence outside that the body takes a step of, and what counts the steps."""
        taken = [inner for inner in self.body.node if inner.op_type == "Gather" and inner.input[0] in self.widths]
        captured = {name for inner in self.body.node for name in inner.input if name in self.widths}
        if (
            len(taken) != 1
            or captured != {taken[0].input[0]}
            or any(each.name == "axis" and each.i for each in taken[0].attribute)
        ):
            raise Refused(_NOT_TOLD)
        return taken[0].input[0], self._bare(taken[0].input[1])

    def _candidates(self, arrays: Mapping[str, Array], channels: int, states: int) -> Iterator[Layer]:
        """Layers of the right sizes; Keras' rows are i, f, c, o, and z, r, h."""
        gates = 4 if states == 2 else 3
        matrices = [a for a in arrays.values() if a.ndim == 2 and a.dtype.kind == "f" and a.shape[1] % gates == 0]
        for R in matrices:
            units = R.shape[1] // gates
            if len(R) != units:
                continue
            biases = [
                a for a in arrays.values() if a.dtype.kind == "f" and a.shape in ((gates * units,), (2, gates * units))
            ]
            for W in (each for each in matrices if each is not R and each.shape == (channels, gates * units)):
                for bias in biases or [np.zeros(gates * units, W.dtype)]:
                    yield from _layers(W.T, R.T, bias, units, gates)

    def _agrees(
        self, layer: Layer, arrays: Mapping[str, Array], sequence: str, order: list[int], results: list[str]
    ) -> bool:
        """Whether the layer gives what the body gives, on random data."""
        draw = np.random.default_rng(0)
        x = draw.normal(size=(1, _BATCH, self.widths[sequence])).astype(np.float32)
        first = [draw.normal(size=(_BATCH, layer.NumHiddenUnits)).astype(np.float32) for _ in order]
        try:
            theirs = self._run(arrays, sequence, x, order, first, [results[place + 1] for place in order])
            ours = _step(layer, x, first)
        except Exception:  # what a node raises that does not fit: then it is not this layer
            return False
        return all(
            np.shape(a) == np.shape(b) and bool(np.abs(np.asarray(a) - b).max() <= _CLOSE * max(1.0, np.abs(b).max()))
            for a, b in zip(theirs, ours, strict=True)
        )

    def _run(
        self,
        arrays: Mapping[str, Array],
        sequence: str,
        x: Array,
        order: list[int],
        first: list[Array],
        wanted: list[str],
    ) -> list[Array]:
        """The states after one step of the body."""
        import onnx
        from onnx.reference import ReferenceEvaluator

        nodes = self._needed(wanted)
        given: dict[str, Any] = {**arrays, sequence: x}
        given |= {self.body.input[place + 2].name: state for place, state in zip(order, first, strict=True)}
        inside = {*self.made, *(each.name for each in self.body.initializer)}
        for name in {name for inner in nodes for name in inner.input if name} - inside:
            given.setdefault(name, np.zeros((), np.int64))  # what counts is at the first step
        info = onnx.helper.make_empty_tensor_value_info
        graph = onnx.helper.make_graph(
            nodes, "step", [info(n) for n in given], [info(n) for n in wanted], list(self.body.initializer)
        )
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
        found: list[Array] = ReferenceEvaluator(model).run(wanted, given)
        return found

    def _needed(self, wanted: list[str]) -> list[Any]:
        """The nodes that some values come of."""
        needed, nodes = set(wanted), []
        for inner in reversed(self.body.node):
            if needed.intersection(inner.output):
                nodes.append(inner)
                needed.update(inner.input)
        return nodes[::-1]

    def _starts(self, layer: Layer, names: list[str]) -> dict[str, Array]:
        found = {}
        for state, name in zip(layer.state_names, names, strict=True):
            value = self.values.get(name)
            if isinstance(value, Filled):
                column = np.full((layer.NumHiddenUnits, 1), value.number, np.float32)
            elif isinstance(value, np.ndarray) and value.shape == (1, layer.NumHiddenUnits):
                column = value.T
            else:
                raise Refused(f"starts from {name!r}, which is neither zero nor a constant for one sequence")
            if column.any():
                found[state] = column
        return found


def _layers(W: Array, R: Array, bias: Array, units: int, gates: int) -> Iterator[Layer]:
    if gates == 4:
        if bias.ndim == 1:
            yield LSTM(units, InputWeights=W, RecurrentWeights=R, Bias=bias)
        return

    def turned(rows: Array) -> Array:
        z, r, h = np.split(rows, 3)
        return np.concatenate([r, z, h])

    arrays = {"InputWeights": turned(W), "RecurrentWeights": turned(R)}
    if bias.ndim == 2:
        both = np.concatenate([turned(half) for half in bias])
        yield GRU(units, ResetGateMode=onnx_weights.TWO_BIASES, Bias=both, **arrays)
        return
    for mode in ("before-multiplication", "after-multiplication"):
        yield GRU(units, ResetGateMode=mode, Bias=turned(bias), **arrays)


def _step(layer: Layer, x: Array, first: list[Array]) -> list[Array]:
    """The states after one step of ONNX's own operator."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    op = "GRU" if isinstance(layer, GRU) else "LSTM"
    names = ["h", "c"][: len(first)]
    attributes = {"hidden_size": layer.NumHiddenUnits}
    if isinstance(layer, GRU):
        attributes["linear_before_reset"] = int(layer.ResetGateMode != "before-multiplication")
    node = onnx.helper.make_node(
        op, ["x", "W", "R", "B", "", *names], ["", *(f"{name}n" for name in names)], **attributes
    )
    info = onnx.helper.make_empty_tensor_value_info
    graph = onnx.helper.make_graph(
        [node], "step", [info(n) for n in ("x", "W", "R", "B", *names)], [info(f"{n}n") for n in names]
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    held = {name: array.astype(np.float32) for name, array in onnx_weights.tensors(layer).items()}
    states = {name: state[None] for name, state in zip(names, first, strict=True)}
    results = ReferenceEvaluator(model).run([f"{name}n" for name in names], {"x": x, **held, **states})
    return [np.asarray(each)[0] for each in results]
