"""What a model would need, found without running it."""

from __future__ import annotations

from small_diagrams import inside

from bridge.diagram.survey import survey
from bridge.model import Model


def test_subsystems_of_which_the_file_holds_no_content_are_listed() -> None:
    made = Model.new("m")
    made.root.add("SubSystem", "elsewhere", ReferencedSubsystem="other").subsystem = None
    made.root.add("SubSystem", "empty").subsystem = None
    chart = inside(made.root.add("SubSystem", "chart"))
    chart.add("S-Function", "code", FunctionName="sf_sfun")
    inside(made.root.add("SubSystem", "plain"))
    assert survey(made).unsupported == [
        ("m/elsewhere", "Subsystem Reference other"),
        ("m/empty", "SubSystem"),
        ("m/chart", "Stateflow"),
    ]


def test_variables_are_asked_for_unless_a_mask_defines_them() -> None:
    made = Model.new("m")
    made.root.add("Gain", "outer", Gain="a(1:n)")
    assert survey(made).variables == ["a", "n"]
    assert survey(made, {"a"}).variables == ["n"]
