"""The noun: building diagrams, finding things in them, comparing them."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from bridge.errors import ModelError
from bridge.model import (
    Block,
    Endpoint,
    Line,
    Mask,
    MaskParameter,
    Model,
    Parameter,
    Section,
    System,
    differences,
    join_path,
    split_path,
)


@pytest.fixture
def model() -> Model:
    """``one -> gain -> Sub(in -> out) -> scope``, with a branch from ``one`` to the sum inside out."""
    model = Model.new("small")
    root = model.root
    root.add("Constant", "one", Value=1)
    root.add("Gain", "I/O\ngain", Gain=[[1, 2], [3, 4.5]])
    inside = root.add("SubSystem", "Sub").subsystem
    assert inside is not None
    inside.add("Inport", "in")
    inside.add("Outport", "out")
    inside.connect("in", "out")
    root.add("Sum", "sum", Inputs="++")
    root.connect("one", "I/O gain", name="u")
    root.connect("one", "sum/2", points=[(10, 0), (0, 20)])
    root.connect("I/O\ngain/1", ("Sub", 1))
    root.connect("Sub/1", Endpoint("sum", "in", 1))
    return model


def test_a_second_line_from_a_port_becomes_a_branch(model: Model) -> None:
    line = model.root.lines[0]
    assert line.source == Endpoint("one", "out", 1)
    assert line.destination is None
    assert line.name == "u"
    assert line.destinations == [Endpoint("I/O\ngain", "in", 1), Endpoint("sum", "in", 2)]
    assert [branch.points for branch in line.branches] == [[], [(10.0, 0.0), (0.0, 20.0)]]
    model.root.add("Terminator", "end")
    assert model.root.connect("one", "end") is line
    assert len(line.branches) == 3


def test_a_port_takes_one_line(model: Model) -> None:
    with pytest.raises(ModelError, match="sum/2 has a line already"):
        model.root.connect("Sub", "sum/2")


def test_sids_are_given_and_never_twice(model: Model) -> None:
    sids = [block.sid for _, block in model.all_blocks()]
    assert sorted(map(int, filter(None, sids))) == [1, 2, 3, 4, 5, 6]
    other = Model(
        "read", root=System([Block("Gain", "g", "7"), Block("Gain", "h", "7:3"), Block("Gain", "k", "12::4")])
    )
    assert other.root.add("Gain", "new").sid == "8"


def test_ports_are_counted_as_far_as_lines_reach(model: Model) -> None:
    assert model.find("sum").ports == {"in": 2, "out": 1}
    assert model.find("one").ports is None
    model.root.connect("sum", "Sub/enable")
    assert model.find("Sub").ports == {"in": 1, "out": 1, "enable": 1}
    model.root.add("Scope", "scope")
    model.root.connect("sum", "scope/2")
    assert model.find("scope").ports == {"in": 2}


def test_the_ports_of_a_subsystem_are_the_port_blocks_inside(model: Model) -> None:
    sub = model.find("Sub")
    assert sub.ports == {"in": 1, "out": 1}
    assert sub.subsystem is not None
    sub.subsystem.add("Inport", "in2")
    sub.subsystem.add("TriggerPort", "trigger")
    assert sub.ports == {"in": 2, "out": 1, "trigger": 1}


def test_releases_have_names(model: Model) -> None:
    assert [Model.new("m", release=release).release for release in ("R2013a", "R2022a")] == ["R2013a", "R2022a"]
    for release in ("2022a", "R22a", ""):
        with pytest.raises(ModelError, match="is no release"):
            Model.new("m", release=release)


@pytest.mark.parametrize("port", ["Sub/x", "Sub/0", "Sub/in0", "nobody", "nobody/1", ("Sub", "port")])
def test_what_is_no_port_is_refused(model: Model, port: str) -> None:
    with pytest.raises(ModelError):
        model.root.connect("sum", port)


@pytest.mark.parametrize(
    ("port", "endpoint"),
    [
        ("Sub/LConn2", Endpoint("Sub", "lconn", 2)),
        ("Sub/rconn1", Endpoint("Sub", "rconn", 1)),
        ("Sub/trigger", Endpoint("Sub", "trigger", 1)),
        ("Sub/reset", Endpoint("Sub", "Reset", 1)),
        ("Sub/ifaction", Endpoint("Sub", "ifaction", 1)),
        ("I/O gain/3", Endpoint("I/O\ngain", "in", 3)),
        ("I//O gain", Endpoint("I/O\ngain", "in", 1)),
    ],
)
def test_ports_have_names(model: Model, port: str, endpoint: Endpoint) -> None:
    assert model.root.endpoint(port, "in") == endpoint


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "on"),
        (False, "off"),
        (2, "2"),
        (2.0, "2"),
        (0.1, "0.1"),
        (1e-20, "1e-20"),
        (float("inf"), "inf"),
        ("K*u", "K*u"),
        ([1, 2.5], "[1 2.5]"),
        ([[1, 2], [3, 4]], "[1 2; 3 4]"),
        (np.array([[0.5, 1.0]]), "[0.5 1]"),
        (np.float32(0.5), "0.5"),
        ([], "[]"),
    ],
)
def test_values_become_text_as_simulink_stores_them(value: object, text: str) -> None:
    assert Model.new("m").root.add("Gain", "g", Gain=value).parameters["Gain"] == text


def test_paths_double_slashes_and_show_line_breaks_as_spaces(model: Model) -> None:
    assert [path for path, _ in model.all_blocks()] == ["one", "I//O gain", "Sub", "Sub/in", "Sub/out", "sum"]
    for path, block in model.all_blocks():
        assert block.path == path
        assert model.find(path) is block
        assert model.find(f"small/{path}") is block
    assert split_path(join_path("a/b", "c", "d/")) == ["a/b", "c", "d/"]


def test_names_that_begin_or_end_with_slashes_are_found() -> None:
    model = Model.new("m")
    names = ("c", "c/", "/d", "c/d", "d")
    for name in names:
        inside = model.root.add("SubSystem", name).subsystem
        assert inside is not None
        for inner in names:
            inside.add("Gain", inner)
    paths = [(path, block) for path, block in model.all_blocks()]
    ambiguous = {path for path, _ in paths if [other for other, _ in paths].count(path) > 1}
    for path, block in paths:
        assert path in ambiguous or model.find(path) is block
    assert ambiguous == {"c///d"}  # "/d" in "c", or "d" in "c/"


@pytest.mark.parametrize(
    ("path", "missing"), [("Sub/nothing", "nothing"), ("one/x", "'one' has no blocks inside"), ("", "''")]
)
def test_what_is_not_there_is_named(model: Model, path: str, missing: str) -> None:
    with pytest.raises(ModelError, match=missing):
        model.find(path)


def test_two_blocks_of_a_system_have_different_names(model: Model) -> None:
    with pytest.raises(ModelError, match="'one' already"):
        model.root.add("Gain", "one")


def test_settings_stand_in_the_configuration_set_or_in_the_model(model: Model) -> None:
    assert model.setting("StopTime") == "10.0"
    assert model.solver == "VariableStepAuto"
    model.configure(StopTime=5, SolverName="ode4", FixedStep=0.1, SaveTime=True, InitFcn="load x")
    assert (model.setting("StopTime"), model.solver, model.setting("FixedStep")) == ("5", "ode4", "0.1")
    component = model.component("DataIOCC")
    assert component is not None
    assert component.get("SaveTime") == "on"
    old = Model("old", parameters={"StopTime": "3", "Solver": "ode45"})
    assert (old.setting("StopTime"), old.solver, old.setting("Nothing"), old.setting("Nothing", "0")) == (
        "3",
        "ode45",
        None,
        "0",
    )
    old.configure(StopTime=4)
    assert old.parameters["StopTime"] == "4"


def test_the_last_of_two_values_counts() -> None:
    section = Section("Cells", {}, [Parameter("a", "1"), Section("a"), Parameter("a", "2")])
    assert section.get("a") == "2"
    section.set("a", "3")
    section.set("b", "4")
    assert section.parameters == {"a": "3", "b": "4"}
    assert len(section.entries) == 4


def test_flat_masks_of_old_files_are_masks() -> None:
    block = Block(
        "SubSystem",
        "m",
        parameters={
            "MaskType": "Filter",
            "MaskPromptString": "Gain:|Kind:|Name:",
            "MaskStyleString": "edit,popup(low|high, or both),edit",
            "MaskVariables": "k=@1;kind=@2;name=&3;",
            "MaskValueString": "2*a|low|x",
            "MaskTunableValueString": "on,off,on",
            "MaskInitialization": "b = k;",
        },
    )
    mask = block.mask
    assert mask is not None
    assert (mask.type, mask.initialization) == ("Filter", "b = k;")
    assert [(p.name, p.value, p.type, p.evaluate, p.tunable) for p in mask.parameters] == [
        ("k", "2*a", "edit", True, True),
        ("kind", "low", "popup", True, False),
        ("name", "x", "edit", False, True),
    ]
    assert mask.parameters[1].options == ["low", "high, or both"]
    assert Block("SubSystem", "n").mask is None
    block.mask = Mask(parameters=[MaskParameter("q")])
    assert block.mask.parameter("q") is not None


def test_positions_and_links() -> None:
    block = Block(
        "Reference", "r", parameters={"Position": "[10, 20, 30.5, 40]", "SourceBlock": "lib/a", "SourceType": "A"}
    )
    block.instance_data["P"] = "2"
    assert block.position == (10, 20, 30.5, 40)
    assert (block.source_block, block.source_type, block.get("P"), block.get("Q", "?")) == ("lib/a", "A", "2", "?")
    assert Block("Gain", "g", parameters={"Position": "broken"}).position is None


def _edits() -> list[tuple[str, object]]:
    def edit(change: object) -> object:
        return change

    return [
        ("parameter", edit(lambda m: m.find("one").parameters.update(Value="2"))),
        ("kind", edit(lambda m: setattr(m.find("one"), "kind", "Step"))),
        ("SID", edit(lambda m: setattr(m.find("one"), "sid", "99"))),
        ("ports", edit(lambda m: setattr(m.find("one"), "ports", {"out": 2}))),
        ("attribute", edit(lambda m: m.find("one").attributes.update(A="B"))),
        ("instance data", edit(lambda m: m.find("one").instance_data.update(A="B"))),
        ("mask", edit(lambda m: setattr(m.find("Sub"), "mask", Mask(display="x")))),
        ("block Sub/new", edit(lambda m: m.find("Sub").subsystem.add("Gain", "new"))),
        ("line from", edit(lambda m: m.root.lines.pop())),
        ("line from", edit(lambda m: m.root.lines[0].branches.reverse())),
        ("line from", edit(lambda m: m.root.lines[0].parameters.update(Name="v"))),
        ("lines", edit(lambda m: m.root.lines.append(Line()))),
        ("system", edit(lambda m: m.root.parameters.update(Location="[0]"))),
        ("configuration", edit(lambda m: m.configure(StopTime=11))),
        ("defaults of Gain", edit(lambda m: m.defaults.update(Gain={"Gain": "1"}))),
        ("section", edit(lambda m: m.sections.append(Section("Object")))),
        ("charts", edit(lambda m: setattr(m, "stateflow", Section("Stateflow")))),
        ("kind", edit(lambda m: setattr(m, "kind", "Library"))),
        ("release", edit(lambda m: setattr(m, "release", "R2024a"))),
    ]


@pytest.mark.parametrize(("place", "edit"), _edits())
def test_every_change_is_a_difference(model: Model, place: str, edit: object) -> None:
    other = copy.deepcopy(model)
    assert differences(model, other) == []
    assert callable(edit)
    edit(other)
    found = differences(model, other)
    assert found
    assert any(place in line for line in found), found


def test_the_order_of_blocks_and_parameters_is_no_difference(model: Model) -> None:
    other = copy.deepcopy(model)
    other.root.blocks.reverse()
    other.root.lines.reverse()
    sum_ = other.find("sum")
    sum_.parameters = dict(reversed(sum_.parameters.items()))
    assert differences(model, other) == []


def test_charts_are_found_by_their_block() -> None:
    code = Section("state", {"SSID": "1"}, [Section("eml", {}, [Parameter("script", "function y = f(u)\ny = u;")])])
    data = Section(
        "data", {"SSID": "2", "name": "u"}, [Parameter("scope", "INPUT_DATA"), Parameter("dataType", "double")]
    )
    chart = Section("chart", {"id": "3"}, [Parameter("type", "EML_CHART"), Section("Children", {}, [code, data])])
    machine = Section("machine", {"id": "2"}, [Section("Children", {}, [chart])])
    instance = Section("instance", {"id": "9"}, [Parameter("name", "Sub/my\nfunction"), Parameter("chart", "3")])
    model = Model("m", stateflow=Section("Stateflow", {}, [machine, instance]))
    assert model.functions == {"Sub/my function": "function y = f(u)\ny = u;"}
    found = model.charts["Sub/my function"].data[0]
    assert (found.name, found.scope, found.type, found.size) == ("u", "INPUT_DATA", "double", "")


def test_a_model_workspace_may_be_code() -> None:
    workspace = Model("m", parameters={"WSDataSource": "M-Code", "WSMCode": "a = 1;"}).workspace
    assert workspace is not None
    assert (workspace.source, workspace.code, workspace.data) == ("M-Code", "a = 1;", b"")
    assert Model("m").workspace is None


def test_things_show_themselves_in_one_line(model: Model) -> None:
    assert repr(model) == "<Model 'small', R2022a, 6 blocks>"
    assert repr(model.root) == "<System 'small', 4 blocks, 3 lines>"
    assert repr(model.find("Sub/in")) == "<Inport 'Sub/in'>"
    assert str(model.root.lines[0].source) == "one/1"


def test_a_block_that_is_not_there_is_named():
    model = Model.new("m")
    model.root.add("Gain", "Gain")
    with pytest.raises(ModelError, match="there is no block 'Gian'"):
        model.root.connect("Gain", "Gian")
