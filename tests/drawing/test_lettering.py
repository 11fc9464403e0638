"""Text fits its place: broken, set smaller, replaced or clipped, and never wider than the room."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.drawing.lettering import LEAST, broken, clipped, fitted, raised, width

TEXTS = st.text("abcdefgh WMil_0123(,.)漢", max_size=40)


@settings(deadline=None)
@given(TEXTS, st.floats(8, 200), st.floats(8, 60))
def test_whatever_is_set_fits(text: str, room: float, height: float) -> None:
    lines, size = fitted(text, room, height)
    assert size >= LEAST
    assert all(width(line, size) <= room for line in lines)
    assert len(lines) == 1 or len(lines) * size * 1.2 <= height + 2


@settings(deadline=None)
@given(TEXTS, st.floats(20, 200))
def test_breaking_loses_nothing_but_spaces(text: str, room: float) -> None:
    lines = broken(text, room, 10.0)
    assert lines is None or "".join("".join(lines).split()) == "".join(text.split())


def test_what_stands_for_a_text_that_cannot_be_read() -> None:
    assert fitted("b(Nn+1:2*Nn)", 26, 30, instead="-C-") == (["-C-"], 10.0)
    assert fitted("a very long name", 30, 8)[0] == ["a very…"]
    assert clipped("anything", 0, 10) == ""


def test_long_words_break_at_spaces_and_underscores() -> None:
    assert broken("Degrees to Radians", 50, 10) == ["Degrees", "to", "Radians"]
    assert broken("bus_motor_out", 45, 10) == ["bus_", "motor_", "out"]
    assert broken("Degrees", 10, 10) is None


def test_powers_are_raised() -> None:
    assert raised("z^-12+s^2") == "z⁻¹²+s²"
