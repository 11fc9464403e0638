"""Layers without memory: fully connected, activations, normalization, joining."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.network.layer import Layer, Shape, Signal
from bridge.network.option import Option, choice, declare, factors, number, whole, whole_or


class FullyConnected(Layer):
    """y = W x + b at every time step: MATLAB's `fullyConnectedLayer`. `Weights` O x I, `Bias` O x 1, O `OutputSize`."""

    Type = "fullyConnectedLayer"
    title = "Fully Connected"
    default_name = "fc"
    positional = ("OutputSize",)
    declared = declare(
        OutputSize=Option(whole()),
        InputSize=Option(whole(), None),
        **factors({"Weights": "glorot", "Bias": "zeros"}, {"Weights": "Weight"}),
    )
    learnable_names = ("Weights", "Bias")

    def shapes(self) -> Mapping[str, Shape]:
        return {"Weights": (self.OutputSize, self.InputSize), "Bias": (self.OutputSize, 1)}

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        given = inputs[0]
        if given is None:
            return None
        self._take_size("InputSize", given.size)
        return Signal(self.OutputSize, given.time)

    def summary(self) -> str:
        return f"{self.OutputSize} fully connected layer"


class Dropout(Layer):
    """Leaves out elements with `Probability` while training, and scales the rest; nothing otherwise: `dropoutLayer`."""

    Type = "dropoutLayer"
    title = "Dropout"
    default_name = "dropout"
    positional = ("Probability",)
    declared = declare(Probability=Option(number(0, 1, below=True), 0.5))

    def summary(self) -> str:
        return f"{100 * self.Probability:g}% dropout"


class ReLU(Layer):
    """max(x, 0): MATLAB's `reluLayer`."""

    Type = "reluLayer"
    title = "ReLU"
    default_name = "relu"


class LeakyReLU(Layer):
    """x where it is positive, else `Scale` x: MATLAB's `leakyReluLayer`."""

    Type = "leakyReluLayer"
    title = "Leaky ReLU"
    default_name = "leakyrelu"
    positional = ("Scale",)
    declared = declare(Scale=Option(number(float("-inf"), float("inf")), 0.01))

    def summary(self) -> str:
        return f"Leaky ReLU with scale {self.Scale:g}"


class Tanh(Layer):
    """tanh x: MATLAB's `tanhLayer`."""

    Type = "tanhLayer"
    title = "Tanh"
    default_name = "tanh"

    def summary(self) -> str:
        return "Hyperbolic tangent"


class Sigmoid(Layer):
    """1 / (1 + exp(-x)): MATLAB's `sigmoidLayer`."""

    Type = "sigmoidLayer"
    title = "Sigmoid"
    default_name = "sigmoid"

    def summary(self) -> str:
        return "sigmoid"


class Softmax(Layer):
    """exp(x) / sum(exp(x)) over the channels: MATLAB's `softmaxLayer`."""

    Type = "softmaxLayer"
    title = "Softmax"
    default_name = "softmax"

    def summary(self) -> str:
        return "softmax"


class _Scaled(Layer):
    """A normalization of the channels, then Scale and Offset for each."""

    learnable_names = ("Offset", "Scale")

    def shapes(self) -> Mapping[str, Shape]:
        return dict.fromkeys((*self.learnable_names, *self.statistic_names), (self.NumChannels, 1))

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        given = inputs[0]
        if given is not None:
            self._take_size("NumChannels", given.size)
        return given

    def summary(self) -> str:
        return f"{self.title} with {self.NumChannels} channels"


class LayerNormalization(_Scaled):
    """(x - mean) / sqrt(variance + Epsilon), scaled and shifted: MATLAB's `layerNormalizationLayer`.

    `OperationDimension` ``channel-only`` takes mean and variance over the channels at each step; ``batch-excluded``
    over time too, as before R2023a; ``auto`` is the former for sequences and features.
    """

    Type = "layerNormalizationLayer"
    title = "Layer Normalization"
    default_name = "layernorm"
    declared = declare(
        NumChannels=Option(whole(), None),
        Epsilon=Option(number(0, float("inf")), 1e-5),
        OperationDimension=Option(choice("auto", "channel-only", "spatial-channel", "batch-excluded"), "auto"),
        **factors({"Offset": "zeros", "Scale": "ones"}),
    )


class BatchNormalization(_Scaled):
    """(x - TrainedMean) / sqrt(TrainedVariance + Epsilon), scaled and shifted: MATLAB's `batchNormalizationLayer`."""

    Type = "batchNormalizationLayer"
    title = "Batch Normalization"
    default_name = "batchnorm"
    statistic_names = ("TrainedMean", "TrainedVariance")
    declared = declare(
        NumChannels=Option(whole(), None),
        Epsilon=Option(number(0, float("inf")), 1e-5),
        MeanDecay=Option(number(0, 1), 0.1),
        VarianceDecay=Option(number(0, 1), 0.1),
        **factors({"Offset": "zeros", "Scale": "ones"}),
    )


class InstanceNormalization(_Scaled):
    """As layer normalization, but each channel by itself, over all steps: MATLAB's `instanceNormalizationLayer`."""

    Type = "instanceNormalizationLayer"
    title = "Instance Normalization"
    default_name = "instancenorm"
    declared = declare(
        NumChannels=Option(whole(), None),
        Epsilon=Option(number(0, float("inf")), 1e-5),
        **factors({"Offset": "zeros", "Scale": "ones"}),
    )


class GroupNormalization(_Scaled):
    """As layer normalization, but neighbouring channels together, over all steps: `groupNormalizationLayer`.

    `NumGroups` is the number of groups; ``all-channels`` one group, ``channel-wise`` one for each channel.
    """

    Type = "groupNormalizationLayer"
    title = "Group Normalization"
    default_name = "groupnorm"
    positional = ("NumGroups",)
    declared = declare(
        NumGroups=Option(whole_or("all-channels", "channel-wise")),
        NumChannels=Option(whole(), None),
        Epsilon=Option(number(0, float("inf")), 1e-5),
        **factors({"Offset": "zeros", "Scale": "ones"}),
    )

    def groups(self, channels: int) -> int:
        """How many groups there are of so many channels."""
        return int({"all-channels": 1, "channel-wise": channels}.get(self.NumGroups, self.NumGroups))

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        given = super().output(inputs)
        if given is not None and given.size % self.groups(given.size):
            raise self.refuse(f"makes {self.NumGroups} groups, but is given {given.size} channels")
        return given


class Flatten(Layer):
    """Joins all dimensions but time into channels: MATLAB's `flattenLayer`. Vectors pass unchanged."""

    Type = "flattenLayer"
    title = "Flatten"
    default_name = "flatten"


class _Joining(Layer):
    """Several inputs become one."""

    @property
    def input_ports(self) -> tuple[str, ...]:
        return tuple(f"in{k + 1}" for k in range(self.NumInputs))

    def _alike(self, inputs: Sequence[Signal | None]) -> list[Signal] | None:
        known = [signal for signal in inputs if signal is not None]
        if len({signal.time for signal in known}) > 1:
            raise self.refuse("joins sequences with what has no time")
        return known if len(known) == len(inputs) else None

    def _elementwise(self, inputs: Sequence[Signal | None], does: str) -> Signal | None:
        known = self._alike(inputs)
        if known is None:
            return None
        sizes = [signal.size for signal in known]
        if len(set(sizes)) > 1:
            raise self.refuse(f"{does} inputs of different sizes: {', '.join(map(str, sizes))} channels")
        return known[0]


class Addition(_Joining):
    """The sum of `NumInputs` inputs, element by element: MATLAB's `additionLayer`."""

    Type = "additionLayer"
    title = "Addition"
    default_name = "addition"
    positional = ("NumInputs",)
    declared = declare(NumInputs=Option(whole(2, 10_000), 2))

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        return self._elementwise(inputs, "adds")

    def summary(self) -> str:
        return f"Element-wise addition of {self.NumInputs} inputs"


class Multiplication(_Joining):
    """The product of `NumInputs` inputs, element by element: MATLAB's `multiplicationLayer`."""

    Type = "multiplicationLayer"
    title = "Multiplication"
    default_name = "multiplication"
    positional = ("NumInputs",)
    declared = declare(NumInputs=Option(whole(2, 10_000), 2))

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        return self._elementwise(inputs, "multiplies")

    def summary(self) -> str:
        return f"Element-wise multiplication of {self.NumInputs} inputs"


class Concatenation(_Joining):
    """The channels of `NumInputs` inputs, one after the other: MATLAB's `concatenationLayer`. `Dim` 1 is channels."""

    Type = "concatenationLayer"
    title = "Concatenation"
    default_name = "concat"
    positional = ("Dim", "NumInputs")
    declared = declare(Dim=Option(whole(), 1), NumInputs=Option(whole(2, 10_000), 2))

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        if self.Dim != 1:
            raise self.refuse(f"joins along dimension {self.Dim}; of sequences and features only 1, channels, is known")
        known = self._alike(inputs)
        return None if known is None else Signal(sum(signal.size for signal in known), known[0].time)

    def summary(self) -> str:
        return f"Concatenation of {self.NumInputs} inputs along dimension {self.Dim}"
