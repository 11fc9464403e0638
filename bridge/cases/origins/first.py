"""Where the difference between two sides of a case first arises.

Both are run once more with everything inside them recorded. From the output that differs the walk leads back through
the data flow to the block or layer whose inputs agree and whose output does not. Where the weights of both are known,
a diagram's because it is recognised as a network, they are compared gate by gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bridge.cases.case import Case, Side
from bridge.cases.origins import of_diagram, of_network, of_recording
from bridge.cases.origins.agreement import NEVER, first_steps
from bridge.cases.origins.changes import changed_variables, changes_at
from bridge.cases.origins.inner import Inner
from bridge.cases.origins.search import Root, roots
from bridge.cases.origins.weights import WeightDifference, compare_weights
from bridge.cases.sides import drawing, load_network
from bridge.comparing import Row
from bridge.errors import BridgeError
from bridge.model import Model
from bridge.network import Network
from bridge.recording import Recording

_LISTED = 4
# Engines of our own; what a foreign one computes inside is not known.
_OWN = ("numpy", "torch", "onnx", "compiled", "auto")


@dataclass(frozen=True)
class FirstDifference:
    """Where `signal` of side `a` first parts from side `b`.

    what       ``block``, ``layer``, or ``recorder``: all that leads to the block that records the signal agrees
    place      path of the block below its model, or name of the layer; `part` of it: an output, a gate
    step, time the first step at which it differs, and its time in seconds
    values     an element of it there: (index, value in a, value in b); None where b has no such signal
    others     further places that differ first, at the same step
    unknown    blocks before it of which b says nothing: the cause may be any of them
    details    what else differs at the place: its parameters, its lines, variables that it uses
    weights    the weights that differ, by layer and gate, where both sides' are known
    instead    the side that agrees with `b` and was looked into in its place
    remark     what could not be found out, and why
    """

    a: str
    b: str
    signal: str
    what: str = ""
    place: str = ""
    part: str = ""
    step: int | None = None
    time: float | None = None
    values: tuple[int, complex, complex] | None = None
    others: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    weights: tuple[WeightDifference, ...] = ()
    instead: str = ""
    remark: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        told = {name: getattr(self, name) for name in ("a", "b", "signal", "what", "place", "part", "step", "time")}
        listed = {name: list(getattr(self, name)) for name in ("others", "unknown", "details")}
        weights = [one.to_json() for one in self.weights]
        values = None
        if self.values is not None:
            index, a, b = self.values
            values = {"element": index + 1, "a": _plain(a), "b": _plain(b)}
        rest = {"values": values, "weights": weights, "instead": self.instead, "remark": self.remark}
        return {**told, **listed, **rest}

    def lines(self) -> list[str]:
        """What to show, most telling first; empty where nothing was found."""
        b = self.instead or self.b
        lines = [one.text(self.a, b) for one in self.weights[:_LISTED]]
        if len(self.weights) > _LISTED:
            lines.append(f"and {len(self.weights) - _LISTED} more blocks of weights")
        if self.what:
            lines.append(self._sentence(b))
        if self.others:
            lines.append(f"at the same step also {_listed(self.others)}")
        if self.unknown:
            lines.append(f"or in a block before it, of which {b} says nothing: {_listed(self.unknown)}")
        lines += self.details
        if self.instead and lines:
            lines.append(f"({self.instead} stands for {self.b}, with which it agrees)")
        if self.remark:
            lines.append(self.remark)
        return lines

    def _sentence(self, b: str) -> str:
        where = f"{self.what} '{self.place}'" + (f", {self.part}" if self.part else "")
        when = "" if self.time is None else f" at step {self.step}, time {self.time:.9g} s"
        if self.what == "recorder":
            return f"all that leads to block '{self.place}', which records {self.signal}, agrees"
        if self.values is None:
            return f"{where} of {self.a}{when}: its inputs are found in {b}, its result is not"
        index, x, y = self.values
        element = f" (element {index + 1})" if index else ""
        return f"{where}{when}: its inputs agree, its result{element} does not: {self.a} {x!r}, {b} {y!r}"


def _plain(value: complex) -> object:
    """A number that JSON can hold."""
    return value if isinstance(value, int | float) and np.isfinite(value) else str(value)


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


@dataclass
class Origins:
    """Looks for the origins of a case's differences; each side is looked into once."""

    case: Case
    recordings: Mapping[str, Recording]
    _inner: dict[tuple[str, str], Inner | BridgeError] = field(default_factory=dict)
    _networks: dict[str, Network | BridgeError | None] = field(default_factory=dict)
    _found: dict[Any, FirstDifference] = field(default_factory=dict)

    def find(
        self, a: str, b: str, row: Row, names: Mapping[str, str], agreeing: Mapping[str, str]
    ) -> FirstDifference | None:
        """The origin of a row that differs between sides a and b; None where neither is known from inside.

        `names` are the signals of a by those of b; `agreeing` maps sides to one that agrees with them and is known
        from inside.
        """
        signals = {a: row.signal, b: names[row.signal]}
        one, other = self._ordered(a, b)
        if not self._known(one):
            return None
        instead = "" if self._known(other) or self._logged(other) else agreeing.get(other, "")
        shown = instead or other
        if not (self._known(shown) or self._logged(shown)) or (instead and self._same(one, instead)):
            return None
        engines = self._engines(one, shown)
        key = (self._job(one), self._job(shown), *engines, signals[one])
        found = self._found.get(key)
        if found is None:
            try:
                found = self._search(one, shown, engines, signals[one], row)
            except Exception as error:  # a defect here must not hide the difference that it was to explain
                cause = f"where it arises could not be found out: {type(error).__name__}: {error}"
                found = FirstDifference(one, shown, signals[one], remark=cause)
            self._found[key] = found
        result = replace(found, a=one, b=other, instead=instead)
        return result if result.lines() else None

    # Which sides -----------------------------------------------------------------------------------------------------

    def side(self, name: str) -> Side:
        return next(side for side in self.case.sides if side.name == name)

    def _ordered(self, a: str, b: str) -> tuple[str, str]:
        """The side to look into, a diagram before a network, and the other one."""
        rank = {"model": 0, "c": 1, "network": 2, "onnx": 3}
        one, other = sorted((a, b), key=lambda name: rank.get(self.side(name).kind, 4))
        return one, other

    def _known(self, name: str) -> bool:
        return self.side(name).kind in ("model", "network", "c", "onnx")

    def _logged(self, name: str) -> bool:
        return self.side(name).kind == "recording" and len(self.recordings[name]) > 1

    def known(self, name: str) -> bool:
        """Whether a side is known from inside."""
        return self._known(name)

    def _job(self, name: str) -> tuple[str, str, str]:
        side = self.side(name)
        return ("model" if side.kind == "c" else side.kind, side.source, repr(sorted(side.options.items(), key=str)))

    def _same(self, a: str, b: str) -> bool:
        return self._job(a) == self._job(b)

    def _engines(self, a: str, b: str) -> tuple[str, str]:
        """numpy for both, unless it is the engine that makes the difference."""
        if not self._same(a, b):
            return "numpy", "numpy"
        first, second = (engine if engine in _OWN else "numpy" for engine in (self.side(a).engine, self.side(b).engine))
        return first, second

    # What is inside --------------------------------------------------------------------------------------------------

    def _inside(self, name: str, engine: str) -> Inner:
        key = (name, engine)
        if key not in self._inner:
            side = replace(self.side(name), engine=engine)
            try:
                if side.kind == "recording":
                    self._inner[key] = of_recording.inner(self.recordings[name])
                elif side.kind in ("model", "c"):
                    self._inner[key] = of_diagram.inner(self.case, side)
                else:
                    self._inner[key] = of_network.inner(self.case, side)
            except BridgeError as error:
                self._inner[key] = error
        found = self._inner[key]
        if isinstance(found, BridgeError):
            raise found
        return found

    def _network(self, name: str) -> Network | BridgeError | None:
        """The network of a side, also of a diagram that draws one; the error where it does not."""
        if name not in self._networks:
            side = self.side(name)
            try:
                if side.kind in ("network", "onnx"):
                    self._networks[name] = load_network(self.case, side)
                elif side.kind in ("model", "c") and not {"set", "subsystem"} & side.options.keys():
                    self._networks[name] = self._recognised(side)
                else:
                    self._networks[name] = None
            except BridgeError as error:
                self._networks[name] = error
        return self._networks[name]

    def _recognised(self, side: Side) -> Network:
        from bridge.crossings import network_from_diagram

        return network_from_diagram(*drawing(self.case, side))

    # The search ------------------------------------------------------------------------------------------------------

    def _search(self, one: str, other: str, engines: tuple[str, str], signal: str, row: Row) -> FirstDifference:
        found = FirstDifference(one, other, signal)
        networks = self._network(one), self._network(other)
        if isinstance(networks[0], Network) and isinstance(networks[1], Network):
            found = replace(found, weights=compare_weights(networks[0], networks[1]))
        elif isinstance(networks[0], BridgeError) and self.side(other).kind in ("network", "onnx"):
            found = replace(found, remark=f"{one} does not draw the network of {other}: {networks[0]}")
        try:
            inside, against = self._inside(one, engines[0]), self._inside(other, engines[1])
        except BridgeError as error:
            return replace(found, remark=f"what is inside could not be recorded: {error}")
        single = "single" in (self._precision(one), self._precision(other))
        steps, counterparts = first_steps(inside, against, _margin(row, single))
        sinks = inside.sinks.get(signal, ())
        origins = roots(inside, steps, sinks)
        if origins:
            return self._described(found, inside, against, origins, counterparts)
        if sinks and all(steps[k] == NEVER for k in sinks) and signal in inside.recorders:
            place = inside.recorders[signal]
            return replace(found, what="recorder", place=place, details=changes_at(inside, against, place))
        return found

    def _precision(self, name: str) -> str:
        side = self.side(name)
        return str(side.options.get("precision", "single")) if side.kind in ("network", "onnx") else "double"

    @staticmethod
    def _described(
        found: FirstDifference, inside: Inner, against: Inner, origins: list[Root], counterparts: list[int | None]
    ) -> FirstDifference:
        first = origins[0]
        point = inside.points[first.point]
        other = counterparts[first.point]
        step = first.step
        shown = [str(inside.points[root.point]) for root in origins]
        details = changes_at(inside, against, point.place)
        return replace(
            found,
            what="block" if isinstance(inside.thing, Model) else "layer",
            place=point.place,
            part=point.part,
            step=step,
            time=float(inside.time[step]),
            values=None if other is None else _values(inside, against, first.point, other, step),
            others=tuple(name for name in dict.fromkeys(shown) if name != shown[0]),
            unknown=tuple(dict.fromkeys(str(inside.points[k]) for k in first.unknown)),
            details=(*details, *changed_variables(inside, against, point)),
        )


def _margin(row: Row, single: bool) -> float:
    """How far apart, relative to the signal's scale, two inner signals may be: well below what the output differs by,
    and well above rounding."""
    rounding = 64 * float(np.finfo(np.float32 if single else np.float64).eps)
    apart = row.relative if row.relative is not None and np.isfinite(row.relative) else 1.0
    return max(rounding, min(1e-6, 1e-2 * apart))


def _values(inside: Inner, against: Inner, k: int, other: int, step: int) -> tuple[int, complex, complex] | None:
    """The element that differs most at a step, and its value on both sides."""
    at = int(np.argmin(np.abs(against.time - inside.time[step])))
    x, y = inside.points[k].values[step], against.points[other].values[at]
    if x.shape != y.shape:
        return None
    with np.errstate(invalid="ignore"):
        apart = np.nan_to_num(np.abs(x - y), nan=np.inf)
    index = int(np.argmax(apart))
    return index, x[index].item(), y[index].item()
