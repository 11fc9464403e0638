"""Weighted sums: a signal as K1 * s1 + K2 * s2 + … + b, with the numbers of K and b."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bridge.crossings.elements import Array, Reading
from bridge.errors import ModelError
from bridge.program.form import Node, Value


@dataclass(frozen=True)
class Term:
    """``weights @ source``. `origins` are the blocks that multiply, `matrices` the values they multiply with."""

    source: Value
    weights: Array | None
    origins: tuple[str, ...]
    matrices: tuple[Value, ...] = ()


@dataclass(frozen=True)
class WeightedSum:
    """The terms of a signal, by source, and its constant part, None where there is none.

    A term without weights is a signal that is added as it is.
    """

    rows: int
    terms: dict[Value, Term] = field(default_factory=dict)
    constant: Array | None = None


def weighted_sum(reading: Reading, value: Value) -> WeightedSum:
    """`value` as a sum of weighted signals, its rows in order.

    Raises ModelError at a block that subtracts or changes a sign: the weights would not be those of the diagram.
    """
    elements = reading.elements(value)
    parts = [_of_source(reading, source) for source in elements.sources]
    if reading.bare(value) is elements.sources[0]:
        return parts[0]
    rows = [np.flatnonzero(elements.which == k) for k in range(len(parts))]
    chosen = [picked(part, elements.index[place]) for part, place in zip(parts, rows, strict=True)]
    return _stacked(chosen, rows, value.type.size)


def _of_source(reading: Reading, value: Value) -> WeightedSum:
    size = value.type.size
    if value in reading.constants:
        return WeightedSum(size, {}, reading.constants[value].ravel())
    node = value.node
    if node is not None:
        if node.op in ("sub", "neg") and not _is_squashed(reading, node):
            raise ModelError(node.origin, "subtracts, where a layer of a network only adds")
        if node.op == "add":
            a, b = (_spread(weighted_sum(reading, operand), size) for operand in node.inputs)
            return _added(reading, node, a, b)
        weighted = _weighted(reading, node)
        if weighted is not None:
            return weighted
    return WeightedSum(size, {value: Term(value, None, ())})


def _is_squashed(reading: Reading, node: Node) -> bool:
    """Whether a subtraction is the one in tansig(x) = 2 logsig(2 x) - 1."""
    return node.op == "sub" and reading.scalar(node.inputs[1]) == 1.0


def _weighted(reading: Reading, node: Node) -> WeightedSum | None:
    """A product of a constant and a signal: a matrix times a vector, or element by element."""
    if node.op not in ("matmul", "mul") or len(node.inputs) != 2:
        return None
    constant = [operand in reading.constants for operand in node.inputs]
    if constant.count(True) != 1:
        return None
    factor, signal = node.inputs if constant[0] else node.inputs[::-1]
    numbers, size = reading.constants[factor], signal.type.size
    if node.op == "matmul":
        matrix = numbers if constant[0] else numbers.T
        if matrix.ndim != 2 or matrix.shape[1] != size:  # a matrix signal, which no layer has
            return None
    else:
        column = np.broadcast_to(numbers, node.outputs[0].shape).ravel()
        matrix = column[:, None] if size == 1 else np.diag(column)
    return _columns(reading, node, matrix, signal, factor)


def _columns(reading: Reading, node: Node, matrix: Array, signal: Value, factor: Value) -> WeightedSum | None:
    """``matrix @ signal`` by the sources that the signal's elements come from."""
    elements = reading.elements(signal)
    result = WeightedSum(len(matrix))
    constant = None
    for k, source in enumerate(elements.sources):
        columns = np.flatnonzero(elements.which == k)
        index = elements.index[columns]
        if source in reading.constants:  # a bias fed in as the weight of a constant one
            part = matrix[:, columns] @ reading.constants[source].ravel()[index]
            constant = part if constant is None else constant + part
            continue
        if len(set(index.tolist())) < len(index):
            return None
        weights = np.zeros((len(matrix), source.type.size), matrix.dtype)
        weights[:, index] = matrix[:, columns]
        result.terms[source] = Term(source, weights, (node.origin,), (factor,))
    return WeightedSum(result.rows, result.terms, constant)


def _spread(part: WeightedSum, size: int) -> WeightedSum:
    """A scalar repeated, as Sum does with one beside a vector."""
    return part if part.rows == size else picked(part, np.zeros(size, int))


def picked(part: WeightedSum, index: Array) -> WeightedSum:
    """Some rows of a sum, in the order of `index`."""
    terms = {}
    for source, term in part.terms.items():
        weights = term.weights
        if weights is None and not np.array_equal(index, np.arange(part.rows)):
            weights = np.eye(part.rows)
        terms[source] = Term(source, None if weights is None else weights[index], term.origins, term.matrices)
    return WeightedSum(len(index), terms, None if part.constant is None else part.constant[index])


def _added(reading: Reading, node: Node, a: WeightedSum, b: WeightedSum) -> WeightedSum:
    both = a.terms.keys() & b.terms.keys()
    if both:
        names = " and ".join((*a.terms[next(iter(both))].origins, *b.terms[next(iter(both))].origins))
        what = reading.origin(next(iter(both)))
        raise ModelError(node.origin, f"adds the signal of '{what}' twice" + (f", from {names}" if names else ""))
    constants = [part.constant for part in (a, b) if part.constant is not None]
    constant = constants[0] if len(constants) == 1 else np.add(*constants) if constants else None
    return WeightedSum(a.rows, {**a.terms, **b.terms}, constant)


def _stacked(parts: Sequence[WeightedSum], places: Sequence[Array], size: int) -> WeightedSum:
    """Sums whose rows lie at `places` of the whole."""
    terms: dict[Value, Term] = {}
    for source in dict.fromkeys(source for part in parts for source in part.terms):
        weights = np.zeros((size, source.type.size))
        origins: dict[str, None] = {}
        for part, place in zip(parts, places, strict=True):
            term = part.terms.get(source)
            if term is not None:
                weights[place] = np.eye(part.rows) if term.weights is None else term.weights
                origins.update(dict.fromkeys(term.origins))
        terms[source] = Term(source, weights, tuple(origins))
    constant = None
    if any(part.constant is not None for part in parts):
        constant = np.zeros(size)
        for part, place in zip(parts, places, strict=True):
            if part.constant is not None:
                constant[place] = part.constant
    return WeightedSum(size, terms, constant)
