"""MATLAB data files, `.mat`: reading versions 4, 5 (`-v6`, `-v7`) and 7.3, writing 5 and 7.3.

Values come as `bridge.matlab.values` has them (arrays of at least two dimensions, `Char`, `Cell`, `Struct`, ...), so
that a file is a workspace for MATLAB expressions. Sparse matrices come as full arrays.
"""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np

from bridge.errors import FileError, LimitExceeded, UnknownFormat, UnsupportedContent, UsageError
from bridge.files.mat_limits import Budget, Limits
from bridge.files.mat_values import Variable
from bridge.matlab.values import Char, Struct
from bridge.suggestions import offered

__all__ = [
    "Limits", "Variable", "matches", "names", "read", "read_bytes", "read_mxarray", "whos", "workspace", "write",
]  # fmt: skip

_HDF5 = b"\x89HDF\r\n\x1a\n"
HEAD = 520
"""How many bytes from its beginning tell what kind a file is."""


def version(head: bytes, path: str | os.PathLike[str] | None = None) -> str:
    """The version of the .mat file that begins with `head`: "4", "5", "7.3", or "" for none.

    Version 4 has no mark of its own, so that it is believed only of a file that is called `.mat`.
    """
    if head[512:520] == _HDF5 and head[:6] == b"MATLAB":
        return "7.3"
    if len(head) >= 128 and head[124:128] in (b"\x00\x01IM", b"\x01\x00MI"):
        return "5"
    if path is not None and os.fspath(path).lower().endswith(".mat"):
        if head[:8] == _HDF5 or head[512:520] == _HDF5:
            return "7.3"
        from bridge.files.mat4 import is_mat4

        if is_mat4(head):
            return "4"
    return ""


def matches(head: bytes, path: str | os.PathLike[str] | None = None) -> bool:
    """Whether a file that begins with `head` (its first 520 bytes or more) is a .mat file."""
    return bool(version(head, path))


def read(
    path: str | os.PathLike[str],
    variables: Collection[str] | None = None,
    *,
    limits: Limits | None = None,
    natural: bool = True,
) -> dict[str, Any]:
    """The variables of a .mat file by name: all of them, or those called `variables`.

    Objects come as `MatObject`; with `natural`, those of well-known classes as values of their own: `String`, `Table`,
    `Categorical`, `Datetime`, `Map`, `Timeseries`, `Dataset`, ... (`mat_natural`).
    `FileError` says where the file is broken (`MalformedFile`), holds something unknown (`UnsupportedContent`)
    or asks for more than `limits` (`LimitExceeded`); `UsageError` if a wanted variable is not there.
    """
    return _read(path, None, variables, limits, natural)


def read_bytes(
    data: bytes,
    path: str | os.PathLike[str] | None = None,
    variables: Collection[str] | None = None,
    *,
    limits: Limits | None = None,
    natural: bool = True,
) -> dict[str, Any]:
    """As `read`, of a file's content, as .slx packages hold it; `path` is named in errors.

    `data` may also be an `.mxarray` part that holds a structure: then its fields are the variables, or its elements
    where these have a Name and a Value each. Of objects such a part holds the class alone; they come without
    properties, so that the other variables can be read.
    """
    if version(data[:HEAD], path):
        return _read(path, data, variables, limits, natural)
    if data[:4] not in (b"\x00\x01IM", b"\x01\x00MI"):
        raise UnknownFormat(path, "is neither a .mat file nor a stored array")
    from bridge.files.mat5 import one_element

    value = one_element(data, Budget(limits, path), keep_unstored=True)
    named = isinstance(value, Struct) and set(value.fields) == {"Name", "Value"}
    if named and all(isinstance(name, Char) for name in value.all("Name")):
        found = {str(name): held for name, held in zip(value.all("Name"), value.all("Value"), strict=True)}
        return _chosen(found, variables, path, list(found))
    if not isinstance(value, Struct) or value.size != 1:
        raise UnsupportedContent(path, "holds one array that is not a structure of variables")
    return _chosen(dict(value), variables, path, list(value))


def read_mxarray(data: bytes, path: str | os.PathLike[str] | None = None, *, limits: Limits | None = None) -> Any:
    """The value in an `.mxarray` part of an .slx package: 8 bytes of header, then one element of a MAT 5 file.

    `path` is named in errors. `UnsupportedContent` for objects, whose contents such a part does not hold.
    """
    from bridge.files.mat5 import one_element

    return one_element(data, Budget(limits, path))


def whos(path: str | os.PathLike[str], *, limits: Limits | None = None) -> list[Variable]:
    """Name, shape and class of every variable, in the file's order, without reading their contents."""
    with _Opened(path, None, limits, True) as opened:
        found: list[Variable] = opened.reader.whos()
    return found


def names(path: str | os.PathLike[str]) -> list[str]:
    """The names of the variables, in the file's order."""
    return [variable.name for variable in whos(path)]


def workspace(variables: Mapping[str, Any]) -> dict[str, Any]:
    """`variables` as block parameters see them: a `Simulink.Parameter` is its value, everything else itself."""
    if all(type(value) is np.ndarray for value in variables.values()):
        return dict(variables)
    from bridge.files.mat_signals import Parameter

    return {name: value.value if isinstance(value, Parameter) else value for name, value in variables.items()}


def _read(
    path: str | os.PathLike[str] | None,
    data: bytes | None,
    variables: Collection[str] | None,
    limits: Limits | None,
    natural: bool,
) -> dict[str, Any]:
    wanted = None if variables is None else {variables} if isinstance(variables, str) else set(variables)
    with _Opened(path, data, limits, natural) as opened:
        try:
            found: dict[str, Any] = opened.reader.read(wanted)
        except RecursionError:
            raise LimitExceeded(path, "is nested deeper than Python can follow here") from None
        if wanted is None or wanted == found.keys():
            return found
    with _Opened(path, data, limits, natural) as opened:
        return _chosen(found, wanted, path, [variable.name for variable in opened.reader.whos()])


def _chosen(
    found: Mapping[str, Any],
    variables: Collection[str] | None,
    path: str | os.PathLike[str] | None,
    present: Sequence[str],
) -> dict[str, Any]:
    """Those of `found` that are wanted; `UsageError` if one is missing."""
    if variables is None:
        return dict(found)
    missing = sorted({variables} - found.keys() if isinstance(variables, str) else set(variables) - found.keys())
    if missing:
        where = "the data" if path is None else os.fspath(path)
        raise UsageError(f"{where}: no variable {', '.join(missing)}{offered(missing[0], present, 'it has')}")
    return {name: value for name, value in found.items() if name in variables}


class _Opened:
    """The reader for the file's version, open for the length of a `with` block."""

    def __init__(
        self, path: str | os.PathLike[str] | None, data: bytes | None, limits: Limits | None, natural: bool
    ) -> None:
        self.path = None if path is None else os.fspath(path)
        self.data = data
        self.budget = Budget(limits, self.path)
        self.natural = natural
        self.reader: Any = None

    def __enter__(self) -> _Opened:
        try:
            if self.data is None and self.path is not None:
                self.stream: BinaryIO = open(self.path, "rb")
            else:
                self.stream = io.BytesIO(self.data or b"")
        except (OSError, ValueError) as error:
            raise FileError.of(self.path, error) from None
        try:
            self.reader = self._reader()
        except BaseException:
            self.stream.close()
            raise
        return self

    def _reader(self) -> Any:
        kind = version(self.stream.read(HEAD), self.path)
        if kind == "5":
            from bridge.files.mat5 import Mat5File

            return Mat5File(self.stream, self.budget, self.natural)
        if kind == "7.3":
            from bridge.files.mat73 import Mat73File

            return Mat73File(self.stream, self.budget, self.natural)
        if kind == "4":
            from bridge.files.mat4 import Mat4File

            return Mat4File(self.stream, self.budget)
        raise UnknownFormat(self.path, "is not a .mat file of version 4, 5, 7 or 7.3")

    def __exit__(self, *_: object) -> None:
        self.stream.close()


def write(thing: Mapping[str, Any], path: str | os.PathLike[str], version: str = "7") -> None:
    """Write variables to a .mat file, replacing it at once: version "7" (compressed), "6" (not), or "7.3" (HDF5).

    Values may be MATLAB's own (`bridge.matlab.values`) or Python's: numbers become double 1 x 1, `bool` logical,
    numpy arrays keep their class, `str` becomes char 1 x n, a mapping a structure, `None` the empty `[]`.
    A list of numbers is an array, any other list a cell array. **One dimension becomes a column, n x 1**, since time
    runs along rows. The bytes depend on nothing but the values.
    `UnsupportedContent` names the first value that has no form in the file, and what to write instead.
    """
    if version == "7.3":
        from bridge.files.mat73_write import write_mat73

        write_mat73(thing, path)
    elif version in ("6", "7"):
        from bridge.files.mat5_write import write_mat5

        write_mat5(thing, path, compress=version == "7")
    else:
        raise UsageError(f'a .mat file has version "6", "7" or "7.3", not {version!r}')
