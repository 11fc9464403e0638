"""What a caller hands in, tensors and nested lists too, as an array of real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import LayoutError

Array = npt.NDArray[Any]


def real(place: str, value: Any, dtype: np.dtype[Any]) -> Array:
    """Numbers as an array of the precision. Raises `LayoutError`."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise LayoutError(place, f"the data are no array: {error}") from None
    if array.dtype.kind not in "biuf":
        raise LayoutError(place, f"takes real numbers, not {array.dtype}")
    typed: Array = array.astype(dtype)
    return typed
