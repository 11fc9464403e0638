"""Variables that a run replaces, wherever they are held."""

from __future__ import annotations

import numpy as np
import pytest

import bridge
from bridge.errors import MatlabError, UsageError
from bridge.model import Model


def scaled() -> Model:
    """Constant a, times b, which the model holds itself, as is c."""
    model = Model.new("m")
    model.configure(StopTime="1", FixedStep="1", SolverName="FixedStepDiscrete")
    model.parameters |= {"WSDataSource": "MATLAB Code", "WSMCode": "b = 3; c = 5;"}
    model.root.add("Constant", "a", Value="a")
    model.root.add("Gain", "gain", Gain="b")
    model.root.add("Outport", "y")
    model.root.connect("a", "gain")
    model.root.connect("gain", "y")
    return model


@pytest.mark.parametrize(
    ("settings", "y"),
    [
        ({}, 6),
        ({"a": 10.0}, 30),
        ({"b": 10.0}, 20),
        ({"b": "c + 2*a"}, 18),
        ({"a": "b", "gain/Gain": "c"}, 15),
    ],
    ids=str,
)
def test_a_variable_is_replaced_wherever_it_is_held(settings: dict[str, object], y: float) -> None:
    for engine in ("numpy", "compiled"):
        found = bridge.simulate(scaled(), {"a": 2.0}, set=settings, engine=engine)["y"]
        np.testing.assert_array_equal(found, [y, y])


def test_a_variable_that_nobody_holds_is_given() -> None:
    np.testing.assert_array_equal(bridge.simulate(scaled(), set={"a": "4"})["y"], [12, 12])


def test_what_is_no_variable_is_named() -> None:
    with pytest.raises(UsageError, match=r"'A' is no variable of m, nor a parameter, .*; did you mean 'a'\?"):
        bridge.simulate(scaled(), {"a": 2.0}, set={"A": 1.0})
    with pytest.raises(MatlabError, match="variable a to set: undefined variable or function 'q'"):
        bridge.simulate(scaled(), {"a": 2.0}, set={"a": "q"})
