"""The lock of a case: nothing that took part in an agreement disappears in silence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge.cases import demo, lock
from bridge.cases.case import Case, read_case
from bridge.cases.check import check
from bridge.cases.lock_basis import Basis, Extent, Standing
from bridge.cases.lock_reading import parse
from bridge.cases.lock_text import HEAD, text
from bridge.cases.report import Report
from bridge.cli import main
from bridge.comparing import Tolerance
from bridge.errors import BridgeError, FileError, MalformedFile, UsageError
from bridge.model import Model
from tests.cases.test_removal import spelled

TIME = np.arange(11) * 0.1
RICH = """\
name = "rich"
workspace = "w.mat"
stop_time = 1.0
require = ["own"]

[inputs]
time = "(0:0.1:1)'"
u = "sin(2*time)"
v = { rng = 0, randn = [11, 1] }

[tolerance.y]
absolute = 1e-13
reason = "closer than what double precision asks for"

[tolerance."*"]
relative = 1e-6

[signals.y]
own = "speed"

[signals.z]
own = "level"

[signals.K]
own = "gain"

[sides.diagram]
model = "m.slx"
engines = ["numpy", "onnx"]
set = { "L/Gain" = 3 }
log = ["K"]

[sides.own]
python = "own:run"

[sides.recorded]
recording = ["one.csv", "two.mat"]
evidence = "simulink"
"""
OWN = """\
def run(time, u, v):
    return {"speed": 0.5 * u + v, "level": 3.0000001 * v, "gain": 0.5 * u}
"""
# Without these nothing that took part is gone: what names the case and its tolerances, and what the lock holds itself.
# MATLAB's random stream begins as after rng(0).
EMPTY = {("name",), ("require",), ("require", 0), ("tolerance", "y", "reason"), ("inputs", "v", "rng")}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, and a case with everything that a case can say."""
    folder = tmp_path_factory.mktemp("locks")
    demo.make(folder / "demo")
    rich = folder / "rich"
    rich.mkdir()
    model = Model.new("m")
    root = model.root
    u, v = root.add("Inport", "u"), root.add("Inport", "v", Port="2")
    gain, other = root.add("Gain", "K", Gain="a"), root.add("Gain", "L", Gain="2")
    both = root.add("Sum", "Sum", Inputs="++")
    root.connect(u, gain)
    root.connect(v, other)
    root.connect(gain, both)
    root.connect(v, (both, 2))
    root.connect(both, root.add("Outport", "y"))
    root.connect(other, root.add("Outport", "z", Port="2"))
    model.configure(SolverType="Fixed-step", SolverName="FixedStepDiscrete", FixedStep="0.1", StopTime="1")
    bridge.save(model, rich / "m.slx")
    bridge.save({"a": 0.5}, rich / "w.mat")
    (rich / "own.py").write_text(OWN)
    (rich / "case.toml").write_text(RICH)
    computed = _own()
    bridge.save({"time": TIME, **computed}, rich / "two.mat")
    shutil.copy(rich / "two.mat", rich / "kept.mat")
    rows = [[time, *(computed[name][k, 0] for name in computed)] for k, time in enumerate(TIME)]
    (rich / "one.csv").write_text("\n".join(["time,y,z,K", *(",".join(f"{x:.17g}" for x in row) for row in rows), ""]))
    return folder


def _own() -> dict[str, Any]:
    u, v = np.sin(2 * TIME)[:, None], bridge.matlab.rng(0).randn(11, 1)
    return {"y": 0.5 * u + v, "z": 3 * v, "K": 0.5 * u}


@pytest.fixture
def rich(made: Path, tmp_path: Path) -> Path:
    """The rich case with its lock."""
    folder = Path(shutil.copytree(made / "rich", tmp_path / "rich"))
    report = check(folder)
    assert report.status == 0, str(report)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "demo", tmp_path / "demo"))


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """The quickest case: two tables."""
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("time,y,z\n0,2,1\n0.5,4,0\n1,6,1\n")
    (tmp_path / "case.toml").write_text('[sides.ours]\nrecording = "a.csv"\n[sides.theirs]\nrecording = "b.csv"\n')
    return tmp_path


def status(folder: Path) -> int:
    """The exit status of a check, which writes nothing."""
    try:
        return check(folder, lock="read").status
    except BridgeError as error:
        return 2 if isinstance(error, FileError | UsageError) else 3


def removals(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every key and every text of a list, and the content without it."""
    keys = list(content) if isinstance(content, dict) else range(len(content))
    for key in keys:
        rest = content.copy()
        inner = rest.pop(key)
        yield (*place, key), rest
        if isinstance(inner, dict) or (isinstance(inner, list) and all(isinstance(one, str) for one in inner)):
            for deeper, changed in removals(inner, (*place, key)):
                other = content.copy()
                other[key] = changed
                yield deeper, other


def parts(text: str) -> list[Any]:
    found = list(removals(tomllib.loads(text)))
    return [pytest.param(place, content, id=".".join(map(str, place))) for place, content in found]


def write(folder: Path, content: dict[str, Any]) -> None:
    lines = (f"{json.dumps(key)} = {spelled(value)}\n" for key, value in content.items())
    (folder / "case.toml").write_text("".join(lines))


# Whatever is taken away ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(demo.CASE.splitlines())))
def test_the_demonstration_without_one_of_its_lines(folder: Path, number: int) -> None:
    lines = demo.CASE.splitlines(keepends=True)
    gone = lines.pop(number)
    (folder / "case.toml").write_text("".join(lines))
    report = check(folder)
    if gone.startswith("tolerance"):
        assert report.status == 1
        assert not report.missing
    else:
        assert report.status in (3, 4)
    (folder / "case.toml").write_text(demo.CASE)
    assert check(folder).status == 0


@pytest.mark.parametrize(("place", "content"), parts(RICH))
def test_the_rich_case_without_one_of_its_parts(rich: Path, place: tuple[Any, ...], content: dict[str, Any]) -> None:
    held = (rich / "case.lock").read_bytes()
    write(rich, content)
    found = status(rich)
    if place in EMPTY:
        assert found == 0
    elif place[2:3] in (("engines",), ("recording",), ("evidence",)) and place[2:] != ("recording",):
        assert found == 4
    elif place[0] in ("sides", "signals", "inputs", "workspace"):
        assert found in (2, 3, 4)  # 2: what is left is no case
    else:
        assert found in (1, 3, 4)
    (rich / "case.toml").write_text(RICH)
    assert check(rich).status == 0
    assert (rich / "case.lock").read_bytes() == held


@pytest.mark.parametrize("name", ["diagram", "own", "recorded"])
def test_without_a_side_and_all_that_is_said_of_it(rich: Path, name: str) -> None:
    content = tomllib.loads(RICH)
    del content["sides"][name]
    content["require"] = []
    if name == "own":
        content["signals"] = {signal: {} for signal in content["signals"]}
    write(rich, content)
    report = check(rich)
    assert report.status == 4
    assert report.missing
    assert all(one.startswith(f"side '{name}") and one.endswith("is gone") for one in report.missing)


def test_without_a_signal_of_a_recording(rich: Path) -> None:
    computed = _own()
    for name in computed:
        rest = {other: values for other, values in computed.items() if other != name}
        bridge.save({"time": TIME, **rest}, rich / "two.mat")
        report = check(rich)
        assert report.status == 4
        assert report.missing == (f"side 'recorded (two.mat)' has no signal {name!r}",)
    shutil.copy(rich / "kept.mat", rich / "two.mat")
    assert check(rich).status == 0


def test_without_a_sample_of_a_recording(rich: Path) -> None:
    head, *rows = (rich / "one.csv").read_text().splitlines(keepends=True)
    for k in range(len(rows)):
        (rich / "one.csv").write_text("".join([head, *rows[:k], *rows[k + 1 :]]))
        report = check(rich)
        assert report.status == 4, k
        # Three signals against four sides.
        assert len(report.missing) == 12
        assert "'y' of 'diagram (numpy)' with 'y' of 'recorded (one.csv)': 10 samples, had 11 samples" in report.missing
    (rich / "one.csv").write_text("".join([head, *rows]))
    assert check(rich).status == 0


GRIDS = {
    "the same": ([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0]),
    "decimated": ([0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 2.0, 4.0]),
    "a part": ([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 2.0]),
    "interpolated": ([0.0, 1.0, 2.0, 3.0], [0.5, 1.0, 1.75, 2.5]),
    "one in common": ([0.0, 1.0, 2.0, 3.0], [0.0, 1.5, 3.0]),
    "as many": ([0.0, 1.0, 2.0], [0.0, 0.5, 2.0]),
}


@pytest.mark.parametrize("times", GRIDS.values(), ids=GRIDS)
def test_without_a_sample_that_took_part_at_other_times(tables: Path, times: tuple[list[float], list[float]]) -> None:
    """Of a straight line, on which what is interpolated agrees whatever is taken away."""

    def put(name: str, at: list[float]) -> None:
        (tables / f"{name}.csv").write_text("\n".join(["time,y", *(f"{t},{2 * t + 1}" for t in at), ""]))

    for name, at in zip("ab", times, strict=True):
        put(name, at)
    assert check(tables).status == 0
    for name, at, other in (("a", *times), ("b", *reversed(times))):
        among = set(other) <= set(at)
        for k, time in enumerate(at):
            put(name, at[:k] + at[k + 1 :])
            within = min(other) <= time <= max(other)
            if (time in other) if among else within:
                assert status(tables) in (1, 4), (name, time)
        put(name, at)
    assert status(tables) == 0


def test_of_two_engines_one_alone_is_named(rich: Path) -> None:
    (rich / "case.toml").write_text(RICH.replace('["numpy", "onnx"]', '["numpy"]'))
    report = check(rich)
    assert report.status == 4
    assert report.missing == ("side 'diagram (onnx)' (class bridge) is gone",)
    assert report.verdict == "evidence is missing that case.lock holds: side 'diagram (onnx)' (class bridge) is gone"


def test_a_pattern_that_finds_fewer(rich: Path) -> None:
    (rich / "kept.mat").unlink()
    (rich / "case.toml").write_text(RICH.replace('"two.mat"]', '"t*.mat"]'))
    assert check(rich).status == 0
    (rich / "two.mat").rename(rich / "two.old")
    assert check(rich).status == 4


def test_a_lower_class_and_a_wider_tolerance(rich: Path) -> None:
    (rich / "case.toml").write_text(RICH.replace('"simulink"', '"octave"').replace("1e-13", "1e-12"))
    missing = check(rich).missing
    assert missing[0] == "side 'recorded (one.csv)' is of class octave, was simulink"
    assert "'y' of 'diagram (numpy)' with 'y' of 'diagram (onnx)': tolerance 1e-12, was 1e-13" in missing


def test_without_an_input_or_a_sample_of_one(rich: Path) -> None:
    """Which every engine would take for zero, or hold; here no recording would notice."""
    (rich / "case.lock").unlink()
    (rich / "case.toml").write_text(
        'inputs = "u.csv"\nworkspace = "w.mat"\n[sides.m]\nmodel = "m.slx"\nengines = ["numpy", "onnx"]\n'
    )

    def put(names: str, count: int) -> Report:
        rows = [",".join(f"{t + k:.17g}" for k in range(len(names) + 1)) for t in TIME[:count]]
        (rich / "u.csv").write_text("\n".join([",".join(["time", *names]), *rows, ""]))
        return check(rich)

    assert put("uv", 11).status == 0
    assert put("u", 11).missing == tuple(f"side 'm ({name})' is no longer given 'v'" for name in ("numpy", "onnx"))
    report = put("uv", 10)
    assert report.status == 4
    assert "side 'm (numpy)' is given 10 samples, 1 channel of 'u', had 11 samples, 1 channel" in report.missing
    (rich / "case.toml").write_text('workspace = "w.mat"\n[sides.m]\nmodel = "m.slx"\nengines = ["numpy", "onnx"]\n')
    assert check(rich).status == 4
    (rich / "case.toml").write_text(RICH)


def test_of_another_kind(rich: Path) -> None:
    (rich / "case.toml").write_text(RICH.replace('python = "own:run"', 'c = "own"'))
    (rich / "own").mkdir()
    assert check(rich).status in (3, 4)


def test_a_difference_is_a_difference_when_nothing_is_missing(tables: Path) -> None:
    assert check(tables).status == 0
    (tables / "b.csv").write_text("time,y,z\n0,2,1\n0.5,4.5,0\n1,6,1\n")
    report = check(tables)
    assert report.status == 1
    assert report.verdict.startswith("1 of 1 pairs differ")
    (tables / "b.csv").write_text("time,y,z\n0,2,1\n0.5,4.5,0\n")
    report = check(tables)
    assert report.status == 4
    assert "DIFFERS" in str(report)


# What is written, and when -------------------------------------------------------------------------------------------


def test_a_check_that_passes_writes_it_and_says_so(tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tables)]) == 0
    assert "case.lock: holds 2 sides and 2 comparisons fast from now on; commit it" in capsys.readouterr().out
    assert (tables / "case.lock").read_text() == (
        f"{HEAD}\n\n"
        'side "ours (a.csv)": recording, class foreign\n'
        'side "theirs (b.csv)": recording, class foreign\n\n'
        'compared "y" of "ours (a.csv)" with "y" of "theirs (b.csv)": 3 samples, 1 channel, relative 1e-12\n'
        'compared "z" of "ours (a.csv)" with "z" of "theirs (b.csv)": 3 samples, 1 channel, relative 1e-12\n'
    )
    before = (tables / "case.lock").stat().st_mtime_ns
    assert main(["check", str(tables)]) == 0
    assert "case.lock" not in capsys.readouterr().out
    assert (tables / "case.lock").stat().st_mtime_ns == before


def test_one_that_fails_writes_none(tables: Path) -> None:
    (tables / "b.csv").write_text("time,y,z\n0,2,1\n0.5,4.5,0\n1,6,1\n")
    assert check(tables).status == 1
    assert not (tables / "case.lock").exists()


def test_the_order_of_the_case_does_not_matter(rich: Path) -> None:
    held = (rich / "case.lock").read_bytes()
    content = tomllib.loads(RICH)
    content["sides"] = dict(reversed(content["sides"].items()))
    content["sides"]["diagram"]["engines"].reverse()
    write(rich, content)
    report = check(rich)
    assert report.status == 0
    assert report.held is not None
    assert not report.held.note
    assert (rich / "case.lock").read_bytes() == held


LESS = {
    "an engine": (
        '["numpy", "onnx"]',
        '["numpy"]',
        "side 'diagram (onnx)', 3 new or longer inputs, 12 new or closer comparisons",
    ),
    "a recording": ('["one.csv", "two.mat"]', '"one.csv"', "side 'recorded (two.mat)', 12 new or closer comparisons"),
    "a class": ('"simulink"', '"octave"', "2 changed sides"),
    "a tolerance": ("1e-13", "1e-12", "10 new or closer comparisons"),
    "what sides are told": ("stop_time = 1.0\n", "", "3 changed sides"),
}


@pytest.mark.parametrize(("more", "less", "note"), LESS.values(), ids=LESS)
def test_what_comes_to_it_is_held_from_now_on(rich: Path, more: str, less: str, note: str) -> None:
    (rich / "case.lock").unlink()
    (rich / "case.toml").write_text(RICH.replace(more, less))
    assert check(rich).status == 0
    (rich / "case.toml").write_text(RICH)
    report = check(rich)
    assert report.status == 0, str(report)
    assert report.held is not None
    assert report.held.note == f"holds {note} from now on; commit it"
    (rich / "case.toml").write_text(RICH.replace(more, less))
    assert check(rich).status == 4


def test_a_single_engine_or_recording_becomes_one_of_several(folder: Path) -> None:
    more = demo.CASE.replace('model = "lstm_sim.mdl"\n', "").replace('"printed.mat"', '["printed.mat", "p2.mat"]')
    (folder / "case.toml").write_text(f'{more}[sides.model]\nmodel = "lstm_sim.mdl"\nengines = ["numpy", "onnx"]\n')
    shutil.copy(folder / "printed.mat", folder / "p2.mat")
    report = check(folder)
    assert report.status == 0, str(report)
    assert report.held is not None
    assert report.held.note.startswith("holds side 'recording (p2.mat)', side 'model (onnx)', 7 new")


def test_accepting(rich: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rich / "case.toml").write_text(RICH.replace('["numpy", "onnx"]', '["numpy"]'))
    assert main(["check", str(rich)]) == 4
    assert f"case.lock: if that is meant: slbridge check {rich} --accept" in capsys.readouterr().out
    assert main(["check", str(rich), "--accept"]) == 0
    assert "case.lock: accepted: side 'diagram (onnx)' (class bridge) is gone; commit it" in capsys.readouterr().out
    assert "onnx" not in (rich / "case.lock").read_text()
    assert main(["check", str(rich)]) == 0
    assert main(["check", str(rich), "--accept"]) == 0


def test_nothing_is_accepted_where_sides_differ(tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tables).status == 0
    held = (tables / "case.lock").read_bytes()
    (tables / "b.csv").write_text("time,y,z\n0,2,1\n0.5,4.5,0\n")
    assert main(["check", str(tables), "--accept"]) == 4
    assert "nothing is accepted while sides differ" in capsys.readouterr().out
    assert (tables / "case.lock").read_bytes() == held


def test_the_lock_of_another_name(tables: Path) -> None:
    (tables / "case.toml").rename(tables / "both.toml")
    report = check(tables / "both.toml")
    assert report.held is not None
    assert report.held.file == "both.lock"
    assert [path.name for path in tables.glob("*.lock")] == ["both.lock"]
    (tables / "b.csv").write_text("time,y\n0,2\n0.5,4\n1,6\n")
    assert f"slbridge check {tables}/both.toml --accept" in str(check(tables / "both.toml"))
    # A case that is called like a lock is not overwritten by its own.
    shutil.copy(tables / "both.toml", tables / "c.lock")
    assert lock.path_of(read_case(tables / "c.lock")) == tables / "c.lock.lock"


def test_a_case_that_is_in_no_file_has_none(tables: Path) -> None:
    read = read_case(tables)
    report = check(Case("mine", tables, read.sides))
    assert report.status == 0
    assert report.held is None
    assert not (tables / "case.lock").exists()


def test_python_may_ask_for_nothing_to_be_written(tables: Path) -> None:
    report = bridge.check(tables, lock="read")
    assert report.status == 0
    assert "there is no case.lock" in report.verdict
    assert not (tables / "case.lock").exists()
    with pytest.raises(UsageError, match="write, read or accept"):
        bridge.check(tables, lock="off")


def test_sensitivity_leaves_it_alone(folder: Path) -> None:
    content = demo.CASE.replace('model = "lstm_sim.mdl"\n', "")
    (folder / "case.toml").write_text(content)
    assert check(folder, sensitivity=True).sensitivity is None
    held = (folder / "case.lock").read_bytes()
    (folder / "case.lock").unlink()
    assert check(folder, sensitivity=True).sensitivity is not None
    written = (folder / "case.lock").read_bytes()
    assert written != held
    assert check(folder).status == 0
    assert (folder / "case.lock").read_bytes() == written


# On a build server ---------------------------------------------------------------------------------------------------


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")


@pytest.mark.usefixtures("server")
def test_a_build_server_warns_and_holds_from_then_on(tables: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = check(tables)
    assert report.status == 0
    unheld = "nothing holds its sides fast: there is no case.lock, and the case does not require them by name"
    assert report.warnings == (unheld,)
    assert report.verdict.endswith(f"; but {unheld}")
    assert (tables / "case.lock").exists()
    assert check(tables).warnings == ()
    assert main(["check", str(tables), "--accept"]) == 2
    assert "accepted by hand" in capsys.readouterr().err
    text = (tables / "case.toml").read_text()
    (tables / "case.lock").unlink()
    (tables / "case.toml").write_text(f'require = ["ours", "theirs"]\n{text}')
    assert check(tables).warnings == ()


def test_a_build_server_holds_what_is_held(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(tables).status == 0
    held = (tables / "case.lock").read_bytes()
    monkeypatch.setenv("CI", "1")
    text = (tables / "case.toml").read_text()
    (tables / "case.toml").write_text(f'{text}[sides.more]\nrecording = "b.csv"\n')
    report = check(tables)
    assert report.status == 0
    assert report.warnings == ()
    assert "case.lock: does not hold side 'more (b.csv)', 4 new or closer comparisons yet" in str(report)
    assert (tables / "case.lock").read_bytes() == held
    (tables / "b.csv").write_text("time,y\n0,2\n0.5,4\n1,6\n")
    assert check(tables).status == 4


@pytest.mark.parametrize("value", ["", "0", "false", "False"])
def test_what_is_no_build_server(tables: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CI", value)
    assert check(tables).status == 0
    assert (tables / "case.lock").exists()


# Folders that cannot be written, and others who write ----------------------------------------------------------------


def test_a_folder_that_cannot_be_written(tables: Path) -> None:
    """Here the name of the file is too long for what is written beside it, which holds for any user."""
    long = tables / f"{'n' * 245}.toml"
    (tables / "case.toml").rename(long)
    report = check(long)
    assert report.status == 0
    assert report.held is not None
    assert report.held.note.startswith("cannot be written: ")
    assert len(report.warnings) == 1
    assert sorted(path.suffix for path in tables.iterdir()) == [".csv", ".csv", ".toml"]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="for this user every folder can be written")
def test_a_folder_of_someone_elses(tables: Path) -> None:
    tables.chmod(0o555)
    try:
        report = check(tables)
    finally:
        tables.chmod(0o755)
    assert report.status == 0
    assert "permission denied" in str(report)


def test_two_processes_at_once(tables: Path) -> None:
    code = f"from bridge.cases.check import check; assert check({os.fspath(tables)!r}).status == 0"
    root = Path(__file__).resolve().parents[2]
    running = [subprocess.Popen([sys.executable, "-c", code], cwd=root) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    assert sorted(path.name for path in tables.iterdir()) == ["a.csv", "b.csv", "case.lock", "case.toml"]
    assert check(tables, lock="read").held is not None
    assert parse((tables / "case.lock").read_text(), "case.lock").compared


def test_writing_while_others_write_and_read(tmp_path: Path) -> None:
    path, basis = tmp_path / "case.lock", Basis({f"s{k}": Standing("python", "foreign") for k in range(200)}, {}, {})
    lock.write(path, basis)
    seen: list[bool] = []

    def work() -> None:
        for _ in range(30):
            lock.write(path, basis)
            seen.append(parse(path.read_text(), path) == basis)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert seen == [True] * 120
    assert list(tmp_path.iterdir()) == [path]


# The file itself -----------------------------------------------------------------------------------------------------

BASIS = Basis(
    {
        'a "quoted" (x)': Standing("model", "bridge", ("inputs.u", 'set.A/"B"', "workspace")),
        "b: c, told": Standing("recording", "simulink"),
        "zwölf\n\u2028": Standing("python", "foreign"),
    },
    {('a "quoted" (x)', 'u "'): (5, 2), ("b: c, told", ""): (1, 1)},
    {
        ('a "quoted" (x)', "y", "b: c, told", 'w" of "z'): Extent((5, 5), 2, Tolerance(5.1e-5, lagging=0.2)),
        ("b: c, told", "y", "zwölf\n\u2028", ""): Extent((5, 7), 1, Tolerance(ulp=4.0), interpolated=True),
        ("b: c, told", "y", "zwölf\n\u2028", "q"): Extent((7, 7), 1, Tolerance(), interpolated=True),
        ("b: c, told", "z", "zwölf\n\u2028", "q"): Extent((1, 1), 12, Tolerance(relative=1e-12)),
    },
)


def test_it_is_read_as_it_was_written() -> None:
    said = text(BASIS)
    assert parse(said, "x.lock") == BASIS
    assert text(parse(said, "x.lock")) == said


def test_line_ends_of_another_system(tables: Path) -> None:
    assert check(tables).status == 0
    path = tables / "case.lock"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes()
    report = check(tables)
    assert report.status == 0
    assert report.held is not None
    assert not report.held.note
    assert path.read_bytes() == before


LINES = text(BASIS).split("\n")
UP_TO, COMPARED = LINES[:9], LINES[9]
DAMAGE = {
    "empty": ([], 1),
    "another tool's": (["# This file is @generated by PDM."], 1),
    "a conflict": ([*LINES[:2], "<<<<<<< HEAD", *LINES[2:]], 3),
    "a line cut short": ([*LINES[:2], LINES[2][:-1]], 3),
    "a side twice": ([*LINES[:3], LINES[2]], 4),
    "a class that is none": ([*LINES[:2], 'side "a": model, class gospel'], 3),
    "a name that is none": ([*LINES[:2], r'side "\q": model, class bridge'], 3),
    "an input twice": ([*LINES[:7], LINES[6]], 8),
    "an input of nobody": ([*LINES[:2], LINES[6]], 3),
    "a comparison twice": ([*UP_TO, COMPARED, COMPARED], 11),
    "a comparison of nobody": ([*LINES[:2], COMPARED], 3),
    "no tolerance": ([*UP_TO, COMPARED.replace("absolute", "absolut")], 10),
    "a tolerance that is no number": ([*UP_TO, COMPARED.replace("5.1e-05", "5.1.1")], 10),
    "a tolerance without end": ([*UP_TO, COMPARED.replace("5.1e-05", "5e999")], 10),
    "more samples than there can be": ([*UP_TO, COMPARED.replace("5 samples", "5" * 5000 + " samples")], 10),
}


@pytest.mark.parametrize(("lines", "line"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_lock_is_named_with_its_line(tables: Path, lines: list[str], line: int) -> None:
    (tables / "case.lock").write_text("\n".join(lines), encoding="utf-8")
    for mode in ("write", "accept"):
        with pytest.raises(MalformedFile, match=rf"case\.lock: line {line}: .*restore it from version control"):
            check(tables, lock=mode)
    assert main(["check", str(tables)]) == 2
    assert (tables / "case.lock").read_text(encoding="utf-8") == "\n".join(lines)


def test_a_lock_that_cannot_be_read(tables: Path) -> None:
    (tables / "case.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(MalformedFile, match="no UTF-8"):
        check(tables)
    (tables / "case.lock").unlink()
    (tables / "case.lock").mkdir()
    with pytest.raises(FileError, match="is a directory"):
        check(tables)


# What is shown -------------------------------------------------------------------------------------------------------


def test_every_report_shows_what_is_missing(rich: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rich / "case.toml").write_text(RICH.replace('["numpy", "onnx"]', '["numpy"]'))
    files = {form: rich / f"report.{form}" for form in ("html", "junit", "markdown")}
    options = [word for form, path in files.items() for word in (f"--{form}", str(path))]
    assert main(["check", str(rich), "--json", *options]) == 4
    shown = json.loads(capsys.readouterr().out)
    gone = "side 'diagram (onnx)' (class bridge) is gone"
    assert shown["lock"] == {"file": "case.lock", "missing": [gone], "note": ""}
    assert shown["agrees"] is False
    assert "Does not agree" in files["html"].read_text(encoding="utf-8")
    assert "side &#x27;diagram (onnx)&#x27; (class bridge) is gone</td>" in files["html"].read_text(encoding="utf-8")
    assert f"| {gone} |" in files["markdown"].read_text(encoding="utf-8")
    junit = files["junit"].read_text(encoding="utf-8")
    assert 'errors="1"' in junit
    assert 'name="lock"><error message="case rich: evidence is missing that case.lock holds">' in junit


def test_a_network_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bridge.save({"a": 1.0}, tmp_path / "w.mat")
    assert main(["check", str(tmp_path / "w.mat"), "--accept"]) == 2
    assert "--accept is for cases" in capsys.readouterr().err


def test_a_report_of_a_failing_side_says_nothing_of_the_lock(tables: Path) -> None:
    from bridge.cases.outcomes import outcomes

    assert [one.name for one in outcomes(check(tables))] == ["ours-theirs[y]", "ours-theirs[z]", "lock"]
    (tables / "b.csv").unlink()
    report: Report = check(tables)
    assert report.status == 4
    assert [one.name for one in outcomes(report)] == ["theirs"]
