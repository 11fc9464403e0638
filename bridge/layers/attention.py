"""Attention, positions, and one step out of a sequence. Values are matrices (channels, steps)."""

from __future__ import annotations

from math import sqrt

import numpy as np

from bridge import network
from bridge.layers.cell import Cell
from bridge.layers.elementwise import softmax
from bridge.layers.registry import Mathematics, computes
from bridge.network import Layer
from bridge.program import Value
from bridge.program.trace import broadcast, concat, constant, cut, transpose, where, zeros
from bridge.program.types import BOOLEAN


class OverTime(Mathematics):
    """What takes whole sequences."""

    @staticmethod
    def over_time(layer: Layer) -> bool:
        return True


@computes(network.SelfAttention)
class SelfAttention(OverTime):
    """Of each head V softmax(K' Q / sqrt(d)), with a column for each step that asks and d rows of Q."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        count = cell.option("NumHeads")
        heads = zip(*(cell.blocks(_projected(cell, what, x), count) for what in ("Query", "Key", "Value")), strict=True)
        mask = None
        if cell.option("AttentionMask") == "causal":
            steps = np.arange(x.shape[1])
            mask = constant(steps[:, None] <= steps[None, :], BOOLEAN)
        attended = []
        for query, key, value in heads:
            scores = transpose(key) @ query * (1 / sqrt(query.shape[0]))
            scores = scores if mask is None else where(mask, scores, -np.inf)
            attended.append(value @ softmax(scores))
        return _projected(cell, "Output", concat(attended))


def _projected(cell: Cell, what: str, x: Value) -> Value:
    return cell.matrix(f"{what}Weights") @ x + cell.column(f"{what}Bias")


@computes(network.PositionEmbedding)
class PositionEmbedding(OverTime):
    """The first columns of the weights."""

    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        rows, most = cell.matrix("Weights").shape
        steps = inputs[0].shape[1]
        if steps > most:
            raise cell.layer.refuse(f"knows {most} positions, but is given {steps} steps")
        return cut(cell.matrix("Weights"), (0, rows), (0, steps))


@computes(network.Indexing1D)
class Indexing1D(OverTime):
    @staticmethod
    def step(cell: Cell, *inputs: Value) -> Value:
        (x,) = inputs
        if not x.shape[1]:
            raise cell.layer.refuse("a sequence without steps has no first or last one")
        at = 0 if cell.option("Index") == "first" else x.shape[1] - 1
        return cut(x, (0, x.shape[0]), (at, at + 1))


def padded(x: Value, before: int, after: int, value: float) -> Value:
    """`x` with so many equal columns before and after."""

    def columns(count: int) -> list[Value]:
        blank = zeros(x.type.with_shape((1, 1)))
        return [broadcast(blank + value, (x.shape[0], count))] if count else []

    return concat([*columns(before), x, *columns(after)], 1)
