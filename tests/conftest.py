"""The optional test data that stands beside the project: files made by others, none of them copied into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
REASON = f"the optional test data are not there: {SHARED}"
MODELS = ("corpus/seed", "corpus/simulink", "corpus/oracles")


@pytest.fixture(autouse=True, scope="session")
def as_on_a_users_machine() -> Iterator[None]:
    """On a build server too, so that what depends on that is tried the same way everywhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CI", raising=False)
        yield


@pytest.fixture
def shared() -> Path:
    """The folder of the optional test data. Tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(REASON)
    return SHARED


def is_classic(path: Path) -> bool:
    """Whether a Simulink file of the test data is a classic one, not a package."""
    return path.suffix == ".mdl" and not path.read_bytes().startswith(b"# MathWorks OPC")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test for every Simulink file of the test data.

    Its argument is `model_file` for all of them, or `package_file` or `classic_file` for those of one form.
    """
    for name in {"model_file", "package_file", "classic_file"} & set(metafunc.fixturenames):
        files = sorted(
            path for folder in MODELS for path in (SHARED / folder).rglob("*.*") if path.suffix in (".mdl", ".slx")
        )
        if name != "model_file":
            files = [path for path in files if is_classic(path) == (name == "classic_file")]
        parameters = [pytest.param(path, id=f"{path.parent.name[:12]}-{path.name[-40:]}") for path in files]
        metafunc.parametrize(name, parameters or [pytest.param(None, marks=pytest.mark.skip(reason=REASON))])
