"""Classic .mdl files: to about R2012, and saved on request ever since."""

from __future__ import annotations

import os
import re

from bridge.files.mdl_syntax import codec_of, decode, parse, spell
from bridge.model import Model
from bridge.storage import read_bytes, replace

_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?(?>(?>\s+|#[^\n]*\n)*)(?:Model|Library|Subsystem)\s*\{")


def matches(head: bytes, path: str | os.PathLike[str]) -> bool:
    """Whether a file that begins with `head` is a classic .mdl file."""
    return _BEGINNING.match(head) is not None and not head.lstrip(b"\xef\xbb\xbf").startswith(b"# MathWorks OPC")


def read(path: str | os.PathLike[str]) -> Model:
    """The model in a classic .mdl file. Raises FileError."""
    from bridge.files.mdl_reader import model_of_sections

    text, _ = decode(read_bytes(path))
    name = os.path.splitext(os.path.basename(path))[0]
    return model_of_sections(parse(text, os.fspath(path)), os.fspath(path), os.fsdecode(name))


def write(model: Model, path: str | os.PathLike[str]) -> list[str]:
    """Write a model as a classic .mdl file, and return what that form cannot say: `classic_losses`."""
    from bridge.files.mdl_write import sections_of_model

    text = spell(sections_of_model(model))
    codec = codec_of(model.parameters.get("SavedCharacterEncoding", "UTF-8"))
    try:
        content = text.encode(codec)
    except (UnicodeEncodeError, LookupError):
        content = b"\xef\xbb\xbf" + text.encode("utf-8", "replace")
    replace(path, content)
    return classic_losses(model)


def classic_losses(model: Model) -> list[str]:
    """What a classic file cannot say of a model, one line each, found by reading back what would be written."""
    from bridge.files.mdl_reader import model_of_sections
    from bridge.files.mdl_write import sections_of_model
    from bridge.model import differences

    text = spell(sections_of_model(model))
    return differences(model, model_of_sections(parse(text, model.name), model.name, model.name))
