"""What data beside a network may have been scaled with: mean and deviation, smallest and largest, mapminmax, mapstd."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.cases.net_leaves import leaves
from bridge.matlab.values import Struct

Array = npt.NDArray[Any]
_MOST = 6
_MEAN = re.compile(r"(mu|mean|avg|average)|.*(_mu|mu_|mean|avg|average).*|mu[A-Z0-9_]?.*", re.IGNORECASE)
_DEVIATION = re.compile(r"(sig|sigma|std|sd|stddev)|.*(sigma|std|_sig|sig_|stddev|deviation).*|sig[A-Z0-9_]?.*", re.I)
_LEAST = re.compile(r"(^|_)min(_|$|[A-Z0-9])|^min|[a-z0-9]Min|[a-z]min$")


@dataclass(frozen=True, eq=False)
class Scaling:
    """(x - mu) ./ sigma, as columns; `forward` and `backward` write it and its inverse around ``{}``."""

    forward: str
    backward: str
    mu: Array
    sigma: Array

    def fits(self, channels: int) -> bool:
        """Whether they are one number, or one for each of `channels`."""
        return self.mu.size in (1, channels) and self.sigma.size in (1, channels)

    def apply(self, x: Array) -> Array:
        """Scaled."""
        with np.errstate(all="ignore"):
            scaled: Array = (x - self.mu.reshape(-1, 1)) / self.sigma.reshape(-1, 1)
        return scaled

    def reverse(self, y: Array) -> Array:
        """Scaled back."""
        back: Array = y * self.sigma.reshape(-1, 1) + self.mu.reshape(-1, 1)
        return back


def scalings(variables: Mapping[str, Any]) -> list[Scaling]:
    """Those that stand beside a network, by their names; of many, the ones with the plainest names."""
    vectors = {
        name: np.asarray(value, np.float64).ravel()
        for name, value in leaves(variables)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and max(value.shape) == value.size <= 10_000
    }
    named = [*_standard(vectors), *_ranges(vectors)]
    plainest = sorted(named, key=lambda pair: len(pair.forward))
    return [*plainest[:_MOST], *list(_settings(variables))[:_MOST]]


def _standard(vectors: Mapping[str, Array]) -> Iterator[Scaling]:
    means = [name for name in vectors if _MEAN.fullmatch(_last(name))]
    deviations = [name for name in vectors if _DEVIATION.fullmatch(_last(name)) and (vectors[name] > 0).all()]
    for mean in means:
        for deviation in deviations:
            if vectors[mean].size == vectors[deviation].size and mean != deviation:
                text = f"({{}} - {mean})./{deviation}", f"{{}}*{deviation} + {mean}"
                yield Scaling(*text, vectors[mean], vectors[deviation])


def _ranges(vectors: Mapping[str, Array]) -> Iterator[Scaling]:
    for least, low in vectors.items():
        if not _LEAST.search(_last(least)):
            continue
        largest = least[: len(least) - len(_last(least))] + _last(least).replace("min", "max").replace("Min", "Max")
        high = vectors.get(largest)
        if high is not None and high.size == low.size and (high > low).all():
            span = f"({largest} - {least})"
            yield Scaling(f"({{}} - {least})./{span}", f"{{}}.*{span} + {least}", low, high - low)


def _settings(variables: Mapping[str, Any]) -> Iterator[Scaling]:
    """The structures that ``mapminmax`` and ``mapstd`` give, among variables and in structures."""
    for name, value in variables.items():
        if not isinstance(value, Struct) or value.size != 1:
            continue
        kind = str(value.get("name", ""))
        numbers = {key: np.asarray(item, np.float64).ravel() for key, item in value.items() if _is_float(item)}
        text = f"{kind}('apply',{{}},{name})", f"{kind}('reverse',{{}},{name})"
        if kind == "mapminmax" and {"xoffset", "gain", "ymin"} <= numbers.keys() and (numbers["gain"] != 0).all():
            yield Scaling(*text, numbers["xoffset"] - numbers["ymin"] / numbers["gain"], 1 / numbers["gain"])
        elif kind == "mapstd" and {"xoffset", "gain", "ymean"} <= numbers.keys() and (numbers["gain"] != 0).all():
            yield Scaling(*text, numbers["xoffset"] - numbers["ymean"] / numbers["gain"], 1 / numbers["gain"])
        else:
            yield from _settings({f"{name}.{key}": item for key, item in value.items()})


def _is_float(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _last(name: str) -> str:
    return name.rpartition(".")[2]
