"""Conversions of data types against exact arithmetic, and blocks that check or report what a signal is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block, run, single
from stored_integers import LONG_INTEGERS, ROUND, edges, stored

from bridge.errors import DimensionMismatch, TypeMismatch, UnsupportedBlock
from bridge.model import Model
from bridge.simulation import simulate

NAMES = {"double": "float64", "single": "float32", "boolean": "bool", **{name: name for name in LONG_INTEGERS}}
# Halves to round, the limits of every integer type with their neighbours, and what no integer holds.
FLOATS = [0.0, -0.0, 0.25, 0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 0.75, -0.75, 0.49999999999999994]
FLOATS += [math.inf, -math.inf, math.nan, 2.0**53 + 2, 2.0**63, -(2.0**63), 2.0**64, 2.0**64 - 2048]
FLOATS += [2.0**63 - 1024, -(2.0**63) - 2048, 1e19, -1e19, 3e25]
FLOATS += [s * (2.0**bits + step) for bits in (7, 8, 15, 16, 31, 32) for step in (-1, -0.5, 0, 1) for s in (1, -1)]


def values(dtype: str) -> np.ndarray:
    """Numbers of a type at which conversions differ."""
    if dtype == "bool":
        return np.array([False, True])
    return edges(dtype) if dtype in LONG_INTEGERS else np.array(FLOATS).astype(dtype)


def converted(x: Any, dtype: str, rounding: str, saturate: bool) -> Any:
    """One number in another type."""
    if dtype == "bool":
        return bool(x != 0)
    if dtype in LONG_INTEGERS:
        return stored(x if isinstance(x, np.floating) else int(x), dtype, rounding, saturate)
    return np.asarray(x).astype(dtype).item()


@pytest.mark.parametrize("source", list(NAMES))
def test_every_type_to_every_type(source: str) -> None:
    """All targets, roundings and overflows in one diagram, whose blocks share the input."""
    u = values(NAMES[source])
    model = Model.new("m")
    model.root.add("Inport", "u")
    expected: dict[str, tuple[str, list[Any]]] = {}
    for target, dtype in NAMES.items():
        for rounding in ROUND if source in ("double", "single") and dtype in LONG_INTEGERS else ("Floor",):
            for saturate in (False, True):
                name = f"{target} {rounding} {saturate}"
                options = {"OutDataTypeStr": target, "RndMeth": rounding, "SaturateOnIntegerOverflow": saturate}
                model.root.add("DataTypeConversion", f"convert {name}", **options)
                model.root.add("Outport", name, Port=len(expected) + 1)
                model.root.connect("u", f"convert {name}")
                model.root.connect(f"convert {name}", name)
                expected[name] = dtype, [converted(x, dtype, rounding, saturate) for x in u]
    recorded = run(model, exact=True, inputs={"u": u}, step=1, stop_time=len(u) - 1)
    for name, (dtype, numbers) in expected.items():
        assert recorded[name].dtype == dtype, name
        np.testing.assert_array_equal(recorded[name], np.array(numbers, dtype), err_msg=f"{source} to {name}")


def test_nan_is_true() -> None:
    y = one_block("DataTypeConversion", [[math.nan, 0.0]], OutDataTypeStr="boolean", exact=True)
    assert y.tolist() == [True, False]


@pytest.mark.parametrize("equal", ["Real World Value (RWV)", "Stored Integer (SI)"])
def test_built_in_types_have_one_value_in_the_real_world_and_in_memory(equal: str) -> None:
    y = one_block("DataTypeConversion", [[-3.75]], OutDataTypeStr="int8", ConvertRealWorld=equal, exact=True)
    assert (y.dtype, y.tolist()) == (np.int8, [-3])


def test_the_defaults_round_towards_zero_and_saturate() -> None:
    y = one_block("DataTypeConversion", [[-3.75, 3.75, 300.0]], OutDataTypeStr="int8", exact=True)
    assert y.tolist() == [-3, 3, 127]


def test_a_complex_number_stays_complex() -> None:
    model = single("DataTypeConversion", 1, OutDataTypeStr="single")
    recorded = run_numpy(model, np.array([1.5 - 2j]))
    assert (recorded.dtype, recorded.tolist()) == (np.complex64, [1.5 - 2j])
    with pytest.raises(UnsupportedBlock, match="complex input and int8 output"):
        run_numpy(single("DataTypeConversion", 1, OutDataTypeStr="int8"), np.array([1j]))


def run_numpy(model: Model, u: np.ndarray) -> np.ndarray:
    """The output on the one engine that has all complex functions."""
    return simulate(model, inputs={"u1": u}, stop_time=0, step=1)["y1"]


@pytest.mark.parametrize("text", ["fixdt(1,16,4)", "MyAlias", "Enum: Colour"])
def test_types_that_are_not_built_in_are_refused_by_name(text: str) -> None:
    with pytest.raises(UnsupportedBlock, match="m/block: DataTypeConversion with OutDataTypeStr"):
        one_block("DataTypeConversion", [[1.0]], OutDataTypeStr=text)


@pytest.mark.parametrize(
    ("text", "dtype"), [("fixdt(1,16,0)", "int16"), ("fixdt(0,8)", "uint8"), ("fixdt('single')", "float32")]
)
def test_other_words_for_built_in_types(text: str, dtype: str) -> None:
    assert one_block("DataTypeConversion", [[1.0]], OutDataTypeStr=text, exact=True).dtype == dtype


def test_the_oldest_files_name_the_type_in_the_mode() -> None:
    y = one_block("DataTypeConversion", [[200.0]], OutDataTypeMode="int8", SaturateOnIntegerOverflow="off", exact=True)
    assert (y.dtype, y.tolist()) == (np.int8, [-56])


def test_a_conversion_to_the_type_of_another_signal() -> None:
    name = "simulink/Signal Attributes/Data Type\nConversion Inherited"
    y = one_block(name, [np.int8([0, 0]), [200.5, -1.5]], exact=True)
    assert (y.dtype, y.tolist()) == (np.int8, [-56, -1])
    assert one_block(name, [np.int8([0]), [200.5]], DoSatur="on", exact=True).tolist() == [127]


# What a block further on asks for ------------------------------------------------------------------------------------


def driving(kind: str, other: str, **parameters: object) -> Model:
    """u (double) through a conversion into `kind`, beside a signal of the data type `other`."""
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u")
    root.add("Inport", "v", Port=2, OutDataTypeStr=other)
    root.add("DataTypeConversion", "convert")
    root.add(kind, "block", **parameters)
    root.add("Outport", "converted")
    root.add("Outport", "y", Port=2)
    for source, target in (("u", "convert"), ("convert", "block/1"), ("v", "block/2"), ("convert", "converted")):
        root.connect(source, target)
    root.connect("block", "y")
    return model


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("Sum", {"InputSameDT": "on"}),
        ("Product", {"InputSameDT": "on"}),
        ("MinMax", {"Inputs": 2}),
        ("RelationalOperator", {"Operator": "<"}),
        ("Logic", {}),
        ("DotProduct", {}),
    ],
)
def test_a_conversion_takes_the_type_that_the_next_block_wants(kind: str, parameters: dict[str, object]) -> None:
    inputs = {"u": np.array([2.75]), "v": np.array([3], np.int16)}
    recorded = run(driving(kind, "int16", **parameters), exact=True, inputs=inputs, stop_time=0, step=1)
    assert (recorded["converted"].dtype, recorded["converted"].tolist()) == (np.int16, [2])


def test_a_conversion_that_nobody_asks_anything_gives_double() -> None:
    model = driving("Sum", "int16", InputSameDT="off", OutDataTypeStr="double")
    recorded = run(model, exact=True, inputs={"u": np.int8([2]), "v": np.int16([3])}, stop_time=0, step=1)
    assert (recorded["converted"].dtype, recorded["y"].tolist()) == (float, [5])


def test_other_blocks_inherit_from_what_they_drive_too() -> None:
    model = driving("Sum", "int8", InputSameDT="on")
    model.root.add("Gain", "gain", Gain=100, OutDataTypeStr="Inherit: Inherit via back propagation")
    model.root.add("Sum", "second", InputSameDT="on")
    model.root.add("Outport", "z", Port=3)
    for source, target in (("u", "gain"), ("gain", "second/1"), ("v", "second/2"), ("second", "z")):
        model.root.connect(source, target)
    recorded = run(model, exact=True, inputs={"u": np.array([1.5]), "v": np.int8([3])}, stop_time=0, step=1)
    assert (recorded["z"].dtype, recorded["z"].tolist()) == (np.int8, [-103])


def test_the_question_goes_out_of_an_enabled_subsystem() -> None:
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u")
    root.add("Inport", "v", Port=2)
    root.add("Constant", "on", Value=1)
    inside = root.add("SubSystem", "inside").subsystem
    assert inside is not None
    for kind in ("Inport", "EnablePort", "DataTypeConversion", "Outport"):
        inside.add(kind, {"Inport": "in", "DataTypeConversion": "convert", "Outport": "out"}.get(kind, "enable"))
    inside.connect("in", "convert")
    inside.connect("convert", "out")
    root.add("Sum", "sum", InputSameDT="on")
    root.add("Outport", "y")
    root.connect("on", "inside/enable")
    for source, target in (("u", "inside/1"), ("inside", "sum/1"), ("v", "sum/2"), ("sum", "y")):
        root.connect(source, target)
    recorded = run(model, exact=True, inputs={"u": np.array([2.75]), "v": np.uint8([255])}, stop_time=0, step=1)
    assert (recorded["y"].dtype, recorded["y"].tolist()) == (np.uint8, [1])


def test_a_constant_takes_the_type_that_the_next_block_wants() -> None:
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u")
    root.add("Constant", "one", Value="1.6", OutDataTypeStr="Inherit: Inherit via back propagation")
    root.add("Sum", "sum", InputSameDT="on")
    root.add("Outport", "y")
    for source, target in (("u", "sum/1"), ("one", "sum/2"), ("sum", "y")):
        root.connect(source, target)
    recorded = run(model, exact=True, inputs={"u": np.uint8([255])}, stop_time=0, step=1)
    assert (recorded["y"].dtype, recorded["y"].tolist()) == (np.uint8, [1])


def test_a_specified_type_is_asked_for() -> None:
    model = single("DataTypeConversion", 1)
    model.root.lines.clear()
    model.root.add("SignalSpecification", "specified", OutDataTypeStr="uint8")
    for source, target in (("u1", "block"), ("block", "specified"), ("specified", "y1")):
        model.root.connect(source, target)
    recorded = run(model, exact=True, inputs={"u1": np.array([7.9])}, stop_time=0, step=1)
    assert (recorded["y1"].dtype, recorded["y1"].tolist()) == (np.uint8, [7])


# Blocks that change nothing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["SignalConversion", "SignalSpecification", "RateTransition"])
@pytest.mark.parametrize("dtype", ["float64", "int8", "bool"])
def test_signals_go_through(kind: str, dtype: str) -> None:
    u = np.arange(6).reshape(3, 2).astype(dtype)
    y = one_block(kind, [u], exact=True)
    np.testing.assert_array_equal(y, u)
    assert y.dtype == dtype


def test_a_signal_has_what_is_specified() -> None:
    u = np.ones((1, 2, 3), np.float32)
    assert one_block("SignalSpecification", [u], Dimensions="[2 3]", OutDataTypeStr="single").shape == (1, 2, 3)
    assert one_block("SignalSpecification", [[1.0]], Dimensions="1", SignalType="real").tolist() == [1]
    with pytest.raises(DimensionMismatch, match=r"m/block: the signal is single\[2x3\], its Dimensions say 3x2"):
        one_block("SignalSpecification", [u], Dimensions="[3 2]")
    with pytest.raises(TypeMismatch, match="m/block: the signal is single, its data type is specified as double"):
        one_block("SignalSpecification", [u], OutDataTypeStr="double")
    with pytest.raises(TypeMismatch, match="specified as complex"):
        one_block("SignalSpecification", [u], SignalType="complex")


def test_data_types_that_must_be_alike() -> None:
    model = single("DataTypeDuplicate", 2, 0)
    model.root.add("Outport", "y")
    model.root.connect("u1", "y")
    same = run(model, exact=True, inputs={"u1": np.int8([1]), "u2": np.int8([2])}, stop_time=0, step=1)
    assert same["y"].tolist() == [1]
    with pytest.raises(TypeMismatch, match="m/block: its inputs must have one data type, not double and int8"):
        run(model, inputs={"u1": np.int8([1]), "u2": np.ones(1)}, stop_time=0, step=1)


@pytest.mark.parametrize(("shape", "width"), [((), 1), ((3,), 3), ((2, 3), 6)])
def test_the_number_of_elements(shape: tuple[int, ...], width: int) -> None:
    u = np.zeros((2, *shape), np.int8)
    y = one_block("Width", [u], exact=True)
    assert (y.dtype, y.tolist()) == (float, [width, width])
    assert one_block("Width", [u], DataType="uint16", exact=True).dtype == np.uint16
    assert one_block("Width", [u], OutDataTypeMode="All ports same datatype", exact=True).dtype == np.int8


# Rates ---------------------------------------------------------------------------------------------------------------


def transition(slow_input: bool, **parameters: object) -> Any:
    """A signal that counts 0, 1, 2, … every 0.1 s or 0.3 s through a transition to the other rate, over 1.2 s."""
    periods = ("0.3", "0.1") if slow_input else ("0.1", "0.3")
    model = Model.new("m")
    root = model.root
    root.add("Inport", "u", SampleTime=periods[0])
    root.add("Inport", "clock", Port=2, SampleTime="0.1")
    root.add("RateTransition", "block", OutPortSampleTime=periods[1], **parameters)
    root.add("Outport", "y")
    root.add("Terminator", "end")
    for source, target in (("u", "block"), ("block", "y"), ("clock", "end")):
        root.connect(source, target)
    count = np.arange(13.0)
    inputs = {"u": count // 3 if slow_input else count, "clock": count}
    return run(model, exact=True, inputs=inputs, step=0.1, stop_time=1.2)


def test_a_fast_signal_is_sampled() -> None:
    recorded = transition(slow_input=False)
    assert recorded["y"].tolist() == [0, 3, 6, 9, 12]
    np.testing.assert_allclose(recorded.times["y"], [0, 0.3, 0.6, 0.9, 1.2], atol=1e-15)


def test_a_slow_signal_comes_one_slow_sample_later() -> None:
    recorded = transition(slow_input=True, InitialCondition="-1")
    assert recorded["y"].tolist() == [-1, -1, -1, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3]


def test_a_slow_signal_comes_at_once_where_nothing_is_guaranteed() -> None:
    recorded = transition(slow_input=True, Deterministic="off")
    assert recorded["y"].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4]


def test_a_multiple_of_the_inputs_rate_is_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="OutPortSampleTimeMultiple = 3"):
        transition(
            slow_input=False, OutPortSampleTimeOpt="Multiple of input port sample time", OutPortSampleTimeMultiple=3
        )
