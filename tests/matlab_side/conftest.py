"""The MATLAB side, `matlab/`, run by GNU Octave on data that Python wrote."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
MATLAB = ROOT / "matlab"
Octave = Callable[..., str]


@pytest.fixture(scope="session")
def making() -> ModuleType:
    """The module `matlab/make_fixtures.py`."""
    spec = spec_from_file_location("make_fixtures", MATLAB / "make_fixtures.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def data(making: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of data that `matlab/make_fixtures.py` writes."""
    folder: Path = making.make(tmp_path_factory.mktemp("matlab"))
    return folder


@pytest.fixture(scope="session")
def octave(require_tool: Callable[[str], str], data: Path) -> Octave:
    """``octave(script, *folders)`` runs a script with folders of `matlab/` on the path and returns its output.

    It fails with all that was printed where Octave ends with an error.
    """
    command = [require_tool("octave"), "--no-gui", "--norc", "--no-history", "--quiet"]

    def run(script: str | Path, *folders: str) -> str:
        paths = "".join(f"addpath('{MATLAB / folder}');" for folder in folders)
        call = [str(script)] if isinstance(script, Path) else ["--eval", paths + script]
        environment = {**os.environ, "BRIDGE_FIXTURES": str(data)}
        done = subprocess.run(
            [*command, *call], capture_output=True, text=True, timeout=120, check=False, env=environment
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    return run
