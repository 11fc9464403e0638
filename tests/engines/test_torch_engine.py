"""Gradients through the torch engine, and what it takes and gives."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.errors import EngineMissing
from bridge.program import DType, Output, Program, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import DOUBLE, SINGLE, UINT8, UINT16, UINT64

torch = pytest.importorskip("torch")

Values = Callable[[Program, int], tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]


def test_gradients_of_an_lstm_are_those_of_torch_nn(lstm: Callable[..., Program], lstm_values: Values) -> None:
    """torch.nn.LSTM has the same gate order; its second bias is left at zero."""
    program = lstm(3, 4, DOUBLE)
    parameters, inputs = lstm_values(program, 20)
    given = {name: torch.tensor(array, requires_grad=True) for name, array in parameters.items()}
    x = torch.tensor(inputs["x"], requires_grad=True)
    first = {path: torch.full((4,), 0.25, dtype=torch.float64, requires_grad=True) for path in ("lstm/h", "lstm/c")}
    run = engine("torch").load(program).run(Schedule.of(program, 20), given, {"x": x}, first)

    reference = torch.nn.LSTM(3, 4, dtype=torch.float64)
    with torch.no_grad():
        for name, value in zip(("W", "R", "b"), ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0"), strict=True):
            getattr(reference, value).copy_(given[name])
        reference.bias_hh_l0.zero_()
    x_reference = x.detach().clone().requires_grad_(True)
    h, c = (value.detach().clone().requires_grad_(True) for value in first.values())
    y, (h_last, c_last) = reference(x_reference, (h[None], c[None]))

    torch.testing.assert_close(run.outputs["y"], y, rtol=1e-13, atol=1e-13)
    weights = torch.linspace(-1, 2, y.numel(), dtype=torch.float64).reshape(y.shape)
    ((run.outputs["y"] * weights).sum() + run.state["lstm/c"].sum() + 2 * run.state["lstm/h"].sum()).backward()
    ((y * weights).sum() + c_last.sum() + 2 * h_last.sum()).backward()
    pairs = [
        (given["W"].grad, reference.weight_ih_l0.grad),
        (given["R"].grad, reference.weight_hh_l0.grad),
        (given["b"].grad, reference.bias_ih_l0.grad),
        (x.grad, x_reference.grad),
        (first["lstm/h"].grad, h.grad),
        (first["lstm/c"].grad, c.grad),
    ]
    for ours, theirs in pairs:
        assert theirs.abs().max() > 0
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)  # 20 steps of a few roundings each


def gradients(function: Callable[..., Value], *points: float | list[float], dtype: DType = DOUBLE) -> list[Any]:
    """The derivatives of sum(function(x, …)) by each operand."""
    arrays = [np.asarray(point, dtype.numpy) for point in points]
    program = Program("function")
    for k, array in enumerate(arrays):
        program.inputs[f"x{k}"] = Value(Type(array.shape, dtype), f"x{k}")
    with t.tracing(program.step):
        program.outputs = [Output("y", function(*program.inputs.values()), "outport")]
    given = {f"x{k}": torch.tensor(array[None], requires_grad=True) for k, array in enumerate(arrays)}
    run = engine("torch").load(finish(program)).run(Schedule.of(program, 1), {}, given)
    run.outputs["y"].sum().backward()
    return [tensor.grad[0].numpy() for tensor in given.values()]


@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE])
def test_saturated_activations_have_gradients(dtype: DType) -> None:
    points = [-1e30, -1000.0, -100.0, 0.0, 100.0, 1000.0, 1e30]
    np.testing.assert_array_equal(gradients(t.tanh, points, dtype=dtype)[0], [0, 0, 0, 1, 0, 0, 0])
    (logistic,) = gradients(t.logistic, points, dtype=dtype)
    np.testing.assert_allclose(logistic, [0, 0, 3.7e-44, 0.25, 0, 0, 0], rtol=1e-1, atol=1e-42)
    assert np.isfinite(logistic).all()


def test_what_is_not_chosen_has_no_gradient() -> None:
    """In each case the operand that is passed over has an infinite derivative, or a factor that is infinite."""
    softplus = gradients(lambda x: t.where(x > 30, x, t.log(1 + t.exp(x))), [1000.0, 0.0])[0]
    np.testing.assert_allclose(softplus, [1.0, 0.5])
    quotient = gradients(lambda x, y: t.where(t.equal(y, 0), 0, x / y), [3.0, 3.0], [0.0, 2.0])
    np.testing.assert_allclose(quotient, [[0.0, 0.5], [0.0, -0.75]])
    root = gradients(lambda x: t.where(x <= 0, 0, t.sqrt(x)), [0.0, 4.0])[0]
    np.testing.assert_allclose(root, [0.0, 0.25])
    product = gradients(lambda x, y: t.where(x > 700, y, t.exp(x) * y), [1000.0, 0.0], [2.0, 2.0])
    np.testing.assert_allclose(product, [[0.0, 2.0], [1.0, 1.0]])
    angle = gradients(lambda x: t.where(t.absolute(x) < 1, t.asin(x), x), [1.0, 0.5])[0]
    np.testing.assert_allclose(angle, [1.0, 1 / np.sqrt(0.75)])
    power = gradients(lambda x: t.where(x <= 0, x, t.power(x, t.constant(0.5))), [0.0, 4.0])[0]
    np.testing.assert_allclose(power, [1.0, 0.25])


OWN_DERIVATIVES = {
    **dict.fromkeys(("exp", "log", "log2", "log10", "sqrt", "tan", "sinh", "cosh"), ([0.3, 0.9, 1.7],)),
    **dict.fromkeys(("asin", "acos", "atanh"), ([-0.7, 0.1, 0.9],)),
    "acosh": ([1.1, 2.0, 30.0],),
    **dict.fromkeys(("mul", "div", "atan2", "hypot"), ([[0.3], [-2.0]], [-1.1, 0.7, 2.0])),
    "fmod": ([[2.3], [-5.0]], [-1.1, 0.7, 2.1]),
    "pow": ([[0.3], [2.0]], [-1.1, 0.7, 2.0]),
}


@pytest.mark.parametrize("op", sorted(OWN_DERIVATIVES))
def test_own_derivatives_agree_with_differences(op: str) -> None:
    """First and second derivatives against central differences, broadcasting included."""
    from bridge.engines.torch_gradients import guarded_functions

    functions = guarded_functions(torch)
    assert set(functions) == set(OWN_DERIVATIVES)
    points = [torch.tensor(point, dtype=torch.float64, requires_grad=True) for point in OWN_DERIVATIVES[op]]
    assert torch.autograd.gradcheck(functions[op], points)
    assert torch.autograd.gradgradcheck(functions[op], points)


def test_derivatives_at_the_corners_of_two_variables() -> None:
    for op in (t.atan2, t.hypot):
        np.testing.assert_array_equal(gradients(op, 0.0, 0.0), [0.0, 0.0])
    np.testing.assert_array_equal(gradients(t.power, 0.0, 2.0), [0.0, 0.0])
    np.testing.assert_array_equal(gradients(t.power, 0.0, 0.0), [0.0, 0.0])


def test_of_rows_with_one_index_the_last_alone_has_a_gradient() -> None:
    """As it alone counts; torch's own index_put lets it flow back to all of them."""
    program = Program("scatter")
    x, rows = (program.inputs.setdefault(n, Value(Type(s, DOUBLE), n)) for n, s in (("x", (3, 2)), ("rows", (2, 2, 2))))
    with t.tracing(program.step):
        places = t.constant(np.array([[0, 2], [0, 0]]))
        program.outputs = [Output("y", t.scatter(x, places, rows), "outport")]
    program.seal()
    given = {"x": torch.zeros(1, 3, 2), "rows": torch.arange(8.0).reshape(1, 2, 2, 2)}
    given = {name: tensor.double().requires_grad_() for name, tensor in given.items()}
    y = engine("torch").load(program).run(Schedule.of(program, 1), {}, given).outputs["y"]
    assert y[0].tolist() == [[6, 7], [0, 0], [2, 3]]
    y.sum().backward()
    assert given["rows"].grad[0, ..., 0].tolist() == [[0, 1], [0, 1]]
    assert given["x"].grad[0, :, 0].tolist() == [0, 1, 0]


def test_gradients_flow_through_control_and_moving_of_elements() -> None:
    """d/dx of a sum over loop, map, branch, gather, scatter, concat, slice and a solved system."""
    program = Program("flow")
    x = program.inputs["x"] = Value(Type((3,), DOUBLE), "x")
    with t.tracing(program.step):
        (powered,) = t.loop(t.constant(2), lambda k, y: y * x, [x])  # x**3
        (squares,) = t.map_rows(lambda row: row * row, [x])
        positive = t.reshape(t.take(x, [0]) > 0, ())
        (side,) = t.branch(positive, lambda: x * 2, lambda: -x)
        moved = t.scatter(squares, t.constant([0, 2]), t.gather(powered, t.constant([1, 0])))
        matrix = t.transpose(t.reshape(t.concat([moved, side, x]), (3, 3)))
        solved = t.linear_solve(matrix + t.constant(np.eye(3) * 9.0), t.reshape(t.cut(x, (0, 3)), (3, 1)))
        y = t.reduce("sum", solved) + t.reduce("max", x)
    program.outputs = [Output("y", y, "outport")]
    runner, point = engine("torch").load(finish(program)), torch.tensor([[0.5, -0.3, 0.8]], dtype=torch.float64)

    def function(value: Any) -> Any:
        return runner.run(Schedule.of(program, 1), {}, {"x": value}).outputs["y"]

    assert torch.autograd.gradcheck(function, [point.requires_grad_(True)])


def test_many_models_at_once_by_vmap() -> None:
    """Gradients of several models' losses, batched by torch.func, equal those one by one."""
    program = Program("model")
    k = program.parameters["k"] = Value(Type((), DOUBLE), "k")
    x = program.inputs["x"] = Value(Type((3,), DOUBLE), "x")
    with t.tracing(program.step):
        y = t.where(x <= 0, 0, t.sqrt(t.absolute(x)) * t.exp(t.broadcast(k, (3,))))
    program.outputs = [Output("y", y, "outport")]
    runner = engine("torch").load(finish(program))
    data = torch.tensor([[1.0, -2.0, 0.0], [4.0, 9.0, -1.0]], dtype=torch.float64)

    def loss(value: Any) -> Any:
        return runner.run(Schedule.of(program, 2), {"k": value}, {"x": data}).outputs["y"].sum()

    points = torch.tensor([0.0, 0.5, -1.0], dtype=torch.float64)
    batched = torch.func.vmap(torch.func.grad(loss))(points)
    torch.testing.assert_close(batched, 6 * points.exp(), rtol=1e-14, atol=0)


def unsigned() -> Program:
    program = Program("unsigned")
    for dtype in (UINT8, UINT16, UINT64):
        program.inputs[dtype.name] = x = Value(Type((), dtype), dtype.name)
        with t.tracing(program.step):
            program.outputs.append(Output(dtype.name, x + 1, "outport"))
    return finish(program)


def test_arrays_give_arrays_and_tensors_give_tensors() -> None:
    program = unsigned()
    runner, schedule = engine("torch").load(program), Schedule.of(program, 2)
    arrays = {
        "uint8": np.array([255, 0], np.uint8),
        "uint16": np.array([65535, 1], np.uint16),
        "uint64": np.array([2**64 - 1, 2**63], np.uint64),
    }
    outputs = runner.run(schedule, {}, arrays).outputs
    for name, array in arrays.items():
        assert outputs[name].dtype == array.dtype
        np.testing.assert_array_equal(outputs[name], array + np.ones(2, array.dtype))
    outputs = runner.run(schedule, {}, {name: torch.tensor(array) for name, array in arrays.items()}).outputs
    for name, array in arrays.items():
        assert outputs[name].dtype == getattr(torch, name)
        np.testing.assert_array_equal(outputs[name].numpy(), array + np.ones(2, array.dtype))


def test_no_gradients_where_the_caller_wants_none(lstm: Callable[..., Program], lstm_values: Values) -> None:
    program = lstm(2, 3, DOUBLE)
    parameters, inputs = lstm_values(program, 4)
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in parameters.items()}
    runner = engine("torch").load(program)
    with torch.no_grad():
        run = runner.run(Schedule.of(program, 4), tensors, inputs)
    assert not run.outputs["y"].requires_grad
    state = runner.start(tensors)
    outputs, state = runner.step(0.0, np.zeros(0, bool), {"x": inputs["x"][0]}, state)
    assert outputs["y"].requires_grad
    assert state["lstm/c"].requires_grad


def test_results_are_not_views_of_what_was_given() -> None:
    program = Program("same")
    x = program.inputs["x"] = Value(Type((2,), DOUBLE), "x")
    program.outputs = [Output("y", x, "outport")]
    given = np.array([[1.0, 2.0]])
    run = engine("torch").load(finish(program)).run(Schedule.of(program, 1), {}, {"x": given})
    given[:] = 7
    np.testing.assert_array_equal(run.outputs["y"], [[1.0, 2.0]])


def test_without_torch_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(EngineMissing, match=r'pip install "simulink-bridge\[torch\]"'):
        engine("torch").load(unsigned())


def test_torch_is_not_imported_before_it_runs() -> None:
    code = "import sys, bridge.engines.torch_engine as e; e.TorchEngine(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
