"""What blocks with a memory share: initial conditions under their old name, frames refused, literal coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.diagram.block import Block
from bridge.diagram.parameters import Tunable
from bridge.program.form import Value
from bridge.program.types import Type


class Renamed(Tunable):
    """A number or array that older files call `old`: ``InitialCondition`` was ``X0`` up to R2017."""

    def __init__(self, default: str, old: str) -> None:
        super().__init__(default)
        self.old = old

    def text(self, block: Block) -> str:
        return block.site.text(self.name, block.site.text(self.old, self.default))


def refuse_frames(block: Block, processing: str, u: Type) -> None:
    """Refuse *Columns as channels (frame based)* for a frame of more than one row, which is several samples at once."""
    if processing.lower().startswith("columns as channels") and u.shape and u.shape[0] > 1:
        raise block.unsupported(f"InputProcessing = {processing!r} for frames of {u.shape[0]} samples")


def literal(value: Value) -> NDArray[Any] | None:
    """The numbers of a parameter that is written out; None where it depends on workspace variables.

    What a diagram's structure may depend on: the number of a variable must not shape the program unasked.
    """
    node = value.node
    if node is None or node.op != "constant":
        return None
    return np.asarray(node.attributes["value"])
