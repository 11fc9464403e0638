"""What `bridge.cases.sensitivity` finds, as data, as text and as a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """The smallest relative change found that fails the case: ``w * (1 + size)``.

    at       the element, counted from 1 as MATLAB does; empty where all elements change together
    against  the side that notices it first
    """

    size: float
    at: tuple[int, ...] = ()
    against: str = ""

    def __str__(self) -> str:
        place = f" at ({','.join(map(str, self.at))})" if self.at else ""
        return f"{self.size:+.3g}{place}"


@dataclass(frozen=True)
class Weight:
    """One array, or the rows of one gate in it, of one side.

    side, name   the side, and the workspace variable, block parameter (``Sub/Gain/Gain``) or ``layer: array``
    gate         which gate its rows are of; empty where there are none
    together     the change of all elements by one factor that fails the case; None where not even doubling or
                 removing them does
    most, least  of single elements, the one whose smallest change is the smallest, and the one whose is the largest
    count, tried, zeros
                 elements, how many were tried one by one, and how many are zero, which no relative change changes
    unnoticed    elements (from 1) that can be doubled or removed unnoticed
    remark       why it was not tried
    """

    side: str
    name: str
    gate: str = ""
    together: Change | None = None
    most: Change | None = None
    least: Change | None = None
    count: int = 0
    tried: int = 0
    zeros: int = 0
    unnoticed: tuple[tuple[int, ...], ...] = ()
    remark: str = ""

    @property
    def noticed(self) -> bool:
        """Whether any change of it was noticed."""
        return self.together is not None or self.most is not None


@dataclass(frozen=True)
class Unexercised:
    """Something of a diagram that a run never does: `what` (a branch, a state), of the block at `path`, and how."""

    side: str
    what: str
    path: str
    how: str

    def __str__(self) -> str:
        return f"{self.path}: {self.how}"


@dataclass(frozen=True)
class Sensitivity:
    """What a case would notice. `unused` are workspace variables that no side of the case depends on, by side."""

    weights: tuple[Weight, ...]
    unexercised: tuple[Unexercised, ...]
    unused: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def never_noticed(self) -> tuple[Weight, ...]:
        """What can be doubled or removed as a whole, and element by element, without failing the case."""
        return tuple(weight for weight in self.weights if not weight.noticed and not weight.remark)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "weights": [{**asdict(weight), "noticed": weight.noticed} for weight in self.weights],
            "unexercised": [asdict(one) for one in self.unexercised],
            "unused": [{"side": side, "variable": name} for side, name in self.unused],
            "remarks": list(self.remarks),
        }

    HEAD = ("side", "weight or parameter", "fails if all change by", "most sensitive element", "least", "not noticed")

    def rows(self) -> list[tuple[str, ...]]:
        """The table's cells below `HEAD`."""
        return [(weight.side, _name(weight), *_cells(weight)) for weight in self.weights]

    def lists(self) -> list[tuple[str, list[str]]]:
        """What else there is to say: headings, and lines below each."""
        found = [
            ("never noticed", [f"{weight.side}: {_name(weight)}" for weight in self.never_noticed]),
            ("never exercised", [f"{one.side}: {one}" for one in self.unexercised if one.what == "branch"]),
            ("states that never left their initial value", [
                f"{one.side}: {one}" for one in self.unexercised if one.what == "state"
            ]),
            ("variables on which nothing depends", [f"{side}: {name}" for side, name in self.unused]),
            ("remarks", list(self.remarks)),
        ]  # fmt: skip
        return [(title, lines) for title, lines in found if lines]

    def __str__(self) -> str:
        table = [self.HEAD, *self.rows()]
        widths = [max(len(cells[column]) for cells in table) for column in range(len(self.HEAD))]
        lines = ["what this case would notice (smallest relative change that fails it):"]
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in table
        ]
        for title, below in self.lists():
            lines += [f"{title}:", *(f"    {line}" for line in below)]
        return "\n".join(lines)


def _name(weight: Weight) -> str:
    return f"{weight.name}, {weight.gate}" if weight.gate else weight.name


def _cells(weight: Weight) -> tuple[str, str, str, str]:
    if weight.remark:
        return weight.remark, "", "", ""
    together = "not noticed" if weight.together is None else str(weight.together)
    if weight.count == 1:
        return together, "", "", ""
    missed = []
    if weight.unnoticed:
        missed.append(f"{len(weight.unnoticed)} of {weight.tried}")
    if weight.zeros:
        missed.append(f"{weight.zeros} are zero")
    if weight.tried + weight.zeros < weight.count:
        missed.append(f"tried {weight.tried} of {weight.count}")
    most, least = (str(one) if one is not None else "" for one in (weight.most, weight.least))
    return together, most, least, ", ".join(missed)
