"""Pages of documentation as tests: their commands and code run in order, in one folder, and print what stands below.

A ``sh`` block holds `slbridge` commands, each to exit with 0 or with what its comment says (``# exit status 1``). A
block without a language right after it is what its last command prints; ``…`` stands for anything within a line. Python
goes on from block to block, and prints what the comments beside its ``print`` calls say.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bridge.cli import main

_BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_STATUS = re.compile(r"exit status (\d)")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of every block of a page, in order."""
    return [(found[1], found[2]) for found in _BLOCK.finditer(page.read_text(encoding="utf-8"))]


@dataclass
class Reader:
    """Does what a page says. The current folder must be one for it alone."""

    names: dict[str, Any] = field(default_factory=dict)
    printed: str = ""

    def follow(self, page: Path) -> None:
        """Every block of the page."""
        for language, text in blocks(page):
            if language == "sh":
                self.commands(text)
            elif language == "python":
                self.python(text)
            elif not language:
                self.expect(text)

    def commands(self, text: str) -> None:
        """Each line of a ``sh`` block."""
        for line in text.splitlines():
            command, _, comment = line.partition("  #")
            words = shlex.split(command)
            assert words[0] == "slbridge", line
            status = _STATUS.search(comment)
            self.printed, found = capture(lambda words=words: main(words[1:]))
            assert found == (int(status[1]) if status else 0), f"{line}\n{self.printed}"

    def python(self, text: str) -> None:
        """A ``python`` block, in the names of the blocks before."""
        promised = [line.partition("# ")[2].strip() for line in text.splitlines() if line.startswith("print(")]
        printed, _ = capture(lambda: exec(compile(text, "page", "exec"), self.names))
        assert " ".join(printed.split()) == " ".join(" ".join(promised).split())

    def expect(self, text: str) -> None:
        """What the last command printed."""
        wanted = [re.escape(line.rstrip()).replace("…", ".*") for line in text.strip("\n").splitlines()]
        lines = [line.rstrip() for line in self.printed.strip("\n").splitlines()]
        assert len(lines) == len(wanted), self.printed
        for line, pattern in zip(lines, wanted, strict=True):
            assert re.fullmatch(pattern, line), f"{line!r} is not {pattern!r}"


def capture(action: Any) -> tuple[str, Any]:
    """What an action prints, and what it returns."""
    held = io.StringIO()
    with contextlib.redirect_stdout(held):
        result = action()
    return held.getvalue(), result


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Reader()
