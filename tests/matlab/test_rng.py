from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import published
from bridge.errors import UsageError
from bridge.matlab.rng import Stream, rng
from bridge.matlab.rng_simulink import initial_state

PUBLISHED = {entry["id"]: entry for entry in published.load("random_numbers")}


def flat(*arrays) -> list[float]:
    return [float(v) for array in arrays for v in np.ravel(array, order="F")]


# How to make each published draw. What is not here is in UNKNOWN, so that no entry can be forgotten.
DRAWS = {
    "r1": lambda s: flat(s.rand(1, 6)),
    "r2": lambda s: flat(s.rand(), s.rand(5, 1), s.rand(1, 5), s.rand(3, 4), s.rand(5, 5)),
    "r5": lambda s: flat(s.rand(1, 5)),
    "r6": lambda s: [s.rand()],
    "n1": lambda s: flat(s.randn(1, 5), s.randn(5, 5)),
    "n2": lambda s: [s.randn()],
    "i1": lambda s: flat(s.randi([-10, 10], 1, 10)),
    "p1": lambda s: flat(s.randperm(6)),
    "p3": lambda s: flat(s.randperm(8, 4)),
    "p4": lambda s: flat((s.randperm(8, 4), s.randperm(8, 4))[1]),
    "m1": lambda s: [float(((s.rand(6, 6) - 1) ** 2).sum() / 2)],
    "o1": lambda s: flat(s.rand(1, 5)),
    "v1": lambda s: flat(s.rand(1, 8)),
    "v2": lambda s: flat(s.randn(1, 10)),
}
UNKNOWN = {"o2", "o3", "o4", "o5"}


@pytest.mark.parametrize("name", sorted(DRAWS))
def test_published_draws_agree_to_every_printed_digit(name):
    entry = PUBLISHED[name]
    drawn = DRAWS[name](rng(entry["seed"], entry["generator"]))
    decimals = entry.get("decimals", 0)
    assert len(drawn) >= len(entry["values"])
    shown = [f"{value:.{decimals}f}" for value in drawn[: len(entry["values"])]]
    assert shown == [f"{value:.{decimals}f}" for value in entry["values"]]


def test_every_published_entry_is_accounted_for():
    assert set(PUBLISHED) == set(DRAWS) | UNKNOWN | {"t1", "v3"}


@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_a_generator_whose_seeding_is_not_known_is_refused(name):
    with pytest.raises(UsageError, match="not implemented"):
        rng(PUBLISHED[name]["seed"], PUBLISHED[name]["generator"])


def test_simulink_seed_conversion_is_that_of_generated_code():
    assert [initial_state(PUBLISHED["v3"]["seed"])] == PUBLISHED["v3"]["values"]


def test_matrices_fill_column_by_column():
    assert flat(rng(3).rand(4, 5)) == flat(rng(3).rand(1, 20))
    assert flat(rng(3).randn(2, 3, 4)) == flat(rng(3).randn(24, 1))


def test_sizes_are_given_as_in_matlab():
    assert rng(0).rand(3).shape == (3, 3)
    assert rng(0).randn([2, 5]).shape == (2, 5)
    assert rng(0).rand(0, 4).shape == (0, 4)
    assert rng(0).rand(-2, 4).shape == (0, 4)
    assert rng(0).randi(6, 2, 3).shape == (2, 3)
    assert isinstance(rng(0).rand(), float)


def test_single_draws_round_the_same_numbers_and_take_as_many():
    double, single = rng(7), rng(7)
    for draw in ("rand", "randn"):
        wanted = getattr(double, draw)(20, 2).astype(np.float32)
        found = getattr(single, draw)(20, 2, dtype="single")
        assert found.dtype == np.float32
        assert np.array_equal(found, wanted)
    assert np.array_equal(double.state, single.state)


def test_randperm_of_everything_differs_from_randperm_of_n():
    # From the algorithm of generated code, not from a print.
    assert flat(rng(0).randperm(8, 8)) == [7, 2, 8, 6, 5, 1, 4, 3]
    assert flat(rng(0).randperm(100, 3)) == [82, 90, 13]


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_randperm_has_no_repetition(n, k, seed):
    stream = rng(seed)
    if k > n:
        with pytest.raises(UsageError):
            stream.randperm(n, k)
        return
    chosen = stream.randperm(n, k)
    assert chosen.shape == (1, k)
    assert len(set(flat(chosen))) == k
    assert all(1 <= value <= n for value in flat(chosen))


def test_state_is_matlabs_625_words_and_continues_a_stream():
    stream = rng(0)
    assert (stream.state[0], stream.state[-1], stream.state.size) == (5489, 624, 625)
    stream.rand(1, 7)
    assert stream.state[-1] == 14
    kept = stream.state
    wanted = stream.randn(50, 50)
    other = Stream()
    other.state = kept
    assert np.array_equal(other.randn(50, 50), wanted)
    assert np.array_equal(other.state, stream.state)


@pytest.mark.parametrize("state", [np.zeros(624), np.full(625, -1.0), np.full(625, 0.5), np.zeros(625, np.uint32)])
def test_a_state_that_cannot_be_one_is_refused(state):
    with pytest.raises(UsageError, match="state of the twister"):
        rng(0).state = state


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5, "shuffle", float("nan")])
def test_a_seed_that_cannot_be_one_is_refused(seed):
    with pytest.raises(UsageError, match="seed"):
        rng(seed)


def test_default_is_seed_zero_and_equals_5489():
    assert rng("default").rand() == rng(0).rand() == rng(5489).rand()


def test_randi_needs_whole_limits_in_order():
    for limits in ([3, 1], 0.5, [1, 2, 3], 0):
        with pytest.raises(UsageError, match="randi"):
            rng(0).randi(limits)


def test_other_classes_than_double_and_single_are_refused():
    with pytest.raises(UsageError, match="dtype"):
        rng(0).rand(2, 2, dtype="int8")
    with pytest.raises(UsageError, match="sizes"):
        rng(0).rand(2.5, 1)


def test_simd_twister_refuses_what_is_not_known():
    with pytest.raises(UsageError, match="seed 0"):
        rng(0, "simdTwister")
    with pytest.raises(UsageError, match="normal"):
        rng(1, "simdTwister").randn()


def test_simd_twister_goes_on_over_its_block():
    whole = flat(rng(4, "simdTwister").rand(1, 1000))
    parts = rng(4, "simdTwister")
    assert flat(*[parts.rand(1, 250) for _ in range(4)]) == whole
    assert abs(np.mean(whole) - 0.5) < 0.03  # three standard deviations of the mean of 1000
