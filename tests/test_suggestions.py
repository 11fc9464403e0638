"""What is said of a name that is none of those known."""

from __future__ import annotations

import pytest

from bridge.suggestions import LISTED, closest, misspelt, offered


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("nupy", ["torch", "numpy"], ["numpy"]),
        ("GAIN", ["Gain", "Sum"], ["Gain"]),
        ("FC", ["Wf", "FC layer", "Sum"], ["FC layer"]),
        ("abacus", ["numpy", "torch"], []),
        ("x", ["xylophone"], []),
        ("name", [], []),
    ],
)
def test_the_closest_names(name: str, known: list[str], found: list[str]) -> None:
    assert closest(name, known) == found


def test_a_refused_name_is_followed_by_what_was_meant_and_what_there_is() -> None:
    assert offered("nupy", ["numpy", "torch"]) == "; did you mean 'numpy'? There are numpy, torch"
    assert offered("abacus", ["numpy", "torch"], "it has") == "; it has numpy, torch"
    assert offered("abacus", []) == "; there are none"
    assert offered(3, ["numpy"]) == "; there are numpy"


def test_of_many_names_the_first_are_listed_and_the_others_counted() -> None:
    said = offered("z", [f"name{k}" for k in range(LISTED + 5)])
    assert "name19" in said
    assert "name20" not in said
    assert said.endswith("… (5 more)")


@pytest.mark.parametrize(
    ("name", "right"),
    [("Gian", "Gain"), ("gain", "Gain"), ("Gan", "Gain"), ("Gains", "Gain"), ("Port", None), ("OutMin", None)],
)
def test_a_slip_of_one_letter_is_told_from_another_name(name: str, right: str | None) -> None:
    assert misspelt(name, ["Gain", "PortDimensions", "OutMax", "OutDataTypeStr"]) == right
