"""Comma-separated tables of numbers: a header of names, ``time`` among them, then a row per sample.

Columns ``y[0]``, ``y[1]``, … belong to one signal ``y``. Read are also tables with tabs or semicolons between columns;
with semicolons a comma is the decimal one, as spreadsheets write where commas are.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import os
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge import storage
from bridge.errors import FileError, MalformedFile
from bridge.recording import Recording

_CHANNEL = re.compile(r"(.+)[\[(](\d+)[\])]")
# What people call the column of times, in seconds.
_TIME = re.compile(r"time\s*([\[(]\s*s\s*[\])])?", re.IGNORECASE)


def read(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Variables by name, each `T x columns`."""
    text = _text(path)
    separator = _separator(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise FileError.of(path, error) from error
    if not rows or not rows[0]:
        raise MalformedFile(path, "the file is empty")
    header = [name.strip() for name in rows[0]]
    if "time" not in header:
        header = ["time" if _TIME.fullmatch(name) else name for name in header]
    if all(_is_number(name) for name in header):  # taken for names, it would lose the first sample in silence
        raise MalformedFile(path, "holds numbers where the names of the columns should stand (time,u,…)", "line 1")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise MalformedFile(path, f"{len(row)} values for {len(header)} columns", f"line {number}")
    values = np.empty((len(rows) - 1, len(header)))
    for number, row in enumerate(rows[1:], start=2):
        for column, word in enumerate(row):
            try:
                values[number - 2, column] = float(word.replace(",", ".") if separator == ";" else word)
            except ValueError:
                raise MalformedFile(path, f"{word!r} is no number", f"line {number}, column {header[column]}") from None
    return {name: values[:, columns] for name, columns in signals_in(header).items()}


def signals_in(header: Iterable[str]) -> dict[str, list[int]]:
    """The columns of each signal, from the names of all columns."""
    signals: dict[str, list[int]] = {}
    for column, name in enumerate(header):
        found = _CHANNEL.fullmatch(name)
        signals.setdefault(found[1] if found else name, []).append(column)
    return signals


def _text(path: str | os.PathLike[str]) -> str:
    """The file's text: UTF-8, or UTF-16 where its first bytes say so, which a shell on Windows writes."""
    content = storage.read_bytes(path)
    wide = content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    try:
        return content.decode("utf-16" if wide else "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise MalformedFile(path, f"is no text in {error.encoding.upper()}", f"byte {error.start}") from None


def _separator(text: str) -> str:
    """What stands between columns: a semicolon or tab where the header has that, and no comma."""
    header = text.partition("\n")[0]
    return next((sign for sign in ";\t" if sign in header and "," not in header), ",")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def write(recording: Recording, path: str | os.PathLike[str]) -> None:
    """A recording whose signals share one time. Numbers are written so that reading gives the same."""
    own = [name for name in recording if recording.times[name] is not recording.time]
    if own:
        raise FileError(path, f"signal {own[0]!r} has times of its own, which one table cannot hold: write a .mat")
    odd = next((name for name, array in recording.items() if array.dtype.kind == "c"), None)
    if odd is not None:
        raise FileError(path, f"signal {odd!r} is complex, which a table of numbers cannot hold: write a .mat")
    header, columns = ["time"], [recording.time]
    for name, array in recording.items():
        flat = array.reshape(len(array), math.prod(array.shape[1:]))
        header += [name] if array.ndim == 1 else [f"{name}[{k}]" for k in range(flat.shape[1])]
        columns += list(flat.astype(np.uint8).T if flat.dtype.kind == "b" else flat.T)
    lines = [header, *([repr(value.item()) for value in row] for row in zip(*columns, strict=True))]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    storage.replace(path, text.getvalue())
