"""Whole files in and out: every failure a FileError, and never a half-written file."""

from __future__ import annotations

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


def replace(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file beside its place and move it there, so that others see the old content or the new."""
    target = os.fspath(path)
    beside = f"{target}.{os.urandom(4).hex()}.part"
    try:
        with open(beside, "xb") as file:
            file.write(content)
        os.replace(beside, target)
    except OSError as error:
        if os.path.exists(beside):
            os.unlink(beside)
        raise FileError(path, f"cannot be written: {(error.strerror or str(error)).lower()}") from error
