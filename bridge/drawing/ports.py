"""The ports of blocks: names inside subsystems, and the angle that an unconnected port shows."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.drawing.geometry import Box, Level, box_of, is_round_sum, opposite, port_count, port_point
from bridge.drawing.mask_icon import mask_icon, port_labels_of, shows_ports
from bridge.drawing.port_labels import control_glyphs, port_labels
from bridge.drawing.shapes import label
from bridge.model import Block, Endpoint

_MOST = 200
"""A block with more ports shows no angles."""
_OUTWARD = {"right": (1, 0), "left": (-1, 0), "up": (0, -1), "down": (0, 1)}


def port_names(level: Level, block: Block, box: Box) -> str:
    """The names of a block's ports inside it: those of the blocks inside a subsystem, or what its mask says."""
    inputs, outputs = port_count(level, block)
    said = port_labels_of(block)
    if block.subsystem is None:
        if not any(said.values()):
            return ""
        inside: list[Block] = []
    elif not (shows_ports(block) or any(said.values()) or mask_icon(block, box) is None):
        return control_glyphs(block, box)
    else:
        hidden = (block.get("ShowPortLabels") or "FromPortIcon") in ("none", "off")
        inside = [] if hidden else block.subsystem.blocks
    names = []
    for kind, count, own in (("Inport", inputs, said["inputs"]), ("Outport", outputs, said["outputs"])):
        found = {int(number): inner.name for inner in inside
                 if inner.kind == kind and (number := inner.parameters.get("Port", "1")).isdecimal()}  # fmt: skip
        names.append([" ".join((own.get(k) or found.get(k, "")).split()) for k in range(1, count + 1)])
    return port_labels(box, *names) + control_glyphs(block, box) + _badge(block, box)


def _badge(block: Block, box: Box) -> str:
    """What a chart and a MATLAB Function show in their middle."""
    kind = block.get("SFBlockType", "NONE")
    middle = Box(box.left + 0.3 * box.width, box.top, box.right - 0.3 * box.width, box.bottom)
    if kind == "MATLAB Function":
        return label(middle, "fcn")
    if kind not in (None, "NONE", ""):
        x, y = box.center
        return (
            f'<path class="c" d="M{x - 9:g} {y - 8:g}h8v6h-8zM{x + 1:g} {y + 2:g}h8v6h-8zM{x - 1:g} {y - 5:g}h6v7"/>'
            if min(box.width, box.height) > 24
            else ""
        )
    return ""


def open_ports(level: Level, block: Block, defaults: Mapping[str, str]) -> str:
    """A small angle at every port that no line reaches."""
    if block.position is None:
        return ""
    box, parts = box_of(block, defaults), []
    inputs, outputs = port_count(level, block)
    for kind, count, side in (("in", inputs, opposite(box.face)), ("out", outputs, box.face)):
        for number in range(1, count + 1):
            end = Endpoint(block.name, kind, number)
            if end in level.reached or count > _MOST:
                continue
            x, y = port_point(level, block, end, defaults)
            dx, dy = _OUTWARD[side] if not (kind == "in" and is_round_sum(block, defaults)) else _away(box, x, y)
            # Both point along the flow: into an input, out of an output.
            tip, back = (1, 5) if kind == "in" else (5, 1)
            wings = [(x + back * dx + turn * dy, y + back * dy - turn * dx) for turn in (-3, 3)]
            corners = [wings[0], (x + tip * dx, y + tip * dy), wings[1]]
            parts.append(f'<polyline class="v" points="{" ".join(f"{px:.5g},{py:.5g}" for px, py in corners)}"/>')
    return "".join(parts)


def _away(box: Box, x: float, y: float) -> tuple[float, float]:
    cx, cy = box.center
    length = max(((x - cx) ** 2 + (y - cy) ** 2) ** 0.5, 1e-9)
    return (x - cx) / length, (y - cy) / length
