"""One place for all limits."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

import bridge
from bridge.errors import EvaluationLimit, LimitExceeded, UsageError
from bridge.limits import Limits, current
from bridge.matlab.evaluate import evaluate


def test_limits_hold_within_a_block_and_no_longer() -> None:
    assert current() == Limits()
    with bridge.allow(steps=5, elements=7) as limits:
        assert (limits.steps, limits.elements, limits.depth) == (5, 7, Limits().depth)
        with bridge.allow(steps=9):
            assert (current().steps, current().elements) == (9, 7)
        assert current() == limits
        other: list[Limits] = []
        thread = threading.Thread(target=lambda: other.append(current()))
        thread.start()
        thread.join()
        assert other == [Limits()], "another thread has limits of its own"
    with pytest.raises(ZeroDivisionError), bridge.allow(steps=5):
        raise ZeroDivisionError
    assert current() == Limits()


def test_a_limit_that_is_none() -> None:
    with (
        pytest.raises(UsageError, match="there is no limit 'bytes'; there are file_bytes, mat_bytes"),
        bridge.allow(bytes=1),
    ):
        pass
    with pytest.raises(UsageError, match="steps = -1 is negative"), bridge.allow(steps=-1):
        pass


def test_every_reader_asks_for_them(tmp_path: Path) -> None:
    data, model = tmp_path / "a.mat", tmp_path / "m.slx"
    bridge.save({"x": [1.0] * 100, "c": [["a"], "b"]}, data)
    bridge.save(bridge.Model.new("m"), model)
    for name, path, limit in (
        ("mat_bytes", data, 10), ("mat_parts", data, 2), ("mat_depth", data, 1), ("file_bytes", model, 10),
        ("package_parts", model, 1), ("part_bytes", model, 10), ("package_bytes", model, 20),
    ):  # fmt: skip
        with pytest.raises(LimitExceeded, match=rf"{name} in bridge\.allow"), bridge.allow(**{name: limit}):
            bridge.load(path)
    with pytest.raises(EvaluationLimit, match=r"steps in bridge\.allow"), bridge.allow(steps=2):
        evaluate("1 + 2 + 3 + 4 + sin(5)")
    with pytest.raises(EvaluationLimit, match="limit of 3"), bridge.allow(elements=3):
        evaluate("zeros(2, 2)")
    assert evaluate("1 + 2") == 3
