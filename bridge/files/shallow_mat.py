"""Shallow networks as plain structures in a .mat file, with the fields that the toolbox's own objects have.

The file (version 7) holds one variable, ``network``, a 1 x 1 structure: ``format`` is 'bridge shallow network',
``version`` 1, and beside them stand ``numInputs``, ``numLayers``, ``biasConnect``, ``inputConnect``, ``layerConnect``,
``outputConnect``, ``inputs``, ``layers``, ``outputs``, ``inputWeights``, ``layerWeights``, ``IW``, ``LW``, ``b`` as in
a `network` object, with the fields that computing needs. The settings of processing functions are those of
`bridge.network.Processing`. MATLAB and Octave open it without a toolbox, and reading back gives an equal network.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from bridge.files import mat, mat5_write
from bridge.matlab.values import Cell
from bridge.network import Processing, ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput, Weight
from bridge.network.shallow import Place

FORMAT = "bridge shallow network"
VERSION = 1
NOTE = "bridge.shallow"
"""Under which the file's content stands in the metadata of an ONNX model."""
Path = str | os.PathLike[str]


def structure(network: ShallowNetwork) -> dict[str, Any]:
    """The network as nested mappings of values that `bridge.files.mat` writes."""
    layers, inputs = len(network.layers), len(network.inputs)
    outputs = {each.layer: each for each in network.outputs}
    return {
        "format": FORMAT,
        "version": float(VERSION),
        "name": network.name,
        "numInputs": float(inputs),
        "numLayers": float(layers),
        "numOutputs": float(len(network.outputs)),
        "numInputDelays": float(network.numInputDelays),
        "numLayerDelays": float(network.numLayerDelays),
        "sampleTime": network.sampleTime,
        "biasConnect": np.array([[layer.b is not None] for layer in network.layers]),
        "inputConnect": _connected(network.IW, layers, inputs),
        "layerConnect": _connected(network.LW, layers, layers),
        "outputConnect": np.array([[k in outputs for k in range(1, layers + 1)]]),
        "inputs": Cell.column([_input(each) for each in network.inputs]),
        "layers": Cell.column([_layer(each) for each in network.layers]),
        "outputs": Cell.row([_output(outputs[k]) if k in outputs else None for k in range(1, layers + 1)]),
        "inputWeights": _grid(network.IW, layers, inputs, _about),
        "layerWeights": _grid(network.LW, layers, layers, _about),
        "IW": _grid(network.IW, layers, inputs, lambda weight: weight.value),
        "LW": _grid(network.LW, layers, layers, lambda weight: weight.value),
        "b": Cell.column([None if layer.b is None else layer.b.reshape(-1, 1) for layer in network.layers]),
    }


def write(thing: ShallowNetwork, path: Path, variable: str = "network") -> None:
    """Write a shallow network to a .mat file of version 7, replacing it at once."""
    mat.write({variable: structure(thing)}, path)


def content(network: ShallowNetwork) -> bytes:
    """The bytes of such a file."""
    return mat5_write.content({"network": structure(network)})


def _connected(weights: Mapping[Place, Weight], rows: int, columns: int) -> Any:
    return np.array([[(i, j) in weights for j in range(1, columns + 1)] for i in range(1, rows + 1)]).reshape(
        rows, columns
    )


def _grid(weights: Mapping[Place, Weight], rows: int, columns: int, made: Callable[[Weight], Any]) -> Cell:
    cells = np.empty((rows, columns), object)
    for (i, j), weight in weights.items():
        cells[i - 1, j - 1] = made(weight)
    return Cell(cells)


def _about(weight: Weight) -> dict[str, Any]:
    return {"delays": np.array([weight.delays], np.float64), "weightFcn": weight.weightFcn}


def _input(each: ShallowInput) -> dict[str, Any]:
    feedback = {} if each.feedbackOutput is None else {"feedbackOutput": float(each.feedbackOutput)}
    return {"name": each.name, "size": float(each.size), **feedback, **_processing(each.processing)}


def _layer(each: ShallowLayer) -> dict[str, Any]:
    functions = {"transferFcn": each.transferFcn, "netInputFcn": each.netInputFcn}
    return {"name": each.name, "size": float(each.size), **functions}


def _output(each: ShallowOutput) -> dict[str, Any]:
    about = {"name": each.name, "size": float(each.size), "feedbackMode": each.feedbackMode}
    return {**about, **_processing(each.processing)}


def _processing(chain: Sequence[Processing]) -> dict[str, Any]:
    settings = [{name: array.reshape(-1, 1) if array.ndim == 1 else array for name, array in each.settings.items()}
                for each in chain]  # fmt: skip
    return {"processFcns": Cell.row([each.function for each in chain]), "processSettings": Cell.row(settings)}
