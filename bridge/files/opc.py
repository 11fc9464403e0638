"""Text packages: .mdl files from R2021b on, whose parts stand one after the other in one text file.

Format, line by line::

    # MathWorks OPC Text Package
    Model { … }                                a stub for programs that know only classic files
    __MWOPC_PACKAGE_BEGIN__ R2023b
    __MWOPC_PART_BEGIN__ /simulink/blockdiagram.xml
    <the part>
    __MWOPC_PART_BEGIN__ /metadata/thumbnail.png BASE64
    <the part, in base 64>
    __MWOPC_PACKAGE_END__

The line break before a marker belongs to the framing, not to the part.
"""

from __future__ import annotations

import os
import re

from bridge.errors import MalformedFile
from bridge.files.package import Package
from bridge.model import Model
from bridge.storage import read_bytes, replace

TITLE = b"# MathWorks OPC Text Package"
_BEGIN = re.compile(rb"^__MWOPC_PACKAGE_BEGIN__[ \t]*(\S*)[ \t]*\n", re.MULTILINE)
_PART = re.compile(rb"^__MWOPC_PART_BEGIN__ /([^\n]*)\n", re.MULTILINE)
_PACKED = b" BASE64"
_END = re.compile(rb"^__MWOPC_PACKAGE_END__", re.MULTILINE)
_BASE64_LINE = 76


def matches(head: bytes, path: str | os.PathLike[str]) -> bool:
    """Whether a file that begins with `head` is a text package."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(TITLE)


def read(path: str | os.PathLike[str]) -> Model:
    """The model in a text package. Raises FileError."""
    from bridge.files.package_reader import model_of_package

    return model_of_package(read_package(path), "opc")


def read_package(path: str | os.PathLike[str]) -> Package:
    """The parts of a text package."""
    content = read_bytes(path)
    package = Package(os.fspath(path))
    if not matches(content, path):
        raise MalformedFile(path, "not a text package: the first line is missing")
    if content.startswith(TITLE + b"\r\n"):  # a checkout that translated line ends
        content = content.replace(b"\r\n", b"\n")
    begin = _BEGIN.search(content)
    if begin is None:
        raise MalformedFile(path, "__MWOPC_PACKAGE_BEGIN__ is missing: the file is cut short")
    end = _END.search(content, begin.end())
    if end is None:
        raise MalformedFile(path, "__MWOPC_PACKAGE_END__ is missing: the file is cut short")
    package.release = begin[1].decode("ascii", "replace") or None
    markers = list(_PART.finditer(content, begin.end(), end.start()))
    limits = [marker.start() for marker in markers[1:]] + [end.start()]
    for marker, limit in zip(markers, limits, strict=False):
        said = marker[1].rstrip(b" \t")
        name = said.removesuffix(_PACKED).decode("utf-8", "replace")
        part = content[marker.end() : max(limit - 1, marker.end())]
        package.add(name, _from_base64(part, package.path, name) if said.endswith(_PACKED) else part)
    package.read_catalogue()
    return package


def _from_base64(text: bytes, path: str, name: str) -> bytes:
    import binascii

    compact = b"".join(text.split())
    try:  # Simulink leaves the padding out
        return binascii.a2b_base64(compact + b"=" * (-len(compact) % 4), strict_mode=True)
    except binascii.Error as error:
        raise MalformedFile(path, f"the part is not in base 64: {error}", name) from None


def write(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model as a text package. Raises FileError for what XML cannot hold."""
    from bridge.files.package_writer import package_of_model
    from bridge.files.releases import version_of

    package = package_of_model(model, os.fspath(path))
    release = package.release or ""
    stub = f'Model {{\n  Version  {version_of(release)}\n  Description "Simulink model saved in {release}"\n}}\n'
    chunks = [TITLE, b"\n", stub.encode(), f"__MWOPC_PACKAGE_BEGIN__ {release}\n".encode()]
    for name, content in {**package.catalogue(), **package.parts}.items():
        if _is_plain(content):
            chunks += [f"__MWOPC_PART_BEGIN__ /{name}\n".encode(), content, b"\n"]
        else:
            chunks += [f"__MWOPC_PART_BEGIN__ /{name} BASE64\n".encode(), _to_base64(content), b"\n"]
    chunks.append(b"__MWOPC_PACKAGE_END__\n")
    replace(path, b"".join(chunks))


def _is_plain(content: bytes) -> bool:
    """Whether a part can stand as it is: text, in which nothing looks like a marker or like another line end."""
    if b"\0" in content or b"\r" in content or b"__MWOPC_" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _to_base64(content: bytes) -> bytes:
    from base64 import b64encode

    text = b64encode(content).rstrip(b"=")  # without padding, as Simulink writes it
    return b"\n".join(text[at : at + _BASE64_LINE] for at in range(0, len(text), _BASE64_LINE))
