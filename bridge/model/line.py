"""Lines: from one source port, over a tree of branches, to destination ports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.model.section import Entry


@dataclass(slots=True, frozen=True)
class Endpoint:
    """A port of a block in the same System.

    `block` is the block's name. `kind` is ``out``, ``state``, ``lconn`` or ``rconn`` where a line begins, ``in``,
    ``enable``, ``trigger``, ``ifaction``, ``Reset``, ``lconn`` or ``rconn`` where it ends. `number` counts from 1.
    """

    block: str
    kind: str
    number: int = 1

    def __str__(self) -> str:
        block = self.block.replace("\n", " ")
        return f"{block}/{self.number}" if self.kind in ("in", "out") else f"{block}/{self.kind}{self.number}"


def points_of(text: str | None) -> list[tuple[float, float]]:
    """The corners in ``[-205, 0; 0, 30]``: each is relative to the one before, x to the right and y downwards."""
    numbers: list[float] = []
    for word in (text or "").strip("[] \n").replace(";", " ").replace(",", " ").split():
        try:
            numbers.append(float(word))
        except ValueError:
            return []
    return list(zip(numbers[::2], numbers[1::2], strict=False))


@dataclass(slots=True)
class Branch:
    """A piece of a line after a junction: to a destination, to further branches, or to nowhere."""

    destination: Endpoint | None = None
    branches: list[Branch] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    sections: list[Entry] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The label of the line, which is the signal's name; empty where it has none."""
        return self.parameters.get("Name", "")

    @property
    def points(self) -> list[tuple[float, float]]:
        """The corners, each relative to the one before."""
        return points_of(self.parameters.get("Points"))

    def walk(self) -> Iterator[Branch]:
        """This piece and all after it, in the order of the file."""
        pending = [self]
        while pending:
            piece = pending.pop()
            yield piece
            pending.extend(reversed(piece.branches))

    @property
    def destinations(self) -> list[Endpoint]:
        """Every port that the line reaches, in the order of the file."""
        return [piece.destination for piece in self.walk() if piece.destination is not None]


@dataclass(slots=True)
class Line(Branch):
    """A line. `source` is None where it dangles; a physical connection begins at an ``lconn`` or ``rconn`` port."""

    source: Endpoint | None = None
