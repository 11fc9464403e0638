"""The discrete Fourier transform."""

from __future__ import annotations

import math

import numpy as np

from bridge.matlab.arithmetic import SINGLE, narrow, trim
from bridge.matlab.functions.arguments import dimension, first_axis, float_array, numeric, real_type, whole
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.values import Array, Value

FUNCTIONS: dict[str, Function] = {}


@register(FUNCTIONS, "fft ifft", 1, 3)
def fft(call: Call, x: Value, count: Value = None, axis: Value = None) -> Array:
    """``X(k) = sum x(n) exp(-2 pi i (k-1)(n-1)/N)`` along a dimension, padded or cut to `count`, and its inverse."""
    array = float_array(x)
    along = first_axis(array.shape) if axis is None else dimension(axis)
    if along >= array.ndim:
        array = array.reshape(array.shape + (1,) * (along + 1 - array.ndim))
    length = array.shape[along] if count is None or not numeric(count).size else whole(count, "length")
    shape = [length if k == along else n for k, n in enumerate(array.shape)]
    call.allocate(shape)
    total = math.prod(max(n, 0) for n in shape)
    if not total:
        return np.zeros([max(n, 0) for n in shape])
    call.work(5.0 * total * math.log2(max(length, 2)))
    function = np.fft.fft if call.name == "fft" else np.fft.ifft
    result = np.asarray(function(array, length, along))
    return trim(narrow(result.astype(np.complex64) if real_type(array) == SINGLE else result))


@register(FUNCTIONS, "fftshift ifftshift", 1, 1)
def fftshift(call: Call, x: Value) -> Array:
    """The zero frequency moved to the middle, and back."""
    array = numeric(x)
    return np.asarray(np.fft.fftshift(array) if call.name == "fftshift" else np.fft.ifftshift(array))
