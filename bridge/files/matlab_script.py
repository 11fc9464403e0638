"""MATLAB scripts, ``.m``: a network where the script says that it builds one, else the variables that it defines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from bridge.errors import FileError
from bridge.files import network_script

Path = str | os.PathLike[str]


def matches(head: bytes, path: Path | None = None) -> bool:
    """Whether the file is called ``.m`` and is text."""
    named = path is not None and os.fsdecode(path).lower().endswith(".m")
    return named and b"\0" not in head


def read(path: Path) -> Any:
    """The network that the script builds, or its variables by name."""
    from bridge.matlab.workspace import read_script

    try:
        with open(path, "rb") as file:
            head = file.read(400)
    except OSError as error:
        raise FileError.of(path, error) from error
    return network_script.read(path) if network_script.matches(head) else read_script(path)


def write(thing: Mapping[str, Any], path: Path) -> None:
    """Write variables as a script that assigns them."""
    from bridge.matlab.workspace import write_script

    write_script(thing, path)
