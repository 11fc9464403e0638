"""Types of values: a static shape and a data type.

A data type is floating point, integer, boolean, complex or fixed point. A fixed-point number is a stored integer *Q*
with ``value = slope * Q + bias`` (Fixed-Point Designer's "slope and bias scaling").
Shapes follow Simulink: ``()`` a scalar, ``(n,)`` a vector (1-D), ``(m, n)`` a matrix, and so on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bridge.errors import ProgramError

Kind = Literal["float", "int", "bool", "complex", "fixed"]
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DType:
    """One data type. `bits` is the storage width; of a complex number, that of both parts together."""

    kind: Kind
    bits: int
    signed: bool = True
    slope: float = 1.0
    bias: float = 0.0

    @property
    def name(self) -> str:
        """The name as MATLAB writes it: ``double``, ``int8``, ``boolean``, ``sfix16_S…``."""
        if self.kind == "bool":
            return "boolean"
        if self.kind == "float":
            return {16: "half", 32: "single", 64: "double"}[self.bits]
        if self.kind == "int":
            return f"{'' if self.signed else 'u'}int{self.bits}"
        if self.kind == "complex":
            return "double complex" if self.bits == 128 else "single complex"
        return f"fixdt({int(self.signed)},{self.bits},{self.slope!r},{self.bias!r})"

    @property
    def numpy(self) -> np.dtype[np.generic]:
        """The numpy type of the stored values; a fixed-point number is stored as the next wider integer."""
        if self.kind == "bool":
            return np.dtype(np.bool_)
        if self.kind in ("int", "fixed"):
            width = next(width for width in (8, 16, 32, 64) if width >= self.bits)
            return np.dtype(f"{'i' if self.signed else 'u'}{width // 8}")
        return np.dtype(f"{'f' if self.kind == 'float' else 'c'}{self.bits // 8}")

    @property
    def is_integer(self) -> bool:
        return self.kind == "int"

    @property
    def is_float(self) -> bool:
        return self.kind == "float"

    @property
    def limits(self) -> tuple[int, int]:
        """The smallest and the largest stored integer."""
        if self.kind not in ("int", "fixed"):
            raise ProgramError(f"{self.name} has no integer limits")
        if self.signed:
            return -(1 << (self.bits - 1)), (1 << (self.bits - 1)) - 1
        return 0, (1 << self.bits) - 1

    def __str__(self) -> str:
        return self.name


DOUBLE = DType("float", 64)
SINGLE = DType("float", 32)
BOOLEAN = DType("bool", 8, signed=False)
INT8, INT16, INT32, INT64 = (DType("int", bits) for bits in (8, 16, 32, 64))
UINT8, UINT16, UINT32, UINT64 = (DType("int", bits, signed=False) for bits in (8, 16, 32, 64))
COMPLEX = DType("complex", 128)
SINGLE_COMPLEX = DType("complex", 64)

BUILT_IN = {
    dtype.name: dtype
    for dtype in (
        *(DOUBLE, SINGLE, BOOLEAN, INT8, INT16, INT32, INT64),
        *(UINT8, UINT16, UINT32, UINT64, COMPLEX, SINGLE_COMPLEX),
    )
}


def from_numpy(dtype: np.dtype[np.generic] | type[np.generic]) -> DType:
    """The data type that stores values of a numpy type as they are."""
    given = np.dtype(dtype)
    for known in BUILT_IN.values():
        if known.numpy == given:
            return known
    raise ProgramError(f"no data type for numpy's {given}")


@dataclass(frozen=True, slots=True)
class Type:
    """A shape and a data type: ``double[3x1]``."""

    shape: Shape
    dtype: DType

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def rank(self) -> int:
        return len(self.shape)

    def with_shape(self, shape: Shape) -> Type:
        return Type(shape, self.dtype)

    def with_dtype(self, dtype: DType) -> Type:
        return Type(self.shape, dtype)

    def __str__(self) -> str:
        return self.dtype.name + (f"[{'x'.join(map(str, self.shape))}]" if self.shape else "")


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The common shape under the rule that an axis of length one, or a missing leading axis, repeats."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        listed = " and ".join("x".join(map(str, shape)) or "scalar" for shape in shapes)
        raise ProgramError(f"shapes {listed} do not fit together") from None
