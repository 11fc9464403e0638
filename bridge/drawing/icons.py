"""What stands inside a block: its outline and its icon, as Simulink shows them. Each icon is an SVG fragment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.drawing.curves import BY_KIND
from bridge.drawing.geometry import Box, is_round_sum, number_of, opposite, sum_angles
from bridge.drawing.lettering import fitted, text, width
from bridge.drawing.library_icons import library_icon
from bridge.drawing.mask_icon import mask_icon
from bridge.drawing.port_labels import Names, case_names, choices, if_names, port_labels
from bridge.drawing.shapes import curve, extent, fraction, label, polar, polygon, rectangle
from bridge.drawing.words import get, instead, transfer_function, words
from bridge.model import Block

Defaults = Mapping[str, str]
Draw = Callable[[Block, Box, Defaults], str]


def icon(block: Block, box: Box, defaults: Defaults) -> str:
    """The outline and what is in it: what a mask draws, else what the kind shows."""
    own = mask_icon(block, _inside_gain(box) if block.kind == "Gain" else box)
    if own is not None:
        outline = _gain_outline(box) if block.kind == "Gain" else rectangle(box)
        framed = block.mask is None or block.mask.options.get("IconFrame", "on") != "off"
        return (outline if framed else "") + own
    draw = _ICONS.get(block.kind)
    if draw is not None:
        return draw(block, box, defaults)
    if block.kind in BY_KIND:
        return rectangle(box) + curve(box, BY_KIND[block.kind])
    said = words(block, defaults)
    if isinstance(said, tuple):
        return rectangle(box) + fraction(box, *said, instead=_short_fraction(block))
    short = instead(block)
    return rectangle(box) + label(box, said, instead=short, wrap=not short)


_FILTERS = {"TransferFcn": "s", "DiscreteTransferFcn": "z", "DiscreteFilter": "z"}


def _short_fraction(block: Block) -> tuple[str, str] | None:
    variable = _FILTERS.get(block.kind)
    return None if variable is None else (f"num({variable})", f"den({variable})")


def full_text(block: Block, defaults: Defaults) -> str:
    """What the block says in full, for readers who point at it."""
    said = transfer_function(block, defaults) if block.kind in _FILTERS else words(block, defaults)
    if block.kind == "Gain":
        said = get(block, defaults, "Gain", "1")
    return f"({said[0]})/({said[1]})" if isinstance(said, tuple) else said.replace("\n", " ")


def _gain_outline(box: Box) -> str:
    x, y = box.center
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    return polygon(
        {
            "right": [(left, top), (right, y), (left, bottom)],
            "left": [(right, top), (left, y), (right, bottom)],
            "up": [(left, bottom), (x, top), (right, bottom)],
            "down": [(left, top), (x, bottom), (right, top)],
        }[box.face]
    )


def _inside_gain(box: Box) -> Box:
    """Where the triangle is still wide and high: off its middle, towards the inputs."""
    x, y = box.center
    lying = box.face in ("left", "right")
    wide, high = (0.66 * box.width, 0.55 * box.height) if lying else (0.68 * box.width, 0.55 * box.height)
    x += {"right": -0.15, "left": 0.15}.get(box.face, 0.0) * box.width
    y += {"up": 0.18, "down": -0.18}.get(box.face, 0.0) * box.height
    return Box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2, box.face)


def _gain(block: Block, box: Box, defaults: Defaults) -> str:
    value = get(block, defaults, "Gain", "1")
    kind = get(block, defaults, "Multiplication")
    if kind.startswith("Matrix"):
        value, short = ("u*K" if "(u*K)" in kind else "K*u"), "K"
    else:
        short = "-K-"
    inner = _inside_gain(box)
    lines, size = fitted(value, inner.width, inner.height, instead=short, wrap=False)
    return _gain_outline(box) + text(*inner.center, lines, size, kind="i")


def _sum(block: Block, box: Box, defaults: Defaults) -> str:
    signs = get(block, defaults, "Inputs", "++").replace(" ", "")
    if not is_round_sum(block, defaults):
        if len(signs) == 1 and signs in "+-":
            return rectangle(box) + label(box, "Σ" if signs == "+" else "−Σ", 14.0)
        signs = signs.replace("|", "") if set(signs) <= set("+-|") else "+" * number_of(signs, 2)
        return rectangle(box) + _at_ports(box, signs.replace("-", "−"))
    x, y = box.center
    parts = [f'<ellipse class="o" cx="{x:g}" cy="{y:g}" rx="{box.width / 2:g}" ry="{box.height / 2:g}"/>']
    for angle, sign in sum_angles(block, box, defaults):
        px, py = polar(x, y, 0.3 * min(box.width, box.height), angle)
        size = max(5.0, min(9.0, 0.42 * box.height))
        parts.append(text(px, py, [sign.replace("-", "−")], size, kind="i"))
    return "".join(parts)


def _at_ports(box: Box, signs: str) -> str:
    """A sign beside each input."""
    side, parts = opposite(box.face), []
    size = max(6.0, min(10.0, (box.height if side in ("left", "right") else box.width) / max(len(signs), 1)))
    dx, dy = {"left": (6, 0), "right": (-6, 0), "up": (0, 6), "down": (0, -6)}[side]
    for k, sign in enumerate(signs):
        x, y = box.on(side, (2 * k + 1) / (2 * len(signs)))
        parts.append(text(x + dx, y + dy, [sign], size, kind="i"))
    return "".join(parts)


def _product(block: Block, box: Box, defaults: Defaults) -> str:
    signs = get(block, defaults, "Inputs", "2").replace(" ", "")
    if get(block, defaults, "Multiplication").startswith("Matrix"):
        return rectangle(box) + label(box, "Matrix\nMultiply", instead="×")
    if set(signs) <= set("*/") and "/" in signs and len(signs) > 1:
        return rectangle(box) + _at_ports(box, signs.replace("*", "×").replace("/", "÷"))
    alone = {"*": "Π", "1": "Π", "/": "1/Π"}.get(signs, "×")
    return rectangle(box) + label(box, alone, 14.0)


def _port(block: Block, box: Box, defaults: Defaults) -> str:
    if block.get("ShowName") == "off" and box.width <= 12 and box.height <= 12:  # a bus element port
        return f'<rect class="b" {extent(box)} rx="2"/>'
    number = get(block, defaults, "Port", "1")
    return rectangle(box, min(box.width, box.height) / 2) + label(box, number, 9.0)


def _bar(block: Block, box: Box, defaults: Defaults) -> str:
    return f'<rect class="b" {extent(box)}/>'


def _tag(block: Block, box: Box, defaults: Defaults) -> str:
    """A pointed tag: a Goto points with the flow, a From begins with a notch's point."""
    tag = get(block, defaults, "GotoTag", "A")
    tip = min(box.height / 2, 8.0, box.width / 4)
    x, y, (left, top, right, bottom) = *box.center, (box.left, box.top, box.right, box.bottom)
    side = box.face if block.kind == "Goto" else opposite(box.face)
    points = {
        "right": [(left, top), (right - tip, top), (right, y), (right - tip, bottom), (left, bottom)],
        "left": [(right, top), (left + tip, top), (left, y), (left + tip, bottom), (right, bottom)],
        "up": [(left, bottom), (left, top + tip), (x, top), (right, top + tip), (right, bottom)],
        "down": [(left, top), (left, bottom - tip), (x, bottom), (right, bottom - tip), (right, top)],
    }[side]
    inner = Box(left + tip / 2, top, right - tip / 2, bottom)
    scope = get(block, defaults, "TagVisibility", "local")
    shown = f"{{{tag}}}" if scope == "scoped" else tag if scope == "global" else f"[{tag}]"
    return polygon(points) + label(inner, shown, 9.0, wrap=False)


def _screen(block: Block, box: Box, defaults: Defaults) -> str:
    x, y, w, h = box.left + 0.2 * box.width, box.top + 0.15 * box.height, 0.6 * box.width, 0.4 * box.height
    return rectangle(box) + f'<rect class="o" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}"/>'


def _display(block: Block, box: Box, defaults: Defaults) -> str:
    inner = Box(box.left + 4, box.top + 4, box.right - 4, box.bottom - 4)
    return rectangle(box) + (rectangle(inner) if box.width > 20 and box.height > 14 else "")


def _clock(block: Block, box: Box, defaults: Defaults) -> str:
    x, y = box.center
    radius = 0.36 * min(box.width, box.height)
    return (
        rectangle(box) + f'<circle class="c" cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'
        f'<path class="c" d="M{x:g} {y - 0.7 * radius:g}V{y:g}H{x + 0.6 * radius:g}"/>'
    )


def _switch(block: Block, box: Box, defaults: Defaults) -> str:
    """A lever between the first input and the output, and the criterion beside the control input."""
    lever = "M -1 0.75 L -0.2 0.75 L 0.5 0 L 1 0 M -1 -0.75 L -0.2 -0.75"
    criterion = get(block, defaults, "Criteria", "u2 >= Threshold").removeprefix("u2").strip()
    criterion = criterion.replace("Threshold", get(block, defaults, "Threshold", "0")).replace("~=", "≠")
    parts = [rectangle(box), curve(box, lever)]
    room = 0.42 * box.width
    if block.kind == "Switch" and box.face == "right" and width(criterion, 7) <= room and box.height >= 36:
        parts.append(text(box.left + 3, box.center[1], [criterion], 7, anchor="start"))
    return "".join(parts)


def _saturate(block: Block, box: Box, defaults: Defaults) -> str:
    return rectangle(box) + curve(box, "M -1 -0.7 L -0.5 -0.7 L 0.5 0.7 L 1 0.7")


def _named_ports(names: Callable[[Block, Defaults], Names]) -> Draw:
    """A box with the names of its inputs and outputs at their ports."""

    def draw(block: Block, box: Box, defaults: Defaults) -> str:
        inputs, outputs = names(block, defaults)
        return rectangle(box) + port_labels(box, inputs, outputs)

    return draw


_ICONS: dict[str, Draw] = {
    "Gain": _gain,
    "Sum": _sum,
    "Product": _product,
    "Inport": _port,
    "InportShadow": _port,
    "Outport": _port,
    "Mux": _bar,
    "Demux": _bar,
    "BusCreator": _bar,
    "BusSelector": _bar,
    "From": _tag,
    "Goto": _tag,
    "Scope": _screen,
    "Display": _display,
    "Clock": _clock,
    "Switch": _switch,
    "ManualSwitch": _switch,
    "Saturate": _saturate,
    "If": _named_ports(if_names),
    "SwitchCase": _named_ports(case_names),
    "MultiPortSwitch": _named_ports(choices),
    "Reference": library_icon,
}
