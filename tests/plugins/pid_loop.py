"""A PID controller in a loop with a plant of second order, with a limited actuator; gains in the workspace."""

from __future__ import annotations

from small_diagrams import wired

from bridge.model import Model

GAINS = {"Kp": 1.2, "Ki": 0.6, "Kd": 0.3}


def pid_loop() -> Model:
    """The reference is 1. Outports: y the plant's output, u the controller's, cost the sum of the squared errors."""
    model = Model.new("pid")
    model.configure(StopTime=8, FixedStep=0.1, SolverName="FixedStepDiscrete")
    root = model.root
    root.add("Constant", "reference", Value="1", SampleTime="0.1")
    root.add("Sum", "error", Inputs="+-")
    root.add("Gain", "Kp", Gain="Kp")
    root.add("Gain", "Ki", Gain="Ki")
    root.add("DiscreteIntegrator", "integral", SampleTime="0.1")
    root.add("Gain", "Kd", Gain="Kd/0.1")
    root.add("UnitDelay", "before", SampleTime="0.1")
    root.add("Sum", "difference", Inputs="+-")
    root.add("Sum", "controller", Inputs="+++")
    root.add("Saturate", "actuator", UpperLimit="3", LowerLimit="-3")
    root.add("DiscreteTransferFcn", "plant", Numerator="[0.02 0.015]", Denominator="[1 -1.7 0.72]", SampleTime="0.1")
    root.add("Math", "square", Operator="square")
    root.add("UnitDelay", "sum so far", SampleTime="0.1")
    root.add("Sum", "add", Inputs="++")
    for number, name in enumerate(("y", "u", "cost")):
        root.add("Outport", name, Port=number + 1)
    wired(
        root,
        "reference -> error -> Kp -> controller/1",
        "error -> Ki -> integral -> controller/2",
        "error -> difference/1",
        "error -> before -> difference/2",
        "difference -> Kd -> controller/3",
        "controller -> actuator -> plant -> error/2",
        "plant -> y",
        "actuator -> u",
        "error -> square -> add/1",
        "sum so far -> add/2",
        "add -> sum so far",
        "add -> cost",
    )
    return model
