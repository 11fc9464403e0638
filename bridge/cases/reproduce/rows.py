"""A published value beside ours, and how the two are compared: as text, in MATLAB's number format."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bridge import published
from bridge.errors import BridgeError
from bridge.matlab.printing import format_like

SINGLE_LIMIT = 1e-3
"""How far a single-precision engine may be from a value that comes out exactly in double: states of size 1e-3 meet the
engine's approximation of tanh there."""
ROUNDING_FACTOR = 3.0
"""By which factor a value may differ that depends on the order of single-precision operations."""


@dataclass(frozen=True)
class Row:
    """One published value on one engine.

    `kind` is ``exact`` (every printed digit must agree), ``exact_in_double`` (so in double; a single-precision engine
    within `SINGLE_LIMIT`), ``rounding`` (within `ROUNDING_FACTOR`) or ``chaotic`` (shown, never called equal: `agrees`
    is None). `evidence` is the class of the published side. `note` says what the numbers alone do not; `relative` is
    the relative difference, where that is what counts. `ran` is False where the engine could not compute the value.
    """

    id: str
    what: str
    kind: str
    published: Any
    computed: Any
    agrees: bool | None
    engine: str
    evidence: str = "matlab"
    note: str = ""
    relative: float | None = None
    ran: bool = True

    def to_json(self) -> dict[str, Any]:
        """The row as plain data."""
        return asdict(self)


def values() -> dict[str, Any]:
    """The published values by id."""
    found: dict[str, Any] = published.load("lstm_dynamical_system")["values"]
    return found


def matrix(array: Any) -> list[list[str]]:
    """A matrix as ``format short`` shows it once the common factor is divided out: four decimals everywhere."""
    # Adding zero turns a negative zero, which MATLAB shows as 0, into a positive one.
    return [[f"{round(float(value), 4) + 0.0:.4f}" for value in row] for row in np.atleast_2d(array)]


def both(id: str, computed: Any) -> tuple[Any, Any]:
    """The published text and ours in the same format."""
    value = values()[id]
    printed = value["printed"]
    if isinstance(printed, str):
        return printed, format_like(float(np.asarray(computed).reshape(())), printed, significant=value.get("digits"))
    return matrix(printed), matrix(np.asarray(computed) / value["scale"])


def exact(id: str, computed: Any, engine: str) -> Row:
    """A value whose printed digits must all agree."""
    value = values()[id]
    theirs, ours = both(id, computed)
    return Row(id, value["what"], value["kind"], theirs, ours, ours == theirs, engine)


def in_single(id: str, computed: float, engine: str) -> Row:
    """A single-precision engine's own value of one that is exact in double, with its relative difference."""
    value = values()[id]
    theirs = value["printed"]
    difference = abs(computed - float(theirs)) / abs(float(theirs))
    note = f"single precision's own value; limit of the relative difference {SINGLE_LIMIT:g}"
    agrees, ours = difference < SINGLE_LIMIT, f"{computed:.7g}"
    return Row(id, value["what"], value["kind"], theirs, ours, agrees, engine, note=note, relative=difference)


def rounding(id: str, computed: float, engine: str) -> Row:
    """A value of which only the magnitude is determined."""
    value = values()[id]
    theirs, ours = both(id, computed)
    ratio = computed / float(theirs)
    agrees = 1 / ROUNDING_FACTOR <= ratio <= ROUNDING_FACTOR
    note = f"decided by rounding; limit a factor of {ROUNDING_FACTOR:g}"
    return Row(id, value["what"], value["kind"], theirs, ours, agrees, engine, note=note, relative=ratio - 1)


def chaotic(id: str, computed: Any, engine: str) -> Row:
    """A value that thousands of rounding errors decide."""
    value = values()[id]
    theirs, ours = both(id, computed)
    return Row(id, value["what"], value["kind"], theirs, ours, None, engine, note="chaotic: never called equal")


def failed(id: str, engine: str, error: BridgeError) -> Row:
    """A value that an engine could not compute, with the reason."""
    value = values()[id]
    theirs = value.get("printed", "")
    return Row(id, value["what"], value["kind"], theirs, "could not run", False, engine, note=str(error), ran=False)
