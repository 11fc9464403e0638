"""A shallow network as a program of one time step.

Signals are vectors, or with `columns` matrices with a column for each observation (of a dynamic network: for each
sequence). Weights, biases, settings and the values before the first step are parameters under MATLAB's names:
``IW{1,1}``, ``b{1}``, ``inputs{1}.processSettings{2}.gain``; ``Xi{1}`` (D x R) holds an input's last D values, the
oldest first, ``Ai{2}`` (D x S) a layer's outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy.typing as npt

from bridge.errors import UnsupportedLayer
from bridge.network import Processing, ShallowNetwork, Weight
from bridge.network.shallow import KNOWN, UNCHANGED
from bridge.neural import NET_INPUT, TRANSFER, WEIGHT, processing
from bridge.program import DType, Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import DOUBLE

Array = npt.NDArray[Any]


def compile(
    network: ShallowNetwork, *, columns: int | None = None, dtype: DType = DOUBLE, turned: bool = False
) -> Program:
    """The network as a program with inputs ``x1``, ``x2``, … and outputs ``y1``, ``y2``, …

    `turned`: these are the other way round, an observation in each row. Nothing but their shape then depends on how
    many there are, and so nothing in the program does.
    Raises `UnsupportedLayer` naming the place and the function that is not computed.
    """
    for place, what, name in network.unknown_functions():
        listed = ", ".join(KNOWN[what])
        raise UnsupportedLayer(place, f"has the {what} {name}, which is not computed; these are: {listed}")
    return _Tracer(network, columns, dtype, turned).program()


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
    def __init__(self, network: ShallowNetwork, columns: int | None, dtype: DType, turned: bool) -> None:
        self.network = network
        self.columns = () if columns is None else (columns,)
        self.dtype = dtype
        self.turned = turned
        self.made = Program(network.name or "network")
        self.taps: dict[str, _Tap] = {}
        self.sample: Value | None = None  # an input with rows, which tells how many columns there are

    def program(self) -> Program:
        network, made = self.network, self.made
        for k, each in enumerate(network.inputs, 1):
            shape = (each.size, *self.columns)
            made.inputs[f"x{k}"] = raw = Value(Type(shape[::-1] if self.turned else shape, self.dtype), f"x{k}")
            place = f"inputs{{{k}}}"
            with t.tracing(made.step), t.origin(place):
                raw = t.transpose(raw) if self.turned else raw
                now = self._processed(place, each.processing, raw)
            self.sample = raw if raw.shape[0] else self.sample
            self._tap(f"Xi{{{k}}}", network.delays_of_input(k), each.size, place, each.processing).now = now
        for k, layer in enumerate(network.layers, 1):
            self._tap(f"Ai{{{k}}}", network.delays_of_layer(k), layer.size)
        for k in network.order:
            with t.tracing(made.step), t.origin(f"layers{{{k}}}"):
                self.taps[f"Ai{{{k}}}"].now = self._layer(k)
        for tap in self.taps.values():
            with t.tracing(made.step):
                tap.shift()
        for number, output in enumerate(network.outputs, 1):
            place = f"outputs{{{output.layer}}}"
            with t.tracing(made.step), t.origin(place):
                y = self._reversed(place, output.processing, self.taps[f"Ai{{{output.layer}}}"].value)
                y = t.transpose(y) if self.turned else y
            made.outputs.append(Output(f"y{number}", y, "outport"))
        return finish(made)

    def _parameter(self, name: str, shape: tuple[int, ...]) -> Value:
        if name not in self.made.parameters:
            self.made.parameters[name] = Value(Type(shape, self.dtype), name)
        return self.made.parameters[name]

    def _column(self, name: str, size: int) -> Value:
        """A parameter of one number a row, shaped to go with the signals."""
        return self._parameter(name, (size, 1) if self.columns else (size,))

    def _tap(self, name: str, depth: int, size: int, place: str = "", chain: Sequence[Processing] = ()) -> _Tap:
        self.taps[name] = tap = _Tap()
        if not depth:
            return tap
        first = self._parameter(name, (depth, size, *self.columns))
        with t.tracing(self.made.init), t.origin(name):
            # What was before the first step is processed as every step is.
            rows = [t.reshape(t.cut(first, (row, row + 1)), first.shape[1:]) for row in range(depth)]
            initial = t.concat([_row(self._processed(place, chain, row)) for row in rows])
        tap.slot = Slot(name, "discrete", initial, Value(initial.type, name))
        self.made.slots.append(tap.slot)
        return tap

    def _layer(self, k: int) -> Value:
        layer = self.network.layers[k - 1]
        weighted = []
        for name, ((to, source), weight) in self.network.weights.items():
            if to == k:
                tap = self.taps[f"{'Xi' if name.startswith('I') else 'Ai'}{{{source}}}"]
                w = self._parameter(name, weight.value.shape)
                weighted.append(WEIGHT[weight.weightFcn](w, tap.delayed(weight)))
        if layer.b is not None:
            weighted.append(self._column(f"b{{{k}}}", layer.size))
        if not weighted:
            raise UnsupportedLayer(f"layers{{{k}}}", "has neither weights nor biases")
        n = NET_INPUT[layer.netInputFcn](*weighted)
        # A layer of biases alone has as many columns as there are observations.
        n = t.broadcast(n, (layer.size, *self.columns))
        return TRANSFER[layer.transferFcn](n)

    def _setting(self, place: str, number: int, each: Processing, name: str) -> Value:
        """A setting to compute with: a single number, a column, or of processpca a matrix."""
        array = each.settings[name]
        path = f"{place}.processSettings{{{number}}}.{name}"
        return self._column(path, array.size) if array.ndim == 1 else self._parameter(path, array.shape)

    def _processed(self, place: str, chain: Sequence[Processing], x: Value) -> Value:
        for number, each in enumerate(chain, 1):
            setting = partial(self._setting, place, number, each)
            if each.function in ("mapminmax", "mapstd"):
                x = processing.mapminmax(x, setting("xoffset"), setting("gain"), setting(_middle(each)))
            elif each.function == "removeconstantrows":
                x = processing.removeconstantrows(x, each.rows("keep"))
            elif each.function == "fixunknowns":
                if unknown := each.rows("unknown"):
                    x = processing.fixunknowns(x, unknown, setting("xmeans"))
            elif each.function == "processpca":
                x = processing.processpca(x, setting("transform"))
            elif each.function not in UNCHANGED:
                raise UnsupportedLayer(place, f"has the processing function {each.function}, which is not computed")
        return x

    def _any_row(self, y: Value) -> Value:
        """A row of `y`, or where it has none of an input."""
        source = y if y.shape[0] or self.sample is None else self.sample
        if source.shape[0]:
            return t.take(source, [0])
        return t.zeros(Type((1, *self.columns), self.dtype))

    def _reversed(self, place: str, chain: Sequence[Processing], y: Value) -> Value:
        for number, each in reversed(list(enumerate(chain, 1))):
            setting = partial(self._setting, place, number, each)
            if each.function in ("mapminmax", "mapstd"):
                y = processing.mapminmax_reverse(y, setting("xoffset"), setting("gain"), setting(_middle(each)))
            elif each.function == "removeconstantrows":
                if remove := each.rows("remove"):
                    row = self._any_row(y)
                    y = processing.removeconstantrows_reverse(y, each.rows("keep"), remove, setting("constants"), row)
            elif each.function == "processpca" and "inverseTransform" in each.settings:
                y = processing.processpca(y, setting("inverseTransform"))
            elif each.function not in UNCHANGED and (each.function != "fixunknowns" or each.rows("unknown")):
                raise UnsupportedLayer(place, f"has the processing function {each.function}, which is not undone here")
        return y


class _Tap:
    """A signal with its last values: a tapped delay line."""

    def __init__(self) -> None:
        self.now: Value | None = None
        self.slot: Slot | None = None

    @property
    def value(self) -> Value:
        """The signal at this step."""
        assert self.now is not None  # layers are entered in an order in which this holds
        return self.now

    def delayed(self, weight: Weight) -> Value:
        """The signal at each of a weight's delays, one below the other."""
        parts = []
        for delay in weight.delays:
            if delay == 0:
                parts.append(self.value)
            else:
                assert self.slot is not None
                held = self.slot.current
                row = held.shape[0] - delay
                parts.append(t.reshape(t.cut(held, (row, row + 1)), held.shape[1:]))
        return t.concat(parts)

    def shift(self) -> None:
        """The line at the next step."""
        if self.slot is not None:
            self.slot.next = t.concat([t.cut(self.slot.current, (1, self.slot.type.shape[0])), _row(self.value)])


def _row(value: Value) -> Value:
    return t.reshape(value, (1, *value.shape))


def _middle(each: Processing) -> str:
    return "ymin" if each.function == "mapminmax" else "ymean"
