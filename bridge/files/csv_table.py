"""Comma-separated tables of numbers: a header of names, ``time`` among them, then a row per sample.

Columns ``y[0]``, ``y[1]``, … belong to one signal ``y``.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge import storage
from bridge.errors import FileError, MalformedFile
from bridge.recording import Recording

_CHANNEL = re.compile(r"(.+)[\[(](\d+)[\])]")


def read(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Variables by name, each `T x columns`."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError.of(path, error) from error
    if not rows or not rows[0]:
        raise MalformedFile(path, "the file is empty")
    header = [name.strip() for name in rows[0]]
    if all(_is_number(name) for name in header):  # taken for names, it would lose the first sample in silence
        raise MalformedFile(path, "holds numbers where the names of the columns should stand (time,u,…)", "line 1")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise MalformedFile(path, f"{len(row)} values for {len(header)} columns", f"line {number}")
    values = np.empty((len(rows) - 1, len(header)))
    for number, row in enumerate(rows[1:], start=2):
        for column, word in enumerate(row):
            try:
                values[number - 2, column] = float(word)
            except ValueError:
                raise MalformedFile(path, f"{word!r} is no number", f"line {number}, column {header[column]}") from None
    signals: dict[str, list[int]] = {}
    for column, name in enumerate(header):
        found = _CHANNEL.fullmatch(name)
        signals.setdefault(found[1] if found else name, []).append(column)
    return {name: values[:, columns] for name, columns in signals.items()}


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
