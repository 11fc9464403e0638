"""What differs between two files, whichever kind they are of: models, networks, recordings, variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge import files
from bridge.comparing import Comparison, compare
from bridge.comparing.changes import Change, Changes, Sort
from bridge.comparing.models import compare_models, model_lines
from bridge.comparing.networks import compare_networks, compare_variables
from bridge.comparing.shallow import compare_shallow, parts
from bridge.errors import UsageError
from bridge.files import csv_table, recordings
from bridge.model import Model
from bridge.network import Network, ShallowNetwork
from bridge.recording import Recording

File = str | os.PathLike[str]


@dataclass(frozen=True)
class Difference:
    """What `diff` found: `found` lists changes, or compares two recordings."""

    a: str
    b: str
    found: Changes | Comparison

    @property
    def same(self) -> bool:
        """Whether nothing differs, but for what every save changes."""
        return self.found.agrees if isinstance(self.found, Comparison) else not self.found

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        recorded = {"kind": "recording", "same": self.same} if isinstance(self.found, Comparison) else {}
        return {"before": self.a, "after": self.b, **recorded, **self.found.to_json()}

    def __str__(self) -> str:
        return str(self.found)


def diff(a: File, b: File, *, layout: bool = True) -> Difference:
    """What makes file `b` of file `a`. A file that is empty or the null device was added or deleted.

    Without `layout`, where a diagram draws things does not count. In recordings, `b` is the reference.
    Raises UsageError where the two are of different kinds.
    """
    one, other = load(a), load(b)
    found = _found(one, other, os.fspath(a), os.fspath(b))
    if isinstance(found, Changes) and not layout:
        found = found.without_layout()
    return Difference(os.fspath(a), os.fspath(b), found)


def text(path: File) -> list[str]:
    """A file as lines of text for version control: what it says, in an order that does not depend on the file's."""
    found = load(path)
    if found is None:
        return []
    if isinstance(found, Model):
        return list(model_lines(found))
    if isinstance(found, Recording):
        signals = [f"signal {name}: {' x '.join(map(str, found[name].shape))}" for name in sorted(found)]
        return [f"recording of class {found.evidence}", *signals, *_digests(found)]
    if isinstance(found, Network):
        arrays = {f"{layer.Name}: {name}": array for layer in found for name, array in layer.arrays.items()}
        return [*repr(found).splitlines(), *_digests(arrays)]
    if isinstance(found, ShallowNetwork):
        held: dict[str, Any] = {}
        for place, part in parts(found).items():
            held |= {f"{place}.{name}".rstrip("."): value for name, value in part.items()}
        said = [f"{place}: {value}" for place, value in held.items() if isinstance(value, str)]
        return [repr(found), *said, *_digests(held)]
    return [*(f"variable {name}: {type(value).__name__}" for name, value in sorted(found.items())), *_digests(found)]


def load(path: File) -> Any:
    """A Model, Network, Recording or mapping of variables; None for an empty file or the null device."""
    name = os.fspath(path)
    if name == os.devnull or (os.path.isfile(name) and os.path.getsize(name) == 0):
        return None
    if Path(name).suffix.lower() == ".csv":
        return recordings.from_variables(csv_table.read(name), name)
    found = files.read(name)
    if isinstance(found, Mapping) and recordings.is_recording(found):
        return recordings.from_variables(found, name)
    return found


def _found(a: Any, b: Any, first: str, second: str) -> Changes | Comparison:
    if a is None or b is None:
        if a is b:
            return Changes("empty file", ())
        return _whole("added" if a is None else "removed", b if a is None else a)
    if isinstance(a, Model) and isinstance(b, Model):
        return compare_models(a, b)
    if isinstance(a, Network) and isinstance(b, Network):
        return compare_networks(a, b)
    if isinstance(a, ShallowNetwork) and isinstance(b, ShallowNetwork):
        return compare_shallow(a, b)
    if isinstance(a, Recording) and isinstance(b, Recording):
        return compare(a, b)
    if isinstance(a, Mapping) and isinstance(b, Mapping) and not isinstance(a, Recording):
        return compare_variables(dict(a), dict(b))
    raise UsageError(f"{first} is a {_kind(a)} and {second} a {_kind(b)}: only two of a kind can be compared")


def _whole(sort: Sort, thing: Any) -> Changes:
    """A file that only one side has."""
    if isinstance(thing, Model):
        items = [("block", path, block.kind) for path, block in thing.all_blocks()]
    elif isinstance(thing, Network):
        items = [("layer", layer.Name, layer.Type) for layer in thing]
    elif isinstance(thing, ShallowNetwork):
        items = [("layer", f"layers{{{k}}}", layer.transferFcn) for k, layer in enumerate(thing.layers, 1)]
    else:
        items = [("signal" if isinstance(thing, Recording) else "variable", name, "") for name in thing]
    kind = _kind(thing)
    items.insert(0, (kind, getattr(thing, "name", "") or "(the whole file)", ""))
    changes = [
        Change(sort, what, path, *((about, "") if sort == "removed" else ("", about))) for what, path, about in items
    ]
    return Changes(kind, tuple(changes))


def _kind(thing: Any) -> str:
    named = {Model: "model", Network: "network", ShallowNetwork: "shallow network", Recording: "recording"}
    return next((name for kind, name in named.items() if isinstance(thing, kind)), "set of variables")


def _digests(arrays: Mapping[str, Any]) -> list[str]:
    """Each array's size, norm and checksum, so that any change of a bit shows."""
    import hashlib

    import numpy as np

    lines = []
    for name, value in sorted(arrays.items()):
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()[:16]
            norm = float(np.sqrt(np.sum(np.abs(value.astype(np.complex128)) ** 2)))
            lines.append(f"{name}: {' x '.join(map(str, value.shape))} {value.dtype}, norm {norm:.9g}, sha256 {digest}")
    return lines
