"""The optional test data that stands beside the project: files made by others, none of them copied into it."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
REASON = f"the optional test data are not there: {SHARED}"
MODELS = ("corpus/seed", "corpus/simulink", "corpus/oracles")


@pytest.fixture
def shared() -> Path:
    """The folder of the optional test data. Tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(REASON)
    return SHARED


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with the argument `model_file` for every Simulink file of the test data."""
    if "model_file" not in metafunc.fixturenames:
        return
    files = sorted(
        path for folder in MODELS for path in (SHARED / folder).rglob("*.*") if path.suffix in (".mdl", ".slx")
    )
    parameters = [pytest.param(path, id=f"{path.parent.name[:12]}-{path.name[-40:]}") for path in files]
    metafunc.parametrize("model_file", parameters or [pytest.param(None, marks=pytest.mark.skip(reason=REASON))])
