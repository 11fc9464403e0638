"""Input layers, and the output layers of older networks, which compute nothing but carry labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bridge.network.layer import Layer, Shape, Signal
from bridge.network.option import Option, choice, declare, flag, text, texts, whole

_NORMALIZATIONS = ("none", "zerocenter", "zscore", "rescale-symmetric", "rescale-zero-one")
_STATISTICS = {
    "none": (),
    "zerocenter": ("Mean",),
    "zscore": ("Mean", "StandardDeviation"),
    "rescale-symmetric": ("Min", "Max"),
    "rescale-zero-one": ("Min", "Max"),
}


class Input(Layer):
    """What sequence and feature input have in common: a number of channels, normalized with statistics.

    ``zerocenter`` x - Mean · ``zscore`` (x - Mean) / StandardDeviation · ``rescale-symmetric``
    2 (x - Min) / (Max - Min) - 1 · ``rescale-zero-one`` (x - Min) / (Max - Min). Statistics are columns, one number a
    channel, or 1 x 1 for all.
    """

    positional = ("InputSize",)
    statistic_names = ("Mean", "StandardDeviation", "Min", "Max")

    @property
    def needed_statistics(self) -> tuple[str, ...]:
        """The statistics that the normalization uses."""
        return _STATISTICS[self.Normalization]

    @property
    def input_ports(self) -> tuple[str, ...]:
        return ()

    def shapes(self) -> Mapping[str, Shape]:
        return dict.fromkeys(self.statistic_names, (self.InputSize, 1))

    @staticmethod
    def _agree(shape: tuple[int, ...], wanted: Shape) -> bool:
        return shape == (1, 1) or Layer._agree(shape, wanted)


class SequenceInput(Input):
    """A sequence of vectors with `InputSize` channels: MATLAB's `sequenceInputLayer`.

    `Normalization` is ``none``, ``zerocenter``, ``zscore``, ``rescale-symmetric`` or ``rescale-zero-one``, with the
    statistics `Mean`, `StandardDeviation`, `Min`, `Max` (InputSize x 1).
    """

    Type = "sequenceInputLayer"
    title = "Sequence Input"
    default_name = "sequenceinput"
    declared = declare(
        InputSize=Option(whole()),
        Normalization=Option(choice(*_NORMALIZATIONS), "none"),
        NormalizationDimension=Option(choice("auto", "channel", "element", "all"), "auto"),
        MinLength=Option(whole(), 1),
        SplitComplexInputs=Option(flag, False, quiet=True),
    )

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        return Signal(self.InputSize, time=True)

    def summary(self) -> str:
        tail = "" if self.Normalization == "none" else f" with '{self.Normalization}' normalization"
        return f"Sequence input with {self.InputSize} dimensions{tail}"


class FeatureInput(Input):
    """Vectors of `InputSize` features, without time: MATLAB's `featureInputLayer`. Normalization as `SequenceInput`."""

    Type = "featureInputLayer"
    title = "Feature Input"
    default_name = "input"
    declared = declare(
        InputSize=Option(whole()),
        Normalization=Option(choice(*_NORMALIZATIONS), "none"),
        NormalizationDimension=Option(choice("auto", "channel", "element", "all"), "auto"),
        SplitComplexInputs=Option(flag, False, quiet=True),
    )

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        return Signal(self.InputSize, time=False)

    def summary(self) -> str:
        tail = "" if self.Normalization == "none" else f" with '{self.Normalization}' normalization"
        return f"{self.InputSize} features{tail}"


class RegressionOutput(Layer):
    """The end of a regression network before 2023: MATLAB's `regressionLayer`. Predictions pass unchanged."""

    Type = "regressionLayer"
    title = "Regression Output"
    default_name = "regressionoutput"
    declared = declare(ResponseNames=Option(texts, ()), LossFunction=Option(text, "mean-squared-error", quiet=True))

    def summary(self) -> str:
        return "mean-squared-error"


class ClassificationOutput(Layer):
    """The end of a classification network before 2023: MATLAB's `classificationLayer`, with the labels `Classes`."""

    Type = "classificationLayer"
    title = "Classification Output"
    default_name = "classoutput"
    positional = ("Classes",)
    declared = declare(Classes=Option(texts, ()), LossFunction=Option(text, "crossentropyex", quiet=True))

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        given = inputs[0]
        if self.Classes and given is not None and len(self.Classes) != given.size:
            raise self.refuse(f"has {len(self.Classes)} classes, but is given {given.size} channels")
        return given

    def summary(self) -> str:
        count = f" with {len(self.Classes)} classes" if self.Classes else ""
        return f"crossentropyex{count}"
