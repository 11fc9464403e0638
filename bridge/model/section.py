"""The generic tree: named values in order, for everything in a file that has no meaning of its own here.

Its shape is that of the XML parts, which can say more than classic files: a `Parameter` is ``<P Name="…">value</P>``,
a `Section` any other element. A classic ``Object { $PropName "Mask" … }`` has the same tree as
``<Object PropName="Mask">``, so that a tree read from one form can be written in another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Parameter:
    """One named value, as text exactly as written. `attributes` are those beside the name: ``Class``, ``Ref``."""

    name: str
    value: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Section:
    """A named node with `attributes`, ordered `entries` (names may repeat) and, where it is a leaf, `text`."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    entries: list[Parameter | Section] = field(default_factory=list)
    text: str = ""

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of the last parameter called `name`: in MATLAB a later value replaces an earlier one."""
        for entry in reversed(self.entries):
            if entry.name == name and isinstance(entry, Parameter):
                return entry.value
        return default

    def set(self, name: str, value: str) -> None:
        """Give the last parameter called `name` a new value, or add it at the end."""
        for entry in reversed(self.entries):
            if entry.name == name and isinstance(entry, Parameter):
                entry.value = value
                return
        self.entries.append(Parameter(name, value))

    @property
    def parameters(self) -> dict[str, str]:
        """All values by name; of repeated names the last. Order as written."""
        return {entry.name: entry.value for entry in self.entries if isinstance(entry, Parameter)}

    def sections(self, name: str | None = None) -> Iterator[Section]:
        """The sections directly inside, or those called `name`."""
        for entry in self.entries:
            if isinstance(entry, Section) and (name is None or entry.name == name):
                yield entry

    def section(self, name: str) -> Section | None:
        """The first section called `name` directly inside."""
        return next(self.sections(name), None)

    def walk(self) -> Iterator[Section]:
        """This section and all below it, from the outside in, as written."""
        pending = [self]
        while pending:
            section = pending.pop()
            yield section
            pending.extend(reversed([entry for entry in section.entries if isinstance(entry, Section)]))


Entry = Parameter | Section
