"""Gamma, beta and error functions."""

from __future__ import annotations

import numpy as np

from bridge.matlab.arithmetic import aligned, broadcast_shape
from bridge.matlab.functions.arguments import real_array
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import Array, Value

FUNCTIONS: dict[str, Function] = {}


@register(FUNCTIONS, "gamma gammaln erf erfc erfinv", 1, 1)
def one_argument(call: Call, x: Value) -> Array:
    """The function of the called name, element by element."""
    import scipy.special

    array = real_array(x)
    if call.name == "gamma":
        # Exact at whole numbers, where scipy's is off by rounding; Inf at 0 and NaN nowhere but at -Inf.
        result = np.asarray(scipy.special.gamma(array))
        whole = (array >= 1) & (array <= 171) & (array == np.trunc(array))
        table = np.concatenate([[1.0], np.cumprod(np.arange(1.0, 171.0))])
        result = np.where(whole, table[np.where(whole, array, 1).astype(np.int64) - 1], result)
        return np.where((array < 0) & (array == np.trunc(array)), np.inf, result).astype(array.dtype)
    name = "gammaln" if call.name == "gammaln" else call.name
    return np.asarray(getattr(scipy.special, name)(array), dtype=array.dtype)


@register(FUNCTIONS, "beta", 2, 2)
def beta(call: Call, x: Value, y: Value) -> Array:
    """The beta function."""
    import scipy.special

    a, b = real_array(x), real_array(y)
    call.allocate(broadcast_shape(a.shape, b.shape))
    return np.asarray(scipy.special.beta(*aligned(a, b)))
