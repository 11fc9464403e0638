"""Linear systems as LSTM weights and back, against the published example and a plain recurrence."""

from __future__ import annotations

import numpy as np
import pytest

import bridge
from bridge import published
from bridge.errors import NetworkError, UsageError
from bridge.matlab.printing import format_short
from bridge.matlab.systems import c2d, dcgain, lsim, ss, zpk

EXAMPLE = published.load("lstm_dynamical_system")
VALUES = EXAMPLE["values"]


@pytest.fixture(scope="module")
def system():
    given = EXAMPLE["setup"]["system"]
    zeros, poles = ([complex(*root) for root in given[name]] for name in ("zeros", "poles"))
    return ss(c2d(zpk(zeros, poles, given["gain"]), given["sample_time"]))


def random_system(n=3, m=2, p=2, seed=0):
    g = np.random.default_rng(seed)
    A = g.normal(size=(n, n))
    A *= 0.9 / np.abs(np.linalg.eigvals(A)).max()
    return bridge.LinearSystem(A, g.normal(size=(n, m)), g.normal(size=(p, n)), g.normal(size=(p, m)), 0.1)


def answer(network, u):
    lstm = network["lstm"]
    h, c, out = np.zeros(lstm.NumHiddenUnits), np.zeros(lstm.NumHiddenUnits), []
    for row in u:
        i, f, g, o = np.split(lstm.InputWeights @ row + lstm.RecurrentWeights @ h + lstm.Bias[:, 0], 4)
        i, f, o = (1 / (1 + np.exp(-x)) for x in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        out.append(network["fc"].Weights @ h)
    return np.array(out)


def as_printed(name, matrix):
    entry = VALUES[name]
    return format_short(matrix) == format_short(np.array(entry["printed"]) * entry["scale"])


def test_the_published_weights_to_every_printed_digit(system) -> None:
    setup = EXAMPLE["setup"]["calculated"]
    network = bridge.lstm_from_linear_system(system, setup["scale"], gate=setup["open_gate_bias"])
    lstm = network["lstm"]
    n = lstm.NumHiddenUnits
    assert n == 5
    assert as_printed("W_cell_output", lstm.InputWeights[2 * n :].T)
    assert as_printed("R_cell_output", lstm.RecurrentWeights[2 * n :].T)
    assert as_printed("F", network["fc"].Weights)
    assert not lstm.InputWeights[: 2 * n].any()
    assert not lstm.RecurrentWeights[: 2 * n].any()
    assert lstm.Bias.reshape(4, n).tolist() == [[100.0] * n, [-100.0] * n, [0.0] * n, [100.0] * n]
    assert not network["fc"].Bias.any()


@pytest.mark.parametrize("size", [(1, 1, 1), (3, 2, 2), (4, 1, 3)], ids=str)
def test_the_network_answers_as_the_system(size) -> None:
    system = random_system(*size)
    u = np.random.default_rng(1).normal(size=(60, size[1]))
    y = lsim(system, u)
    for scale in (1e-3, 1e-4):
        error = np.abs(answer(bridge.lstm_from_linear_system(system, scale), u) - y).max() / np.abs(y).max()
        # tanh(x) = x - x^3/3: the error goes with the square of the scale. The states stay below 30.
        assert error <= (30 * scale) ** 2


def test_the_system_comes_back(system) -> None:
    back = bridge.linear_system_from_lstm(bridge.lstm_from_linear_system(system), sample_time=0.01)
    assert back.states == 4
    assert np.array_equal(back.A, system.A)
    for name in "BCD":  # scaled by 1e-3 and back, and C by way of C/A: some roundings
        expected = getattr(system, name)
        assert np.abs(getattr(back, name) - expected).max() <= 1e-14 * max(1.0, np.abs(expected).max())
    assert back.Ts == 0.01


def test_one_unit_a_state_is_enough_for_a_zero_at_the_origin() -> None:
    full = random_system()
    D = full.C @ np.linalg.inv(full.A) @ full.B
    system = bridge.LinearSystem(full.A, full.B, full.C, D, full.Ts)
    network = bridge.lstm_from_linear_system(system, units="states")
    assert network["lstm"].NumHiddenUnits == 3
    u = np.random.default_rng(2).normal(size=(60, 2))
    y = lsim(system, u)
    assert np.abs(answer(network, u) - y).max() <= 1e-3 * np.abs(y).max()
    back = bridge.linear_system_from_lstm(network)
    for name in "ABCD":
        assert np.allclose(getattr(back, name), getattr(system, name), rtol=1e-12, atol=1e-12), name
    with pytest.raises(UsageError, match=r"not zero: one unit a state is too few .* take units='states and inputs'"):
        bridge.lstm_from_linear_system(full, units="states")


def trained():
    """The published weights after training from the calculated ones, as printed to four digits."""
    W, R = np.zeros((20, 1)), np.zeros((20, 5))
    W[10:] = np.array(VALUES["trained_W_cell_output"]["printed"]).T * VALUES["trained_W_cell_output"]["scale"]
    R[10:] = np.array(VALUES["trained_R_cell_output"]["printed"]).T
    b = np.repeat([100.0, -100.0, 0.0, 100.0], 5)
    b[10:15] = np.array(VALUES["trained_b_cell"]["printed"]) * VALUES["trained_b_cell"]["scale"]
    layers = [bridge.SequenceInput(1), bridge.LSTM(5, InputWeights=W, RecurrentWeights=R, Bias=b)]
    F, d = VALUES["trained_F"]["printed"], float(VALUES["trained_fc_bias"]["printed"])
    return bridge.Network([*layers, bridge.FullyConnected(1, Weights=F, Bias=[d])])


def test_the_trained_network_is_the_published_system() -> None:
    system = bridge.linear_system_from_lstm(trained(), sample_time=0.01)
    assert format_short(system.D[0, 0]) == VALUES["trained_D"]["printed"]
    # The weights are known to four digits only: three are left in the gain.
    assert dcgain(system) == pytest.approx(float(VALUES["trained_dcgain"]["printed"]), rel=2e-3)
    factored = zpk(system)
    assert np.abs(factored.z).min() < 1e-12  # the zero at the origin that one unit a state always brings
    # (z - 0.159) (z^2 - 1.818 z + 0.8314) (z^2 - 1.721 z + 0.9611)
    printed = [0.159, *np.roots([1, -1.818, 0.8314]), *np.roots([1, -1.721, 0.9611])]
    found = [min(abs(pole - each) for each in factored.p) for pole in printed]
    assert max(found) < 5e-3  # the poles of one pair lie close together, which makes them sensitive


def test_a_singular_matrix_is_named_where_it_matters() -> None:
    B, D = np.ones((2, 1)), np.zeros((1, 1))
    delayed = bridge.LinearSystem([[0.0, 1.0], [0.0, 0.0]], B, [[1.0, 0.0]], D, 1.0)
    with pytest.raises(UsageError, match=r"A is singular \(rank 1 of 2\)"):
        bridge.lstm_from_linear_system(delayed)
    # C x(t) that does follow from A x(t): 2000 h_1 = 2 (0.5 x_1 + x_2)
    solvable = bridge.LinearSystem([[0.5, 1.0], [0.0, 0.0]], B, [[1.0, 2.0]], D, 1.0)
    u = np.random.default_rng(3).normal(size=(20, 1))
    assert np.allclose(answer(bridge.lstm_from_linear_system(solvable), u), lsim(solvable, u), atol=1e-3)


def test_what_cannot_be_an_lstm_is_refused() -> None:
    with pytest.raises(UsageError, match=r"the system is continuous; c2d\(system, Ts\)"):
        bridge.lstm_from_linear_system(bridge.LinearSystem([[-1.0]], [[1.0]], [[1.0]], [[0.0]]))
    with pytest.raises(UsageError, match="scale is a positive number, not 0"):
        bridge.lstm_from_linear_system(random_system(), 0)
    with pytest.raises(UsageError, match="units is 'states and inputs' or 'states', not 'both'"):
        bridge.lstm_from_linear_system(random_system(), units="both")


def test_gates_that_move_are_refused() -> None:
    network = bridge.lstm_from_linear_system(random_system())
    for rows, name, state in ((0, "input", "open"), (1, "forget", "shut"), (3, "output", "open")):
        b = network["lstm"].Bias.copy()
        b[rows * 5 + 2] = 0.0
        with pytest.raises(NetworkError, match=f"layer 'lstm': its {name} gate is not held {state}"):
            bridge.linear_system_from_lstm(network.with_({"lstm": {"Bias": b}}))
    W = network["lstm"].InputWeights.copy()
    W[0] = 200.0  # enough to shut a gate whose bias is 100
    with pytest.raises(NetworkError, match="its input gate is not held open"):
        bridge.linear_system_from_lstm(network.with_({"lstm": {"InputWeights": W}}))
    with pytest.raises(NetworkError, match="SequenceInput, LSTM and FullyConnected are needed, not SequenceInput, GRU"):
        bridge.linear_system_from_lstm(bridge.Network([bridge.SequenceInput(2), bridge.GRU(3)]))


def test_a_system_without_states_is_its_feedthrough() -> None:
    static = bridge.LinearSystem([], [], [], [[2.0, -1.0]], 1.0)
    network = bridge.lstm_from_linear_system(static)
    assert network["fc"].Weights == pytest.approx(np.array([[2000.0, -1000.0]]))
    u = np.random.default_rng(4).normal(size=(5, 2))
    assert np.allclose(answer(network, u), u @ static.D.T, atol=1e-4)
