"""Shallow networks of random structure on every engine, against the toolbox's formulas written out in numpy.

In double precision; 1e-9 of values of the size of one leaves room for a gain of 100 in a softmax or a short distance.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from shallow_networks import TRANSFER, WEIGHTS, shallow, simulated

from bridge import neural
from bridge.errors import UnsupportedLayer
from bridge.network import Processing, ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput, Weight
from bridge.network.shallow import KNOWN
from bridge.prediction import predict

ENGINES = ("torch", "onnx", "compiled")


def drive(net: ShallowNetwork, seed: int, steps: int = 6, unknown: bool = False) -> tuple[list, list, list]:
    random = np.random.default_rng(seed)
    xs = [random.normal(size=(each.size, steps)) for each in net.inputs]
    if unknown:
        xs = [np.where(random.random(x.shape) < 0.3, np.nan, x) for x in xs]
    Xi = [random.normal(size=(each.size, net.delays_of_input(k))) for k, each in enumerate(net.inputs, 1)]
    Ai = [random.normal(size=(each.size, net.delays_of_layer(k))) for k, each in enumerate(net.layers, 1)]
    return xs, Xi, Ai


def outputs(net: ShallowNetwork, xs: list, **call: object) -> list[np.ndarray]:
    y = predict(net, xs if len(xs) > 1 else xs[0], layout="CT" if net.dynamic else "CB", **call)
    return list(y.values()) if isinstance(y, dict) else [y]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), delays=st.booleans())
def test_random_networks_against_the_formulas(seed: int, delays: bool) -> None:
    net = shallow(seed, delays=delays)
    xs, Xi, Ai = drive(net, seed)
    try:
        with np.errstate(invalid="raise", divide="raise"):
            expected = simulated(net, xs, Xi, Ai)
    except FloatingPointError:  # normprod of a layer that says nothing but zeros
        reject()
    ours = outputs(net, xs, state=(Xi, Ai) if net.dynamic else None)
    for y, wanted in zip(ours, expected, strict=True):
        assert y.dtype == np.float64
        np.testing.assert_allclose(y, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_agree(engine: str) -> None:
    for seed in (3, 14, 15, 92, 65):
        net = shallow(seed)
        xs, Xi, Ai = drive(net, seed)
        state = (Xi, Ai) if net.dynamic else None
        found = outputs(net, xs, state=state, engine=engine)
        for ours, theirs in zip(outputs(net, xs, state=state), found, strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=1e-9, atol=1e-9)


def one_layer(transfer: str = "purelin", weight: str = "dotprod", **more: object) -> ShallowNetwork:
    random = np.random.default_rng(1)
    w = Weight(random.normal(size=(4, 3)), weightFcn=weight)
    layer = ShallowLayer(4, transfer, b=random.normal(size=4), **more)  # type: ignore[arg-type]
    return ShallowNetwork([ShallowInput(3)], [layer], [ShallowOutput(1, 4)], {(1, 1): w})


@pytest.mark.parametrize("transfer", TRANSFER)
def test_each_transfer_function_for_many_observations_and_for_one(transfer: str) -> None:
    net = one_layer(transfer)
    x = np.random.default_rng(2).normal(size=(3, 1500))  # more than one block
    y = predict(net, x)
    expected = simulated(net, [x], [np.zeros((3, 0))], [np.zeros((4, 0))])[0]
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(predict(net, x.T, layout="BC"), expected.T, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(predict(net, x[:, 7], layout="C"), expected[:, 7], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("weight", sorted(set(WEIGHTS)))
@pytest.mark.parametrize("engine", ["numpy", *ENGINES])
def test_each_weight_function(weight: str, engine: str) -> None:
    net = one_layer(weight=weight)
    x = np.random.default_rng(2).normal(size=(3, 5))
    expected = simulated(net, [x], [np.zeros((3, 0))], [np.zeros((4, 0))])[0]
    np.testing.assert_allclose(predict(net, x, engine=engine), expected, rtol=1e-12)


def test_unknown_values_are_replaced_and_flagged() -> None:
    """The documented example of fixunknowns: a row with NaN becomes two."""
    fix = Processing("fixunknowns", {"unknown": [2, 3], "xmeans": [2.5, 5.0, 2.5]})
    net = ShallowNetwork(
        [ShallowInput(3, [fix])], [ShallowLayer(5, "purelin")], [ShallowOutput(1, 5)], {(1, 1): Weight(np.eye(5))}
    )
    x = np.array([[1.0, 2, 3, 4], [4, np.nan, 6, 5], [np.nan, 2, 3, np.nan]])
    expected = [[1, 2, 3, 4], [4, 5, 6, 5], [1, 0, 1, 1], [2.5, 2, 3, 2.5], [0, 1, 1, 0]]
    for engine in ("numpy", *ENGINES):
        np.testing.assert_array_equal(predict(net, x, engine=engine), expected)


def test_an_output_whose_rows_were_all_constant() -> None:
    constant = Processing("removeconstantrows", {"keep": [], "remove": [1, 2], "constants": [3.0, 4.0]})
    net = ShallowNetwork(
        [ShallowInput(1)],
        [ShallowLayer(0, "purelin")],
        [ShallowOutput(1, 2, [constant])],
        {(1, 1): Weight(np.zeros((0, 1)))},
    )
    np.testing.assert_array_equal(predict(net, np.zeros((1, 3))), [[3, 3, 3], [4, 4, 4]])


def test_the_known_functions_are_those_that_are_defined() -> None:
    assert set(KNOWN["transferFcn"]) == set(neural.TRANSFER)
    assert set(KNOWN["netInputFcn"]) == set(neural.NET_INPUT)
    assert set(KNOWN["weightFcn"]) == set(neural.WEIGHT)


@pytest.mark.parametrize(
    ("net", "said"),
    [
        (one_layer("mysig"), r"layers\{1\}.*transferFcn mysig"),
        (one_layer(weight="convwf"), r"IW\{1,1\}.*weightFcn convwf"),
        (one_layer(netInputFcn="mysum"), r"layers\{1\}.*netInputFcn mysum"),
    ],
)
def test_other_functions_are_refused_by_name_and_place(net: ShallowNetwork, said: str) -> None:
    with pytest.raises(UnsupportedLayer, match=said):
        predict(net, np.zeros((3, 2)))


def test_what_cannot_be_undone_is_refused_by_name() -> None:
    fix = Processing("fixunknowns", {"unknown": [1], "xmeans": [0.0]})
    net = ShallowNetwork(
        [ShallowInput(1)], [ShallowLayer(2, "purelin")], [ShallowOutput(1, 1, [fix])], {(1, 1): Weight(np.ones((2, 1)))}
    )
    with pytest.raises(UnsupportedLayer, match=r"outputs\{1\}.*fixunknowns"):
        predict(net, np.zeros((1, 2)))
