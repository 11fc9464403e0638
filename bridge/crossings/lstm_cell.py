"""Recognising one LSTM layer in a program.

With logsig and tansig (or tanh) as the gates' and the states' functions, and every product and sum in any order::

    h(t) = logsig(z_o) .* tansig(c(t))          z_k = W_k x(t) + R_k h(t-1) + b_k
    c(t) = logsig(z_f) .* c(t-1) + logsig(z_i) .* tansig(z_g)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bridge.crossings.affine import Term, WeightedSum, picked, weighted_sum
from bridge.crossings.elements import Array, Reading
from bridge.crossings.functions import Rows, logsig, orders, tansig, varies
from bridge.errors import ModelError
from bridge.program.form import Slot, Value

GATES = "ifgo"
"""The order of the blocks of rows, as in MATLAB."""

_LONG = {"i": "input gate", "f": "forget gate", "g": "cell candidate", "o": "output gate"}


@dataclass(frozen=True)
class Cell:
    """A layer as found: its arrays in MATLAB's convention, and the signals x that it takes its input from."""

    InputWeights: Array
    RecurrentWeights: Array
    Bias: Array
    states: dict[str, Array]
    inputs: tuple[Value, ...]


def find_cell(reading: Reading, h: Value) -> Cell:
    """The LSTM layer whose output is `h`, a product of two signals.

    Raises ModelError at the block at which the diagram is not that of an LSTM.
    """
    return _Search(reading).run(h)


class _Search:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def run(self, h: Value) -> Cell:
        o, c = self._output(h)
        cell_slot, f, write = self._cell(c)
        i, g = self._write(write)
        arguments = {"i": i, "f": f, "g": g, "o": o}
        sums = {gate: picked(weighted_sum(self.reading, part.value), part.index) for gate, part in arguments.items()}
        units = h.type.size
        for gate, part in arguments.items():
            if sums[gate].rows != units:
                raise self._wrong(part.value, f"the {_LONG[gate]} has {sums[gate].rows} rows for {units} units")
        hidden = self._hidden(h, cell_slot, arguments, sums)
        taken = [tuple(x for x in total.terms if x not in self.reading.slots) for total in sums.values()]
        inputs = max(taken, key=taken.count)  # what most of the gates take
        for gate in GATES:
            self._check_terms(gate, arguments[gate].value, sums[gate], hidden, inputs)
        return Cell(
            np.vstack([np.hstack([_weights(sums[k].terms[x]) for x in inputs]) for k in GATES]),
            np.vstack([_weights(sums[k].terms[hidden.current]) for k in GATES]),
            np.concatenate([_bias(sums[k]) for k in GATES])[:, None],
            {"HiddenState": self._initial(hidden), "CellState": self._initial(cell_slot)},
            inputs,
        )

    # h = o .* tansig(c) ----------------------------------------------------------------------------------------------

    def _output(self, h: Value) -> tuple[Rows, Value]:
        """The arguments of the output gate and of the state's tansig."""
        factors = self._factors(h, "the output of an LSTM is a gate times tansig(c(t))")
        found = [(logsig(self.reading, a), tansig(self.reading, b)) for a, b in (factors, factors[::-1])]
        for gate, state in found:
            if gate is not None and state is not None and state.whole:
                return gate, state.value
        # One of the two is not what it must be: the one that stands apart from what fits.
        for a, b in (factors, factors[::-1]):
            if (state := tansig(self.reading, a)) is not None and self._is_cell(state.value):
                raise self._unfit(b, h, "a logsig", "the output gate")
            if (gate := logsig(self.reading, a)) is not None:
                culprit = a if self._is_cell(gate.value) else b
                raise self._unfit(culprit, h, "tansig of the cell state")
        raise self._wrong(h, f"is not logsig times tansig, but the product of {self._named(*factors)}")

    def _is_cell(self, value: Value) -> bool:
        """Whether a signal looks like c(t), a sum of products, and not like the weighted sum of a gate."""
        node = self.reading.bare(value).node
        return (
            node is not None
            and node.op in ("add", "sub")
            and any(
                (inner := self.reading.bare(operand).node) is not None
                and inner.op == "mul"
                and varies(self.reading, inner)
                for operand in node.inputs
            )
        )

    # c = f .* c(t-1) + i .* g ----------------------------------------------------------------------------------------

    def _cell(self, value: Value) -> tuple[Slot, Rows, Value]:
        """The cell state's delay, the argument of the forget gate, and the product i .* g."""
        c = self.reading.bare(value)
        node = c.node
        if node is None or node.op not in ("add", "sub", "neg"):
            raise self._wrong(c, "the cell state of an LSTM is the sum f .* c(t-1) + i .* g")
        addends = [self.reading.bare(operand) for operand in node.inputs]
        turned = [each for each in addends if each.node is not None and each.node.op == "neg"]
        if node.op != "add" or turned:
            raise self._wrong(turned[0] if turned else c, "subtracts, where the cell state of an LSTM is a sum")
        stray: ModelError | None = None
        for keep, write in (addends, addends[::-1]):
            for delayed, gate in orders(self.reading, keep):
                slot = self.reading.slots.get(delayed)
                if slot is None:
                    continue
                if slot.next is None or self.reading.bare(slot.next) is not c:
                    stray = self._stray(slot, "c(t)", c)
                    continue
                argument = logsig(self.reading, gate)
                if argument is None:
                    raise self._unfit(gate, keep, "a logsig", "the forget gate")
                return slot, argument, write
        if stray is not None:
            raise stray
        for each in addends:
            if not list(orders(self.reading, each)):
                raise self._wrong(each, f"gives '{self.reading.origin(c)}' no product of a gate and another signal")
        self._check_delays(addends)
        for each in addends:
            pairs = orders(self.reading, each)
            if all(logsig(self.reading, a) is None or tansig(self.reading, b) is None for a, b in pairs):
                raise self._wrong(each, "is no product of a gate and c(t-1), the cell state one step before")
        raise self._wrong(c, "adds no product of a gate and c(t-1), the cell state one step before")

    def _check_delays(self, addends: Sequence[Value]) -> None:
        """Refuse a delay of more than one step, whose state holds more than the signal."""
        for factor in (factor for each in addends for pair in orders(self.reading, each) for factor in pair):
            for source in self.reading.elements(factor).sources:
                if source in self.reading.slots:
                    raise self._stray(self.reading.slots[source], "c(t)", None)

    def _write(self, value: Value) -> tuple[Rows, Rows]:
        """The arguments of the input gate and of the cell candidate."""
        factors = self._factors(value, "an input gate times a cell candidate is needed")
        for a, b in (factors, factors[::-1]):
            gate, candidate = logsig(self.reading, a), tansig(self.reading, b)
            if gate is not None and candidate is not None:
                return gate, candidate
        kinds = [logsig(self.reading, x) is not None or tansig(self.reading, x) is not None for x in factors]
        if kinds.count(False) == 1:
            stranger = factors[kinds.index(False)]
            raise self._unfit(stranger, value, "a logsig and a tansig", "input gate and cell candidate")
        wanted = "one must be a logsig, the input gate, and the other a tansig, the cell candidate"
        culprit = self._out_of_place(factors)
        raise self._wrong(value if culprit is None else culprit, f"of {self._named(*factors)} {wanted}")

    def _out_of_place(self, factors: tuple[Value, Value]) -> Value | None:
        """Of two equal functions the one whose weights stand where MATLAB stacks those of the other kind of gate."""
        wrong = []
        for factor in factors:
            squashed = tansig(self.reading, factor)
            argument = logsig(self.reading, factor) if squashed is None else squashed
            rows = set() if argument is None else set(self._stacked_rows(argument))
            wrong += [factor] if rows == {0 if squashed is not None else 2} else []
        return wrong[0] if len(wrong) == 1 else None

    def _stacked_rows(self, argument: Rows) -> Iterator[int]:
        """Which of four blocks of rows of a variable each matrix in a gate's sum is cut from."""
        try:
            terms = weighted_sum(self.reading, argument.value).terms.values()
        except ModelError:
            return
        for matrix in (matrix for term in terms for matrix in term.matrices):
            node = matrix.node
            if node is not None and node.op == "slice" and node.inputs[0].shape[0] == 4 * matrix.shape[0]:
                yield node.attributes["ranges"][0][0] // matrix.shape[0]

    # h(t-1) and the terms of the gates -------------------------------------------------------------------------------

    def _hidden(self, h: Value, cell: Slot, arguments: dict[str, Rows], sums: dict[str, WeightedSum]) -> Slot:
        """The delay that gives h(t-1)."""
        states = {
            source: (gate, term)
            for gate, total in sums.items()
            for source, term in total.terms.items()
            if source in self.reading.slots
        }
        for source in states:
            slot = self.reading.slots[source]
            if slot.next is not None and self.reading.bare(slot.next) is self.reading.bare(h):
                return slot
        for source, (gate, term) in states.items():
            if source is cell.current:
                raise self._peephole(gate, term, arguments[gate].value)
            raise self._stray(self.reading.slots[source], "h(t)", h)
        raise self._wrong(arguments["i"].value, "adds no term of h(t-1), the output of the layer one step before")

    def _check_terms(
        self, gate: str, argument: Value, total: WeightedSum, hidden: Slot, inputs: tuple[Value, ...]
    ) -> None:
        """Refuse a gate that adds something else, or less, than W x + R h + b."""
        for source, term in total.terms.items():
            if source is hidden.current or source in inputs:
                if term.weights is None:
                    what = "h(t-1)" if source is hidden.current else "the input"
                    raise self._wrong(argument, f"the {_LONG[gate]} adds {what} without a matrix of weights")
                continue
            slot = self.reading.slots.get(source)
            if slot is not None and slot.next is not None:
                if self._is_cell(slot.next):
                    raise self._peephole(gate, term, argument)
                raise self._stray(slot, "h(t)", None)
            origin = term.origins[0] if term.origins else self.reading.origin(argument)
            raise ModelError(origin, f"gives the {_LONG[gate]} another signal than the other gates take")
        if hidden.current not in total.terms:
            raise self._wrong(argument, f"the {_LONG[gate]} adds no term of h(t-1)")
        if not inputs or any(x not in total.terms for x in inputs):
            raise self._wrong(argument, f"the {_LONG[gate]} adds no term of the layer's input")

    def _peephole(self, gate: str, term: Term, argument: Value) -> ModelError:
        origin = term.origins[0] if term.origins else self.reading.origin(argument)
        return ModelError(origin, f"gives the {_LONG[gate]} the cell state, as no LSTM layer of MATLAB does")

    def _initial(self, slot: Slot) -> Array:
        initial = self.reading.constants.get(slot.initial)
        if initial is None:
            raise ModelError(self.reading.holder(slot), "its initial condition is no number from the workspace")
        return initial.reshape(-1, 1)

    def _factors(self, value: Value, wanted: str) -> tuple[Value, Value]:
        for pair in orders(self.reading, value):
            return pair
        raise self._wrong(value, wanted)

    # Errors ----------------------------------------------------------------------------------------------------------

    def _wrong(self, value: Value, cause: str) -> ModelError:
        return ModelError(self.reading.origin(value), f"{cause}, so this is no LSTM")

    def _unfit(self, factor: Value, product: Value, wanted: str, role: str = "") -> ModelError:
        """The error for a factor of a product that is not what an LSTM multiplies there."""
        cause = f"'{self.reading.origin(product)}' needs {wanted} here{', ' if role else ''}{role}, so this is no LSTM"
        return ModelError(self.reading.giver(factor, product), cause)

    def _stray(self, slot: Slot, wanted: str, signal: Value | None) -> ModelError:
        """The error for a delay of something else than the layer's own state."""
        path = self.reading.holder(slot)
        own = "" if signal is None else f" of '{self.reading.origin(signal)}'"
        delayed = None if slot.next is None else self.reading.origin(slot.next)
        if delayed == path:
            return ModelError(path, f"does not delay {wanted}{own} by one step, so this is no LSTM")
        what = "nothing" if delayed is None else f"the signal of '{delayed}'"
        return ModelError(path, f"delays {what}, not {wanted}{own}, so this is no LSTM")

    def _named(self, *values: Value) -> str:
        return " and ".join(f"'{self.reading.origin(value)}'" for value in values)


def _weights(term: Term) -> Array:
    assert term.weights is not None
    return term.weights


def _bias(total: WeightedSum) -> Array:
    return np.zeros(total.rows) if total.constant is None else total.constant
