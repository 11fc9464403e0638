"""The icons of links into the libraries that come with Simulink; other links show the name of their block."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.drawing.curves import BY_LIBRARY
from bridge.drawing.geometry import Box
from bridge.drawing.shapes import curve, label, rectangle
from bridge.drawing.words import RELATIONS, words
from bridge.model import Block

_OURS = ("neural/", "simulink/", "simulink_extras/", "slpidlib/")
_SHORT = {"Degrees to Radians": "D2R", "Radians to Degrees": "R2D"}


def library_icon(block: Block, box: Box, defaults: Mapping[str, str]) -> str:
    """The outline and the icon of a link."""
    source = " ".join((block.source_block or "").split())
    name = source.rpartition("/")[2]
    if source.startswith(_OURS) and name in BY_LIBRARY:
        return rectangle(box) + curve(box, BY_LIBRARY[name])
    shown = _shown(block, name) if source.startswith(_OURS) else None
    if shown is None:
        said = words(block, defaults)
        shown = said if isinstance(said, str) else ""
    return rectangle(box) + label(box, shown, instead="PID" if name.startswith("PID") else "")


def _shown(block: Block, name: str) -> str | None:
    relation = block.get("relop") or "<="
    if name == "Compare To Constant":
        return f"{RELATIONS.get(relation, relation)} {block.get('const') or '3.0'}"
    if name == "Compare To Zero":
        return f"{RELATIONS.get(relation, relation)} 0"
    if name.startswith("PID Controller"):
        discrete = (block.get("TimeDomain") or "").lower().startswith("discrete")
        return f"{block.get('Controller') or 'PID'}({'z' if discrete else 's'})"
    return _SHORT.get(name)
