"""A controller of conditional subsystems on every engine: batches, gradients and generated C are its runs.

Agreement of our own engines: class of evidence `bridge`. What each subsystem means stands in tests/diagram.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generated_c import COMPILERS, check
from small_diagrams import inside, run, wired

import bridge
from bridge.engines.c_cache import compiler
from bridge.errors import EngineMissing
from bridge.model import Model

T = 60
SPACE = {"kp": 0.7, "decay": 0.9, "level": 0.4, "first": np.array([0.2, -0.1])}


def controller() -> Model:
    """A mode from an If inside an enabled subsystem, Merge, a sampling trigger with elapsed time, and a Switch Case."""
    made = Model.new("m")
    root = made.root
    for k, name in enumerate(("u", "on", "clock", "mode")):
        root.add("Inport", name, Port=k + 1)
    work = inside(root.add("SubSystem", "work"))
    work.add("EnablePort", "Enable", StatesWhenEnabling="reset")
    work.add("Inport", "in")
    work.add("Outport", "out", OutputWhenDisabled="reset", InitialOutput="-1")
    work.add("If", "if", IfExpression="u1(1) > level")
    work.add("Merge", "merge", InitialOutput="first")
    for k, name in enumerate(("high", "low")):
        branch = inside(work.add("SubSystem", name))
        branch.add("ActionPort", "Action Port", InitializeStates=("held", "reset")[k])
        branch.add("Inport", "in")
        branch.add("Outport", "out")
        branch.add("Gain", "kp", Gain="kp" if k else "-2*kp")
        branch.add("Gain", "decay", Gain="decay")
        branch.add("Sum", "sum", Inputs="++")
        branch.add("UnitDelay", "x", InitialCondition="first")
        wired(branch, "in -> kp -> sum/1", "x -> decay -> sum/2", "sum -> x", "sum -> out")
        wired(work, f"if/{k + 1} -> {name}/ifaction", f"in -> {name} -> merge/{k + 1}")
    wired(work, "in -> if", "merge -> out")
    sampled = inside(root.add("SubSystem", "sampled"))
    sampled.add("TriggerPort", "Trigger", TriggerType="either", ShowOutputPort="on")
    sampled.add("Inport", "in")
    sampled.add("Outport", "out")
    sampled.add("DiscreteIntegrator", "sum", gainval="kp", IntegratorMethod="Integration: Trapezoidal")
    sampled.add("Product", "signed", Inputs="**")
    wired(sampled, "in -> sum -> signed/1", "Trigger -> signed/2", "signed -> out")
    root.add("SwitchCase", "case", CaseConditions="{1,[2 3]}", ShowDefaultCase="off", SampleTime="0.2")
    root.add("Merge", "chosen")
    for k, gain in enumerate((1, 10)):
        branch = inside(root.add("SubSystem", f"case {k}"))
        branch.add("ActionPort", "Action Port")
        branch.add("Inport", "in")
        branch.add("Outport", "out")
        branch.add("Gain", "g", Gain=gain)
        wired(branch, "in -> g -> out")
        wired(root, f"case/{k + 1} -> case {k}/ifaction", f"sampled -> case {k} -> chosen/{k + 1}")
    root.add("Outport", "y", Port=1)
    root.add("Outport", "z", Port=2)
    wired(root, "u -> work", "on -> work/enable", "work -> sampled", "clock -> sampled/trigger", "mode -> case")
    wired(root, "work -> y", "chosen -> z")
    made.configure(StopTime=f"{(T - 1) / 10}", SolverType="Fixed-step", Solver="FixedStepDiscrete", FixedStep="0.1")
    return made


def given(seed: int = 0) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        "u": random.normal(size=(T, 2)),
        "on": (random.random(T) > 0.3).astype(float),
        "clock": random.choice([-1.0, 0.0, 1.0], T),
        "mode": random.integers(0, 5, T).astype(float),
    }


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A C compiler; the user's cache of compiled libraries stays as it is."""
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path / "cache"))
    try:
        compiler()
    except EngineMissing:
        pytest.skip("a C compiler is not installed")


def test_every_engine_agrees_and_every_part_does_something(compiled: None) -> None:
    log = ["work/high", "work/low", "sampled/sum"]
    recording = run(controller(), workspace=SPACE, inputs=given(), log=log)
    for name in recording:
        assert len(np.unique(recording[name], axis=0)) > 5, name
    other = bridge.simulate(controller(), SPACE, given(), log=log, engine="compiled")
    for name in recording:
        np.testing.assert_allclose(other[name], recording[name], rtol=1e-14, atol=1e-15)


def test_a_batch_is_its_runs(compiled: None) -> None:
    spaces = [{**SPACE, "kp": 0.1 * k, "level": 0.2 * k} for k in range(5)]
    inputs = [given(k) for k in range(5)]
    for engine in ("numpy", "compiled"):
        batch = bridge.simulate_batch(controller(), spaces, inputs, engine=engine)
        for k in range(5):
            alone = bridge.simulate(controller(), spaces[k], inputs[k], engine=engine)
            for name in ("y", "z"):
                np.testing.assert_array_equal(batch[name][..., k], alone[name])


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_gradients_go_through_the_branches_that_ran(engine: str, compiled: None) -> None:
    inputs, target = given(), np.zeros((T, 2))

    def loss(space: dict[str, Any]) -> float:
        recording = bridge.simulate(controller(), space, inputs, engine="numpy")
        return float(np.mean((recording["y"] - target) ** 2))

    found = bridge.gradient(controller(), SPACE, inputs, loss={"y": target}, of=["kp", "decay"], engine=engine)
    for name in ("kp", "decay"):
        up, down = (loss({**SPACE, name: SPACE[name] + step}) for step in (1e-6, -1e-6))
        slope = (up - down) / 2e-6
        assert abs(found.variables[name] - slope) < 1e-6 * max(1, abs(slope))
        assert abs(slope) > 1e-3


@pytest.mark.skipif(not COMPILERS, reason="gcc and clang are not installed")
def test_generated_c_gives_the_same(tmp_path: Path) -> None:
    inputs = given()
    simulator = bridge.Simulator(controller(), SPACE, inputs=inputs)
    check(simulator.program, simulator.diagram.parameters, inputs, T, tmp_path, compilers=COMPILERS[:1])
