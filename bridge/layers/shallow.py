"""A shallow network as a program of one time step.

Signals are vectors, or with `columns` matrices with a column for each observation (of a dynamic network: for each
sequence). Weights, biases, settings and the values before the first step are parameters under MATLAB's names:
``IW{1,1}``, ``b{1}``, ``inputs{1}.processSettings{2}.gain``; ``Xi{1}`` (D x R) holds an input's last D values, the oldest
first, ``Ai{2}`` (D x S) a layer's outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import UnsupportedLayer
from bridge.network import Processing, ShallowNetwork, Weight
from bridge.neural import NET_INPUT, TRANSFER, WEIGHT, processing
from bridge.program import DType, Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import DOUBLE

Array = npt.NDArray[Any]


def compile(network: ShallowNetwork, *, columns: int | None = None, dtype: DType = DOUBLE) -> Program:
    """The network as a program with inputs ``x1``, ``x2``, … and outputs ``y1``, ``y2``, …

    Raises `UnsupportedLayer` naming the place and the function that is not computed.
    """
    return _Tracer(network, columns, dtype).program()


def values(network: ShallowNetwork, program: Program) -> dict[str, Array]:
    """The program's parameters out of the network, but ``Xi{…}`` and ``Ai{…}``."""
    known: dict[str, Array] = {name: weight.value for name, (_, weight) in network.weights.items()}
    known |= {f"b{{{k}}}": layer.b for k, layer in enumerate(network.layers, 1) if layer.b is not None}
    for place, chain in _chains(network):
        for k, each in enumerate(chain, 1):
            known |= {f"{place}.processSettings{{{k}}}.{name}": array for name, array in each.settings.items()}
    return {
        name: known[name].reshape(value.shape) for name, value in program.parameters.items() if name[:2] not in _FIRST
    }


_FIRST = ("Xi", "Ai")


def _chains(network: ShallowNetwork) -> list[tuple[str, Sequence[Processing]]]:
    chains = [(f"inputs{{{k}}}", each.processing) for k, each in enumerate(network.inputs, 1)]
    return [*chains, *((f"outputs{{{each.layer}}}", each.processing) for each in network.outputs)]


class _Tracer:
    def __init__(self, network: ShallowNetwork, columns: int | None, dtype: DType) -> None:
        self.network = network
        self.columns = () if columns is None else (columns,)
        self.dtype = dtype
        self.made = Program(network.name or "network")
        self.taps: dict[str, _Tap] = {}

    def program(self) -> Program:
        network, made = self.network, self.made
        for k, each in enumerate(network.inputs, 1):
            made.inputs[f"x{k}"] = raw = Value(Type((each.size, *self.columns), self.dtype), f"x{k}")
            place = f"inputs{{{k}}}"
            apply = lambda x, place=place, chain=each.processing: self._processed(place, chain, x)  # noqa: E731
            with t.tracing(made.step), t.origin(place):
                now = apply(raw)
            self._tap("Xi", k, network.delays_of_input(k), each.size, apply).now = now
        for k, layer in enumerate(network.layers, 1):
            self._tap("Ai", k, network.delays_of_layer(k), layer.size, lambda a: a)
        for k in network.order:
            with t.tracing(made.step), t.origin(f"layers{{{k}}}"):
                self.taps[f"Ai{{{k}}}"].now = self._layer(k)
        for tap in self.taps.values():
            with t.tracing(made.step):
                tap.shift()
        for number, output in enumerate(network.outputs, 1):
            place = f"outputs{{{output.layer}}}"
            with t.tracing(made.step), t.origin(place):
                y = self._reversed(place, output.processing, self.taps[f"Ai{{{output.layer}}}"].now)
            made.outputs.append(Output(f"y{number}", y, "outport"))
        return finish(made)

    def _parameter(self, name: str, shape: tuple[int, ...]) -> Value:
        if name not in self.made.parameters:
            self.made.parameters[name] = Value(Type(shape, self.dtype), name)
        return self.made.parameters[name]

    def _column(self, name: str, size: int) -> Value:
        """A parameter of one number a row, shaped to go with the signals."""
        return self._parameter(name, (size, 1) if self.columns else (size,))

    def _tap(self, kind: str, k: int, depth: int, size: int, apply: Callable[[Value], Value]) -> _Tap:
        name = f"{kind}{{{k}}}"
        self.taps[name] = tap = _Tap()
        if not depth:
            return tap
        first = self._parameter(name, (depth, size, *self.columns))
        with t.tracing(self.made.init), t.origin(name):
            # What was before the first step is processed as every step is.
            rows = [apply(t.reshape(t.cut(first, (row, row + 1)), first.shape[1:])) for row in range(depth)]
            initial = t.concat([t.reshape(row, (1, *row.shape)) for row in rows])
        tap.slot = Slot(name, "discrete", initial, Value(initial.type, name))
        self.made.slots.append(tap.slot)
        return tap

    def _layer(self, k: int) -> Value:
        layer = self.network.layers[k - 1]
        weighted = []
        for name, ((to, source), weight) in self.network.weights.items():
            if to == k:
                tap = self.taps[f"{'Xi' if name.startswith('I') else 'Ai'}{{{source}}}"]
                function = _known(WEIGHT, weight.weightFcn, name, "weightFcn")
                weighted.append(function(self._parameter(name, weight.value.shape), tap.delayed(weight)))
        if layer.b is not None:
            weighted.append(self._column(f"b{{{k}}}", layer.size))
        place = f"layers{{{k}}}"
        if not weighted:
            raise UnsupportedLayer(place, "has neither weights nor biases")
        n = _known(NET_INPUT, layer.netInputFcn, place, "netInputFcn")(*weighted)
        # A layer of biases alone has as many columns as there are observations.
        n = t.broadcast(n, (layer.size, *self.columns))
        return _known(TRANSFER, layer.transferFcn, place, "transferFcn")(n)

    def _settings(self, place: str, number: int, each: Processing) -> dict[str, Value]:
        """The settings that are numbers to compute with, as columns; `transform` and its inverse as matrices."""
        made = {}
        for name, array in each.settings.items():
            path = f"{place}.processSettings{{{number}}}.{name}"
            if name in ("keep", "remove", "unknown"):
                continue
            if not array.ndim:
                made[name] = self._parameter(path, ())
            elif "ransform" in name:
                made[name] = self._parameter(path, array.shape)
            elif array.size:
                made[name] = self._column(path, array.size)
        return made

    def _processed(self, place: str, chain: Sequence[Processing], x: Value) -> Value:
        for number, each in enumerate(chain, 1):
            settings = self._settings(place, number, each)
            if each.function in ("mapminmax", "mapstd"):
                x = processing.mapminmax(x, settings["xoffset"], settings["gain"], settings[_middle(each)])
            elif each.function == "removeconstantrows":
                x = processing.removeconstantrows(x, each.rows("keep"))
            elif each.function == "fixunknowns":
                x = processing.fixunknowns(x, each.rows("unknown"), settings["xmeans"])
            elif each.function == "processpca":
                x = processing.processpca(x, settings["transform"])
            else:
                raise UnsupportedLayer(place, f"has the processing function {each.function}, which is not computed")
        return x

    def _reversed(self, place: str, chain: Sequence[Processing], y: Value) -> Value:
        for number, each in reversed(list(enumerate(chain, 1))):
            settings = self._settings(place, number, each)
            if each.function in ("mapminmax", "mapstd"):
                y = processing.mapminmax_reverse(y, settings["xoffset"], settings["gain"], settings[_middle(each)])
            elif each.function == "removeconstantrows":
                if remove := each.rows("remove"):
                    keep = each.rows("keep")
                    y = processing.removeconstantrows_reverse(y, keep, remove, settings["constants"])
            elif each.function == "processpca" and "inverseTransform" in settings:
                y = processing.processpca(y, settings["inverseTransform"])
            elif each.function != "fixunknowns" or each.rows("unknown"):
                raise UnsupportedLayer(place, f"has the processing function {each.function}, which is not undone here")
        return y


class _Tap:
    """A signal with its last values: a tapped delay line."""

    def __init__(self) -> None:
        self.now: Value | None = None
        self.slot: Slot | None = None

    def delayed(self, weight: Weight) -> Value:
        """The signal at each of a weight's delays, one below the other."""
        parts = []
        for delay in weight.delays:
            if delay == 0:
                assert self.now is not None  # layers are entered in an order in which this holds
                parts.append(self.now)
            else:
                assert self.slot is not None
                held = self.slot.current
                row = held.shape[0] - delay
                parts.append(t.reshape(t.cut(held, (row, row + 1)), held.shape[1:]))
        return t.concat(parts)

    def shift(self) -> None:
        """The line at the next step."""
        if self.slot is not None:
            assert self.now is not None
            self.slot.next = t.concat([t.cut(self.slot.current, (1, self.slot.type.shape[0])), _row(self.now)])


def _row(value: Value) -> Value:
    return t.reshape(value, (1, *value.shape))


def _middle(each: Processing) -> str:
    return "ymin" if each.function == "mapminmax" else "ymean"


def _known(table: Mapping[str, Callable[..., Value]], name: str, place: str, what: str) -> Callable[..., Value]:
    if name not in table:
        raise UnsupportedLayer(place, f"has the {what} {name}, which is not computed; these are: {', '.join(table)}")
    return table[name]
