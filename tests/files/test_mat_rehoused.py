"""The same objects in both kinds of file: MAT 5, and MAT 7.3 made of it cell by cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mat_rehoused import alike, rehoused
from mat_subsystem import Subsystem

import bridge
from bridge.files import mat
from bridge.files.mat_objects import MatObject
from bridge.matlab.values import Cell, String


def test_objects_of_every_kind() -> None:
    subsystem = Subsystem(defaults={"p.K": {"Version": 2.0}})
    words = subsystem.string("a", None, "läng", shape=(3, 1))
    handle = subsystem.reserve("p.H")
    subsystem.fill(handle, {"self": subsystem.column(handle), "words": words, "many": [{"f": words}, {"f": 1.0}]})
    array = subsystem.column(handle, subsystem.add("p.K", {"any": {"v": 1.0}}), shape=(2, 1), class_name="p.Base")
    variables = {"x": ("p.H", subsystem.column(handle)), "y": ("p.Base", array), "w": ("string", words)}
    data = subsystem.mat5(variables, plain={"plain": {"a": [1.0, "text"]}})
    for natural in (True, False):
        one = mat.read_bytes(data, natural=natural)
        other = mat.read_bytes(rehoused(data), natural=natural)
        assert one.keys() == other.keys() == {"x", "y", "w", "plain"}
        assert all(alike(one[name], other[name]) for name in one)
    found = mat.read_bytes(rehoused(data))
    assert isinstance(found["x"], MatObject)
    assert found["x"]["self"] is found["x"]
    assert isinstance(found["w"], String)


def test_likeness_can_fail() -> None:
    circle, other = MatObject("K"), MatObject("K")
    circle.properties, other.properties = {"me": circle}, {"me": other}
    assert alike(circle, other)
    other.properties["me"] = MatObject("K", {"me": other})
    assert not alike(circle, other)
    for one, another in ((np.eye(2), np.ones((2, 2))), (Cell.row([1.0]), Cell.row([2.0])), (np.float32(1), 1.0)):
        assert not alike(one, another)


@pytest.mark.parametrize("name", ["LSTM", "Tuberculosis", "HepatitisB-Region"])
def test_a_trained_network_is_the_same_in_both(shared: Path, tmp_path: Path, name: str) -> None:
    path = shared / "corpus" / "nets" / "FENN" / f"{name}.mat"
    if not path.is_file():
        pytest.skip(f"the test data {path} are absent")
    again = tmp_path / "network.mat"
    again.write_bytes(rehoused(path.read_bytes()))
    one, other = mat.read(path), mat.read(again)
    assert one.keys() == other.keys()
    assert all(alike(one[key], other[key]) for key in one)
    network = bridge.load(again)
    assert isinstance(network, bridge.Network)
    assert network == bridge.load(path)
