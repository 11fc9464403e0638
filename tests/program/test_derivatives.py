"""The derivative of every operation, and of control flow, against differences and against torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.errors import UnsupportedOperation
from bridge.program import Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.adjoint import Adjoint, adjoint
from bridge.program.operations import derivative, operations
from bridge.program.passes import finish
from bridge.program.types import COMPLEX, DOUBLE, INT64, SINGLE

Body = Callable[..., Value | Sequence[Value]]


def program_of(body: Body, *arrays: Any) -> Program:
    """Inputs x0, x1, … and outputs y0, y1, …"""
    program = Program("test")
    for k, array in enumerate(map(np.asarray, arrays)):
        program.inputs[f"x{k}"] = Value(Type(array.shape, t.from_numpy(array.dtype)), f"x{k}")
    with t.tracing(program.step), t.origin("test/block"):
        results = body(*program.inputs.values())
    results = [results] if isinstance(results, Value) else list(results)
    program.outputs = [Output(f"y{k}", y, "outport") for k, y in enumerate(results)]
    return finish(program)


def run(program: Program, rows: dict[str, Any], name: str = "numpy") -> dict[str, np.ndarray]:
    return engine(name).load(program).run(Schedule.of(program, 1), {}, rows).outputs


def gradients(made: Adjoint, given: dict[str, np.ndarray], slopes: Sequence[np.ndarray], name: str = "numpy") -> Any:
    """By input, of the sum of the outputs times `slopes`."""
    rows = {f"input {key}": array[None] for key, array in given.items()}
    rows |= {key: slopes[int(output[1:])][None] for output, key in made.gradients.items()}
    found = run(made.backward, {key: rows[key] for key in made.backward.inputs}, name)
    return {key: found[output][0] for key, output in made.inputs.items()}


def assert_gradient(body: Body, *arrays: Any, engines: Sequence[str] = ("numpy",), tolerance: float = 2e-7) -> None:
    """Along a random direction of every floating-point input, against a central difference."""
    given = {f"x{k}": np.asarray(array) for k, array in enumerate(arrays)}
    program, random = program_of(body, *arrays), np.random.default_rng(5)
    outputs = [output.name for output in program.outputs if output.value.dtype.is_float]
    wanted = [name for name, array in given.items() if array.dtype.kind == "f"]
    made = adjoint(program, outputs, [], wanted, False)
    shapes = [output.value.shape for output in program.outputs]
    slopes = [np.asarray(random.normal(size=shape)) for shape in shapes]

    def value(name: str, array: np.ndarray) -> float:
        found = run(program, {key: (array if key == name else old)[None] for key, old in given.items()})
        return sum(float(np.sum(found[key][0] * slopes[int(key[1:])])) for key in outputs)

    for each in engines:
        found = gradients(made, given, slopes, each)
        assert set(found) == set(wanted)
        for name in wanted:
            assert found[name].shape == given[name].shape
            direction = np.asarray(random.normal(size=given[name].shape))
            h = 1e-6
            slope = (value(name, given[name] + h * direction) - value(name, given[name] - h * direction)) / (2 * h)
            assert abs(np.sum(found[name] * direction) - slope) <= tolerance * max(1.0, abs(slope)), (each, name)


RANDOM = np.random.default_rng(11)
ANY = RANDOM.normal(size=(3, 4))
ROW, SCALAR = RANDOM.normal(size=4), np.array(0.7)
POSITIVE, UNIT = np.abs(ANY) + 0.3, np.tanh(ANY) * 0.9
ABOVE_ONE = POSITIVE + 1.0
SQUARE = RANDOM.normal(size=(3, 3)) + 3 * np.eye(3)
CUBE = RANDOM.normal(size=(2, 3, 4))
DEFINED_ON = {
    **dict.fromkeys(("sqrt", "log", "log2", "log10"), POSITIVE),
    **dict.fromkeys(("asin", "acos", "atanh"), UNIT),
    "acosh": ABOVE_ONE,
}
UNARY = [
    *("neg", "floor", "ceil", "trunc", "rint", "sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan", "asin"),
    *("acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "logistic", "abs"),
]
BINARY = ["add", "sub", "mul", "div", "pow", "atan2", "hypot", "fmod"]


def emitted(op: str, **attributes: Any) -> Body:
    return lambda *operands: t.emit(op, operands, attributes)


@pytest.mark.parametrize("op", UNARY)
def test_functions_of_one_operand(op: str) -> None:
    assert_gradient(emitted(op), DEFINED_ON.get(op, ANY))


@pytest.mark.parametrize("op", BINARY)
def test_functions_of_two_operands_and_their_broadcasts(op: str) -> None:
    left = POSITIVE if op == "pow" else ANY
    for other in (RANDOM.normal(size=(3, 4)) + 2.5, ROW, SCALAR, ANY[:, :1] + 0.01):
        assert_gradient(emitted(op), left, other)
    if op != "pow":
        assert_gradient(emitted(op), SCALAR, ROW)


SHAPING: dict[str, tuple[Body, tuple[Any, ...]]] = {
    "select": (lambda p, a, b: t.where(p, a, b), (ROW > 0, ANY, SCALAR)),
    "convert": (lambda a: t.storage(a, DOUBLE) * a, (ANY,)),
    "reshape": (lambda a: t.reshape(a, (2, 6)), (ANY,)),
    "broadcast": (lambda a: t.broadcast(a, (2, 3, 4)), (ANY[:, :1],)),
    "transpose": (lambda a: t.transpose(a, (2, 0, 1)), (CUBE,)),
    "concat": (lambda a, b: t.concat([a, b, a], 1), (CUBE, CUBE[:, :1])),
    "slice": (lambda a: t.cut(a, (0, 2), (0, 3, 2), (1, 4, 2)), (CUBE,)),
    "take": (lambda a: t.take(a, [2, 0, 2, 2], 1), (CUBE,)),
    "gather": (lambda a, k: t.gather(a, k), (CUBE, np.array(1))),
    "gather with repeats": (lambda a, k: t.gather(a, k), (ANY, np.array([[1, 0], [1, 2]]))),
    "scatter": (lambda a, k, r: t.scatter(a, k, r), (CUBE, np.array(1), CUBE[0] + 1)),
    "scatter with repeats": (lambda a, k, r: t.scatter(a, k, r), (ANY, np.array([2, 0, 2]), ANY + 1)),
    "sum": (lambda a: t.reduce("sum", a, [0, 2]), (CUBE,)),
    "prod": (lambda a: t.reduce("prod", a, [1, 2]), (CUBE,)),
    "prod with a zero": (lambda a: t.reduce("prod", a, [1]), (np.array([[2.0, 0.0, 3.0], [1.0, 2.0, 3.0]]),)),
    "max": (lambda a: t.reduce("max", a, [1]), (CUBE,)),
    "min": (lambda a: t.reduce("min", a), (CUBE,)),
    "matmul": (lambda a, b: a @ b, (ANY, ROW)),
    "matmul of matrices": (lambda a, b: a @ b, (ANY, RANDOM.normal(size=(4, 2)))),
    "inverse": (lambda a: t.inverse(a), (SQUARE,)),
    "linear_solve": (lambda a, b: t.linear_solve(a, b), (SQUARE, ANY)),
    "constant": (lambda a: a * t.constant(ROW), (ANY,)),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPING)
def test_moving_picking_reducing_and_linear_algebra(name: str) -> None:
    body, arrays = SHAPING[name]
    assert_gradient(body, *arrays, engines=("numpy", "torch"))


def test_a_product_of_zeros() -> None:
    """With one zero its own derivative is the product of the others, with two all are zero."""
    made = adjoint(program_of(lambda a: t.reduce("prod", a), np.zeros(3)), ["y0"], [], ["x0"], False)
    one = np.ones(())
    np.testing.assert_array_equal(gradients(made, {"x0": np.array([2.0, 0.0, 3.0])}, [one])["x0"], [0.0, 6.0, 0.0])
    np.testing.assert_array_equal(gradients(made, {"x0": np.array([0.0, 0.0, 3.0])}, [one])["x0"], [0.0, 0.0, 0.0])


def test_every_operation_has_a_rule_a_reason_or_a_refusal() -> None:
    tested = {*UNARY, *BINARY, *(name.split()[0] for name in SHAPING)}
    no_slope = {name for name, op in operations().items() if op.kernel and name not in tested and derivative(name)}
    assert no_slope == {
        *("lt", "le", "eq", "ne", "and", "or", "xor", "not", "isnan", "isinf", "any", "all", "argmax", "search"),
        *("bitnot", "bitand", "bitor", "bitxor", "shift_left", "shift_right"),
    }
    refused = {name for name, op in operations().items() if op.kernel and derivative(name) is None}
    assert refused == {"host", "complex", "real", "imag", "conj"}


def test_an_operand_that_was_passed_over_gets_zero() -> None:
    def body(x: Value, y: Value) -> Value:
        zero = t.equal(y, 0)
        return t.where(zero, x, x / y) + t.where(zero, 1.0, t.sqrt(t.log(y)) * y)

    program = program_of(body, np.ones(2), np.ones(2))
    made = adjoint(program, ["y0"], [], ["x0", "x1"], False)
    found = gradients(made, {"x0": np.ones(2), "x1": np.array([0.0, np.e])}, [np.ones(2)])
    np.testing.assert_allclose(found["x0"], [1.0, 1 / np.e])
    assert found["x1"][0] == 0.0
    assert np.isfinite(found["x1"]).all()


@pytest.mark.parametrize("name", ["complex", "host"])
def test_what_has_no_derivative_is_refused_by_block(name: str) -> None:
    def body(x: Value) -> Value:
        if name == "host":
            return t.host(lambda a: a, [x], [x.type], "call")[0] * x
        return t.real(t.make_complex(x, x) * t.constant(1j, COMPLEX))

    program = program_of(body, ROW)
    with pytest.raises(UnsupportedOperation, match=r"^test/block: there is no derivative through"):
        adjoint(program, ["y0"], [], ["x0"], False)


def test_calls_of_python_beside_the_path_are_no_obstacle() -> None:
    def body(x: Value, y: Value) -> Value:
        return t.host(lambda a: a * 2, [y], [y.type], "call")[0] * x

    made = adjoint(program_of(body, ROW, ROW), ["y0"], [], ["x0"], False)
    found = gradients(made, {"x0": ROW, "x1": np.full(4, 3.0)}, [np.ones(4)])
    np.testing.assert_array_equal(found["x0"], np.full(4, 6.0))


CONTROL: dict[str, tuple[Body, tuple[Any, ...]]] = {
    "a branch": (
        lambda p, a, b: t.branch(p, lambda: [a * b, t.exp(a)], lambda: [a - b, a]),
        (np.array(True), ROW, SCALAR),
    ),
    "the other branch": (
        lambda p, a, b: t.branch(p, lambda: [a * b, t.exp(a)], lambda: [a - b, a]),
        (np.array(False), ROW, SCALAR),
    ),
    "a loop of known length": (
        lambda a, b: t.loop(t.constant(4), lambda k, x, y: [t.sin(x) * b + a, x * t.storage(k, DOUBLE)], [a, a * b]),
        (ROW, SCALAR),
    ),
    "a loop of unknown length": (
        lambda n, a, b: t.loop(n, lambda k, x, y: [t.sin(x) * b + a, x * t.storage(k, DOUBLE)], [a, a * b]),
        (np.array(3), ROW, SCALAR),
    ),
    "a loop that is not entered": (
        lambda n, a, b: t.loop(n, lambda k, x: [t.sin(x) * b], [a]),
        (np.array(0), ROW, SCALAR),
    ),
    "a loop that counts, too": (
        lambda a: t.loop(t.constant(3), lambda k, n, x: [n + k, x * x * t.storage(n, DOUBLE)], [t.constant(1), a])[1],
        (ROW,),
    ),
    "a map": (
        lambda a, b, c: t.map_rows(lambda x, y: [t.tanh(x * y) + c, t.reduce("sum", x * c)], [a, b]),
        (ANY, ANY[:, 0], SCALAR),
    ),
    "a branch in a loop in a map": (
        lambda a, c: t.map_rows(
            lambda x: t.loop(
                t.constant(3),
                lambda k, y: t.branch(
                    t.equal(k, 1), lambda: [t.sin(y) * c], lambda: [y + x * t.storage(k, DOUBLE)]
                ),
                [x],
            ),
            [a],
        ),
        (ANY, SCALAR),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTROL)
def test_control_flow(name: str) -> None:
    body, arrays = CONTROL[name]
    assert_gradient(body, *arrays, engines=("numpy", "torch"))


def test_through_time_parameters_and_the_first_state() -> None:
    """x' = tanh(A x + u), y = c x, from x0 = 2 p: against differences of the whole run."""
    program = Program("recurrence")
    A = program.parameters["A"] = Value(Type((2, 2), DOUBLE), "A")
    c = program.parameters["c"] = Value(Type((2,), DOUBLE), "c")
    p = program.parameters["p"] = Value(Type((2,), DOUBLE), "p")
    u = program.inputs["u"] = Value(Type((), DOUBLE), "u")
    x = Value(Type((2,), DOUBLE), "x")
    with t.tracing(program.init):
        first = p * 2
    with t.tracing(program.step):
        y = t.reduce("sum", c * x)
        program.slots = [Slot("x", "discrete", first, x, t.tanh(A @ x + u))]
    program.outputs = [Output("y", y, "outport")]
    finish(program)
    random = np.random.default_rng(3)
    values = {"A": random.normal(size=(2, 2)), "c": random.normal(size=2), "p": random.normal(size=2)}
    rows = {"u": random.normal(size=6)}
    schedule = Schedule.of(program, 6)

    def loss(values: Any, rows: Any) -> float:
        return float(np.sum(engine("numpy").load(program).run(schedule, values, rows).outputs["y"] ** 2))

    made = adjoint(program, ["y"], ["A", "c", "p"], ["u"], True)
    forward = engine("numpy").load(made.forward).run(schedule, values, rows).outputs
    given = {"gradient 0": 2 * forward["y"], "input u": rows["u"], made.states["x"]: forward[made.states["x"]]}
    given = {name: given[name][::-1] for name in made.backward.inputs}
    back = engine("numpy").load(made.backward).run(schedule, values, given)
    ends = {name: back.state[name][None] for name in made.start.inputs}
    found = engine("numpy").load(made.start).run(Schedule.of(made.start, 1), values, ends).outputs
    found = {name: array[0] for name, array in found.items()} | {"u": back.outputs["input u"][::-1]}
    np.testing.assert_allclose(found["p"], 2 * back.state[made.slots["x"]], rtol=1e-15)
    h = 1e-6
    for name, array in found.items():
        direction = np.asarray(random.normal(size=array.shape))
        both = {**values, **rows}
        moved = [{**both, name: both[name] + sign * h * direction} for sign in (1, -1)]
        ups, downs = ({k: v for k, v in each.items() if k != "u"} for each in moved)
        slope = (loss(ups, {"u": moved[0]["u"]}) - loss(downs, {"u": moved[1]["u"]})) / (2 * h)
        assert abs(np.sum(array * direction) - slope) <= 1e-7 * max(1.0, abs(slope)), name


def test_one_value_as_two_outputs() -> None:
    made = adjoint(program_of(lambda a: (lambda y: [y, y])(t.sin(a)), ROW), ["y0", "y1"], [], ["x0"], False)
    found = gradients(made, {"x0": ROW}, [np.ones(4), np.full(4, 2.0)])
    np.testing.assert_allclose(found["x0"], 3 * np.cos(ROW))


def test_an_input_that_a_branch_hands_on_as_it_is() -> None:
    body: Body = lambda p, a, b: t.branch(p, lambda: [a], lambda: [t.sin(a) * b])  # noqa: E731
    for taken in (True, False):
        assert_gradient(body, np.array(taken), ROW, ROW + 1)


def test_single_precision_stays_single() -> None:
    made = adjoint(program_of(lambda a: t.logistic(a) * 3, np.float32(ROW)), ["y0"], [], ["x0"], False)
    dtypes = {value.dtype for node in made.backward.step.walk() for value in node.outputs}
    assert dtypes - {t.BOOLEAN} == {SINGLE}


def test_whole_numbers_stop_a_gradient() -> None:
    made = adjoint(program_of(lambda a: t.storage(t.storage(a, INT64), DOUBLE) * a, ROW), ["y0"], [], ["x0"], False)
    found = gradients(made, {"x0": np.array([1.5, 2.5, -3.5, 0.0])}, [np.ones(4)])
    np.testing.assert_array_equal(found["x0"], [1.0, 2.0, -3.0, 0.0])
