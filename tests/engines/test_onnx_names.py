"""Names in ONNX models."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.engines.onnx_names import Names, sanitized


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("u", "u"),
        ("model/Sub system\nGain", "model/Sub_system_Gain"),
        ("a=b;c", "a_b_c"),
        ("../x", "_../x"),
        ("1st", "_1st"),
        ("", "_"),
        ("größe", "gr__e"),
        ("x" * 500, "x" * 120),
    ],
)
def test_sanitized(wanted: str, name: str) -> None:
    assert sanitized(wanted) == name


@given(st.lists(st.text(max_size=6) | st.sampled_from(["a", "a_1", "a 1", "a_1_1", "a_2"]), max_size=30))
def test_names_are_harmless_and_used_once(wanted: list[str]) -> None:
    names = Names()
    given_out = [names(text) for text in wanted]
    assert len(set(given_out)) == len(wanted)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./]*", name) for name in given_out)
