"""`assert_agree`: what it takes, when it fails, and what it then says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.comparing import Tolerance
from bridge.errors import EvidenceError, UsageError
from bridge.recording import Recording
from bridge.testing import assert_agree

Y = np.array([1.0, 2.0, 4.0])


def test_arrays_mappings_recordings_and_files(tmp_path: Path) -> None:
    recording = Recording({"y": Y}, np.arange(3.0), evidence="simulink")
    bridge.save(recording, tmp_path / "y.mat")
    bridge.save(recording, tmp_path / "y.csv")
    for other in (Y, Y.tolist(), {"y": Y, "time": [0, 1, 2]}, recording, tmp_path / "y.mat", str(tmp_path / "y.csv")):
        assert assert_agree(other, recording).agrees


def test_a_difference_names_sample_time_and_values() -> None:
    with pytest.raises(AssertionError) as raised:
        assert_agree({"y": Y, "time": [0, 0.1, 0.2]}, {"y": [1.0, 2.0, 4.5], "time": [0, 0.1, 0.2]})
    message = str(raised.value)
    assert "first at sample 2, time 0.2 s" in message
    assert "a: 4.0" in message
    assert "b: 4.5" in message
    assert "DIFFERS" in message


def test_a_tolerance_and_names() -> None:
    assert_agree({"p": Y}, {"q": Y + 0.1}, tolerance=Tolerance(absolute=0.2), signals={"p": "q"})
    with pytest.raises(AssertionError):
        assert_agree({"p": Y}, {"q": Y + 0.1}, tolerance=Tolerance(absolute=0.05), signals={"p": "q"})


def test_nothing_to_compare_is_no_agreement() -> None:
    with pytest.raises(EvidenceError):
        assert_agree({}, {})
    with pytest.raises(AssertionError, match="no signal 'y'"):
        assert_agree({"x": Y}, {"y": Y})
    with pytest.raises(UsageError, match="single number"):
        assert_agree(3.0, 3.0)
