"""A system: blocks, the lines between them, and notes. The root of a model, or the inside of a subsystem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridge.errors import ModelError
from bridge.model.block import Block
from bridge.model.display import drawing
from bridge.model.line import Branch, Endpoint, Line
from bridge.model.paths import as_in_path, join_path
from bridge.model.section import Entry
from bridge.suggestions import meant

if TYPE_CHECKING:
    from bridge.model.model import Model

# What `connect` takes for a port: a block (its first port), a block and a port, "Name/2", or an endpoint.
PortLike = Block | Endpoint | str | tuple[Block | str, int | str]

# The blocks that stand for a port of the subsystem around them.
_PORT_OF = {
    "Inport": "in",
    "Outport": "out",
    "EnablePort": "enable",
    "TriggerPort": "trigger",
    "ActionPort": "ifaction",
    "ResetPort": "Reset",
}
_SINKS = ("Assertion", "DataStoreWrite", "Display", "Goto", "Scope", "Stop", "Terminator", "ToFile", "ToWorkspace")
_CONTROL_KINDS = {"enable": "enable", "trigger": "trigger", "ifaction": "ifaction", "reset": "Reset", "state": "state"}


@dataclass(slots=True)
class Annotation:
    """A note in the diagram. `text` is as written, which may be HTML."""

    parameters: dict[str, str] = field(default_factory=dict)
    sid: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    sections: list[Entry] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.parameters.get("Name", "")


@dataclass(slots=True, eq=False, repr=False)
class System:
    """Blocks and lines on one level, in the order of the file. `owner` is the model, or the SubSystem block."""

    blocks: list[Block] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    annotations: list[Annotation] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    sections: list[Entry] = field(default_factory=list)
    owner: Block | Model | None = None

    def __post_init__(self) -> None:
        for block in self.blocks:
            block.parent = self

    def __repr__(self) -> str:
        return f"<System {self.path!r}, {len(self.blocks)} blocks, {len(self.lines)} lines>"

    def _repr_svg_(self) -> str | None:
        return drawing(self)

    def block(self, name: str) -> Block:
        """The block called `name`; a space also stands for a line break. Raises ModelError where there is none."""
        block = self._find(name)
        if block is None:
            near = meant(name, (as_in_path(each.name) for each in self.blocks))
            raise ModelError(self.path, f"there is no block {name!r}{near}")
        return block

    def _find(self, name: str) -> Block | None:
        # From the last one: who builds a diagram connects what was just added.
        exact = next((block for block in reversed(self.blocks) if block.name == name), None)
        if exact is not None:
            return exact
        wanted = (name, as_in_path(name), as_in_path(name.replace("//", "/")))
        return next((block for block in self.blocks if block.name in wanted or as_in_path(block.name) in wanted), None)

    def __contains__(self, name: object) -> bool:
        return any(block.name == name for block in self.blocks)

    def walk(self) -> Iterator[tuple[str, Block]]:
        """Every block below with its path from here, from the outside in, in the order of the file."""
        pending = [(join_path(block.name), block) for block in reversed(self.blocks)]
        while pending:
            path, block = pending.pop()
            yield path, block
            if block.subsystem is not None:
                inside = block.subsystem.blocks
                pending.extend((f"{path}/{join_path(inner.name)}", inner) for inner in reversed(inside))

    @property
    def model(self) -> Model | None:
        """The model that this system belongs to."""
        owner = self.owner
        while isinstance(owner, Block):
            owner = owner.parent.owner if owner.parent is not None else None
        return owner

    @property
    def path(self) -> str:
        """The path of the subsystem, or the model's name for the root."""
        if isinstance(self.owner, Block):
            return self.owner.path
        return self.owner.name if self.owner is not None else ""

    def append(self, block: Block) -> Block:
        """Take in a block made elsewhere, and give it an SID if it has none. Its name must be new here."""
        if block.name in self:
            raise ModelError(self.path, f"there is a block {block.name!r} already")
        self.blocks.append(block)
        block.parent = self
        model = self.model
        if block.sid is None and model is not None:
            block.sid = model.new_sid()
        if block.kind in _PORT_OF and isinstance(self.owner, Block):
            kinds = [_PORT_OF[inner.kind] for inner in self.blocks if inner.kind in _PORT_OF]
            self.owner.ports = {**(self.owner.ports or {}), **{kind: kinds.count(kind) for kind in kinds}}
        return block

    def add(
        self,
        kind: str,
        name: str,
        position: Sequence[float] | None = None,
        ports: dict[str, int] | None = None,
        **parameters: object,
    ) -> Block:
        """Add a block of `kind` and return it.

        `position` is left, top, right, bottom in pixels; without it blocks stand in a row. `parameters` become text
        as Simulink stores it: True is ``on``, sequences ``[1 2]``. A SubSystem comes with an empty system inside.
        """
        texts = {key: parameter_text(value) for key, value in parameters.items()}
        if position is None:
            left = 40 + 90 * (len(self.blocks) % 8)
            top = 40 + 80 * (len(self.blocks) // 8)
            position = (left, top, left + 40, top + 40)
        texts = {"Position": "[" + ", ".join(f"{value:g}" for value in position) + "]", **texts}
        inside = System() if kind == "SubSystem" else None
        return self.append(Block(kind, name, parameters=texts, ports=ports, subsystem=inside))

    def connect(
        self,
        source: PortLike,
        destination: PortLike,
        points: Sequence[tuple[float, float]] = (),
        name: str | None = None,
    ) -> Line:
        """Draw a line, or a branch of the line that leaves `source` already, and return the line.

        `points` are the corners of the new piece, each relative to the one before. `name` labels the signal.
        """
        start = self.endpoint(source, "out")
        end = self.endpoint(destination, "in")
        # Blocks are compared first, since there may be thousands of lines to look through.
        near = [each for each in self.lines if each.branches or (each.destination or end).block == end.block]
        if any(end in each.destinations for each in near):
            raise ModelError(self.path, f"{end} has a line already")
        corners = {"Points": "[" + "; ".join(f"{x:g}, {y:g}" for x, y in points) + "]"} if points else {}
        leaving = [each for each in self.lines if (each.source or start).block == start.block]
        line = next((each for each in leaving if each.source == start), None)
        if line is None:
            line = Line(end, parameters=corners, source=start)
            self.lines.append(line)
        else:
            if line.destination is not None:
                line.branches.append(Branch(line.destination))
                line.destination = None
            line.branches.append(Branch(end, parameters=corners))
        if name is not None:
            line.parameters["Name"] = name
        _grow_ports(self.block(start.block), start)
        _grow_ports(self.block(end.block), end)
        return line

    def endpoint(self, port: PortLike, kind: str) -> Endpoint:
        """The endpoint that `port` means, of `kind` ``in`` or ``out`` unless it names another (``"Sub/enable"``)."""
        if isinstance(port, Endpoint):
            return Endpoint(self.block(port.block).name, port.kind, port.number)
        if isinstance(port, Block):
            return Endpoint(self.block(port.name).name, kind)
        if isinstance(port, tuple):
            block, which = port
            name = block.name if isinstance(block, Block) else block
        elif self._find(port) is not None:
            name, which = port, 1
        else:
            name, _, which = port.rpartition("/")
            if not name:
                raise ModelError(self.path, f"there is no block {port!r}")
        kind, number = _port_kind(str(which), kind, f"{self.path}/{name}")
        return Endpoint(self.block(name).name, kind, number)


def _port_kind(text: str, kind: str, path: str) -> tuple[str, int]:
    word = text.rstrip("0123456789").lower()
    number = int(text[len(word) :] or 1)
    if not word and number > 0:
        return kind, number
    if word in ("lconn", "rconn", "in", "out") and number > 0:
        return word, number
    if word in _CONTROL_KINDS:
        return _CONTROL_KINDS[word], 1
    raise ModelError(path, f"there is no port {text!r}: a number, enable, trigger, ifaction, Reset, state, LConn1, …")


def _grow_ports(block: Block, end: Endpoint) -> None:
    """Counts that the file would not need stay unsaid: a line at the first port of each side says nothing new."""
    if block.ports is None and (end.number > 1 or end.kind not in ("in", "out")):
        block.ports = {"in": 1} if block.kind in _SINKS else {"in": 1, "out": 1}
    if block.ports is not None:
        block.ports[end.kind] = max(block.ports.get(end.kind, 0), end.number)


def parameter_text(value: object) -> str:
    """A Python value as Simulink stores it: True is ``on``, 0.5 ``0.5``, [1, 2] ``[1 2]``, text itself."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "on" if value else "off"
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        rows = [row if isinstance(row, (list, tuple)) else None for row in value]
        if rows and all(row is not None for row in rows):
            return "[" + "; ".join(" ".join(map(parameter_text, row)) for row in rows if row is not None) + "]"
        return "[" + " ".join(map(parameter_text, value)) + "]"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
