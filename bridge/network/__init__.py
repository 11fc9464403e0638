"""The noun `Network`: what a network says, in MATLAB's convention: layers, their options and arrays, connections;
beside it `ShallowNetwork`.

Gate rows are i, f, g, o; there is one bias; states are columns. What layers compute is in `bridge.layers`.
The names below are imported from their modules when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridge.network.services import provide

if TYPE_CHECKING:
    from bridge.network.activations import ELU as ELU
    from bridge.network.activations import GELU as GELU
    from bridge.network.activations import ClippedReLU as ClippedReLU
    from bridge.network.activations import Identity as Identity
    from bridge.network.activations import PReLU as PReLU
    from bridge.network.activations import Scaling as Scaling
    from bridge.network.activations import Softplus as Softplus
    from bridge.network.activations import Swish as Swish
    from bridge.network.feedforward import Addition as Addition
    from bridge.network.feedforward import BatchNormalization as BatchNormalization
    from bridge.network.feedforward import Concatenation as Concatenation
    from bridge.network.feedforward import Dropout as Dropout
    from bridge.network.feedforward import Flatten as Flatten
    from bridge.network.feedforward import FullyConnected as FullyConnected
    from bridge.network.feedforward import GroupNormalization as GroupNormalization
    from bridge.network.feedforward import InstanceNormalization as InstanceNormalization
    from bridge.network.feedforward import LayerNormalization as LayerNormalization
    from bridge.network.feedforward import LeakyReLU as LeakyReLU
    from bridge.network.feedforward import Multiplication as Multiplication
    from bridge.network.feedforward import ReLU as ReLU
    from bridge.network.feedforward import Sigmoid as Sigmoid
    from bridge.network.feedforward import Softmax as Softmax
    from bridge.network.feedforward import Tanh as Tanh
    from bridge.network.graph import Network as Network
    from bridge.network.graph import same as same
    from bridge.network.inputs import ClassificationOutput as ClassificationOutput
    from bridge.network.inputs import FeatureInput as FeatureInput
    from bridge.network.inputs import Input as Input
    from bridge.network.inputs import RegressionOutput as RegressionOutput
    from bridge.network.inputs import SequenceInput as SequenceInput
    from bridge.network.kinds import LAYERS as LAYERS
    from bridge.network.layer import Layer as Layer
    from bridge.network.layer import Signal as Signal
    from bridge.network.layer import identical as identical
    from bridge.network.over_time import AveragePooling1D as AveragePooling1D
    from bridge.network.over_time import Convolution1D as Convolution1D
    from bridge.network.over_time import GlobalAveragePooling1D as GlobalAveragePooling1D
    from bridge.network.over_time import GlobalMaxPooling1D as GlobalMaxPooling1D
    from bridge.network.over_time import Indexing1D as Indexing1D
    from bridge.network.over_time import MaxPooling1D as MaxPooling1D
    from bridge.network.over_time import PositionEmbedding as PositionEmbedding
    from bridge.network.over_time import SelfAttention as SelfAttention
    from bridge.network.recurrent import GRU as GRU
    from bridge.network.recurrent import LSTM as LSTM
    from bridge.network.recurrent import BiLSTM as BiLSTM
    from bridge.network.recurrent import ProjectedLSTM as ProjectedLSTM
    from bridge.network.recurrent import Recurrent as Recurrent
    from bridge.network.shallow import Processing as Processing
    from bridge.network.shallow import ShallowInput as ShallowInput
    from bridge.network.shallow import ShallowLayer as ShallowLayer
    from bridge.network.shallow import ShallowNetwork as ShallowNetwork
    from bridge.network.shallow import ShallowOutput as ShallowOutput
    from bridge.network.shallow import Weight as Weight
    from bridge.network.unknown import UnknownLayer as UnknownLayer

_NAMES = {
    "activations": ("ELU", "GELU", "ClippedReLU", "Identity", "PReLU", "Scaling", "Softplus", "Swish"),
    "feedforward": (
        *("Addition", "BatchNormalization", "Concatenation", "Dropout", "Flatten", "FullyConnected"),
        *("GroupNormalization", "InstanceNormalization", "LayerNormalization", "LeakyReLU", "Multiplication", "ReLU"),
        *("Sigmoid", "Softmax", "Tanh"),
    ),
    "graph": ("Network", "same"),
    "inputs": ("ClassificationOutput", "FeatureInput", "Input", "RegressionOutput", "SequenceInput"),
    "kinds": ("LAYERS",),
    "layer": ("Layer", "Signal", "identical"),
    "over_time": (
        *("AveragePooling1D", "Convolution1D", "GlobalAveragePooling1D", "GlobalMaxPooling1D", "Indexing1D"),
        *("MaxPooling1D", "PositionEmbedding", "SelfAttention"),
    ),
    "recurrent": ("BiLSTM", "GRU", "LSTM", "ProjectedLSTM", "Recurrent"),
    "shallow": ("Processing", "ShallowInput", "ShallowLayer", "ShallowNetwork", "ShallowOutput", "Weight"),
    "unknown": ("UnknownLayer",),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = ["provide", *_HOME]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
