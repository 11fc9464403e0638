"""Random sources, against the numbers that MathWorks' code draws and the plain generator."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import one_block, run

from bridge.matlab.rng_simulink import SimulinkGenerator, next_state
from bridge.model import Model
from bridge.program import Program, Region, Type, Value
from bridge.program import trace as t
from bridge.program.types import DOUBLE

# Drawn by MathWorks' generated code; the same as MATLAB's randn('seed', s) and rand('seed', s).
NORMALS = {
    0: [1.164953510501, 0.626839082632, 0.075080154678, 0.351606902769, -0.696512535164],
    1: [0.979448879095, -0.265611268124, -0.548372720057, -0.096267955052],
}
UNIFORMS = [0.218959186328, 0.047044616214, 0.678864716868]


@pytest.mark.parametrize("seed", [0, 1])
def test_normal_numbers_are_simulinks(seed: int) -> None:
    y = one_block("RandomNumber", steps=len(NORMALS[seed]), Seed=seed, SampleTime=1)
    np.testing.assert_allclose(y, NORMALS[seed], rtol=0, atol=5.1e-13)  # 12 printed digits


def test_uniform_numbers_are_simulinks() -> None:
    y = one_block("UniformRandomNumber", steps=3, Minimum=0, Maximum=1, Seed=0, SampleTime=1, exact=True)
    np.testing.assert_allclose(y, UNIFORMS, rtol=0, atol=5.1e-13)


@pytest.mark.parametrize("seed", [0, 1, 23341, 65536, 2**31 + 5])
def test_many_numbers_of_many_seeds(seed: int) -> None:
    """600 normal numbers use up some 1500 pairs, among them a row of eight that are rejected one after the other."""
    generator = SimulinkGenerator(seed)
    y = one_block("UniformRandomNumber", steps=600, Seed=seed, SampleTime=1, exact=True)
    np.testing.assert_array_equal(y, generator.uniform(600, -1, 1)[:, 0])
    y = one_block("RandomNumber", steps=600, Mean=3, Variance=4, Seed=seed, SampleTime=1)
    # log and sqrt may differ in the last bit.
    np.testing.assert_allclose(y, SimulinkGenerator(seed).normal(600, 3, 4)[:, 0], rtol=0, atol=1e-14)


def test_a_seed_for_every_element() -> None:
    y = one_block("RandomNumber", steps=4, Seed="[0 1]", SampleTime=1)
    np.testing.assert_allclose(y, np.stack([NORMALS[0][:4], NORMALS[1]], axis=1), rtol=0, atol=5.1e-13)


def test_one_seed_for_several_elements_draws_the_same() -> None:
    y = one_block("UniformRandomNumber", steps=3, Minimum=0, Maximum="[1 2]", SampleTime=1, exact=True)
    np.testing.assert_array_equal(y[:, 1], 2 * y[:, 0])


def test_a_number_lasts_for_a_sample() -> None:
    model = Model.new("m")
    root = model.root
    root.add("UniformRandomNumber", "noise", SampleTime=1, Minimum=0)
    root.add("Clock", "clock")
    root.add("Mux", "mux")
    root.add("Outport", "y")
    for start, end in (("noise", "mux/1"), ("clock", "mux/2"), ("mux", "y")):
        root.connect(start, end)
    y = run(model, step=0.5, stop_time=2.5)["y"][:, 0]
    np.testing.assert_allclose(y, np.repeat(UNIFORMS, 2), rtol=0, atol=5.1e-13)


def test_band_limited_white_noise_scales_by_power_and_sample_time() -> None:
    y = one_block("simulink/Sources/Band-Limited\nWhite Noise", steps=5, step=0.25, Cov=4, Ts=0.25, seed=0)
    np.testing.assert_allclose(y, 4 * np.array(NORMALS[0]), rtol=0, atol=2.1e-12)


def test_states_are_carried_on() -> None:
    from small_diagrams import single

    from bridge.simulation import simulate

    model = single("RandomNumber", 0, Seed=0, SampleTime=1)
    first = simulate(model, step=1, stop_time=1)
    again = simulate(model, step=1, stop_time=2, state=dict(first.state))
    np.testing.assert_allclose([*first["y1"], *again["y1"]], NORMALS[0], rtol=0, atol=5.1e-13)


def test_states_far_ahead_are_exact() -> None:
    """16807^k s modulo 2^31 - 1 in double precision, against Python's integers."""
    from bridge.diagram.blocks.random_sources import draws
    from bridge.engines import Schedule, engine
    from bridge.program import Output
    from bridge.program.passes import finish

    program = Program("draws")
    seeds = program.inputs["s"] = Value(Type((3,), DOUBLE), "s")
    with t.tracing(program.step):
        program.outputs = [Output("y", draws(seeds, 80), "outport")]
    assert isinstance(program.step, Region)
    starts = np.array([1.0, 2.0**31 - 2, 1144108930.0])
    run_ = engine("numpy").load(finish(program)).run(Schedule.of(program, 1), {}, {"s": starts[None]})
    for start, row in zip(starts, run_.outputs["y"][0], strict=True):
        state = int(start)
        for drawn in row:
            state = next_state(state)
            assert drawn == state
