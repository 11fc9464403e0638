"""Sources without a pattern, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block, run, single

from bridge.errors import DimensionMismatch, ParameterError, UnsupportedBlock
from bridge.model import Model

T = 0.1 * np.arange(11)


def over_time(kind: str, **parameters: object) -> np.ndarray:
    return np.asarray(one_block(kind, steps=11, step=0.1, **parameters))


@pytest.mark.parametrize(
    ("value", "vectors", "shape"),
    [
        ("3", "on", ()),
        ("[1 2 3]", "on", (3,)),
        ("[1;2;3]", "on", (3,)),
        ("[1 2 3]", "off", (1, 3)),
        ("[1;2;3]", "off", (3, 1)),
        ("[1 2;3 4]", "on", (2, 2)),
        ("reshape(1:8,2,2,2)", "on", (2, 2, 2)),
    ],
)
def test_the_shape_of_a_constant(value: str, vectors: str, shape: tuple[int, ...]) -> None:
    y = one_block("Constant", steps=2, Value=value, VectorParams1D=vectors)
    assert y.shape == (2, *shape)
    np.testing.assert_array_equal(y[0], y[1])
    assert y[0].ravel(order="F")[0] == y.min()


@pytest.mark.parametrize(
    ("value", "rule", "dtype", "expected"),
    [
        ("2.5", "Inherit: Inherit from 'Constant value'", "float64", 2.5),
        ("single(2.5)", "Inherit: Inherit from 'Constant value'", "float32", 2.5),
        ("int8(-3)", "Inherit: Inherit from 'Constant value'", "int8", -3),
        ("true", "Inherit: Inherit from 'Constant value'", "bool", True),
        ("2.5", "int16", "int16", 3),
        ("-2.5", "int16", "int16", -2),  # to the nearest, and halves up
        ("300", "uint8", "uint8", 255),
        ("2", "boolean", "bool", True),
        ("0.1", "single", "float32", float(np.float32(0.1))),
        ("2.5", "fixdt(1,16)", "int16", 3),
    ],
)
def test_the_data_type_of_a_constant(value: str, rule: str, dtype: str, expected: float) -> None:
    y = one_block("Constant", steps=1, Value=value, OutDataTypeStr=rule, exact=True)
    assert (y.dtype, y.tolist()) == (np.dtype(dtype), [expected])


@pytest.mark.parametrize("rule", ["fixdt(1,16,4)", "Bus: status", "Enum: Color"])
def test_other_data_types_are_refused_by_name(rule: str) -> None:
    with pytest.raises(UnsupportedBlock, match="OutDataTypeStr"):
        one_block("Constant", steps=1, OutDataTypeStr=rule)


def test_ground_is_zero() -> None:
    assert one_block("Ground", steps=2).tolist() == [0, 0]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8", "uint32", "bool"])
def test_an_inport_takes_the_data_as_they_are(dtype: str) -> None:
    u = np.array([[1, 0], [0, 1]], dtype)
    y = one_block("Gain" if dtype == "float64" else "ZeroOrderHold", [u], exact=True)
    assert y.dtype == u.dtype
    np.testing.assert_array_equal(y, u)


def inport(**parameters: object) -> Model:
    model = Model.new("m")
    model.root.add("Inport", "u1", **parameters)
    model.root.add("Outport", "y1")
    model.root.connect("u1", "y1")
    return model


def test_an_inport_without_data_is_zero() -> None:
    assert run(inport(PortDimensions="[2 3]"), step=1, stop_time=1)["y1"].tolist() == np.zeros((2, 2, 3)).tolist()


def test_an_inport_of_a_size_that_the_data_do_not_have() -> None:
    with pytest.raises(DimensionMismatch, match="PortDimensions"):
        run(inport(PortDimensions="3"), inputs={"u1": np.zeros((2, 2))}, step=1, stop_time=1)


def test_an_inport_with_a_data_type_of_its_own() -> None:
    y = run(inport(OutDataTypeStr="single"), inputs={"u1": [0.1, 0.2]}, step=1, stop_time=1)["y1"]
    assert y.dtype == np.float32


def test_a_clock_tells_the_time() -> None:
    np.testing.assert_array_equal(over_time("Clock"), np.arange(11) * 0.1)


def test_a_digital_clock_tells_it_at_its_hits() -> None:
    assert one_block("DigitalClock", steps=11, step=0.1, SampleTime=0.3).tolist() == [0.1 * k for k in (0, 3, 6, 9)]


def test_a_step_has_its_final_value_at_its_time() -> None:
    y = over_time("Step", Time=0.5, Before=-1, After=2)
    np.testing.assert_array_equal(y, np.where(T < 0.5, -1.0, 2.0))
    assert y[5] == 2


def test_steps_of_several_elements() -> None:
    y = over_time("Step", Time="[0.25 0.45]", Before="[1 2]", After=0)
    np.testing.assert_array_equal(y, np.where(T[:, None] < [0.25, 0.45], [1.0, 2.0], 0.0))


@pytest.mark.parametrize("first", [{"InitialOutput": 3}, {"X0": 3}, {"X0": 9, "InitialOutput": 3}])
def test_a_ramp(first: dict[str, float]) -> None:
    y = over_time("simulink/Sources/Ramp", slope=2, start=0.35, **first)
    np.testing.assert_allclose(y, 3 + np.where(T < 0.35, 0, 2 * (T - 0.35)), rtol=1e-15)


def test_parameters_that_do_not_fit_each_other_are_refused() -> None:
    with pytest.raises(DimensionMismatch, match="size"):
        one_block("Step", steps=1, Before="[1 2]", After="[1 2 3]")
    with pytest.raises(ParameterError, match="Value"):
        one_block("Constant", steps=1, Value="'text'")


def test_parameters_are_workspace_variables_that_may_be_replaced() -> None:
    from bridge.simulation import Simulator

    simulator = Simulator(single("Step", 0, Time="t0", After="2*a"), {"t0": 1.0, "a": 1.0}, step=1, stop_time=2)
    assert simulator.run()["y1"].tolist() == [0, 2, 2]
    assert simulator.run(parameters={"t0": [[2.0]], "a": [[4.0]]})["y1"].tolist() == [0, 0, 8]
