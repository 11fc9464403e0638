"""What is kept of a compiled diagram: used only where nothing that went into it has changed, and only if whole."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge.engines import c_cache
from bridge.engines.choice import compiling_pays
from bridge.errors import EngineMissing, UsageError
from bridge.program import Type
from bridge.program.types import DOUBLE, SINGLE
from bridge.simulation import Simulator, interface, simulate
from bridge.simulation.job import Job

WORKSPACE: dict[str, Any] = {"a": 0.5, "first": np.array([1.0, 2.0])}


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A decaying vector of two, in a file; the user's cache stays as it is."""
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path / "cache"))
    try:
        c_cache.compiler()
    except EngineMissing:
        pytest.skip("a C compiler is not installed")
    made = bridge.Model.new("decay")
    gain = made.root.add("Gain", "Gain", Gain="a")
    delay = made.root.add("UnitDelay", "Unit Delay", InitialCondition="first", SampleTime="0.1")
    made.root.connect(delay, gain)
    made.root.connect(gain, delay)
    made.root.connect(delay, made.root.add("Outport", "y"))
    path = str(tmp_path / "decay.slx")
    bridge.save(made, path)
    return path


def run(model: str, workspace: dict[str, Any] | str = WORKSPACE, **options: Any) -> np.ndarray:
    return simulate(model, workspace, engine="compiled", stop_time=0.3, **options)["y"]


EXPECTED = np.outer(0.5 ** np.arange(4), [1.0, 2.0])


def kept(suffix: str) -> list[str]:
    folder = c_cache.cache_folder()
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(suffix))


def test_a_second_process_neither_reads_nor_traces(model: str) -> None:
    np.testing.assert_array_equal(run(model), EXPECTED)
    code = (
        f"import numpy as np, sys, bridge\n"
        f"ws = dict(a=0.5, first=np.array([1.0, 2.0]))\n"
        f"r = bridge.simulate({model!r}, ws, engine='compiled', stop_time=0.3)\n"
        "print(r['y'].tolist(), r.origin['model'], [m for m in ('bridge.diagram', 'bridge.files') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{EXPECTED.tolist()} decay []"


def test_what_was_kept_does_everything(model: str) -> None:
    fresh = Simulator(model, WORKSPACE, engine="compiled")
    again = Simulator(model, WORKSPACE, engine="compiled")
    assert not again.ready.program.step.nodes
    np.testing.assert_array_equal(again.run(steps=4)["y"], EXPECTED)
    np.testing.assert_array_equal(
        again.run(steps=4, parameters={"a": np.ones((1, 1))})["y"], np.tile([1.0, 2.0], (4, 1))
    )
    with pytest.raises(UsageError, match="no workspace variable 'b'"):
        again.run(steps=1, parameters={"b": 1.0})
    for simulator in (fresh, again):
        simulator.reset()
        assert simulator.step()["y"].tolist() == [1.0, 2.0]
    np.testing.assert_array_equal(again.state["decay/Unit Delay"], fresh.state["decay/Unit Delay"])
    assert again.steps == fresh.steps
    assert [node.op for node in again.program.step.nodes] == [node.op for node in fresh.program.step.nodes]


CHANGES: dict[str, dict[str, Any]] = {
    "a value": {"workspace": {**WORKSPACE, "a": 0.25}},
    "the sign of zero": {"workspace": {**WORKSPACE, "a": -0.0}},
    "a type": {"workspace": {**WORKSPACE, "a": np.float64(0.5)}},
    "a shape": {"workspace": {**WORKSPACE, "a": np.array([0.5])}},
    "another variable": {"workspace": {**WORKSPACE, "b": 1}},
    "a subsystem": {"subsystem": "S"},
    "a parameter": {"set": {"Gain/Gain": 2}},
    "a logged line": {"log": ["Gain"]},
    "the step": {"step": 0.1},
    "the stop time": {"stop_time": 1.0},
    "an input's type": {"input_types": {"u": Type((2,), DOUBLE)}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_key_knows(change: str, model: str) -> None:
    plain: dict[str, Any] = {"workspace": WORKSPACE}
    keys = {interface.key(Job(model, **plain)), interface.key(Job(model, **{**plain, **CHANGES[change]}))}
    assert len(keys) == 2
    assert None not in keys


def test_the_key_tells_apart_what_looks_alike(model: str) -> None:
    alike = [
        {"workspace": {"a": 0}},
        {"workspace": {"a": -0.0}},
        {"workspace": {"a": 0.0}},
        {"workspace": {"a": False}},
    ]
    alike += [{"workspace": {"a": "0"}}, {"workspace": {"a": np.zeros(1)}}, {"workspace": {"a": np.zeros((1, 1))}}]
    alike += [{"workspace": {"a": np.zeros(1, np.float32)}}, {"set": {"a": 0}}, {"log": ["a", "0"]}, {"log": ["a0"]}]
    alike += [{"input_types": {"a": Type((), DOUBLE)}}, {"input_types": {"a": Type((), SINGLE)}}]
    assert len({interface.key(Job(model, **job)) for job in alike}) == len(alike)


def test_the_key_knows_file_code_and_compiler(model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = [interface.key(Job(model, WORKSPACE))]
    monkeypatch.setenv("CC", f"{c_cache.compiler()[0]} -O1")
    keys.append(interface.key(Job(model, WORKSPACE)))
    monkeypatch.setattr(interface, "_code", lambda: iter(["other code"]))
    keys.append(interface.key(Job(model, WORKSPACE)))
    other = tmp_path / "decay2.slx"
    other.write_bytes(Path(model).read_bytes() + b"\0")
    keys.append(interface.key(Job(str(other), WORKSPACE)))
    assert len(set(keys)) == 4


def test_a_workspace_file_counts_by_its_content(model: str, tmp_path: Path) -> None:
    script = tmp_path / "ws.m"
    script.write_text("a = 0.5;\nfirst = [1 2];\n")
    np.testing.assert_array_equal(run(model, str(script)), EXPECTED)
    np.testing.assert_array_equal(run(model, str(script)), EXPECTED)
    script.write_text("a = 1.0;\nfirst = [1 2];\n")
    np.testing.assert_array_equal(run(model, str(script)), np.tile([1.0, 2.0], (4, 1)))


def test_what_has_no_plain_content_is_not_kept(model: str) -> None:
    class Odd(dict[str, Any]):
        pass

    assert interface.key(Job(model, Odd(WORKSPACE))) is None
    assert interface.key(Job(model, {**WORKSPACE, "x": object()})) is None
    assert interface.key(Job(bridge.load(model), WORKSPACE)) is None
    assert interface.key(Job("not there.slx", WORKSPACE)) is None


@pytest.mark.parametrize("damage", [b"", b"x", b"{}", None])
@pytest.mark.parametrize("suffix", [".json", ".so"])
def test_damage_is_seen_and_mended(damage: bytes | None, suffix: str, model: str) -> None:
    np.testing.assert_array_equal(run(model), EXPECTED)
    (path,) = kept(suffix)
    content = Path(path).read_bytes()
    half = len(content) // 2
    # None: one bit. The file is replaced, not written over: this process has the library open.
    damaged = damage if damage is not None else content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]
    Path(f"{path}.new").write_bytes(damaged)
    os.replace(f"{path}.new", path)
    np.testing.assert_array_equal(run(model), EXPECTED)
    assert Path(path).read_bytes() == content


@pytest.mark.parametrize("text", [b"[]", b"{}", b"null", b'{"library": 3}'])
def test_what_is_whole_but_of_another_form_is_as_good_as_none(text: bytes, model: str) -> None:
    run(model)
    (path,) = kept(".json")
    Path(path).write_bytes(c_cache.checksum(text).encode("ascii") + b"\n" + text)
    np.testing.assert_array_equal(run(model), EXPECTED)


def test_a_cache_that_cannot_be_written_is_no_matter_once_compiled(model: str) -> None:
    run(model)
    for path in kept(".json"):
        os.unlink(path)
    os.chmod(c_cache.cache_folder(), 0o500)
    try:
        np.testing.assert_array_equal(run(model), EXPECTED)
    finally:
        os.chmod(c_cache.cache_folder(), 0o700)


def test_auto_goes_by_the_work_alone(model: str) -> None:
    short, long = (simulate(model, WORKSPACE, stop_time=stop) for stop in (1.0, 1e6))
    assert short.origin["engine"] == "numpy"
    assert long.origin["engine"] == "compiled"
    assert "pays" in str(long.origin["choice"])
    again = simulate(model, WORKSPACE, stop_time=1.0)
    assert again.origin["engine"] == "numpy"
    np.testing.assert_array_equal(again["y"], short["y"])
    assert not compiling_pays(50, 51)
    assert compiling_pays(50, 100_000)


def test_without_a_compiler_a_long_run_uses_numpy_and_says_so_once(
    model: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from bridge.engines import choice

    monkeypatch.setattr(choice, "_told", False)
    monkeypatch.setattr(choice, "_COMPILER", 1e-3)  # what is long enough is soon so
    monkeypatch.setenv("CC", "no-such-compiler")
    for _ in range(2):
        assert simulate(model, WORKSPACE, stop_time=1e3).origin["engine"] == "numpy"
    assert len(caplog.records) == 1
    assert "install gcc or clang" in caplog.text
    with pytest.raises(EngineMissing):
        simulate(model, WORKSPACE, engine="compiled")
