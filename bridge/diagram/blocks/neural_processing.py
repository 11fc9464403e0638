"""The processing functions of the neural library, which scale a network's inputs and outputs.

Formulas: `bridge.neural.processing`; the parameters are the settings of ``mapminmax`` and ``mapstd``.
"""

from __future__ import annotations

from bridge.diagram.block import Block, as_parameter
from bridge.diagram.parameters import Tunable
from bridge.diagram.registry import register
from bridge.neural import processing
from bridge.program.form import Value

_PROCESSING = "neural/Processing Functions/"


class Map(Block):
    """A linear map of each element whose parameters must stand in the block."""

    def given(self, name: str, dtype_of: Value) -> Value:
        """A parameter, which has no default."""
        text = self.site.text(name, "")
        if not text.strip():
            raise self.wrong(name, "is not written in the file, and its default is not known")
        return as_parameter(self.site.symbolic(name, text, True), dtype_of.dtype)


@register(_PROCESSING + "mapminmax")
class MapMinMax(Map):
    """y = (ymax - ymin) (x - xmin) / (xmax - xmin) + ymin."""

    xmin, xmax, ymin, ymax = Tunable(""), Tunable(""), Tunable(""), Tunable("")

    def output(self, u: Value) -> Value:
        x, xmin, xmax, ymin, ymax = self.aligned(u, *(self.given(k, u) for k in ("xmin", "xmax", "ymin", "ymax")))
        return processing.mapminmax(x, xmin, (ymax - ymin) / (xmax - xmin), ymin)


@register(_PROCESSING + "mapminmax_reverse")
class MapMinMaxReverse(Map):
    """x = (xmax - xmin) (y - ymin) / (ymax - ymin) + xmin."""

    xmin, xmax, ymin, ymax = Tunable(""), Tunable(""), Tunable(""), Tunable("")

    def output(self, u: Value) -> Value:
        y, xmin, xmax, ymin, ymax = self.aligned(u, *(self.given(k, u) for k in ("xmin", "xmax", "ymin", "ymax")))
        return processing.mapminmax_reverse(y, xmin, (ymax - ymin) / (xmax - xmin), ymin)


@register(_PROCESSING + "mapstd")
class MapStd(Map):
    """y = (x - xmean) ystd / xstd + ymean."""

    xmean, xstd, ymean, ystd = Tunable(""), Tunable(""), Tunable(""), Tunable("")

    def output(self, u: Value) -> Value:
        x, xmean, xstd, ymean, ystd = self.aligned(u, *(self.given(k, u) for k in ("xmean", "xstd", "ymean", "ystd")))
        return processing.mapstd(x, xmean, ystd / xstd, ymean)


@register(_PROCESSING + "mapstd_reverse")
class MapStdReverse(Map):
    """x = (y - ymean) xstd / ystd + xmean."""

    xmean, xstd, ymean, ystd = Tunable(""), Tunable(""), Tunable(""), Tunable("")

    def output(self, u: Value) -> Value:
        y, xmean, xstd, ymean, ystd = self.aligned(u, *(self.given(k, u) for k in ("xmean", "xstd", "ymean", "ystd")))
        return processing.mapstd_reverse(y, xmean, ystd / xstd, ymean)
