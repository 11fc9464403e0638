"""The sheet that a diagram is drawn on: how far it reaches, and what is taken already."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.drawing.geometry import Box, Point

Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass
class Sheet:
    """`taken` are areas that a label should not hide; `reach` is the smallest area that holds everything."""

    taken: list[Area] = field(default_factory=list)
    reach: Area | None = None

    def cover(self, *points: Point) -> None:
        """Take care that these points are on the sheet."""
        for x, y in points:
            left, top, right, bottom = self.reach or (x, y, x, y)
            self.reach = (min(left, x), min(top, y), max(right, x), max(bottom, y))

    def occupy(self, area: Area) -> None:
        """Take an area."""
        self.cover(area[:2], area[2:])
        self.taken.append(area)

    def hidden(self, area: Area) -> float:
        """How many square pixels of taken areas something there would hide."""
        left, top, right, bottom = area
        return sum(
            max(0.0, min(right, other[2]) - max(left, other[0])) * max(0.0, min(bottom, other[3]) - max(top, other[1]))
            for other in self.taken
        )

    def frame(self, margin: float) -> Box:
        """Everything with a margin around it."""
        left, top, right, bottom = self.reach or (margin, margin, 100.0 - margin, 100.0 - margin)
        return Box(left - margin, top - margin, right + margin, bottom + margin)
