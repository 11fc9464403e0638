"""What a layer's properties may be: each `Option` has a default and a rule that says how a value is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Rule = Callable[[Any], Any]
"""A function from a given value to the one that is kept; `ValueError` with the rest of "Name must be …"."""


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED: Any = _Required()


@dataclass(frozen=True)
class Option:
    """One property of a layer that is not an array: `default` (or REQUIRED) and `rule`.

    `quiet` ones are written to files only where they are not the default.
    """

    rule: Rule
    default: Any = REQUIRED
    quiet: bool = False


def declare(**options: Option) -> Mapping[str, Option]:
    """The options of a layer by name, in order."""
    return options


def _scalar(value: Any, wanted: str) -> Any:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "biuf":
        raise ValueError(wanted)
    return array.reshape(-1)[0].item()


def whole(minimum: int = 1, maximum: int = 2**31 - 1) -> Rule:
    """A whole number, kept as int; None where it is not known yet."""

    def rule(value: Any) -> int | None:
        if value is None:
            return None
        wanted = f"a whole number of at least {minimum}" if maximum == 2**31 - 1 else f"from {minimum} to {maximum}"
        number = _scalar(value, wanted)
        if isinstance(number, bool) or number != number or number in (float("inf"), float("-inf")):
            raise ValueError(wanted)
        if number != int(number) or not minimum <= number <= maximum:
            raise ValueError(wanted)
        return int(number)

    return rule


def whole_or(*words: str) -> Rule:
    """A whole number, or one of some words."""
    number_rule = whole()

    def rule(value: Any) -> int | str | None:
        if value is None or np.asarray(value).dtype.kind in "biuf":
            return number_rule(value)  # type: ignore[no-any-return]
        if str(value) not in words:
            raise ValueError("a whole number, or one of " + ", ".join(map(repr, words)))
        return str(value)

    return rule


def wholes(*words: str) -> Rule:
    """One of some words, or two whole numbers (one alone stands for both), kept as a tuple."""

    def rule(value: Any) -> str | tuple[int, int]:
        spelled = [repr(word) for word in words]
        wanted = ", ".join([*spelled, "or two whole numbers that are not negative"])
        array = np.asarray(value)
        if array.dtype.kind not in "iuf" and str(value) in words:
            return str(value)
        if array.dtype.kind not in "iuf" or array.size not in (1, 2) or (array < 0).any() or (array % 1 != 0).any():
            raise ValueError(wanted)
        before, after = np.broadcast_to(array.reshape(-1), (2,)).tolist()
        return int(before), int(after)

    return rule


def number(low: float, high: float, *, below: bool = False) -> Rule:
    """A real number from `low` to `high`, kept as float; with `below`, smaller than `high`."""

    def rule(value: Any) -> float:
        wanted = f"a number from {low:g} to {high:g}" if not below else f"a number from {low:g}, below {high:g}"
        kept = float(_scalar(value, wanted))
        if not low <= kept <= high or (below and kept == high):
            raise ValueError(wanted)
        return kept

    return rule


def choice(*values: str) -> Rule:
    """One of some words."""

    def rule(value: Any) -> str:
        if str(value) not in values:
            raise ValueError("one of " + ", ".join(repr(one) for one in values))
        return str(value)

    return rule


def flag(value: Any) -> bool:
    """True or false."""
    return bool(_scalar(value, "true or false"))


def text(value: Any) -> str:
    """Any text."""
    return str(value)


def texts(value: Any) -> tuple[str, ...]:
    """Texts, in order."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError("a sequence of texts")
    return tuple(str(item) for item in value)


def factor(value: Any) -> float | tuple[float, ...]:
    """A number that is not negative, or one for each gate."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or not array.size or not (array >= 0).all():
        raise ValueError("a number that is not negative, or one for each gate")
    kept = tuple(float(item) for item in array.reshape(-1))
    return kept[0] if len(kept) == 1 else kept


INITIALIZERS = ("glorot", "he", "orthogonal", "narrow-normal", "zeros", "ones")


def factors(initializers: Mapping[str, str], prefix: Mapping[str, str] | None = None) -> dict[str, Option]:
    """The options that go with learnables: learn rate and L2 factors, and the initializer.

    `initializers` maps each learnable to the toolbox's default; `prefix` gives the spelling of the factors where it is
    not the learnable's own (``WeightLearnRateFactor`` of ``Weights``).
    """
    found: dict[str, Option] = {}
    for name, initializer in initializers.items():
        stem = (prefix or {}).get(name, name)
        decay = 0.0 if name == "Bias" else 1.0  # the toolbox does not decay biases
        allowed = (*INITIALIZERS, "unit-forget-gate") if initializer == "unit-forget-gate" else INITIALIZERS
        found[f"{stem}LearnRateFactor"] = Option(factor, 1.0, quiet=True)
        found[f"{stem}L2Factor"] = Option(factor, decay, quiet=True)
        found[f"{name}Initializer"] = Option(choice(*allowed), initializer, quiet=True)
    return found
