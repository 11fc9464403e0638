"""The onnx engine: accuracy where it composes functions, errors, threads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.engines.onnx_engine import OnnxEngine
from bridge.errors import EngineError, EngineMissing
from bridge.program import Output, Program, Type, Value
from bridge.program import trace as t
from bridge.program.operations import operation
from bridge.program.passes import finish
from bridge.program.types import DOUBLE, SINGLE

Values = Callable[[Program, int], tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]


def evaluated(op: str, *arrays: np.ndarray) -> np.ndarray:
    program = Program("function")
    for k, array in enumerate(arrays):
        program.inputs[f"x{k}"] = Value(Type(array.shape, DOUBLE), f"x{k}")
    with t.tracing(program.step):
        program.outputs = [Output("y", t.emit(op, list(program.inputs.values()))[0], "outport")]
    inputs = {f"x{k}": array[None] for k, array in enumerate(arrays)}
    result: np.ndarray = engine("onnx").load(finish(program)).run(Schedule.of(program, 1), {}, inputs).outputs["y"][0]
    return result


SMALL = np.geomspace(1e-300, 1, 2001)
ANY = np.concatenate([np.linspace(-40, 40, 4001), SMALL, 1 / SMALL, -SMALL, -1 / SMALL])
WITHIN = np.concatenate([np.linspace(-1, 1, 4001), SMALL, -SMALL])
ABOVE = np.concatenate([np.linspace(1, 40, 4001), 1 + np.geomspace(1e-15, 1, 1001), 1 / SMALL])
POSITIVE = np.concatenate([ABOVE, SMALL])

# The largest error found, in units in the last place of the result, with some room; numpy's own is up to one.
BOUNDS = {
    "logistic": (ANY, 2),
    "tanh": (ANY, 8),
    "exp": (ANY[np.abs(ANY) < 700], 3),
    "log": (POSITIVE, 2),
    "log2": (POSITIVE, 4),
    "log10": (POSITIVE, 4),
    # onnxruntime's sine and cosine are accurate to the last places of one, not of a result near zero.
    "tan": (ANY[np.abs(ANY) < 1e6], 5000),
    "asin": (WITHIN, 6),
    "acos": (WITHIN, 6),
    "atan": (ANY, 4),
    "sinh": (ANY[np.abs(ANY) < 700], 8),
    "cosh": (ANY[np.abs(ANY) < 700], 8),
    "asinh": (ANY, 8),
    "acosh": (ABOVE, 8),
    "atanh": (WITHIN[np.abs(WITHIN) < 1], 8),
}


@pytest.mark.parametrize("op", sorted(BOUNDS))
def test_functions_are_accurate_to_the_last_places(op: str) -> None:
    points, bound = BOUNDS[op]
    with np.errstate(all="ignore"):
        expected = operation(op).kernel({})(points)
    error = np.abs(evaluated(op, points) - expected) / np.maximum(np.spacing(np.abs(expected)), np.finfo(float).tiny)
    assert np.max(error) <= bound, f"{points[np.argmax(error)]!r}: {np.max(error)}"


@pytest.mark.parametrize("op", ["sin", "cos"])
def test_sine_and_cosine_are_accurate_to_the_last_places_of_one(op: str) -> None:
    error = np.abs(evaluated(op, ANY) - operation(op).kernel({})(ANY))
    assert np.max(error) <= 4 * np.finfo(float).eps


@pytest.mark.parametrize(("op", "bound"), [("atan2", 4), ("hypot", 3)])
def test_functions_of_two_variables(op: str, bound: float) -> None:
    random = np.random.default_rng(5)
    y, x = (random.normal(size=4000) * 10.0 ** random.integers(-150, 150, 4000) for _ in range(2))
    expected = operation(op).kernel({})(y, x)
    error = np.abs(evaluated(op, y, x) - expected) / np.spacing(np.abs(expected))
    assert np.max(error) <= bound


def test_logarithms_of_whole_powers_are_whole() -> None:
    np.testing.assert_array_equal(evaluated("log2", 2.0 ** np.arange(-1022, 1024)), np.arange(-1022, 1024))
    np.testing.assert_array_equal(evaluated("log10", 10.0 ** np.arange(0, 23)), np.arange(0, 23))


def test_an_lstm_in_double_precision(lstm: Callable[..., Program], lstm_values: Values) -> None:
    """A Scan has no single-precision stage inside: 300 steps stay within a few roundings of the reference."""
    program = lstm(4, 8, DOUBLE)
    parameters, inputs = lstm_values(program, 300)
    runs = [engine(name).load(program).run(Schedule.of(program, 300), parameters, inputs) for name in ("numpy", "onnx")]
    np.testing.assert_allclose(runs[1].outputs["y"], runs[0].outputs["y"], rtol=0, atol=4e-15)


@pytest.mark.parametrize("size", [3, 30])
@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE])
def test_elimination_of_larger_matrices(size: int, dtype: object) -> None:
    random = np.random.default_rng(size)
    a, b = random.normal(size=(size, size)), random.normal(size=(size, 2))
    program = Program("solve")
    A = program.inputs["A"] = Value(Type(a.shape, dtype), "A")  # type: ignore[arg-type]
    B = program.inputs["B"] = Value(Type(b.shape, dtype), "B")  # type: ignore[arg-type]
    with t.tracing(program.step):
        program.outputs = [Output("x", t.linear_solve(A, B), "outport"), Output("i", t.inverse(A), "outport")]
    run = engine("onnx").load(finish(program)).run(Schedule.of(program, 1), {}, {"A": a[None], "B": b[None]})
    bound = 10 * np.linalg.cond(a) * np.finfo(run.outputs["x"].dtype).eps
    assert np.abs(a @ run.outputs["x"][0] - b).max() < bound
    assert np.abs(a @ run.outputs["i"][0] - np.eye(size)).max() < bound


def test_errors_of_onnxruntime_are_ours() -> None:
    program = Program("refused")
    x = program.inputs["x"] = Value(Type((2,), DOUBLE), "x")
    program.outputs = [Output("y", x, "outport")]
    runner = engine("onnx").load(finish(program))
    runner._whole._bytes = b"no model"  # as an onnxruntime that lacks an operation would
    with pytest.raises(EngineError, match=r"refused: onnxruntime: .*load"):
        runner.run(Schedule.of(program, 1), {}, {"x": np.zeros((1, 2))})


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_without_the_packages_the_message_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineMissing, match=f"pip install {package}"):
        engine("onnx").load(Program("empty"))


def test_threads_may_be_chosen(lstm: Callable[..., Program], lstm_values: Values) -> None:
    program = lstm(1, 2, DOUBLE)
    parameters, inputs = lstm_values(program, 3)
    run = OnnxEngine(threads=2).load(program).run(Schedule.of(program, 3), parameters, inputs)
    assert run.outputs["y"].shape == (3, 2)


def test_onnx_is_not_imported_before_it_runs() -> None:
    code = (
        "import sys, bridge.engines.onnx_engine as e; e.OnnxEngine();"
        "sys.exit(any(name in sys.modules for name in ('onnx', 'onnxruntime')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
