"""Two networks, or two sets of variables: what was added, removed or changed, arrays by norm and largest change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bridge.comparing.changes import Change, Changes
from bridge.network import Layer, Network, ShallowNetwork


def compare_networks(a: Network, b: Network) -> Changes:
    """Layers by name, their options and arrays, and connections."""
    changes: list[Change] = []
    for name in dict.fromkeys((*a.names, *b.names)):
        if name not in b:
            changes.append(Change("removed", "layer", name, before=a[name].Type))
        elif name not in a:
            changes.append(Change("added", "layer", name, after=b[name].Type))
        else:
            changes += _layer(a[name], b[name])
    ours, theirs = set(a.connections), set(b.connections)
    changes += [Change("removed", "connection", " -> ".join(pair)) for pair in a.connections if pair not in theirs]
    changes += [Change("added", "connection", " -> ".join(pair)) for pair in b.connections if pair not in ours]
    return Changes("network", tuple(changes))


def compare_variables(a: Mapping[str, Any], b: Mapping[str, Any]) -> Changes:
    """Variables by name; networks among them layer by layer."""
    changes: list[Change] = []
    for name in dict.fromkeys((*a, *b)):
        if name not in b:
            changes.append(Change("removed", "variable", name, before=_described(a[name])))
        elif name not in a:
            changes.append(Change("added", "variable", name, after=_described(b[name])))
        elif isinstance(a[name], Network) and isinstance(b[name], Network):
            changes += [_within(name, change) for change in compare_networks(a[name], b[name]).all]
        elif isinstance(a[name], ShallowNetwork) and isinstance(b[name], ShallowNetwork):
            from bridge.comparing.shallow import compare_shallow

            changes += [_within(name, change) for change in compare_shallow(a[name], b[name]).all]
        else:
            changes += array_changes("variable", name, a[name], b[name])
    return Changes("set of variable", tuple(changes))


def _within(name: str, change: Change) -> Change:
    path = f"{name}: {change.path}"
    return Change(change.sort, change.what, path, change.before, change.after, change.figures)


def _layer(a: Layer, b: Layer) -> Iterator[Change]:
    if a.Type != b.Type:
        yield Change("changed", "kind of layer", a.Name, a.Type, b.Type)
    for option in dict.fromkeys((*a.declared, *b.declared)):
        before, after = (getattr(x, option) if option in x.declared else None for x in (a, b))
        if not _same(before, after):
            yield Change("changed", "option", f"{a.Name}: {option}", repr(before), repr(after))
    for array in dict.fromkeys((*a.arrays, *b.arrays)):
        yield from array_changes("weights", f"{a.Name}: {array}", a.arrays.get(array), b.arrays.get(array))


def array_changes(what: str, path: str, a: Any, b: Any) -> Iterator[Change]:
    """What changed of one value: of arrays of one size by norm and largest change."""
    if _same(a, b):
        return
    if not (_numeric(a) and _numeric(b)) or a.shape != b.shape:
        yield Change("changed", what, path, _described(a), _described(b))
        return
    if a.dtype != b.dtype:
        yield Change("changed", f"class of {what}", path, str(a.dtype), str(b.dtype))
    wide = np.complex128 if "c" in (a.dtype.kind, b.dtype.kind) else np.float64
    x, y = a.astype(wide), b.astype(wide)
    differ = (x != y) & ~((x != x) & (y != y))
    if not differ.any():
        if a.dtype == b.dtype:
            yield Change("changed", what, path, "the same numbers", "other bits (the sign of zero, or of NaN)")
        return
    with np.errstate(all="ignore"):
        apart = np.where(differ, np.abs(x - y), 0.0)
        apart[np.isnan(apart)] = np.inf
        at = np.unravel_index(int(np.argmax(apart)), apart.shape)
        largest, scale = float(apart[at]), float(np.max(np.abs(x[np.isfinite(x)]), initial=0.0))
        norms = [float(np.sqrt(np.sum(np.abs(side) ** 2))) for side in (x, y)]
    figures = {
        "norm_before": norms[0],
        "norm_after": norms[1],
        "largest_change": largest,
        "relative_change": largest / scale if scale else None,
        "changed_values": float(np.count_nonzero(differ)),
    }
    # Counted from 1, as MATLAB does.
    place = ", ".join(str(int(index) + 1) for index in at)
    after = (
        f"norm {norms[1]:.6g}; largest change {largest:.3g} at ({place}), {np.count_nonzero(differ)} of {differ.size} "
        "values"
    )
    yield Change("changed", what, path, f"norm {norms[0]:.6g}", after, figures)


def _numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biufc"


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(_same(one, other) for one, other in zip(a, b, strict=True))
    # Two NaN are the same here. Objects of unknown classes are the same where all that they hold is.
    return a is b or (isinstance(a, float) and repr(a) == repr(b)) or bool(a == b) or _same_inside(a, b)


def _same_inside(a: Any, b: Any) -> bool:
    return bool(getattr(a, "__dict__", None)) and _same(vars(a), vars(b))


def _described(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, np.ndarray):
        return f"{' x '.join(map(str, value.shape))} {value.dtype}"
    if isinstance(value, Network):
        return f"a network of {len(value)} layers"
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
