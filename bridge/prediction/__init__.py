"""Running a network: arrays in, arrays out, on any engine; and networks out of torch modules."""

from bridge.prediction.run import predict
from bridge.prediction.torch_module import from_torch

__all__ = ["from_torch", "predict"]
