"""Whole files in and out: every failure a FileError, and never a half-written file."""

from __future__ import annotations

import contextlib
import os

from bridge.errors import FileError, LimitExceeded
from bridge.limits import current


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """All of a file. Raises FileError if it cannot be read, LimitExceeded if it is larger than `file_bytes`."""
    limit = current().file_bytes
    try:
        with open(path, "rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise FileError.of(path, error) from error
    except ValueError as error:  # a null character in the path
        raise FileError(path, str(error)) from None
    if len(content) > limit:
        raise LimitExceeded(path, f"the file is larger than {limit:,} bytes (file_bytes in bridge.allow)")
    return content


def replace(path: str | os.PathLike[str], content: bytes | str) -> None:
    """Write a file beside its place and move it there, so that others see the old content or the new.

    Text is written as UTF-8, with its line ends. A link stays one: the file that it leads to is replaced; and what is
    no file (``/dev/null``, a pipe) is written to. Raises FileError, and leaves nothing behind, also where it is
    interrupted.
    """
    target = os.path.realpath(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        if os.path.exists(target) and not os.path.isfile(target):
            with open(target, "wb") as file:
                file.write(data)
        else:
            _moved_to(target, data)
    except OSError as error:
        raise FileError.of(path, error, "cannot be written") from error


def _moved_to(target: str, data: bytes) -> None:
    beside = f"{target}.{os.urandom(4).hex()}.part"
    try:
        with open(beside, "xb") as file:
            file.write(data)
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
