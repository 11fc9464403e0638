from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge import published
from bridge.errors import MatlabError, UsageError
from bridge.linear_system import LinearSystem
from bridge.matlab.evaluate import evaluate
from bridge.matlab.printing import sprintf
from bridge.matlab.systems import ZeroPoleGain, c2d, dcgain, lsim, pole, ss, tf, zero, zpk

VALUES = published.load("lstm_dynamical_system")["values"]
SETUP = published.load("lstm_dynamical_system")["setup"]["system"]


def roots(pairs) -> list[complex]:
    return [complex(*pair) for pair in pairs]


def continuous() -> ZeroPoleGain:
    return zpk(roots(SETUP["zeros"]), roots(SETUP["poles"]), SETUP["gain"])


def response(system, at: complex) -> complex:
    """G(at), straight from the form."""
    if isinstance(system, ZeroPoleGain):
        return complex(system.k * np.prod(at - system.z) / np.prod(at - system.p))
    if isinstance(system, LinearSystem):
        states = np.linalg.solve(at * np.eye(system.states) - system.A, system.B.astype(complex))
        return complex((system.C @ states + system.D)[0, 0])
    return complex(np.polyval(system.num, at) / np.polyval(system.den, at))


# --- what MATLAB printed ---


@pytest.mark.parametrize("entry", published.load("state_space"), ids=lambda entry: entry["call"])
def test_published_realisations_to_every_digit(entry):
    if entry["kind"] == "tf":
        found = ss(tf(entry["numerator"], entry["denominator"]))
    else:
        found = ss(c2d(zpk(roots(entry["zeros"]), roots(entry["poles"]), entry["gain"]), entry["sample_time"]))
    for name in "ABCD":
        for row, printed in zip(getattr(found, name), entry.get(name, getattr(found, name)), strict=True):
            for value, text in zip(row, printed, strict=True):
                if isinstance(text, str):
                    decimals = len(text.partition(".")[2])
                    assert f"{value + 0.0:.{decimals}f}" == text, name


def test_published_zero_pole_gain_form():
    system = c2d(continuous(), SETUP["sample_time"])
    wanted = VALUES["zpk_sys"]
    assert sprintf("%.5g", system.k) == wanted["gain"] == str(system).split()[0]
    assert [sprintf("%.4g", z) for z in system.z.real] == wanted["zeros"]
    quadratics = [np.poly([p, p.conjugate()]).real for p in system.p[::2]]
    assert [[sprintf("%.4g", c) for c in q] for q in quadratics] == wanted["quadratics"]
    assert sprintf("%.5g", dcgain(ss(system))) == VALUES["dcgain_sys"]["printed"]
    assert sprintf("%.5g", ss(system).D[0, 0]) == VALUES["sys_D"]["printed"]


def test_published_layout_of_a_zero_pole_gain_system():
    heading, _, *shown = VALUES["trained_zpk"]["printed"].split("\n")
    assert heading == "ans ="
    found = {}
    for name, line in {"zeros": shown[0], "poles": shown[2]}.items():
        quadratics = re.findall(r"\(z\^2 ([+-]) ([\d.]+)z \+ ([\d.]+)\)", line)
        pairs = [root for sign, b, c in quadratics for root in np.roots([1, float(sign + b), float(c)])]
        # Pairs first: the order of the factors must not depend on the order of real roots and pairs.
        found[name] = pairs + [-float(root) for root in re.findall(r"\(z([+-][\d.]+)\)", line)]
    system = zpk([*found["zeros"], 0], found["poles"], float(shown[0].split()[0]), 0.01)
    assert str(system).split("\n")[:3] == shown
    assert str(system).split("\n")[3:] == [" ", "Sample time: 0.01 seconds", "Discrete-time zero/pole/gain model."]


@pytest.mark.parametrize(
    ("system", "shown"),
    [
        (zpk([], [-1, -1], 1), ["     1", "  -------", "  (s+1)^2"]),
        (zpk([-1, -2], [-3, -4], 5), ["  5 (s+1) (s+2)", "  -------------", "   (s+3) (s+4)"]),
        (zpk([], [0, -100, -36], 100), ["        100", "  ----------------", "  s (s+100) (s+36)"]),
        (zpk([1], [-2], -1, -1), ["  - (z-1)", "  -------", "   (z+2)"]),
        (zpk([], [1j, -1j], 2), ["      2", "  ---------", "  (s^2 + 1)"]),
        (zpk([], [-0.5 + 1j, -0.5 - 1j], 2), ["         2", "  ----------------", "  (s^2 + s + 1.25)"]),
        (zpk([-3], [], 2), ["  2 (s+3)"]),
        (tf(1, np.poly([-1, -2, -10])), ["             1", "  ------------------------", "  s^3 + 13 s^2 + 32 s + 20"]),
        (tf([0.2452, 0.2452], [1, -0.5095], 1e-4), ["  0.2452 z + 0.2452", "  -----------------", "     z - 0.5095"]),
        (tf([1, 2], 1), ["  s + 2"]),
        (tf([-1, 0, 2.5], [2, 0, 0]), ["  -s^2 + 2.5", "  ----------", "    2 s^2"]),
    ],
)
def test_layouts_as_matlab_prints_them(system, shown):
    assert str(system).split("\n")[: len(shown)] == shown


def test_closing_lines():
    assert str(zpk([], [-1], 1)).endswith("\n \nContinuous-time zero/pole/gain model.")
    assert str(tf(1, [1, 2], 0.5)).endswith("\n \nSample time: 0.5 seconds\nDiscrete-time transfer function.")
    assert str(tf(1, [1, 2], -1)).split("\n")[-2] == "Sample time: unspecified"
    assert str(zpk([], [], 5)) == "  5\n \nStatic gain."
    assert str(zpk([1], [2], 0)).startswith("  0\n")


# --- conversions, against the transfer function itself ---

real = st.floats(-5, -0.1)
upper = st.builds(complex, st.floats(-3, 1), st.floats(0.1, 5))


@st.composite
def systems(draw):
    """Zero-pole-gain systems of order 1 to 6, with no more zeros than poles, roots in a random order."""

    def some(limit):
        pairs = draw(st.lists(upper, max_size=limit // 2))
        singles = draw(st.lists(real, max_size=limit - 2 * len(pairs)))
        groups = draw(st.permutations([[p, p.conjugate()] for p in pairs] + [[s] for s in singles]))
        return [root for group in groups for root in group]

    poles = some(6)
    return zpk(some(len(poles)), poles, draw(st.floats(0.1, 100)) * draw(st.sampled_from([1, -1])))


@settings(deadline=None)
@given(systems())
def test_every_realisation_has_the_transfer_function_of_its_system(system):
    at = 7.0 + 3.0j  # off the roots drawn above
    wanted = response(system, at)
    state_space = ss(system)
    assert state_space.states == len(system.p)
    # Double precision, with room for sections whose numbers cancel.
    assert response(state_space, at) == pytest.approx(wanted, rel=1e-9)
    assert response(tf(system), at) == pytest.approx(wanted, rel=1e-9)
    assert response(ss(tf(system)), at) == pytest.approx(wanted, rel=1e-8)


@settings(deadline=None)
@given(systems())
def test_norms_of_b_and_c_are_within_a_factor_of_two(system):
    state_space = ss(system)
    b, c = np.linalg.norm(state_space.B), np.linalg.norm(state_space.C)
    if b and c:
        assert 0.5 <= b / c <= 2.0


def test_sections_hold_their_poles():
    A = ss(zpk([], [-1 + 2j, -1 - 2j, -3], 1)).A
    assert A[:2, :2].tolist() == [[-1, 1], [-4, -1]]
    assert (A[2, 2], A[1, 2]) == (-3, 1)
    # Two zeros above the axis need two poles: the real ones are joined.
    joined = ss(zpk([1j, -1j], [-1, -2], 1))
    assert joined.A.tolist() == [[-1, 1], [0, -2]]
    assert joined.D.item() == 1


def test_state_space_gives_its_zeros_and_poles_back():
    system = zpk([-1, -3 + 1j, -3 - 1j], [-2, -4, -5 + 2j, -5 - 2j, -6], 7)
    found = zpk(ss(system))
    assert sorted(np.abs(found.z)) == pytest.approx(sorted(np.abs(system.z)), rel=1e-9)
    assert sorted(np.abs(found.p)) == pytest.approx(sorted(np.abs(system.p)), rel=1e-9)
    assert found.k == pytest.approx(7, rel=1e-12)
    assert np.abs(zero(ss(system))).tolist() == np.abs(found.z).tolist()
    assert pole(tf(1, [1, 3, 2])).tolist() == [-2, -1]
    assert pole(system).tolist() == system.p.tolist()


def test_a_system_that_passes_nothing_has_no_zeros():
    found = zpk(ss([[-1, 0], [0, -2]], [[1], [0]], [[0, 1]], 0))
    assert found.k == 0
    assert found.z.size == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: zpk([1j], [-1, -2], 1),
        lambda: ss(zpk([-1], [], 1)),
        lambda: ss(zpk([1j, -1j], [-1], 1)),
        lambda: ss(tf([1, 0, 0], [1, 1])),
        lambda: tf(1, [0, 0]),
        lambda: ss(np.eye(2)),
        lambda: ss(np.eye(2), np.ones((3, 1)), np.ones((1, 2)), 0),
        lambda: ss(np.zeros((2, 2, 2)), 1, 1, 0),
        lambda: zpk([], [-1], 1, -0.5),
        lambda: LinearSystem(-1, 1, 1, 0, Ts=-2),
        lambda: LinearSystem(-1, 1, 1, 0, input_names=("a", "b")),
        lambda: zpk(ss(-np.eye(2), np.eye(2), np.eye(2), 0)),
        lambda: c2d(zpk([], [-1], 1, 0.1), 0.1),
        lambda: c2d(zpk([], [-1], 1), 0),
    ],
)
def test_what_cannot_be_a_system_is_refused(make):
    with pytest.raises(UsageError):
        make()


def test_matrices_of_a_linear_system_are_checked_and_completed():
    system = LinearSystem([[-1, 0], [0, -2]], [[1, 2, 3], [4, 5, 6]], [[1, 1]], 0, 0)
    assert (system.states, system.inputs, system.outputs) == (2, 3, 1)
    assert system.D.shape == (1, 3)
    assert system.Ts is None
    assert not system.discrete
    gain = LinearSystem([], [], [], [[1, 2]])
    assert (gain.states, gain.inputs, gain.outputs) == (0, 2, 1)


# --- c2d ---


def test_c2d_keeps_exact_poles_in_their_order():
    system = continuous()
    assert c2d(system, 0.01).p.tolist() == np.exp(system.p * 0.01).tolist()


@pytest.mark.parametrize(
    ("system", "wanted"),
    [
        # Textbook pairs: 1/(s+a), 1/s^2, and k/(s(s+a)).
        (zpk([], [-2], 1), lambda T: tf([(1 - np.exp(-2 * T)) / 2], [1, -np.exp(-2 * T)])),
        (zpk([], [0, 0], 1), lambda T: tf([T * T / 2, T * T / 2], [1, -2, 1])),
        (
            zpk([], [0, -1], 1),
            lambda T: tf([T - 1 + np.exp(-T), 1 - np.exp(-T) - T * np.exp(-T)], [1, -1 - np.exp(-T), np.exp(-T)]),
        ),
        (zpk([-3], [-2], 4), lambda T: tf([4, 4 * (1.5 * (1 - np.exp(-2 * T)) - 1)], [1, -np.exp(-2 * T)])),
    ],
)
@pytest.mark.parametrize("Ts", [0.01, 0.3])
def test_c2d_of_textbook_systems(system, wanted, Ts):
    at = 1.7 + 0.3j
    reference = response(wanted(Ts), at)
    for form in (system, ss(system), tf(system)):
        sampled = c2d(form, Ts)
        assert type(sampled) is type(form)
        assert sampled.Ts == Ts
        assert response(sampled, at) == pytest.approx(reference, rel=1e-11)


def test_c2d_keeps_the_static_gain():
    assert dcgain(c2d(continuous(), 0.01)) == pytest.approx(dcgain(continuous()), rel=1e-12)


def test_c2d_of_many_inputs():
    rng = np.random.default_rng(0)
    system = ss(rng.normal(size=(3, 3)) - 3 * np.eye(3), rng.normal(size=(3, 2)), rng.normal(size=(2, 3)), 0)
    half = c2d(system, 0.1)
    whole = c2d(system, 0.2)
    # Two steps of a half under the same input are one whole step.
    assert np.allclose(half.A @ half.A, whole.A, rtol=1e-13, atol=1e-14)
    assert np.allclose(half.A @ half.B + half.B, whole.B, rtol=1e-13, atol=1e-14)


# --- dcgain, lsim ---


def test_dcgain_of_every_form():
    for form in (zpk, tf, ss):
        assert dcgain(form(zpk([-1, -2], [-4, -5, -6], 3))) == pytest.approx(6 / 120, rel=1e-13)
        assert dcgain(form(zpk([0.5], [0.25, -0.5], 2, 0.1))) == pytest.approx(1 / (0.75 * 1.5), rel=1e-13)
        assert dcgain(form(zpk([], [0, -1], 1))) == np.inf
    gains = dcgain(ss(-np.diag([1.0, 2.0]), np.eye(2), np.eye(2), 0))
    assert gains.tolist() == [[1, 0], [0, 0.5]]
    assert dcgain(LinearSystem([], [], [], 4)) == 4


def test_lsim_of_a_sampled_system_is_its_recurrence():
    system = ss([[0.5, 0.1], [0, -0.2]], [[1], [2]], [[3, 4]], 5, 0.1)
    u = np.array([1.0, -2.0, 0.5, 4.0])
    x, wanted = np.array([0.3, -0.4]), []
    for value in u:
        wanted.append(system.C @ x + system.D[:, 0] * value)
        x = system.A @ x + system.B[:, 0] * value
    found = lsim(system, u, x0=[0.3, -0.4])
    assert found.shape == (4, 1)
    assert np.allclose(found, wanted, rtol=1e-15)
    assert np.array_equal(lsim(system, u, t=np.arange(4) * 0.1, x0=[0.3, -0.4]), found)


def test_lsim_of_a_continuous_system():
    system = ss(zpk([], [-2], 2))
    t = np.linspace(0, 3, 31)
    # The step and the ramp response of 2/(s+2) in closed form.
    assert np.allclose(lsim(system, np.ones(31), t, hold="zoh")[:, 0], 1 - np.exp(-2 * t), rtol=1e-12, atol=1e-15)
    assert np.allclose(lsim(system, t, t)[:, 0], t - (1 - np.exp(-2 * t)) / 2, rtol=1e-12, atol=1e-15)
    assert np.allclose(lsim(system, 0 * t, t, x0=[3])[:, 0], 3 * system.C[0, 0] * np.exp(-2 * t), rtol=1e-12)


def test_lsim_of_many_inputs_adds_them():
    rng = np.random.default_rng(1)
    system = ss(0.5 * np.eye(2), rng.normal(size=(2, 2)), rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), 1)
    u = rng.normal(size=(20, 2))
    alone = [lsim(system, u * mask) for mask in ([1, 0], [0, 1])]
    assert np.allclose(lsim(system, u), alone[0] + alone[1], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "call",
    [
        lambda: lsim(zpk([], [-1], 1), [1, 2, 3]),
        lambda: lsim(zpk([], [-1], 1), [1, 2, 3], [0, 1, 3]),
        lambda: lsim(zpk([], [-1], 1), [1, 2, 3], [0, -1, -2]),
        lambda: lsim(zpk([], [-1], 1), [1, 2, 3], [0, 1]),
        lambda: lsim(zpk([], [-1], 1), [1, 2, 3], [0, 1, 2], hold="spline"),
        lambda: lsim(zpk([], [0.5], 1, 0.1), [1, 2, 3], [0, 0.2, 0.4]),
        lambda: lsim(zpk([], [0.5], 1, 0.1), [[1, 2, 3]]),
        lambda: lsim(zpk([], [0.5], 1, 0.1), [1, 2, 3], x0=[1, 2]),
    ],
)
def test_inputs_that_do_not_fit_are_refused(call):
    with pytest.raises(UsageError):
        call()


def test_expressions_read_the_matrices_of_a_state_space_model() -> None:
    """In capitals or small letters; a model in continuous time has the sample time 0."""
    variables = {"sys": ss([[1, 2], [3, 4]], [[5], [6]], [[7, 8]], 9), "slow": ss(0.5, 1, 1, 0, 0.25)}
    assert evaluate("sys.A(2, 1) + sys.b(2) + sys.C * sys.B + sys.d + sys.Ts", variables).item() == 3 + 6 + 83 + 9
    assert evaluate("slow.Ts", variables).item() == 0.25
    with pytest.raises(MatlabError, match="has no field 'E'"):
        evaluate("sys.E", variables)
