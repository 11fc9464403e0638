"""What hostile files once did, each as the smallest file that does it."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge.cases.case import read_case
from bridge.errors import BridgeError, EvaluationLimit, LimitExceeded, MalformedFile, ModelError, UnsupportedContent
from bridge.files import csv_table, mat
from bridge.matlab.values import Char
from bridge.model import Endpoint, Model

SECONDS = 5
PACKAGE = b"# MathWorks OPC Text Package\nModel {\n}\n__MWOPC_PACKAGE_BEGIN__ R2023b\n__MWOPC_PART_BEGIN__ /a"


def soon(action: Callable[[], Any], error: type[BridgeError] | None, message: str = "") -> Any:
    """The result of an action, or its error, after less than five seconds of processor time."""
    started = time.process_time()
    found = None
    if error is None:
        found = action()
    else:
        with pytest.raises(error, match=message) as caught:
            action()
        assert str(caught.value).isprintable()
    assert time.process_time() - started < SECONDS
    return found


def mat5_array(kind: int, sizes: tuple[int, ...], content: bytes = b"") -> bytes:
    shape = struct.pack("<II", 5, 4 * len(sizes)) + struct.pack(f"<{len(sizes)}I", *sizes) + bytes(len(sizes) % 2 * 4)
    body = struct.pack("<IIII", 6, 8, kind, 0) + shape + struct.pack("<HH", 1, 1) + b"x\0\0\0" + content
    return b"MATLAB 5.0".ljust(124) + b"\x00\x01IM" + struct.pack("<II", 14, len(body)) + body


def hdf5(fill: Callable[[Any], None]) -> bytes:
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=512) as file:
        fill(file)
    content.seek(0)
    content.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    return content.getvalue()


def test_an_empty_array_whose_other_sides_no_memory_holds() -> None:
    numbers = struct.pack("<II", 9, 0)
    sizes = (0, 2**31 - 1, 2**31 - 1, 2**31 - 1)
    soon(lambda: mat.read_bytes(mat5_array(6, sizes, numbers)), MalformedFile, "128: says a size of 0 x 2147483647")

    def labelled(file: Any) -> None:
        file["x"] = np.array([0, 2**62, 2**62], np.uint64)
        file["x"].attrs["MATLAB_empty"] = np.uint8(1)

    soon(lambda: mat.read_bytes(hdf5(labelled)), MalformedFile, "x: says a size of 0 x 4611686018427387904")
    data = hdf5(lambda file: file.create_dataset("x", (0, 12345678901, 12345678901), "f4", maxshape=(None, None, None)))
    soon(lambda: mat.read_bytes(data), MalformedFile, "x: has 0 x 12345678901 x 12345678901 elements")


def test_millions_of_lines_without_characters() -> None:
    text = Char(np.zeros((1 << 22, 0), np.uint16))
    assert soon(lambda: str(text), None) == ""


def test_a_structure_whose_format_is_numbers(tmp_path: Path) -> None:
    """A user's own structure, in which `format` is no text; and one that is an object's."""
    path = tmp_path / "a.mat"
    bridge.save({"s": {"format": [1.0, 2.0, 3.0]}, "t": {"format": {"a": 1}}}, path)
    assert list(bridge.load(path)) == ["s", "t"]


def test_a_table_that_promises_the_square_of_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a," * 100_000 + b"a\n" + b"1\n" * 100_000)
    soon(lambda: csv_table.read(path), MalformedFile, "line 2: 1 values for 100001 columns")


def test_a_line_from_a_port_that_is_not_there() -> None:
    model = Model.new("m")
    model.root.add("Constant", "c")
    model.root.add("Outport", "y")
    model.root.connect("c", "y")
    model.root.lines[0].source = Endpoint("c", "out", 7)
    soon(lambda: bridge.simulate(model), ModelError, "m/c: has no output port 7")


def test_layers_connected_to_what_is_no_graph(tmp_path: Path) -> None:
    path = tmp_path / "n.m"
    bridge.save(bridge.Network([bridge.SequenceInput(1), bridge.Tanh()]), path)
    text = path.read_text()
    path.write_text(text[: text.index("\n", text.index("\n") + 1)] + "\nx = connectLayers(3, 'a', 'b');\n")
    soon(lambda: bridge.load(path), MalformedFile, "layers are needed, not a double")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("require = 1.5", "require"), ("require = [1]", "require"), ("stop_time = true", "stop_time"),
        ("sides = 3", "sides"),
        ("signals = 'y'", "signals"), ("[signals.y]\nmodel = 3", "signals.y"), ("name = [1]", "name"),
        ("[sides.a]\nmodel = 'm'\nengines = 'numpy'", "sides.a.engines"), ("[tolerance]\ny = 1", "tolerance.y"),
    ],
)  # fmt: skip
def test_a_case_with_values_of_other_types(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "case.toml"
    path.write_text(f"{text}\n" if text[0] == "[" else f"{text}\nmodel = 'm.slx'\nrecording = 'r.mat'\n")
    if text[0] == "[":
        path.write_text(f"model = 'm.slx'\nrecording = 'r.mat'\n{text}\n")
    soon(lambda: read_case(path), MalformedFile, rf"case\.toml: {place}: must be")


def test_a_case_of_arrays_in_arrays(tmp_path: Path) -> None:
    case = tmp_path / "case.toml"
    case.write_text(f"require = {'[' * 5000}{']' * 5000}\n")
    soon(lambda: read_case(case), LimitExceeded, "nested too deeply")


def test_a_stop_time_that_is_complex() -> None:
    model = Model.new("m")
    model.root.add("Constant", "c")
    model.configure(StopTime="3i", FixedStep="1", SolverName="FixedStepDiscrete", SolverType="Fixed-step")
    soon(lambda: bridge.simulate(model), ModelError, "StopTime = '3i' is not one real number")


def test_texts_that_cost_the_square_of_their_length(tmp_path: Path) -> None:
    case, model = tmp_path / "case.toml", tmp_path / "m.mdl"
    case.write_text("a." * 400_000)
    soon(lambda: read_case(case), LimitExceeded, "longer than 100,000 characters")
    model.write_bytes(b"Model {\n" + b"\n" * 1_000_000 + b"}\n")
    soon(lambda: bridge.load(model), None)
    model.write_bytes(PACKAGE + b" " * 1_000_000 + b"x\n__MWOPC_PACKAGE_END__\n")
    soon(lambda: bridge.load(model), MalformedFile, "m.mdl")


def test_a_megabyte_that_unpacks_to_a_gigabyte_in_torchs_zip(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the package torch is not installed")
    whole, bomb = tmp_path / "a.pt", tmp_path / "b.pt"
    bridge.save(bridge.Network([bridge.SequenceInput(1), bridge.FullyConnected(1)]).initialize(0), whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, bytes(1 << 24) if name.endswith("data/0") else old.read(name))
    soon(lambda: bridge.load(bomb), UnsupportedContent, "torch does not compress")


def test_a_tensor_whose_sizes_lie(tmp_path: Path) -> None:
    import onnx

    from bridge.files import network_onnx

    network = bridge.Network([bridge.SequenceInput(1, Name="in"), bridge.FullyConnected(1, Name="fc")]).initialize(0)
    path = tmp_path / "n.onnx"
    for change in ("dims", "data_type"):
        made = network_onnx.model(network)
        if change == "dims":
            made.graph.initializer[0].dims[0] = 1 << 40
        else:
            made.graph.initializer[0].data_type = 99
        path.write_bytes(made.SerializeToString())
        soon(lambda: bridge.load(path), MalformedFile, "is no array")
    assert onnx.__version__


def test_a_loop_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.m"
    path.write_text("while true\nend\n")
    with bridge.allow(steps=50_000):
        soon(lambda: bridge.load(path), EvaluationLimit, r"stopped after 50000 steps \(steps in bridge\.allow\)")


def test_what_a_file_says_does_not_spoil_the_message(tmp_path: Path) -> None:
    path = tmp_path / "a.m"
    path.write_text("x = " + "num2str(a) " * 2000 + "\n")
    with pytest.raises(BridgeError) as caught:
        bridge.load(path)
    assert len(str(caught.value)) < 1000
    error = MalformedFile("a\nb", "x" * 5000 + "\x1b[31m", "net.\u2028")
    assert len(str(error)) < 1100
    assert str(error).isprintable()
    assert str(error).startswith(r"a\nb: net.\u2028: xxx")
    assert str(error).endswith(r"x\x1b[31m")
