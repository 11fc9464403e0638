"""Packages that an installation may lack: imported where they are needed, and missed in one sentence."""

from __future__ import annotations

import importlib
from typing import Any

from bridge.errors import EngineMissing

_EXTRAS = {"torch": '"simulink-bridge[torch]"'}
"""Packages that come as an extra of this one, so that pip takes a version that goes with it."""


def required(package: str, who: str = "this") -> Any:
    """The package itself; where it is not installed `EngineMissing`: `who` needs it, and how pip gets it."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        wanted = _EXTRAS.get(package, package)
        raise EngineMissing(f"{who} needs the package {package}: pip install {wanted}") from error
