"""What MATLAB's layer objects hold, field by field: texts, sizes, flags, learnables, states, normalization, labels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge.files.mat_objects import MatObject
from bridge.matlab.values import Cell, Char, String, Struct

Array = npt.NDArray[Any]


class Unreadable(Exception):
    """A layer holds something that is not understood; the text says what."""


def is_empty(value: Any) -> bool:
    """Whether a field is absent or ``[]``."""
    return value is None or getattr(value, "size", 1) == 0


def text(value: Any) -> str:
    """The text of a character row or a string; empty for ``[]``."""
    if isinstance(value, Char | String) and value.size:
        return value.text
    return ""


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a cell array, a string array, a categorical or one text; none for anything else."""
    if isinstance(value, Cell | String):
        return tuple(item if isinstance(item, str) else text(item) for item in value)
    if isinstance(value, Char):
        return tuple(row.rstrip() for row in value.rows) if value.size else ()
    labels = getattr(value, "labels", None)  # a categorical
    if labels is not None:
        return tuple("" if label is None else str(label) for label in labels.ravel(order="F"))
    return ()


def number(value: Any) -> float | None:
    """A real scalar; None for ``[]``."""
    if is_empty(value):
        return None
    if not isinstance(value, np.ndarray) or value.size != 1 or value.dtype.kind not in "biuf":
        raise Unreadable(f"a {type(value).__name__} where a number is expected")
    return float(value.flat[0])


def size(value: Any, what: str) -> int | None:
    """A number of channels: a scalar, or a vector such as ``[1 1 60]`` of which all but one are 1; None for ``[]``."""
    if is_empty(value):
        return None
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise Unreadable(f"{what} that is no number")
    lengths = [float(length) for length in value.ravel(order="F")]
    long = [length for length in lengths if length != 1]
    if len(long) > 1:
        raise Unreadable(f"{what} {' x '.join(f'{length:g}' for length in lengths)}")
    wanted = long[0] if long else 1.0
    if wanted != wanted or not 1 <= wanted < 2**31 or wanted != int(wanted):
        raise Unreadable(f"{what} {wanted:g}")
    return int(wanted)


def flag(value: Any) -> bool:
    """A logical scalar; ``[]`` is false."""
    return bool(number(value))


def array(value: Any, what: str) -> Array | None:
    """The numbers of a learnable, state or statistic: plain, in a structure's `Value` or a `dlarray`; None if empty."""
    for _ in range(3):
        if isinstance(value, Struct) and value.size == 1 and "Value" in value:
            value = value["Value"]
        elif isinstance(value, MatObject) and value.class_name in ("dlarray", "gpuArray"):
            value = next((value[name] for name in ("Data", "data", "Value") if name in value), value)
    if is_empty(value):
        return None
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        kind = getattr(value, "class_name", type(value).__name__)
        raise Unreadable(f"{what} of class {kind}")
    return value


def column(value: Any, what: str) -> Array | None:
    """As `array`, of any shape, as a column."""
    found = array(value, what)
    return None if found is None else found.reshape(-1, 1, order="F")


def dense_weights(value: Any) -> Array | None:
    """Weights O x I; stored as 1 x 1 x I x O or I x 1 x 1 x O, as convolutions are, they are turned."""
    found = array(value, "Weights")
    if found is None or found.ndim == 2:
        return found
    if found.ndim == 4 and sorted(found.shape[:3])[:2] == [1, 1]:
        return found.reshape(-1, found.shape[3], order="F").T
    raise Unreadable(f"Weights of {' x '.join(map(str, found.shape))}")


_INITIALIZERS = {
    "Glorot": "glorot",
    "He": "he",
    "Orthogonal": "orthogonal",
    "NarrowNormal": "narrow-normal",
    "Normal": "narrow-normal",
    "Zeros": "zeros",
    "Ones": "ones",
    "UnitForgetGate": "unit-forget-gate",
}


def learnable(value: Any, name: str, stem: str) -> dict[str, Any]:
    """The options that stand beside a learnable's numbers: `stem` + ``LearnRateFactor``, …, where they are known."""
    found: dict[str, Any] = {}
    if not isinstance(value, Struct) or value.size != 1:
        return found
    for factor in ("LearnRateFactor", "L2Factor"):
        given = value.get(factor)
        if isinstance(given, np.ndarray) and given.size and given.dtype.kind in "biuf" and (given >= 0).all():
            found[f"{stem}{factor}"] = given
    initializer = value.get("Initializer")
    if isinstance(initializer, Struct) and initializer.size == 1:
        short = text(initializer.get("Class")).rpartition(".")[2]
        if short in _INITIALIZERS:
            found[f"{name}Initializer"] = _INITIALIZERS[short]
    return found


def normalization(value: Any) -> dict[str, Any]:
    """The options and statistics of an input layer's normalization, as MATLAB stores it: ``[]`` or a structure."""
    if is_empty(value):
        return {"Normalization": "none"}
    if isinstance(value, Char | String):
        if text(value) == "none":
            return {"Normalization": "none"}
        raise Unreadable(f"normalization '{text(value)}' without statistics")
    if isinstance(value, Cell) and value.size == 1:
        return normalization(value[0])
    if isinstance(value, MatObject):
        value = Struct({**value.fields, **({} if "Type" in value else {"Type": Char(_short(value.class_name))})})
    if not isinstance(value, Struct) or value.size != 1:
        raise Unreadable(f"a normalization of class {type(value).__name__}")
    kind = text(value.get("Type")).lower().replace("_", "-")
    if kind in ("rescale", "rescale-symmetric", "rescale-zero-one"):
        return _rescale(kind, value)
    mean = column(_first(value, ("Mean", "AverageImage", "Average")), "Mean")
    if kind in ("zerocenter", "zero-center"):
        return _known(Normalization="zerocenter", Mean=mean)
    deviation = column(_first(value, ("StandardDeviation", "Std", "StdDev", "Deviation")), "StandardDeviation")
    if kind in ("zscore", "z-score"):
        return _known(Normalization="zscore", Mean=mean, StandardDeviation=deviation)
    raise Unreadable(f"normalization '{kind}' with {', '.join(value) or 'nothing'}")


def _known(**given: Any) -> dict[str, Any]:
    """What is there; layers that were not trained have no statistics yet."""
    return {name: value for name, value in given.items() if value is not None}


def _rescale(kind: str, value: Struct) -> dict[str, Any]:
    ends = {"rescale-symmetric": (-1.0, 1.0), "rescale-zero-one": (0.0, 1.0)}
    targets = tuple(
        ends.get(kind, (None, None))[k] if is_empty(value.get(name)) else number(value[name])
        for k, name in enumerate(("TargetMin", "TargetMax"))
    )
    for name, known in ends.items():
        if targets == known:
            low, high = column(value.get("Min"), "Min"), column(value.get("Max"), "Max")
            return _known(Normalization=name, Min=low, Max=high)
    raise Unreadable(f"normalization 'rescale' to {targets[0]} .. {targets[1]}")


def _short(class_name: str) -> str:
    """``…ZScoreTransform`` as ``zscore``."""
    name = class_name.rpartition(".")[2].lower()
    return next((kind for kind in ("zerocenter", "zscore", "rescale") if kind in name), name)


def _first(value: Struct, names: Iterable[str]) -> Any:
    return next((value[name] for name in names if name in value and not is_empty(value[name])), None)
