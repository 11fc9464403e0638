"""The pytest plugin: which files become tests, what a failure says, and what the plugin costs."""

from __future__ import annotations

from pathlib import Path

import pytest

import bridge

PLUGIN = "bridge.testing.plugin"
TABLE = "time,y,z\n0,2,1\n0.5,4,1\n1,6,1\n"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin is loaded by name, also where the package is installed and pytest would find it.

    Every inner run is a process of its own: one in this process would throw away the modules that it imports first.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(bridge.__file__).parents[1]))


def case(pytester: pytest.Pytester, a: str = TABLE, b: str = TABLE, more: str = "") -> Path:
    """A case of two recordings in the folder ``same``."""
    folder = pytester.mkdir("same")
    (folder / "a.csv").write_text(a)
    (folder / "b.csv").write_text(b)
    (folder / "case.toml").write_text(f'{more}\n[sides.ours]\nrecording = "a.csv"\n[sides.theirs]\nrecording = "b.csv"')
    return folder


def test_a_test_per_pair_and_signal(pytester: pytest.Pytester) -> None:
    case(pytester)
    result = pytester.runpytest_subprocess("-p", PLUGIN, "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines([f"*case.toml::{name} PASSED*" for name in ("ours-theirs[[]y]", "*z]", "lock")])


def test_a_failure_shows_the_first_sample_its_time_and_both_values(pytester: pytest.Pytester) -> None:
    case(pytester, b=TABLE.replace("0.5,4", "0.5,4.25"))
    result = pytester.runpytest_subprocess("-p", PLUGIN)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "case same: ours against theirs",
            "y differs in 1 values, first at sample 1, time 0.5 s:",
            "    ours: 4.0",
            "    theirs: 4.25",
            "signal  size *difference*tolerance*",
            "y * 0.25 *DIFFERS",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_one_signal_can_be_named(pytester: pytest.Pytester) -> None:
    case(pytester)
    pytester.runpytest_subprocess("-p", PLUGIN, "same/case.toml::ours-theirs[z]").assert_outcomes(passed=1)


@pytest.mark.parametrize("name", ["a.csv", "b.csv"])
def test_a_missing_side_fails(pytester: pytest.Pytester, name: str) -> None:
    (case(pytester) / name).unlink()
    result = pytester.runpytest_subprocess("-p", PLUGIN)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"side '*' did not run: *{name}*"])


def test_a_missing_signal_and_a_required_side_fail(pytester: pytest.Pytester) -> None:
    case(pytester, b="time,y\n0,2\n0.5,4\n1,6\n", more='require = ["simulink"]')
    result = pytester.runpytest_subprocess("-p", PLUGIN)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["side 'simulink' did not run: is required*"])


def test_what_the_lock_holds_and_is_missing_fails(pytester: pytest.Pytester) -> None:
    folder = case(pytester)
    result = pytester.runpytest_subprocess("-p", PLUGIN)
    result.stdout.fnmatch_lines([f"{folder}/case.lock: holds 2 sides and 2 comparisons*; commit it"])
    assert "case.lock" not in pytester.runpytest_subprocess("-p", PLUGIN).stdout.str()
    for name in "ab":
        (folder / f"{name}.csv").write_text(TABLE.replace("0.5,4,1\n", ""))
    result = pytester.runpytest_subprocess("-p", PLUGIN)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "case same: evidence is missing that case.lock holds",
            "case.lock: 'y' of 'ours (a.csv)' with 'y' of 'theirs (b.csv)': 2 samples, had 3 samples",
            f"case.lock: if that is meant: slbridge check {folder} --accept",
        ]
    )


def test_on_a_build_server_a_case_without_a_lock_warns(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    folder = case(pytester)
    result = pytester.runpytest_subprocess("-p", PLUGIN)
    result.assert_outcomes(passed=3, warnings=2)
    result.stdout.fnmatch_lines(["*TrivialAgreement: lock: nothing holds its sides fast: there is no case.lock*"])
    assert (folder / "case.lock").exists()


@pytest.mark.parametrize("text", ['[sides.a]\nmodel = "x.slx"', "model = \n", 'modle = "x"\nworkspace = "w.mat"'])
def test_a_broken_case_fails(pytester: pytest.Pytester, text: str) -> None:
    (pytester.path / "case.toml").write_text(text)
    result = pytester.runpytest_subprocess("-p", PLUGIN)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the case cannot be read: *case.toml*"])


@pytest.mark.parametrize("text", ["", 'name = "judge"\n[court]\nday = 3\n', "no TOML at all {"])
def test_a_file_of_another_tool_is_left_alone(pytester: pytest.Pytester, text: str) -> None:
    (pytester.path / "case.toml").write_text(text)
    assert pytester.runpytest_subprocess("-p", PLUGIN).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_start_of_pytest_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    print('HEAVY', sorted({'numpy', 'tomllib', 'bridge.comparing', 'bridge.cases'} & sys.modules.keys()))\n"
    )
    pytester.makepyfile("def test_nothing(): pass")
    result = pytester.runpytest_subprocess("-p", PLUGIN, "-p", "no:pytester")
    result.assert_outcomes(passed=1)
    loaded = {word.strip("[]',") for word in result.stdout.str().partition("HEAVY ")[2].split()}
    assert not loaded & {"numpy", "bridge.comparing", "bridge.cases"}, loaded


def test_this_project_runs_its_own_case_only_when_asked() -> None:
    import tomllib

    root = Path(__file__).resolve().parents[2]
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["entry-points"]["pytest11"] == {"bridge": PLUGIN}
    assert settings["tool"]["pytest"]["ini_options"]["testpaths"] == ["tests"]
    assert not list((root / "tests").rglob("case.toml"))
