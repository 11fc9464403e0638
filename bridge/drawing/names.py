"""Whether and where a block's name stands beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bridge.drawing.geometry import Box
from bridge.drawing.lettering import broken, text, width
from bridge.drawing.sheet import Sheet
from bridge.model import Block

_SIZE = 10.0
_SINCE = "R2017a"
"""The release from which Simulink hides names that it gave itself, and says on which side a name stands."""
# Names that the library gives, where they are not the kind itself.
_LIBRARY_NAMES = {
    "Sin": "SineWave", "Sum": "Sum Add Subtract SumofElements", "Product": "Product Divide ProductofElements "
    "MatrixMultiply", "Logic": "LogicalOperator AND OR NOT NAND NOR XOR", "SubSystem": "Subsystem",
    "Saturate": "Saturation", "DiscretePulseGenerator": "PulseGenerator", "Signum": "Sign", "Fcn": "Fcn",
    "TransferFcn": "TransferFcn", "Math": "MathFunction", "Trigonometry": "TrigonometricFunction",
    "Rounding": "RoundingFunction", "Lookup_n-D": "1-DLookupTable 2-DLookupTable n-DLookupTable",
    "MultiPortSwitch": "MultiportSwitch IndexVector", "DiscreteIntegrator": "Discrete-TimeIntegrator",
    "DiscreteStateSpace": "DiscreteState-Space", "StateSpace": "State-Space", "ZeroPole": "Zero-Pole",
    "ZeroOrderHold": "Zero-OrderHold", "Sqrt": "Sqrt SquareRoot", "DataStoreMemory": "DataStoreMemory",
    "Inport": "In Inport", "Outport": "Out Outport", "S-Function": "S-Function SFunction", "Delay": "Delay",
    "InitialCondition": "IC", "Reference": "", "MinMax": "MinMax", "ActionPort": "ActionPort", "If": "If",
}  # fmt: skip


def name_shown(block: Block, defaults: Mapping[str, str], release: str | None) -> bool:
    """Whether Simulink shows the name."""
    if (block.get("ShowName") or defaults.get("ShowName", "on")) == "off":
        return False
    usual = "on" if release is None or release >= _SINCE else "off"
    hides = (block.get("HideAutomaticName") or defaults.get("HideAutomaticName", usual)) == "on"
    return not (hides and is_automatic(block))


def is_automatic(block: Block) -> bool:
    """Whether the name is the library's, perhaps with a number."""
    if block.kind in ("Inport", "Outport"):
        return False  # they name the ports of what is around them
    name = re.sub(r"\s+|\d+$", "", block.name)
    source = re.sub(r"\s+", "", (block.source_block or "").rpartition("/")[2])
    return name in {block.kind, source, *_LIBRARY_NAMES.get(block.kind, "").split()} - {""}


def name(sheet: Sheet, block: Block, box: Box, release: str | None) -> str:
    """The name beside the block; below it, unless the file says otherwise."""
    size = float(block.get("FontSize") or _SIZE) if (block.get("FontSize") or "10").isdecimal() else _SIZE
    size = min(max(size, 7.0), 24.0)
    lines = block.name.split("\n")
    if len(lines) == 1 and width(lines[0], size) > max(160.0, 1.5 * box.width):
        lines = broken(lines[0], max(120.0, 1.5 * box.width), size) or lines
    wide, high = max(width(line, size) for line in lines), 1.2 * size * len(lines)
    place = block.get("NameLocation") or _older_place(block, box, release)
    x, y = box.center
    anchor = "middle"
    if place == "left":
        anchor, x, left = "end", box.left - 4, box.left - 4 - wide
    elif place == "right":
        anchor, x, left = "start", box.right + 4, box.right + 4
    else:
        left = x - wide / 2
        y = box.bottom + 2 + high / 2 if place == "bottom" else box.top - 2 - high / 2
    sheet.occupy((left, y - high / 2, left + wide, y + high / 2))
    return text(x, y, lines, size, anchor=anchor, kind="n")


def _older_place(block: Block, box: Box, release: str | None) -> str:
    """Older files know the usual side and the other: below and above, or left and right of a block that stands."""
    other = block.get("NamePlacement") == "alternate"
    if box.face in ("up", "down") and release is not None and release < _SINCE:
        return "right" if other else "left"
    return "top" if other else "bottom"
