"""Compare two recordings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.comparing.alignment import align
from bridge.comparing.comparison import Comparison, Exceedance, Row
from bridge.comparing.measures import difference, scale, ulps
from bridge.comparing.tolerance import Tolerance
from bridge.comparing.window import within_window
from bridge.errors import EvidenceError, UsageError
from bridge.recording import Recording
from bridge.suggestions import offered

Array = NDArray[Any]


def compare(
    a: Recording,
    b: Recording,
    *,
    tolerance: Tolerance | Mapping[str, Tolerance] | None = None,
    signals: Iterable[str] | Mapping[str, str] | None = None,
    names: tuple[str, str] = ("a", "b"),
) -> Comparison:
    """Compare `a` with the reference `b`, signal by signal.

    tolerance  one for all signals, or by signal's name; by default from the data types: exact for integers and
               booleans, 1e-12 of the signal's scale for double, 2e-6 where one side is single.
    signals    the names to compare, or name in a -> name in b; by default every name of either side, so that a signal
               that only one side has is a disagreement.
    names      what a and b are called in what is said of them.

    Times that agree are compared sample by sample, others as `bridge.comparing.alignment.align` says. Two NaNs agree.
    Raises `EvidenceError` where there is nothing to compare: no signal, a named one that neither side has, no samples,
    or no time in common.
    """
    sides: tuple[object, object] = (a, b)
    for name, given in zip(names, sides, strict=True):
        if not isinstance(given, Recording):
            wanted = "a recording is compared; bridge.testing.assert_agree takes arrays and files too"
            raise UsageError(f"{name} is a {type(given).__name__}: {wanted}")
    pairs = _pairs(a, b, signals, names)
    if isinstance(tolerance, Mapping):
        unknown = sorted(set(tolerance) - set(pairs))
        if unknown:
            raise UsageError(f"a tolerance is given for {unknown[0]!r}, which is not among the signals compared")
    rows = []
    for name, other in pairs.items():
        limits = tolerance.get(name) if isinstance(tolerance, Mapping) else tolerance
        rows.append(_compared(name, other, a, b, limits or Tolerance(), names))
    return Comparison(tuple(rows), (a.evidence, b.evidence), (a.origin, b.origin), names)


def _pairs(
    a: Recording, b: Recording, signals: Iterable[str] | Mapping[str, str] | None, names: tuple[str, str]
) -> dict[str, str]:
    if isinstance(signals, str):
        raise UsageError(f"signals is the text {signals!r}; a list of names is wanted: [{signals!r}]")
    if signals is None:
        pairs = {name: name for name in [*a, *(name for name in b if name not in a)]}
    elif isinstance(signals, Mapping):
        pairs = dict(signals)
    else:
        pairs = {name: name for name in signals}
    if not pairs:
        raise EvidenceError("there is no signal to compare")
    for name, other in pairs.items():
        if name not in a and other not in b:
            held = f"{names[0]} has {_names(a)}, {names[1]} has {_names(b)}"
            raise EvidenceError(f"signal {name!r} is in neither recording: {held}")
    return pairs


def _compared(name: str, other: str, a: Recording, b: Recording, tolerance: Tolerance, called: tuple[str, str]) -> Row:
    if name not in a or other not in b:
        side, missing, recording = (called[0], name, a) if name not in a else (called[1], other, b)
        reason = f"{side} has no signal {missing!r}{offered(missing, recording, 'it has')}"
        return Row(name, False, tolerance, reason=reason)
    x, y, note = a[name], b[other], ""
    types = (str(x.dtype), str(y.dtype))
    sizes = f"{called[0]} is {_size(x)}, {called[1]} is {_size(y)}"
    if x.shape[1:] != y.shape[1:]:
        if {x.shape[1:], y.shape[1:]} != {(), (1,)}:
            reason = f"the sizes differ: {sizes}"
            return Row(name, False, tolerance, types=types, reason=reason)
        note = f"{sizes}: taken to be the same"
        x, y = x.reshape(len(x), 1), y.reshape(len(y), 1)
    if not (x.size and y.size) and len(x) and len(y):
        return Row(name, False, tolerance, types=types, reason=f"there are no values: {sizes}")
    aligned = align(name, a.times[name], x, b.times[other], y, called)
    tolerance = tolerance.for_types(x.dtype, y.dtype)
    apart, units, size = difference(aligned.a, aligned.b), ulps(aligned.a, aligned.b), scale(aligned.b)
    margin = tolerance.margin(size)
    # Infinitely apart (NaN or infinity against a number) is never within tolerance, whatever the tolerance.
    within = np.isfinite(apart) & ((apart <= margin) | (units <= (tolerance.ulp or 0)))
    if (tolerance.leading or tolerance.lagging) and not within.all():
        widened = margin + (tolerance.ulp or 0) * _unit(aligned.a, aligned.b, size)
        within |= within_window(
            b.times[other], y, aligned.time, aligned.a, tolerance.leading, tolerance.lagging, widened
        )
    if within.all() and not np.isfinite(aligned.b).any():
        reason = f"no value is a finite number on either side, at {len(aligned.time)} times: that proves nothing"
        return Row(name, False, tolerance, types=types, reason=reason)
    beyond = np.argwhere(~within)
    unknown = int(np.count_nonzero(np.isnan(aligned.a) & np.isnan(aligned.b)))
    notes = (note, aligned.note, f"{unknown} values are NaN on both sides" if unknown else "")
    largest = float(apart.max(initial=0.0))
    with np.errstate(over="ignore"):
        norm = float(np.sqrt(np.sum(np.square(apart))))
    return Row(
        signal=name,
        agrees=not len(beyond),
        tolerance=tolerance,
        shape=aligned.b.shape,
        types=types,
        absolute=largest,
        relative=largest / size if size else (float("inf") if largest else 0.0),
        ulp=int(units.max(initial=0)),
        norm=norm,
        scale=size,
        exceeding=len(beyond),
        first=_exceedance(aligned.time, aligned.a, aligned.b, beyond[0]) if len(beyond) else None,
        alignment=aligned.how,
        samples=aligned.taken,
        note="; ".join(text for text in notes if text),
        warning=_triviality(aligned.a, aligned.b, margin, size),
    )


def _triviality(a: Array, b: Array, margin: float, size: float) -> str:
    """Why agreement of two signals proves little; empty where it does not."""
    finite = b[np.isfinite(b)]
    if len(b) == 1:
        return "one sample alone was compared"
    if bool(np.all((b == b[:1]) | np.isnan(b))) and bool(np.all((a == a[:1]) | np.isnan(a))):
        return "it never changes, so that any constant output would agree" if size else "it is zero throughout"
    if margin and margin >= size:
        return f"tolerance wider than the signal: {margin:.3g}, where its largest value is {size:.3g}; zero would agree"
    spread = float(np.ptp(finite)) if finite.size and finite.dtype.kind in "iuf" else np.inf
    if margin and margin >= spread / 2:
        return f"tolerance wider than the signal: {margin:.3g}, where its range is {spread:.3g}; a constant would agree"
    return ""


def _exceedance(time: NDArray[np.float64], a: Array, b: Array, at: NDArray[np.intp]) -> Exceedance:
    index = tuple(int(i) for i in at)
    return Exceedance(index[0], float(time[index[0]]), index[1:], a[index].item(), b[index].item())


def _unit(a: Array, b: Array, size: float) -> float:
    """A unit in the last place at the signal's scale, in the coarser of the two types; 1 for integers."""
    precisions = [np.finfo(array.dtype).eps for array in (a, b) if array.dtype.kind in "fc"]
    return float(max(precisions)) * size if precisions else 1.0


def _size(array: Array) -> str:
    return " x ".join(map(str, array.shape))


def _names(recording: Recording) -> str:
    names = list(recording)
    return ", ".join(repr(name) for name in names[:12]) + (", …" if len(names) > 12 else "") if names else "none"
