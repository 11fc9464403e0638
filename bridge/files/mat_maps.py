"""`containers.Map` and `dictionary` objects from .mat files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bridge.files.mat_natural import Unfamiliar, structure, text
from bridge.files.mat_objects import MatObject
from bridge.matlab.values import Cell, Char, String

__all__ = ["CONVERTERS", "Map"]


class Map(Mapping[Any, Any]):
    """A `containers.Map` or `dictionary`: keys are `str` or Python numbers, values as they are in the file.

    `key_type` and `value_type` are MATLAB's names of the classes, empty where a dictionary does not say them.
    """

    def __init__(self, items: Mapping[Any, Any], key_type: str = "", value_type: str = "") -> None:
        self._items = dict(items)
        self.key_type = key_type
        self.value_type = value_type

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Map({self._items!r})"


def _key(value: Any) -> Any:
    if isinstance(value, Char):
        return text(value)
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "biuf":
        return value.flat[0].item()
    raise Unfamiliar


def _containers_map(thing: MatObject) -> Map:
    stored = structure(thing.properties["serialization"])
    keys, values = stored["keys"], stored["values"]
    if not isinstance(keys, Cell) or not isinstance(values, Cell) or keys.size != values.size:
        raise Unfamiliar
    items = {_key(key): value for key, value in zip(keys, values, strict=True)}
    return Map(items, text(stored["keyType"]), text(stored["valueType"]))


def _elements(value: Any) -> list[Any]:
    """The keys or values of a dictionary, which MATLAB keeps together in one array."""
    if isinstance(value, Cell):
        return list(value)
    if isinstance(value, String):
        return [String(item) if item is not None else value for item in value]
    if isinstance(value, np.ndarray):
        return [value.ravel(order="F")[k].reshape(1, 1) for k in range(value.size)]
    raise Unfamiliar


def _dictionary(thing: MatObject) -> Map:
    stored = structure(thing.properties["data"])
    if "Key" not in stored:
        return Map({})
    keys = [key.text if isinstance(key, String) else _key(key) for key in _elements(stored["Key"])]
    values = _elements(stored["Value"])
    if len(keys) != len(values) or len(set(keys)) != len(keys):
        raise Unfamiliar
    return Map(dict(zip(keys, values, strict=True)))


CONVERTERS = {"containers.Map": _containers_map, "dictionary": _dictionary}
