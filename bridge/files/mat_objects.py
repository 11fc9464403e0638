"""Objects as a .mat file holds them: a class name and properties, nothing of what the class does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from bridge.matlab.values import Struct

__all__ = ["Enumeration", "MatObject", "MatObjectArray"]


@dataclass(eq=False)
class MatObject:
    """One object: its class with package (``nnet.cnn.layer.LSTMLayer``) and its properties by name.

    Properties that the file does not store have the class's defaults where the file has these. Two references to one
    object give one `MatObject`, as handle objects need; objects may refer to each other in circles.
    Many classes save one structure instead of properties, in a property called `any`; indexing looks into it:
    ``layer["Name"]`` is ``layer.properties["any"]["Name"]``. `system` is "MCOS" for classes made with `classdef`,
    "old" for `@class` folders, "java" for Java objects (one property, `data`, their serialised bytes).
    """

    class_name: str
    properties: dict[str, Any] = field(default_factory=dict)
    system: str = "MCOS"

    @property
    def package(self) -> str:
        """The class's package, ``nnet.cnn.layer``; empty outside of packages."""
        return self.class_name.rpartition(".")[0]

    @property
    def fields(self) -> dict[str, Any]:
        """The properties; where the class saves a structure instead, its fields, and other properties' defaults."""
        saved = self.properties.get("any")
        if not isinstance(saved, Struct) or saved.size != 1:
            return self.properties
        others = {name: value for name, value in self.properties.items() if name != "any"}
        return {**others, **saved}

    @property
    def shape(self) -> tuple[int, ...]:
        """1 x 1."""
        return (1, 1)

    def __getitem__(self, name: str) -> Any:
        fields = self.fields
        if name not in fields:
            raise KeyError(f"a {self.class_name} has no '{name}'; it has {', '.join(fields) or 'nothing'}")
        return fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def get(self, name: str, default: Any = None) -> Any:
        """The property, or the field of `any`, called `name`."""
        return self.fields.get(name, default)

    def __repr__(self) -> str:
        return f"MatObject({self.class_name}: {', '.join(self.fields)})"


@dataclass(eq=False)
class MatObjectArray:
    """An array of objects. `class_name` is the array's class; each element has its own, which may be a subclass."""

    class_name: str
    values: npt.NDArray[Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """The size, at least two numbers."""
        return self.values.shape

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self.values.size)

    def __len__(self) -> int:
        return int(self.values.size)

    def __iter__(self) -> Iterator[Any]:
        """The elements, first index fastest."""
        return iter(self.values.ravel(order="F").tolist())

    def __getitem__(self, index: int) -> Any:
        """The element at flat position `index`, counted from 0 down the columns."""
        return self.values.ravel(order="F")[index]

    def __repr__(self) -> str:
        return f"MatObjectArray({'x'.join(map(str, self.shape))} {self.class_name})"


@dataclass(frozen=True, eq=False)
class Enumeration:
    """An array of enumeration members, `names` of `shape`.

    `members` are the names that occur, `values` the properties of each (an object, where the class has any), `builtin`
    the class of numbers that the enumeration is made of, if it is.
    """

    class_name: str
    names: npt.NDArray[Any]
    members: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    builtin: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The size, at least two numbers."""
        return self.names.shape

    def __repr__(self) -> str:
        return f"Enumeration({self.class_name}: {', '.join(self.names.ravel(order='F').tolist())})"
