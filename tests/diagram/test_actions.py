"""If, Switch Case, action subsystems and Merge, against plain loops and against MathWorks' generated code."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_diagrams import inside, run, wired

from bridge.errors import (
    DimensionMismatch,
    MatlabError,
    MissingVariables,
    ModelError,
    ParameterError,
    UnsupportedBlock,
)
from bridge.files import read
from bridge.model import Model, System

T = 12
U = np.arange(1.0, T + 1)


def action(root: System, name: str, states: str = "held", **out: Any) -> System:
    """An action subsystem with an Inport ``in`` and an Outport ``out``."""
    system = inside(root.add("SubSystem", name))
    system.add("ActionPort", "Action Port", InitializeStates=states)
    system.add("Inport", "in")
    system.add("Outport", "out", **out)
    return system


def summing(root: System, name: str, states: str = "held", first: float = 0.0, **out: Any) -> None:
    """A sum of its inputs so far in an action subsystem."""
    system = action(root, name, states, **out)
    system.add("Sum", "sum", Inputs="++")
    system.add("UnitDelay", "x", InitialCondition=first)
    wired(system, "in -> sum/1", "x -> sum/2", "sum -> x", "sum -> out")


def chosen(
    inputs: Mapping[str, Any],
    workspace: Mapping[str, Any] | None = None,
    kind: str = "If",
    *,
    count: int = 2,
    **options: Any,
) -> list[list[int]]:
    """Which of the `count` outputs of an If or Switch Case block calls in each step."""
    made = Model.new("m")
    root = made.root
    for k, name in enumerate(inputs):
        root.add("Inport", name, Port=k + 1)
    root.add(kind, "choice", **options)
    root.add("Constant", "one")
    for k, name in enumerate(inputs):
        wired(root, f"{name} -> choice/{k + 1}")
    for k in range(count):
        summing(root, f"a{k}")
        root.add("Outport", f"y{k}", Port=k + 1)
        wired(root, f"choice/{k + 1} -> a{k}/ifaction", f"one -> a{k} -> y{k}")
    length = len(next(iter(inputs.values())))
    recording = run(made, workspace=workspace, inputs=inputs, step=1, stop_time=length - 1)
    totals = np.stack([recording[f"y{k}"] for k in range(count)], axis=1)
    return np.diff(totals, axis=0, prepend=0).astype(int).tolist()


def one_hot(places: Any, count: int) -> list[list[int]]:
    return [[int(place == k) for k in range(count)] for place in places]


def test_exactly_one_branch_is_called() -> None:
    u1 = np.array([-1.0, 0, 1, 2, 3, np.nan])
    u2 = np.array([0.0, 1, 0, 0, 5, 0])
    options = {"NumInputs": 2, "IfExpression": "u1 > 1", "ElseIfExpressions": "u2 ~= 0, (u1 == 1)"}
    calls = chosen({"u1": u1, "u2": u2}, count=4, **options)
    places = [0 if a > 1 else 1 if b != 0 else 2 if a == 1 else 3 for a, b in zip(u1, u2, strict=True)]
    assert calls == one_hot(places, 4)


def test_without_an_else_it_may_call_none() -> None:
    calls = chosen({"u1": np.array([-1.0, 0, 1])}, count=1, ShowElse="off")
    assert calls == [[0], [0], [1]]


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        ("u1 < u2", lambda a, b: a < b),
        ("u1<=-2", lambda a, b: a <= -2),
        ("u1 >= u2 & ~(u2 == 0)", lambda a, b: a >= b and b != 0),
        ("u1 == 3 | u2", lambda a, b: a == 3 or b != 0),
        ("u1 > K(2) && u2 < 2*K(1)+1", lambda a, b: a > 2 and b < 3),
        ("-u1 > u2 || s.low == u2", lambda a, b: -a > b or b == -3),
        ("~u1", lambda a, b: a == 0),
        ("true & u1 ~= u2", lambda a, b: a != b),
        ("+u2 > u1(1)", lambda a, b: b > a),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.int16])
def test_conditions_are_matlab_expressions(expression: str, function: Any, dtype: Any) -> None:
    u1 = np.array([-3, -2, 0, 2, 3, 3, 0, 4], dtype)
    u2 = np.array([0, 3, -3, 2, 0, 4, 0, 1], dtype)
    workspace = {"K": np.array([1.0, 2.0]), "s": {"low": -3.0}}
    calls = chosen({"u1": u1, "u2": u2}, workspace, NumInputs=2, IfExpression=expression)
    assert calls == one_hot([0 if function(a, b) else 1 for a, b in zip(u1, u2, strict=True)], 2)


def test_all_elements_of_a_vector_must_fulfil_it() -> None:
    u = np.array([[1.0, 1], [1, -1], [-1, 1], [2, 3]])
    assert chosen({"u1": u}) == one_hot([0, 1, 1, 0], 2)
    assert chosen({"u1": u}, IfExpression="u1(2) > u1(1)") == one_hot([1, 1, 0, 0], 2)


def test_booleans_are_compared_with_numbers() -> None:
    u = np.array([True, False, True])
    assert chosen({"u1": u}, IfExpression="u1 == 1") == one_hot([0, 1, 0], 2)
    assert chosen({"u1": u}, IfExpression="u1") == one_hot([0, 1, 0], 2)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"IfExpression": "u2 > 0"}, ParameterError, "parameter IfExpression: there is no input u2; NumInputs is 1"),
        ({"IfExpression": "u1 + 1"}, ParameterError, r"the operator \+ of an input is not supported"),
        ({"IfExpression": "sin(u1)"}, ParameterError, "Access of an input is not supported"),
        ({"IfExpression": "u1(3)"}, ParameterError, "has no such element"),
        ({"IfExpression": "any([1 u1] > 2)"}, ParameterError, "Access of an input is not supported"),
        ({"IfExpression": "[1 u1] > 2"}, ParameterError, "Matrix of an input is not supported"),
        ({"ElseIfExpressions": "u1 > > 2"}, MatlabError, "parameter ElseIfExpressions"),
        ({"IfExpression": ""}, ParameterError, "parameter IfExpression: one condition is needed"),
        ({"IfExpression": "u1" + " > u1" * 3000}, ParameterError, "parameter IfExpression: it is nested too deeply"),
    ],
)
def test_a_wrong_condition_is_refused(options: dict[str, str], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        chosen({"u1": U}, **options)


def test_a_variable_of_a_condition_that_is_missing_is_named() -> None:
    with pytest.raises(MissingVariables, match=r"m/choice', parameter IfExpression: .*'LIMIT'"):
        chosen({"u1": U}, IfExpression="u1 > LIMIT")


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, np.uint16])
def test_a_case_holds_whole_numbers_and_inputs_are_truncated(dtype: Any) -> None:
    u = np.array([0, 1, 2, 3, 4, 100, 255 if dtype == np.uint16 else -1]).astype(dtype)
    calls = chosen({"u1": u}, {"A": 2.0}, "SwitchCase", count=5, CaseConditions="{1, [A 3], -1, 255}")
    cases = {1: 0, 2: 1, 3: 1, -1: 2, 255: 3}
    assert calls == one_hot([cases.get(int(x), 4) for x in u], 5)


def test_fractions_are_truncated_towards_zero() -> None:
    u = np.array([0.9, 1.9, -0.9, -1.9, 2.999])
    calls = chosen({"u1": u}, kind="SwitchCase", count=3, CaseConditions="{0,1,-1}", ShowDefaultCase="off")
    assert calls == one_hot([0, 1, 0, 2, 3], 3)


@pytest.mark.parametrize("text", ["{}", "{1.5}", "{'a'}", "{[]}"])
def test_wrong_cases_are_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="a cell array with the whole numbers of each case is needed"):
        chosen({"u1": U}, kind="SwitchCase", CaseConditions=text)


def two_sides(states: str = "held", held: str = "held", merged: bool = False, initial: str = "[]") -> Model:
    """Sums of positive and of other inputs in two subsystems, side by side or merged."""
    made = Model.new("m")
    root = made.root
    root.add("Inport", "u")
    root.add("If", "if")
    wired(root, "u -> if")
    for k, name in enumerate(("plus", "minus")):
        summing(root, name, states, 100.0, OutputWhenDisabled=held, InitialOutput="-7")
        wired(root, f"if/{k + 1} -> {name}/ifaction", f"u -> {name}")
    if merged:
        root.add("Merge", "merge", InitialOutput=initial)
        wired(root, "plus -> merge/1", "minus -> merge/2", "merge -> " + root.add("Outport", "y").name)
    else:
        for name in ("plus", "minus"):
            root.add("Outport", f"y {name}")
            wired(root, f"{name} -> y {name}")
    return made


SIGNS = np.array([1.0, 2, -3, -4, 5, -6, -7, -8, 9, 10, 11, -12])


@pytest.mark.parametrize("states", ["held", "reset"])
@pytest.mark.parametrize("held", ["held", "reset"])
def test_the_branch_that_is_not_called_holds_or_resets(states: str, held: str) -> None:
    recording = run(two_sides(states, held), inputs={"u": SIGNS}, step=1, stop_time=T - 1)
    for name, mine in (("plus", SIGNS > 0), ("minus", SIGNS <= 0)):
        x, y, ran, expected = 100.0, -7.0, False, []
        for u, runs in zip(SIGNS, mine, strict=True):
            if runs:
                x = y = (100.0 if states == "reset" and not ran else x) + u
            elif held == "reset":
                y = -7.0
            ran = bool(runs)
            expected.append(y)
        assert recording[f"y {name}"].tolist() == expected


def test_merge_shows_what_was_written_last() -> None:
    y = run(two_sides(merged=True), inputs={"u": SIGNS}, step=1, stop_time=T - 1)["y"]
    plus = minus = 100.0
    expected = []
    for u in SIGNS:
        if u > 0:
            plus += u
        else:
            minus += u
        expected.append(plus if u > 0 else minus)
    assert y.tolist() == expected


@pytest.mark.parametrize("initial", ["[]", "3"])
def test_merge_holds_while_nothing_is_written(initial: str) -> None:
    made = Model.new("m")
    root = made.root
    for k, name in enumerate(("u", "s")):
        root.add("Inport", name, Port=k + 1)
    root.add("SwitchCase", "switch", CaseConditions="{1,2}", ShowDefaultCase="off")
    root.add("Merge", "merge", Inputs=3, InitialOutput=initial)
    root.add("Outport", "y")
    for k, gain in enumerate((10, 100)):
        system = action(root, f"a{k}")
        system.add("Gain", "g", Gain=gain)
        wired(system, "in -> g -> out")
        wired(root, f"switch/{k + 1} -> a{k}/ifaction", f"u -> a{k} -> merge/{k + 1}")
    wired(root, "s -> switch", "merge -> y")
    s = np.array([0.0, 3, 1, 0, 2, 2, 7, 1, 0, 0, 2, 0])
    y = run(made, inputs={"u": U, "s": s}, step=1, stop_time=T - 1)["y"]
    shown, expected = 3.0 if initial == "3" else 0.0, []
    for u, case in zip(U, s, strict=True):
        shown = {1: 10 * u, 2: 100 * u}.get(int(case), shown)
        expected.append(shown)
    assert y.tolist() == expected


@pytest.mark.parametrize(("setting", "first"), [("Classic", -7.0), ("Simplified", 0.0), (None, -7.0)])
def test_merge_without_an_initial_output_takes_that_of_what_it_merges(setting: str | None, first: float) -> None:
    made = two_sides(merged=True)
    if setting:
        made.configure(UnderspecifiedInitializationDetection=setting)
    made.root.block("if").parameters.update(IfExpression="u1 > 100", ElseIfExpressions="u1 > 10", ShowElse="off")
    y = run(made, inputs={"u": U}, step=1, stop_time=T - 1)["y"]
    assert y.tolist() == [first] * 10 + [111.0, 123.0]


def test_an_action_port_that_nothing_calls_never_runs() -> None:
    made = two_sides(merged=True)
    made.root.lines[:] = [line for line in made.root.lines if line.source is None or line.source.block != "if"]
    assert run(made, inputs={"u": U}, step=1, stop_time=T - 1)["y"].tolist() == [-7.0] * T


def test_a_tag_leads_out_of_a_branch() -> None:
    made = two_sides(merged=True)
    branch = inside(made.root.block("plus"))
    branch.add("Goto", "goto", GotoTag="x", TagVisibility="global")
    made.root.add("From", "from", GotoTag="x")
    made.root.add("Outport", "z", Port=2)
    wired(branch, "x -> goto")
    wired(made.root, "from -> z")
    z = run(made, inputs={"u": SIGNS}, step=1, stop_time=T - 1)["z"]
    x, shown, expected = 100.0, 0.0, []
    for u in SIGNS:
        if u > 0:
            shown, x = x, x + u
        expected.append(shown)
    assert z.tolist() == expected


def test_branches_go_along_with_the_minor_steps_of_a_solver() -> None:
    """Of a branch that is always called, and merged, nothing is left to be seen: a bare gain gives the same bits."""
    results = []
    for branched in (True, False):
        made = Model.new("m")
        root = made.root
        root.add("Integrator", "x", InitialCondition=1)
        root.add("Outport", "y")
        if branched:
            root.add("If", "if", IfExpression="u1 > -1")
            root.add("Merge", "merge")
            for k, name in enumerate(("a", "b")):
                branch = action(root, name)
                branch.add("Gain", "g", Gain=-0.5 * (k + 1))
                wired(branch, "in -> g -> out")
                wired(root, f"if/{k + 1} -> {name}/ifaction", f"x -> {name} -> merge/{k + 1}")
            wired(root, "x -> if", "merge -> x")
        else:
            root.add("Gain", "g", Gain=-0.5)
            wired(root, "x -> g -> x")
        wired(root, "x -> y")
        results.append(run(made, step=0.1, stop_time=2, solver="ode4")["y"])
    np.testing.assert_array_equal(*results)
    np.testing.assert_allclose(results[0].ravel(), np.exp(-0.05 * np.arange(21)), rtol=1e-6)


def test_of_two_that_write_in_one_step_the_one_that_runs_last_counts() -> None:
    """Two enabled subsystems; the second in the file needs the first, so that it runs after it."""
    made = Model.new("m")
    root = made.root
    for k, name in enumerate(("u", "a on", "b on")):
        root.add("Inport", name, Port=k + 1)
    root.add("Merge", "merge")
    root.add("Outport", "y")
    for name, gain in (("b", 10), ("a", 1)):
        system = inside(root.add("SubSystem", name))
        system.add("EnablePort", "Enable")
        system.add("Inport", "in")
        system.add("Outport", "out")
        system.add("Gain", "g", Gain=gain)
        wired(system, "in -> g -> out")
        wired(root, f"{name} on -> {name}/enable")
    wired(root, "u -> a -> b", "b -> merge/1", "a -> merge/2", "merge -> y")
    a, b = np.array([1.0, 1, 0, 0, 1, 0]), np.array([0.0, 1, 1, 0, 0, 1])
    y = run(made, inputs={"u": U[:6], "a on": a, "b on": b}, step=1, stop_time=5)["y"]
    assert y.tolist() == [1, 20, 20, 20, 5, 50]


@pytest.mark.parametrize("virtual", ["on", "off"])
def test_a_virtual_outport_writes_where_the_subsystem_inside_runs_and_another_always_copies(virtual: str) -> None:
    """An action subsystem whose Outport is that of an enabled one inside.

    (Simulink, *Ensure Output Port Is Virtual*.)
    """
    made = Model.new("m")
    root = made.root
    for k, name in enumerate(("u", "s", "on")):
        root.add("Inport", name, Port=k + 1)
    root.add("If", "if", IfExpression="u1 > 0")
    root.add("Merge", "merge", InitialOutput=-1)
    root.add("Outport", "y")
    first = action(root, "first", EnsureOutportIsVirtual=virtual)
    first.add("Inport", "on", Port=2)
    inner = inside(first.add("SubSystem", "inner"))
    inner.add("EnablePort", "Enable")
    inner.add("Inport", "in")
    inner.add("Outport", "out")
    wired(inner, "in -> out")
    wired(first, "in -> inner", "on -> inner/enable", "inner -> out")
    second = action(root, "second")
    second.add("Gain", "g", Gain=100)
    wired(second, "in -> g -> out")
    wired(root, "s -> if", "if/1 -> first/ifaction", "if/2 -> second/ifaction", "on -> first/2")
    wired(root, "u -> first/1", "u -> second", "first -> merge/1", "second -> merge/2", "merge -> y")
    s, on = np.array([1.0, 1, 1, 0, 1, 1, 0, 1]), np.array([0.0, 1, 0, 0, 0, 1, 1, 0])
    y = run(made, inputs={"u": U[:8], "s": s, "on": on}, step=1, stop_time=7)["y"]
    shown, inner_shows, expected = -1.0, 0.0, []
    for u, runs, enabled in zip(U, s, on, strict=False):
        if runs:
            inner_shows = u if enabled else inner_shows
            shown = inner_shows if enabled or virtual == "off" else shown
        else:
            shown = 100 * u
        expected.append(shown)
    assert y.tolist() == expected


def test_an_input_of_merge_that_nothing_is_connected_to_is_left_out() -> None:
    made = two_sides(merged=True)
    made.root.block("merge").parameters["Inputs"] = "5"
    y = run(made, inputs={"u": np.abs(SIGNS)}, step=1, stop_time=T - 1)["y"]
    assert y.tolist() == (100 + np.cumsum(np.abs(SIGNS))).tolist()


def test_merge_refuses_what_it_does_not_do() -> None:
    with pytest.raises(UnsupportedBlock, match=r"m/merge: merges the Outport 'm/plus/out', which resets when disabled"):
        run(two_sides(held="reset", merged=True), inputs={"u": SIGNS}, step=1, stop_time=T - 1)
    made = two_sides(merged=True)
    made.root.block("merge").parameters["AllowUnequalInputPortWidths"] = "on"
    with pytest.raises(UnsupportedBlock, match="AllowUnequalInputPortWidths"):
        run(made, inputs={"u": SIGNS}, step=1, stop_time=T - 1)
    made = two_sides(merged=True)
    inside(made.root.block("minus")).block("x").parameters["InitialCondition"] = "[1 2]"
    with pytest.raises(DimensionMismatch, match="m/merge: the inputs must have one size and one data type"):
        run(made, inputs={"u": SIGNS}, step=1, stop_time=T - 1)


def test_a_slow_if_calls_at_its_hits_alone_and_delays_inside_count_them() -> None:
    made = two_sides(merged=True)
    made.root.block("if").parameters["SampleTime"] = "3"
    recording = run(made, inputs={"u": SIGNS}, step=1, stop_time=T - 1)
    plus = minus = 100.0
    expected = []
    for u in SIGNS[::3]:
        if u > 0:
            plus += u
        else:
            minus += u
        expected.append(plus if u > 0 else minus)
    assert recording["y"].tolist() == expected
    assert recording.times["y"].tolist() == [0, 3, 6, 9]


def test_an_if_inside_an_action_subsystem() -> None:
    made = Model.new("m")
    root = made.root
    root.add("Inport", "u")
    root.add("Outport", "y")
    root.add("If", "if", IfExpression="u1 > 0", ShowElse="off")
    outer = action(root, "outer", "reset")
    outer.add("If", "if", IfExpression="u1 > 5")
    outer.add("Merge", "merge")
    for k, name in enumerate(("high", "low")):
        summing(outer, name, first=1000.0 * k)
        wired(outer, f"if/{k + 1} -> {name}/ifaction", f"in -> {name} -> merge/{k + 1}")
    wired(outer, "in -> if", "merge -> out")
    wired(root, "u -> if", "if -> outer/ifaction", "u -> outer -> y")
    y = run(made, inputs={"u": SIGNS}, step=1, stop_time=T - 1)["y"]
    sums, ran, shown, expected = [0.0, 1000.0], False, 0.0, []
    for u in SIGNS:
        if u > 0:
            sums = sums if ran else [0.0, 1000.0]
            k = 0 if u > 5 else 1
            sums[k] += u
            shown = sums[k]
        ran = u > 0
        expected.append(shown)
    assert y.tolist() == expected


def test_an_ordinary_signal_is_no_call_and_a_call_no_signal() -> None:
    made = two_sides()
    wired(made.root, "u -> " + made.root.add("Gain", "gain").name)
    for line in made.root.lines:
        if line.source is not None and line.source.block == "if" and line.source.number == 1:
            made.root.lines.remove(line)
            break
    wired(made.root, "gain -> plus/ifaction")
    with pytest.raises(ModelError, match=r"m/plus/Action Port: calls, .* must come in, not the output of 'm/gain'"):
        run(made, inputs={"u": SIGNS}, step=1, stop_time=T - 1)


@pytest.mark.parametrize("engine", ["numpy", "torch", "onnx"])
def test_generated_code_of_a_direction_indicator(shared: Path, engine: str) -> None:
    """Class of evidence `coder`: a model of an If, two ElseIfs and a Merge, compiled from MathWorks' C and run."""
    from bridge.simulation import simulate

    folder = shared / "corpus/oracles/mohmed-ahmed-01097__Model-Based-Development__VDD"
    if not folder.is_dir():
        pytest.skip(f"the optional test data are not there: {folder}")
    model = read(folder / "VDD.slx")
    assert isinstance(model, Model)
    told = json.loads((folder / "meta.json").read_text())
    workspace = {name: np.array(given["value"], given["type"]) for name, given in told["parameters"].items()}
    dtypes = {port["name"]: port["type"].replace("boolean", "bool") for port in told["inputs"]}
    given, expected = table(folder / "input.csv"), table(folder / "output.csv")
    inputs = {name: given[name].astype(dtype) for name, dtype in dtypes.items()}
    recorded = simulate(
        model, workspace, inputs=inputs, step=told["step_size"], stop_time=given["time"][-1], engine=engine
    )
    (name,) = [name for name in expected if name != "time"]
    np.testing.assert_array_equal(recorded[name].ravel(), expected[name])
    assert len(np.unique(expected[name])) == 2


def table(path: Path) -> dict[str, np.ndarray]:
    """A table of numbers by the names in its first row."""
    with path.open(newline="") as file:
        head, *rows = csv.reader(file)
    return {name: np.array(column, float) for name, column in zip(head, zip(*rows, strict=True), strict=True)}
