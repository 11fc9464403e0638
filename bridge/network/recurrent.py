"""Recurrent layers: LSTM, in both directions, projected, and GRU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from bridge.network.layer import Layer, Shape, Signal
from bridge.network.option import Option, choice, factors, flag, whole

_WEIGHTS = {"InputWeights": "glorot", "RecurrentWeights": "orthogonal", "Bias": "unit-forget-gate"}


def _options(initializers: Mapping[str, str], **own: Option) -> dict[str, Option]:
    return {
        "NumHiddenUnits": Option(whole()),
        "InputSize": Option(whole(), None),
        **own,
        "OutputMode": Option(choice("sequence", "last"), "sequence"),
        "StateActivationFunction": Option(choice("tanh", "softsign", "relu"), "tanh"),
        "GateActivationFunction": Option(choice("sigmoid", "hard-sigmoid"), "sigmoid"),
        "HasStateInputs": Option(flag, False),
        "HasStateOutputs": Option(flag, False),
        **factors(initializers),
    }


class Recurrent(Layer):
    """What recurrent layers have in common: sizes, an output mode, ports for states."""

    positional: ClassVar[tuple[str, ...]] = ("NumHiddenUnits",)
    learnable_names: ClassVar[tuple[str, ...]] = ("InputWeights", "RecurrentWeights", "Bias")
    state_names: ClassVar[tuple[str, ...]] = ("HiddenState", "CellState")
    gates: ClassVar[int] = 4
    """Blocks of rows in the stacked arrays, of one direction."""
    directions: ClassVar[int] = 1

    @property
    def input_ports(self) -> tuple[str, ...]:
        return ("in", *self._state_ports()) if self.HasStateInputs else ("in",)

    @property
    def output_ports(self) -> tuple[str, ...]:
        return ("out", *self._state_ports()) if self.HasStateOutputs else ("out",)

    def _state_ports(self) -> tuple[str, ...]:
        return tuple(name.removesuffix("State").lower() for name in self.state_names)

    @property
    def fed_states(self) -> bool:
        return bool(self.HasStateInputs)

    def side_outputs(self) -> Mapping[str, Signal | None]:
        size = self.directions * self.NumHiddenUnits
        return {port: Signal(size, time=False) for port in self.output_ports[1:]}

    def shapes(self) -> Mapping[str, Shape]:
        units, rows = self.NumHiddenUnits, self.directions * self.gates * self.NumHiddenUnits
        states = dict.fromkeys(self.state_names, (self.directions * units, 1))
        return {"InputWeights": (rows, self.InputSize), "RecurrentWeights": (rows, units), "Bias": (rows, 1), **states}

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        given = inputs[0]
        if given is not None:
            self._take_size("InputSize", given.size)
        for port, state in zip(self.input_ports[1:], inputs[1:], strict=True):
            if state is not None and (state.time or state.size != self.directions * self.NumHiddenUnits):
                wanted = f"{self.directions * self.NumHiddenUnits} channels without time"
                raise self.refuse(f"takes {wanted} at its input '{port}'")
        # What has no time is a sequence of one step, of which what has no time is handed on.
        timed = self.OutputMode == "sequence" and (given is None or given.time)
        return Signal(self.directions * self.NumHiddenUnits, time=timed)

    def summary(self) -> str:
        return f"{self.title} with {self.NumHiddenUnits} hidden units"


class LSTM(Recurrent):
    """Long short-term memory: MATLAB's `lstmLayer`, with H = `NumHiddenUnits` and I = `InputSize`.

    i, f, o = gate(W x + R h + b), g = state(W x + R h + b); c ← f c + i g; h ← o state(c).
    `InputWeights` 4H x I, `RecurrentWeights` 4H x H, `Bias` 4H x 1: rows i, f, g, o. `HiddenState`, `CellState` H x 1.
    `OutputMode` ``sequence`` or ``last``; with `HasStateInputs` and `HasStateOutputs` the states have the ports
    ``hidden`` and ``cell``; `StateActivationFunction` ``tanh``, ``softsign`` or ``relu``;
    `GateActivationFunction` ``sigmoid`` or ``hard-sigmoid``.
    """

    Type = "lstmLayer"
    title = "LSTM"
    default_name = "lstm"
    declared = _options(_WEIGHTS)


class BiLSTM(Recurrent):
    """An LSTM forward and another backward in time: MATLAB's `bilstmLayer`.

    Arrays as `LSTM`, twice the rows, forward first: `InputWeights` 8H x I, `RecurrentWeights` 8H x H, `Bias` 8H x 1,
    states 2H x 1. The output has 2H channels; with `OutputMode` ``last``, each direction's own last step.
    """

    Type = "bilstmLayer"
    title = "BiLSTM"
    default_name = "biLSTM"
    declared = _options(_WEIGHTS)
    directions = 2


class GRU(Recurrent):
    """Gated recurrent unit: MATLAB's `gruLayer`, with H = `NumHiddenUnits` and I = `InputSize`.

    r, z = gate(W x + R h + b); h ← (1 - z) k + z h with the candidate k by `ResetGateMode`:
    ``after-multiplication`` (the default) k = state(W x + b + r (R h)),
    ``before-multiplication`` k = state(W x + b + R (r h)),
    ``recurrent-bias-after-multiplication`` k = state(W x + bW + r (R h + bR)) with `Bias` 6H x 1 = [bW; bR].
    `InputWeights` 3H x I, `RecurrentWeights` 3H x H, `Bias` 3H x 1: rows r, z, k.
    """

    Type = "gruLayer"
    title = "GRU"
    default_name = "gru"
    gates = 3
    state_names = ("HiddenState",)
    declared = _options(
        {**_WEIGHTS, "Bias": "zeros"},
        ResetGateMode=Option(
            choice("after-multiplication", "before-multiplication", "recurrent-bias-after-multiplication"),
            "after-multiplication",
        ),
    )

    def shapes(self) -> Mapping[str, Shape]:
        doubled = self.ResetGateMode == "recurrent-bias-after-multiplication"
        return {**super().shapes(), "Bias": ((6 if doubled else 3) * self.NumHiddenUnits, 1)}


class ProjectedLSTM(Recurrent):
    """An LSTM whose products go through narrower matrices: MATLAB's `lstmProjectedLayer`.

    W x becomes `InputWeights` (Qi' x) and R h becomes `RecurrentWeights` (Qo' h), with Qi = `InputProjector`
    I x `InputProjectorSize` and Qo = `OutputProjector` H x `OutputProjectorSize`; h itself is not projected, which
    torch's ``proj_size`` would do. The rest is `LSTM`'s.
    """

    Type = "lstmProjectedLayer"
    title = "Projected LSTM"
    default_name = "lstmp"
    positional = ("NumHiddenUnits", "OutputProjectorSize", "InputProjectorSize")
    learnable_names = ("InputWeights", "RecurrentWeights", "InputProjector", "OutputProjector", "Bias")
    declared = _options(
        {**_WEIGHTS, "InputProjector": "orthogonal", "OutputProjector": "orthogonal"},
        OutputProjectorSize=Option(whole()),
        InputProjectorSize=Option(whole()),
    )

    def shapes(self) -> Mapping[str, Shape]:
        return {
            **super().shapes(),
            "InputWeights": (4 * self.NumHiddenUnits, self.InputProjectorSize),
            "RecurrentWeights": (4 * self.NumHiddenUnits, self.OutputProjectorSize),
            "InputProjector": (self.InputSize, self.InputProjectorSize),
            "OutputProjector": (self.NumHiddenUnits, self.OutputProjectorSize),
        }
