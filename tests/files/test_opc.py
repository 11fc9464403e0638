"""Text packages: the framing of the parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge import files
from bridge.errors import FileError, MalformedFile
from bridge.files import opc
from bridge.model import Model, Part, Relationship, differences

HEAD = b"# MathWorks OPC Text Package\nModel {\n  Version  10.5\n}\n__MWOPC_PACKAGE_BEGIN__ R2022a\n"
END = b"__MWOPC_PACKAGE_END__\n"


def package(tmp_path: Path, content: bytes) -> dict[str, bytes]:
    path = tmp_path / "a.mdl"
    path.write_bytes(content)
    return opc.read_package(path).parts


@pytest.fixture
def model() -> Model:
    model = Model.new("m")
    model.root.add("Gain", "g", Gain='a\'*b\n"quoted" <&> ]]> __MWOPC_PART_BEGIN__ /x')
    return model


def test_the_line_break_before_a_marker_is_not_the_parts(tmp_path: Path) -> None:
    content = HEAD + b"__MWOPC_PART_BEGIN__ /a.xml\n<a/>\n\n__MWOPC_PART_BEGIN__ /b c.xml\n<b/>\n" + END
    assert package(tmp_path, content) == {"a.xml": b"<a/>\n", "b c.xml": b"<b/>"}


def test_empty_parts(tmp_path: Path) -> None:
    content = HEAD + b"__MWOPC_PART_BEGIN__ /a\n\n__MWOPC_PART_BEGIN__ /b\n__MWOPC_PART_BEGIN__ /c\nx\n" + END
    assert package(tmp_path, content) == {"a": b"", "b": b"", "c": b"x"}


@pytest.mark.parametrize("padding", [b"=", b""])  # Simulink writes none
def test_base64(tmp_path: Path, padding: bytes) -> None:
    content = HEAD + b"__MWOPC_PART_BEGIN__ /a.png BASE64\niVBO\nRw0K\nGgo" + padding + b"\n\n" + END
    assert package(tmp_path, content) == {"a.png": b"\x89PNG\r\n\x1a\n"}


def test_a_checkout_with_other_line_ends(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "m.mdl"
    opc.write(model, path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert differences(model, files.read(path)) == []


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (HEAD, "__MWOPC_PACKAGE_END__ is missing"),
        (HEAD.splitlines(True)[0], "__MWOPC_PACKAGE_BEGIN__ is missing"),
        (HEAD + END, "holds no simulink/blockdiagram.xml"),
        (HEAD + b"__MWOPC_PART_BEGIN__ /a BASE64\n####\n" + END, "a: the part is not in base 64"),
        (
            HEAD + b"__MWOPC_PART_BEGIN__ /a\n\n__MWOPC_PART_BEGIN__ /a\n\n" + END,
            "a: the package holds this part twice",
        ),
        (HEAD + b"__MWOPC_PART_BEGIN__ /../a\n\n" + END, "leads out of the package"),
        (HEAD + b"__MWOPC_PART_BEGIN__ /[Content_Types].xml\n<a\n" + END, "the XML is broken"),
    ],
)
def test_broken_framing(tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "a.mdl"
    path.write_bytes(content)
    with pytest.raises(MalformedFile, match=cause):
        files.read(path)


def test_every_truncation_is_an_error(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "m.mdl"
    opc.write(model, path)
    content = path.read_bytes()
    for size in range(0, content.index(END.rstrip()), 29):
        path.write_bytes(content[:size])
        with pytest.raises(FileError):
            files.read(path)


def test_parts_that_are_no_text_travel_in_base64(tmp_path: Path, model: Model) -> None:
    parts = {
        "simulink/a.png": b"\x89PNG\r\n\x1a\n\0" * 30,
        "simulink/b.txt": b"text without a line end",
        "simulink/c.txt": b"text\nthat has one\n\n",
        "simulink/d.txt": b"__MWOPC_PACKAGE_END__\n",
        "simulink/e.txt": b"",
        "simulink/f.txt": b"line\r\nends\r\n",
    }
    for name, content in parts.items():
        model.parts[name] = Part(content, "application/octet-stream")
        model.relationships.append(Relationship("simulink/blockdiagram.xml", name[-5], "http://example.org/x", name))
    path = tmp_path / "m.mdl"
    opc.write(model, path)
    again = files.read(path)
    assert differences(model, again) == []
    assert {name: part.content for name, part in again.parts.items()} == parts
    assert again.relationships == model.relationships
    assert path.read_bytes().count(b" BASE64\n") == 4  # the block's parameter also looks like a marker
    text = path.read_text(encoding="utf-8")
    coded = text.partition("d.txt BASE64\n")[2].partition("__")[0]
    assert coded.startswith("X19NV0")
    assert "=" not in coded  # Simulink leaves the padding out


def test_the_stub_names_the_release(tmp_path: Path, model: Model) -> None:
    model.release = "R2023b"
    path = tmp_path / "m.mdl"
    files.write(model, path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:6] == [
        "# MathWorks OPC Text Package",
        "Model {",
        "  Version  23.2",
        '  Description "Simulink model saved in R2023b"',
        "}",
        "__MWOPC_PACKAGE_BEGIN__ R2023b",
    ]
    assert lines[6] == "__MWOPC_PART_BEGIN__ /[Content_Types].xml"
    assert lines[-1] == "__MWOPC_PACKAGE_END__"
