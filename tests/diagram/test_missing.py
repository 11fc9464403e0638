"""Workspace variables that nobody gave: all in one error, each with who reads it, and where they can come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_diagrams import inside, wired

import bridge
from bridge.cli import main
from bridge.errors import MissingVariables, UndefinedName, UnsupportedBlock
from bridge.model import Mask, MaskParameter, Model


def made(**gains: str) -> Model:
    model = Model.new("m")
    model.configure(StopTime="T", FixedStep="1", SolverName="FixedStepDiscrete", SolverType="Fixed-step")
    root = model.root
    root.add("Inport", "u")
    root.add("Outport", "y")
    names = [root.add("Gain", name, Gain=gain).name for name, gain in gains.items()]
    wired(root, *(f"{a} -> {b}" for a, b in zip(["u", *names], [*names, "y"], strict=True)))
    return model


def missing(model: Model, workspace: Any = None, **options: Any) -> MissingVariables:
    with pytest.raises(MissingVariables) as caught:
        bridge.simulate(model, workspace, **options)
    return caught.value


def test_all_variables_are_named_with_their_readers() -> None:
    error = missing(made(a="Ki", b="2*Kp"))
    assert error.names == ["Ki", "Kp", "T"]
    assert str(error) == (
        "m: 3 variables are undefined: Ki (a, parameter Gain), Kp (b, parameter Gain), T (the model's StopTime); "
        "give them with --workspace FILE, a .mat or .m, or --set NAME=VALUE; in Python workspace="
    )


def test_one_alone_is_told_with_its_place_in_the_expression() -> None:
    error = missing(made(a="2*Kp"), {"T": 3})
    assert error.names == ["Kp"]
    assert "block 'm/a', parameter Gain: undefined variable or function 'Kp'" in str(error)
    assert "column 3" in str(error)
    assert str(error).endswith("(--workspace FILE, workspace= in Python) does not hold it")


def test_what_the_caller_replaces_is_not_asked_for() -> None:
    assert missing(made(a="Ki", b="Kp"), stop_time=3).names == ["Ki", "Kp"]
    assert missing(made(a="Ki", b="Kp"), set={"b/Gain": 2}).names == ["Ki", "T"]
    assert missing(made(a="Ki", b="Kp"), set={"b/Gain": "2*Q"}).names == ["Ki", "Q", "T"]


def test_a_variable_of_nearly_the_same_name_is_pointed_out() -> None:
    assert "Kp (b, parameter Gain; did you mean 'KP'?)" in str(missing(made(a="Ki", b="Kp"), {"T": 3, "KP": 1}))


def test_of_many_ten_are_named_and_the_others_counted() -> None:
    error = missing(made(**{f"g{k:02}": f"K{k:02}" for k in range(20)}), {"T": 3})
    assert len(error.names) == 20
    assert "20 variables are undefined: K00 (g00, parameter Gain)," in str(error)
    assert "and 10 more (slbridge info lists all)" in str(error)
    assert "K10" not in str(error)


def test_a_subsystem_run_alone_asks_for_its_own_variables() -> None:
    model = made(a="Ki")
    sub = model.root.add("SubSystem", "sub")
    sub.mask = Mask(parameters=[MaskParameter(name="P", value="1")])
    system = inside(sub)
    for name, gain in (("x", "P*Kp"), ("z", "Kd")):
        system.add("Gain", name, Gain=gain)
    wired(system, "x -> z")
    assert missing(model, subsystem="sub", step=1, stop_time=3).names == ["Kd", "Kp"]


def test_the_sample_time_of_an_atomic_subsystem_counts() -> None:
    model = made(a="Ki")
    inside(model.root.add("SubSystem", "sub", TreatAsAtomicUnit="on", SystemSampleTime="Ts"))
    error = missing(model, {"T": 3})
    assert error.names == ["Ki", "Ts"]
    assert "Ts (sub, parameter SystemSampleTime)" in str(error)


def test_what_is_not_supported_is_told_before_code_of_the_model_that_fails() -> None:
    model = made(a="Ki")
    model.parameters |= {"WSDataSource": "MATLAB Code", "WSMCode": "Ki = nothing;"}
    with pytest.raises(UndefinedName, match="model workspace of 'm'"):
        bridge.simulate(model, {"T": 3})
    model.root.add("Unheard", "odd")
    with pytest.raises(UnsupportedBlock, match="m/odd: 'Unheard' is not supported yet"):
        bridge.simulate(model, {"T": 3})


def test_a_name_that_no_workspace_could_give_is_told_as_it_is() -> None:
    model = made(a="1")
    sub = model.root.add("SubSystem", "sub")
    sub.mask = Mask(parameters=[], initialization="a = nothing;")
    inside(sub)
    with pytest.raises(UndefinedName, match="mask initialization") as caught:
        bridge.simulate(model, {"T": 3})
    assert "--workspace" not in str(caught.value)


def test_the_command_names_all_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bridge.save(made(a="Ki", b="Kp"), tmp_path / "m.slx")
    assert main(["run", str(tmp_path / "m.slx")]) == 3
    assert "slbridge run: m: 3 variables are undefined: Ki" in capsys.readouterr().err
