"""How a command ends where it is not left to finish: interrupted, unheard, or without a package that it asks for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bridge.cli.info
from bridge.cli import main
from bridge.model import Model

ROOT = Path(__file__).resolve().parents[2]


def _ended(arguments: list[str], output: str | int, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridge", *arguments]
    with open(output, "w") as file:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
        return subprocess.run(command, stdout=file, stderr=subprocess.PIPE, text=True, env=environment, check=False)


def test_an_interruption_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(options: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(bridge.cli.info, "run", interrupted)
    assert main(["info", "some.mdl"]) == 130
    assert capsys.readouterr().err == "slbridge info: interrupted\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_an_output_that_is_full_is_one_line() -> None:
    done = _ended(["info", str(ROOT / "models/lstm_sim.mdl")], "/dev/full")
    assert (done.returncode, done.stderr) == (2, "slbridge info: no space left on device\n")


def test_a_name_that_the_terminal_has_no_letters_for_ends_no_command(tmp_path: Path) -> None:
    model = Model.new("m")
    model.root.add("Inport", "Größe")
    bridge.save(model, tmp_path / "m.slx")
    done = _ended(["info", str(tmp_path / "m.slx")], str(tmp_path / "said"), PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert r"inputs        Gr\xf6\xdfe" in (tmp_path / "said").read_text()


def test_without_torch_what_needs_it_has_not_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["reproduce", "--engine", "numpy", "--engine", "torch.nn"]) == 3
    said = capsys.readouterr().out
    assert "17 of 17 agree with what MATLAB printed; 4 could not run" in said
    assert '[torch]"' in said
    assert main(["reproduce", "--train"]) == 3  # at once, not after all the rest
    assert 'training needs the package torch: pip install "simulink-bridge[torch]"' in capsys.readouterr().err


def test_a_plot_without_a_folder_is_refused_before_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reproduce", "--train", "--plot", str(tmp_path / "nowhere/losses.svg")]) == 2
    assert "nowhere/losses.svg: there is no such folder" in capsys.readouterr().err
