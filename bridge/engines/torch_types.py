"""How torch holds the form's data types: integers of every width as int64, the rest as they are.

torch computes on uint16, uint32 and uint64 hardly at all. An int64 carries the value of a narrower integer, brought
back into range after each operation that may leave it; of a uint64 it carries the bits, so that sums and products are
right as they are and only order, right shifts and conversions need care.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.program.types import DType

Tensor = Any
SIGN = -(2**63)  # the sign bit of an int64; flipping it gives a uint64's bits the order of int64


def carrier(torch: Any, dtype: DType) -> Any:
    """The torch type that values of `dtype` are computed in."""
    if dtype.kind in ("int", "fixed"):
        return torch.int64
    return native(torch, dtype)


def native(torch: Any, dtype: DType) -> Any:
    """The torch type of the same name, for what is handed out."""
    return getattr(torch, dtype.numpy.name)


def is_wide(dtype: DType) -> bool:
    """Whether it is uint64, whose carrier holds bits rather than the value."""
    return dtype.is_integer and dtype.bits == 64 and not dtype.signed


def wrap(dtype: DType, x: Tensor) -> Tensor:
    """An int64 brought into the range of an integer type modulo 2**bits; others as they are."""
    if not dtype.is_integer or dtype.bits == 64:
        return x
    mask = (1 << dtype.bits) - 1
    if not dtype.signed:
        return x & mask
    half = 1 << (dtype.bits - 1)
    return ((x + half) & mask) - half


def ordered(dtype: DType, x: Tensor) -> Tensor:
    """Carriers whose order as int64 is the order of the values; its own inverse."""
    return x ^ SIGN if is_wide(dtype) else x


def to_carrier(torch: Any, value: Any, dtype: DType) -> Tensor:
    """An array or tensor as a tensor of the carrying type; arrays are copied, tensors keep their gradients."""
    if isinstance(value, torch.Tensor):
        bits = value.view(torch.int64) if value.dtype == torch.uint64 else value
        return wrap(dtype, bits.to(carrier(torch, dtype)))
    array = np.asarray(value, dtype=dtype.numpy)
    if dtype.is_integer:
        array = array.view(np.int64) if is_wide(dtype) else array.astype(np.int64)
    return torch.from_numpy(np.array(array, order="C"))


def to_native(torch: Any, x: Tensor, dtype: DType) -> Tensor:
    """A carrier as a tensor of the type of the same name."""
    return x.view(torch.uint64) if is_wide(dtype) else x.to(native(torch, dtype))


def to_array(x: Tensor, dtype: DType) -> np.ndarray:
    """A carrier as an array of the declared type, with memory of its own."""
    array: np.ndarray = x.detach().cpu().numpy()
    return array.view(dtype.numpy).copy() if is_wide(dtype) else array.astype(dtype.numpy)
