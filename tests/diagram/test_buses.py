"""Buses: signals are found by the names under which they went in, across subsystems and buses within buses."""

from __future__ import annotations

import numpy as np
import pytest
from small_diagrams import inside, run, wired

from bridge.diagram.survey import survey
from bridge.errors import ModelError, UnsupportedBlock
from bridge.model import Model, PortProperties, System

U = np.array([1.0, 2.0, 3.0])


def model(outputs: int = 1) -> tuple[Model, System]:
    """A model with Inports a, b, c and Outports y1, y2, …"""
    made = Model.new("m")
    for k, name in enumerate("abc"):
        made.root.add("Inport", name, Port=k + 1)
    for k in range(outputs):
        made.root.add("Outport", f"y{k + 1}", Port=k + 1)
    return made, made.root


def results(made: Model, **options: object) -> list[list[float]]:
    inputs = {"a": U, "b": 10 * U, "c": 100 * U}
    recording = run(made, inputs=inputs, step=1, stop_time=2, **options)
    return [list(recording[name]) for name in recording if name.startswith("y")]


def label(system: System, source: str, name: str) -> None:
    """Name the line that leaves a block."""
    line = next(line for line in system.lines if line.source is not None and line.source.block == source)
    line.parameters["Name"] = name


def test_a_selector_finds_signals_by_the_creators_list() -> None:
    made, root = model(2)
    root.add("BusCreator", "bus", Inputs="'speed','torque'")
    root.add("BusSelector", "pick", OutputSignals="torque,speed")
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> pick", "pick/1 -> y1", "pick/2 -> y2")
    assert results(made) == [list(10 * U), list(U)]
    assert not survey(made).unsupported


def test_names_come_from_lines_where_only_a_number_is_given() -> None:
    made, root = model(2)
    root.add("BusCreator", "bus", Inputs="2")
    root.add("BusSelector", "pick", OutputSignals="speed,signal2")
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> pick", "pick/1 -> y1", "pick/2 -> y2")
    label(root, "a", "speed")
    assert results(made) == [list(U), list(10 * U)]


def test_a_listed_name_gives_way_to_the_lines_where_they_are_inherited() -> None:
    made, root = model()
    root.add("BusCreator", "bus", Inputs="one,two", InheritFromInputs="on")
    root.add("BusSelector", "pick", OutputSignals="speed")
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> pick", "pick -> y1")
    label(root, "b", "speed")
    assert results(made) == [list(10 * U)]


def test_names_go_through_subsystems_goto_and_signal_specification() -> None:
    """Labels stand inside one subsystem and before another; nothing that is computed hands a name on."""
    made, root = model(4)
    source = inside(root.add("SubSystem", "source"))
    source.add("Inport", "in")
    source.add("Outport", "out")
    source.add("Gain", "gain", Gain="2")
    wired(source, "in -> gain -> out")
    label(source, "gain", "doubled")
    bundle = inside(root.add("SubSystem", "bundle"))
    for k in range(3):
        bundle.add("Inport", f"in{k + 1}", Port=k + 1)
    bundle.add("Outport", "out")
    bundle.add("BusCreator", "bus", Inputs="4")
    bundle.add("Goto", "to", GotoTag="t")
    bundle.add("From", "from", GotoTag="t")
    bundle.add("SignalSpecification", "spec")
    bundle.add("Gain", "same", Gain="1")
    wired(bundle, "in1 -> bus/1", "in2 -> to", "from -> bus/2", "in3 -> spec -> bus/3", "in3 -> same -> bus/4")
    wired(bundle, "bus -> out")
    root.add("BusSelector", "pick", OutputSignals="doubled,bee,sea,signal4")
    wired(root, "a -> source -> bundle/1", "b -> bundle/2", "c -> bundle/3", "bundle -> pick")
    wired(root, *(f"pick/{k} -> y{k}" for k in range(1, 5)))
    label(root, "b", "bee")
    label(root, "c", "<sea>")
    assert sorted(results(made)) == [list(2 * U), list(10 * U), list(100 * U), list(100 * U)]


def test_a_name_may_stand_with_the_port() -> None:
    made, root = model()
    root.add("BusCreator", "bus", Inputs="2")
    root.add("BusSelector", "pick", OutputSignals="speed")
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> pick", "pick -> y1")
    root.block("b").port_properties.append(PortProperties("out", 1, {"Name": "speed"}))
    assert results(made) == [list(10 * U)]


def test_the_number_of_inputs_may_be_the_files_default() -> None:
    made, root = model()
    made.defaults["BusCreator"] = {"Inputs": "3"}
    root.add("BusCreator", "bus")
    root.add("BusSelector", "pick", OutputSignals="signal3")
    wired(root, "a -> bus/1", "b -> bus/2", "c -> bus/3", "bus -> pick", "pick -> y1")
    assert results(made) == [list(100 * U)]


def test_buses_within_buses_through_subsystems_and_goto() -> None:
    made, root = model(2)
    source = inside(root.add("SubSystem", "source"))
    for k, name in enumerate("abc"):
        source.add("Inport", name, Port=k + 1)
    source.add("BusCreator", "inner", Inputs="p,q")
    source.add("BusCreator", "outer", Inputs="pair,single")
    source.add("Outport", "out")
    wired(source, "a -> inner/1", "b -> inner/2", "inner -> outer/1", "c -> outer/2", "outer -> out")
    root.add("Goto", "goto", GotoTag="G")
    root.add("From", "from", GotoTag="G")
    sink = inside(root.add("SubSystem", "sink"))
    sink.add("Inport", "bus")
    sink.add("BusSelector", "one", OutputSignals="pair.q,pair")
    sink.add("BusSelector", "two", OutputSignals="p")
    sink.add("Outport", "x", Port=1)
    sink.add("Outport", "y", Port=2)
    wired(sink, "bus -> one", "one/1 -> x", "one/2 -> two", "two -> y")
    wired(root, "a -> source/1", "b -> source/2", "c -> source/3", "source -> goto", "from -> sink")
    wired(root, "sink/1 -> y1", "sink/2 -> y2")
    assert results(made) == [list(10 * U), list(U)]


def test_a_selection_that_stays_a_bus_and_names_carried_on() -> None:
    made, root = model(2)
    root.add("BusCreator", "all", Inputs="p,q,r")
    root.add("BusSelector", "some", OutputSignals="r,p", OutputAsBus="on")
    root.add("BusSelector", "pick", OutputSignals="r")
    root.add("BusCreator", "again", Inputs="1")
    root.add("BusSelector", "last", OutputSignals="r")
    wired(root, "a -> all/1", "b -> all/2", "c -> all/3", "all -> some -> pick", "pick -> again", "again -> last -> y1")
    wired(root, "pick -> y2")
    assert results(made) == [list(100 * U), list(100 * U)]


def test_an_assignment_replaces_signals_and_passes_the_others() -> None:
    made, root = model(2)
    root.add("BusCreator", "bus", Inputs="p,q")
    root.add("BusAssignment", "assign", AssignedSignals="q")
    root.add("BusSelector", "pick", OutputSignals="p,q")
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> assign/1", "c -> assign/2", "assign -> pick")
    wired(root, "pick/1 -> y1", "pick/2 -> y2")
    assert results(made) == [list(U), list(100 * U)]


def test_feedback_through_a_bus_is_no_loop_of_its_own() -> None:
    made, root = model()
    root.add("BusCreator", "bus", Inputs="new,old")
    root.add("BusSelector", "pick", OutputSignals="new,old")
    root.add("Sum", "sum", Inputs="++")
    root.add("UnitDelay", "delay", SampleTime=1)
    wired(root, "a -> bus/1", "delay -> bus/2", "bus -> pick", "pick/1 -> sum/1", "pick/2 -> sum/2", "sum -> delay")
    wired(root, "sum -> y1")
    assert results(made) == [[1, 3, 6]]


def test_a_bus_may_end_in_a_terminator_or_be_shown() -> None:
    made, root = model()
    root.add("BusCreator", "bus", Inputs="p,q")
    root.add("Terminator", "nobody")
    root.add("Scope", "scope")
    root.add("SignalConversion", "convert")
    root.add("BusSelector", "pick", OutputSignals="q")
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> nobody", "bus -> scope", "bus -> convert -> pick -> y1")
    assert results(made) == [list(10 * U)]


def test_a_selected_signal_can_be_logged() -> None:
    made, root = model()
    root.add("BusCreator", "bus", Inputs="p,q")
    root.add("BusSelector", "pick", OutputSignals="p,q")
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> pick", "pick/1 -> y1")
    found = run(made, inputs={"a": U, "b": 10 * U, "c": U}, step=1, stop_time=2, log=["pick:2"])
    assert list(found["pick:2"]) == list(10 * U)
    with pytest.raises(UnsupportedBlock, match="m/bus: puts out a bus: name one of its signals"):
        run(made, inputs={"a": U, "b": U, "c": U}, step=1, stop_time=2, log=["bus"])


def selecting(name: str, **parameters: object) -> Model:
    """A bus of p and q, and a selector of `name`."""
    made, root = model()
    root.add("BusCreator", "bus", Inputs="p,q", **parameters)
    root.add("BusSelector", "pick", OutputSignals=name)
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> pick -> y1")
    return made


def test_a_name_that_is_not_in_the_bus_is_told_with_those_that_are() -> None:
    with pytest.raises(ModelError, match=r"m/pick.*selects 'r'.*m/bus.*it has p, q"):
        results(selecting("r"))
    with pytest.raises(ModelError, match=r"selects 'p\.x' from what 'm/a' puts out, which is no bus here"):
        results(selecting("p.x"))


def test_a_whole_bus_into_a_block_that_computes_is_refused_by_name() -> None:
    made, root = model()
    root.add("BusCreator", "bus", Inputs="p,q")
    root.add("Gain", "gain")
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> gain -> y1")
    with pytest.raises(UnsupportedBlock, match=r"m/gain.*input 1 takes the bus of 'm/bus' whole"):
        results(made)


def test_a_selector_without_a_bus_and_a_bus_that_comes_from_itself() -> None:
    made, root = model()
    root.add("BusSelector", "pick", OutputSignals="p")
    wired(root, "pick -> y1")
    with pytest.raises(ModelError, match="selects 'p' from a bus, but none arrives"):
        results(made)
    root.add("BusAssignment", "assign", AssignedSignals="q")
    wired(root, "assign -> pick", "assign -> assign/1")
    with pytest.raises(ModelError, match="comes only from itself"):
        results(made)
    ring, root = model()
    for name in ("one", "two"):
        root.add("BusSelector", name, OutputSignals="p")
    wired(root, "one -> two -> one", "two -> y1")
    with pytest.raises(ModelError, match="comes only from itself"):
        results(ring)


def test_a_signal_may_come_from_the_bus_that_it_goes_into() -> None:
    made, root = model()
    root.add("BusCreator", "bus", Inputs="p,q")
    root.add("BusSelector", "inner", OutputSignals="p")
    root.add("BusSelector", "pick", OutputSignals="q")
    wired(root, "a -> bus/1", "bus -> inner -> bus/2", "bus -> pick -> y1")
    assert results(made) == [list(U)]


def test_long_rows_are_followed_without_recursion_and_a_ring_ends() -> None:
    made, root = model()
    root.add("BusCreator", "bus", Inputs="p,q")
    root.add("BusSelector", "pick", OutputSignals="q")
    names = [f"convert{k}" for k in range(200)]
    for name in names:
        root.add("SignalConversion", name)
    wired(root, "a -> bus/1", "b -> bus/2", "bus -> " + " -> ".join(names) + " -> pick -> y1")
    assert results(made) == [list(10 * U)]
    made, root = model()
    root.add("BusCreator", "bus0", Inputs="p")
    for k in range(1, 60):
        root.add("BusCreator", f"bus{k}", Inputs="p")
        wired(root, f"bus{k - 1} -> bus{k}")
    for k in range(60):
        root.add("BusSelector", f"pick{k}", OutputSignals="p")
        wired(root, f"{f'pick{k - 1}' if k else 'bus59'} -> pick{k}")
    wired(root, "a -> bus0", "pick59 -> y1")
    assert results(made) == [list(U)]
    ring, root = model()
    for name in ("one", "two"):
        root.add("SignalConversion", name)
    wired(root, "one -> two -> one", "two -> y1")
    with pytest.raises(ModelError, match="loop"):
        results(ring)
