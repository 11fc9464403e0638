"""Networks as ONNX, ``.onnx``: a graph of ONNX's own operators (`onnx_graph`) that any runtime runs.

The graph is in single precision, unless `bridge.prediction.onnx_double` wrote it. What it cannot say is in the model's
metadata under ``bridge``, JSON: every option, name and connection, and ``arrays``, those that its tensors do not give
back bit for bit (double precision, states, projectors): base64 of little-endian numbers, columns after each other, or
the name of a tensor and the precision that it had. With it, reading gives an equal network; the graph's own tensors
must be those of that network, or the file is refused. Graphs from elsewhere are read by
`onnx_foreign`.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge import storage
from bridge.errors import MalformedFile, NetworkError, UnsupportedContent
from bridge.files import onnx_file, onnx_graph, onnx_weights
from bridge.network import Layer, Network, ShallowNetwork, identical
from bridge.network.record import described, rebuilt
from bridge.packages import required

Path = str | os.PathLike[str]
Array = npt.NDArray[Any]
METADATA = "bridge"


def matches(head: bytes, path: Path | None = None) -> bool:
    """Whether the file begins as a serialised ONNX model: a small IR version, then the producer or the graph."""
    if len(head) < 3 or head[0] != 0x08 or not 1 <= head[1] <= 64:
        return False
    return head[2] in (0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42, 0x72)


def write(thing: Network, path: Path) -> None:
    """Write a network as an ONNX model, replacing the file at once."""
    storage.replace(path, model(thing).SerializeToString())


def write_for_matlab(thing: Network, path: Path) -> list[str]:
    """Write the form that MATLAB's importer takes (`onnx_matlab`); what is not confirmed and not kept, a line each."""
    from bridge.files import onnx_matlab

    name = os.path.basename(os.fsdecode(path))
    made = onnx_matlab.export(thing, name).model
    storage.replace(path, noted(made, thing).SerializeToString())
    return [onnx_matlab.UNCONFIRMED, *onnx_matlab.notes(thing), f"in MATLAB: {onnx_matlab.call(thing, name)}"]


def model(network: Network) -> Any:
    """The network as an `onnx.ModelProto` with the metadata that `read` wants."""
    return noted(onnx_graph.export(network).model, network)


def noted(made: Any, network: Network, stored: Mapping[str, str] | None = None) -> Any:
    """A model with the metadata that `read` wants. `stored` names tensors that are arrays, by ``layer/array``."""
    arrays = _beside(network, made) if stored is None else _stored(network, stored)
    required("onnx").helper.set_model_props(made, {METADATA: json.dumps({**described(network), "arrays": arrays})})
    return made


def _stored(network: Network, stored: Mapping[str, str]) -> dict[str, Any]:
    """Every array, as a tensor's name or packed."""
    places = {f"{layer.Name}/{name}": array for layer in network for name, array in layer.arrays.items()}
    return {
        place: {"dtype": array.dtype.str, "tensor": stored[place]} if place in stored else _packed(array)
        for place, array in places.items()
    }


def _beside(network: Network, made: Any) -> dict[str, Any]:
    """The arrays that the graph's tensors do not give back bit for bit."""
    found, tensors = {}, _tensors(required("onnx"), made)
    for layer in network:
        back = _from_graph(layer, tensors)
        for name, array in layer.arrays.items():
            if name not in back or not identical(back[name], array):
                found[f"{layer.Name}/{name}"] = _packed(array)
    return found


def _packed(array: Array) -> dict[str, Any]:
    little = array.astype(array.dtype.newbyteorder("<"))
    data = base64.b64encode(little.tobytes(order="F")).decode("ascii")
    return {"dtype": little.dtype.str, "shape": list(array.shape), "data": data}


def _unpacked(packed: Mapping[str, Any], tensors: Mapping[str, Array]) -> Array:
    if packed["dtype"] not in ("<f4", "<f8"):
        raise ValueError(f"an array of {packed['dtype']}")
    if "tensor" in packed:
        return tensors[packed["tensor"]].astype(np.dtype(packed["dtype"]).newbyteorder("="))
    raw = base64.b64decode(packed["data"], validate=True)
    array = np.frombuffer(raw, packed["dtype"]).reshape(tuple(packed["shape"]), order="F")
    return array.astype(array.dtype.newbyteorder("="))


def read(path: Path) -> Network | ShallowNetwork:
    """The network in an ONNX file. Raises `FileError`."""
    found, onnx = onnx_file.load(path), required("onnx")
    outside = next((each.name for each in found.graph.initializer if each.data_location == each.EXTERNAL), None)
    if outside is not None:
        raise UnsupportedContent(path, "keeps its numbers in another file", outside)
    said = {entry.key: entry.value for entry in found.metadata_props}
    if onnx_file.PROGRAM in said:
        raise UnsupportedContent(path, "holds the program of a diagram, no network; slbridge info tells its inputs")
    tensors = _tensors(onnx, found, path)
    shallow = onnx_file.shallow(said, list(tensors.values()), path)
    if shallow is not None:
        return shallow
    notes = said.get(METADATA)
    if notes is None:
        from bridge.files import onnx_foreign

        return onnx_foreign.network(found, path)
    try:
        return _from_notes(json.loads(notes), tensors)
    except (NetworkError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedFile(path, f"its metadata describe no network: {error}") from None


def _tensors(onnx: Any, found: Any, path: Path | None = None) -> dict[str, Array]:
    tensors = {}
    for each in found.graph.initializer:
        try:
            tensors[each.name] = onnx.numpy_helper.to_array(each)
        except (ValueError, KeyError, TypeError, RuntimeError) as error:  # of a size or type that it has not
            line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise MalformedFile(path, f"is no array: {line}", f"tensor {each.name!r}") from None
    return tensors


def _from_notes(notes: Mapping[str, Any], tensors: Mapping[str, Array]) -> Network:
    bare = rebuilt(notes, {})
    arrays: dict[str, dict[str, Array]] = {layer.Name: _from_graph(layer, tensors) for layer in bare}
    for place, packed in notes["arrays"].items():
        name, _, array = place.rpartition("/")
        arrays[name][array] = _unpacked(packed, tensors)
    whole = rebuilt(notes, arrays)
    for layer in whole:
        for short, array in onnx_weights.tensors(layer).items():
            name = onnx_graph.initializer_name(layer.Name, short)
            if name in tensors and not np.array_equal(array.astype(np.float32), tensors[name], equal_nan=True):
                raise NetworkError(layer.Name, f"the graph's {name} is not that of the network which the metadata tell")
    return whole


def _from_graph(layer: Layer, tensors: Mapping[str, Array]) -> dict[str, Array]:
    shorts = (*onnx_weights.SHORTS, *layer.array_names)
    named = {short: onnx_graph.initializer_name(layer.Name, short) for short in shorts}
    own = {short: tensors[name] for short, name in named.items() if name in tensors}
    return onnx_weights.arrays(layer, own) if own and layer.learnable_names else {}
