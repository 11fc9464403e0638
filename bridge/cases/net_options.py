"""What a file says of how its network was trained, as far as it bears on predictions: mini-batches, padding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bridge.files.mat_objects import MatObject
from bridge.matlab.values import Char, String, Struct

DEFAULT_SIZE = 128
"""The toolbox's own."""
_USUAL = (20, 27, 32, 50, 64, 100)
"""Those that examples and users write most."""


def paddings(variables: Mapping[str, Any], count: int) -> list[tuple[int, str]]:
    """Sizes of mini-batches and sides of padding worth trying for `count` sequences.

    The sizes that the file names, the toolbox's own, and usual ones that split the sequences.
    Training options name them, and variables with ``batch`` in their names.
    """
    sizes, sides = {DEFAULT_SIZE, *(size for size in _USUAL if size < count)}, ["right"]
    for size, side in _named(variables):
        if size is not None:
            sizes.add(size)
        if side == "left" and "left" not in sides:
            sides.append(side)
    return [(size, side) for side in sides for size in sorted(sizes)]


def _named(variables: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[int | None, str]]:
    for name, value in variables.items():
        if isinstance(value, MatObject) or (isinstance(value, Struct) and value.size == 1):
            fields = value.fields if isinstance(value, MatObject) else dict(value)
            if "MiniBatchSize" in fields:
                side = fields.get("SequencePaddingDirection")
                yield _size(fields["MiniBatchSize"]), str(side) if isinstance(side, Char | String) else ""
            elif isinstance(value, Struct) and depth < 2:
                yield from _named(fields, depth + 1)
        elif "batch" in name.lower():
            yield _size(value), ""


def _size(value: Any) -> int | None:
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "fiu" and 1 <= value.flat[0] < 1e6:
        return int(value.flat[0])
    return None
