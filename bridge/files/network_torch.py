"""Networks as torch state dicts, ``.pt``: what ``torch.save(network.to_torch().state_dict(), path)`` writes, and more.

The file holds an ordered mapping of tensors with torch's own keys (``lstm.weight_ih_l0``, ``fc.weight``; see
`torch_weights`), so that ``module.load_state_dict(torch.load(path, weights_only=True))`` works. What a state dict
cannot say rides in its ``_metadata["bridge"]``: the ``network``, JSON, with every option and connection, and
``arrays``, those that no tensor holds exactly (states, statistics, projectors), as ``layer/name``. With it, reading
gives an equal network, bit for bit. Nothing is ever unpickled: files are read with ``weights_only=True``.
"""

from __future__ import annotations

import io
import json
import os
import pickle
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge import storage
from bridge.errors import MalformedFile, NetworkError, UnknownFormat, UnsupportedContent
from bridge.files import torch_weights
from bridge.network import Layer, Network
from bridge.network.record import described, rebuilt
from bridge.network.record import layer as layer_of
from bridge.packages import required

Path = str | os.PathLike[str]
METADATA = "bridge"


def matches(head: bytes, path: Path | None = None) -> bool:
    """Whether the file is a zip archive as `torch.save` writes it."""
    return head[:4] == b"PK\x03\x04" and b"/data.pkl" in head[:200]


def keys(network: Network) -> dict[str, str]:
    """For each layer the name that its tensors begin with: its own, without what torch does not allow."""
    taken: dict[str, str] = {}
    for layer in network:
        key = layer.Name.replace(".", "_") or "_"
        while key in taken.values():
            key += "_"
        taken[layer.Name] = key
    return taken


def state_dict(network: Network) -> OrderedDict[str, Any]:
    """The network as a state dict with metadata; tensors have the precision of the network's arrays."""
    torch = required("torch")
    named = keys(network)
    entries: OrderedDict[str, Any] = OrderedDict()
    beside: dict[str, Any] = {}
    for layer in network:
        held = torch_weights.tensors(layer)
        entries.update((f"{named[layer.Name]}.{key}", torch.from_numpy(np.array(a))) for key, a in held.items())
        exact = torch_weights.arrays(layer, held) if torch_weights.is_exact(layer) else {}
        beside.update(
            (f"{layer.Name}/{name}", torch.from_numpy(np.array(array)))
            for name, array in layer.arrays.items()
            if name not in exact
        )
    metadata: OrderedDict[str, Any] = OrderedDict({"": {"version": 1}})
    metadata[METADATA] = {"network": json.dumps(described(network)), "arrays": beside}
    entries._metadata = metadata  # type: ignore[attr-defined]  # where torch keeps a state dict's own
    return entries


def write(thing: Network, path: Path) -> None:
    """Write the state dict of a network, replacing the file at once."""
    torch = required("torch")
    content = io.BytesIO()
    torch.save(state_dict(thing), content)
    storage.replace(path, content.getvalue())


def assumptions(path: Path) -> list[str]:
    """What `read` takes for granted because a file of tensors alone does not tell it; nothing for files of our own."""
    if getattr(_loaded(path), "_metadata", {}).get(METADATA) is not None:
        return []
    return ["every step of the sequence and no activations, since a state dict tells neither"]


def read(path: Path) -> Network:
    """The network in a file with a state dict. Raises `FileError`, and `EngineMissing` without torch."""
    found = _loaded(path)
    try:
        return from_state_dict(found)
    except (NetworkError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MalformedFile(path, f"its state dict is no network: {_first_line(error)}") from None


def _loaded(path: Path) -> Mapping[str, Any]:
    torch = required("torch")
    content = storage.read_bytes(path)
    _check_records(content, path)
    try:
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:  # which torch raises for whatever is no plain tensor
        cause = "torch cannot read it as plain tensors: pickled objects are never loaded; save module.state_dict()"
        raise MalformedFile(path, cause) from None
    except Exception as error:  # torch raises many kinds
        raise MalformedFile(path, f"torch cannot read it as plain tensors: {_first_line(error)}") from None
    if not isinstance(found, Mapping):
        raise UnknownFormat(path, f"holds a {type(found).__name__}, not a state dict")
    try:
        return _weights(found)
    except NetworkError as error:
        raise MalformedFile(path, str(error)) from None


def _weights(found: Mapping[Any, Any]) -> Mapping[str, Any]:
    """The state dict of a checkpoint that holds other things beside it: its only mapping to tensors."""
    if all(hasattr(value, "detach") for value in found.values()):
        return found
    inside = {
        str(name): value
        for name, value in found.items()
        if isinstance(value, Mapping) and value and all(hasattr(each, "detach") for each in value.values())
    }
    if len(inside) != 1:
        there = ", ".join(str(name) for name in found)
        raise NetworkError("", f"{len(inside)} of its entries are mappings to tensors, where one is wanted: {there}")
    return next(iter(inside.values()))


def _check_records(content: bytes, path: Path) -> None:
    """Refuse a zip whose records unpack to more than it holds: torch stores them as they are."""
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist())
    except Exception as error:  # zipfile raises many kinds, as torch does
        raise MalformedFile(path, f"is a broken zip: {_first_line(error)}") from None
    if packed or size > len(content):
        raise UnsupportedContent(path, f"holds {len(content):,} bytes that unpack to {size:,}; torch does not compress")


def from_state_dict(found: Mapping[str, Any]) -> Network:
    """The network of a state dict: from its metadata, or where it has none from the names of its tensors."""
    entries = {str(key): tensor.detach().cpu().numpy() for key, tensor in found.items()}
    metadata = getattr(found, "_metadata", None)
    notes = metadata.get(METADATA) if isinstance(metadata, Mapping) else None
    if notes is None:
        from bridge.files.torch_modules import from_names

        return from_names(entries)
    beside: dict[str, dict[str, Any]] = {}
    for place, tensor in notes["arrays"].items():
        name, _, array = str(place).rpartition("/")
        beside.setdefault(name, {})[array] = tensor.detach().cpu().numpy()
    return _joined(json.loads(notes["network"]), entries, beside)


def _joined(
    description: Mapping[str, Any], entries: Mapping[str, Any], beside: Mapping[str, Mapping[str, Any]]
) -> Network:
    bare = rebuilt(description, {})
    named = keys(bare)
    arrays = {}
    for layer in bare:
        own = own_entries(entries, named[layer.Name])
        arrays[layer.Name] = {**torch_weights.arrays(layer, own), **beside.get(layer.Name, {})}
    whole = rebuilt(description, arrays)
    for layer in whole:
        if not torch_weights.is_exact(layer):
            own = own_entries(entries, named[layer.Name])
            for name, array in torch_weights.tensors(layer).items():
                if name not in own or not np.array_equal(array, own[name], equal_nan=True):
                    raise NetworkError(layer.Name, f"its tensor {name} is not that of the layer that the metadata tell")
    return whole


def from_own_module(module: Any) -> Network:
    """The network of a module that `Network.to_torch` made, with the weights that it has now."""
    structure: Network = module.network
    entries = {key: tensor.detach().cpu().numpy() for key, tensor in module.state_dict().items()}
    beside = {}
    for layer in structure:
        kept = torch_weights.arrays(layer, torch_weights.tensors(layer)) if torch_weights.is_exact(layer) else {}
        beside[layer.Name] = {name: array for name, array in layer.arrays.items() if name not in kept}
    return _joined(described(structure), entries, beside)


def own_entries(entries: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The entries that begin with a layer's key, without it."""
    return {name.removeprefix(f"{key}."): array for name, array in entries.items() if name.rpartition(".")[0] == key}


def bare_layer(kind: type[Layer], **options: Any) -> Layer:
    """A layer without arrays, to tell `torch_weights` what to read."""
    return layer_of({"Type": kind.Type, "Name": "layer", **options})


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
