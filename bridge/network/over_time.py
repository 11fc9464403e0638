"""Layers that mix the steps of a sequence: attention, convolution, pooling, one step out of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from bridge.network.layer import Layer, Shape, Signal
from bridge.network.option import Option, choice, declare, factors, number, whole, wholes


class _OverTime(Layer):
    """What takes a whole sequence."""

    def _sequence(self, given: Signal) -> Signal:
        if not given.time:
            raise self.refuse("needs a sequence, but what it is given has no time")
        return given


class SelfAttention(_OverTime):
    """Multi-head attention of a sequence to itself: MATLAB's `selfAttentionLayer`.

    Q, K, V = W x + b; of each of `NumHeads` blocks of rows, V softmax(K' Q / sqrt(rows of Q)) over the steps;
    the blocks joined, times `OutputWeights`, plus `OutputBias`. With `AttentionMask` ``causal`` a step attends to no
    later one.
    `QueryWeights`, `KeyWeights` `NumKeyChannels` x I, `ValueWeights` `NumValueChannels` x I, `OutputWeights`
    `OutputSize` x `NumValueChannels`; biases are columns.
    """

    Type = "selfAttentionLayer"
    title = "Self-Attention"
    default_name = "selfattention"
    positional = ("NumHeads", "NumKeyChannels")
    learnable_names = (
        *("QueryWeights", "KeyWeights", "ValueWeights", "OutputWeights"),
        *("QueryBias", "KeyBias", "ValueBias", "OutputBias"),
    )
    declared = declare(
        NumHeads=Option(whole()),
        NumKeyChannels=Option(whole()),
        NumValueChannels=Option(whole(), None),
        OutputSize=Option(whole(), None),
        InputSize=Option(whole(), None),
        AttentionMask=Option(choice("none", "causal"), "none"),
        DropoutProbability=Option(number(0, 1, below=True), 0.0, quiet=True),
        **factors({name: "zeros" if name.endswith("Bias") else "glorot" for name in learnable_names}),
    )

    @property
    def value_channels(self) -> int:
        """`NumValueChannels`, by default as many as keys have."""
        return int(self.NumValueChannels or self.NumKeyChannels)

    def shapes(self) -> Mapping[str, Shape]:
        keys, values, size = self.NumKeyChannels, self.value_channels, self.InputSize
        out = self.OutputSize or size
        return {
            **dict.fromkeys(("QueryWeights", "KeyWeights"), (keys, size)),
            "ValueWeights": (values, size),
            "OutputWeights": (out, values),
            **dict.fromkeys(("QueryBias", "KeyBias"), (keys, 1)),
            "ValueBias": (values, 1),
            "OutputBias": (out, 1),
        }

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        for name, channels in (("NumKeyChannels", self.NumKeyChannels), ("NumValueChannels", self.value_channels)):
            if channels % self.NumHeads:
                raise self.refuse(f"{name} {channels} is no multiple of NumHeads {self.NumHeads}")
        if inputs[0] is None:
            return None
        given = self._sequence(inputs[0])
        self._take_size("InputSize", given.size)
        return Signal(self.OutputSize or given.size, time=True)

    def summary(self) -> str:
        return f"Self-attention with {self.NumHeads} heads and {self.NumKeyChannels} key and query channels"


class PositionEmbedding(_OverTime):
    """A learned vector for each position, whatever the input says: MATLAB's `positionEmbeddingLayer`.

    `Weights` `OutputSize` x `MaxPosition`: step t gives column t.
    """

    Type = "positionEmbeddingLayer"
    title = "Position Embedding"
    default_name = "positionembedding"
    positional = ("OutputSize", "MaxPosition")
    learnable_names = ("Weights",)
    declared = declare(
        OutputSize=Option(whole()),
        MaxPosition=Option(whole()),
        **factors({"Weights": "narrow-normal"}, {"Weights": "Weight"}),
    )

    def shapes(self) -> Mapping[str, Shape]:
        return {"Weights": (self.OutputSize, self.MaxPosition)}

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        return None if inputs[0] is None else Signal(self.OutputSize, self._sequence(inputs[0]).time)

    def summary(self) -> str:
        return f"Position embedding with {self.OutputSize} channels and at most {self.MaxPosition} positions"


class Indexing1D(_OverTime):
    """The first or the last step of a sequence: MATLAB's `indexing1dLayer`, with `Index` ``first`` or ``last``."""

    Type = "indexing1dLayer"
    title = "1-D Indexing"
    default_name = "index1d"
    positional = ("Index",)
    declared = declare(Index=Option(choice("first", "last"), "last"))

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        return None if inputs[0] is None else Signal(self._sequence(inputs[0]).size, time=False)


class _Sliding(_OverTime):
    """A window of `window` steps, `reach` apart, that moves by `Stride` over a padded sequence."""

    @property
    def window(self) -> int:
        """How many steps the window sees."""
        raise NotImplementedError

    @property
    def reach(self) -> int:
        """How far apart they are."""
        return 1

    def padding(self, steps: int) -> tuple[int, int]:
        """How many steps are added before and after a sequence of `steps`."""
        span = (self.window - 1) * self.reach + 1
        if self.Padding == "causal":
            return span - 1, 0
        if self.Padding == "same":
            missing = max((ceil(steps / self.Stride) - 1) * self.Stride + span - steps, 0)
            return missing // 2, missing - missing // 2
        before, after = self.Padding
        return before, after


class Convolution1D(_Sliding):
    """Convolution over time: MATLAB's `convolution1dLayer`, with K = `FilterSize`, C channels and F = `NumFilters`.

    y(f, t) = sum over k and c of `Weights`(k, c, f) x(c, `Stride` t + `DilationFactor` k - padding) + `Bias`(f).
    `Weights` K x C x F, `Bias` 1 x F. `Padding` is ``same``, ``causal``, or numbers of zeros before and after.
    """

    Type = "convolution1dLayer"
    title = "1-D Convolution"
    default_name = "conv1d"
    positional = ("FilterSize", "NumFilters")
    learnable_names = ("Weights", "Bias")
    declared = declare(
        FilterSize=Option(whole()),
        NumFilters=Option(whole()),
        NumChannels=Option(whole(), None),
        Stride=Option(whole(), 1),
        DilationFactor=Option(whole(), 1),
        Padding=Option(wholes("same", "causal"), (0, 0)),
        **factors({"Weights": "glorot", "Bias": "zeros"}, {"Weights": "Weight"}),
    )

    @property
    def window(self) -> int:
        return int(self.FilterSize)

    @property
    def reach(self) -> int:
        return int(self.DilationFactor)

    def shapes(self) -> Mapping[str, Shape]:
        return {"Weights": (self.FilterSize, self.NumChannels, self.NumFilters), "Bias": (1, self.NumFilters)}

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        if inputs[0] is None:
            return None
        self._take_size("NumChannels", self._sequence(inputs[0]).size)
        return Signal(self.NumFilters, time=True)

    def summary(self) -> str:
        return f"{self.NumFilters} {self.FilterSize} convolutions with stride {self.Stride}"


class _Pooling1D(_Sliding):
    positional = ("PoolSize",)
    declared = declare(
        PoolSize=Option(whole()),
        Stride=Option(whole(), 1),
        Padding=Option(wholes("same"), (0, 0)),
    )

    @property
    def window(self) -> int:
        return int(self.PoolSize)

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        return None if inputs[0] is None else self._sequence(inputs[0])

    def summary(self) -> str:
        return f"{self.title} with pool size {self.PoolSize} and stride {self.Stride}"


class MaxPooling1D(_Pooling1D):
    """The largest of `PoolSize` neighbouring steps, channel by channel: MATLAB's `maxPooling1dLayer`."""

    Type = "maxPooling1dLayer"
    title = "1-D Max Pooling"
    default_name = "maxpool1d"


class AveragePooling1D(_Pooling1D):
    """The mean of `PoolSize` neighbouring steps, zeros of the padding among them: MATLAB's `averagePooling1dLayer`."""

    Type = "averagePooling1dLayer"
    title = "1-D Average Pooling"
    default_name = "avgpool1d"


class _GlobalPooling1D(_OverTime):
    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        return None if inputs[0] is None else Signal(self._sequence(inputs[0]).size, time=False)


class GlobalAveragePooling1D(_GlobalPooling1D):
    """The mean over all steps: MATLAB's `globalAveragePooling1dLayer`."""

    Type = "globalAveragePooling1dLayer"
    title = "1-D Global Average Pooling"
    default_name = "gapool1d"


class GlobalMaxPooling1D(_GlobalPooling1D):
    """The largest of all steps: MATLAB's `globalMaxPooling1dLayer`."""

    Type = "globalMaxPooling1dLayer"
    title = "1-D Global Max Pooling"
    default_name = "gmpool1d"
