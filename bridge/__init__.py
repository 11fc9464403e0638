"""Read what MATLAB and Simulink users have, compute what their tools compute, and prove that all sides agree.

Names are resolved when they are first used, so that ``import bridge`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridge.network.services import provide

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bridge import matlab as matlab
    from bridge.api import draw as draw
    from bridge.api import load as load
    from bridge.api import network_from_diagram as network_from_diagram
    from bridge.api import save as save
    from bridge.cases.check import check as check
    from bridge.comparing import Comparison as Comparison
    from bridge.comparing import Tolerance as Tolerance
    from bridge.comparing import compare as compare
    from bridge.crossings import diagram_from_network as diagram_from_network
    from bridge.crossings import linear_system_from_lstm as linear_system_from_lstm
    from bridge.crossings import lstm_from_linear_system as lstm_from_linear_system
    from bridge.errors import BridgeError as BridgeError
    from bridge.gradients import Gradient as Gradient
    from bridge.gradients import Tuned as Tuned
    from bridge.gradients import gradient as gradient
    from bridge.gradients import tune as tune
    from bridge.limits import allow as allow
    from bridge.linear_system import LinearSystem as LinearSystem
    from bridge.model import Model as Model
    from bridge.network import ELU as ELU
    from bridge.network import GELU as GELU
    from bridge.network import GRU as GRU
    from bridge.network import LSTM as LSTM
    from bridge.network import Addition as Addition
    from bridge.network import AveragePooling1D as AveragePooling1D
    from bridge.network import BatchNormalization as BatchNormalization
    from bridge.network import BiLSTM as BiLSTM
    from bridge.network import ClassificationOutput as ClassificationOutput
    from bridge.network import ClippedReLU as ClippedReLU
    from bridge.network import Concatenation as Concatenation
    from bridge.network import Convolution1D as Convolution1D
    from bridge.network import Dropout as Dropout
    from bridge.network import FeatureInput as FeatureInput
    from bridge.network import Flatten as Flatten
    from bridge.network import FullyConnected as FullyConnected
    from bridge.network import GlobalAveragePooling1D as GlobalAveragePooling1D
    from bridge.network import GlobalMaxPooling1D as GlobalMaxPooling1D
    from bridge.network import GroupNormalization as GroupNormalization
    from bridge.network import Identity as Identity
    from bridge.network import Indexing1D as Indexing1D
    from bridge.network import InstanceNormalization as InstanceNormalization
    from bridge.network import LayerNormalization as LayerNormalization
    from bridge.network import LeakyReLU as LeakyReLU
    from bridge.network import MaxPooling1D as MaxPooling1D
    from bridge.network import Multiplication as Multiplication
    from bridge.network import Network as Network
    from bridge.network import PositionEmbedding as PositionEmbedding
    from bridge.network import PReLU as PReLU
    from bridge.network import ProjectedLSTM as ProjectedLSTM
    from bridge.network import RegressionOutput as RegressionOutput
    from bridge.network import ReLU as ReLU
    from bridge.network import Scaling as Scaling
    from bridge.network import SelfAttention as SelfAttention
    from bridge.network import SequenceInput as SequenceInput
    from bridge.network import ShallowNetwork as ShallowNetwork
    from bridge.network import Sigmoid as Sigmoid
    from bridge.network import Softmax as Softmax
    from bridge.network import Softplus as Softplus
    from bridge.network import Swish as Swish
    from bridge.network import Tanh as Tanh
    from bridge.prediction import from_torch as from_torch
    from bridge.prediction import predict as predict
    from bridge.recording import Recording as Recording
    from bridge.simulation import BatchSimulator as BatchSimulator
    from bridge.simulation import Simulator as Simulator
    from bridge.simulation import simulate as simulate
    from bridge.simulation import simulate_batch as simulate_batch
    from bridge.training import TrainingInfo as TrainingInfo
    from bridge.training import TrainingOptions as TrainingOptions
    from bridge.training import train as train

# Where each public name lives.
_HOME = {
    "Addition": "bridge.network",
    "AveragePooling1D": "bridge.network",
    "BatchNormalization": "bridge.network",
    "BiLSTM": "bridge.network",
    "BridgeError": "bridge.errors",
    "ClassificationOutput": "bridge.network",
    "ClippedReLU": "bridge.network",
    "Comparison": "bridge.comparing",
    "Concatenation": "bridge.network",
    "Convolution1D": "bridge.network",
    "Dropout": "bridge.network",
    "ELU": "bridge.network",
    "FeatureInput": "bridge.network",
    "Flatten": "bridge.network",
    "FullyConnected": "bridge.network",
    "GELU": "bridge.network",
    "GRU": "bridge.network",
    "GlobalAveragePooling1D": "bridge.network",
    "GlobalMaxPooling1D": "bridge.network",
    "Gradient": "bridge.gradients",
    "GroupNormalization": "bridge.network",
    "Identity": "bridge.network",
    "Indexing1D": "bridge.network",
    "InstanceNormalization": "bridge.network",
    "LSTM": "bridge.network",
    "LayerNormalization": "bridge.network",
    "LeakyReLU": "bridge.network",
    "LinearSystem": "bridge.linear_system",
    "MaxPooling1D": "bridge.network",
    "Model": "bridge.model",
    "Multiplication": "bridge.network",
    "Network": "bridge.network",
    "PReLU": "bridge.network",
    "PositionEmbedding": "bridge.network",
    "ProjectedLSTM": "bridge.network",
    "ReLU": "bridge.network",
    "Recording": "bridge.recording",
    "RegressionOutput": "bridge.network",
    "Scaling": "bridge.network",
    "SelfAttention": "bridge.network",
    "SequenceInput": "bridge.network",
    "ShallowNetwork": "bridge.network",
    "Sigmoid": "bridge.network",
    "Simulator": "bridge.simulation",
    "Softmax": "bridge.network",
    "Softplus": "bridge.network",
    "Swish": "bridge.network",
    "Tanh": "bridge.network",
    "Tolerance": "bridge.comparing",
    "TrainingInfo": "bridge.training",
    "TrainingOptions": "bridge.training",
    "Tuned": "bridge.gradients",
    "allow": "bridge.limits",
    "check": "bridge.cases.check",
    "compare": "bridge.comparing",
    "diagram_from_network": "bridge.crossings",
    "draw": "bridge.api",
    "from_torch": "bridge.prediction",
    "gradient": "bridge.gradients",
    "linear_system_from_lstm": "bridge.crossings",
    "load": "bridge.api",
    "lstm_from_linear_system": "bridge.crossings",
    "matlab": "bridge.matlab",
    "network_from_diagram": "bridge.api",
    "predict": "bridge.prediction",
    "save": "bridge.api",
    "simulate": "bridge.simulation",
    "BatchSimulator": "bridge.simulation",
    "simulate_batch": "bridge.simulation",
    "train": "bridge.training",
    "tune": "bridge.gradients",
}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> object:
    """Import the module in which the public `name` lives, and keep what it is."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'bridge' has no attribute {name!r}")
    from importlib import import_module

    module = import_module(home)
    value = module if home == f"bridge.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def _service(name: str) -> Any:
    from bridge import api

    return getattr(api, name)


provide(_service)  # gives every network its `initialize` and `to_torch`, every recording its `save` and `plot`


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
