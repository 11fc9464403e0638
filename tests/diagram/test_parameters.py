"""How parameters are read: the words of several releases, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block, run, single

from bridge.errors import UnsupportedBlock
from bridge.model import Model


@pytest.mark.parametrize(
    ("parameters", "dtype"),
    [
        ({}, "float64"),
        ({"OutDataTypeStr": "int8"}, "int8"),
        ({"OutDataTypeMode": "int8"}, "int8"),
        ({"OutDataTypeMode": "boolean"}, "bool"),
        ({"OutDataTypeMode": "Inherit from 'Constant value'"}, "float64"),
        ({"OutDataTypeMode": "Specify via dialog", "OutDataType": "sfix(16)", "OutScaling": "2^0"}, "int16"),
        ({"OutDataTypeMode": "Specify via dialog", "OutDataType": "ufix(8)", "OutScaling": "[]"}, "uint8"),
        ({"OutDataTypeMode": "Specify via dialog", "OutDataType": "uint(16)"}, "uint16"),
        ({"OutDataTypeMode": "Specify via dialog", "OutDataType": "float('single')"}, "float32"),
        # The type of the dialog stands there in any case, and means nothing without that mode.
        ({"OutDataTypeMode": "Inherit from 'Constant value'", "OutDataType": "sfix(16)"}, "float64"),
        # What newer releases write comes first.
        ({"OutDataTypeStr": "single", "OutDataTypeMode": "int8"}, "float32"),
    ],
)
def test_the_data_type_in_the_words_of_every_release(parameters: dict[str, str], dtype: str) -> None:
    assert one_block("Constant", steps=1, Value=1, **parameters).dtype == np.dtype(dtype)


def test_a_scaling_is_refused_by_name() -> None:
    old = {"OutDataTypeMode": "Specify via dialog", "OutDataType": "sfix(16)", "OutScaling": "2^-10"}
    with pytest.raises(UnsupportedBlock, match=r"sfix\(16\) with scaling 2\^-10"):
        one_block("Constant", steps=1, **old)


def test_a_library_link_of_an_older_release() -> None:
    kind = "simulink/Sources/Repeating Sequence Stair"
    assert one_block(kind, steps=1, OutputDataTypeScalingMode="uint8").dtype == np.uint8


@pytest.mark.parametrize(("mode", "dtype"), [("auto", "float64"), ("int8", "int8")])
def test_an_inport_of_an_older_release(mode: str, dtype: str) -> None:
    model = Model.new("m")
    model.root.add("Inport", "u", DataType=mode, OutDataType="sfix(16)", OutScaling="2^0")
    model.root.add("Outport", "y")
    model.root.connect("u", "y")
    assert run(model, step=1, stop_time=1)["y"].dtype == np.dtype(dtype)


def test_defaults_of_the_file_count_where_the_block_says_nothing() -> None:
    model = single("UnitDelay", 1)
    model.defaults["UnitDelay"] = {"X0": "7", "SampleTime": "2"}
    recording = run(model, inputs={"u1": np.arange(4.0)}, step=1, stop_time=3)
    assert recording["y1"].tolist() == [7, 0]
    model.root.block("block").parameters["InitialCondition"] = "3"
    assert run(model, inputs={"u1": np.arange(4.0)}, step=1, stop_time=3)["y1"].tolist() == [3, 0]


def test_a_choice_of_one_word_refuses_the_others() -> None:
    with pytest.raises(UnsupportedBlock, match="CoefSource = 'Input port'"):
        one_block("DiscreteFir", [[1.0]], CoefSource="Input port")
