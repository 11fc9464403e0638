"""Networks as MATLAB scripts, ``.m``: running one builds the network ``net`` with the toolbox's own functions.

Arrays stand there with enough digits to give back every bit: 9 for single, 17 for double. A chain of layers becomes an
array of layers, anything else a layer graph; ``dlnetwork`` makes the network of them, or ``assembleNetwork`` where
there are output layers, which a ``dlnetwork`` cannot have. `read` runs such a script in `bridge.matlab`'s interpreter
with functions that make the layers; it touches nothing else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge import storage
from bridge.errors import MalformedFile, MatlabError, NetworkError, UnsupportedContent
from bridge.network import Layer, Network
from bridge.network.record import fields

Path = str | os.PathLike[str]
Array = npt.NDArray[Any]
MARK = "% bridge network 1"
_INFERRED = ("InputSize", "NumChannels")  # what the toolbox finds out by itself


def matches(head: bytes, path: Path | None = None) -> bool:
    """Whether the file begins with the mark that `write` puts there."""
    return MARK.encode() in head[:400]


def write(thing: Network, path: Path) -> None:
    """Write the script that builds a network, replacing the file at once."""
    storage.replace(path, script(thing, path).encode("utf-8"))


def script(network: Network, path: Path | None = None) -> str:
    """The script's text. Raises `UnsupportedContent` for what the toolbox's functions cannot be told."""
    from bridge import __version__

    plain = "assembleNetwork" if any(layer.Type in _OUTPUTS for layer in network) else "dlnetwork"
    title = f"% A network of {len(network)} layers, written by bridge {__version__}. Running it gives 'net'."
    lines = [MARK, title, ""]
    names = [f"L{k}" for k in range(1, len(network) + 1)]
    for name, layer in zip(names, network, strict=True):
        lines += [*_layer(name, layer, path), ""]
    if network.is_series:
        lines += [f"layers = [{'; '.join(names)}];", f"net = {plain}(layers);"]
    else:
        lines += ["lgraph = layerGraph();", *(f"lgraph = addLayers(lgraph, {name});" for name in names)]
        lines += [f"lgraph = connectLayers(lgraph, {_text(a)}, {_text(b)});" for a, b in network.connections]
        lines += [f"net = {plain}(lgraph);"]
    return "\n".join([*lines, ""])


_OUTPUTS = ("regressionLayer", "classificationLayer")


def _layer(name: str, layer: Layer, path: Path | None) -> Iterator[str]:
    """Its arrays, then the call that makes it."""
    initial = [key for key in layer.arrays if key.startswith("Initial")]
    if initial:
        raise UnsupportedContent(
            path,
            f"{initial[0]} differs from the state when saved, and a script can set only one; "
            f"network.with_({{{layer.Name!r}: {{{initial[0]!r}: None}}}}) leaves out the other",
            f"layer '{layer.Name}'",
        )
    given = fields(layer)
    options = {
        key: value
        for key, value in given.items()
        if key in layer.declared and key not in (*layer.positional, *_INFERRED) and value != layer.declared[key].default
    }
    leading = [] if layer.positional == ("Classes",) else [_value(given[key], layer) for key in layer.positional]
    if layer.positional == ("Classes",) and layer.options["Classes"]:
        options["Classes"] = layer.options["Classes"]
    pairs = [f"'Name', {_text(layer.Name)}", *(f"'{key}', {_value(value, layer)}" for key, value in options.items())]
    for key, array in layer.arrays.items():
        yield from _matrix(f"{name}_{key}", array)
        pairs.append(f"'{key}', {name}_{key}")
    first = ", ".join([*leading, pairs[0]])
    yield f"{name} = {layer.Type}({first}" + "".join(f", ...\n    {pair}" for pair in pairs[1:]) + ");"


def _matrix(name: str, array: Array) -> Iterator[str]:
    single = array.dtype == np.float32
    if array.ndim > 2:  # column by column, as MATLAB holds them
        yield from _matrix(name, array.reshape(-1, 1, order="F"))
        yield f"{name} = reshape({name}, [{' '.join(map(str, array.shape))}]);"
        return
    rows = [", ".join(_number(item, single) for item in row) for row in array]
    opening, closing = ("single([", "])") if single else ("[", "]")
    if len(rows) == 1:
        yield f"{name} = {opening}{rows[0]}{closing};"
        return
    yield f"{name} = {opening}"
    yield from (f"    {row}" for row in rows)
    yield f"    {closing};"


def _number(value: Any, single: bool) -> str:
    number = float(value)
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "Inf" if number > 0 else "-Inf"
    return f"{number:.9g}" if single else f"{number:.17g}"


def _text(text: str) -> str:
    if any(ord(character) < 32 for character in text):
        codes = ", ".join(str(ord(character)) for character in text)
        return f"char([{codes}])"
    return "'" + text.replace("'", "''") + "'"


def _value(value: Any, layer: Layer) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return "{" + ", ".join(_text(item) for item in value) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_number(item, False) for item in value) + "]"
    return str(value) if isinstance(value, int) else f"{float(value):.17g}"


_MATRIX = re.compile(r"^(\w+) = (single\()?\[\n((?:    [-+\d.e, ]+\n)+)    \]\)?;$", re.MULTILINE)


def _without_matrices(text: str) -> tuple[str, dict[str, Array]]:
    """The script without the matrices of plain numbers that `write` puts there, and these: a parser of MATLAB's whole
    language would take many seconds for them. Only where a name first occurs, and lines keep their numbers."""
    found: dict[str, Array] = {}

    def taken(match: re.Match[str]) -> str:
        name, single, rows = match.group(1), match.group(2), match.group(3)
        try:
            numbers = [[float(number) for number in row.split(",")] for row in rows.splitlines()]
        except ValueError:
            return match.group(0)
        first = re.search(rf"\b{name}\b", text)
        if first is None or first.start() != match.start() or len({len(row) for row in numbers}) != 1:
            return match.group(0)
        found[name] = np.array(numbers, np.float32 if single else np.float64)
        return "\n" * match.group(0).count("\n")

    return _MATRIX.sub(taken, text), found


def read(path: Path) -> Network:
    """The network that a script builds. Raises `MalformedFile` with the line."""
    from bridge.files.layer_functions import run
    from bridge.matlab.workspace import decode

    try:
        variables = run(*_without_matrices(decode(storage.read_bytes(path))))
    except (MatlabError, NetworkError) as error:
        raise MalformedFile(path, str(error)) from None
    networks = {name: value for name, value in variables.items() if isinstance(value, Network)}
    if len(networks) != 1:
        raise MalformedFile(path, f"builds {len(networks)} networks, not one")
    return next(iter(networks.values()))
