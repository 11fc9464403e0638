"""Nothing can be taken out of a passing case without a word, even where it has no lock: files, engines, what `require`
names; and signals that prove nothing. What a lock holds is in test_lock.py."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge.cases import demo
from bridge.cases.check import check
from bridge.cases.report import Report
from bridge.cli import main
from bridge.errors import BridgeError
from bridge.recording import Recording

EXAMPLE = Path(__file__).parents[2] / "models" / "example_case"


def spelled(value: Any) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {spelled(one)}' for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(spelled, value)) + "]"
    return repr(value) if isinstance(value, float | int) else '"' + value + '"'


def rewrite(folder: Path, content: dict[str, Any]) -> Report:
    (folder / "case.toml").write_text("".join(f'"{key}" = {spelled(value)}\n' for key, value in content.items()))
    (folder / "case.lock").unlink(missing_ok=True)
    return check(folder)


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("removal") / "demo"
    demo.make(folder)
    return folder


@pytest.fixture
def folder(demo_folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_folder, tmp_path / "demo")
    return tmp_path / "demo"


def example(tmp_path: Path, engines: bool = True) -> Path:
    """The example case; with fewer engines it is quicker."""
    shutil.copytree(EXAMPLE, tmp_path / "example_case")
    shutil.copy(EXAMPLE.parent / "lstm_sim.mdl", tmp_path)
    if not engines:
        content = tomllib.loads((EXAMPLE / "case.toml").read_text(encoding="utf-8"))
        for side in content["sides"].values():
            if "engines" in side:
                side["engines"] = [one for one in side["engines"] if "torch" not in one]
        content["require"] = [one for one in content["require"] if "torch" not in one]
        assert rewrite(tmp_path / "example_case", content).status == 0
    return tmp_path / "example_case"


@pytest.mark.parametrize("name", [name for name in demo.FILES if f'"{name}"' in demo.CASE])
def test_without_a_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert check(folder).status in (3, 4)


@pytest.mark.parametrize("name", [name for name in demo.FILES if f'"{name}"' in demo.CASE])
@pytest.mark.parametrize("content", [b"", b"\0" * 100], ids=["empty", "zeros"])
def test_with_an_empty_or_broken_file(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    assert check(folder).status != 0


@pytest.mark.parametrize("key", list(tomllib.loads(demo.CASE)))
def test_without_a_key(folder: Path, key: str) -> None:
    """A case that requires its sides notices when one of them is struck out."""
    content = {**tomllib.loads(demo.CASE), "require": ["model", "network", "recording"]}
    assert rewrite(folder, content).status == 0
    del content[key]
    assert rewrite(folder, content).status in (1, 3, 4)


def test_the_example_without_any_one_thing(tmp_path: Path) -> None:
    folder = example(tmp_path, engines=False)
    right = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    for name in right["sides"]:
        sides = {other: side for other, side in right["sides"].items() if other != name}
        assert rewrite(folder, {**right, "sides": sides}).status == 4, name
        for engine in right["sides"][name].get("engines", ()):
            rest = [one for one in right["sides"][name]["engines"] if one != engine]
            changed = {**right["sides"][name], "engines": rest}
            if not rest:
                del changed["engines"]
            assert rewrite(folder, {**right, "sides": {**right["sides"], name: changed}}).status == 4, (name, engine)
    tolerant = {**right["sides"]["printed"]}
    del tolerant["tolerance"]
    assert rewrite(folder, {**right, "sides": {**right["sides"], "printed": tolerant}}).status == 1
    claimed = {**right["sides"]["printed"]}
    del claimed["evidence"]
    # Without a word on what computed it, a recording is nobody's evidence.
    report = rewrite(folder, {**right, "sides": {**right["sides"], "printed": claimed}})
    assert report.verdict.startswith("self-consistent")
    for name in ("workspace.mat", "network.mat", "printed.csv", "../lstm_sim.mdl"):
        kept = (folder / name).read_bytes()
        (folder / name).unlink()
        assert rewrite(folder, right).status in (3, 4), name
        (folder / name).write_bytes(kept)


@pytest.mark.parametrize("package", ["torch", "onnxruntime", "onnx"])
def test_without_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    folder = example(tmp_path)
    for name in list(sys.modules):
        if name.partition(".")[0] == package or name.startswith(("bridge.engines.torch", "bridge.engines.onnx")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    report = check(folder)
    assert report.status == 3
    assert report.failures


def test_the_example_says_evidence_and_tolerance_of_every_side() -> None:
    report = check(EXAMPLE)
    told = str(report)
    assert "printed: simulink" in told
    assert "network in single (torch.nn): foreign" in told
    assert "diagram (numpy): bridge" in told
    assert "(tolerance 5.1e-05)" in told
    assert "(tolerance 1e-12 of scale)" in told
    assert "(tolerance 2e-06 of scale)" in told
    reasons = {row.tolerance.reason for pair in report.pairs if pair.comparison for row in pair.comparison.rows}
    assert reasons == {"the print has four decimals", "both double", "one side is single", "both single"}


# Signals that prove nothing ------------------------------------------------------------------------------------------

TIME = np.arange(5.0)
WAVE = np.sin(TIME)


def two(folder: Path, a: Recording, b: Recording, more: str = "") -> Report:
    bridge.save(a, folder / "a.mat")
    bridge.save(b, folder / "b.mat")
    (folder / "case.toml").write_text(
        f'{more}\n[sides.ours]\nrecording = "a.mat"\n[sides.theirs]\nrecording = "b.mat"\nevidence = "simulink"\n'
    )
    (folder / "case.lock").unlink(missing_ok=True)
    return check(folder)


def same(values: Any, time: Any = TIME) -> tuple[Recording, Recording]:
    made = Recording({"y": values}, time, evidence="foreign")
    return made, made


def test_without_a_signal(tmp_path: Path) -> None:
    both = Recording({"y": WAVE, "z": WAVE}, TIME, evidence="foreign")
    assert two(tmp_path, both, both).status == 0
    assert two(tmp_path, both, Recording({"y": WAVE}, TIME, evidence="foreign")).status == 1
    assert two(tmp_path, Recording({"z": WAVE}, TIME, evidence="foreign"), both).status == 1


def test_no_time_in_common(tmp_path: Path) -> None:
    a, b = Recording({"y": WAVE}, TIME, evidence="foreign"), Recording({"y": WAVE}, TIME + 9, evidence="foreign")
    assert two(tmp_path, a, b).status == 4


@pytest.mark.parametrize("values", [np.full(5, np.nan), np.full(5, np.inf), np.zeros((5, 0))])
def test_nothing_but_nan_or_nothing_at_all(tmp_path: Path, values: Any) -> None:
    assert two(tmp_path, *same(values)).status != 0


def test_no_samples(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("time,y\n")
    (tmp_path / "case.toml").write_text('[sides.ours]\nrecording = "a.csv"\n[sides.theirs]\nrecording = "b.csv"\n')
    assert check(tmp_path).status in (3, 4)


@pytest.mark.parametrize(
    ("values", "more", "warning"),
    [
        (np.zeros(5), "", "it is zero throughout"),
        (np.full(5, 3.0), "", "it never changes, so that any constant output would agree"),
        (np.full((5, 2), 3), "", "it never changes"),
        (
            WAVE,
            "tolerance.y = { absolute = 5.0 }",
            "tolerance wider than the signal: 5, where its largest value is 0.9",
        ),
        (WAVE + 100, "tolerance.y = { absolute = 5.0 }", "tolerance wider than the signal: 5, where its range is 1.67"),
        (WAVE, "tolerance.y = { relative = 1.0 }", "tolerance wider than the signal"),
        (WAVE, "", ""),
        (WAVE, "tolerance.y = { absolute = 0.1 }", ""),
    ],
)
def test_a_trivial_agreement_says_so_in_the_verdict(tmp_path: Path, values: Any, more: str, warning: str) -> None:
    report = two(tmp_path, *same(values), more)
    assert report.status == 0
    if warning:
        assert f"; but y: {warning}" in report.verdict
        assert f"warning: {warning}" in str(report)
    else:
        assert "but" not in report.verdict


def test_one_sample(tmp_path: Path) -> None:
    assert "one sample alone" in two(tmp_path, *same([1.0], [0.0])).verdict


# The file itself -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"require": "model"},
        {"require": [3]},
        {"require": ["modl"]},
        {"signals": {"y": {"modle": "y"}}},
        {"signals": {"y": "y"}},
        {"signals": {"q": {}}},
        {"tolerance": {"q": {"absolute": 1.0}, "y": {"absolute": 5.1e-5}}},
        {"tolerance": {"y": {"absolut": 1.0}}},
        {"tolerance": {"y": {"absolute": "1"}}},
        {"tolerance": {"y": {"absolute": -1.0}}},
        {"stop_time": "5"},
        {"step": True},
        {"workspace": ["weights.m"]},
        {"model": ["lstm_sim.mdl", "lstm_sim.mdl"]},
        {"inputs": 3},
        {"layout": "TX"},
        {"sides": {"more": {"model": "lstm_sim.mdl", "evidence": "matlab"}}},
        {"sides": {"more": {"model": "lstm_sim.mdl", "engines": []}}},
        {"sides": {"more": {"recording": "printed.mat", "evidence": "gospel"}}},
        {"sides": {"more": {"network": "network.mat", "precision": "triple"}}},
        {"sides": {"more": 3}},
    ],
    ids=str,
)
def test_a_misspelt_or_impossible_case_is_never_a_pass(folder: Path, changes: dict[str, Any]) -> None:
    with contextlib.suppress(BridgeError):
        rewrite(folder, {**tomllib.loads(demo.CASE), **changes})
    assert main(["check", str(folder)]) in (1, 2, 3, 4)
