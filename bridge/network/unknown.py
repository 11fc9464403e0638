"""A layer of a kind that `bridge` does not compute: it keeps its place and its properties in the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridge.network.layer import Layer, Signal
from bridge.network.option import Option, declare, text


class UnknownLayer(Layer):
    """A layer of the class `Kind` (``nnet.cnn.layer.SelfAttentionLayer``) with `properties` as they were found.

    A network that holds one can be looked at, not run.
    """

    Type = "unknownLayer"
    title = "Unknown"
    default_name = "layer"
    positional = ("Kind",)
    declared = declare(
        Kind=Option(text),
        InputNames=Option(tuple, ("in",)),
        OutputNames=Option(tuple, ("out",)),
        properties=Option(dict, {}),
    )

    @property
    def input_ports(self) -> tuple[str, ...]:
        return tuple(self.InputNames)

    @property
    def output_ports(self) -> tuple[str, ...]:
        return tuple(self.OutputNames)

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        return None

    def side_outputs(self) -> Mapping[str, Signal | None]:
        return dict.fromkeys(self.OutputNames[1:])

    def summary(self) -> str:
        return str(self.Kind)

    @property
    def properties(self) -> Mapping[str, Any]:
        """What the file says of the layer."""
        return dict(self._options["properties"])
