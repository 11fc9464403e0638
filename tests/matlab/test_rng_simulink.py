from __future__ import annotations

import numpy as np
import pytest

from bridge.matlab.rng import SimulinkGenerator, rng
from bridge.matlab.rng_simulink import MODULUS, initial_state, next_normal, next_state, next_uniform


def test_park_and_millers_check_value():
    # The published test of the minimal standard: 10,000 steps from 1 give 1043618065 (Park and Miller 1988).
    state = 1
    for _ in range(10_000):
        state = next_state(state)
    assert state == 1043618065


@pytest.mark.parametrize(("seed", "state"), [(0, 1144108930), (1, 65536), (2342, 153485312), (0.9, 1144108930)])
def test_seed_conversion(seed, state):
    assert initial_state(seed) == state


def test_every_seed_gives_a_state_that_the_generator_can_leave():
    for seed in [*range(0, 2**32, 2**32 // 500), 2**31 - 1, 2**32 - 1, -1, 32768, 65535]:
        assert 1 <= initial_state(seed) <= MODULUS - 1, seed


def test_generator_is_matlabs_old_stream():
    # The old `seed` streams of MATLAB are printed in public; the blocks draw the same numbers.
    assert SimulinkGenerator(0).uniform(50)[:, 0].tolist() == rng(0, "v4").rand(50, 1)[:, 0].tolist()
    assert SimulinkGenerator(0).normal(50)[:, 0].tolist() == rng(0, "v4").randn(50, 1)[:, 0].tolist()


def test_vector_seeds_are_streams_of_their_own():
    both = SimulinkGenerator([0, 1])
    drawn = both.normal(20)
    assert drawn.shape == (20, 2)
    assert drawn[:, 1].tolist() == SimulinkGenerator(1).normal(20)[:, 0].tolist()
    # Rows of a matrix of parameters: one for each stream.
    assert np.array_equal(SimulinkGenerator([0, 1]).normal(20, [1, 2], [4, 9]), [1, 2] + drawn * [2, 3])


def test_drawing_in_parts_goes_on():
    whole = SimulinkGenerator(5).uniform(10, -1, 3)
    parts = SimulinkGenerator(5)
    assert np.array_equal(np.concatenate([parts.uniform(4, -1, 3), parts.uniform(6, -1, 3)]), whole)
    assert ((whole > -1) & (whole < 3)).all()


def test_pure_functions_give_value_and_next_state():
    value, state = next_uniform(initial_state(0))
    assert value == state * 4.6566128752457969e-10
    normal, after = next_normal(initial_state(0))
    generator = SimulinkGenerator(0)
    assert generator.normal(1)[0, 0] == normal
    assert generator.state == [after]
