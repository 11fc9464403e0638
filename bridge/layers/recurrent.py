"""Recurrent layers, one time step each. The products of all gates are one: W x + R h + b, then cut into rows."""

from __future__ import annotations

from bridge import network
from bridge.layers.cell import Cell
from bridge.layers.elementwise import GATE_ACTIVATIONS, STATE_ACTIVATIONS
from bridge.layers.registry import Mathematics, computes
from bridge.program import Value
from bridge.program.trace import transpose


def _lstm(cell: Cell, products: Value, c: Value) -> Value:
    """The gates from the sum of products, the next states, and the output h."""
    gate = GATE_ACTIVATIONS[cell.option("GateActivationFunction")]
    squash = STATE_ACTIVATIONS[cell.option("StateActivationFunction")]
    i, f, g, o = cell.blocks(products, 4)
    c = gate(f) * c + gate(i) * squash(g)
    h = gate(o) * squash(c)
    cell.keep(HiddenState=h, CellState=c)
    return h


@computes(network.LSTM)
class LSTM(Mathematics):
    """c ← f c + i g, h ← o state(c)."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        h, c = cell.state("HiddenState"), cell.state("CellState")
        products = cell.matrix("InputWeights") @ x + cell.matrix("RecurrentWeights") @ h + cell.column("Bias")
        return _lstm(cell, products, c)


@computes(network.BiLSTM)
class BiLSTM(LSTM):
    """The same forward, and with the second half of the rows backward."""

    directions = ("forward", "backward")


@computes(network.ProjectedLSTM)
class ProjectedLSTM(Mathematics):
    """W (Qi' x) + R (Qo' h) + b; h itself is not projected."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        h, c = cell.state("HiddenState"), cell.state("CellState")
        x = transpose(cell.matrix("InputProjector")) @ x
        projected = transpose(cell.matrix("OutputProjector")) @ h
        products = cell.matrix("InputWeights") @ x + cell.matrix("RecurrentWeights") @ projected + cell.column("Bias")
        return _lstm(cell, products, c)


@computes(network.GRU)
class GRU(Mathematics):
    """h ← (1 - z) k + z h, with the candidate k in three ways."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        h = cell.state("HiddenState")
        gate = GATE_ACTIVATIONS[cell.option("GateActivationFunction")]
        squash = STATE_ACTIVATIONS[cell.option("StateActivationFunction")]
        mode = cell.option("ResetGateMode")
        R = cell.matrix("RecurrentWeights")
        products = cell.matrix("InputWeights") @ x
        bias = cell.column("Bias")
        if mode == "before-multiplication":
            r, z, k = cell.blocks(products + bias, 3)
            R_r, R_z, R_k = cell.blocks(R, 3)
            r, z = gate(r + R_r @ h), gate(z + R_z @ h)
            k = squash(k + R_k @ (r * h))
        else:
            recurrent = R @ h
            if mode == "recurrent-bias-after-multiplication":
                bias, recurrent_bias = cell.blocks(bias, 2)
                recurrent = recurrent + recurrent_bias
            (r, z, k), (r_h, z_h, k_h) = cell.blocks(products + bias, 3), cell.blocks(recurrent, 3)
            r, z = gate(r + r_h), gate(z + z_h)
            k = squash(k + r * k_h)
        h = (1 - z) * k + z * h
        cell.keep(HiddenState=h)
        return h
