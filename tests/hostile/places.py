"""Where files are put that a reader wants to have a path to."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

__all__ = ["SHARED", "folder", "path_of", "written"]

SHARED = Path(__file__).resolve().parents[3] / "shared" / "corpus"
"""Files of others, which are seeds too where they are present."""


@cache
def folder() -> Path:
    """Where files are put that a reader wants to have a path to: in memory, where that is possible."""
    shared_memory = Path("/dev/shm")
    made = tempfile.mkdtemp(prefix="hostile-", dir=shared_memory if shared_memory.is_dir() else None)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def path_of(data: bytes, name: str) -> Path:
    """A file with the content `data`."""
    path = folder() / name
    path.write_bytes(data)
    return path


def written(write: Callable[[str], object], ending: str = ".mat") -> bytes:
    """The bytes of a file that `write` writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"seed{ending}")
        write(path)
        return Path(path).read_bytes()
