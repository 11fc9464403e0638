"""Networks as plain structures in a .mat file, which MATLAB and Octave open without any toolbox.

The file (version 7, or 7.3 on request) holds one variable, by default called ``network``, a 1 x 1 structure:

================  =====================================================================================================
``format``        char ``'bridge network'``
``version``       double 1
``layers``        cell, N x 1, of 1 x 1 structures, one a layer, in the network's order
``connections``   cell, M x 2, of char: source and destination. A port is written ``name/port``, as in the toolbox's
                  own table of connections; a layer's only port goes without: ``'lstm'``, ``'addition/in2'``
================  =====================================================================================================

Each layer's structure has ``Type``, the toolbox's function that makes such a layer (``'lstmLayer'``), ``Name``, and
beside them fields under the toolbox's own property names:

=====================  ================================================================================================
options                sizes double 1 x 1 (``InputSize``, ``NumHiddenUnits``, ``OutputSize``); choices char
                       (``OutputMode``, ``StateActivationFunction``); flags logical; labels (``Classes``) a cell column
                       of char. All that the layer has, except that learn rate factors, L2 factors and initializers
                       (``InputWeightsLearnRateFactor``, ``BiasInitializer``) stand there only where they are not the
                       toolbox's defaults. Factors per gate are a row.
learnables             single or double, as the network has them: ``InputWeights``, ``RecurrentWeights``, ``Weights``
                       as matrices, ``Bias`` as a column. Gate rows i, f, g, o. A field that is absent is not set.
statistics             of input and batch normalization: ``Mean``, ``TrainedVariance``, … as columns
states                 ``HiddenState``, ``CellState`` (H x 1) are the state when saved; absent means zeros.
                       ``InitialHiddenState``, ``InitialCellState`` are there only where the state after a reset is
                       another one
=====================  ================================================================================================

The types and their required options are those of `bridge.network`: ``sequenceInputLayer`` (InputSize, Normalization),
``featureInputLayer``, ``lstmLayer`` (InputSize, NumHiddenUnits, OutputMode, StateActivationFunction,
GateActivationFunction), ``bilstmLayer``, ``gruLayer`` (ResetGateMode), ``lstmProjectedLayer``, ``fullyConnectedLayer``
(InputSize, OutputSize), ``dropoutLayer`` (Probability), ``reluLayer``, ``leakyReluLayer`` (Scale), ``tanhLayer``,
``sigmoidLayer``, ``softmaxLayer``, ``layerNormalizationLayer``, ``batchNormalizationLayer`` (NumChannels, Epsilon),
``flattenLayer``, ``additionLayer`` (NumInputs), ``concatenationLayer`` (Dim, NumInputs), ``regressionLayer``,
``classificationLayer`` (Classes), and those of `bridge.network.activations` and `bridge.network.over_time`. ``Padding``
is char or double 1 x 2, ``NumGroups`` char or double 1 x 1; ``Weights`` of a convolution are steps x channels x
filters, of one filter a matrix where MATLAB has saved them.

Reading back gives an equal network, bit for bit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.errors import MalformedFile, NetworkError, UnsupportedContent
from bridge.files import mat
from bridge.matlab.values import Cell, Char, Struct
from bridge.network import Network
from bridge.network.record import fields, layer

FORMAT = "bridge network"
VERSION = 1
Path = str | os.PathLike[str]


def structure(network: Network) -> dict[str, Any]:
    """The network as nested mappings of values that `bridge.files.mat` writes."""
    return {
        "format": FORMAT,
        "version": float(VERSION),
        "layers": Cell.column([{**_outgoing(fields(each)), **each.arrays} for each in network]),
        "connections": Cell([[source, sink] for source, sink in network.connections]),
    }


def _outgoing(options: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in options.items():
        if isinstance(value, tuple):
            texts = all(isinstance(item, str) for item in value)
            found[name] = Cell.column(value) if texts else np.array([value], np.float64)
        else:
            found[name] = value
    return found


def write(thing: Network, path: Path, variable: str = "network", version: str = "7") -> None:
    """Write a network to a .mat file, replacing it at once; of version 7.3 it needs more room and is read slower."""
    mat.write({variable: structure(thing)}, path, version)


def is_network(value: Any) -> bool:
    """Whether a variable of a .mat file is a network in this form."""
    if not isinstance(value, Struct) or value.size != 1:
        return False
    form = value.get("format")
    return isinstance(form, Char) and form == FORMAT


def network(value: Struct, path: Path | None = None, place: str | None = None) -> Network:
    """The network in such a variable. Raises `MalformedFile` or `UnsupportedContent`, naming the layer."""
    version = value.get("version")
    if not isinstance(version, np.ndarray) or version.size != 1 or version.flat[0] != VERSION:
        raise UnsupportedContent(path, f"is a network of version {version}; only version {VERSION} is known", place)
    parts, joined = value.get("layers"), value.get("connections")
    if not isinstance(parts, Cell) or not all(isinstance(part, Struct) and part.size == 1 for part in parts):
        raise MalformedFile(path, "the layers are no cell array of structures", place)
    if not isinstance(joined, Cell) or (joined.size and (len(joined.shape) != 2 or joined.shape[1] != 2)):
        raise MalformedFile(path, "the connections are no cell array of two columns", place)
    if not all(isinstance(text, Char) for text in joined):
        raise MalformedFile(path, "the connections hold something that is no text", place)
    count = joined.size // 2
    pairs = [(str(joined[k]), str(joined[count + k])) for k in range(count)]
    try:
        return Network([layer(dict(part)) for part in parts], pairs)
    except NetworkError as error:
        raise MalformedFile(path, str(error), place) from None


def recognised(variables: Mapping[str, Any], path: Path | None = None, *, unwrap: bool = True) -> Any:
    """The variables of a .mat file with networks made of those that are; with `unwrap`, of one network just that."""
    found = {
        name: network(value, path, f"variable {name!r}") if is_network(value) else value
        for name, value in variables.items()
    }
    networks = [value for value in found.values() if isinstance(value, Network)]
    return networks[0] if unwrap and len(networks) == 1 else found
