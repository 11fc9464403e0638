"""The settings of processing functions as a file holds them, in the one form that `bridge.network.Processing` has.

Releases before R2012 keep the ends of the ranges alone; later ones also the gain and the offset that follow from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files.matlab_layer_fields import Unreadable
from bridge.network import Processing
from bridge.suggestions import offered

Array = npt.NDArray[Any]
Settings = Mapping[str, Any]


def processing(function: str, settings: Settings) -> Processing:
    """One processing function with its settings. Raises `Unreadable` naming what is missing or not known."""
    made = _FORMS.get(function)
    if made is None:
        known = offered(function, _FORMS, "these are:")
        raise Unreadable(f"has the processing function {function}, which is not known{known}")
    try:
        return Processing(function, made(settings))
    except KeyError as error:
        cause = f"has no setting {error} of {function}: it was not configured, or by another release"
        raise Unreadable(cause) from None


def column(settings: Settings, name: str) -> Array:
    """A setting as a vector of doubles."""
    value = settings[name]
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise Unreadable(f"has a setting {name} that is no array of numbers")
    return np.asarray(value, np.float64).ravel(order="F")


def _mapminmax(settings: Settings) -> dict[str, Array]:
    ymin = column(settings, "ymin")[0]
    if "gain" in settings and "xoffset" in settings:
        gain, xoffset = column(settings, "gain"), column(settings, "xoffset")
    else:
        xmin, xmax = column(settings, "xmin"), column(settings, "xmax")
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = (column(settings, "ymax")[0] - ymin) / (xmax - xmin)
        # Rows that are constant, or whose ends are not finite, are left as they are.
        still = ~(np.isfinite(xmin) & np.isfinite(xmax)) | (xmin == xmax)
        gain, xoffset = np.where(still, 1.0, gain), np.where(still, ymin, xmin)
    return {"xoffset": xoffset, "gain": gain, "ymin": np.asarray(ymin)}


def _mapstd(settings: Settings) -> dict[str, Array]:
    ymean = column(settings, "ymean")[0]
    if "gain" in settings and "xoffset" in settings:
        gain, xoffset = column(settings, "gain"), column(settings, "xoffset")
    else:
        xoffset, deviations = column(settings, "xmean"), column(settings, "xstd")
        if not deviations.all():
            raise Unreadable("has the processing function mapstd with a deviation of zero, which is not known")
        gain = column(settings, "ystd")[0] / deviations
    return {"xoffset": xoffset, "gain": gain, "ymean": np.asarray(ymean)}


def _removeconstantrows(settings: Settings) -> dict[str, Array]:
    constants = column(settings, "constants" if "constants" in settings else "value")
    return {"keep": column(settings, "keep"), "remove": column(settings, "remove"), "constants": constants}


def _fixunknowns(settings: Settings) -> dict[str, Array]:
    return {"unknown": column(settings, "unknown"), "xmeans": column(settings, "xmeans")}


def _processpca(settings: Settings) -> dict[str, Array]:
    found = {"transform": np.asarray(settings["transform"], np.float64)}
    for name in ("inverseTransform", "inverse_transform"):
        if name in settings:
            found["inverseTransform"] = np.asarray(settings[name], np.float64)
    return found


_FORMS: dict[str, Callable[[Settings], dict[str, Array]]] = {
    "mapminmax": _mapminmax,
    "mapstd": _mapstd,
    "removeconstantrows": _removeconstantrows,
    "fixunknowns": _fixunknowns,
    "processpca": _processpca,
    "lvqoutputs": lambda settings: {},
}
