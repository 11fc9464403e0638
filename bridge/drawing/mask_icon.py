"""What a mask's drawing commands show, as far as it stands in them as text and numbers. Nothing is evaluated.

``disp``, ``fprintf``, ``text``, ``port_label``, ``plot``, ``patch``, ``color``, ``dpoly`` and ``image`` with literal
arguments; a command with variables or calls inside is passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from bridge.drawing.colours import colour
from bridge.drawing.geometry import Box
from bridge.drawing.lettering import fitted, text
from bridge.drawing.shapes import fraction, label
from bridge.drawing.words import polynomial
from bridge.model import Block

_LONGEST = 20_000
"""Characters of a drawing script that are looked at."""
_SIDES = {"input": "inputs", "output": "outputs"}


def mask_icon(block: Block, box: Box) -> str | None:
    """The drawing inside the box; None where the mask draws nothing that can be told from its text."""
    mask = block.mask
    if mask is None or not mask.display.strip() or block.get("SFBlockType", "NONE") not in ("NONE", ""):
        return None
    plots: list[tuple[list[float], list[float]]] = []
    words: list[str] = []
    tone, understood = None, False
    for name, arguments in _commands(mask.display):
        first = arguments[0] if arguments else ""
        understood = understood or name == "port_label"
        if name in ("disp", "fprintf") and _is_text(first):
            words.append(label(box, _text(first).strip("\n")))
        elif name == "text" and len(arguments) > 2 and _is_text(arguments[2]):
            words.append(_placed(box, arguments, mask.options.get("IconUnits", "autoscale") == "pixels"))
        elif name in ("color", "colour"):
            tone = colour(_text(first)) if _is_text(first) else tone
        elif name in ("plot", "patch"):
            plots += _pairs(arguments)
        elif name == "dpoly" and len(arguments) > 1:
            variable = _text(arguments[2]) if len(arguments) > 2 and _is_text(arguments[2]) else "s"
            words.append(fraction(box, *(polynomial(part, variable) for part in arguments[:2])))
        elif name == "image" and _is_text(first):
            words.append(label(box, _text(first), 9.0))
    drawn = _curves(box, plots, mask.options.get("IconUnits", "autoscale")) + "".join(words)
    if not drawn and not understood:
        return None
    return drawn if tone is None else f'<g style="color:{tone}">{drawn}</g>'


def shows_ports(block: Block) -> bool:
    """Whether the names of a subsystem's ports can be seen beside what its mask draws."""
    mask = block.mask
    if mask is None or not mask.display.strip():
        return True
    opaque = mask.options.get("IconOpaque") or block.get("MaskIconOpaque", "on")
    return opaque in ("transparent", "off", "opaque-with-ports") or "port_label" in mask.display


def port_labels_of(block: Block) -> dict[str, dict[int, str]]:
    """What ``port_label`` says: ``inputs`` and ``outputs`` -> number -> text."""
    found: dict[str, dict[int, str]] = {"inputs": {}, "outputs": {}}
    for name, arguments in _commands(block.mask.display if block.mask is not None else ""):
        if name == "port_label" and len(arguments) > 2 and _is_text(arguments[0]) and _is_text(arguments[2]):
            side = _SIDES.get(_text(arguments[0]).lower())
            if side is not None and arguments[1].isdecimal():
                found[side][int(arguments[1])] = _text(arguments[2])
    return found


def _commands(display: str) -> Iterator[tuple[str, list[str]]]:
    """The calls of a drawing script with their arguments, as text."""
    joined = re.sub(r"\.\.\.[^\n]*\n", " ", display[:_LONGEST])
    for call in re.finditer(r"(?:^|[;\n,])\s*([a-zA-Z_]\w*)\s*\(", joined):
        arguments = _arguments(joined, call.end())
        if arguments is not None:
            yield call[1], arguments


def _arguments(script: str, at: int) -> list[str] | None:
    """What stands between the parentheses, divided at its own commas; None where they are not closed."""
    found: list[str] = []
    depth, start, quoted = 0, at, False
    for place in range(at, len(script)):
        letter = script[place]
        if letter == "'" and (quoted or script[place - 1] in "(,[{ ;"):
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "([{":
            depth += 1
        elif letter in ")]}" and depth:
            depth -= 1
        elif letter == ")":
            return [*found, script[start:place].strip()]
        elif letter == "," and not depth:
            found.append(script[start:place].strip())
            start = place + 1
    return None


def _is_text(argument: str) -> bool:
    return re.fullmatch(r"'(?:[^']|'')*'", argument) is not None


def _text(argument: str) -> str:
    return argument[1:-1].replace("''", "'").replace("\\n", "\n")


def _vector(argument: str) -> list[float] | None:
    words = re.split(r"[\s,;]+", argument.strip().removeprefix("[").removesuffix("]").strip())
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def _pairs(arguments: list[str]) -> list[tuple[list[float], list[float]]]:
    vectors = [_vector(argument) for argument in arguments]
    if len(vectors) == 1 and vectors[0]:
        return [(list(map(float, range(1, len(vectors[0]) + 1))), vectors[0])]
    if len(vectors) > 4 and all(vector is not None and len(vector) == 1 for vector in vectors[:4]):
        left, low, right, high = (vector[0] for vector in vectors[:4] if vector)
        vectors = [[left, right], [low, high], *vectors[4:]]  # the corners of the icon, which draw no line
        first: list[tuple[list[float], list[float]]] = [([left], [low]), ([right], [high])]
        return first + [(x, y) for x, y in zip(vectors[2::2], vectors[3::2], strict=False) if x and y]
    return [(x, y) for x, y in zip(vectors[::2], vectors[1::2], strict=False) if x and y and len(x) == len(y)]


def _curves(box: Box, plots: list[tuple[list[float], list[float]]], units: str) -> str:
    if not plots:
        return ""
    xs, ys = [x for pair in plots for x in pair[0]], [y for pair in plots for y in pair[1]]
    left, right, low, high = (min(xs), max(xs), min(ys), max(ys))
    if units == "normalized":
        left, right, low, high = 0.0, 1.0, 0.0, 1.0
    elif units == "pixels":
        left, right, low, high = 0.0, box.width, 0.0, box.height
    across, up = (right - left) or 1.0, (high - low) or 1.0
    path = []
    for xs, ys in plots:
        for k, (x, y) in enumerate(zip(xs, ys, strict=False)):
            px = box.left + box.width * min(max((x - left) / across, 0), 1)
            py = box.bottom - box.height * min(max((y - low) / up, 0), 1)
            path.append(f"{'L' if k else 'M'}{px:.4g} {py:.4g}")
    return f'<path class="c" d="{"".join(path)}"/>'


def _placed(box: Box, arguments: list[str], pixels: bool) -> str:
    """``text(x, y, 'words', …)``: where it says, or in the middle where the place is not a plain number."""
    place = [_vector(argument) for argument in arguments[:2]]
    shown = re.sub(r"\\[a-zA-Z]+(?:\{[^}]*\})?|[{}]", "", _text(arguments[2]))
    if not all(place):
        return label(box, shown)
    x, y = (vector[0] for vector in place if vector)
    wide, high = (1.0, 1.0) if pixels else (box.width, box.height)
    scale = 0.01 if not pixels and max(x, y) > 1 else 1.0
    rest = [argument.strip("'").lower() for argument in arguments[3:]]
    anchor = "middle" if "center" in rest else "end" if "right" in rest else "start"
    lines, size = fitted(shown, box.width, box.height, wrap=False)
    return text(box.left + x * scale * wide, box.bottom - y * scale * high, lines, size, anchor=anchor)
