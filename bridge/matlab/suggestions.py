"""Names close to one that was not found."""

from __future__ import annotations

from collections.abc import Iterable

UNREACHABLE = frozenset(
    (
        *("addpath", "assignin", "cd", "delete", "dos", "eval", "evalc", "evalin", "exist", "fclose", "fopen", "fread"),
        *("getenv", "importdata", "input", "keyboard", "load", "load_system", "open_system", "readmatrix", "readtable"),
        *("run", "save", "set_param", "get_param", "sim", "system", "unix", "which", "xlsread"),
    )
)
"""MATLAB functions that are left out on purpose, for which no similar name should be suggested."""


def closest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The up to `count` names of `known` most like `name`, the closest first; [] when none is close."""
    import difflib

    unique = sorted(set(known))
    lowered: dict[str, str] = {}
    for candidate in unique:
        lowered.setdefault(candidate.lower(), candidate)
    near = difflib.get_close_matches(name.lower(), list(lowered), n=count, cutoff=0.75)
    return [lowered[candidate] for candidate in near]
