"""What stands inside a block: its outline and its icon, as Simulink shows them. Each icon is an SVG fragment."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from bridge.drawing.geometry import Box, is_round_sum, opposite, sum_places
from bridge.model import Block

Defaults = Mapping[str, str]


def icon(block: Block, box: Box, defaults: Defaults) -> str:
    """The outline and what is in it."""
    draw = _ICONS.get(block.kind)
    if draw is not None:
        return draw(block, box, defaults)
    return rectangle(box) + label(box, _text(block, defaults))


def rectangle(box: Box, radius: float = 0.0) -> str:
    """The usual outline."""
    return f'<rect class="o" {_extent(box)} rx="{radius:g}"/>'


def _extent(box: Box) -> str:
    return f'x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{box.height:g}"'


def label(box: Box, text: str, size: float = 10.0) -> str:
    """Text in the middle, smaller where it would not fit; two lines for a fraction such as ``1|z``."""
    upper, bar, lower = text.partition("|")
    longest = max(len(upper), len(lower), 1)
    size = max(4.0, min(size, 1.7 * box.width / longest, box.height / (2.3 if bar else 1.2)))
    x, y = box.center
    if not bar:
        return f'<text class="i" x="{x:g}" y="{y + size * 0.35:g}" font-size="{size:g}">{escape(upper)}</text>'
    half = size * 0.3 * longest + 1
    return (
        f'<text class="i" x="{x:g}" y="{y - size * 0.25:g}" font-size="{size:g}">{escape(upper)}</text>'
        f'<line class="o" x1="{x - half:g}" y1="{y:g}" x2="{x + half:g}" y2="{y:g}"/>'
        f'<text class="i" x="{x:g}" y="{y + size * 0.95:g}" font-size="{size:g}">{escape(lower)}</text>'
    )


def _get(block: Block, defaults: Defaults, name: str, default: str = "") -> str:
    return block.get(name) or defaults.get(name, default)


def _text(block: Block, defaults: Defaults) -> str:
    """What most rectangles show: a value, a fraction in z or s, or the kind."""
    kind = block.kind
    fixed = {
        "UnitDelay": "1|z", "Integrator": "1|s", "DiscreteIntegrator": "K Ts|z-1", "Derivative": "du|dt",
        "ZeroOrderHold": "ZOH", "Memory": "mem", "Abs": "|u|".replace("|", "∣"), "Signum": "sgn", "Sqrt": "√u",
        "DataTypeConversion": "Convert", "UnaryMinus": "-u", "DotProduct": "·", "Clock": "t", "TransportDelay": "delay",
        "SubSystem": "", "S-Function": block.get("FunctionName") or "system", "ModelReference": "model",
    }  # fmt: skip
    if kind in fixed:
        return fixed[kind]
    if kind == "Delay":
        length = _get(block, defaults, "DelayLength", "2")
        return f"z^-{length}" if len(length) < 5 else "delay"
    if kind in ("TransferFcn", "DiscreteTransferFcn"):
        variable = "s" if kind == "TransferFcn" else "z"
        numerator, denominator = (_get(block, defaults, name, "[1]") for name in ("Numerator", "Denominator"))
        return f"{polynomial(numerator, variable)}|{polynomial(denominator, variable)}"
    named = {
        "Constant": ("Value", "1"), "Bias": ("Bias", "0.0"), "Fcn": ("Expr", "f(u)"),
        "FromWorkspace": ("VariableName", "simin"), "ToWorkspace": ("VariableName", "simout"),
        "Math": ("Operator", "exp"), "Trigonometry": ("Operator", "sin"), "RelationalOperator": ("Operator", "<="),
        "Logic": ("Operator", "AND"), "MinMax": ("Function", "min"), "Rounding": ("Operator", "floor"),
        "From": ("GotoTag", "A"), "Goto": ("GotoTag", "A"),
        "DataStoreRead": ("DataStoreName", "A"), "DataStoreWrite": ("DataStoreName", "A"),
    }  # fmt: skip
    if kind in named:
        return _get(block, defaults, *named[kind])
    if kind == "Reference":
        return block.name.replace("\n", " ") if not block.source_block else block.source_block.rpartition("/")[2]
    return kind


def polynomial(text: str, variable: str) -> str:
    """``[1 2 0]`` as ``s^2+2s``; anything that is no list of numbers as it stands."""
    try:
        numbers = [float(word) for word in text.strip("[] ").replace(",", " ").split()]
    except ValueError:
        return text
    terms = []
    for power, value in zip(range(len(numbers) - 1, -1, -1), numbers, strict=True):
        if value == 0:
            continue
        factor = f"{value:g}" if value != 1 or power == 0 else ""
        terms.append(factor + ("" if power == 0 else variable if power == 1 else f"{variable}^{power}"))
    return "+".join(terms).replace("+-", "-") or "0"


def _gain(block: Block, box: Box, defaults: Defaults) -> str:
    x, y = box.center
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    points = {
        "right": f"{left:g},{top:g} {right:g},{y:g} {left:g},{bottom:g}",
        "left": f"{right:g},{top:g} {left:g},{y:g} {right:g},{bottom:g}",
        "up": f"{left:g},{bottom:g} {x:g},{top:g} {right:g},{bottom:g}",
        "down": f"{left:g},{top:g} {x:g},{bottom:g} {right:g},{top:g}",
    }[box.face]
    value = _get(block, defaults, "Gain", "1")
    matrix = _get(block, defaults, "Multiplication").startswith("Matrix")
    shown = value if len(value) <= 8 else "-K-"
    if matrix and len(value) > 8:
        shown = "K*u" if "K*u" in _get(block, defaults, "Multiplication") else "u*K"
    shift = {"right": (-0.14, 0.0), "left": (0.14, 0.0), "up": (0.0, 0.16), "down": (0.0, -0.16)}[box.face]
    dx, dy = shift[0] * box.width, shift[1] * box.height
    inner = Box(left + dx, top + dy, right + dx, bottom + dy)
    return f'<polygon class="o" points="{points}"/>' + label(inner, shown, 9.0 if len(shown) < 5 else 7.0)


def _sum(block: Block, box: Box, defaults: Defaults) -> str:
    if not is_round_sum(block, defaults):
        signs = _get(block, defaults, "Inputs", "++").replace("|", "")
        if not set(signs) <= set("+-") or not signs:
            signs = "+" * (int(signs) if signs.isdecimal() else 2)
        words = []
        side = opposite(box.face)
        for k, sign in enumerate(signs):
            x, y = box.on(side, (2 * k + 1) / (2 * len(signs)))
            dx, dy = {"left": (6, 3), "right": (-6, 3), "up": (0, 10), "down": (0, -3)}[side]
            text = sign.replace("-", "−")
            words.append(f'<text class="i" x="{x + dx:g}" y="{y + dy:g}" font-size="10">{text}</text>')
        return rectangle(box) + "".join(words)
    x, y = box.center
    parts = [f'<ellipse class="o" cx="{x:g}" cy="{y:g}" rx="{box.width / 2:g}" ry="{box.height / 2:g}"/>']
    turn = {"right": 0.0, "up": 90.0, "left": 0.0, "down": 270.0}[box.face]
    for angle, sign in sum_places(block, defaults):
        angle = 180.0 - angle if box.face == "left" else angle
        radians = math.radians(angle + turn)
        px, py = x + 0.3 * box.width * math.cos(radians), y - 0.3 * box.height * math.sin(radians)
        size = max(5.0, min(9.0, 0.42 * box.height))
        text = sign.replace("-", "−")
        parts.append(f'<text class="i" x="{px:g}" y="{py + size * 0.35:g}" font-size="{size:g}">{text}</text>')
    return "".join(parts)


def _product(block: Block, box: Box, defaults: Defaults) -> str:
    signs = _get(block, defaults, "Inputs", "2")
    matrix = _get(block, defaults, "Multiplication").startswith("Matrix")
    text = "÷" if "/" in signs and set(signs) <= set("*/") and len(signs) <= 2 else "×"
    return rectangle(box) + label(box, f"Matrix {text}" if matrix else text, 14.0)


def _port(block: Block, box: Box, defaults: Defaults) -> str:
    return rectangle(box, box.height / 2) + label(box, _get(block, defaults, "Port", "1"), 9.0)


def _bar(block: Block, box: Box, defaults: Defaults) -> str:
    return f'<rect class="b" {_extent(box)}/>'


def _tag(block: Block, box: Box, defaults: Defaults) -> str:
    return rectangle(box, 3.0) + label(box, f"[{_get(block, defaults, 'GotoTag', 'A')}]", 9.0)


def _screen(block: Block, box: Box, defaults: Defaults) -> str:
    x, y, w, h = box.left + 0.2 * box.width, box.top + 0.15 * box.height, 0.6 * box.width, 0.4 * box.height
    return rectangle(box) + f'<rect class="o" x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}"/>'


def _curve(path: str) -> Callable[[Block, Box, Defaults], str]:
    """An icon drawn in a square from -1 to 1, x to the right and y upwards."""

    def draw(block: Block, box: Box, defaults: Defaults) -> str:
        x, y = box.center
        words = []
        numbers = iter(path.split())
        for word in numbers:
            px, py = float(next(numbers)), float(next(numbers))
            words.append(f"{word}{x + px * 0.38 * box.width:.4g} {y - py * 0.38 * box.height:.4g}")
        return rectangle(box) + f'<path class="c" d="{" ".join(words)}"/>'

    return draw


def _trace(values: Callable[[float], float], count: int = 24) -> str:
    points = [(2 * k / count - 1, values(2 * k / count - 1)) for k in range(count + 1)]
    return " ".join(f"{'M' if k == 0 else 'L'} {x:.3f} {y:.3f}" for k, (x, y) in enumerate(points))


def _reference(block: Block, box: Box, defaults: Defaults) -> str:
    source = " ".join((block.source_block or "").split())
    curve = _LIBRARY.get(source.rpartition("/")[2])
    if curve is not None and source.startswith("neural/"):
        return _curve(curve)(block, box, defaults)
    return rectangle(box) + label(box, _text(block, defaults))


_LIBRARY = {
    "logsig": _trace(lambda x: 2 / (1 + math.exp(-5 * x)) - 1),
    "tansig": _trace(lambda x: math.tanh(3 * x)),
    "purelin": "M -1 -1 L 1 1",
    "poslin": "M -1 0 L 0 0 L 1 1",
    "satlin": "M -1 -1 L -0.4 -1 L 0.4 1 L 1 1",
    "hardlim": "M -1 -1 L 0 -1 L 0 1 L 1 1",
}
_ICONS: dict[str, Callable[[Block, Box, Defaults], str]] = {
    "Gain": _gain,
    "Sum": _sum,
    "Product": _product,
    "Inport": _port,
    "Outport": _port,
    "Mux": _bar,
    "Demux": _bar,
    "BusCreator": _bar,
    "BusSelector": _bar,
    "From": _tag,
    "Goto": _tag,
    "Scope": _screen,
    "Reference": _reference,
    "Saturate": _curve("M -1 -0.7 L -0.5 -0.7 L 0.5 0.7 L 1 0.7"),
    "DeadZone": _curve("M -1 -0.8 L -0.3 0 L 0.3 0 L 1 0.8"),
    "Relay": _curve("M -1 -0.7 L 0.4 -0.7 L 0.4 0.7 M 1 0.7 L -0.4 0.7 L -0.4 -0.7"),
    "Step": _curve("M -1 -0.7 L 0 -0.7 L 0 0.7 L 1 0.7"),
    "Sin": _curve(_trace(lambda x: math.sin(math.pi * x))),
    "Switch": _curve("M -1 0.7 L -0.3 0.7 L 0.5 0 L 1 0 M -1 -0.7 L -0.3 -0.7"),
    "ManualSwitch": _curve("M -1 0.7 L -0.3 0.7 L 0.5 0 L 1 0 M -1 -0.7 L -0.3 -0.7"),
    "DiscretePulseGenerator": _curve("M -1 -0.7 L -0.5 -0.7 L -0.5 0.7 L 0 0.7 L 0 -0.7 L 0.5 -0.7 L 0.5 0.7 L 1 0.7"),
    "Ground": _curve("M 0 0.8 L 0 0 M -0.8 0 L 0.8 0 M -0.5 -0.4 L 0.5 -0.4 M -0.2 -0.8 L 0.2 -0.8"),
    "Terminator": _curve("M -0.8 0 L 0.6 0 M 0.6 0.8 L 0.6 -0.8"),
}
