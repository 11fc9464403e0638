"""Running diagrams from Python: data for Inports, states, settings, logging, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bridge
from bridge.errors import UsageError
from bridge.model import Model
from bridge.model.mask import Mask, MaskParameter

ENGINES = ("numpy", "torch", "onnx")


def through(kind: str = "Gain", inport: dict[str, object] | None = None, **parameters: object) -> Model:
    """u -> block -> y."""
    model = bridge.Model.new("w")
    model.root.add("Inport", "u", **(inport or {}))
    model.root.add(kind, "B", **parameters)
    model.root.add("Outport", "y")
    model.root.connect("u", "B")
    model.root.connect("B", "y")
    return model


def masked() -> Model:
    """A masked subsystem: y = 2 K u + the trapezoidal integral of 0.5 u, limited to 2."""
    model = bridge.Model.new("m")
    block = model.root.add("SubSystem", "PI")
    inside = block.subsystem
    assert inside is not None
    inside.add("Inport", "e")
    inside.add("Gain", "P", Gain="twice")
    inside.add(
        "DiscreteIntegrator",
        "I",
        IntegratorMethod="Integration: Trapezoidal",
        InitialConditionSetting="Auto",
        gainval="Ki",
        LimitOutput="on",
        UpperSaturationLimit="2",
        LowerSaturationLimit="-2",
    )
    inside.add("Sum", "both", Inputs="++")
    inside.add("Outport", "out")
    for source, destination in (("e", "P"), ("e", "I"), ("P", "both/1"), ("I", "both/2"), ("both", "out")):
        inside.connect(source, destination)
    parameters = [MaskParameter("K", "k"), MaskParameter("Ki", "0.5")]
    block.mask = Mask(initialization="twice = 2*K;", parameters=parameters)
    model.root.add("Inport", "u", SampleTime="0.5")
    model.root.add("Outport", "y")
    model.root.connect("u", "PI")
    model.root.connect("PI", "y")
    return model


U = np.array([1.0, 3.0, 3.0, 3.0, -8.0, -8.0, 0.5, 0.25])


def expected(k: float = 1.5, ki: float = 0.5, period: float = 0.5) -> np.ndarray[Any, Any]:
    x, rows = 0.0, []
    for u in U:
        y = np.clip(x + ki * period / 2 * u, -2, 2)
        x = np.clip(y + ki * period / 2 * u, -2, 2)
        rows.append(2 * k * u + y)
    return np.array(rows)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mask_can_be_set_also_where_its_subsystem_runs_alone(engine: str) -> None:
    if engine == "torch":
        pytest.importorskip("torch")
    run = {"workspace": {"k": 1.5}, "engine": engine}
    for given, numbers in (({}, {}), ({"PI/Ki": 2, "PI/K": "k*2"}, {"k": 3.0, "ki": 2.0})):
        whole = bridge.simulate(masked(), inputs={"u": U}, set=given, **run)["y"]
        alone = bridge.simulate(masked(), inputs={"e": U}, set=given, subsystem="PI", step=0.5, **run)["out"]
        # Numbers this small and few leave nothing to round but in the last place.
        np.testing.assert_allclose(whole, expected(**numbers), rtol=1e-15)
        np.testing.assert_array_equal(alone, whole)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_in_two_parts_and_one_by_steps_are_the_whole(engine: str) -> None:
    if engine == "torch":
        pytest.importorskip("torch")
    run = {"workspace": {"k": 1.5}, "engine": engine}
    whole = bridge.simulate(masked(), inputs={"u": U}, **run)["y"]
    first = bridge.simulate(masked(), inputs={"u": U[:3]}, **run)
    second = bridge.simulate(masked(), inputs={"u": U[3:]}, state=first.state, **run)
    np.testing.assert_array_equal(np.concatenate([first["y"], second["y"]]), whole)
    simulator = bridge.Simulator(masked(), **run)
    steps = [float(simulator.step(u)["y"]) for u in U[:3]]
    kept = simulator.state
    simulator.reset()
    simulator.state = kept
    steps += [float(simulator.step({"u": u})["y"]) for u in U[3:]]
    np.testing.assert_array_equal(steps, whole)


@pytest.mark.parametrize("engine", ENGINES)
def test_steps_go_on_where_a_run_has_ended(engine: str) -> None:
    """With its parameters and its time, on every engine; `reset` goes back to the simulator's own."""
    model = bridge.Model.new("m")
    for kind, name, parameters in (
        ("Gain", "Gain", {"Gain": "a"}),
        ("UnitDelay", "Delay", {"InitialCondition": "1", "SampleTime": "0.5"}),
        ("Outport", "y", {}),
    ):
        model.root.add(kind, name, **parameters)
    for source, destination in (("Delay", "Gain"), ("Gain", "Delay"), ("Delay", "y")):
        model.root.connect(source, destination)
    simulator = bridge.Simulator(model, {"a": 2.0}, engine=engine)
    assert [float(simulator.step()["y"]) for _ in range(2)] == [1, 2]
    assert simulator.run(steps=3, parameters={"a": 3.0})["y"].tolist() == [1, 3, 9]
    assert simulator.time == 1.5
    assert [float(simulator.step()["y"]) for _ in range(2)] == [27, 81]
    simulator.reset()
    assert [float(simulator.step()["y"]) for _ in range(2)] == [1, 2]


def test_rows_with_times_are_interpolated_and_go_on_as_a_line() -> None:
    times, rows = [0.5, 1.0, 1.0, 2.0], [0.0, 1.0, 5.0, 7.0]
    recording = bridge.simulate(through(), None, {"u": rows, "time": times}, step=0.25, stop_time=2.5)
    # From 0.5 on 2 s^-1, also before; at 1 the step's later value; then 2 s^-1, also behind.
    before = (recording.time < 1.0) * (2 * recording.time - 1)
    after = (recording.time >= 1.0) * (2 * recording.time + 3)
    np.testing.assert_allclose(recording["y"], before + after, rtol=1e-15)


@pytest.mark.parametrize("data", [np.array([1, 5, 9], np.int8), np.array([True, False, True])])
def test_integers_and_booleans_with_times_are_held(data: np.ndarray[Any, Any]) -> None:
    model = through("SignalSpecification") if data.dtype == bool else through("UnaryMinus")
    recording = bridge.simulate(model, None, {"u": data, "time": [0.5, 1.0, 2.0]}, step=0.5, stop_time=2.5)
    held = data[[0, 0, 1, 1, 2, 2]]
    np.testing.assert_array_equal(recording["y"], held if data.dtype == bool else -held)


def test_flags_and_words_are_set_by_value() -> None:
    """A number beside a word counts as its text; True is on. Neither may be ignored."""
    model = through("Sum", Inputs="+", OutDataTypeStr="int8", AccumDataTypeStr="Inherit: Same as first input")
    inputs = {"u": np.array([100.0, 200.0])}
    assert bridge.simulate(model, None, inputs)["y"].tolist() == [100, 200 - 256]
    assert bridge.simulate(model, None, inputs, set={"B/SaturateOnIntegerOverflow": True})["y"].tolist() == [100, 127]
    with pytest.raises(bridge.errors.UnsupportedBlock, match="Multiplication = '3'"):
        bridge.simulate(through(), None, {"u": U}, set={"B/Multiplication": 3})
    with pytest.raises(UsageError, match="'B/Gain' cannot be set to None"):
        bridge.simulate(through(), None, {"u": U}, set={"B/Gain": None})


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"v": [1.0]}, "there is no root Inport 'v'"),
        ({"u": 3.0}, "input 'u' is one number"),
        ({"u": ["a"]}, "input 'u' is no array of numbers"),
        ({"u": [None]}, "input 'u' is no array of numbers"),
        ({"u": [[1.0], [1.0, 2.0]]}, "input 'u' is no array of numbers"),
        ({"u": [1.0, 2.0], "time": [1.0, 0.0]}, "the time of input 'u'"),
    ],
    ids=str,
)
def test_data_that_do_not_fit_are_named(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        bridge.simulate(through(), None, inputs)


@pytest.mark.parametrize("value", [1.5, 300.0, float("nan")])
def test_data_are_never_cut_to_an_inports_integer_type(value: float) -> None:
    model = through("UnaryMinus", inport={"OutDataTypeStr": "int8"})
    assert bridge.simulate(model, None, {"u": [3.0, -4.0]})["y"].tolist() == [-3, 4]
    with pytest.raises(UsageError, match=f"input 'u' holds {value}, which its Inport's type int8 cannot hold"):
        bridge.simulate(model, None, {"u": [3.0, value]})
    with pytest.raises(UsageError, match="input 'u' holds"):
        bridge.Simulator(model).step(value)


def test_misuse_of_a_simulator_is_named() -> None:
    simulator = bridge.Simulator(through(Gain="k"), {"k": 2.0})
    with pytest.raises(UsageError, match="there is no root Inport 'v'; there are u"):
        simulator.step({"v": 1.0})
    with pytest.raises(UsageError, match="input 'u' is \\(2,\\)"):
        simulator.step([1.0, 2.0])
    with pytest.raises(UsageError, match="no workspace variable 'K' to replace; did you mean 'k'"):
        simulator.run(parameters={"K": 3.0})
    with pytest.raises(UsageError, match="steps = -1"):
        simulator.run(steps=-1)
    assert simulator.run({"u": [1.0]}, steps=1, parameters={"k": np.array([[3.0]])})["y"].tolist() == [3.0]


@pytest.mark.parametrize("port", ["0", "2"])
def test_a_port_that_there_is_not_cannot_be_logged(port: str) -> None:
    with pytest.raises(UsageError, match=f"'w/B' has no output {port}"):
        bridge.simulate(through(), None, {"u": U}, log=[f"B:{port}"])


@pytest.mark.parametrize(("stop", "message"), [(float("nan"), "not a number"), (float("inf"), "infinite")])
def test_a_stop_time_that_is_none(stop: float, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        bridge.simulate(through(), None, None, stop_time=stop)


def test_whole_numbers_in_lists_are_doubles_and_in_arrays_what_they_are() -> None:
    model = Model.new("same")
    model.root.add("Inport", "u")
    model.root.add("Outport", "y")
    model.root.connect("u", "y")
    assert bridge.simulate(model, inputs={"u": [1, 2]}, step=1)["y"].dtype == np.float64
    assert bridge.simulate(model, inputs={"u": np.array([1, 2])}, step=1)["y"].dtype == np.int64
    assert bridge.simulate(model, inputs={"u": [True, False]}, step=1)["y"].dtype == np.bool_
    with pytest.raises(UsageError, match=r"inputs= takes arrays by name, \{'u': array\}"):
        bridge.simulate(model, inputs=[1, 2], step=1)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="the stop time is a number of seconds, not 'soon'"):
        bridge.simulate(model, inputs={"u": [1, 2]}, stop_time="soon")  # type: ignore[arg-type]


def test_a_slip_in_a_parameter_of_a_diagram_made_here_is_refused_and_never_the_default() -> None:
    model = Model.new("m")
    model.root.add("Constant", "c", SampleTime="1")
    model.root.add("Gain", "g", Gian="3")
    model.root.add("Outport", "y")
    model.root.connect("c", "g")
    model.root.connect("g", "y")
    with pytest.raises(UsageError, match="block 'm/g' has no parameter 'Gian'; did you mean 'Gain'"):
        bridge.simulate(model)
