"""``--signal``: which arrays of a file go into which inputs of what is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.errors import UsageError
from bridge.suggestions import offered


def named(text: str) -> list[tuple[str, str]]:
    """Pairs of input and array: ``u=XTest,y`` is ``[("u", "XTest"), ("", "y")]``."""
    parts = [part.partition("=") for part in text.split(",")]
    return [(name.strip(), source.strip()) if sign else ("", name.strip()) for name, sign, source in parts]


def array(found: Mapping[str, Any], name: str, file: str) -> Any:
    """The array called `name` of a file. Raises `UsageError` with those that there are."""
    if name not in found:
        raise UsageError(f"{file}: there is no {name!r}{offered(name, found)}")
    return found[name]


def in_order(text: str, inputs: Sequence[str], found: Mapping[str, Any], file: str) -> list[str]:
    """The names of the arrays in the order of the `inputs`, which may be named or not; fewer than these as they are."""
    pairs = named(text)
    for _, name in pairs:
        array(found, name, file)
    by_input = {given: name for given, name in pairs if given}
    if not by_input:
        return [name for _, name in pairs]
    unknown = [given for given in by_input if given not in inputs]
    if unknown:
        raise UsageError(f"--signal {text}: there is no input {unknown[0]!r}{offered(unknown[0], inputs)}")
    if len(by_input) < len(inputs):
        missing = ", ".join(name for name in inputs if name not in by_input)
        raise UsageError(f"--signal {text}: no array is named for {missing}")
    return [by_input[name] for name in inputs]
