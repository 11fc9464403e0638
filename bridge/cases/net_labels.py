"""Recorded labels beside a network: how many of them it says too. That proves little, and is reported as such."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.cases import net_candidates, net_search
from bridge.cases.net_search import How
from bridge.errors import BridgeError
from bridge.network import ClassificationOutput, Network


def agreeing(network: Network, variables: Mapping[str, Any]) -> tuple[str, ...]:
    """Where more than half of recorded labels are what the network says, as sentences."""
    ends, names = net_search.signals(network), classes(network)
    recorded = net_candidates.labels(variables)
    if ends is None or not names or ends[1].time or not recorded:
        return ()
    sentences: dict[str, tuple[int, str]] = {}
    for candidate in net_candidates.inputs(variables, ends[0].size):
        sizes = [0, *net_search.batch_sizes(variables)] if candidate.several else [0]
        for how in (How("reset", size) for size in sizes):
            try:
                scores = np.concatenate(net_search.outputs(network, candidate, how, "numpy"), 1)
            except BridgeError:
                continue
            said = [names[k] for k in scores.argmax(0)]
            for name, theirs in recorded:
                same = sum(a == b for a, b in zip(said, theirs, strict=False))
                if len(theirs) != len(said) or len(set(theirs)) < 2:
                    continue
                if same > sentences.get(name, (len(said) // 2, ""))[0]:
                    manner = f", {how}" if str(how) else ""
                    sentences[name] = same, f"{candidate.expression}{manner}: {same} of {len(said)}"
    return tuple(
        f"labels: {name} against what the network says of {said} (labels alone prove little)"
        for name, (_, said) in sentences.items()
    )


def classes(network: Network) -> tuple[str, ...]:
    """The labels of a classification network."""
    return next((layer.Classes for layer in network if isinstance(layer, ClassificationOutput)), ())
