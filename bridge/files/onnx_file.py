"""ONNX models as they are, read and written; and the shallow network that one may carry with it."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bridge import storage
from bridge.errors import MalformedFile, UnsupportedContent
from bridge.files import mat, shallow_mat, shallow_network
from bridge.files.matlab_layer_fields import Unreadable
from bridge.network import ShallowNetwork
from bridge.packages import required

Path = str | os.PathLike[str]


PROGRAM = "bridge.names"
"""The key of the metadata in which a diagram's program lists its names, as `bridge.engines.onnx_model` writes them."""


def load(path: Path) -> Any:
    """The `onnx.ModelProto` in a file. Raises `FileError`."""
    onnx = required("onnx")
    content = storage.read_bytes(path)
    try:
        return onnx.load_model_from_string(content)
    except Exception as error:
        raise MalformedFile(path, f"is no ONNX model: {error}") from None


def write(thing: Any, path: Path) -> None:
    """Write an `onnx.ModelProto`, replacing the file at once."""
    storage.replace(path, thing.SerializeToString())


def shallow(notes: Mapping[str, str], tensors: Sequence[Any], path: Path | None) -> ShallowNetwork | None:
    """The shallow network in a model's metadata; None where there is none. `tensors` are the graph's own, which must
    hold its weights."""
    if shallow_mat.NOTE not in notes:
        return None
    try:
        content = base64.b64decode(notes[shallow_mat.NOTE], validate=True)
    except (binascii.Error, ValueError):
        raise MalformedFile(path, "is no base64", f"metadata {shallow_mat.NOTE}") from None
    held = mat.read_bytes(content, path)
    try:
        found = shallow_network.network(held["network"])
    except (Unreadable, KeyError, TypeError, AttributeError) as error:
        raise UnsupportedContent(path, f"holds no shallow network: {error}", f"metadata {shallow_mat.NOTE}") from None
    for name, (_, weight) in found.weights.items():
        if not any(np.array_equal(weight.value, each, equal_nan=True) for each in tensors):
            raise MalformedFile(path, f"the graph has no {name} of the network which the metadata tell")
    return found
