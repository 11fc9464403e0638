"""The inputs of a case: a file, MATLAB expressions, or draws from MATLAB's random stream. ::

inputs = "u.csv"

[inputs]
time = "(0:0.1:5)'"
u = "sin(2*time)"
noise = { rng = 0, randn = [51, 2] }
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bridge.errors import MalformedFile, MatlabError, UsageError

_DRAWS = ("rand", "randn", "randi", "randperm")


def read_inputs(file: Path, given: str | Mapping[str, Any] | None, workspace: Mapping[str, Any]) -> dict[str, Any]:
    """Signals by name, each `T x width`, with ``time`` (T) among them where it is given.

    file       the case, for messages; files are beside it
    given      what it says of the inputs. Expressions see the workspace and the inputs before them. With ``rng`` all
               draw from one stream in their order; a table with an ``rng`` of its own has a stream of its own
    workspace  variables by name

    Raises a `FileError`, or a `MatlabError` that names the input.
    """
    if given is None:
        return {}
    if isinstance(given, str):
        return _of_file(file.parent / given)
    known = dict(workspace)
    found: dict[str, Any] = {}
    operations = _stream(file, given.get("rng"), given.get("generator", "twister"), "inputs")
    for name, said in given.items():
        if name in ("rng", "generator"):
            continue
        if name == "file":
            found.update(_of_file(file.parent / str(said)))
        else:
            value = _value(file, name, said, known, operations)
            found[name] = value.ravel() if name == "time" else value
        known.update({each: value.reshape(-1, 1) if each == "time" else value for each, value in found.items()})
    _check_rows(file, found)
    return found


def _of_file(path: Path) -> dict[str, Any]:
    from bridge.files.recordings import read_arrays

    found = read_arrays(path)
    return {key: value.ravel() if key == "time" else value for key, value in found.items() if hasattr(value, "shape")}


def _stream(file: Path, seed: Any, generator: Any, place: str) -> Any:
    """What evaluates expressions, with MATLAB's random stream as after ``rng(seed, generator)``."""
    from bridge.matlab.operators import Operations
    from bridge.matlab.rng import rng

    operations = Operations()
    if seed is not None:
        try:
            operations.stream = rng(seed, generator)
        except (UsageError, TypeError) as error:
            raise MalformedFile(file, str(error), f"{place}.rng") from error
    return operations


def _evaluated(file: Path, place: str, call: Any) -> Any:
    try:
        return call()
    except MatlabError as error:
        error.where = f"{file}: {place}" + (f", {error.where}" if error.where else "")
        raise


def _value(file: Path, name: str, said: Any, known: Mapping[str, Any], operations: Any) -> Any:
    from bridge.matlab.evaluate import evaluate

    place = f"inputs.{name}"
    if isinstance(said, Mapping):
        return _drawn(file, place, said, known)
    if isinstance(said, str):
        value = _evaluated(file, place, lambda: evaluate(said, known, operations=operations))
        value = operations.load(value)
    else:
        value = np.asarray(said)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biufc":
        raise MalformedFile(file, "is no array of numbers", place)
    return value if value.ndim >= 2 else value.reshape(-1, 1)


def _drawn(file: Path, place: str, said: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """``{ rng = 0, randn = [51, 4] }`` or ``{ rng = 0, expression = "0.1*randn(51, 4)" }``."""
    kinds = [kind for kind in (*_DRAWS, "expression") if kind in said]
    unknown = sorted(set(said) - {"rng", "generator", *_DRAWS, "expression"})
    if unknown or len(kinds) != 1:
        wanted = f"one of {', '.join((*_DRAWS, 'expression'))}, with rng and generator"
        raise MalformedFile(file, f"unknown key {unknown[0]!r}; {wanted}" if unknown else f"needs {wanted}", place)
    operations = _stream(file, said.get("rng", "default"), said.get("generator", "twister"), place)
    if kinds == ["expression"]:
        return _value(file, place.partition(".")[2], str(said["expression"]), known, operations)
    sizes = said[kinds[0]]
    if not isinstance(sizes, list) or not all(isinstance(size, int | list) for size in sizes):
        raise MalformedFile(file, f"{kinds[0]} takes a list of sizes, as MATLAB's {kinds[0]} does", place)
    arguments = ", ".join(str(size) if isinstance(size, int) else f"[{' '.join(map(str, size))}]" for size in sizes)
    return _value(file, place.partition(".")[2], f"{kinds[0]}({arguments})", {}, operations)


def _check_rows(file: Path, found: Mapping[str, Any]) -> None:
    """A row where a column is meant would be one step of many channels."""
    if "time" not in found:
        return
    steps = len(found["time"])
    for name, value in found.items():
        if name != "time" and len(value) != steps:
            turned = value.ndim == 2 and value.shape == (1, steps)
            size = " x ".join(map(str, value.shape))
            advice = ": transpose it with '" if turned else ""
            cause = f"is {size}; a row for each of the {steps} times is needed{advice}"
            raise MalformedFile(file, cause, f"inputs.{name}")
