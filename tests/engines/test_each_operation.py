"""Every operation of a step by itself: given the same operands, generated C is within 4 ulp of the numpy reference.

What a whole step is off by depends on the diagram as much as on the engine: where it subtracts what is nearly equal, as
``2 / (1 + exp(-2 x)) - 1`` does near zero, one unit in the last place of the exponential becomes many of the result.
So the step is taken apart. The reference runs it and keeps every value; then each operation alone gets the operands
that it had there, on both engines. The measure of a sum is the sum of its terms' sizes, as rounding moves a sum by
parts of what is added up, however much of it cancels. Integers and booleans are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge import layers
from bridge.crossings.example import example_model
from bridge.engines import Schedule, engine
from bridge.network import GRU, LSTM, FullyConnected, Network, SequenceInput
from bridge.program import Node, Output, Program, Region, Type, Value
from bridge.program import trace as t
from bridge.program.copying import renewed, rewrite
from bridge.program.trace import emit, tracing
from bridge.program.types import DOUBLE, SINGLE, DType
from bridge.simulation import Simulator

Arrays = dict[str, np.ndarray]
LIMIT = 4
# Calls of Python are not the engine's; these keep what they got as it was.
LEFT_OUT = frozenset({"host", "constant"})


@pytest.fixture(params=["compiled", "torch", "onnx"])
def other(request: pytest.FixtureRequest, need_compiler: Callable[[], None]) -> str:
    """An engine beside the reference."""
    if request.param == "compiled":
        need_compiler()
    return str(request.param)


class Apart:
    """A step's operations side by side, none of which sees what another computes.

    Values of the step come in as inputs, those of init as parameters, as in the whole, since generated C lays out
    matrices that do not change. `operands` are the original's values by their new names.
    """

    def __init__(self, program: Program) -> None:
        self.program = Program(program.name)
        self.operands: dict[str, Value] = {}
        self.nodes: dict[str, Node] = {}
        self._of: dict[Value, Value] = {}
        inside = {*program.step.parameters, *(value for node in program.step.nodes for value in node.outputs)}
        with tracing(self.program.step):
            for node in program.step.nodes:
                if node.op not in LEFT_OUT:
                    self._put(node, inside)
        self.program.seal()

    def _put(self, node: Node, inside: set[Value]) -> None:
        alone = Region([], [node], list(node.outputs))
        known = {value: self._operand(value, inside) for value in alone.free()}
        for result in rewrite(alone, known):
            name = f"r{len(self.nodes)}"
            self.nodes[name] = node
            self.program.outputs.append(Output(name, result, "line"))

    def _operand(self, value: Value, inside: set[Value]) -> Value:
        if value not in self._of:
            if value.node is not None and value.node.op == "constant":
                (self._of[value],) = emit("constant", [], value.node.attributes)
            else:
                new, name = renewed(value), f"v{len(self.operands)}"
                self._of[value], self.operands[name] = new, value
                (self.program.inputs if value in inside else self.program.parameters)[name] = new
        return self._of[value]


def taken_apart(other: str, program: Program, parameters: Arrays, inputs: Arrays, steps: int) -> list[str]:
    """The operations that differ by more than the limit, each with how far, over so many steps."""
    apart = Apart(program)
    # The whole program hands out every operand, too.
    program.outputs += [Output(name, value, "line") for name, value in apart.operands.items()]
    program.seal()
    whole = engine("numpy").load(program).run(Schedule.of(program, steps), parameters, inputs)
    rows = {name: whole.outputs[name] for name in apart.program.inputs}
    constant = {name: whole.outputs[name][0] for name in apart.program.parameters}
    schedule = Schedule.of(apart.program, steps)
    expected, actual = (
        engine(name).load(apart.program).run(schedule, constant, rows).outputs for name in ("numpy", other)
    )
    found = []
    for name, node in apart.nodes.items():
        operands = [(rows | constant).get(key) for key in _names(apart, node)]
        off = distance(node, operands, expected[name], actual[name])
        if off > (LIMIT if expected[name].dtype.kind == "f" else 0):
            found.append(f"{node.op} of {node.origin}: {off:.3g}")
    return found


def _names(apart: Apart, node: Node) -> list[str]:
    of = {value: name for name, value in apart.operands.items()}
    return [of.get(value, "") for value in node.inputs]


def distance(node: Node, operands: list[np.ndarray | None], expected: np.ndarray, actual: np.ndarray) -> float:
    """The largest difference, in units in the last place of the result or of what is added up."""
    assert actual.dtype == expected.dtype
    if expected.dtype.kind != "f":
        return float(np.count_nonzero(actual != expected))
    scale = np.abs(expected)
    if node.op == "matmul":
        values = [node.inputs[k].node.attributes["value"] if x is None else x for k, x in enumerate(operands)]
        a, b = (np.abs(np.broadcast_to(x, (len(expected), *v.shape))) for x, v in zip(values, node.inputs, strict=True))
        scale = np.array([left @ right for left, right in zip(a, b, strict=True)])
    elif node.op == "sum" and operands[0] is not None:
        scale = np.array([np.sum(np.abs(x), axis=tuple(node.attributes["axes"])) for x in operands[0]])
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        off = np.abs(actual - expected) / np.spacing(np.maximum(scale, np.finfo(expected.dtype).tiny))
    return float(np.where(same, 0, off).max(initial=0))


def drawn(program: Program, steps: int) -> Arrays:
    """Random inputs of the declared types."""
    random, found = np.random.default_rng(0), {}
    for name, value in program.inputs.items():
        numbers = random.normal(scale=10, size=(steps, *value.shape))
        found[name] = numbers > 0 if value.dtype.kind == "bool" else numbers.astype(value.dtype.numpy)
    return found


def lstm(units: int, inputs: int, outputs: int, steps: int) -> dict[str, object]:
    random = np.random.default_rng(units)
    shapes = {"W": (4 * units, inputs), "R": (4 * units, units), "b": (4 * units, 1), "F": (outputs, units)}
    weights = {name: random.normal(scale=units**-0.5, size=shape) for name, shape in shapes.items()}
    start = {name: random.normal(size=(units, 1)) for name in ("h0", "c0")}
    signal = {"t": 0.5 * np.arange(steps)[:, None], "u": random.normal(size=(steps, inputs))}
    return {**weights, **start, **signal, "Nn": units, "Ts": 0.5}


@pytest.mark.parametrize("size", [(5, 1, 1), (32, 8, 4), (128, 16, 8)], ids=str)
def test_the_lstm_diagram(other: str, size: tuple[int, int, int]) -> None:
    steps = 300
    simulator = Simulator(example_model(), lstm(*size, steps))
    assert not taken_apart(other, simulator.program, simulator.diagram.parameters, {}, steps)


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE], ids=["single", "double"])
def test_a_network(other: str, dtype: DType) -> None:
    random, steps = np.random.default_rng(0), 100

    def weights(*shape: int) -> np.ndarray:
        return random.normal(scale=shape[-1] ** -0.5, size=shape)

    network = Network(
        [
            SequenceInput(3),
            LSTM(20, InputWeights=weights(80, 3), RecurrentWeights=weights(80, 20), Bias=weights(80, 1)),
            GRU(40, InputWeights=weights(120, 20), RecurrentWeights=weights(120, 40), Bias=weights(120, 1)),
            FullyConnected(2, Weights=weights(2, 40), Bias=weights(2, 1)),
        ]
    )
    program = layers.plan(network, dtype=dtype).program
    assert not taken_apart(other, program, dict(layers.values(network, program)), drawn(program, steps), steps)


def test_what_is_too_far_is_found() -> None:
    """Five units of the result, or of what is added up; fewer where terms cancel are none of the sum's making."""
    program = Program("distances")
    x = program.inputs["x"] = Value(Type((2,), DOUBLE))
    with tracing(program.step):
        product, power = t.reshape(x, (1, 2)) @ x, x * x
    squared, plain = product.node, power.node
    assert squared is not None
    assert plain is not None
    one, large = np.array([[1.0, -1.0]]), np.array([[1e8, 1e8]])
    near, far = (np.array([1.0 + k * np.spacing(1.0)]) for k in (4, 5))
    assert distance(plain, [one, one], np.array([1.0]), near) == 4
    assert distance(plain, [one, one], np.array([1.0]), far) == 5
    assert distance(squared, [large, one], np.array([1e-9]), np.array([2e-9])) < 1
    assert distance(squared, [large, one], np.array([0.0]), np.array([5 * np.spacing(2e8)])) == 5
    assert distance(plain, [one, one], np.array([3]), np.array([4])) == 1


def test_the_models_of_the_test_data(other: str, shared: Path) -> None:
    """Every one that runs without variables."""
    done, found = 0, []
    for path in sorted((shared / "corpus").rglob("*.*")):
        if path.suffix not in (".mdl", ".slx"):
            continue
        try:
            simulator = Simulator(path)
        except bridge.BridgeError:
            continue
        steps = min(simulator.steps, 60)
        program = simulator.program
        far = taken_apart(other, program, simulator.diagram.parameters, drawn(program, steps), steps)
        found += [f"{path.name}: {one}" for one in far]
        done += 1
    assert done >= 23
    assert not found
