"""docs/testing.md: its case is the demonstration's, and its Python, commands and test names are real."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

import bridge
from bridge.cases import demo
from bridge.cli import VERBS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_case_is_the_demonstrations() -> None:
    assert blocks("toml")[0] == demo.CASE


def test_the_lock_is_the_demonstrations(made: Path) -> None:
    held = (made / "case.lock").read_text(encoding="utf-8").splitlines()
    told = re.findall(r'^(?:side|compared) ".*', PAGE, re.MULTILINE)
    assert len(told) == 3
    assert set(told) <= set(held)


def test_the_inputs_are_what_they_say() -> None:
    from bridge.cases.side_inputs import read_inputs
    from bridge.matlab.rng import rng

    found = read_inputs(Path("case.toml"), tomllib.loads(blocks("toml")[1])["inputs"], {})
    assert found["u"].shape == (51, 1)
    assert (found["noise"] == rng(0).randn(51, 2)).all()


def test_the_table_names_every_key() -> None:
    from bridge.cases.case import KEYS

    told = set(re.findall(r"`\[?(\w+)", "".join(re.findall(r"^\|.*\|", PAGE, re.MULTILINE))))
    assert told >= KEYS


def test_the_python_compiles_and_the_verbs_exist() -> None:
    for code in blocks("python"):
        compile(code, "docs/testing.md", "exec")
    verbs = {verb for text in blocks("(?:sh|yaml)") for verb in re.findall(r"\bslbridge (\w+)", text)}
    assert {"demo", "check", "record", "diff"} <= verbs <= VERBS.keys()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The demonstration, made before `pytester` begins: it forgets the modules that are imported under it."""
    demo.make(tmp_path / "demo")
    return tmp_path / "demo"


def test_the_tests_that_it_lists_are_those_of_the_demonstration(
    made: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(bridge.__file__).parents[1]))
    shutil.copytree(made, pytester.path / "demo")
    result = pytester.runpytest_subprocess("-p", "bridge.testing.plugin", "demo", "-v")
    result.assert_outcomes(passed=4)
    shown = set(re.findall(r"^\S+case\.toml::\S+ PASSED", result.stdout.str(), re.MULTILINE))
    assert shown == set(re.findall(r"^\S+case\.toml::\S+ PASSED", PAGE, re.MULTILINE))
