"""Net input functions: a layer's net input from its weighted inputs and its bias, element by element."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from bridge.program.form import Value


def netsum(*z: Value) -> Value:
    """n = z1 + z2 + …, the bias among them."""
    return reduce(lambda x, y: x + y, z)


def netprod(*z: Value) -> Value:
    """n = z1 z2 …, the bias among them."""
    return reduce(lambda x, y: x * y, z)


NET_INPUT: dict[str, Callable[..., Value]] = {"netsum": netsum, "netprod": netprod}
