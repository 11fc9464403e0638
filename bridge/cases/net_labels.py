"""Recorded labels beside a network: how many of them it says too. That proves little, and is reported as such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.cases import net_candidates, net_search
from bridge.cases.net_candidates import Candidate
from bridge.cases.net_leaves import leaves
from bridge.cases.net_options import paddings
from bridge.cases.net_search import How
from bridge.errors import BridgeError
from bridge.network import ClassificationOutput, Network

Labels = Sequence[Sequence[str | None]]
"""One list for each sequence, or one list of all."""


def agreeing(network: Network, variables: Mapping[str, Any]) -> tuple[str, ...]:
    """Where more than half of recorded labels are what the network says, as sentences."""
    ends = net_search.signals(network)
    recorded = net_candidates.labels(variables)
    if ends is None or not recorded:
        return ()
    best: dict[str, tuple[int, str]] = {}
    for names, source in _names(network, variables, ends[1].size):
        for candidate in net_candidates.inputs(variables, ends[0].size):
            for how in _ways(candidate, variables):
                said = _said(network, candidate, how, names)
                for name, theirs in recorded if said is not None else ():
                    same = _same(said or [], theirs)
                    if same is not None and same[0] > best.get(name, (same[1] // 2, ""))[0]:
                        manner = f", {how}" if str(how) else ""
                        best[name] = same[0], f"{candidate.expression}{manner}{source}: {same[0]} of {same[1]}"
    return tuple(
        f"labels: {name} against what the network says of {said} (labels alone prove little)"
        for name, (_, said) in best.items()
    )


def _names(network: Network, variables: Mapping[str, Any], channels: int) -> Iterator[tuple[tuple[str, ...], str]]:
    """The classes in the order of the channels: the network's own, or those of a categorical array or a list of names.

    With where they are from, if not from the network.
    """
    own = classes(network)
    if own:
        yield own, ""
        return
    seen = set()
    for name, value in leaves(variables):
        for each in value if isinstance(value, list) else [value]:
            found = getattr(each, "categories", None)
            if found is None and net_candidates.is_names(each):
                found = tuple(net_candidates.texts(each))
            if found is not None and len(found) == channels and found not in seen:
                seen.add(found)
                yield found, f", classes from {name}"


def _ways(candidate: Candidate, variables: Mapping[str, Any]) -> list[How]:
    uneven = candidate.several and len({x.shape[1] for x in candidate.sequences}) > 1
    padded = paddings(variables, len(candidate.sequences)) if uneven else []
    return [How("reset"), *(How("reset", size, side) for size, side in padded)]


def _said(network: Network, candidate: Candidate, how: How, names: Sequence[str]) -> list[list[str]] | None:
    """For each sequence its labels: one, or one for each step."""
    try:
        scores = net_search.outputs(network, candidate, how, "numpy")
    except BridgeError:
        return None
    return [[names[k] for k in each.argmax(0)] for each in scores]


def _same(said: Sequence[Sequence[str]], theirs: Labels) -> tuple[int, int] | None:
    """How many labels are the same, of how many; None where they are not as many, or all one."""
    if len(theirs) == 1 and len(said) != 1:
        said = [[label for each in said for label in each]]
    if [len(each) for each in said] != [len(each) for each in theirs]:
        return None
    ours, other = ([label for each in labels for label in each] for labels in (said, theirs))
    if len(set(other)) < 2:
        return None
    return sum(a == b for a, b in zip(ours, other, strict=True)), len(ours)


def classes(network: Network) -> tuple[str, ...]:
    """The labels of a classification network."""
    return next((layer.Classes for layer in network if isinstance(layer, ClassificationOutput)), ())
