"""The parts of a zip file, unpacked within the limits: never more than its list of contents claims."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bridge.errors import FileError, LimitExceeded, MalformedFile, UnsupportedContent
from bridge.limits import current

if TYPE_CHECKING:
    from zipfile import ZipFile

Path = str | os.PathLike[str]
# Text shrinks to a tenth, seldom to a hundredth. What is large and shrinks more is made to fill memory.
_SUSPICIOUS_SIZE = 16 << 20
_SUSPICIOUS_RATIO = 200


def parts(content: bytes, path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every part, in the zip's order. Raises `FileError`."""
    import io
    import struct
    import zipfile
    import zlib

    broken = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError, OverflowError)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from _unpacked(archive, path)
    except FileError:
        raise
    except (NotImplementedError, RuntimeError) as error:  # encrypted, or packed in an unusual way
        raise UnsupportedContent(path, f"the zip cannot be unpacked: {error}") from None
    except broken as error:
        raise MalformedFile(path, f"the zip is broken: {error}") from None


def _unpacked(archive: ZipFile, path: Path) -> Iterator[tuple[str, bytes]]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    limits = current()
    if len(entries) > limits.package_parts:
        cause = f"the zip holds more than {limits.package_parts} parts (package_parts in bridge.allow)"
        raise LimitExceeded(path, cause)
    total = 0
    for entry in entries:
        size, packed = entry.file_size, max(entry.compress_size, 1)
        total += size
        for name, asked, most in (("part", size, limits.part_bytes), ("package", total, limits.package_bytes)):
            if asked > most:
                cause = f"the {name} unpacks to more than {most:,} bytes ({name}_bytes in bridge.allow)"
                raise LimitExceeded(path, cause, entry.filename)
        if size > _SUSPICIOUS_SIZE and size > _SUSPICIOUS_RATIO * packed:
            raise LimitExceeded(path, f"{packed} bytes unpack to {size}: a zip bomb", entry.filename)
        with archive.open(entry) as stream:
            content = stream.read(size + 1)
        if len(content) != size:
            raise MalformedFile(path, "the zip is broken: a part has not the size that it claims", entry.filename)
        yield entry.filename, content
