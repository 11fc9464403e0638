"""Packages in a zip, and what their XML parts may say."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bridge import files
from bridge.errors import FileError, LimitExceeded, MalformedFile, ModelError, UnknownFormat, UnsupportedContent
from bridge.files import slx
from bridge.model import Endpoint, Mask, MaskParameter, Model, PortProperties, Section, differences

MAIN = "simulink/blockdiagram.xml"


def zipped(path: Path, parts: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def with_system(path: Path, system: str, **parts: str) -> Path:
    return zipped(
        path, {MAIN: f"<ModelInformation><Model><System>{system}</System></Model></ModelInformation>", **parts}
    )


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def model() -> Model:
    model = Model.new("m")
    root = model.root
    root.add("Inport", 'in "<&>"\nport')
    sub = root.add("SubSystem", "Sub")
    assert sub.subsystem is not None
    sub.subsystem.add("Inport", "in")
    deep = sub.subsystem.add("SubSystem", "Deep")
    assert deep.subsystem is not None
    deep.subsystem.add("Constant", "c", Value="a < b && c")
    deep.sid = "2:7"
    root.connect('in "<&>"\nport', "Sub/1")
    root.connect('in "<&>"\nport', "Sub/enable")
    return model


RELEASES = ["R2012b", "R2015a", "R2017b", "R2019a", "R2020a", "R2022a", "R2022b", "R2024b"]


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_has_its_form(tmp_path: Path, model: Model, release: str) -> None:
    model.release = release
    model.defaults["Gain"] = {"Gain": "1"}
    model.find("Sub").port_properties = [
        PortProperties("out", 1, {"Name": "y"}),
        PortProperties("in", 2, {"Name": "u"}),
    ]
    model.find("Sub").mask = Mask(
        type="T",
        display="disp('x')",
        parameters=[
            MaskParameter("k", "1", "edit", "Gain:", attributes={"Evaluate": "off"}),
            MaskParameter("kind", "a", "popup", options=["a", "b"], callback="x = 1;"),
        ],
        options={"IconOpaque": "off"},
        attributes={"SelfModifiable": "on"},
    )
    chart = Section("chart", {"id": "3"}, [Section("Children")])
    model.stateflow = Section("Stateflow", {}, [Section("machine", {"id": "2"}, [Section("Children", {}, [chart])])])
    path = tmp_path / "m.slx"
    files.write(model, path)
    assert differences(model, files.read(path)) == []
    parts = parts_of(path)
    text = b"".join(parts.values())
    assert ("simulink/configSet0.xml" in parts) == (release >= "R2015a")
    assert ("simulink/bddefaults.xml" in parts) == (release >= "R2017b")
    assert ("simulink/systems/system_2_7.xml" in parts) == (release >= "R2020a")
    assert ("simulink/stateflow.xml" in parts) == ("R2015a" <= release < "R2019a")
    assert ("simulink/stateflow/chart_3.xml" in parts) == (release >= "R2019a")
    assert (b"<PortCounts" in text) == (release >= "R2022b")
    assert (b'<P Name="Ports">' in text) == (release < "R2022b")
    assert (b"<Mask " in text) == (release >= "R2017b")


def test_a_package_is_complete(tmp_path: Path, model: Model) -> None:
    """What every package that Simulink writes has: content types, the way from the root to each part, who and when."""
    path = tmp_path / "m.slx"
    files.write(model, path)
    parts = parts_of(path)
    assert next(iter(parts)) == "[Content_Types].xml"
    for name, content in parts.items():
        assert name.endswith((".xml", ".rels"))
        ElementTree.fromstring(content)
    assert {
        "_rels/.rels",
        "metadata/coreProperties.xml",
        "metadata/mwcoreProperties.xml",
        MAIN,
        "simulink/_rels/blockdiagram.xml.rels",
        "simulink/configSet0.xml",
        "simulink/configSetInfo.xml",
        "simulink/_rels/configSetInfo.xml.rels",
        "simulink/systems/system_root.xml",
        "simulink/systems/system_2.xml",
        "simulink/systems/system_2_7.xml",
        "simulink/systems/_rels/system_root.xml.rels",
        "simulink/systems/_rels/system_2.xml.rels",
    } < set(parts)
    assert b'Id="system_2:7" Target="system_2_7.xml"' in parts["simulink/systems/_rels/system_2.xml.rels"]
    root = ElementTree.fromstring(parts["simulink/systems/system_root.xml"])
    assert [block.attrib for block in root.iter("Block")] == [
        {"BlockType": "Inport", "Name": 'in "<&>"\nport', "SID": "1"},
        {"BlockType": "SubSystem", "Name": "Sub", "SID": "2"},
    ]
    assert [(end.get("Name"), end.text) for end in root.iter("P") if end.get("Name") in ("Src", "Dst")] == [
        ("Src", "1#out:1"),
        ("Dst", "2#in:1"),
        ("Dst", "2#enable"),
    ]
    assert b'Name="in &quot;&lt;&amp;&gt;&quot;&#xA;port"' in parts["simulink/systems/system_root.xml"]


def test_equal_models_make_equal_files(tmp_path: Path, model: Model) -> None:
    files.write(model, tmp_path / "a.slx")
    files.write(model, tmp_path / "b.slx")
    assert (tmp_path / "a.slx").read_bytes() == (tmp_path / "b.slx").read_bytes()


def test_writing_does_not_change_the_model(tmp_path: Path) -> None:
    import copy

    model = Model.new("m", release="R2012b")
    model.root.add("Gain", "g").sid = None
    before = copy.deepcopy(model)
    for form in ("slx", "opc", "mdl"):
        files.write(model, tmp_path / "m.out", form)
    assert differences(before, model) == []
    assert model.find("g").sid is None
    assert model.configurations == before.configurations


def test_endpoints(tmp_path: Path) -> None:
    system = """
        <Block BlockType="A" Name="a" SID="1"/> <Block BlockType="B" Name="b" SID="236:2"/>
        <Block BlockType="C" Name="c" SID="163::27"/>
        <Line><P Name="Src">1#out:2</P><P Name="Dst">236:2#in:3</P></Line>
        <Line><P Name="Src">163::27#state</P><Branch><P Name="Dst">1#trigger</P></Branch> <Branch>
            <Branch><P Name="Dst">1#Reset</P></Branch> <Branch><P Name="Points">[5, 5]</P></Branch> </Branch></Line>
        <Line LineType="Connection"><P Name="Src">1#lconn:1</P><P Name="Dst">163::27#rconn:2</P></Line>
        <Line><P Name="Src">99#out:1</P><P Name="Dst">1#in</P></Line>
        <Line><P Name="Points">[1, 1]</P></Line>"""
    model = slx.read(with_system(tmp_path / "a.slx", system))
    ends = [(line.source, line.destinations) for line in model.root.lines]
    assert ends == [
        (Endpoint("a", "out", 2), [Endpoint("b", "in", 3)]),
        (Endpoint("c", "state", 1), [Endpoint("a", "trigger", 1), Endpoint("a", "Reset", 1)]),
        (Endpoint("a", "lconn", 1), [Endpoint("c", "rconn", 2)]),
        (None, []),
        (None, []),
    ]
    assert model.root.lines[3].parameters == {"Src": "99#out:1", "Dst": "1#in"}
    files.write(model, tmp_path / "b.slx")
    again = files.read(tmp_path / "b.slx")
    again.name = model.name
    assert differences(model, again) == []


def test_branches_may_nest_deeply(tmp_path: Path) -> None:
    model = Model.new("m")
    model.root.add("Constant", "c")
    line = None
    from bridge.model import Branch, Line

    line = Line(source=Endpoint("c", "out", 1))
    model.root.lines.append(line)
    piece: Branch = line
    for _ in range(1000):
        piece.branches.append(Branch())
        piece = piece.branches[0]
    for form in ("slx", "mdl"):
        files.write(model, tmp_path / "m", form)
        assert differences(model, files.read(tmp_path / "m")) == []


def test_the_block_diagram_is_where_the_package_says(tmp_path: Path) -> None:
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="x" '
        'Target="/other/main.xml" Type="http://schemas.mathworks.com/simulink/2010/relationships/blockDiagram"/>'
        "</Relationships>"
    )
    parts: dict[str, str | bytes] = {
        "_rels/.rels": rels,
        "other/main.xml": '<ModelInformation><Library><System Ref="top"/></Library></ModelInformation>',
        "other/_rels/main.xml.rels": rels.replace("/other/main.xml", "deep/top.xml").replace('"x"', '"top"'),
        "other/deep/top.xml": '<System><P Name="Open">on</P></System>',
        "simulink/m_Harness1/blockdiagram.xml": "<not-understood/>",
    }
    model = slx.read(zipped(tmp_path / "a.slx", parts))
    assert model.kind == "Library"
    assert model.root.parameters == {"Open": "on"}
    assert list(model.parts) == ["simulink/m_Harness1/blockdiagram.xml"]


def test_two_systems_whose_names_meet(tmp_path: Path) -> None:
    model = Model.new("m")
    for sid in ("1:2", "1_2", "1/2", ".."):
        sub = model.root.add("SubSystem", sid)
        assert sub.subsystem is not None
        sub.sid = sid
        sub.subsystem.add("Constant", f"in {sid}")
    files.write(model, tmp_path / "m.slx")
    assert differences(model, files.read(tmp_path / "m.slx")) == []


BROKEN = {
    "not a zip": (b"PK\x03\x04simulink/", MalformedFile),
    "a zip that is cut": (b"PK\x03\x04" + b"simulink/" * 20, MalformedFile),
    "nothing": (b"", UnknownFormat),
    "something else": (b"\x89PNG", UnknownFormat),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_package(tmp_path: Path, kind: str) -> None:
    content, error = BROKEN[kind]
    path = tmp_path / "a.slx"
    path.write_bytes(content)
    with pytest.raises(error):
        files.read(path)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.slx", tmp_path, tmp_path / "a\0b.slx"):
        with pytest.raises(FileError):
            files.read(path)
        with pytest.raises(FileError):
            slx.read(path)
    with pytest.raises(FileError, match="cannot be written"):
        files.write(Model.new("m"), tmp_path / "missing" / "m.slx")
    with pytest.raises(UnknownFormat, match=r"\.slx"):
        files.write(Model.new("m"), tmp_path / "m.doc")
    assert list(tmp_path.iterdir()) == []


def test_a_zip_that_is_no_model(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.slx", {"readme.txt": "x"})
    with pytest.raises(UnknownFormat):
        files.read(path)
    with pytest.raises(MalformedFile, match="not a Simulink model"):
        slx.read(path)


SYSTEM = "<ModelInformation><Model><System{}</Model></ModelInformation>"


@pytest.mark.parametrize(
    ("content", "error", "cause"),
    [
        ("<Model/>", UnsupportedContent, "no Model or Library inside"),
        ("<ModelInformation/>", UnsupportedContent, "no Model or Library inside"),
        (SYSTEM.format(">"), MalformedFile, "XML is broken"),
        (SYSTEM.format(' Ref="system_root"/>'), MalformedFile, "system_root.* is missing"),
        (SYSTEM.format('><Block Name="a"/></System>'), MalformedFile, "no BlockType or no Name"),
        (SYSTEM.format(">" + '<Block BlockType="A" Name="a"/>' * 2 + "</System>"), MalformedFile, "same name"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + SYSTEM.format("/>"), MalformedFile, "DOCTYPE"),
        ("<?xml version='1.0'?><!-- - --><?a b?>\n<!DOCTYPE a>" + SYSTEM.format("/>"), MalformedFile, "DOCTYPE"),
        ('<?xml version="1.0" encoding="utf-16"?>' + SYSTEM.format("/>"), UnsupportedContent, "UTF-8"),
        ('<?xml version="1.0" encoding="cp037"?>' + SYSTEM.format("/>"), UnsupportedContent, "UTF-8"),
        ((SYSTEM.format("/>")).encode("utf-16"), UnsupportedContent, "UTF-8"),
        (SYSTEM.format("><x>" + "<a>" * 200 + "</a>" * 200 + "</x></System>"), LimitExceeded, "nested"),
        (SYSTEM.format('><Block BlockType="S" Name="s"><System' * 80 + ">" + "</System></Block>" * 80 + "</System>"),
         LimitExceeded, "nested"),
        (SYSTEM.format("><Line>" + "<Branch>" * 3000 + "</Branch>" * 3000 + "</Line></System>"), LimitExceeded, "nest"),
    ],
)  # fmt: skip
def test_hostile_block_diagrams(tmp_path: Path, content: str | bytes, error: type[Exception], cause: str) -> None:
    with pytest.raises(error, match=cause):
        files.read(zipped(tmp_path / "a.slx", {MAIN: content}))


def test_a_prolog_made_to_be_slow(tmp_path: Path) -> None:
    """Dividing it in every possible way would take for ever."""
    content = "<?a?>" * 20_000 + SYSTEM.format("/>")
    assert files.read(zipped(tmp_path / "a.slx", {MAIN: content})).kind == "Model"


def test_a_system_inside_itself(tmp_path: Path) -> None:
    root = '<System><Block BlockType="SubSystem" Name="s" SID="1"><System Ref="system_root"/></Block></System>'
    parts: dict[str, str | bytes] = {
        MAIN: SYSTEM.format(' Ref="system_root"/>'),
        "simulink/systems/system_root.xml": root,
    }
    with pytest.raises(MalformedFile, match="inside itself"):
        files.read(zipped(tmp_path / "a.slx", parts))


def test_entities_are_never_expanded(tmp_path: Path) -> None:
    for name in ("[Content_Types].xml", "_rels/.rels", "metadata/coreProperties.xml", "simulink/bddefaults.xml"):
        laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(9))
        parts: dict[str, str | bytes] = {MAIN: SYSTEM.format("/>"), name: f"<!DOCTYPE a [{laughs}]><a>&a8;</a>"}
        with pytest.raises(MalformedFile, match="DOCTYPE"):
            files.read(zipped(tmp_path / "a.slx", parts))


def test_bombs(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match="zip bomb"):
        files.read(zipped(tmp_path / "a.slx", {MAIN: b" " * (20 << 20)}))
    many: dict[str, str | bytes] = {f"simulink/{number}": "" for number in range(20_001)}
    with pytest.raises(LimitExceeded, match="more than 20000 parts"):
        files.read(zipped(tmp_path / "b.slx", many, zipfile.ZIP_STORED))


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "C:/a", "a\\..\\b"])
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(MalformedFile, match="leads out"):
        files.read(zipped(tmp_path / "a.slx", {MAIN: SYSTEM.format("/>"), name: "x"}))


def test_a_part_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.slx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MAIN, SYSTEM.format("/>"))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(MAIN, SYSTEM.format("/>"))
    with pytest.raises(MalformedFile, match="twice"):
        files.read(path)


def test_a_zip_with_a_password_or_a_wrong_sum(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.slx", {MAIN: SYSTEM.format("/>")}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    at = content.index(b"<ModelInf")
    content[at + 1] ^= 1
    path.write_bytes(content)
    with pytest.raises(MalformedFile, match="the zip is broken"):
        files.read(path)
    content = bytearray(zipped(path, {MAIN: SYSTEM.format("/>")}).read_bytes())
    content[6] |= 1  # the flag in the part's header
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(UnsupportedContent, match="cannot be unpacked"):
        files.read(path)


def test_what_xml_cannot_hold_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    model = Model.new("m")
    model.root.add("Gain", "g", Gain="a\x01b")
    for form in ("slx", "opc"):
        with pytest.raises(UnsupportedContent, match=r"cannot hold the character '\\x01' after .*Gain"):
            files.write(model, tmp_path / "m", form)
    model.find("g").parameters["Gain"] = "1"
    model.sections.append(Section("no element"))
    with pytest.raises(UnsupportedContent, match="'no element'"):
        files.write(model, tmp_path / "m", "slx")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "m.slx"
    files.write(Model.new("m"), path)
    before = path.read_bytes()
    model = Model.new("m")
    model.root.add("Gain", "\x02")
    with pytest.raises(UnsupportedContent):
        files.write(model, path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["m.slx"]


def test_a_line_to_a_block_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    model = Model.new("m")
    model.root.add("Constant", "c")
    model.root.connect("c", Endpoint("c", "in", 1)).destination = Endpoint("gone", "in", 1)
    with pytest.raises(ModelError, match="m: a line ends at 'gone', which is no block here"):
        files.write(model, tmp_path / "m.slx")
    assert list(tmp_path.iterdir()) == []
