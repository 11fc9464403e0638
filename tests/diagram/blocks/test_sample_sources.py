"""Stored samples, one a hit, and what comes after them."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block

from bridge.errors import UnsupportedBlock

KIND = "dspsrcs4/Signal From Workspace"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("Setting to zero", [3, 1, 4, 0, 0, 0, 0]),
        ("Holding final value", [3, 1, 4, 4, 4, 4, 4]),
        ("Cyclic repetition", [3, 1, 4, 3, 1, 4, 3]),
    ],
)
@pytest.mark.parametrize("samples", ["[3 1 4]", "[3 1 4].'"])
def test_a_vector(samples: str, after: str, expected: list[float]) -> None:
    y = one_block(KIND, steps=7, X=samples, OutputAfterFinalValue=after, exact=True)
    assert y.tolist() == expected


def test_one_sample_alone() -> None:
    assert one_block(KIND, steps=3, X="7", exact=True).tolist() == [7, 0, 0]


def test_a_matrix_has_a_channel_in_each_column() -> None:
    y = one_block(KIND, steps=3, X="x", workspace={"x": np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])}, exact=True)
    assert y.reshape(3, 3).tolist() == [[1, 2, 3], [4, 5, 6], [0, 0, 0]]


def test_it_counts_its_own_hits() -> None:
    y = one_block(KIND, steps=5, step=0.5, X="[3 1 4]", Ts="1")
    assert y.tolist() == [3, 1, 4]


def test_frames_are_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="nsamps = 4"):
        one_block(KIND, steps=1, nsamps=4)
