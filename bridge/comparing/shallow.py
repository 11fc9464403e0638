"""Two shallow networks: what was added, removed or changed, by MATLAB's names of the parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.comparing.changes import Change, Changes
from bridge.comparing.networks import array_changes
from bridge.network import Processing, ShallowNetwork


def compare_shallow(a: ShallowNetwork, b: ShallowNetwork) -> Changes:
    """Inputs, layers, outputs and weights by place; weights, biases and settings by norm and largest change."""
    ours, theirs = parts(a), parts(b)
    changes: list[Change] = []
    for place in dict.fromkeys((*ours, *theirs)):
        if place not in theirs:
            changes.append(Change("removed", "part", place, before=_described(ours[place])))
        elif place not in ours:
            changes.append(Change("added", "part", place, after=_described(theirs[place])))
        else:
            for name in dict.fromkeys((*ours[place], *theirs[place])):
                path = f"{place}.{name}" if name else place
                what = "option" if isinstance(ours[place].get(name), str) else "weights"
                changes += array_changes(what, path, ours[place].get(name), theirs[place].get(name))
    return Changes("shallow network", tuple(changes))


def parts(network: ShallowNetwork) -> dict[str, dict[str, Any]]:
    """What a network says, by place and name: texts for choices, arrays for numbers."""
    found: dict[str, dict[str, Any]] = {}
    for k, each in enumerate(network.inputs, 1):
        found[f"inputs{{{k}}}"] = {"size": str(each.size), "name": each.name, **_settings(each.processing)}
    for k, layer in enumerate(network.layers, 1):
        functions = {"transferFcn": layer.transferFcn, "netInputFcn": layer.netInputFcn}
        found[f"layers{{{k}}}"] = {"size": str(layer.size), "name": layer.name, **functions}
        if layer.b is not None:
            found[f"b{{{k}}}"] = {"": layer.b}
    for output in network.outputs:
        about = {"size": str(output.size), "name": output.name, "feedbackMode": output.feedbackMode}
        found[f"outputs{{{output.layer}}}"] = {**about, **_settings(output.processing)}
    for name, (_, weight) in network.weights.items():
        delays = " ".join(map(str, weight.delays))
        found[name] = {"": weight.value, "delays": delays, "weightFcn": weight.weightFcn}
    found["network"] = {"name": network.name, "sampleTime": f"{network.sampleTime:g}"}
    return found


def _settings(chain: Sequence[Processing]) -> dict[str, Any]:
    made: dict[str, Any] = {"processFcns": ", ".join(each.function for each in chain)}
    for k, each in enumerate(chain, 1):
        made |= {f"processSettings{{{k}}}.{name}": array for name, array in each.settings.items()}
    return made


def _described(part: Mapping[str, Any]) -> str:
    said = [value for value in part.values() if isinstance(value, str)]
    return ", ".join(text for text in said if text) or "numbers"
