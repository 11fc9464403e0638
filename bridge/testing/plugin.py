"""The pytest plugin: every ``case.toml`` that is a case becomes tests, one per pair of sides and signal.

Nothing of the package is imported before a ``case.toml`` is met. The sides run while the tests are collected, since
only then their signals are known, and once for all of them. A side that does not run is a test that fails.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NAME = "case.toml"
_LOCKS = pytest.StashKey[list[str]]()
"""What became of the locks of the cases that were collected, a line each."""
# Of a file that is no TOML: whether it was meant as a case. Ignoring it would turn a typing error into a pass.
_MEANT = re.compile(r"^\s*(?:(?:model|network|onnx|python|recording)\s*=|\[+\s*sides\b)", re.MULTILINE)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a case; a file of another tool that is also called ``case.toml`` is left alone."""
    if file_path.name == NAME and is_case(file_path):
        return CaseFile.from_parent(parent, path=file_path)
    return None


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say which locks were written, since they are to be committed."""
    return config.stash.get(_LOCKS, [])


def is_case(path: Path) -> bool:
    """Whether a file has any key that only cases have, or would have if it were not broken."""
    import tomllib

    text = path.read_bytes().decode("utf-8-sig", "replace")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return _MEANT.search(text) is not None
    from bridge.cases.case import KEYS

    return bool(KEYS & content.keys())


class TrivialAgreement(pytest.PytestWarning):
    """A test of a case passes and proves little: a signal never changes, or its tolerance is wider than it is, or
    nothing holds the sides fast."""


class Disagreement(Exception):
    """Why a test of a case fails, as text to be shown without a traceback."""


class CaseFile(pytest.File):
    """A case, run once."""

    def collect(self) -> Iterator[pytest.Item]:
        from bridge.cases.check import check
        from bridge.cases.outcomes import outcomes
        from bridge.errors import BridgeError

        try:
            report = check(self.path)
        except BridgeError as error:
            yield self._item("case", f"the case cannot be read: {error}")
            return
        if report.held is not None and report.held.note:
            lock = self.path.with_name(report.held.file)
            self.config.stash.setdefault(_LOCKS, []).append(f"{lock}: {report.held.note}")
        for outcome in outcomes(report):
            yield self._item(outcome.name, outcome.failure, outcome.warning)

    def _item(self, name: str, failure: str, warning: str = "") -> pytest.Item:
        item: pytest.Item = CaseItem.from_parent(self, name=name, failure=failure, warning=warning)
        return item


class CaseItem(pytest.Item):
    """One signal of one pair, a side that did not run, or the lock. `failure` is empty where all is well."""

    def __init__(self, *, failure: str, warning: str = "", **named: Any) -> None:
        super().__init__(**named)
        self.failure = failure
        self.warning = warning

    def runtest(self) -> None:
        if self.failure:
            raise Disagreement(self.failure)
        if self.warning:
            warnings.warn(TrivialAgreement(f"{self.name}: {self.warning}"), stacklevel=1)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Disagreement):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.path.parent.name}: {self.name}"
