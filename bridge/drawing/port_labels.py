"""Text and signs at the ports of a block, inside its outline."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.drawing.geometry import Box, control_sides, number_of, opposite
from bridge.drawing.lettering import fitted, text, width
from bridge.drawing.words import get
from bridge.model import Block

Defaults = Mapping[str, str]
Names = tuple[list[str], list[str]]
"""Those of the inputs and those of the outputs."""
_GLYPHS = {
    "enable": "M-5 3H-2.5V-3H2.5V3H5",
    "rising": "M-4 3H0V-3H4",
    "falling": "M-4 -3H0V3H4",
    "either": "M-5 3H-2V-3H2V3H5",
    "function-call": "M-1 4C2 4 -1 -4 2 -4M-1 -1H2M4 -4C3 -2 3 2 4 4M6 -4C7 -2 7 2 6 4",
    "ifaction": "M-2 -3L-4 0L-2 3M2 -3L4 0L2 3",
    "Reset": "M-4 3V-3L4 3",
}
"""Signs of control ports, around their middle."""


def port_labels(box: Box, inputs: list[str], outputs: list[str]) -> str:
    """The names of ports inside a box, each beside its port; along the box where ports are above and below."""
    parts = []
    for names, side in ((inputs, opposite(box.face)), (outputs, box.face)):
        lying = side in ("left", "right")
        other = outputs if names is inputs else inputs
        along = box.width if lying else box.height
        room = max(along / 2, along - max((width(name, 8.0) for name in other), default=0.0) - 4) - 5
        pitch = (box.height if lying else box.width) / max(len(names), 1)
        for k, name in enumerate(names):
            if not name:
                continue
            x, y = box.on(side, (2 * k + 1) / (2 * len(names)))
            lines, size = fitted(name, room, max(pitch, 7.8), size=8.0, wrap=False)
            if lying:
                anchor, dx = ("start", 3) if side == "left" else ("end", -3)
                parts.append(text(x + dx, y, lines, size, anchor=anchor))
            else:
                anchor, dy = ("end", 3) if side == "up" else ("start", -3)
                turned = text(x, y + dy, lines, size, anchor=anchor)
                parts.append(f'<g transform="rotate(-90 {x:g} {y + dy:g})">{turned}</g>')
    return "".join(parts)


def control_glyphs(block: Block, box: Box) -> str:
    """The signs of a subsystem's control ports, inside its upper edge."""
    parts = []
    for kind, x, y in control_sides(block, box):
        path = _GLYPHS.get(_trigger_type(block) if kind == "trigger" else kind, _GLYPHS["rising"])
        parts.append(f'<path class="c" transform="translate({x:g} {y + 6:g})" d="{path}"/>')
    return "".join(parts)


def _trigger_type(block: Block) -> str:
    inside = [] if block.subsystem is None else block.subsystem.blocks
    return next((inner.get("TriggerType") or "rising" for inner in inside if inner.kind == "TriggerPort"), "rising")


def if_names(block: Block, defaults: Defaults) -> Names:
    """The ports of an If block."""
    count = get(block, defaults, "NumInputs", "1")
    others = [text.strip() for text in get(block, defaults, "ElseIfExpressions").split(",") if text.strip()]
    outputs = [f"if({get(block, defaults, 'IfExpression', 'u1 > 0')})", *(f"elseif({text})" for text in others)]
    if get(block, defaults, "ShowElse", "on") == "on":
        outputs.append("else")
    return [f"u{k + 1}" for k in range(number_of(count, 1))], outputs


def case_names(block: Block, defaults: Defaults) -> Names:
    """The ports of a Switch Case block."""
    cases = [text.strip() for text in get(block, defaults, "CaseConditions", "{1}").strip("{} ").split(",")]
    default = ["default:"] if get(block, defaults, "ShowDefaultCase", "on") == "on" else []
    return ["u1"], [*(f"case [{text}]:" for text in cases), *default]


def choices(block: Block, defaults: Defaults) -> Names:
    """The ports of a Multiport Switch."""
    count = get(block, defaults, "Inputs", "3")
    first = 0 if get(block, defaults, "DataPortOrder").startswith("Zero") else 1
    numbers = [str(first + k) for k in range(max(number_of(count, 3), 1))]
    return ["", *numbers[:-1], f"*, {numbers[-1]}"], [""]
