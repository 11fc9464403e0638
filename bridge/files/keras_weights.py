"""The variables of a Keras model, by layer, out of the HDF5 that every form of its files has.

========================  =============================================================================================
``model.weights.h5``      inside a ``.keras`` (Keras 3, and Keras 2.12 on): ``layers/lstm/cell/vars/0``, ``…/1``, in the
                          order in which the layer made them; ``vars`` has the layer's name as attribute ``name``, or
                          layers are called by class and number
``model_weights``         in a ``.h5`` (any Keras): ``model_weights/lstm/…/kernel``, with ``:0`` behind it in Keras 2
========================  =============================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import MalformedFile, UnsupportedContent
from bridge.files import hdf5
from bridge.files.hdf5 import Dataset, HDF5Object, Kind
from bridge.files.mat_limits import Budget

Array = npt.NDArray[Any]
_DEPTH = 12
_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")


class Tree:
    """An HDF5 file as groups, arrays and texts."""

    def __init__(self, content: bytes, path: Any) -> None:
        self.path = path
        self.budget = Budget(None, path)
        self._source = hdf5.Source(BytesIO(content), self.budget)
        self.root = HDF5Object(self._source, hdf5.open_root(self._source))

    def members(self, group: HDF5Object) -> dict[str, HDF5Object]:
        """What lies in a group; a link to elsewhere is refused."""
        if not group.is_group:
            return {}
        found = {}
        for link in hdf5.links(group):
            name = link.name.decode("utf-8", "replace")
            if link.address is None:
                raise UnsupportedContent(self.path, "is a link to another place or file, which is not followed", name)
            found[name] = HDF5Object(self._source, link.address)
        return found

    def arrays(self, group: HDF5Object, place: str = "", depth: int = 0) -> Iterator[tuple[str, Array]]:
        """Every array below a group, with its path."""
        if depth > _DEPTH:
            raise MalformedFile(self.path, "has groups too deep", place)
        for name, member in self.members(group).items():
            where = f"{place}/{name}".lstrip("/")
            self.budget.count(1, where)
            if not member.is_dataset:
                yield from self.arrays(member, where, depth + 1)
                continue
            self._source.place = where
            stored = Dataset(member)
            self.budget.charge(stored.size, where)
            if stored.datatype.kind is Kind.NUMBER:
                yield where, stored.read()

    def text(self, thing: HDF5Object, name: str) -> str | None:
        """A text that an attribute holds."""
        attribute = hdf5.attributes(thing, (name,)).get(name)
        if attribute is None:
            return None
        value = attribute.value[0] if isinstance(attribute.value, list) else attribute.value
        return np.asarray(value).tobytes().rstrip(b"\0").decode("utf-8", "replace")


Variables = Mapping[str, Mapping[str, Array]]
"""Arrays by the layer's name and their path below it."""


def variables(tree: Tree, layers: Sequence[Mapping[str, Any]]) -> Variables:
    """The arrays of every layer of a model, whose descriptions are `layers`."""
    members = tree.members(tree.root)
    if "model_weights" in members:
        groups = tree.members(members["model_weights"])
        return {name: dict(tree.arrays(group)) for name, group in groups.items()}
    container = next((members[name] for name in _CONTAINERS if name in members), None)
    if container is None:
        raise UnsupportedContent(tree.path, "has no weights that Keras would look for")
    by_class = _numbered(layers)
    found = {}
    for key, group in tree.members(container).items():
        own = tree.members(group).get("vars")
        name = (tree.text(own, "name") if own is not None else None) or by_class.get(key, key)
        found[name] = dict(tree.arrays(group))
    return found


def _numbered(layers: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Names by what layers without one are called: their class in small letters, with a number from the second on."""
    counts: dict[str, int] = {}
    found = {}
    for layer in layers:
        apart = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", str(layer.get("class_name")))
        stem = re.sub(r"([a-z])([A-Z])", r"\1_\2", apart).lower()
        number = counts[stem] = counts.get(stem, -1) + 1
        found[f"{stem}_{number}" if number else stem] = str(layer.get("config", {}).get("name"))
    return found


def named(arrays: Mapping[str, Array], names: Sequence[str], part: str = "") -> dict[str, Array]:
    """The arrays of a layer, or of its `part` (``forward``, ``backward``), called `names` or numbered in this order."""
    found = {}
    for path, array in arrays.items():
        pieces = path.split("/")
        last = pieces[-1].removesuffix(":0")
        name = names[int(last)] if last.isdigit() and int(last) < len(names) else last
        if name in names and (not part or any(piece.startswith(part) for piece in pieces)):
            found[name] = array
    return found
