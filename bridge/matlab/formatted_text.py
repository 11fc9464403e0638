"""MATLAB's `sprintf`: C's conversions, with the format used again until every element is printed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from bridge.errors import UsageError

_CONVERSION = re.compile(r"%(?P<flags>[-+ 0#]*)(?P<width>\*|\d*)(?P<precision>\.(?:\*|\d*))?(?P<kind>[a-zA-Z%])")
_ESCAPE = re.compile(r"\\([ntr\\abfv])")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_KINDS = "diufeEgGxXocs"


def sprintf(template: str, *arguments: Any) -> str:
    """`template` with the elements of `arguments` in order, arrays column by column, recycled as in MATLAB.

    Conversions d i u f e E g G x X o c s with flags, width and precision. A number that is not whole in a place
    for whole numbers or for text is printed with %e; text in a place for numbers as its character codes. Printing
    stops at the first conversion that finds no more data. UsageError for an unknown conversion.
    """
    pieces = _pieces(_ESCAPE.sub(lambda match: _ESCAPES[match[1]], template))
    conversions = [piece for piece in pieces if not isinstance(piece, str)]
    data = list(_elements(arguments, any(piece["kind"] == "s" for piece in conversions)))
    if not conversions:
        return "".join(piece for piece in pieces if isinstance(piece, str))
    if arguments and not data:
        # Given nothing but empty arrays, MATLAB prints the text once, with nothing in the places.
        return "".join(piece if isinstance(piece, str) else "" for piece in pieces)
    out: list[str] = []
    position = 0
    while True:
        for piece in pieces:
            if isinstance(piece, str):
                out.append(piece)
            elif position < len(data):
                text, position = _convert(piece, data, position)
                out.append(text)
            else:
                return "".join(out)
        if position >= len(data):
            return "".join(out)


def _pieces(template: str) -> list[str | re.Match[str]]:
    """Text and conversions in turn."""
    pieces: list[str | re.Match[str]] = []
    end = 0
    for match in _CONVERSION.finditer(template):
        if match["kind"] not in _KINDS + "%":
            raise UsageError(f"sprintf has no conversion {match[0]!r}")
        pieces += [template[end : match.start()], "%" if match["kind"] == "%" else match]
        end = match.end()
    return [*pieces, template[end:]]


def _elements(arguments: tuple[Any, ...], keep_text: bool) -> Iterator[Any]:
    """Every element in MATLAB's order; text is kept whole where the template has a place for text."""
    for argument in arguments:
        if isinstance(argument, str):
            yield from [argument] if keep_text else map(ord, argument)
            continue
        array = np.asarray(argument)
        if array.dtype.kind not in "biuf":
            raise UsageError(f"sprintf prints real numbers and text, not {type(argument).__name__} ({array.dtype})")
        yield from array.reshape(-1, order="F").tolist()


def _convert(piece: re.Match[str], data: list[Any], position: int) -> tuple[str, int]:
    """One conversion: its text, and the position after the elements that it used."""
    width, precision = piece["width"], piece["precision"] or ""
    if width == "*":
        width, position = str(int(data[position])), position + 1
    if precision == ".*" and position < len(data):
        precision, position = f".{int(data[position])}", position + 1
    if position >= len(data):
        return "", position
    return _formatted(piece["flags"], width, precision, piece["kind"], data[position]), position + 1


def _formatted(flags: str, width: str, precision: str, kind: str, value: Any) -> str:
    start = "%" + flags + width
    if isinstance(value, str):
        if kind in "sc":
            return str((start + precision + "s") % value)
        return "".join(_formatted(flags, width, precision, kind, ord(character)) for character in value)
    if not math.isfinite(value):
        # Never padded with zeros.
        name = "NaN" if math.isnan(value) else "Inf" if value > 0 else "-Inf"
        return str(("%" + flags.replace("0", "") + width + "s") % name)
    whole = float(value).is_integer()
    if kind in "sc" and whole and value >= 0:
        return str((start + "s") % chr(int(value)))
    if kind in "diuxXosc":
        if not whole or kind in "sc":
            return str((start + precision + "e") % value)
        return str((start + precision + ("d" if kind in "iu" else kind)) % int(value))
    return str((start + precision + kind) % value)
