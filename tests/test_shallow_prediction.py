"""`predict` of a shallow network: the forms of data and states, steps carried on, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from shallow_networks import shallow, simulated

import bridge
from bridge.errors import LayoutError, UsageError
from bridge.matlab.values import Cell
from bridge.network import ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput, Weight

RANDOM = np.random.default_rng(8)


def narx(closed: bool) -> ShallowNetwork:
    """Two inputs, of which the second is the output before; or that as a loop."""
    random = np.random.default_rng(3)
    wx, wy, w = (Weight(random.normal(size=s), d) for s, d in (((3, 4), (1, 2)), ((3, 2), (1, 2)), ((1, 3), (0,))))
    layers = [ShallowLayer(3, "tansig", b=random.normal(size=3)), ShallowLayer(1, "purelin", b=random.normal(size=1))]
    inputs = [ShallowInput(2, name="x"), ShallowInput(1, name="y")]
    outputs = [ShallowOutput(2, 1, name="y")]
    if closed:
        return ShallowNetwork(inputs[:1], layers, outputs, {(1, 1): wx}, {(1, 2): wy, (2, 1): w})
    return ShallowNetwork(inputs, layers, outputs, {(1, 1): wx, (1, 2): wy}, {(2, 1): w})


def nar() -> ShallowNetwork:
    return ShallowNetwork(
        [], [ShallowLayer(1, "tansig", b=[0.3])], [ShallowOutput(1, 1)], {}, {(1, 1): Weight([[0.5, -1.5]], (1, 2))}
    )


X, Y = RANDOM.normal(size=(2, 9)), RANDOM.normal(size=(1, 9))


def cells(*series: Any) -> Cell:
    return Cell([[x[:, [k]] for k in range(x.shape[1])] for x in series])


def test_matlabs_cell_arrays_give_a_cell_array() -> None:
    net = narx(closed=False)
    by_cells = bridge.predict(net, cells(X[:, 2:], Y[:, 2:]), state=(cells(X[:, :2], Y[:, :2]), Cell()))
    assert isinstance(by_cells, Cell)
    assert by_cells.shape == (1, 7)
    arrays = bridge.predict(net, [X[:, 2:], Y[:, 2:]], layout="CT", state={"Xi": [X[:, :2], Y[:, :2]]})
    np.testing.assert_array_equal([[each.item() for each in by_cells]], arrays)
    named = bridge.predict(net, {"y": Y[:, 2:].T, "x": X[:, 2:].T}, layout="TC", state=([X[:, :2], Y[:, :2]], None))
    np.testing.assert_array_equal(named.T, arrays)
    expected = simulated(net, [X[:, 2:], Y[:, 2:]], [X[:, :2], Y[:, :2]], [np.zeros((3, 0)), np.zeros((1, 0))])[0]
    np.testing.assert_allclose(arrays, expected, rtol=1e-12)


def test_open_and_closed_loop_say_the_same_of_the_same() -> None:
    """Fed with what the closed loop says, the open loop says it too."""
    said = bridge.predict(narx(closed=True), X[:, 2:], state=([X[:, :2]], [np.zeros((3, 2)), Y[:, :2]]))
    again = bridge.predict(narx(closed=False), [X[:, 2:], said], layout="CT", state=([X[:, :2], Y[:, :2]], None))
    np.testing.assert_allclose(again, said, rtol=1e-12)


@pytest.mark.parametrize("engine", ["numpy", "torch", "onnx", "compiled"])
def test_final_states_continue_the_sequence(engine: str) -> None:
    net = narx(closed=True)
    whole, last = bridge.predict(net, X, return_state=True, engine=engine)
    first, state = bridge.predict(net, X[:, :4], return_state=True, engine=engine)
    second, end = bridge.predict(net, X[:, 4:], state=state, return_state=True, engine=engine)
    np.testing.assert_array_equal(np.concatenate([first, second], 1), whole)
    np.testing.assert_array_equal(end["Xi"][0], X[:, -2:])
    np.testing.assert_array_equal(end["Ai"][1], last["Ai"][1])
    np.testing.assert_array_equal(end["Ai"][1], whole[:, -2:])


def test_a_network_without_inputs_takes_a_number_of_steps() -> None:
    y = bridge.predict(nar(), 5, state={"Ai": [np.array([[0.2, 0.9]])]})
    before, expected = [0.2, 0.9], []
    for _ in range(5):
        expected.append(2 / (1 + np.exp(-2 * (0.3 + 0.5 * before[-1] - 1.5 * before[-2]))) - 1)
        before.append(expected[-1])
    np.testing.assert_allclose(y, [expected], rtol=1e-14)
    same = bridge.predict(nar(), Cell(np.empty((0, 5), object)), state=(None, Cell([[0.2, 0.9]])))
    np.testing.assert_array_equal([each.item() for each in same], y[0])
    with pytest.raises(UsageError, match="number of steps"):
        bridge.predict(nar(), np.zeros((1, 4)))


def test_sequences_side_by_side_and_in_a_list() -> None:
    net = narx(closed=True)
    many = RANDOM.normal(size=(2, 6, 3))
    together = bridge.predict(net, many, layout="CTB")
    assert together.shape == (1, 6, 3)
    alone = bridge.predict(net, [many[:, :, k] for k in range(3)])
    np.testing.assert_allclose(np.stack(alone, 2), together, rtol=1e-13)
    columns = Cell([[many[:, step, :] for step in range(6)]])
    np.testing.assert_allclose(np.stack([*bridge.predict(net, columns)], 1), together, rtol=1e-13)


def test_observations_of_a_static_network_may_stand_anywhere() -> None:
    net = shallow(5, delays=False)
    xs = [RANDOM.normal(size=(each.size, 6)) for each in net.inputs]
    y = bridge.predict(net, xs if len(xs) > 1 else xs[0])
    y = next(iter(y.values())) if isinstance(y, dict) else y
    by_cells = bridge.predict(net, Cell([[x[:, :2], x[:, 2:4], x[:, 4:]] for x in xs]))
    np.testing.assert_allclose(np.concatenate([by_cells[0, k] for k in range(3)], 1), y, rtol=1e-13)


def test_double_unless_single_is_asked_for() -> None:
    net = narx(closed=True)
    assert bridge.predict(net, X).dtype == np.float64
    single = bridge.predict(net, X, precision="single")
    assert single.dtype == np.float32
    assert 0 < abs(single - bridge.predict(net, X)).max() < 1e-5


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        ({"u": X.T}, LayoutError, r'layout="TC"'),
        ({"u": X[:, :2]}, LayoutError, r'layout="TC"\) or bridge.predict'),
        ({"u": cells(X, Y)}, LayoutError, "a row for each of 1 inputs, not 2x9"),
        ({"u": cells(Y)}, LayoutError, r"inputs\{1\}.*2 rows"),
        ({"u": X, "state": (None, [np.zeros((3, 2)), np.zeros((1, 1))])}, UsageError, r"Ai\{2\}.*1x1 instead of 1x2"),
        ({"u": X, "state": (None, [np.zeros((1, 2))])}, UsageError, r"Ai\{2\}: a list has a matrix for each of 2"),
        ({"u": X, "state": (None, cells(Y))}, UsageError, r"Ai\{2\}: a cell array has 2 rows"),
        ({"u": X, "state": {"Xf": 0}}, UsageError, "Xi and Ai, not 'Xf'"),
        ({"u": X, "state": "saved"}, UsageError, r"\(Xi, Ai\)"),
        ({"u": {"z": X}}, UsageError, "the inputs are x, not z"),
        ({"u": X * 1j}, LayoutError, "real numbers"),
        ({"u": X, "engine": "torch.nn"}, UsageError, "no implementation of shallow networks"),
    ],
)
def test_what_does_not_fit_is_said_with_what_would(call: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        bridge.predict(narx(closed=True), **call)
