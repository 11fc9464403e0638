"""Workspaces in MATLAB scripts: files of assignments, read and written.

Other kinds of file that hold variables (.mat) are read by `bridge.files`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge import storage
from bridge.errors import FileError, LimitExceeded, MatlabError, UnsupportedContent
from bridge.matlab.limits import Limits
from bridge.matlab.values import Array, Cell, Char, FunctionHandle, String, Struct, Value, class_of, to_matlab


def read_script(
    path: str | os.PathLike[str], workspace: Mapping[str, Any] | None = None, *, limits: Limits | None = None
) -> dict[str, Value]:
    """The variables that a script file defines, in a workspace that starts with `workspace`.

    `FileError` if it cannot be read; a `MatlabError` whose `where` names the file and line if it fails.
    """
    from bridge.matlab.evaluate import run_script

    name = os.fspath(path)
    try:
        with open(path, "rb") as file:
            data = file.read((limits or Limits()).length + 1)
    except OSError as error:
        raise FileError.of(name, error) from error
    if len(data) > (limits or Limits()).length:
        raise LimitExceeded(name, f"more than {(limits or Limits()).length} bytes of source")
    try:
        return run_script(decode(data), workspace, limits=limits)
    except MatlabError as error:
        error.where = f"{name}, {error.where}" if error.where else name
        raise


def decode(data: bytes) -> str:
    """Source text: UTF-8 with or without a mark, or else Windows' western encoding, as MATLAB wrote before R2020."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def script_of(workspace: Mapping[str, Any]) -> str:
    """A script that assigns the variables of `workspace`; running it gives them back exactly.

    `UnsupportedContent` for a value that no script can write, such as an object.
    """
    lines = []
    for name, value in workspace.items():
        try:
            lines.append(f"{name} = {literal(to_matlab(value))};\n")
        except MatlabError as error:
            raise UnsupportedContent(None, error.cause, f"variable '{name}'") from error
    return "".join(lines)


def write_script(workspace: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write `script_of` a workspace to a file, whole or not at all."""
    storage.replace(path, script_of(workspace))


def literal(value: Value) -> str:
    """An expression in MATLAB's language whose value is `value`."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, Char):
        return _characters(value)
    if isinstance(value, String):
        return _rows(value.values, _string)
    if isinstance(value, Cell):
        if value.values.ndim > 2 or not value.size:
            return (
                f"cell({', '.join(map(str, value.shape))})" if not value.size else _reshaped(list(value), value.shape)
            )
        return "{" + "; ".join(", ".join(literal(item) for item in row) for row in value.values) + "}"
    if isinstance(value, Struct):
        return _structure(value)
    if isinstance(value, FunctionHandle) and not value.captured:
        return value.source
    raise MatlabError(f"a value of class '{class_of(value)}' cannot be written to a script")


def _reshaped(items: list[Value], shape: tuple[int, ...]) -> str:
    return f"reshape({{{', '.join(literal(item) for item in items)}}}, {', '.join(map(str, shape))})"


def _structure(value: Struct) -> str:
    if value.size != 1:
        pairs = [
            f"'{name}', {literal(Cell(column))}" if value.size else f"'{name}', {{}}"
            for name, column in value.fields.items()
        ]
        return f"struct({', '.join(pairs)})" if pairs else f"repmat(struct(), {', '.join(map(str, value.shape))})"
    pairs = [
        f"'{name}', " + (f"{{{literal(value[name])}}}" if isinstance(value[name], Cell) else literal(value[name]))
        for name in value
    ]
    return f"struct({', '.join(pairs)})"


def _characters(value: Char) -> str:
    if value.codes.ndim > 2 or 0 in value.shape:
        return "''" if value.shape == (0, 0) else f"char(zeros({', '.join(map(str, value.shape))}))"
    if ((value.codes < 32) | (value.codes > 126)).any():
        return f"char({_rows(value.codes.astype(np.float64), _number)})"
    lines = ["'" + row.replace("'", "''") + "'" for row in value.rows]
    return lines[0] if len(lines) == 1 else "[" + "; ".join(lines) + "]"


def _string(text: Any) -> str:
    written = str(text)
    if any(ord(character) < 32 for character in written):
        raise MatlabError("a string with control characters cannot be written to a script")
    return '"' + written.replace('"', '""') + '"'


def _array(array: Array) -> str:
    kind = class_of(array)
    if array.ndim > 2:
        return f"reshape({_array(array.reshape(1, -1, order='F'))}, {', '.join(map(str, array.shape))})"
    if not array.size:
        empty = "[]" if array.shape == (0, 0) else f"zeros({array.shape[0]}, {array.shape[1]})"
        return empty if kind == "double" else f"{kind}({empty})"
    if kind == "logical":
        return _rows(array, lambda item: "true" if item else "false")
    if kind in ("int64", "uint64") and bool((np.abs(array.astype(np.float64)) >= 2.0**53).any()):
        return _rows(array, lambda item: _wide(int(item), kind))
    text = _rows(array, _number)
    return text if kind == "double" else f"{kind}({text})"


def _wide(number: int, kind: str) -> str:
    """A 64-bit number that double cannot hold, as a literal of its class."""
    bits = number & (2**64 - 1)
    return f"0x{bits:016X}{'u' if kind == 'uint64' else 's'}64"


def _number(item: Any) -> str:
    if isinstance(item, (complex, np.complexfloating)):
        real, imaginary = _number(item.real), _number(item.imag)
        return f"complex({real}, {imaginary})"
    value = float(item)
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(value).removesuffix(".0")


def _rows(array: Array, write: Any) -> str:
    lines = [", ".join(write(item) for item in row) for row in array]
    return lines[0] if array.size == 1 else "[" + "; ".join(lines) + "]"
