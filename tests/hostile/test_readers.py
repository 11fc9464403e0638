"""A few mutated files for every reader, and that the runner sees what it is there to see.

Many more: ``python -m tests.hostile.run --executions 100000``.
"""

from __future__ import annotations

import mmap
import subprocess
import sys
import time
import warnings

import pytest

import bridge
from bridge.errors import BridgeError
from tests.hostile import run, watched
from tests.hostile.readers import READERS, mutant

SEED = 1
EXECUTIONS = 40
NEEDS = {"torch": "torch"}


@pytest.mark.parametrize("reader", sorted(READERS))
def test_a_result_or_an_error_of_our_own_soon(reader: str) -> None:
    if reader in NEEDS:
        pytest.importorskip(NEEDS[reader], reason=f"the package {NEEDS[reader]} is not installed")
    seeds = READERS[reader].seeds()
    assert any(answer(reader, data) == "" for data in seeds), "no seed can be read"
    answers = []
    for number in range(EXECUTIONS):
        data = mutant(reader, seeds, SEED, number)
        started = time.process_time()
        answers.append(answer(reader, data))
        assert answers[-1].isprintable(), number
        assert len(answers[-1]) < 2000, number
        assert time.process_time() - started < watched.SECONDS, number
    assert 0 < sum(map(bool, answers)) < EXECUTIONS, "the mutations do not reach the reader"


def answer(reader: str, data: bytes) -> str:
    """What an error of our own says, nothing where there is a result."""
    with warnings.catch_warnings(), bridge.allow(steps=20_000):
        warnings.simplefilter("ignore")
        try:
            READERS[reader].execute(data)
        except BridgeError as error:
            return str(error)
    return ""


def test_equal_numbers_are_equal_files() -> None:
    seeds = READERS["mat-v7"].seeds()
    assert mutant("mat-v7", seeds, 3, 4) == mutant("mat-v7", seeds, 3, 4) != mutant("mat-v7", seeds, 3, 5)


def test_the_runner(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--reader", "csv", "--executions", "50"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("csv ")
    assert shown.endswith("50 executions, 0 finds\n")


def test_what_hangs_is_killed_and_what_dies_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "HANGING", 0.3)
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        assert watched._watched(process, mmap.mmap(-1, 8))
    with subprocess.Popen([sys.executable, "-c", "import os; os.abort()"], stderr=subprocess.DEVNULL) as process:
        assert not watched._watched(process, mmap.mmap(-1, 8))
        assert process.returncode < 0
