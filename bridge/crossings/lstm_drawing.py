"""Layers of a network drawn with elementary Simulink blocks.

An LSTM layer, with W, R and b stacked in the order i, f, g, o as in MATLAB (documentation of ``lstmLayer``)::

    f = logsig(W_f u + R_f h(t-1) + b_f)        c(t) = f .* c(t-1) + i .* g
    i = logsig(W_i u + R_i h(t-1) + b_i)        h(t) = o .* tansig(c(t))
    g = tansig(W_g u + R_g h(t-1) + b_g)
    o = logsig(W_o u + R_o h(t-1) + b_o)

Each gate is a row, from its weights on the left to its product on the right. The cell state runs back above the rows,
the hidden state below them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge.crossings.sheet import Sheet
from bridge.model import Block

End = tuple[Block, int, Sequence[float]]

ROW = 180
"""Pixels from one gate's row to the next."""
TERM = 50
"""Pixels between the three terms of a gate's sum."""


@dataclass(frozen=True)
class Names:
    """The workspace variables of one layer: ``W R b h0 c0 Nn`` for the first LSTM, ``W2 R2 …`` for the second."""

    number: int

    def __call__(self, name: str) -> str:
        return name if self.number == 1 else f"{name}{self.number}"

    def block(self, name: str) -> str:
        """A block's name, numbered alike: ``Cell State``, ``Cell State 2``."""
        return name if self.number == 1 else f"{name} {self.number}"


@dataclass(frozen=True)
class Stage:
    """A layer on the sheet: where its input goes, the block that gives its output, and where that goes back to."""

    inputs: list[End]
    output: Block
    label: str
    right: float
    feedback: list[End] = field(default_factory=list)


@dataclass(frozen=True)
class _Gate:
    letter: str
    name: str
    function: str
    rows: int
    """Which of the four blocks of rows in W, R and b."""


# From top to bottom.
_GATES = (
    _Gate("f", "forget gate", "logsig", 1),
    _Gate("i", "input gate", "logsig", 0),
    _Gate("g", "cell candidate", "tansig", 2),
    _Gate("o", "output gate", "logsig", 3),
)


def draw_lstm(sheet: Sheet, names: Names, left: float, top: float, sample_time: str) -> Stage:
    """Draw one LSTM layer whose first row is centred at `top` and whose input line rises at `left`."""
    hidden = sheet.block(
        "UnitDelay", names.block("Hidden State"), (left + 340, top + 3 * ROW + 98, 35, 34),
        None, InitialCondition=names("h0"), **_delay(sample_time),
    )  # fmt: skip
    gates = {gate.letter: _gate(sheet, gate, names, left, top + ROW * row) for row, gate in enumerate(_GATES)}
    sheet.line(hidden, *(end for gate in gates.values() for end in gate.recurrent), label=names("h") + "(t-1)")
    f, i, g, o = (gates[letter].output for letter in "figo")

    keep = _product(sheet, names.block("f * c(t-1)"), left + 370, top - 30)
    write = _product(sheet, names.block("i * g"), left + 370, top + ROW - 10)
    show = _product(sheet, names.block("o * tansig(c)"), left + 650, top + 3 * ROW - 30)
    total = sheet.block(
        "Sum", names.block("sum c"), (left + 440, top - 20, 30, 40), {"in": 2, "out": 1},
        ShowName=False, HideAutomaticName=False, IconShape="rectangular", Inputs="++",
    )  # fmt: skip
    cell = sheet.block(
        "UnitDelay", names.block("Cell State"), (left + 430, top - 97, 35, 34),
        None, InitialCondition=names("c0"), **_delay(sample_time),
    )  # fmt: skip
    squash = _transfer(sheet, names.block("tansig"), "tansig", left + 540, top)

    sheet.line(cell, (keep, 1, [left + 340, top - 20]), label=names("c") + "(t-1)")
    sheet.line(f, (keep, 2, []))
    sheet.line(i, (write, 1, []))
    sheet.line(g, (write, 2, [left + 330]))
    sheet.line(keep, (total, 1, []))
    sheet.line(write, (total, 2, [left + 420]))
    sheet.line(total, (squash, 1, []), (cell, 1, [left + 500, top - 80]), label=names("c") + "(t)")
    sheet.line(squash, (show, 1, [left + 620]))
    sheet.line(o, (show, 2, []))
    inputs = [end for gate in gates.values() for end in gate.inputs]
    back: list[End] = [(hidden, 1, [left + 730, top + 3 * ROW + 115])]
    return Stage(inputs, show, names("h") + "(t)", left + 730, back)


def draw_fully_connected(sheet: Sheet, names: Names, left: float, source: Stage, bias: bool) -> Stage:
    """Draw y = F h, with `bias` y = F h + d, to the right of the stage that it takes its input from."""
    y = height(sheet, source.output)
    gain = sheet.block(
        "Gain", names.block("FC layer"), (left + 40, y - 15, 30, 30), Gain=names("F"), Multiplication="Matrix(K*u)"
    )
    inputs: list[End] = [(gain, 1, [])]
    if not bias:
        return Stage(inputs, gain, "", left + 70)
    constant = sheet.block("Constant", names.block("FC bias"), (left + 40, y + 45, 30, 30), Value=names("d"))
    total = sheet.block(
        "Sum", names.block("sum FC"), (left + 120, y - 10, 30, 40), {"in": 2, "out": 1},
        ShowName=False, HideAutomaticName=False, IconShape="rectangular", Inputs="++",
    )  # fmt: skip
    sheet.line(gain, (total, 1, []))
    sheet.line(constant, (total, 2, [left + 100]))
    return Stage(inputs, total, "", left + 150)


def height(sheet: Sheet, block: Block) -> float:
    """The height at which a block's only output leaves it."""
    position = block.position
    assert position is not None
    return (position[1] + position[3]) / 2


@dataclass(frozen=True)
class _Row:
    output: Block
    inputs: list[End]
    recurrent: list[End]


def _gate(sheet: Sheet, gate: _Gate, names: Names, left: float, y: float) -> _Row:
    """One row: the three terms, their sum and the transfer function."""
    size = names("Nn")
    first = "1" if gate.rows == 0 else f"{size}+1" if gate.rows == 1 else f"{gate.rows}*{size}+1"
    last = size if gate.rows == 0 else f"{gate.rows + 1}*{size}"
    gains = [
        sheet.block(
            "Gain", f"{names(letter)}{gate.letter}" if names.number == 1 else f"{letter}{gate.letter}{names.number}",
            (left + 130, y - 15 + place, 30, 30), Gain=f"{names(letter)}({first}:{last},:)",
            Multiplication="Matrix(K*u)",
        )
        for letter, place in (("W", -TERM), ("R", 0))
    ]  # fmt: skip
    bias = sheet.block(
        "Constant", f"b{gate.letter}" if names.number == 1 else f"b{gate.letter}{names.number}",
        (left + 60, y - 15 + TERM, 100, 30), Value=f"{names('b')}({first}:{last})",
    )  # fmt: skip
    total = sheet.block(
        "Sum", names.block(f"sum {gate.letter}"), (left + 200, y - 1.5 * TERM, 30, 3 * TERM), {"in": 3, "out": 1},
        ShowName=False, HideAutomaticName=False, IconShape="rectangular", Inputs="+++",
    )  # fmt: skip
    transfer = _transfer(sheet, names.block(gate.name), gate.function, left + 265, y)
    for port, term in enumerate((*gains, bias), 1):
        sheet.line(term, (total, port, []))
    sheet.line(total, (transfer, 1, []))
    return _Row(transfer, [(gains[0], 1, [left])], [(gains[1], 1, [left + 40])])


def _transfer(sheet: Sheet, name: str, function: str, left: float, y: float) -> Block:
    return sheet.block(
        "Reference", name, (left, y - 20, 40, 40), {"in": 1, "out": 1},
        LibraryVersion="11.0", SourceBlock=f"neural/Transfer Functions/{function}", SourceType=function.upper(),
    )  # fmt: skip


def _product(sheet: Sheet, name: str, left: float, top: float) -> Block:
    return sheet.block(
        "Product", name, (left, top, 30, 40), {"in": 2, "out": 1}, ShowName=False, HideAutomaticName=False
    )


def _delay(sample_time: str) -> dict[str, object]:
    return {"SampleTime": sample_time, "BlockMirror": True, "HasFrameUpgradeWarning": True}
