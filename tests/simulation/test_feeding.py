"""Data for From Workspace blocks: they take the place of the variables that the blocks read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_diagrams import inside, wired

import bridge
from bridge.errors import UnknownInput, UsageError
from bridge.model import Mask, MaskParameter, Model
from bridge.simulation.feeding import sources

TIME = np.arange(5.0)
DATA = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0]])


def reading(text: str, stop: str = "4") -> Model:
    """From Workspace -> Gain -> Outport."""
    model = Model.new("m")
    model.configure(StopTime=stop, FixedStep="1", SolverName="FixedStepDiscrete", SolverType="Fixed-step")
    model.root.add("FromWorkspace", "source", VariableName=text, SampleTime="1")
    model.root.add("Gain", "gain", Gain="2")
    model.root.add("Outport", "y")
    wired(model.root, "source -> gain -> y")
    return model


@pytest.mark.parametrize("name", ["u", "source"])
def test_times_and_data_of_a_pair_are_replaced_and_what_depends_on_them_follows(name: str) -> None:
    workspace = {"t": np.array([0.0, 1.0]), "u": np.zeros((2, 2))}
    found = bridge.simulate(reading("[t, u]", "t(end)"), workspace, {"time": TIME, name: DATA})
    np.testing.assert_array_equal(found["y"], 2 * DATA)
    np.testing.assert_array_equal(found.time, TIME)


def test_without_times_those_of_the_workspace_go_on(tmp_path: Path) -> None:
    workspace = {"t": np.array([0.0, 1.0]), "u": np.zeros((2, 2))}
    np.testing.assert_array_equal(bridge.simulate(reading("[t u]", "t(end)"), workspace, {"u": DATA})["y"], 2 * DATA)
    bridge.save(workspace, tmp_path / "w.mat")
    found = bridge.simulate(reading("[t u]", "t(end)"), tmp_path / "w.mat", {"u": DATA})
    np.testing.assert_array_equal(found["y"], 2 * DATA)
    held = {"simin": np.array([[0.0, 7.0], [1.0, 8.0]])}
    np.testing.assert_array_equal(bridge.simulate(reading("simin"), held, {"simin": DATA})["y"], 2 * DATA)


def test_a_step_gives_the_times_and_no_workspace_is_needed() -> None:
    found = bridge.simulate(reading("[t u]"), None, {"u": DATA[:, 0]}, step=1)
    np.testing.assert_array_equal(found["y"], 2 * DATA[:, 0])


@pytest.mark.parametrize("data", [DATA, DATA.astype(np.int16), DATA.reshape(5, 1, 2)], ids=["", "int16", "matrix"])
def test_one_variable_holds_both(data: Any) -> None:
    model = reading("simin")
    model.root.add("Outport", "z", Port=2)
    wired(model.root, "source -> z")
    model.find("gain").parameters["OutDataTypeStr"] = "Inherit: Same as input"
    found = bridge.simulate(model, None, {"time": TIME, "simin": data})
    np.testing.assert_array_equal(found["z"], data)
    np.testing.assert_array_equal(found["y"], 2 * data)
    assert found["y"].dtype == data.dtype


def test_the_variables_of_the_model_itself_are_replaced() -> None:
    net = bridge.Network([bridge.SequenceInput(2), bridge.LSTM(3), bridge.FullyConnected(1)]).initialize(0)
    model = bridge.api.crossed(net, "net.slx")
    for engine in ("numpy", "onnx", "compiled"):
        found = bridge.simulate(model, None, {"u": DATA}, engine=engine)["y"]
        np.testing.assert_allclose(found, bridge.predict(net, DATA, precision="double").ravel(), rtol=1e-13)


def test_any_other_expression_gives_way_to_the_data_also_behind_a_mask() -> None:
    np.testing.assert_array_equal(
        bridge.simulate(reading("[0 1; 2 3]"), None, {"time": TIME, "source": DATA})["y"], 2 * DATA
    )
    model = reading("[t u]")
    sub = model.root.add("SubSystem", "sub", u="3")
    sub.mask = Mask(parameters=[MaskParameter(name="u", value="3")])
    system = inside(sub)
    system.add("FromWorkspace", "inner", VariableName="u", SampleTime="1")
    system.add("Outport", "out")
    wired(system, "inner -> out")
    model.root.add("Outport", "z", Port=2)
    wired(model.root, "sub -> z")
    found = bridge.simulate(model, None, {"time": TIME, "sub/inner": DATA, "u": -DATA})
    np.testing.assert_array_equal(found["z"], DATA)
    np.testing.assert_array_equal(found["y"], -2 * DATA)
    assert [(source.path, source.time, source.data) for source in sources(model)] == [
        ("source", "t", "u"),
        ("sub/inner", "", ""),
    ]


def test_inports_take_theirs_beside_them() -> None:
    model = reading("[t u]")
    model.root.add("Inport", "in")
    model.root.add("Outport", "z", Port=2)
    wired(model.root, "in -> z")
    found = bridge.simulate(model, None, {"time": TIME, "u": DATA, "in": TIME + 1})
    np.testing.assert_array_equal(found["y"], 2 * DATA)
    np.testing.assert_array_equal(found["z"], TIME + 1)


def test_a_simulator_takes_them_too() -> None:
    simulator = bridge.Simulator(reading("[t u]"), inputs={"time": TIME, "u": DATA})
    assert simulator.fed == {"u"}
    np.testing.assert_array_equal(simulator.step()["y"], 2 * DATA[0])


def test_gradients_and_tuning_take_them_too() -> None:
    model = reading("[t u]", "t(end)")
    model.find("gain").parameters["Gain"] = "k"
    given = {"time": TIME, "u": DATA}
    slope = bridge.gradient(model, {"k": 2.0}, loss={"y": 3 * DATA}, of=["k"], inputs=given)
    np.testing.assert_allclose(slope.variables["k"], 2 * -1 * np.mean(DATA**2))
    pytest.importorskip("torch")
    options = bridge.TrainingOptions("sgdm", MaxEpochs=20, InitialLearnRate=0.01, Momentum=0.0)
    tuned = bridge.tune(model, {"k": 2.0}, ["k"], loss={"y": 3 * DATA}, inputs=given, options=options)
    np.testing.assert_allclose(tuned.variables["k"], 3, rtol=1e-6)


def test_misuse_is_named() -> None:
    model = reading("[t u]")
    with pytest.raises(UnknownInput, match="no From Workspace block 'v' in m; there are u") as caught:
        bridge.simulate(model, None, {"time": TIME, "v": DATA})
    assert caught.value.known == ["u"]
    with pytest.raises(UsageError, match="input 'u' of the From Workspace block 'source' needs times"):
        bridge.simulate(model, None, {"u": DATA})
    with pytest.raises(UsageError, match="input 'u' has 5 rows, but time 4"):
        bridge.simulate(model, None, {"time": TIME[:4], "u": DATA})
    simulator = bridge.Simulator(model, inputs={"time": TIME, "u": DATA})
    with pytest.raises(UsageError, match="'u' went into a From Workspace block when this simulator was made"):
        simulator.run({"u": DATA})
    other = inside(model.root.add("SubSystem", "sub"))
    other.add("FromWorkspace", "source", VariableName="v", SampleTime="1")
    with pytest.raises(UsageError, match="'source' may be for each of the From Workspace blocks source, sub/source"):
        bridge.simulate(model, None, {"time": TIME, "source": DATA})


def test_blocks_of_one_variable_take_the_same_data() -> None:
    model = reading("[t u]")
    model.root.add("FromWorkspace", "again", VariableName="[t u]", SampleTime="1")
    model.root.add("Outport", "z", Port=2)
    wired(model.root, "again -> z")
    found = bridge.simulate(model, None, {"time": TIME, "u": DATA})
    np.testing.assert_array_equal(found["z"], DATA)
