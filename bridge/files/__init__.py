"""Files of every kind, told apart by their content.

Each kind has a module here with ``matches(head, path)``, ``read(path)`` and ``write(thing, path)``. They are imported
when they are first needed, so that one kind does not pay for another.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from bridge.errors import FileError, UnknownFormat
from bridge.suggestions import offered

# In the order in which they are asked whether a file is theirs: the surest and cheapest first.
READERS = ("opc", "mdl", "slx", "mat", "network_torch", "network_keras", "network_onnx", "matlab_script")
HEAD = 4096
"""How many bytes from its beginning a kind of file is recognised by, at most."""

_VARIABLES = "variables"
WRITERS = {
    # A model becomes a text package unless its own form is the classic one.
    "Model": {".slx": "slx", ".mdl": "opc"},
    "Network": {
        ".mat": "network_mat",
        ".onnx": "network_onnx",
        ".pt": "network_torch",
        ".pth": "network_torch",
        ".m": "network_script",
    },
    "ShallowNetwork": {".mat": "shallow_mat"},
    # What other rooms make of a thing, whole: an ONNX model.
    "ModelProto": {".onnx": "onnx_file"},
    _VARIABLES: {".mat": "mat", ".m": "matlab_script"},
}
"""The module that writes a thing, by the thing's class and the file's ending."""
CROSSINGS = {"Model": ("Network",), "Network": ("Model",), "ShallowNetwork": ("Model", "ModelProto")}
"""What other rooms make of a thing before it is written, so that these endings are open to it too."""
_CALLED = {"Model": "a diagram", "Network": "a network", "ShallowNetwork": "a shallow network"}


def reader_of(path: str | os.PathLike[str]) -> Any:
    """The module that reads the file at `path`. Raises FileError if it is missing, UnknownFormat if nobody knows it."""
    head = _head(path)
    if not head:
        raise UnknownFormat(path, "the file is empty")
    for name in READERS:
        module = _module(name)
        if module is not None and module.matches(head, path):
            return module
    raise UnknownFormat(path, "not a Simulink model, MATLAB data, an ONNX, torch or Keras network, or a MATLAB script")


def read(path: str | os.PathLike[str], *, unwrap: bool = True) -> Any:
    """What the file at `path` holds: a Model, a Network, a mapping of variables, … Raises FileError.

    Of variables, those that are networks come as such, MATLAB's own objects too; with `unwrap`, a file with exactly one
    network gives just that.
    """
    found = reader_of(path).read(path)
    if isinstance(found, dict):
        from bridge.files import matlab_network

        return matlab_network.recognised(found, path, unwrap=unwrap)
    return found


def write(thing: object, path: str | os.PathLike[str], form: str | None = None, **options: Any) -> Any:
    """Write `thing` as the kind of file that the ending of `path` names, or as `form`, one of the modules here.

    The file appears at once or not at all. `options` are the writer's own: the version of a .mat. Returns what the
    writer says: a classic .mdl lists what it cannot hold.
    """
    ending = os.path.splitext(os.fsdecode(path))[1].lower()
    if ending == ".mdl" and getattr(thing, "format", "") == "mdl":
        form = form or "mdl"
    name = form or WRITERS[_kind(thing)].get(ending, "")
    module = _module(name) if name in (*READERS, *WRITERS[_kind(thing)].values()) else None
    if module is None:
        called = _CALLED.get(_kind(thing), f"a {type(thing).__name__}")
        forms = offered(ending, endings(thing))
        raise UnknownFormat(path, f"{called} is not written as {ending or 'a file without ending'}{forms}")
    return module.write(thing, path, **options)


def endings(thing: object) -> list[str]:
    """The endings of the files that a thing can become, those of its own kind first."""
    kind = _kind(thing)
    return list(dict.fromkeys(ending for each in (kind, *CROSSINGS.get(kind, ())) for ending in WRITERS[each]))


def _kind(thing: object) -> str:
    """The class of a thing in the table of writers."""
    name = type(thing).__name__
    return name if name in WRITERS else _VARIABLES


def _head(path: str | os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(HEAD)
    except OSError as error:
        raise FileError.of(path, error) from error
    except ValueError as error:  # a null character in the path
        raise FileError(path, str(error)) from None


def _module(name: str) -> Any:
    try:
        return import_module(f"bridge.files.{name}")
    except ModuleNotFoundError as error:
        if error.name == f"bridge.files.{name}":
            return None
        raise
