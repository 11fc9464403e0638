"""Where signals come from: through subsystems, Goto and From, blocks that are commented out, masks and links."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import inside, run, wired

from bridge.diagram.survey import survey
from bridge.errors import BridgeError, ModelError, UndefinedName, UnsupportedBlock, UsageError
from bridge.model import Block, Mask, MaskParameter, Model, System

U = np.array([1.0, 2.0, 3.0])


def model() -> tuple[Model, System]:
    """A model with an Inport u and an Outport y."""
    made = Model.new("m")
    made.root.add("Inport", "u")
    made.root.add("Outport", "y")
    return made, made.root


def results(made: Model, **options: object) -> list[float]:
    return list(run(made, inputs={"u": U}, step=1, stop_time=2, **options)["y"])


def gain(system: System, name: str, value: object) -> Block:
    """A subsystem ``name`` that multiplies by `value`."""
    block = system.add("SubSystem", name)
    system_ = inside(block)
    system_.add("Inport", "in")
    system_.add("Gain", "gain", Gain=value)
    system_.add("Outport", "out")
    wired(system_, "in -> gain -> out")
    return block


# Subsystems ----------------------------------------------------------------------------------------------------------


def test_a_virtual_subsystem_dissolves() -> None:
    made, root = model()
    gain(root, "double", 2)
    wired(root, "u -> double -> y")
    assert results(made) == [2, 4, 6]


def test_subsystems_nest() -> None:
    made, root = model()
    outer = root.add("SubSystem", "outer")
    system = inside(outer)
    system.add("Inport", "in")
    gain(system, "double", 2)
    gain(system, "triple", 3)
    system.add("Outport", "out")
    wired(system, "in -> double -> triple -> out")
    wired(root, "u -> outer -> y")
    assert results(made) == [6, 12, 18]


def test_ports_are_counted_by_their_numbers_not_by_their_order() -> None:
    made, root = model()
    block = root.add("SubSystem", "swap")
    system = inside(block)
    system.add("Inport", "second", Port=2)
    system.add("Inport", "first")
    system.add("Outport", "to second", Port=2)
    system.add("Outport", "to first", Port=1)
    wired(system, "second -> to first", "first -> to second")
    root.add("Constant", "c", Value=7)
    root.add("Sum", "sum", Inputs="+-")
    wired(root, "u -> swap/1", "c -> swap/2", "swap/1 -> sum/1", "swap/2 -> sum/2", "sum -> y")
    assert results(made) == [7 - 1, 7 - 2, 7 - 3]


def test_an_atomic_subsystem_computes_the_same() -> None:
    made, root = model()
    gain(root, "double", 2).parameters["TreatAsAtomicUnit"] = "on"
    wired(root, "u -> double -> y")
    assert results(made) == [2, 4, 6]


def test_a_subsystem_may_run_alone() -> None:
    made, root = model()
    outer = root.add("SubSystem", "outer")
    system = inside(outer)
    system.add("Inport", "in")
    gain(system, "triple", 3)
    system.add("Outport", "out")
    wired(system, "in -> triple -> out")
    wired(root, "u -> outer -> y")
    recording = run(made, subsystem="outer/triple", inputs={"in": U}, step=1, stop_time=2)
    assert recording["out"].tolist() == [3, 6, 9]


def test_an_outport_that_is_missing_inside_is_named() -> None:
    made, root = model()
    block = root.add("SubSystem", "empty")
    wired(root, "u -> empty/1", "empty/2 -> y")
    assert block.ports is not None
    with pytest.raises(ModelError, match="m/empty: there is no Outport 2 inside"):
        results(made)


# What is not connected -----------------------------------------------------------------------------------------------


def test_an_input_that_nothing_reaches_is_zero() -> None:
    made, root = model()
    root.add("Sum", "sum", ports={"in": 2, "out": 1})
    wired(root, "u -> sum/1", "sum -> y")
    assert results(made) == [1, 2, 3]


def test_an_outport_inside_that_nothing_reaches_is_zero() -> None:
    made, root = model()
    block = gain(root, "sub", 2)
    inside(block).lines.clear()
    wired(root, "u -> sub -> y")
    assert results(made) == [0, 0, 0]


# Goto and From -------------------------------------------------------------------------------------------------------


def test_a_local_goto_reaches_every_from_beside_it() -> None:
    made, root = model()
    root.add("Goto", "goto", GotoTag="x")
    root.add("From", "from1", GotoTag="x")
    root.add("From", "from2", GotoTag="x")
    root.add("Product", "product")
    wired(root, "u -> goto", "from1 -> product/1", "from2 -> product/2", "product -> y")
    assert results(made) == [1, 4, 9]


def reading(visibility: str, tag: str = "x", **options: object) -> tuple[Model, System]:
    """A Goto at the top, and a From in a subsystem that is doubled there."""
    made, root = model()
    root.add("Goto", "goto", GotoTag="x", TagVisibility=visibility)
    block = root.add("SubSystem", "sub")
    system = inside(block)
    system.add("From", "from", GotoTag=tag)
    system.add("Gain", "gain", Gain=2)
    system.add("Outport", "out")
    wired(system, "from -> gain -> out")
    wired(root, "u -> goto", "sub -> y")
    return made, root


@pytest.mark.parametrize("visibility", ["global", "scoped"])
def test_a_global_or_scoped_goto_reaches_into_subsystems(visibility: str) -> None:
    made, root = reading(visibility)
    if visibility == "scoped":
        root.add("GotoTagVisibility", "scope", GotoTag="x")
    assert results(made) == [2, 4, 6]


def test_a_local_goto_does_not() -> None:
    made, _ = reading("local")
    with pytest.raises(ModelError, match="m/sub/from: there is no Goto with the tag 'x' in reach"):
        results(made)


def test_a_tag_that_is_not_there_is_named() -> None:
    made, _ = reading("global", tag="z")
    with pytest.raises(ModelError, match="'z'"):
        results(made)


def deep(visibility: str) -> tuple[Model, System]:
    """A Goto in one subsystem, a From in the one beside it."""
    made, root = model()
    writer = inside(root.add("SubSystem", "writer"))
    writer.add("Inport", "in")
    writer.add("Goto", "goto", GotoTag="x", TagVisibility=visibility)
    wired(writer, "in -> goto")
    reader = inside(root.add("SubSystem", "reader"))
    reader.add("From", "from", GotoTag="x")
    reader.add("Outport", "out")
    wired(reader, "from -> out")
    wired(root, "u -> writer", "reader -> y")
    return made, root


def test_a_global_goto_reaches_from_one_subsystem_to_another() -> None:
    assert results(deep("global")[0]) == [1, 2, 3]


def test_a_scoped_goto_reaches_as_far_as_its_visibility_block() -> None:
    made, root = deep("scoped")
    root.add("GotoTagVisibility", "scope", GotoTag="x")
    assert results(made) == [1, 2, 3]
    made, root = deep("scoped")
    inside(root.block("writer")).add("GotoTagVisibility", "scope", GotoTag="x")
    with pytest.raises(ModelError, match="no Goto with the tag 'x'"):
        results(made)


def test_a_local_goto_comes_before_a_global_one() -> None:
    made, root = reading("global")
    system = inside(root.block("sub"))
    system.add("Constant", "ten", Value=10)
    system.add("Goto", "goto", GotoTag="x")
    wired(system, "ten -> goto")
    assert results(made) == [20, 20, 20]


def test_a_from_may_feed_the_goto_of_another_tag() -> None:
    made, root = model()
    for tag in "ab":
        root.add("Goto", f"goto {tag}", GotoTag=tag)
        root.add("From", f"from {tag}", GotoTag=tag)
    wired(root, "u -> goto a", "from a -> goto b", "from b -> y")
    assert results(made) == [1, 2, 3]


def test_a_signal_that_comes_only_from_itself_is_named() -> None:
    made, root = model()
    root.add("Goto", "goto")
    root.add("From", "from")
    wired(root, "from -> goto")
    root.connect("from", "y")
    with pytest.raises(ModelError, match="only from itself"):
        results(made)


# Commented out, commented through ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("commented", "expected"), [("off", [2, 4, 6]), ("on", [0, 0, 0]), ("through", [1, 2, 3])])
def test_a_commented_block(commented: str, expected: list[float]) -> None:
    made, root = model()
    root.add("Gain", "gain", Gain=2, Commented=commented)
    wired(root, "u -> gain -> y")
    assert results(made) == expected


@pytest.mark.parametrize(("commented", "expected"), [("on", [0, 0, 0]), ("through", [1, 2, 3])])
def test_a_commented_subsystem(commented: str, expected: list[float]) -> None:
    made, root = model()
    gain(root, "sub", "undefined_variable").parameters["Commented"] = commented
    wired(root, "u -> sub -> y")
    assert results(made) == expected


def test_a_commented_goto_is_not_there() -> None:
    made, root = model()
    root.add("Goto", "goto", Commented="on")
    root.add("From", "from")
    wired(root, "u -> goto", "from -> y")
    with pytest.raises(ModelError, match="no Goto"):
        results(made)


def test_a_commented_from_is_ground() -> None:
    made, root = model()
    root.add("From", "from", GotoTag="nobody", Commented="on")
    wired(root, "from -> y")
    assert results(made) == [0, 0, 0]


def test_a_block_that_is_not_supported_does_not_matter_when_it_is_commented_out() -> None:
    made, root = model()
    root.add("Merge", "merge", Commented="on")
    wired(root, "u -> y")
    assert results(made) == [1, 2, 3]


# Masks ---------------------------------------------------------------------------------------------------------------


def masked(block: Block, initialization: str = "", **parameters: str | MaskParameter) -> None:
    block.mask = Mask(initialization=initialization)
    for name, value in parameters.items():
        made = value if isinstance(value, MaskParameter) else MaskParameter(name, value)
        block.mask.parameters.append(made)


def scaled(value: object = "k", initialization: str = "", **parameters: str | MaskParameter) -> Model:
    """A masked subsystem whose gain is `value`."""
    made, root = model()
    masked(gain(root, "sub", value), initialization, **parameters)
    wired(root, "u -> sub -> y")
    return made


def test_a_mask_parameter_is_a_variable_inside() -> None:
    assert results(scaled(k="5")) == [5, 10, 15]


def test_a_mask_parameter_may_be_an_expression_over_the_workspace() -> None:
    assert results(scaled(k="2*a + 1"), workspace={"a": 3.0}) == [7, 14, 21]


def test_a_mask_parameter_hides_a_workspace_variable_of_the_same_name() -> None:
    assert results(scaled(k="k + 1"), workspace={"k": 3.0}) == [4, 8, 12]


def test_a_value_in_the_block_replaces_the_one_in_the_mask() -> None:
    made = scaled(k="5")
    made.root.block("sub").parameters["k"] = "6"
    assert results(made) == [6, 12, 18]


def test_the_caller_may_set_a_mask_parameter() -> None:
    assert results(scaled(k="5"), set={"sub/k": 8}) == [8, 16, 24]
    assert results(scaled(k="5"), set={"sub/k": "2*4"}) == [8, 16, 24]
    with pytest.raises(UsageError, match="has no parameter 'q'"):
        results(scaled(k="5"), set={"sub/q": 8})


def test_initialization_code_computes_from_the_parameters() -> None:
    assert results(scaled("g", "g = 2*k; if k > 2, g = g + 1; end", k="3")) == [7, 14, 21]


def test_an_error_in_the_initialization_code_names_the_block() -> None:
    with pytest.raises(BridgeError, match=r"m/sub.*nothing"):
        results(scaled("g", "g = nothing + 1;", k="3"))


def test_an_error_in_the_initialization_code_names_the_line_too() -> None:
    with pytest.raises(BridgeError, match=r"^block 'm/sub', mask initialization, line 2: .*nothing"):
        results(scaled("g", "h = 1;\ng = nothing + h;", k="3"))


ICON = "if license('test', 'a_toolbox'), drawn = ports('shared'); end\ng = 2*k;"
"""Initialization code as toolboxes have it, with functions that are MATLAB's alone."""


def test_initialization_code_that_calls_what_only_matlab_has_matters_where_its_variables_are_read() -> None:
    assert results(scaled("k", ICON, k="3")) == [3, 6, 9]
    assert results(scaled("k", "set_param(gcb, 'LinkStatus', 'none');", k="3")) == [3, 6, 9]


@pytest.mark.parametrize(("value", "name"), [("g", "license"), ("k + drawn", "license")])
def test_a_variable_that_such_code_would_assign_is_refused_where_it_is_read(value: str, name: str) -> None:
    with pytest.raises(UndefinedName, match=rf"^block 'm/sub', mask initialization, line 1: .*'{name}'") as caught:
        results(scaled(value, ICON, k="3"), workspace={"g": 5.0, "drawn": 5.0})
    assert caught.value.name == name


@pytest.mark.parametrize("code", ["setup_script\nq(1);", "q(1); eval('k = 4');", "load variables\nq(1);"])
def test_such_code_is_refused_where_it_could_assign_anything(code: str) -> None:
    with pytest.raises(UndefinedName, match="mask initialization"):
        results(scaled("k", code, k="3"))


def test_a_variable_assigned_in_a_branch_is_the_masks_own() -> None:
    made = scaled("g", "if k > 2, g = 4; else, for n = 1:3, h = n; end, end", k="3")
    assert survey(made).variables == []
    assert results(made) == [4, 8, 12]


def test_missing_kinds_are_told_before_errors_of_masks() -> None:
    """No workspace can help with a missing kind, so that the mask's error alone would mislead."""
    made = scaled("g", "g = nothing + 1;", k="3")
    made.root.add("Unheard", "odd")
    with pytest.raises(UnsupportedBlock, match=r"^m/odd: block kind 'Unheard' is not supported yet"):
        results(made)


def test_a_field_of_a_number_is_refused_by_its_class() -> None:
    with pytest.raises(BridgeError, match=r"a value of class 'double' has no field 'A'"):
        results(scaled("p.A"), workspace={"p": 0.5})


def test_a_structure_made_of_workspace_variables() -> None:
    assert results(scaled("p.k + 1", "p.k = 2*k;", k="a"), workspace={"a": 3.0}) == [7, 14, 21]


def test_a_parameter_that_is_text_is_refused_by_its_class() -> None:
    with pytest.raises(BridgeError, match=r"a numeric value is needed, not one of class 'char'"):
        results(scaled("'k'"))


def test_popups_and_checkboxes_are_numbers() -> None:
    popup = MaskParameter("k", "blue", "popup", options=["red", "green", "blue"])
    assert results(scaled(k=popup)) == [3, 6, 9]
    assert results(scaled("k + 1", k=MaskParameter("k", "on", "checkbox"))) == [2, 4, 6]
    assert results(scaled("k + 1", k=MaskParameter("k", "off", "checkbox"))) == [1, 2, 3]


def test_a_parameter_that_is_not_evaluated_is_text() -> None:
    words = MaskParameter("k", "fast", attributes={"Evaluate": "off"})
    assert results(scaled("g", "g = 1; if strcmp(k, 'fast'), g = 9; end", k=words)) == [9, 18, 27]


def test_masks_of_one_kind_have_each_their_own_values() -> None:
    made, root = model()
    for name, value in (("double", "2"), ("triple", "3")):
        masked(gain(root, name, "k"), k=value)
    wired(root, "u -> double -> triple -> y")
    assert results(made, workspace={"k": 100.0}) == [6, 12, 18]


def test_masks_nest() -> None:
    made, root = model()
    outer = root.add("SubSystem", "outer")
    system = inside(outer)
    system.add("Inport", "in")
    masked(gain(system, "inner", "k"), k="10*k")
    system.add("Outport", "out")
    wired(system, "in -> inner -> out")
    masked(outer, k="2")
    wired(root, "u -> outer -> y")
    assert results(made) == [20, 40, 60]


def test_a_subsystem_that_runs_alone_keeps_the_masks_around_it() -> None:
    made = scaled(k="5")
    recording = run(made, subsystem="sub", inputs={"in": U}, step=1, stop_time=2)
    assert recording["out"].tolist() == [5, 10, 15]


# What is not there ---------------------------------------------------------------------------------------------------


def test_every_block_that_is_not_supported_is_named_at_once() -> None:
    made, root = model()
    root.add("Merger", "merge")
    root.add("Reference", "link", SourceBlock="toolbox/Some\nblock", SourceType="Some block")
    wired(root, "u -> y")
    with pytest.raises(UnsupportedBlock) as caught:
        results(made)
    kinds = "1 x Merger (merge) (supported and near: Merge); 1 x toolbox/Some block (link)"
    assert str(caught.value) == f"m: 2 blocks are not supported yet: {kinds}"


def test_blocks_that_are_not_supported_are_told_before_variables_that_are_missing() -> None:
    made, root = model()
    made.configure(StopTime="T")
    root.add("Gain", "gain", Gain="K")
    for name in ("one", "two"):
        root.add("Integrater", name)
    with pytest.raises(UnsupportedBlock, match=r"^m: 2 blocks .*: 2 x Integrater \(one, two\) \(supported and near: "):
        results(made)


def test_a_near_miss_is_told() -> None:
    made, root = model()
    root.add("Reference", "link", SourceBlock="simulink/Sources/Ramps")
    with pytest.raises(UnsupportedBlock, match="simulink/Sources/Ramp"):
        results(made)


def test_a_matlab_function_is_refused_with_its_path() -> None:
    made, root = model()
    block = root.add("SubSystem", "f", SFBlockType="MATLAB Function")
    inside(block).add("S-Function", "SFunction", FunctionName="sf_sfun")
    wired(root, "u -> f -> y")
    with pytest.raises(UnsupportedBlock, match=r"m/f: MATLAB Function"):
        results(made)


def test_a_subsystem_whose_content_stands_elsewhere_names_the_file() -> None:
    made, root = model()
    root.add("SubSystem", "sub", ReferencedSubsystem="other").subsystem = None
    with pytest.raises(UnsupportedBlock, match=r"^m/sub: its content stands in the file 'other'"):
        results(made)


def test_a_subsystem_without_content_is_no_chart() -> None:
    made, root = model()
    root.add("SubSystem", "sub").subsystem = None
    with pytest.raises(UnsupportedBlock, match=r"^m/sub: the file does not hold the content"):
        results(made)


def test_many_blocks_that_are_not_supported_are_counted_by_kind() -> None:
    made, root = model()
    for number in range(30):
        root.add("Unheard", f"odd{number}")
    with pytest.raises(UnsupportedBlock, match=r"^m: 30 blocks .*: 30 x Unheard \(odd0, odd1, odd2, …\)$"):
        results(made)
    for number in range(12):
        root.add(f"Qq{number}", f"another{number}")
    with pytest.raises(UnsupportedBlock, match=r"30 x Unheard .*; and 3 more of 3 other kinds$"):
        results(made)


def test_notes_and_information_blocks_have_no_effect() -> None:
    made, root = model()
    gain(root, "sub", "2")
    wired(root, "u -> sub -> y")
    root.add("Note", "note")
    for name in ("DocBlock", "Model Info"):
        root.add("Reference", name, SourceBlock=f"simulink/Model-Wide\nUtilities/{name}")
    assert results(made) == [2, 4, 6]


def test_an_inport_drawn_twice_is_one() -> None:
    made, root = model()
    root.add("InportShadow", "again", Port=1)
    sub = root.add("SubSystem", "sub")
    system = inside(sub)
    system.add("Inport", "in")
    system.add("InportShadow", "in again")
    system.add("Product", "product", Inputs="2")
    system.add("Outport", "out")
    wired(system, "in -> product/1", "in again -> product/2", "product -> out")
    root.add("Sum", "sum", Inputs="++")
    wired(root, "u -> sub -> sum/1", "again -> sum/2", "sum -> y")
    assert results(made) == [2, 6, 12]
    assert survey(made).unsupported == []


def test_a_shadow_of_no_inport_is_refused_by_name() -> None:
    made, root = model()
    root.add("InportShadow", "again", Port=7)
    wired(root, "again -> y")
    with pytest.raises(ModelError, match=r"^m/again: "):
        results(made)
