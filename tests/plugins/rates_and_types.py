"""A diagram with two rates, an enabled subsystem, integers and booleans, between Inports and Outports."""

from __future__ import annotations

from typing import Any

import numpy as np
from small_diagrams import inside, wired

from bridge.model import Model


def rates_and_types() -> Model:
    """Inports: x double, n int16, on boolean. Outports: fast, slow, counted (int16), flag (boolean), held."""
    model = Model.new("mixed")
    model.configure(StopTime=2, FixedStep=0.1, SolverName="FixedStepDiscrete")
    root = model.root
    for number, (name, kind) in enumerate((("x", "double"), ("n", "int16"), ("on", "boolean"))):
        root.add("Inport", name, Port=number + 1, OutDataTypeStr=kind)
    root.add("UnitDelay", "fast delay", SampleTime="0.1", InitialCondition="0.25")
    root.add("ZeroOrderHold", "slower", SampleTime="0.3")
    root.add("UnitDelay", "slow delay", SampleTime="0.3")
    root.add("Sum", "add slow", Inputs="++")
    root.add("RateTransition", "back")
    root.add("Sum", "count", Inputs="++", OutDataTypeStr="int16", SaturateOnIntegerOverflow="on")
    root.add("UnitDelay", "last count", SampleTime="0.1")
    root.add("RelationalOperator", "compare", Operator=">")
    root.add("Trigonometry", "sine", Operator="sin")
    enabled = root.add("SubSystem", "enabled")
    system = inside(enabled)
    system.add("Inport", "in")
    system.add("EnablePort", "enable")
    system.add("Gain", "double it", Gain="[2 3]")
    system.add("Outport", "out", InitialOutput="-1")
    wired(system, "in -> double it -> out")
    for number, name in enumerate(("fast", "slow", "counted", "flag", "held")):
        root.add("Outport", name, Port=number + 1)
    wired(
        root,
        "x -> sine -> fast delay -> fast",
        "x -> slower -> add slow/1",
        "slow delay -> add slow/2",
        "add slow -> slow delay",
        "add slow -> back -> slow",
        "n -> count/1",
        "last count -> count/2",
        "count -> last count",
        "count -> counted",
        "fast delay -> compare/1",
        "x -> compare/2",
        "compare -> flag",
        "x -> enabled/1",
        "enabled/1 -> held",
    )
    root.connect("on", "enabled/Enable")
    return model


def data(steps: int = 21) -> dict[str, Any]:
    """Rows for the Inports; the integers reach the limits of their type."""
    random = np.random.default_rng(4)
    return {
        "x": random.normal(size=steps),
        "n": random.integers(-9000, 20000, size=steps).astype(np.int16),
        "on": random.integers(0, 2, size=steps).astype(bool),
    }
