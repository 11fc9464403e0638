"""Packages in a zip: .slx files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bridge.errors import FileError, LimitExceeded, MalformedFile, UnsupportedContent
from bridge.files.package import Package
from bridge.files.storage import read_bytes, replace
from bridge.limits import current
from bridge.model import Model

if TYPE_CHECKING:
    from zipfile import ZipFile

# Text shrinks to a tenth, seldom to a hundredth. What is large and shrinks more is made to fill memory.
_SUSPICIOUS_SIZE = 16 << 20
_SUSPICIOUS_RATIO = 200
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)  # equal models make equal files


def matches(head: bytes, path: str | os.PathLike[str]) -> bool:
    """Whether a file that begins with `head` is a zip with a block diagram."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    if b"simulink/" in head[:64]:
        return True
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith("simulink/") for name in archive.namelist())
    except Exception:  # a broken zip is nobody's; `read` says what is wrong with it
        return False


def read(path: str | os.PathLike[str]) -> Model:
    """The model in an .slx file. Raises FileError."""
    from bridge.files.package_reader import model_of_package

    return model_of_package(read_package(path), "slx")


def read_package(path: str | os.PathLike[str]) -> Package:
    """The parts of an .slx file."""
    import io
    import struct
    import zipfile
    import zlib

    content = io.BytesIO(read_bytes(path))
    broken = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, LookupError, OverflowError)
    try:
        with zipfile.ZipFile(content) as archive:
            return _unpack(archive, os.fspath(path))
    except FileError:
        raise
    except (NotImplementedError, RuntimeError) as error:  # encrypted, or packed in an unusual way
        raise UnsupportedContent(path, f"the zip cannot be unpacked: {error}") from None
    except broken as error:
        raise MalformedFile(path, f"the zip is broken: {error}") from None


def _unpack(archive: ZipFile, path: str) -> Package:
    package = Package(path)
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
        package.add(entry.filename, content)
    package.read_catalogue()
    return package


def write(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model as .slx. Raises FileError for what XML cannot hold."""
    import io
    import zipfile

    from bridge.files.package_writer import package_of_model

    package = package_of_model(model, os.fspath(path))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**package.catalogue(), **package.parts}.items():
            archive.writestr(zipfile.ZipInfo(name, _TIMESTAMP), content, zipfile.ZIP_DEFLATED)
    replace(path, buffer.getvalue())
