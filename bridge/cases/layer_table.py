"""The table of supported layers in ``docs/networks.md``: ``python -m bridge.cases.layer_table`` prints it.

Nothing in it is claimed by hand: a small network of each kind is built, computed and written; what refuses is a gap.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.errors import BridgeError
from bridge.files import matlab_layers, network_script, onnx_graph
from bridge.layers.registry import table as computed
from bridge.network import LAYERS, Layer, Network
from bridge.prediction import predict

_SAMPLES: dict[str, dict[str, Any]] = {
    "sequenceInputLayer": {"InputSize": 2},
    "featureInputLayer": {"InputSize": 2},
    "lstmLayer": {"NumHiddenUnits": 3},
    "bilstmLayer": {"NumHiddenUnits": 3},
    "gruLayer": {"NumHiddenUnits": 3},
    "lstmProjectedLayer": {"NumHiddenUnits": 3, "OutputProjectorSize": 2, "InputProjectorSize": 1},
    "fullyConnectedLayer": {"OutputSize": 2},
    "batchNormalizationLayer": {"TrainedMean": np.zeros((2, 1)), "TrainedVariance": np.ones((2, 1))},
    "classificationLayer": {"Classes": ("a", "b")},
    "clippedReluLayer": {"Ceiling": 1},
    "scalingLayer": {"Scale": 2, "Bias": 1},
    "selfAttentionLayer": {"NumHeads": 2, "NumKeyChannels": 4},
    "positionEmbeddingLayer": {"OutputSize": 2, "MaxPosition": 9},
    "convolution1dLayer": {"FilterSize": 3, "NumFilters": 2},
    "maxPooling1dLayer": {"PoolSize": 2},
    "averagePooling1dLayer": {"PoolSize": 2},
    "groupNormalizationLayer": {"NumGroups": 2},
}


def sample_options(kind: str) -> dict[str, Any]:
    """Options that suffice for a layer of `kind`."""
    return dict(_SAMPLES.get(kind, {}))


def sample(kind: str) -> Network:
    """A small network with one layer of `kind`, initialized."""
    layer = LAYERS[kind](**_SAMPLES.get(kind, {}), Name="layer")
    if not layer.input_ports:
        return Network([layer])
    entry = LAYERS["sequenceInputLayer"](InputSize=2, Name="in")
    pairs = [("in", f"layer/{port}" if len(layer.input_ports) > 1 else "layer") for port in layer.input_ports]
    return Network([entry, layer], pairs).initialize(0)


def table() -> str:
    """The table, as Markdown."""
    classes: dict[str, list[str]] = {}
    for name, (kind, _) in matlab_layers.CLASSES.items():
        classes.setdefault(kind, []).append(name)
    lines = [
        "| layer | class in a .mat | our engines | torch.nn | onnxruntime, `.onnx` | `.m` script | arrays |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for kind, layer in LAYERS.items():
        network = sample(kind)
        marks = [
            "yes" if kind in computed() else "no",
            _works(lambda net=network: predict(net, _data(net), engine="torch.nn")),
            _works(lambda net=network: onnx_graph.export(net)),
            _works(lambda net=network: network_script.script(net)),
        ]
        names = ", ".join(f"`{name}`" for name in classes.get(kind, ()))
        lines.append(f"| `{kind}` | {names} | {' | '.join(marks)} | {_arrays(layer)} |")
    return "\n".join(lines)


def _data(network: Network) -> Any:
    (entry,) = network.inputs
    return np.linspace(-1, 1, 6 * network[entry].InputSize).reshape(6, -1)


def _works(attempt: Any) -> str:
    try:
        attempt()
    except BridgeError:
        return "no"
    return "yes"


def _arrays(layer: type[Layer]) -> str:
    names = (*layer.learnable_names, *layer.statistic_names, *layer.state_names)
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(table())
