"""What an If or a Switch Case block is asked: parameters that hold conditions on the block's inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block
from bridge.diagram.parameters import Parameter
from bridge.errors import MatlabError
from bridge.matlab import tree
from bridge.matlab.evaluate import names
from bridge.matlab.syntax import parse_expression
from bridge.matlab.values import Cell

_INPUT = re.compile(r"u([1-9]\d*)")


@dataclass(frozen=True)
class Question:
    """One condition: the parameter that it comes from, its tree, and the parts of that which read inputs, by `id`."""

    parameter: str
    expression: tree.Expression
    reading: frozenset[int]

    def reads(self, part: tree.Node) -> bool:
        """Whether a part of the tree depends on the inputs; the others are known before the simulation."""
        return id(part) in self.reading


def input_number(name: str) -> int | None:
    """The number of the input that a name stands for: ``u2`` is the second."""
    found = _INPUT.fullmatch(name)
    return int(found[1]) if found else None


def _reading(root: tree.Expression) -> set[int]:
    """The nodes at or below which an input is named; a chain of operators may be long, so without recursion."""
    found: set[int] = set()
    for node in reversed(list(tree.walk(root))):  # children before their parents
        named = isinstance(node, tree.Name | tree.Access) and input_number(node.name) is not None
        if named or any(id(part) in found for part in _below(node)):
            found.add(id(node))
    return found


def _below(node: tree.Node) -> Iterator[Any]:
    pending = list(node.children())
    while pending:
        item = pending.pop()
        if isinstance(item, tuple):
            pending.extend(item)
        else:
            yield item


class Questions(Parameter[Sequence[Question]]):
    """Conditions on the inputs u1, u2, … with commas between them."""

    def read(self, block: Block) -> Sequence[Question]:
        found = []
        for text in split(self.text(block)):
            try:
                expression = parse_expression(text)
                found.append(Question(self.name, expression, frozenset(_reading(expression))))
            except MatlabError as error:
                error.where = error.where or f"block '{block.path}', parameter {self.name}"
                raise
        return found

    @staticmethod
    def variables(text: str) -> set[str]:
        """The workspace variables that conditions read; what is wrong with them is told when the block is built."""
        found: set[str] = set()
        for part in split(text):
            try:
                found |= names(part)
            except MatlabError:
                continue
        return {name for name in found if input_number(name) is None}


def split(text: str) -> list[str]:
    """The parts between the commas that stand in no parentheses."""
    depth, parts = 0, [""]
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]


class Cases(Parameter[Sequence[NDArray[Any]]]):
    """A cell array with the whole numbers of each case: ``{1, [2 3]}``."""

    def read(self, block: Block) -> Sequence[NDArray[Any]]:
        given = block.site.value(self.name, self.text(block))
        parts = list(given.values.ravel(order="F")) if isinstance(given, Cell) else [given]
        if not parts or not all(isinstance(part, np.ndarray) and _is_whole(part) for part in parts):
            raise block.wrong(self.name, "a cell array with the whole numbers of each case is needed, as {1, [2 3]}")
        return [part.ravel(order="F") for part in parts]


def _is_whole(array: NDArray[Any]) -> bool:
    return array.dtype.kind in "biuf" and array.size > 0 and not bool((array % 1).any())
