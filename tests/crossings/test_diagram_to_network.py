"""Diagrams recognised: the same weights bit for bit, however they are drawn; anything else refused at its block."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from written_out import answer

import bridge
from bridge.crossings import diagram_from_network, example_model, network_from_diagram
from bridge.errors import AlgebraicLoop, DimensionMismatch, ModelError, UndefinedName, UsageError
from bridge.model import Endpoint, Line, Model

# As many units as inputs and outputs, so that sizes alone refuse nothing.
N = 3


def network(inputs=N, units=(N,), outputs=N, *, bias=False, states=True):
    g = np.random.default_rng(len(units))
    layers, size = [bridge.SequenceInput(inputs)], inputs
    for n in units:
        given = {"HiddenState": g.normal(size=(n, 1)), "CellState": g.normal(size=(n, 1))} if states else {}
        W, R, b = (g.normal(size=(4 * n, columns)) for columns in (size, n, 1))
        layers.append(bridge.LSTM(n, InputWeights=W, RecurrentWeights=R, Bias=b, **given))
        size = n
    if outputs:
        d = g.normal(size=(outputs, 1)) if bias else np.zeros((outputs, 1))
        layers.append(bridge.FullyConnected(outputs, Weights=g.normal(size=(outputs, size)), Bias=d))
    return bridge.Network(layers)


NET = network()
WORKSPACE = diagram_from_network(NET, np.random.default_rng(7).normal(size=(12, N)))[1]


@pytest.fixture(params=["ours", "original"])
def load(request):
    """Makes a fresh copy of our drawing, or of the original."""
    path = example_model() if request.param == "ours" else None
    if path is None:
        path = request.getfixturevalue("shared") / "corpus/seed/lstm_sim.mdl"
    return lambda: bridge.load(path)


# The same network comes back ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"inputs": 4, "units": (3,), "outputs": 2, "bias": True},
        {"inputs": 1, "units": (1,), "outputs": 1, "bias": True},
        {"inputs": 2, "units": (3, 4), "outputs": 2, "bias": True},
        {"inputs": 1, "units": (1, 1, 1), "outputs": 1},
        {"inputs": 3, "units": (2, 1, 5), "outputs": 4},
        {"inputs": 2, "units": (2, 3), "outputs": 0, "states": False},
    ],
    ids=str,
)
def test_a_drawn_network_comes_back_bit_for_bit(sizes) -> None:
    net = network(**sizes)
    assert network_from_diagram(*diagram_from_network(net)).difference(net) == ""


def test_a_layer_between_and_signs_of_zero_come_back() -> None:
    g = np.random.default_rng(0)
    W = g.normal(size=(8, 3))
    W[0, 0] = -0.0
    R = g.normal(size=(8, 2))
    first = bridge.LSTM(2, InputWeights=g.normal(size=(8, 4)), RecurrentWeights=R, Bias=-np.zeros(8))
    middle = bridge.FullyConnected(3, Weights=g.normal(size=(3, 2)), Bias=np.array([1.0, -0.0, 2.0]))
    last = bridge.LSTM(2, InputWeights=W, RecurrentWeights=2 * R, Bias=np.arange(8.0))
    net = bridge.Network([bridge.SequenceInput(4), first, middle, last])
    assert network_from_diagram(*diagram_from_network(net)).difference(net) == ""


def test_it_survives_the_file(tmp_path: Path) -> None:
    net = network(units=(2, 3))
    model, workspace = diagram_from_network(net)
    for ending in (".mdl", ".slx"):
        bridge.save(model, tmp_path / f"net{ending}")
        assert network_from_diagram(bridge.load(tmp_path / f"net{ending}"), workspace).difference(net) == ""


def test_the_committed_and_the_original_model_are_recognised(load) -> None:
    assert network_from_diagram(load(), WORKSPACE).difference(NET) == ""


def test_single_precision_weights_come_back_as_doubles() -> None:
    net = network()
    single = net.with_({"lstm": {"InputWeights": net["lstm"].InputWeights.astype(np.float32)}})
    back = network_from_diagram(*diagram_from_network(single))
    assert np.array_equal(back["lstm"].InputWeights, single["lstm"].InputWeights)
    assert back["lstm"].InputWeights.dtype == np.float64


# However it is drawn --------------------------------------------------------------------------------------------------


def rewired(model: Model, change) -> None:
    """Pass every endpoint through `change`."""
    for line in model.root.lines:
        line.source = change(line.source)
        for piece in line.walk():
            if piece.destination is not None:
                piece.destination = change(piece.destination)


def test_order_and_names_do_not_matter(load) -> None:
    model = load()
    shuffle = random.Random(1)
    names = {block.name: f"block {k}/?" for k, block in enumerate(model.root.blocks)}
    rewired(model, lambda end: Endpoint(names[end.block], end.kind, end.number))
    for block in model.root.blocks:
        block.name = names[block.name]
    shuffle.shuffle(model.root.blocks)
    shuffle.shuffle(model.root.lines)
    assert network_from_diagram(model, WORKSPACE).difference(NET) == ""


def test_order_of_terms_and_factors_does_not_matter(load) -> None:
    model = load()
    kinds = {block.name: (block.kind, (block.ports or {}).get("in", 1)) for block in model.root.blocks}

    def turned(end: Endpoint) -> Endpoint:
        kind, count = kinds[end.block]
        return replace(end, number=count + 1 - end.number) if end.kind == "in" and kind in ("Sum", "Product") else end

    rewired(model, turned)
    assert network_from_diagram(model, WORKSPACE).difference(NET) == ""


@pytest.mark.parametrize(
    ("block", "parameters"),
    [
        ("Wi", {"Gain": "W([1 2 3], :)"}),
        ("Wi", {"Gain": "[W(1,:); W(2:3,:)]"}),
        ("Wi", {"Gain": "W(1:Nn,:)'", "Multiplication": "Matrix(u*K)"}),
        ("Wi", {"Multiplication": "Matrix(K*u) (u vector)"}),
        ("Wi", {"Gain": "rows"}),
        ("bi", {"Value": "b(1:Nn)'"}),
        ("bi", {"Value": "columns(:,1)"}),
        ("FC layer", {"Gain": "(2*F)/2"}),
    ],
    ids=str,
)
def test_equivalent_parameters_are_equal(block: str, parameters: dict[str, str]) -> None:
    model = bridge.load(example_model())
    model.root.block(block).parameters.update(parameters)
    extra = {"rows": WORKSPACE["W"][:N], "columns": WORKSPACE["b"].reshape(N, 4, order="F")}
    assert network_from_diagram(model, {**WORKSPACE, **extra}).difference(NET) == ""


def test_tanh_counts_as_tansig() -> None:
    model = bridge.load(example_model())
    for name in ("tansig", "cell candidate"):
        block = model.root.block(name)
        block.kind, block.parameters = "Trigonometry", {"Operator": "tanh"}
    assert network_from_diagram(model, WORKSPACE).difference(NET) == ""


def test_initial_conditions_of_any_form() -> None:
    model = bridge.load(example_model())
    model.root.block("Hidden State").parameters["InitialCondition"] = "0"
    model.root.block("Cell State").parameters["InitialCondition"] = "c0'"
    expected = NET.with_({"lstm": {"HiddenState": None}})
    assert network_from_diagram(model, WORKSPACE).difference(expected) == ""


def lstm_by_hand(*, stacked: str, root=None) -> Model:
    """One LSTM layer drawn otherwise: gains for all gates at once, and another way to part their sum."""
    model = Model.new("other")
    model.configure(StopTime="t(end)")
    system = model.root
    system.add("FromWorkspace", "source", VariableName="[t u]")
    system.add("ToWorkspace", "sink", VariableName="y")
    system.add("Gain", "out", Gain="F", Multiplication="Matrix(K*u)")
    if stacked == "subsystems":
        layer = system.add("SubSystem", "layer", ports={"in": 1, "out": 1}).subsystem
        layer.add("Inport", "x", Port="1")
        layer.add("Outport", "h", Port="1")
        system.connect("source", "layer")
        system.connect("layer", "out")
        fill(layer, "x", "h", inner=True)
    else:
        fill(system, "source", "out", mux=stacked == "mux", selector=stacked == "selector", joint=stacked == "joint")
    system.connect("out", "sink")
    return model


def fill(system, source: str, sink: str, *, mux=False, selector=False, inner=False, joint=False) -> None:
    for name in "hc":
        system.add("UnitDelay", f"{name} before", InitialCondition=f"{name}0", SampleTime="Ts")
    if mux:
        system.add("Mux", "both", ports={"in": 2, "out": 1}, Inputs="2")
        system.connect(source, ("both", 1))
        system.connect("h before", ("both", 2))
        system.add("Gain", "WR", Gain="[W R]", Multiplication="Matrix(K*u)")
        system.connect("both", "WR")
    else:
        for name, block in (("W", source), ("R", "h before")):
            system.add("Gain", name, Gain=name, Multiplication="Matrix(K*u)")
            system.connect(block, name)
    system.add("Constant", "b", Value="b")
    terms = ["b", "WR"] if mux else ["R", "b", "W"]
    system.add("Sum", "z", ports={"in": len(terms), "out": 1}, Inputs="+" * len(terms))
    for port, term in enumerate(terms, 1):
        system.connect(term, ("z", port))
    functions = {"i": "logsig", "f": "logsig", "g": "tansig", "o": "logsig"}
    if joint:  # one logsig and one tansig for all, then the rows that each gate needs
        for function in ("logsig", "tansig"):
            library = f"neural/Transfer Functions/{function}"
            system.add("Reference", function, ports={"in": 1, "out": 1}, SourceBlock=library)
            system.connect("z", function)
        selector = True
    for k, (gate, function) in enumerate(functions.items()):
        library = f"neural/Transfer Functions/{function}"
        home = system
        if inner:  # every gate in a box of its own, a level deeper
            home = system.add("SubSystem", f"box {gate}", ports={"in": 1, "out": 1}).subsystem
            home.add("Inport", "in", Port="1")
            home.add("Outport", "out", Port="1")
        if not joint:
            home.add("Reference", gate, ports={"in": 1, "out": 1}, SourceBlock=library, SourceType=function.upper())
        if inner:
            home.connect("in", gate)
            home.connect(gate, "out")
        if selector:
            rows = f"[{', '.join(str(k * N + row) for row in range(1, N + 1))}]"
            system.add("Selector", f"rows {gate}", InputPortWidth=str(4 * N), Indices=rows)
            system.connect(function if joint else "z", f"rows {gate}")
            if not joint:
                system.connect(f"rows {gate}", gate)
    named = {gate: f"rows {gate}" if joint else f"box {gate}" if inner else gate for gate in functions}
    if not selector:
        system.add("Demux", "part", ports={"in": 1, "out": 4}, Outputs="4")
        system.connect("z", "part")
        for k, gate in enumerate(functions, 1):
            system.connect(("part", k), named[gate])
    system.add("Product", "keep", ports={"in": 2, "out": 1})
    system.add("Product", "write", ports={"in": 2, "out": 1})
    system.add("Product", "show", ports={"in": 2, "out": 1})
    system.add("Sum", "c", ports={"in": 2, "out": 1}, Inputs="++")
    system.add("Trigonometry", "tanh", Operator="tanh")
    system.add("Goto", "goto c", GotoTag="c")
    system.add("From", "from c", GotoTag="c")
    for start, end in (
        (named["f"], ("keep", 1)), ("c before", ("keep", 2)), (named["g"], ("write", 1)), (named["i"], ("write", 2)),
        ("write", ("c", 1)), ("keep", ("c", 2)), ("c", "goto c"), ("from c", "tanh"), ("from c", "c before"),
        ("tanh", ("show", 1)), (named["o"], ("show", 2)), ("show", "h before"), ("show", sink),
    ):  # fmt: skip
        system.connect(start, end)


@pytest.mark.parametrize("stacked", ["demux", "selector", "mux", "joint", "subsystems"])
def test_other_drawings_of_the_same_layer(stacked: str) -> None:
    model = lstm_by_hand(stacked=stacked)
    assert network_from_diagram(model, WORKSPACE).difference(NET) == ""
    y = bridge.simulate(model, WORKSPACE)["y"]
    assert np.allclose(y, answer(NET, WORKSPACE["u"]), rtol=0, atol=1e-13)


def test_an_input_bundled_from_several_sources() -> None:
    model = bridge.load(example_model())
    model.root.block("From Workspace").parameters["VariableName"] = "[t u(:,1)]"
    model.root.add("FromWorkspace", "second", VariableName="[t u(:,2:3)]")
    model.root.add("Mux", "mux", ports={"in": 2, "out": 1}, Inputs="2")
    line = next(line for line in model.root.lines if line.source.block == "From Workspace")
    line.source = Endpoint("mux", "out", 1)
    model.root.connect("From Workspace", ("mux", 1))
    model.root.connect("second", ("mux", 2))
    assert network_from_diagram(model, WORKSPACE).difference(NET) == ""


def test_of_several_recordings_the_last_in_line_is_the_output() -> None:
    model = bridge.load(example_model())
    model.root.add("ToWorkspace", "record h", VariableName="h")
    model.root.connect(("o * tansig(c)", 1), "record h")
    assert network_from_diagram(model, WORKSPACE).difference(NET) == ""
    assert network_from_diagram(model, WORKSPACE, output="h").names == ("sequenceinput", "lstm")
    with pytest.raises(UsageError, match="records no 'z'; it records y, h"):
        network_from_diagram(model, WORKSPACE, output="z")


# Anything else is refused, at its block -------------------------------------------------------------------------------


def refusal(model: Model) -> ModelError:
    with pytest.raises(ModelError) as caught:
        network_from_diagram(model, WORKSPACE)
    return caught.value


def test_every_changed_sign_is_named(load) -> None:
    sums = [(block.name, block.get("Inputs").strip("|")) for block in load().root.blocks if block.kind == "Sum"]
    assert len(sums) == 5
    for name, signs in sums:
        for k in range(len(signs)):
            model = load()
            model.root.block(name).parameters["Inputs"] = signs[:k] + "-" + signs[k + 1 :]
            assert refusal(model).path == f"lstm_sim/{name}"


@pytest.mark.parametrize("other", ["swapped", "purelin", "satlin", "hardlim", "poslin"])
def test_every_changed_gate_is_named(load, other: str) -> None:
    gates = [block for block in load().root.blocks if block.kind == "Reference"]
    assert len(gates) == 5
    for gate in gates:
        model = load()
        function = other if other != "swapped" else "tansig" if gate.source_type == "LOGSIG" else "logsig"
        library = f"neural/Transfer Functions/{function}"
        model.root.block(gate.name).parameters.update(SourceBlock=library, SourceType=function.upper())
        assert refusal(model).path == f"lstm_sim/{gate.name}"


@pytest.mark.parametrize("signs", ["*/", "/*"])
def test_every_division_is_named(load, signs: str) -> None:
    for block in load().root.blocks:
        if block.kind == "Product":
            model = load()
            model.root.block(block.name).parameters["Inputs"] = signs
            assert refusal(model).path == f"lstm_sim/{block.name}"


DELAYS = pytest.mark.parametrize("name", ["Cell State", "Hidden State"])


@DELAYS
@pytest.mark.parametrize("place", ["before", "after"])
def test_one_delay_more_is_named(load, name: str, place: str) -> None:
    model = load()
    initial = model.root.block(name).get("InitialCondition")
    model.root.add("UnitDelay", "Extra", InitialCondition=initial, SampleTime="Ts")
    moved = Endpoint(name, "in" if place == "before" else "out", 1)
    rewired(model, lambda end: replace(end, block="Extra") if end == moved else end)
    model.root.connect(*(("Extra", name) if place == "before" else (name, "Extra")))
    error = refusal(model)
    assert error.path in (f"lstm_sim/{name}", "lstm_sim/Extra")
    assert name in str(error)
    assert "Extra" in str(error)


@DELAYS
@pytest.mark.parametrize("kind", ["missing", "ZeroOrderHold"])
def test_one_delay_less_is_an_algebraic_loop(load, name: str, kind: str) -> None:
    model = load()
    if kind == "missing":
        source = next(line.source for line in model.root.lines for end in line.destinations if end.block == name)
        for line in model.root.lines:
            for piece in line.walk():
                if piece.destination is not None and piece.destination.block == name:
                    piece.destination = None
            if line.source.block == name:
                line.source = source
        model.root.blocks = [block for block in model.root.blocks if block.name != name]
    else:
        model.root.block(name).kind = kind
    with pytest.raises(AlgebraicLoop, match=name if kind != "missing" else "lstm_sim"):
        network_from_diagram(model, WORKSPACE)


@DELAYS
def test_a_longer_delay_is_named(load, name: str) -> None:
    model = load()
    block = model.root.block(name)
    block.kind = "Delay"
    block.parameters.update(DelayLength="2", InitialCondition="0")
    assert refusal(model).path == f"lstm_sim/{name}"
    block.parameters["DelayLength"] = "1"
    assert network_from_diagram(model, WORKSPACE)["lstm"] is not None


@DELAYS
@pytest.mark.parametrize("period", ["2*Ts", "Ts/2", "Ts/10"])
def test_another_sample_time_is_named(load, name: str, period: str) -> None:
    model = load()
    model.root.block(name).parameters["SampleTime"] = period
    assert f"lstm_sim/{name}" in str(refusal(model))


@DELAYS
def test_an_initial_condition_that_does_not_fit_is_named(load, name: str) -> None:
    for initial, kind in (("[1; 2]", DimensionMismatch), ("W", DimensionMismatch), ("x0", UndefinedName)):
        model = load()
        model.root.block(name).parameters["InitialCondition"] = initial
        with pytest.raises(kind, match=name):
            network_from_diagram(model, WORKSPACE)


def test_a_peephole_is_named() -> None:
    model = bridge.load(example_model())
    model.root.add("Gain", "peep", Gain="eye(Nn)", Multiplication="Matrix(K*u)")
    total = model.root.block("sum f")
    total.parameters["Inputs"] = "++++"
    model.root.connect("Cell State", "peep")
    model.root.connect("peep", ("sum f", 4))
    error = refusal(model)
    assert error.path == "lstm_sim/peep"
    assert "the forget gate the cell state" in str(error)


def test_a_gate_without_weights_or_without_a_term_is_named() -> None:
    for name, cause in (("Wf", "no term of the layer's input"), ("Rf", r"no term of h\(t-1\)")):
        model = bridge.load(example_model())
        for line in model.root.lines:
            if line.source.block == name:
                line.destination = None
        with pytest.raises(ModelError, match=rf"^lstm_sim/sum f: the forget gate adds {cause}"):
            network_from_diagram(model, WORKSPACE)
    model = bridge.load(example_model())
    model.root.block("Rf").kind = "SignalConversion"
    with pytest.raises(ModelError, match=r"^lstm_sim/sum f: the forget gate adds h\(t-1\) without a matrix"):
        network_from_diagram(model, WORKSPACE)


@pytest.mark.parametrize("place", ["From Workspace", "FC layer"])
def test_something_before_or_behind_the_layers_is_named(place: str) -> None:
    model = bridge.load(example_model())
    line = next(line for line in model.root.lines if line.source.block == place)
    model.root.add("Abs", "abs")
    line.source = Endpoint("abs", "out", 1)
    model.root.connect(place, "abs")
    assert refusal(model).path == "lstm_sim/abs"


def test_a_gain_before_the_layer_is_a_layer() -> None:
    model = bridge.load(example_model())
    line = next(line for line in model.root.lines if line.source.block == "From Workspace")
    model.root.add("Gain", "K", Gain="3")
    line.source = Endpoint("K", "out", 1)
    model.root.connect("From Workspace", "K")
    net = network_from_diagram(model, WORKSPACE)
    assert net.names == ("sequenceinput", "fc_1", "lstm", "fc_2")
    assert np.array_equal(net["fc_1"].Weights, 3 * np.eye(N))


def test_a_constant_output_is_refused() -> None:
    model = bridge.load(example_model())
    model.root.lines = [line for line in model.root.lines if line.source.block != "FC layer"]
    model.root.add("Constant", "one", Value="ones(3,1)")
    model.root.connect("one", "To Workspace")
    assert "does not depend on the input" in str(refusal(model))


def test_every_single_rewiring_is_refused_or_still_right() -> None:
    """Each input led to each other signal, or to none: what is accepted answers as the diagram does."""
    original = bridge.load(example_model())
    ends = [end for line in original.root.lines for end in line.destinations]
    sources = [line.source for line in original.root.lines]
    chosen = random.Random(3).sample([(end, source) for end in ends for source in [None, *sources]], 80)
    accepted = 0
    for end, source in chosen:
        model = bridge.load(example_model())
        for line in model.root.lines:
            for piece in line.walk():
                if piece.destination == end:
                    piece.destination = None
        if source is not None:
            model.root.lines.append(Line(end, source=source))
        try:
            net = network_from_diagram(model, WORKSPACE)
        except ModelError:
            continue
        accepted += 1
        expected = answer(net, WORKSPACE["u"])
        assert np.allclose(bridge.simulate(model, WORKSPACE)["y"], expected, rtol=0, atol=1e-12), (end, source)
    assert 0 < accepted < len(chosen) / 4
