"""What differs between two things: a list of changes, each at its path, as text and as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Sort = Literal["added", "removed", "changed"]
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `what` (block, parameter, line, layer, weights, …) at `path`, the text `before` and `after`.

    `figures` holds numbers where the change has some. `minor` is what every save changes: who saved, when, the window.
    `layout` is where something is drawn.
    """

    sort: Sort
    what: str
    path: str
    before: str = ""
    after: str = ""
    figures: Mapping[str, float | None] = field(default_factory=dict)
    minor: bool = False
    layout: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "figures": dict(self.figures)}

    def __str__(self) -> str:
        values = f": {self.before} -> {self.after}" if self.sort == "changed" else ""
        if self.sort != "changed" and (self.before or self.after):
            values = f" ({self.after or self.before})"
        return f"{_SIGNS[self.sort]} {self.what} {self.path}{values}"


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes from a to b. True in a condition if there are any that are not minor."""

    kind: str
    all: tuple[Change, ...]

    @property
    def counted(self) -> tuple[Change, ...]:
        """The changes that are not minor."""
        return tuple(change for change in self.all if not change.minor)

    def __bool__(self) -> bool:
        return bool(self.counted)

    def without_layout(self) -> Changes:
        """These, but for where things are drawn."""
        return Changes(self.kind, tuple(change for change in self.all if not change.layout))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"kind": self.kind, "same": not self, "changes": [change.to_json() for change in self.all]}

    def __str__(self) -> str:
        lines = [str(change) for change in self.counted]
        minor = len(self.all) - len(lines)
        if not lines:
            lines = [f"the {self.kind}s are the same"]
        if minor:
            lines.append(f"and {minor} of what every save changes: name, dates, authors, windows")
        return "\n".join(lines)
