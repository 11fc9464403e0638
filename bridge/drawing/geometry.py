"""Where blocks and their ports are: orientation, port places, and the corners of lines, in the file's own pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bridge.model import Block, Branch, Endpoint, Line, System

Point = tuple[float, float]
_FACES = ("right", "down", "left", "up")
_OUTWARD = {"right": (1.0, 0.0), "left": (-1.0, 0.0), "up": (0.0, -1.0), "down": (0.0, 1.0)}
MOST_PORTS = 1000
"""Whatever a file says, no more are drawn."""
STUB = 5.0
"""How far a port sticks out of its block, in pixels: measured on lines that Simulink drew straight."""
FARTHEST = 1e6
"""Pixels from the corner of the page; a block beyond stands in the corner."""
_CORNER = (0.0, 0.0, 30.0, 30.0)
_CONTROL = ("enable", "trigger", "ifaction", "Reset")
_CONTROL_BLOCKS = {"EnablePort": "enable", "TriggerPort": "trigger", "ActionPort": "ifaction", "ResetPort": "Reset"}
# How many ports a kind has where the file does not say.
_USUAL = {
    "Inport": (0, 1), "Outport": (1, 0), "Constant": (0, 1), "Ground": (0, 1), "Terminator": (1, 0), "From": (0, 1),
    "Goto": (1, 0), "FromWorkspace": (0, 1), "ToWorkspace": (1, 0), "Scope": (1, 0), "Display": (1, 0), "Step": (0, 1),
    "Sin": (0, 1), "Clock": (0, 1), "Sum": (2, 1), "Product": (2, 1), "Switch": (3, 1), "RelationalOperator": (2, 1),
    "Mux": (2, 1), "Demux": (1, 2), "EnablePort": (0, 0), "TriggerPort": (0, 0), "ActionPort": (0, 0),
    "SignalGenerator": (0, 1), "DiscretePulseGenerator": (0, 1), "DataStoreMemory": (0, 0), "DataStoreRead": (0, 1),
    "DataStoreWrite": (1, 0), "Ramp": (0, 1), "DigitalClock": (0, 1), "Stop": (1, 0), "ToFile": (1, 0),
    "FromFile": (0, 1), "MinMax": (2, 1), "MultiPortSwitch": (3, 1), "ManualSwitch": (2, 1), "Logic": (2, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Box:
    """A block's rectangle and the side to which its outputs face."""

    left: float
    top: float
    right: float
    bottom: float
    face: str = "right"

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def center(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def on(self, side: str, share: float) -> Point:
        """The point at `share` of the way along a side, from the left or the top."""
        if side in ("left", "right"):
            return (self.left if side == "left" else self.right), self.top + share * self.height
        return self.left + share * self.width, (self.top if side == "up" else self.bottom)


def opposite(side: str) -> str:
    """The side across."""
    return _FACES[(_FACES.index(side) + 2) % 4]


def box_of(block: Block, defaults: Mapping[str, str] | None = None) -> Box:
    """The block's place; blocks without a position stand in the corner."""
    left, top, right, bottom = block.position or _CORNER
    if not all(abs(place) <= FARTHEST for place in (left, top, right, bottom)):  # nor where one is no number
        left, top, right, bottom = _CORNER
    return Box(left, top, max(right, left + 1), max(bottom, top + 1), facing(block, defaults or {}))


def facing(block: Block, defaults: Mapping[str, str]) -> str:
    """The side of the outputs: ``Orientation`` in older files, ``BlockRotation`` and ``BlockMirror`` in newer ones."""

    def get(name: str) -> str:
        return block.parameters.get(name, defaults.get(name, ""))

    if get("Orientation") in _FACES:
        return get("Orientation")
    try:
        turns = round(float(get("BlockRotation") or 0) / 90) % 4
    except (ValueError, OverflowError):  # no number, or none that ends
        turns = 0
    face = _FACES[turns]
    # Mirroring swaps the ends of a block that lies; of one that stands it swaps the sides, which moves no face.
    return opposite(face) if get("BlockMirror") == "on" and face in ("left", "right") else face


class Level:
    """A system as it is drawn: its blocks by name, and the ports that lines reach, looked up once for all of them."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.blocks = {block.name: block for block in system.blocks}
        ends = (end for line in system.lines for end in (line.source, *line.destinations) if end is not None)
        self.reached = frozenset(ends)
        self.most: dict[tuple[str, str], int] = {}
        """The highest number of a port that a line reaches, by block and kind of port."""
        for end in self.reached:
            self.most[end.block, end.kind] = max(end.number, self.most.get((end.block, end.kind), 0))


def port_count(level: Level, block: Block) -> tuple[int, int]:
    """Inputs and outputs: as the file says, as lines use, or as the kind usually has; each at most `MOST_PORTS`."""
    if block.ports is not None:
        return min(block.ports.get("in", 0), MOST_PORTS), min(block.ports.get("out", 0), MOST_PORTS)
    usual = _USUAL.get(block.kind, (1, 1))
    inputs, outputs = (level.most.get((block.name, kind), 0) for kind in ("in", "out"))
    return max(usual[0], inputs), max(usual[1], outputs)


def number_of(text: str, default: int) -> int:
    """A number of ports as a parameter says it, at most `MOST_PORTS`; `default` where it is no number."""
    return min(int(text[:9]), MOST_PORTS) if text.isascii() and text.isdecimal() else default


def is_round_sum(block: Block, defaults: Mapping[str, str]) -> bool:
    """Whether a Sum is drawn as a circle."""
    shape = block.parameters.get("IconShape", defaults.get("IconShape", "round"))
    box = box_of(block, defaults)
    return block.kind == "Sum" and shape == "round" and 0.6 < box.width / box.height < 1.6


def sum_places(block: Block, defaults: Mapping[str, str]) -> list[tuple[float, str]]:
    """For a round Sum the angle in degrees, counter-clockwise from the right, and the sign of each port.

    The ports stand on the half circle away from the output, evenly, one place for each character of ``|+-``; a bar
    leaves its place free.
    """
    signs = block.parameters.get("Inputs", defaults.get("Inputs", "|++")).replace(" ", "")
    if not set(signs) <= set("+-|") or not signs:
        signs = "+" * number_of(signs, 2)
    if len(signs) == 1:
        return [(180.0, signs)]
    step = 180.0 / (len(signs) - 1)
    return [(90.0 + k * step, sign) for k, sign in enumerate(signs) if sign != "|"]


def sum_angles(block: Block, box: Box, defaults: Mapping[str, str]) -> list[tuple[float, str]]:
    """The same for the block as it stands: turned, or mirrored so that the first port stays on top."""
    places = sum_places(block, defaults)
    if box.face == "left":
        return [(180.0 - angle, sign) for angle, sign in places]
    turn = {"right": 0.0, "up": 90.0, "down": 270.0}[box.face]
    return [(angle + turn, sign) for angle, sign in places]


def control_sides(block: Block, box: Box) -> list[tuple[str, float, float]]:
    """Kind and place of a block's control ports: evenly along the side that is on top where the block faces right."""
    if block.ports is not None:
        kinds = [kind for kind in _CONTROL if block.ports.get(kind)]
    else:
        blocks = [] if block.subsystem is None else block.subsystem.blocks
        inside = {_CONTROL_BLOCKS.get(inner.kind) for inner in blocks}
        kinds = [kind for kind in _CONTROL if kind in inside]
    side = {"right": "up", "left": "up", "down": "right", "up": "left"}[box.face]
    return [(kind, *box.on(side, (2 * k + 1) / (2 * len(kinds)))) for k, kind in enumerate(kinds)]


def port_point(level: Level, block: Block, end: Endpoint, defaults: Mapping[str, str]) -> Point:
    """Where a line meets the block."""
    box = box_of(block, defaults)
    inputs, outputs = port_count(level, block)
    if end.kind in ("out", "rconn"):
        side, count = box.face, max(outputs if end.kind == "out" else _count(block, "rconn"), end.number)
    elif end.kind == "state":
        return box.on("down", 0.5)
    elif end.kind in _CONTROL:
        there = [(x, y) for kind, x, y in control_sides(block, box) if kind == end.kind]
        return there[0] if there else box.on("up", 0.5)
    else:
        side, count = opposite(box.face), max(inputs if end.kind == "in" else _count(block, "lconn"), end.number)
        if is_round_sum(block, defaults):
            angles = sum_angles(block, box, defaults)
            if end.number <= len(angles):
                radians = math.radians(angles[end.number - 1][0])
                x, y = box.center
                return x + box.width / 2 * math.cos(radians), y - box.height / 2 * math.sin(radians)
    return box.on(side, (2 * end.number - 1) / (2 * count))


def _count(block: Block, kind: str) -> int:
    return (block.ports or {}).get(kind, 0)


def _is_lying(port: Point, box: Box) -> bool:
    """Whether a line meets the block there from the left or the right."""
    x, y = box.center
    return abs(port[0] - x) / box.width >= abs(port[1] - y) / box.height


def _reaching(corners: list[Point], port: Point, box: Box) -> list[Point]:
    """The corners and the port, joined at right angles: the last stretch of a line is not in the file."""
    (x, y), (px, py) = corners[-1], port
    lying = _is_lying(port, box)
    off, along = (py - y, px - x) if lying else (px - x, py - y)
    middle_x, middle_y = box.center
    outward = (px - middle_x if lying else py - middle_y) or 1.0
    if along * outward > 0 and abs(off) > STUB and abs(along) > STUB:
        # The line comes from behind: it goes round to the side on which the port is.
        beyond = math.copysign(3 * STUB, outward)
        round_ = [(px + beyond, y), (px + beyond, py)] if lying else [(x, py + beyond), (px, py + beyond)]
        return [*corners, *round_, port]
    if off == 0:
        return [*corners, port]
    if len(corners) > 2:
        # The stretch before runs across: it goes on until it is level with the port.
        (bx, by) = corners[-2]
        if lying and bx == x:
            return [*corners[:-1], (x, py), port]
        if not lying and by == y:
            return [*corners[:-1], (px, y), port]
    if abs(off) <= STUB:  # the file's pixels are whole numbers, and ports may lie between them
        return [*corners, (px, y) if lying else (x, py)]
    middle = (x + along / 2 if lying else x), (y if lying else y + along / 2)
    after = (middle[0], py) if lying else (px, middle[1])
    return [*corners, middle, after, port]


def line_pieces(
    level: Level, line: Line, defaults: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[list[Point], Branch]]:
    """Each piece of a line as its corners, two or more; branches begin where their stem ends."""
    blocks = level.blocks
    pending: list[tuple[Branch, list[Point]]]
    if line.source is None:  # the first corner of a line from nowhere counts from the corner of the page
        pending = [(line, [(0.0, 0.0)])] if line.points else []
    elif line.source.block in blocks:
        source = blocks[line.source.block]
        own = defaults.get(source.kind, {})
        x, y = port_point(level, source, line.source, own)
        box = box_of(source, own)
        # Corners count from the tip of the port, which sticks out of the block.
        dx, dy = _OUTWARD[opposite(box.face) if line.source.kind == "lconn" else box.face]
        pending = [(line, [(x, y), (x + STUB * dx, y + STUB * dy)])]
    else:
        return
    while pending:
        piece, corners = pending.pop()
        for dx, dy in piece.points:
            if not (abs(dx) <= FARTHEST and abs(dy) <= FARTHEST):  # nor where one is no number
                continue
            corners.append((corners[-1][0] + dx, corners[-1][1] + dy))
        if piece is line and line.source is None:
            del corners[0]
        end = piece.destination
        if end is not None and end.block in blocks:
            target = blocks[end.block]
            port = port_point(level, target, end, defaults.get(target.kind, {}))
            corners = _reaching(corners, port, box_of(target, defaults.get(target.kind, {})))
        pending.extend((branch, [corners[-1]]) for branch in reversed(piece.branches))
        corners = [point for k, point in enumerate(corners) if k == 0 or point != corners[k - 1]]
        if len(corners) > 1:
            yield corners, piece
