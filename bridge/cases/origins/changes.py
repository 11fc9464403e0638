"""What two models or networks say differently of one block or layer."""

from __future__ import annotations

from bridge.cases.origins.inner import Inner, Point
from bridge.comparing.changes import Change
from bridge.comparing.models import compare_models
from bridge.comparing.networks import compare_networks, compare_variables
from bridge.errors import BridgeError
from bridge.model import Model
from bridge.network import Network


def changes_at(a: Inner, b: Inner, place: str) -> tuple[str, ...]:
    """How a block or layer of `a` differs from that of `b`: kind, parameters, options and lines, one line each."""
    if isinstance(a.thing, Model) and isinstance(b.thing, Model):
        found = compare_models(b.thing, a.thing).without_layout().counted
        return tuple(str(change) for change in found if _of_block(change, place))
    if isinstance(a.thing, Network) and isinstance(b.thing, Network):
        found = compare_networks(b.thing, a.thing).counted
        return tuple(str(c) for c in found if c.what != "weights" and c.path.partition(":")[0] == place)
    return ()


def _of_block(change: Change, place: str) -> bool:
    if change.path == place or change.path.startswith((f"{place}:", f"{place},")):
        return True
    system, _, block = place.rpartition("/")
    _, arrow, end = change.path.partition(" -> ")
    return (
        bool(arrow)
        and change.what == "line"
        and end.rpartition("/")[0] == block
        and (change.path.startswith(f"{system}/") if system else True)
    )


def changed_variables(a: Inner, b: Inner, point: Point) -> tuple[str, ...]:
    """The workspace variables that a block's parameters use and that have other values on side `b`."""
    if point.block is None or not a.variables or not b.variables:
        return ()
    from bridge.matlab.evaluate import names

    used: set[str] = set()
    for text in (*point.block.parameters.values(), *point.block.instance_data.values()):
        try:
            used |= names(text)
        except BridgeError:  # not every parameter is an expression
            continue
    ours, theirs = ({name: side.variables[name] for name in sorted(used) if name in side.variables} for side in (a, b))
    return tuple(str(change) for change in compare_variables(theirs, ours).counted)
