"""Processing functions: what is done to the rows of a network's input before, and undone of its output after.

Formulas: Deep Learning Toolbox documentation of the functions of the same name; values are (R,) or R x Q, settings
columns shaped to go with them.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.program import trace as t
from bridge.program.form import Number, Value
from bridge.program.types import BOOLEAN


def mapminmax(x: Value, xoffset: Value, gain: Value, ymin: Value | Number) -> Value:
    """y = (x - xoffset) gain + ymin, with gain = (ymax - ymin) / (xmax - xmin) and xoffset = xmin."""
    return (x - xoffset) * gain + ymin


def mapminmax_reverse(y: Value, xoffset: Value, gain: Value, ymin: Value | Number) -> Value:
    """x = (y - ymin) / gain + xoffset."""
    return (y - ymin) / gain + xoffset


# The same map; only what the offset and the gain are made of differs: xmean, ystd / xstd, ymean.
mapstd = mapminmax
mapstd_reverse = mapminmax_reverse


def removeconstantrows(x: Value, keep: Sequence[int]) -> Value:
    """The rows at the places `keep`, from 0."""
    return t.take(x, keep)


def removeconstantrows_reverse(
    y: Value, keep: Sequence[int], remove: Sequence[int], constants: Value, row: Value
) -> Value:
    """The rows back at their places, with the constants, a column, between them.

    `row` is any signal's row, for its columns: where every row was constant, y has none to count them by.
    """
    # False in every column: zeros as many as there are observations, without saying how many these are.
    constants = t.storage(row < row, y.dtype) + constants
    places = {place: k for k, place in enumerate((*keep, *remove))}
    return t.take(t.concat([y, constants]), [places[place] for place in sorted(places)])


def fixunknowns(x: Value, unknown: Sequence[int], xmeans: Value) -> Value:
    """NaN in the rows `unknown` becomes the row's mean; below each of them a row says 1 where x was known, else 0."""
    rows, marked = x.shape[0], set(unknown)
    missing = t.isnan(x)
    repaired = t.constant([row in marked for row in range(rows)], BOOLEAN)
    repaired = t.reshape(repaired, (rows,) + (1,) * (x.type.rank - 1))
    known = t.storage(~missing, x.dtype)
    order = [place for row in range(rows) for place in ((row, rows + row) if row in marked else (row,))]
    return t.take(t.concat([t.where(missing & repaired, xmeans, x), known]), order)


def processpca(x: Value, transform: Value) -> Value:
    """y = transform x."""
    return transform @ x
