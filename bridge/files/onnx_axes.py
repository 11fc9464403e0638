"""The axes of signals in ONNX graphs of others: letters for what lies along them, and how reshaping regroups them.

An axis is a string of letters: ``T`` time, ``B`` sequences, ``C`` channels, ``D`` ONNX's directions, ``t`` a single
step; several letters are one axis made of these, the last running fastest; none is an axis of length one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Axes = tuple[str, ...]


@dataclass(frozen=True)
class Size:
    """A length that the file leaves open: letters times a number."""

    letters: tuple[str, ...]
    factor: int = 1

    def __mul__(self, other: Any) -> Any:
        return product([self, other])

    __rmul__ = __mul__

    def __index__(self) -> int:
        raise TypeError(f"the length {' x '.join(self.letters)} is open")


Length = int | Size


def product(lengths: Iterable[Any]) -> Length:
    """The product of lengths, in a form in which equal products are equal."""
    letters: list[str] = []
    factor = 1
    for length in lengths:
        if isinstance(length, Size):
            letters += length.letters
            factor *= length.factor
        else:
            factor *= int(length)
    return Size(tuple(sorted(letters)), factor) if letters and factor else factor


def shape_of(axes: Axes, lengths: Mapping[str, Length]) -> list[Length]:
    """The length of each axis."""
    return [product(lengths[letter] for letter in axis) for axis in axes]


def reshaped(axes: Axes, lengths: Mapping[str, Length], wanted: Sequence[Any]) -> Axes | None:
    """The axes after reshaping to the lengths `wanted`, with ONNX's 0 and -1; None where letters would be cut apart."""
    given = shape_of(axes, lengths)
    wanted = [given[k] if _is(length, 0) and k < len(given) else length for k, length in enumerate(wanted)]
    letters = [letter for axis in axes for letter in axis]
    open_places = [k for k, length in enumerate(wanted) if _is(length, -1)]
    if len(open_places) > 1:
        return None
    split = open_places[0] if open_places else len(wanted)
    head = _grouped(letters, lengths, wanted[:split])
    if head is None:
        return None
    rest = letters[sum(map(len, head)) :]
    if not open_places:
        # What is left over may only be axes of length one.
        return tuple(head) if all(_is(lengths[letter], 1) for letter in rest) else None
    tail = _grouped(rest[::-1], lengths, wanted[:split:-1])
    if tail is None:
        return None
    inside = rest[: len(rest) - sum(map(len, tail))]
    return (*head, "".join(inside), *(group[::-1] for group in tail[::-1]))


def _grouped(letters: Sequence[str], lengths: Mapping[str, Length], wanted: Sequence[Any]) -> list[str] | None:
    """The first letters in groups of the lengths wanted."""
    groups, place = [], 0
    for length in wanted:
        group = ""
        if _is(length, 1):
            # An axis of length one may be one of the letters, or new.
            if place < len(letters) and _is(lengths[letters[place]], 1):
                group = letters[place]
        else:
            reached: Length = 1
            while reached != length:
                if place + len(group) >= len(letters):
                    return None
                group += letters[place + len(group)]
                reached = product(lengths[letter] for letter in group)
        groups.append(group)
        place += len(group)
    return groups


def _is(length: Any, number: int) -> bool:
    return not isinstance(length, Size) and int(length) == number


def tidy(axes: Axes, lengths: Mapping[str, Length]) -> Axes:
    """The same axes without letters of length one beside others: directions and single steps."""
    found = []
    for axis in axes:
        kept = "".join(letter for letter in axis if letter not in "Dt" or not _is(lengths[letter], 1))
        found.append(kept if len(axis) > 1 else axis)
    return tuple(found)


def same_letters(axes: Axes, others: Axes) -> bool:
    """Whether two signals have the same axes in any order."""
    return Counter("".join(axes)) == Counter("".join(others))
