"""What an If or a Switch Case block is asked: parameters that hold conditions on the block's inputs."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    """One condition: its tree, and the parameter that it comes from."""

    parameter: str
    expression: tree.Expression


def input_number(name: str) -> int | None:
    """The number of the input that a name stands for: ``u2`` is the second."""
    found = _INPUT.fullmatch(name)
    return int(found[1]) if found else None


class Questions(Parameter[Sequence[Question]]):
    """Conditions on the inputs u1, u2, … with commas between them."""

    def read(self, block: Block) -> Sequence[Question]:
        found = []
        for text in split(self.text(block)):
            try:
                found.append(Question(self.name, parse_expression(text)))
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
