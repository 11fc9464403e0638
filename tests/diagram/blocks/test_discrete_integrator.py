"""The Discrete-Time Integrator against its documented recurrences, written out step by step for one element."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from small_diagrams import one_block, run, single

from bridge.errors import ParameterError, TypeMismatch, UnsupportedBlock
from bridge.model import Model

RULES = ("Forward Euler", "Backward Euler", "Trapezoidal")
U = np.array([1.0, -2.0, 4.0, 0.5, 3.0, 3.0, -8.0, 1.0])
RESET = np.array([0.0, 1.0, 1.0, 0.0, 0.0, -1.0, 2.0, 0.0])
X0 = np.array([5.0, 1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0])


def resets_of(kind: str, signal: Sequence[float]) -> list[bool]:
    """At which samples the reset port resets, as the block's page says it, and never at the first for an edge."""
    found = []
    for k, value in enumerate(signal):
        before = signal[k - 1] if k else None
        rising = before is not None and before <= 0 < value
        falling = before is not None and before > 0 >= value
        found.append(
            {
                "none": False,
                "rising": rising,
                "falling": falling,
                "either": rising or falling,
                "level": value != 0 or (before is not None and before != 0),
                "sampled level": value != 0,
            }[kind]
        )
    return found


def integrated(
    u: Sequence[float],
    gain: float,
    rule: str,
    *,
    initial: Sequence[float],
    resets: Sequence[bool],
    output: bool,
    limits: tuple[float, float],
) -> list[float]:
    """One element. `gain` is K T; `initial` the initial condition at each step; `output` the setting "Output"."""

    def clip(value: float) -> float:
        return max(limits[0], min(limits[1], value))

    y, x = [], 0.0
    for k, sample in enumerate(u):
        starts = k == 0 or resets[k]
        x = clip(initial[k]) if starts else x
        if rule == "Forward Euler":
            y.append(clip(x))
            x = clip(y[-1] + gain * sample)
            continue
        part = gain if rule == "Backward Euler" else gain / 2
        y.append(clip(x) if starts and output else clip(x + part * sample))
        x = y[-1] if rule == "Backward Euler" else clip(y[-1] + part * sample)
    return y


COMBINATIONS = list(
    product(
        RULES,
        ("Auto", "Output"),
        ("none", "rising", "falling", "either", "level", "sampled level"),
        ("internal", "external"),
        ((-np.inf, np.inf), (-1.5, 2.0)),
    )
)


@pytest.mark.parametrize(("rule", "setting", "kind", "source", "limits"), COMBINATIONS)
def test_every_combination(rule: str, setting: str, kind: str, source: str, limits: tuple[float, float]) -> None:
    ports = [U, *([RESET] if kind != "none" else []), *([X0] if source == "external" else [])]
    y = one_block(
        "DiscreteIntegrator",
        ports,
        step=0.25,
        IntegratorMethod=f"Integration: {rule}",
        gainval=2,
        InitialConditionSetting=setting,
        InitialCondition=3,
        InitialConditionSource=source,
        ExternalReset=kind,
        LimitOutput=bool(np.isfinite(limits[0])),
        LowerSaturationLimit=limits[0],
        UpperSaturationLimit=limits[1],
    )
    expected = integrated(
        U.tolist(),
        0.5,
        rule,
        initial=X0.tolist() if source == "external" else [3.0] * len(U),
        resets=resets_of(kind, RESET.tolist()),
        output=setting == "Output",
        limits=limits,
    )
    assert y.tolist() == expected  # sums of halves and quarters are exact


@pytest.mark.parametrize("rule", RULES)
def test_accumulation_does_not_know_the_sample_time(rule: str) -> None:
    def result(word: str, step: float) -> Any:
        return one_block("DiscreteIntegrator", [U], step=step, IntegratorMethod=f"{word}: {rule}").tolist()

    assert result("Accumulation", 0.1) == result("Integration", 1.0)
    assert result("Integration", 0.5) != result("Integration", 1.0)


@pytest.mark.parametrize("rule", RULES)
def test_a_constant_integrates_to_a_ramp(rule: str) -> None:
    """With the initial condition on the output, all three rules give k T after k steps, as the page's formulas say."""
    setting = {"IntegratorMethod": f"Integration: {rule}", "InitialConditionSetting": "Output"}
    assert one_block("DiscreteIntegrator", [np.ones(5)], step=0.25, **setting).tolist() == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("name", ["InitialConditionSetting", "InitialConditionMode"])
def test_the_words_of_other_releases(name: str) -> None:
    def first(word: str) -> float:
        options = {"IntegratorMethod": "Integration: Backward Euler", name: word, "InitialCondition": 5}
        return float(one_block("DiscreteIntegrator", [[1.0]], **options)[0])

    assert [first(word) for word in ("State (most efficient)", "State and output", "Output")] == [6, 5, 5]


def test_a_file_that_says_nothing_means_the_output() -> None:
    """Newer files write ``Auto`` out, so that what they leave out is ``Output``, as older ones list it."""
    backward = "Integration: Backward Euler"
    assert one_block("DiscreteIntegrator", [[1.0]], IntegratorMethod=backward, InitialCondition=5).tolist() == [5]


def test_the_state_carries_on() -> None:
    from bridge.simulation import simulate

    model = single("DiscreteIntegrator", 1)
    first = simulate(model, inputs={"u1": [1.0, 2.0]}, step=1, stop_time=1)
    again = simulate(model, inputs={"u1": [4.0, 0.0]}, step=1, stop_time=1, state=dict(first.state))
    assert [*first["y1"], *again["y1"]] == [0, 1, 3, 7]


@pytest.mark.parametrize(
    ("rule", "expected"), [("Forward Euler", [0, 0, 1, 0, -1]), ("Backward Euler", [0, 1, 0, -1, -1])]
)
def test_the_saturation_port_tells_which_limit(rule: str, expected: list[int]) -> None:
    y, saturated = one_block(
        "DiscreteIntegrator",
        [np.array([1.0, 1.0, -2.0, -2.0, 0.0])],
        outputs=2,
        IntegratorMethod=f"Integration: {rule}",
        InitialConditionSetting="Auto",
        LimitOutput="on",
        UpperSaturationLimit=2,
        LowerSaturationLimit=-1,
        ShowSaturationPort="on",
    )
    assert saturated.tolist() == expected
    assert saturated.dtype == y.dtype
    assert y.max() == 2
    assert y.min() == -1


def test_the_state_keeps_to_the_limits() -> None:
    from bridge.simulation import simulate

    model = single("DiscreteIntegrator", 1, LimitOutput="on", UpperSaturationLimit=2)
    assert dict(simulate(model, inputs={"u1": [1.5, 1.5]}, step=1, stop_time=1).state) == {"m/block": 2.0}


def test_limits_and_gain_of_every_element() -> None:
    y = one_block(
        "DiscreteIntegrator",
        [np.ones(4)],
        gainval="[1 2 -3]",
        InitialCondition="[0; 1; 2]",
        LimitOutput="on",
        UpperSaturationLimit="[2 4 inf]",
        LowerSaturationLimit=-5,
    )
    np.testing.assert_array_equal(y, [[0, 1, 2], [1, 3, -1], [2, 4, -4], [2, 4, -5]])


@pytest.mark.parametrize("rule", RULES)
def test_single_precision_stays_single(rule: str) -> None:
    u = np.linspace(0, 1, 7, dtype=np.float32)
    y = one_block("DiscreteIntegrator", [u], step=0.1, IntegratorMethod=f"Integration: {rule}", exact=True)
    x, expected = np.float32(0), []
    full, half = np.float32(0.1), np.float32(0.05)
    for sample in u:
        if rule == "Forward Euler":
            expected.append(x)
            x = x + full * sample
        elif rule == "Backward Euler":
            x = x + full * sample
            expected.append(x)
        else:
            expected.append(x + half * sample)
            x = expected[-1] + half * sample
    assert y.dtype == np.float32
    assert y.tolist() == [float(value) for value in expected]


@pytest.mark.parametrize(("saturate", "expected"), [("off", [100, -106, -56]), ("on", [100, 127, 127])])
def test_integers_wrap_or_saturate(saturate: str, expected: list[int]) -> None:
    u = np.array([50, 50, 50], np.int8)
    options = {"IntegratorMethod": "Accumulation: Forward Euler", "InitialCondition": 100}
    y = one_block("DiscreteIntegrator", [u], SaturateOnIntegerOverflow=saturate, exact=True, **options)
    assert y.dtype == np.int8
    assert y.tolist() == expected


def test_a_fractional_gain_of_integers_is_rounded_as_told() -> None:
    u = np.array([3, 3, -3, 0], np.int16)
    for rounding, steps in (("Floor", (1, 1, -2)), ("Zero", (1, 1, -1)), ("Ceiling", (2, 2, -1))):
        y = one_block("DiscreteIntegrator", [u], step=0.5, RndMeth=rounding, exact=True)
        assert y.tolist() == [0, *np.cumsum(steps)]


def test_booleans_are_refused() -> None:
    with pytest.raises(TypeMismatch, match="boolean"):
        one_block("DiscreteIntegrator", [np.zeros(2, bool)])


def test_what_is_missing_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedBlock, match="ShowStatePort"):
        one_block("DiscreteIntegrator", [[1.0]], ShowStatePort="on")
    with pytest.raises(UnsupportedBlock, match="reset signal of more than one element"):
        one_block("DiscreteIntegrator", [[1.0], np.zeros((1, 2))], ExternalReset="level")
    with pytest.raises(UnsupportedBlock, match="IntegratorMethod"):
        one_block("DiscreteIntegrator", [[1.0]], IntegratorMethod="Integration: Simpson")


def loop(rule: str) -> Model:
    """y' = 1 - y."""
    model = Model.new("m")
    root = model.root
    root.add("Constant", "one")
    root.add("Sum", "sum", Inputs="+-")
    root.add("DiscreteIntegrator", "integrator", IntegratorMethod=f"Integration: {rule}", SampleTime=0.5)
    root.add("Outport", "y")
    for start, end in (("one", "sum/1"), ("integrator", "sum/2"), ("sum", "integrator"), ("integrator", "y")):
        root.connect(start, end)
    return model


def test_forward_euler_closes_a_loop_and_the_others_do_not() -> None:
    assert run(loop("Forward Euler"), stop_time=2)["y"].tolist() == [0, 0.5, 0.75, 0.875, 0.9375]
    for rule in RULES[1:]:
        with pytest.raises(ValueError, match="algebraic loop"):
            run(loop(rule), stop_time=2)


def test_the_period_is_that_of_the_block() -> None:
    """At steps of 0.5, an integrator at 1 takes every second sample and multiplies by 1."""
    y = one_block("DiscreteIntegrator", [np.arange(1.0, 7.0)], step=0.5, SampleTime=1)
    assert y.tolist() == [0, 1, 4]


def test_a_limit_that_is_no_number_names_itself() -> None:
    with pytest.raises(ParameterError, match="UpperSaturationLimit"):
        one_block("DiscreteIntegrator", [[1.0]], LimitOutput="on", UpperSaturationLimit="'high'")
