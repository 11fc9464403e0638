"""The package's own names, whoever imported its modules first."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("first", ["", "import bridge.matlab.rng", "from bridge.matlab.rng import Stream"])
def test_names_that_are_modules_too_can_be_called(first: str) -> None:
    code = (
        f"{first}\nimport bridge.matlab\n"
        "print(bridge.matlab.rng(0).rand(), bridge.matlab.evaluate('1 + 1')[0, 0])\n"
        "from bridge.matlab.rng import rng\nfrom bridge.matlab.evaluate import evaluate\nprint(rng(0).rand() < 1)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0.8147236863931789", "2.0", "True"]


def test_nothing_is_imported_before_it_is_used() -> None:
    code = "import sys, bridge.matlab\nprint([m for m in sys.modules if m.startswith('bridge.matlab.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_names() -> None:
    import bridge.matlab

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bridge.matlab.nothing
    assert "rng" in dir(bridge.matlab)
    assert bridge.matlab.Char("a") == "a"
