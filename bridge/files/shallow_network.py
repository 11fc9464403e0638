"""Networks of the shallow toolbox out of a .mat file: objects of class `network`, or structures with their fields.

An `Autoencoder` is the network in it, which encodes and decodes.

The fields were read from files that releases from R2008 to R2023 wrote (versions 6 and 8 of the class).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.errors import NetworkError
from bridge.files.mat_objects import MatObject
from bridge.files.matlab_layer_fields import Unreadable
from bridge.files.shallow_settings import processing
from bridge.matlab.values import Cell, Char, Struct
from bridge.network import Processing, ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput, Weight

Path = str | os.PathLike[str]
Fields = Mapping[str, Any]
CLASS = "network"
WRAPPER = "Autoencoder"
"""A class of the toolbox whose objects hold such a network, MATLAB's ``network(autoenc)``."""
_NEEDED = ("inputs", "layers", "IW", "LW", "b", "inputConnect", "layerConnect", "outputConnect", "biasConnect")


def is_network(value: Any) -> bool:
    """Whether a value is such an object, or a structure with its fields."""
    if isinstance(value, MatObject):
        inner = _inner(value)
        return inner.class_name == CLASS and ("IW" in inner or "layers" in inner)
    return isinstance(value, Struct) and value.size == 1 and all(name in value for name in _NEEDED)


def network(value: MatObject | Fields) -> ShallowNetwork:
    """The `ShallowNetwork` of such a value. Raises `Unreadable` naming the place in it, ``layers{2}``."""
    fields = _inner(value).fields if isinstance(value, MatObject) else value
    missing = [name for name in _NEEDED if name not in fields]
    if missing:
        raise Unreadable(f"is a network object without {', '.join(missing)}")
    connected = {name: _flags(fields, name) for name in _NEEDED if name.endswith("Connect")}
    inputs = [_input(f"inputs{{{k}}}", each) for k, each in _structures(fields, "inputs")]
    layers = []
    listed = list(_structures(fields, "layers"))
    if connected["biasConnect"].size != len(listed):
        raise Unreadable("is a network object whose biasConnect has another size than its layers")
    for k, each in listed:
        biased = bool(connected["biasConnect"].ravel()[k - 1])
        layers.append(_layer(f"layers{{{k}}}", each, _at(fields, "b", k, 1) if biased else None))
    # A network of the years before 2006 names its targets and outputs apart; these have the processing.
    outputs = [
        _output(f"outputs{{{i}}}", i, _at(fields, "outputs", i, 1)) for i in _connected(connected["outputConnect"])
    ]
    IW = {place: _weight(fields, "IW", "inputWeights", place) for place in _pairs(connected["inputConnect"])}
    LW = {place: _weight(fields, "LW", "layerWeights", place) for place in _pairs(connected["layerConnect"])}
    sample_time = fields.get("sampleTime")
    try:
        return ShallowNetwork(
            inputs,
            layers,
            outputs,
            IW,
            LW,
            name=_text(fields.get("name"), ""),
            sampleTime=_number("sampleTime", sample_time) if _is_number(sample_time) else 1.0,
        )
    except NetworkError as error:
        raise Unreadable(f"is a network object whose parts do not fit: {error.layer or 'it'} {error.cause}") from None


def _inner(value: MatObject) -> MatObject:
    held = value.get("Network") if value.class_name == WRAPPER else None
    return held if isinstance(held, MatObject) else value


def _input(place: str, about: Struct) -> ShallowInput:
    feedback = about.get("feedbackOutput")
    return ShallowInput(
        size=_whole(f"{place}.size", about.get("size")),
        processing=_processing(place, about),
        name=_text(about.get("name"), ""),
        feedbackOutput=_whole(place, feedback) if _is_number(feedback) else None,
    )


def _layer(place: str, about: Struct, bias: Any) -> ShallowLayer:
    for name in ("transferParam", "netInputParam"):
        _no_parameters(place, name, about)
    return ShallowLayer(
        size=_whole(f"{place}.size", about.get("size")),
        transferFcn=_function(place, "transferFcn", about),
        netInputFcn=_function(place, "netInputFcn", about),
        b=None if bias is None else _array(place.replace("layers", "b"), bias).ravel(order="F"),
        name=_text(about.get("name"), ""),
    )


def _output(place: str, layer: int, about: Any) -> ShallowOutput:
    if not isinstance(about, Struct) or about.size != 1:
        raise Unreadable(f"is a network object whose {place} is no structure")
    return ShallowOutput(
        layer=layer,
        size=_whole(f"{place}.size", about.get("size")),
        processing=_processing(place, about),
        name=_text(about.get("name"), ""),
        feedbackMode=_text(about.get("feedbackMode"), "none"),
    )


def _processing(place: str, about: Struct) -> list[Processing]:
    functions, settings = about.get("processFcns"), about.get("processSettings")
    names = [str(name) for name in functions] if isinstance(functions, Cell) else []
    if not names or not _whole(f"{place}.size", about.get("size")):  # not configured: there is nothing to process
        return []
    held = list(settings) if isinstance(settings, Cell) else []
    if len(held) != len(names) or not all(isinstance(each, Struct) and each.size == 1 for each in held):
        raise Unreadable(f"is a network object whose {place} has no settings for {', '.join(names)}")
    try:
        return [processing(name, each) for name, each in zip(names, held, strict=True)]
    except Unreadable as error:
        raise Unreadable(f"is a network object whose {place} {error}") from None


def _weight(fields: Fields, values: str, abouts: str, place: tuple[int, int]) -> Weight:
    name = f"{abouts}{{{place[0]},{place[1]}}}"
    about = _at(fields, abouts, *place)
    if not isinstance(about, Struct) or about.size != 1:
        raise Unreadable(f"is a network object whose {name} is no structure")
    _no_parameters(name, "weightParam", about)
    delays = _array(f"{name}.delays", about.get("delays"))
    if not (np.isfinite(delays) & (delays == np.round(delays))).all():
        raise Unreadable(f"is a network object whose {name} has delays that are no whole numbers")
    value = _array(f"{values}{{{place[0]},{place[1]}}}", _at(fields, values, *place))
    return Weight(value, tuple(int(each) for each in delays.ravel()), _function(name, "weightFcn", about))


def _no_parameters(place: str, name: str, about: Struct) -> None:
    """Functions here have no parameters; what one of the user's own would do with its own is not known."""
    held = about.get(name)
    if isinstance(held, Struct) and held.names and held.size:
        raise Unreadable(f"is a network object whose {place}.{name} has {', '.join(held.names)}, which is not known")


def _structures(fields: Fields, name: str) -> Iterator[tuple[int, Struct]]:
    cell = fields[name]
    items = list(cell) if isinstance(cell, Cell) else []
    for k, each in enumerate(items, 1):
        if not isinstance(each, Struct) or each.size != 1:
            raise Unreadable(f"is a network object whose {name}{{{k}}} is no structure")
        yield k, each


def _at(fields: Fields, name: str, row: int, column: int) -> Any:
    """The content of a cell; of a row or column of cells the one at `row`."""
    cell = fields.get(name)
    if isinstance(cell, Cell):
        if len(cell.shape) == 2 and 1 in cell.shape and column == 1 and row <= cell.size:
            return cell[row - 1]
        if len(cell.shape) == 2 and row <= cell.shape[0] and column <= cell.shape[1]:
            return cell[row - 1, column - 1]
    raise Unreadable(f"is a network object without {name}{{{row},{column}}}")


def _flags(fields: Fields, name: str) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = _array(name, fields[name]) != 0
    return found


def _connected(flags: npt.NDArray[np.bool_]) -> list[int]:
    return [k for k, flag in enumerate(flags.ravel(), 1) if flag]


def _pairs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    return [(int(i) + 1, int(j) + 1) for i, j in np.argwhere(flags)]


def _array(place: str, value: Any) -> npt.NDArray[np.float64]:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise Unreadable(f"is a network object whose {place} is no array of numbers")
    return np.asarray(value, np.float64)


def _is_number(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.size == 1


def _number(place: str, value: Any) -> float:
    if not _is_number(value):
        raise Unreadable(f"is a network object whose {place} is no number")
    return float(value.flat[0])


def _whole(place: str, value: Any) -> int:
    number = _number(place, value)
    if not np.isfinite(number) or number != round(number) or number < 0:
        raise Unreadable(f"is a network object whose {place} is {number}")
    return int(number)


def _text(value: Any, default: str) -> str:
    return str(value) if isinstance(value, Char) else default


def _function(place: str, name: str, about: Struct) -> str:
    found = _text(about.get(name), "")
    if not found:
        raise Unreadable(f"is a network object whose {place} has no {name}")
    return found
