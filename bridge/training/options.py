"""Training options under MATLAB's names, with MATLAB's defaults (Deep Learning Toolbox, `trainingOptions`)."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal

from bridge.errors import UsageError
from bridge.suggestions import offered

Solver = Literal["adam", "rmsprop", "sgdm"]
_SOLVERS = ("adam", "rmsprop", "sgdm")
_WORDS: dict[str, tuple[str, ...]] = {
    "solver": _SOLVERS,
    "LearnRateSchedule": ("none", "piecewise"),
    "GradientThresholdMethod": ("l2norm", "global-l2norm", "absolute-value"),
    "Shuffle": ("once", "never", "every-epoch"),
    "SequencePaddingDirection": ("right", "left"),
}


@dataclass(frozen=True)
class TrainingOptions:
    """How to train. Where a default depends on the solver it is None here and `resolved` gives it.

    `Epsilon` is added to the square root of the second moment *before* bias correction, as MATLAB does it; torch adds
    it after. `L2Regularization` applies to weights, not to biases, and is added to the gradient before the threshold.
    `GradientThreshold` with ``l2norm`` acts on each array by itself.
    """

    solver: Solver = "adam"
    InitialLearnRate: float | None = None
    MaxEpochs: int = 30
    MiniBatchSize: int = 128
    LearnRateSchedule: str = "none"
    LearnRateDropFactor: float = 0.1
    LearnRateDropPeriod: int = 10
    GradientThreshold: float = math.inf
    GradientThresholdMethod: str = "l2norm"
    L2Regularization: float = 1e-4
    GradientDecayFactor: float = 0.9
    SquaredGradientDecayFactor: float | None = None
    Momentum: float = 0.9
    Epsilon: float = 1e-8
    Shuffle: str = "once"
    SequencePaddingDirection: str = "right"
    SequencePaddingValue: float = 0.0
    VerboseFrequency: int = 50
    Verbose: bool = True

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                raise UsageError(f"{name} = {getattr(self, name)!r} is none{offered(getattr(self, name), words)}")
        for name in ("MaxEpochs", "MiniBatchSize", "LearnRateDropPeriod", "VerboseFrequency"):
            value: Any = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise UsageError(f"{name} must be a whole number above zero, not {value!r}")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and (math.isnan(value) or (value < 0 and field.name != "SequencePaddingValue")):
                raise UsageError(f"{field.name} must not be negative, and is {value!r}")

    @property
    def learn_rate(self) -> float:
        """The initial learn rate: 0.01 by default for sgdm, 0.001 for the others."""
        if self.InitialLearnRate is not None:
            return self.InitialLearnRate
        return 0.01 if self.solver == "sgdm" else 0.001

    @property
    def squared_decay(self) -> float:
        """The decay of the squared gradient: 0.999 by default for adam, 0.9 for rmsprop."""
        if self.SquaredGradientDecayFactor is not None:
            return self.SquaredGradientDecayFactor
        return 0.9 if self.solver == "rmsprop" else 0.999

    def rate_in(self, epoch: int) -> float:
        """The learn rate in an epoch, counted from 1: with a piecewise schedule it drops after each period."""
        if self.LearnRateSchedule == "none":
            return self.learn_rate
        return self.learn_rate * self.LearnRateDropFactor ** ((epoch - 1) // self.LearnRateDropPeriod)
