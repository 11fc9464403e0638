"""Tests that need Octave, torch or a compiler: skipped where it is absent, failed where it is required.

`BRIDGE_REQUIRE` lists what must be there (``octave,torch``). Where it is not set and `CI` is, everything must be.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Generator
from importlib.util import find_spec

import pytest

TOOLS = {
    "cc": "a C compiler",
    "chromium": "Chromium with chromedriver, or the package selenium",
    "matplotlib": "the package matplotlib",
    "octave": "GNU Octave",
    "torch": "the package torch",
}
PACKAGES = frozenset({"matplotlib", "torch"})
# Said once: the tests themselves run as on a user's machine (tests/conftest.py).
IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")
ABSENCE = re.compile(r"not installed|not found|not available|absent|missing|could not import", re.IGNORECASE)


def required() -> frozenset[str]:
    """The tools whose absence is a failure here."""
    listed = os.environ.get("BRIDGE_REQUIRE")
    if listed is None:
        return frozenset({"cc", "chromium", "octave", "torch"}) if IN_CI else frozenset()
    names = frozenset(name.strip() for name in listed.split(",") if name.strip())
    unknown = names - TOOLS.keys()
    if unknown:
        raise pytest.UsageError(f"BRIDGE_REQUIRE names {sorted(unknown)}; known are {sorted(TOOLS)}")
    return names


def located(tool: str) -> str | None:
    """Where `tool` is, or None."""
    if tool in PACKAGES:
        found = find_spec(tool)
        return None if found is None else str(found.origin)
    if tool == "chromium":
        browsers = [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]
        drivable = shutil.which("chromedriver") and find_spec("selenium")
        return browsers[0] if browsers and drivable else None
    if tool == "cc":
        candidates = [os.environ.get("CC", ""), "cc", "clang", "gcc"]
        return next((path for name in candidates if name and (path := shutil.which(name))), None)
    return shutil.which(tool)


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """``require_tool("octave")`` returns where the tool is, or skips the test with the reason."""

    def require(tool: str) -> str:
        path = located(tool)
        if path is None:
            pytest.skip(f"{TOOLS[tool]} ({tool}) is not installed")
        return path

    return require


def _fail_if_required(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip whose reason names a required tool into a failure, however the test came to be skipped."""
    if not report.skipped or hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
        return
    reason = report.longrepr[2]
    named = [tool for tool in sorted(required()) if re.search(rf"\b{tool}\b", reason, re.IGNORECASE)]
    # "torch sees no GPU" is another matter, as long as torch itself is there.
    missing = [tool for tool in named if located(tool) is None or ABSENCE.search(reason)]
    if missing:
        report.outcome = "failed"
        report.longrepr = f"required here, so not to be skipped: {', '.join(missing)} ({reason})"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_required(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_required(report)
    return report


def pytest_configure() -> None:
    required()
