"""A block, as the file says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridge.model.mask import Mask, mask_from_flat_parameters
from bridge.model.paths import join_path
from bridge.model.section import Entry

if TYPE_CHECKING:
    from bridge.model.system import System

# The order of the numbers in a `Ports` vector. Names are those of endpoints.
PORT_KINDS = ("in", "out", "enable", "trigger", "state", "lconn", "rconn", "ifaction", "Reset")


@dataclass(slots=True)
class PortProperties:
    """What the file says of one port: its signal's name, logging, test point, …"""

    kind: str
    number: int
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False, repr=False)
class Block:
    """A block. Parameter values are text exactly as written, never evaluated.

    `kind` is the BlockType (``Gain``, ``Reference`` for a library link). `name` may hold line breaks and slashes.
    `sid` is opaque, and None in old files. `parameters` hold what stands in the block itself; `instance_data` are a
    link's values for the parameters of its library block; nested content is in `sections`. Parameters that equal
    the file's defaults are absent: see `Model.defaults`. `ports` counts by kind (`PORT_KINDS`), None where the file
    does not say: then the block has its kind's usual ports.
    """

    kind: str
    name: str
    sid: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    instance_data: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] | None = None
    port_properties: list[PortProperties] = field(default_factory=list)
    own_mask: Mask | None = None
    subsystem: System | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    sections: list[Entry] = field(default_factory=list)
    parent: System | None = None

    def __post_init__(self) -> None:
        if self.subsystem is not None:
            self.subsystem.owner = self

    def __repr__(self) -> str:
        return f"<{self.kind} {self.path!r}>"

    def get(self, name: str, default: str | None = None) -> str | None:
        """The parameter's text, from the block or from a link's instance data; not from the file's defaults."""
        value = self.parameters.get(name)
        return self.instance_data.get(name, default) if value is None else value

    @property
    def mask(self) -> Mask | None:
        """The mask, also where an old file spells it as flat parameters. Assign to replace it."""
        return self.own_mask or mask_from_flat_parameters(self.parameters)

    @mask.setter
    def mask(self, mask: Mask | None) -> None:
        self.own_mask = mask

    @property
    def position(self) -> tuple[float, float, float, float] | None:
        """Left, top, right and bottom, in pixels from the upper left corner."""
        words = self.parameters.get("Position", "").strip("[] ").replace(",", " ").split()
        try:
            left, top, right, bottom = map(float, words)
        except ValueError:
            return None
        return left, top, right, bottom

    @property
    def source_block(self) -> str | None:
        """The path of the library block that a link shows: ``neural/Transfer Functions/logsig``."""
        return self.parameters.get("SourceBlock")

    @property
    def source_type(self) -> str | None:
        """The mask type of the library block that a link shows: ``LOGSIG``."""
        return self.parameters.get("SourceType")

    @property
    def path(self) -> str:
        """Names from the model's root to this block, without the model's own: ``Controller/Gain``."""
        names, block = [self.name], self
        while block.parent is not None and isinstance(block.parent.owner, Block):
            block = block.parent.owner
            names.append(block.name)
        return join_path(*reversed(names))
