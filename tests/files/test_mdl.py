"""Classic files, read and written: the traps that the format sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge import files
from bridge.errors import LimitExceeded, MalformedFile
from bridge.files import mdl
from bridge.files.mdl_records import pack, unpack
from bridge.files.releases import release_of, version_of
from bridge.model import Endpoint, Model, Section, differences

SMALL = r"""
# $Revision: 1.2 $
Model {
  Name "small"
  Version 7.3
  StopTime "2*pi"
  Solver ode45
  Solver "ode4"
  GraphicalInterface {
    NumRootInports 1
    Inport {
      Name "u"
    }
  }
  Array {
    Type "Handle"
    Dimension 1
    Simulink.ConfigSet {
      $ObjectID 7
      Version "1.6.0"
      Array {
        Type "Handle"
        Dimension 1
        Simulink.SolverCC {
          $ObjectID 8
          Version "1.6.0"
          StopTime "20"
          SolverName "ode3"
        }
        PropName "Components"
      }
      Name "Configuration"
      DisabledProps []
    }
    PropName "ConfigurationSets"
  }
  Simulink.ConfigSet {
    $PropName "ActiveConfigurationSet"
    $ObjectID 7
  }
  BlockParameterDefaults {
    Block {
      BlockType Gain
      Gain "1"
    }
  }
  System {
    Name "small"
    Location [1, 2, 3, 4]
    Block {
      BlockType Inport
      Name "u"
      Position [10, 10, 20, 20]
      Port {
        PortNumber 1
        Name "signal"
      }
    }
    Block {
      BlockType SubSystem
      Name "Sub\nof \"a/b\""
      Ports [1, 1, 1, 0, 0, 1, 0, 1]
      UserData "DataTag0"
      List {
        ListType AxesTitles
        axes1 "%<SignalLabel>"
      }
      System {
        Name "Sub\nof \"a/b\""
      }
    }
    Block {
      BlockType Reference
      Name "link"
      UserDataPersistent on
      SourceBlock "neural/Transfer Functions/logsig"
      SourceType "LOGSIG"
      P1 "3"
    }
    Line {
      Name "signal"
      Labels [0, 0]
      SrcBlock "u"
      SrcPort 1
      Points [10, 0]
      Branch {
        DstBlock "Sub\nof \"a/b\""
        DstPort 1
      }
      Branch {
        Points [0, 5]
        Branch {
          DstBlock "Sub\nof \"a/b\""
          DstPort enable
        }
        Branch {
        }
      }
    }
    Line {
      LineType "Connection"
      SrcBlock "link"
      SrcPort RConn1
      DstBlock "Sub\nof \"a/b\""
      DstPort LConn1
    }
    Line {
      SrcBlock "nobody"
      SrcPort 1
      DstBlock "Sub\nof \"a/b\""
      DstPort ifaction
    }
    Annotation {
      Name "a note"
      Position [5, 5]
    }
  }
}
MatData {
  NumRecords 1
  DataRecord {
    Tag DataTag0
    Data "  %)30     .    .    8"
  }
}
"""


@pytest.fixture
def small(tmp_path: Path) -> Model:
    path = tmp_path / "other_name.mdl"
    path.write_text(SMALL)
    assert files.reader_of(path) is mdl
    model = files.read(path)
    assert isinstance(model, Model)
    return model


def test_what_a_classic_file_says(small: Model) -> None:
    assert (small.name, small.kind, small.format, small.release) == ("small", "Model", "mdl", "R2009a")
    assert small.parameters == {"StopTime": "2*pi", "Solver": "ode4"}
    assert [entry.value for entry in small.sections if entry.name == "Solver"] == ["ode45"]
    assert (small.setting("StopTime"), small.solver) == ("20", "ode3")
    assert small.defaults == {"Gain": {"Gain": "1"}}
    assert [block.kind for block in small.root.blocks] == ["Inport", "SubSystem", "Reference"]
    assert small.root.parameters == {"Location": "[1, 2, 3, 4]"}
    assert small.root.annotations[0].text == "a note"


def test_blocks(small: Model) -> None:
    port, sub, link = small.root.blocks
    assert port.sid is None
    assert port.port_properties[0].parameters == {"Name": "signal"}
    assert sub.name == 'Sub\nof "a/b"'
    assert sub.path == 'Sub of "a//b"'
    assert sub.ports == {"in": 1, "out": 1, "enable": 1, "lconn": 1, "ifaction": 1}
    assert sub.subsystem is not None
    assert sub.subsystem.parameters == {}
    assert [(entry.name, entry.attributes) for entry in sub.sections] == [
        ("List", {"ListType": "AxesTitles"}),
        ("UserData", {"Ref": "bdmxdata:DataTag0"}),
    ]
    assert link.parameters == {
        "UserDataPersistent": "on",
        "SourceBlock": "neural/Transfer Functions/logsig",
        "SourceType": "LOGSIG",
    }
    assert link.instance_data == {"P1": "3"}


def test_lines(small: Model) -> None:
    signal, physical, dangling = small.root.lines
    sub = 'Sub\nof "a/b"'
    assert (signal.source, signal.name) == (Endpoint("u", "out", 1), "signal")
    assert signal.destinations == [Endpoint(sub, "in", 1), Endpoint(sub, "enable", 1)]
    assert [len(branch.branches) for branch in signal.branches] == [0, 2]
    assert (physical.source, physical.destination) == (Endpoint("link", "rconn", 1), Endpoint(sub, "lconn", 1))
    assert physical.attributes == {"LineType": "Connection"}
    assert dangling.source is None
    assert dangling.parameters == {"SrcBlock": "nobody", "SrcPort": "1"}
    assert dangling.destination == Endpoint(sub, "ifaction", 1)


def test_binary_data_become_parts(small: Model) -> None:
    part = small.parts["simulink/bdmxdata/DataTag0.mxarray"]
    assert part.content.startswith(b"\0\1IM\0\0\0\0\x0e\0\0\0")


@pytest.mark.parametrize("form", ["mdl", "slx", "opc"])
def test_all_of_it_survives_every_form(small: Model, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"small.{form}"
    files.write(small, path, form)
    again = files.read(path)
    assert differences(small, again) == []
    if form == "mdl":
        assert [block.sid for block in again.root.blocks] == [None, None, None]
    else:
        assert [block.sid for block in again.root.blocks] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("old", "new", "error", "cause"),
    [
        ('Name "link"', 'Name "u"', MalformedFile, "two blocks of one system have the same name"),
        ('      Name "u"\n      Position', "      Position", MalformedFile, "a block has no BlockType or no Name"),
        ("BlockType Inport", "Type Inport", MalformedFile, "a block has no BlockType or no Name"),
        ("Model {", "Modell {", MalformedFile, "there is no Model or Library section"),
        (
            "  GraphicalInterface {",
            "  Deep {\n" * 200 + "}\n" * 200 + "  GraphicalInterface {",
            LimitExceeded,
            "nested",
        ),
        ("    Annotation {", "    Annotation {\n" + "x {\n" * 200 + "}\n" * 200, LimitExceeded, "nested"),
    ],
)
def test_what_cannot_be_is_an_error(tmp_path: Path, old: str, new: str, error: type[Exception], cause: str) -> None:
    path = tmp_path / "broken.mdl"
    path.write_text(SMALL.replace(old, new))
    with pytest.raises(error, match=cause):
        mdl.read(path)


def test_text_that_the_named_encoding_lacks_is_written_as_utf_8(tmp_path: Path) -> None:
    for encoding, text in (("windows-1252", "Größe"), ("windows-1252", "速度"), ("ISO-8859-1", "€"), ("nonsense", "ß")):
        model = Model("m", parameters={"SavedCharacterEncoding": encoding, "Description": text})
        path = tmp_path / "m.mdl"
        assert files.write(model, path, "mdl") == []
        assert files.read(path).parameters["Description"] == text


def test_losses_are_listed(tmp_path: Path) -> None:
    model = Model.new("m")
    model.root.add("Gain", "g").attributes["Odd"] = "x"
    model.find("g").parameters["a b"] = "1"
    model.find("g").port_properties.append(files_port("in", 1))
    model.properties["dc:creator"] = "me"
    losses = files.write(model, tmp_path / "m.mdl", "mdl")
    assert losses == [
        "property dc:creator: 'me' -> nothing",
        "block g attribute Odd: 'x' -> nothing",
        "block g parameter a b: '1' -> nothing",
        "block g port properties: [PortProperties(kind='in', number=1, parameters={'Name': 's'})] -> "
        "[PortProperties(kind='out', number=1, parameters={'Name': 's'})]",
    ]


def files_port(kind: str, number: int) -> object:
    from bridge.model import PortProperties

    return PortProperties(kind, number, {"Name": "s"})


@pytest.mark.parametrize("size", [0, 1, 2, 3, 44, 45, 46, 1000])
def test_records(size: int) -> None:
    content = bytes(at * 37 % 256 for at in range(size))
    text = pack(content)
    assert len(text) == -(-size * 4 // 3)
    assert all(" " <= character <= "_" for character in text)
    assert unpack(text) == content


@pytest.mark.parametrize("text", ["abcde", "ab\ncd", "äbcd", "     "])
def test_what_is_no_record_stays_text(text: str) -> None:
    assert unpack(text) is None


@pytest.mark.parametrize(
    ("version", "release"), [("6.3", "R14SP3"), ("7.9", "R2012a"), ("9.0", "R2017b"), ("24.2", "R2024b")]
)
def test_versions_are_releases(version: str, release: str) -> None:
    assert release_of(version) == release
    assert version_of(release) == version


CHARTS = """
Model {
  Name "m"
  Version 8.6
  System {
    Name "m"
  }
}
Stateflow {
  machine {
    id 1
    name "m"
    isLibrary 0
    firstTarget 9
  }
  chart {
    id 2
    name "Chart"
    treeNode [0 4 0 0]
    viewObj 2
    machine 1
    firstData 7
  }
  state {
    id 3
    labelString "B"
    chart 2
    treeNode [2 5 4 0]
    subviewer 2
    ssIdNumber 20
  }
  state {
    id 4
    labelString "A"
    chart 2
    treeNode [2 0 0 3]
    subviewer 2
    ssIdNumber 10
  }
  state {
    id 5
    labelString "inside B"
    chart 2
    treeNode [3 0 0 0]
    subviewer 3
    ssIdNumber 11
  }
  transition {
    id 6
    labelString "[u > 0]"
    src {
      id 4
    }
    dst {
      id 3
    }
    chart 2
    linkNode [2 0 0]
    subviewer 2
    ssIdNumber 12
  }
  data {
    id 7
    name "u"
    scope INPUT_DATA
    machine 1
    linkNode [2 0 0]
    ssIdNumber 13
  }
  instance {
    id 8
    name "Chart"
    machine 1
    chart 2
  }
  target {
    id 9
    name "sfun"
    machine 1
    linkNode [1 0 0]
  }
}
"""


def labels(section: Section) -> list[str | None]:
    children = section.section("Children")
    assert children is not None
    return [state.get("labelString") for state in children.sections("state")]


def test_charts_are_trees(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(CHARTS)
    model = files.read(path)
    chart = model.charts["Chart"].section
    assert labels(chart) == ["A", "B"]  # as their chain says, not as they stand
    states = [section for section in chart.walk() if section.name == "state"]
    assert labels(states[1]) == ["inside B"]
    assert [state.get("subviewer") for state in states] == ["2", "2", "20"]
    (transition,) = (section for section in chart.walk() if section.name == "transition")
    assert [end.get("SSID") for name in ("src", "dst") for end in transition.sections(name)] == ["10", "20"]
    for form in ("slx", "mdl"):
        files.write(model, tmp_path / "m.out", form)
        again = files.read(tmp_path / "m.out")
        again.name = "m"
        assert differences(model, again) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("treeNode [2 5 4 0]", "treeNode [5 5 4 0]"),  # parents in a ring
        ("linkNode [2 0 0]", "linkNode [99 0 0]"),
        ("id 7\n", "id 6\n"),
        ("chart 2\n    treeNode [3 0 0 0]", "chart 2\n    treeNode [6 0 0 0]"),
        ("machine {", "engine {"),
    ],
)
def test_charts_whose_numbers_do_not_add_up_stay_as_they_are(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(CHARTS.replace(old, new))
    model = files.read(path)
    assert model.stateflow.section("chart") is not None
    for form in ("slx", "mdl"):
        files.write(model, tmp_path / "m.out", form)
        again = files.read(tmp_path / "m.out")
        again.name = "m"
        assert differences(model, again) == []


def test_a_blocks_object_is_one_whether_its_class_is_the_sections_name_or_a_value(tmp_path: Path) -> None:
    named = SMALL.replace(
        'Name "link"',
        'Name "link"\n slprops.hdlblkprops {\n $PropName "HDLData"\n $ObjectID 31\n archSelection "Module"\n }',
    )
    told = named.replace("slprops.hdlblkprops {", 'Object {\n $ClassName "slprops.hdlblkprops"')
    models = []
    for name, text in (("named", named), ("told", told)):
        path = tmp_path / name / "small.mdl"
        path.parent.mkdir()
        path.write_text(text)
        models.append(files.read(path))
    (section,) = models[0].root.block("link").sections
    assert isinstance(section, Section)
    assert section.attributes == {"PropName": "HDLData", "ObjectID": "31", "ClassName": "slprops.hdlblkprops"}
    assert section.entries[0].attributes == {"Class": "char"}
    assert differences(*models) == []
    files.write(models[0], tmp_path / "small.mdl", form="mdl")
    assert differences(models[0], files.read(tmp_path / "small.mdl")) == []


def test_an_sid_that_several_blocks_share_identifies_none(tmp_path: Path) -> None:
    """R2010a writes the SID of a MATLAB Function block at every block inside."""
    shared = SMALL
    for line in ("BlockType Inport", 'Name "link"'):
        shared = shared.replace(line, f'{line}\n SID "40"')
    path = tmp_path / "small.mdl"
    path.write_text(shared)
    model = files.read(path)
    assert [block.sid for block in model.root.blocks] == [None, None, None]
    files.write(model, tmp_path / "small.slx")
    assert differences(model, files.read(tmp_path / "small.slx")) == []
