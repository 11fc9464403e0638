"""Blocks, ports and labels whose names would be code, wherever a program is written out as text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from generated_c import COMPILERS, built, executed, table, written

import bridge
from bridge.deployment import to_onnx
from bridge.engines.c_names import Fields, comment, identifier
from bridge.engines.c_project import project
from bridge.engines.numpy_source import written as numpy_source
from bridge.engines.onnx_model import names_in
from bridge.model import Model
from bridge.simulation import Simulator

NAMES = [
    '"; system("touch pwned"); "',
    '*/ int injected = system("touch pwned"); /*',
    '\n#include "/etc/passwd"\n',
    "??/\nint trigraph; ??'",
    "line\\\ncontinued",
    "// comment\r\n#error",
    "'); __import__('os').system('touch pwned') #",
    "%s%n%d ${HOME} $ENV{HOME} [[bracket]]",
    "int",
    "class",
    "main",
    "stdin",
    "NULL",
    "INT32_MAX",
    "_Bool",
    "__builtin_trap",
    "größe µ 大きい ‮",
    "\x00\x07\x1b[31m",
    " ",
    "a,b\nc",
    "x" * 10_000,
    "1/0",
]


def hostile(*given: str) -> Model:
    """Every place of a name is taken: model, Inport, gain, sum, a delay in a loop, an Outport, a workspace sink."""
    model = Model.new("m")
    model.name = given[0]
    root = model.root
    for name in given:
        for kind, mark, parameters in (
            ("Inport", "0", {}),
            ("Sum", "1", {"Inputs": "++"}),
            ("Gain", "2", {"Gain": "0.5"}),
            ("UnitDelay", "3", {"SampleTime": "1"}),
            ("Outport", "out", {}),
            ("ToWorkspace", "sink", {"VariableName": name, "SaveFormat": "Array"}),
        ):
            root.add(kind, f"{name}{mark}", **parameters)
        path = name.replace("/", "//")  # as block paths write a slash
        root.connect(f"{path}0", f"{path}1/1")
        root.connect(f"{path}1", f"{path}2")
        root.connect(f"{path}2", f"{path}3")
        root.connect(f"{path}3", f"{path}1/2")
        root.connect(f"{path}2", f"{path}out")
        root.connect(f"{path}2", f"{path}sink")
    return model


def simulator_of(*names: str) -> Simulator:
    return Simulator(hostile(*names), step=1.0, stop_time=4.0)


U = np.arange(5.0)
Y = np.array([sum(0.5 ** (k - j + 1) * U[j] for j in range(k + 1)) for k in range(5)])


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_python_and_onnx(name: str) -> None:
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    simulator = simulator_of(name)
    text, _ = numpy_source(simulator.program)
    assert all(word.isidentifier() or not word.isalpha() for word in text.split())
    assert "system" not in text
    assert "import" not in text
    (inport,) = simulator.program.inputs  # a line break in it has become a space
    ((_, y), *_) = simulator.run({inport: U}).items()
    np.testing.assert_allclose(y, Y)
    model = to_onnx(simulator.model, stop_time=4.0)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = names_in(model)
    assert set(names.inputs) == {inport}
    assert all(given.replace("/", "_").replace(".", "_").isidentifier() for given in names.outputs.values())
    found = session.run([next(iter(names.outputs.values()))], {names.inputs[inport]: U})[0]
    np.testing.assert_allclose(found, Y)
    json.dumps(vars(names))


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_the_text_of_c(name: str) -> None:
    for text in project(simulator_of(name).program, {}, 5).values():
        assert text.isascii()
        assert all(character.isprintable() or character == "\n" for character in text)
        assert "system(" not in re.sub(r"/\*.*?\*/", "", text)
        assert "??" not in text
        assert "\\\n" not in text
        assert max(map(len, text.splitlines())) < 400
        directives = [line for line in text.splitlines() if line.lstrip().startswith("#")]
        assert not any("passwd" in line or "error" in line for line in directives)


@pytest.mark.skipif(not COMPILERS, reason="a C compiler is not installed")
def test_c_is_built_and_run(tmp_path: Path) -> None:
    """All names in one program."""
    folder = written(project(simulator_of(*NAMES).program, {}, 5), tmp_path)
    for compiler in COMPILERS:
        columns = list(executed(built(folder, compiler), table([U] * len(NAMES), 5)).values())
        assert len(columns) == 1 + 2 * len(NAMES)
        for column in columns[1:]:
            np.testing.assert_allclose(column.astype(float), Y)
    assert not list(tmp_path.rglob("pwned"))
    assert not Path("pwned").exists()


def test_comments_stay_comments() -> None:
    for name in NAMES:
        text = comment(name)
        assert text.startswith("/* ")
        assert text.endswith(" */")
        assert "*" not in text[2:-2]
        assert "\n" not in text
        assert len(text) < 200


def test_identifiers_are_new_and_lawful() -> None:
    fields = Fields()
    given = [fields(name) for name in [*NAMES, *NAMES]]
    assert len(set(given)) == len(given)
    for name in given:
        assert name.isascii()
        assert name.isidentifier()
        assert not name.startswith("_")
        assert len(name) < 60
    for word in ("int", "class", "stdin", "NULL", "restrict"):
        assert identifier(word) != word


def test_slashes_and_paths_in_the_folder_of_the_code() -> None:
    """File names are fixed."""
    simulator = simulator_of("../../x")
    assert set(project(simulator.program, {}, 5)) == {"model.h", "model.c", "main.c", "CMakeLists.txt"}


def test_a_model_of_that_name_runs() -> None:
    recording = bridge.simulate(hostile(NAMES[0]), inputs={f"{NAMES[0]}0": U}, step=1.0)
    np.testing.assert_allclose(recording[f"{NAMES[0]}out"], Y)
