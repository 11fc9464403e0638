"""Seeds of Simulink files, and how they are read and run."""

from __future__ import annotations

from collections.abc import Callable

from bridge.model import Mask, MaskParameter, Model, Section
from tests.hostile.places import SHARED, folder, path_of, written

_LARGEST = 20_000


def model() -> Model:
    """A little of everything that a model file can say."""
    made = Model.new("m")
    root = made.root
    root.add("Inport", "in\nput")
    sub = root.add("SubSystem", "Sub", ports={"in": 2, "out": 1, "trigger": 1})
    assert sub.subsystem is not None
    sub.subsystem.add("Gain", "g", Gain="'quoted \"text\"'")
    sub.mask = Mask(display="disp('x')", parameters=[MaskParameter("k", "1", options=["1", "2"])])
    root.add("Reference", "link", SourceBlock="lib/b", SourceType="B").instance_data["P"] = "1"
    root.connect("in\nput", "Sub/1", points=[(5, 0)])
    root.connect("in\nput", "Sub/trigger")
    root.connect("in\nput", "link")
    state = Section("state", {"SSID": "1"})
    chart = Section("chart", {"id": "3"}, [Section("Children", {}, [state])])
    made.stateflow = Section("Stateflow", {}, [Section("machine", {"id": "2"}, [Section("Children", {}, [chart])])])
    return made


def runnable() -> Model:
    """A small diagram that runs: sources, a loop with delays, a lookup table, a subsystem, sinks."""
    made = Model.new("m")
    root = made.root
    root.add("Constant", "c", Value="ones(2,1)*k")
    root.add("Gain", "gain", Gain="[1 2; 3 4]", Multiplication="Matrix(K*u)")
    root.add("Sum", "sum", Inputs="+-")
    root.add("UnitDelay", "z", InitialCondition="zeros(2,1)", SampleTime="0.1")
    root.add("Delay", "long", DelayLength="3", InitialCondition="0", SampleTime="0.1")
    sub = root.add("SubSystem", "Sub", ports={"in": 1, "out": 1})
    assert sub.subsystem is not None
    sub.subsystem.add("Inport", "u")
    sub.subsystem.add("Saturate", "limit", UpperLimit="5", LowerLimit="-k")
    sub.subsystem.add("Outport", "y")
    sub.subsystem.connect("u", "limit")
    sub.subsystem.connect("limit", "y")
    root.add("Outport", "y")
    root.add("ToWorkspace", "log", VariableName="v", SaveFormat="Array", MaxDataPoints="inf")
    for source, target in (
        ("c", "gain"), ("gain", "sum/1"), ("z", "sum/2"), ("sum", "Sub"), ("Sub", "z"), ("z", "long"), ("long", "y"),
        ("Sub", "log"),
    ):  # fmt: skip
        root.connect(source, target)
    return made


def in_file(make: Callable[[], Model], form: str, pattern: str = "") -> Callable[[], list[bytes]]:
    """The model in a form, and small ones of the corpus that are in it."""

    def seeds() -> list[bytes]:
        from bridge import files

        found = [written(lambda path: files.write(make(), path, form), f".{form}")]
        for path in sorted(SHARED.rglob(pattern)) if pattern else ():
            if path.stat().st_size < _LARGEST:
                data = path.read_bytes()
                if data.startswith(b"# MathWorks OPC") == (form == "opc"):
                    found.append(data)
        return found[:12]

    return seeds


def read_model(name: str) -> Callable[[bytes], object]:
    """Read a model. What can be read can be written, and read again; every eighth is tried."""

    def execute(data: bytes) -> object:
        from bridge import files

        found = files.read(path_of(data, name))
        if isinstance(found, Model) and len(data) % 8 == 0:
            again = folder() / "again.slx"
            files.write(found, again, "slx")
            files.read(again)
        return found

    return execute


def simulated(data: bytes) -> object:
    """Read a model and run it."""
    import bridge

    return bridge.simulate(path_of(data, "m.mdl"), {"k": 2.0}, engine="numpy")
