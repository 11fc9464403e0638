"""What reading a .mat file may cost: bytes, levels and parts, counted before anything is allocated.

A .mat file declares its own sizes, and a compressed one may declare sizes a thousand times its own. Every array,
every decompressed stream and every cell, field and object is charged to one `Budget` per file, so that a file
that lies is refused (`LimitExceeded`) while memory is still untouched.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from bridge.errors import LimitExceeded
from bridge.limits import current

__all__ = ["Budget", "Limits"]


@dataclass(frozen=True)
class Limits:
    """The largest cost that reading one file may have; what is not given is as `bridge.limits` allows now.

    `bytes`: of arrays and decompressed streams together. `depth`: levels of cells, structs and objects in each other.
    `parts`: cells, fields, arrays and objects together (each costs Python some hundred bytes).
    """

    bytes: int = field(default_factory=lambda: current().mat_bytes)
    depth: int = field(default_factory=lambda: current().mat_depth)
    parts: int = field(default_factory=lambda: current().mat_parts)


class Budget:
    """What is left of the limits while one file is read."""

    def __init__(self, limits: Limits | None, path: str | os.PathLike[str] | None) -> None:
        self.limits = limits or Limits()
        self.path = path
        self.bytes = 0
        self.parts = 0
        self.depth = 0

    def charge(self, size: int, place: str) -> None:
        """Account for `size` bytes about to be allocated for `place`; `LimitExceeded` beyond the limit."""
        self.bytes += size
        if self.bytes > self.limits.bytes:
            raise LimitExceeded(
                self.path,
                f"needs {self.bytes:,} bytes, more than the limit of {self.limits.bytes:,} (mat_bytes in bridge.allow)",
                place,
            )

    def count(self, parts: int, place: str) -> None:
        """Account for `parts` cells, fields or objects about to be made for `place`."""
        self.parts += parts
        if self.parts > self.limits.parts:
            raise LimitExceeded(
                self.path,
                f"has {self.parts:,} cells, fields and objects, more than the limit of {self.limits.parts:,}"
                " (mat_parts in bridge.allow)",
                place,
            )

    def enter(self, place: str) -> None:
        """One level of nesting deeper; `leave` afterwards."""
        self.depth += 1
        if self.depth > self.limits.depth:
            raise LimitExceeded(
                self.path, f"is nested more than {self.limits.depth} levels deep (mat_depth in bridge.allow)", place
            )

    def leave(self) -> None:
        """One level of nesting up."""
        self.depth -= 1
