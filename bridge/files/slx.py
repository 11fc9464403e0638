"""Packages in a zip: .slx files."""

from __future__ import annotations

import os

from bridge.files import zip_parts
from bridge.files.package import Package
from bridge.model import Model
from bridge.storage import read_bytes, replace

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
    package = Package(os.fspath(path))
    for name, content in zip_parts.parts(read_bytes(path), path):
        package.add(name, content)
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
