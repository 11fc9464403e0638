"""How fast the compiled engine runs the LSTM diagram, beside other ways to run it, in turn in the same run.

    python benchmarks/compiled.py [ROUNDS]

T = 100,000 steps, double precision, one thread, for three sizes (units, inputs, outputs). The other ways: C by hand
(`lstm.c`, built with the same flags, with the C library's exponential and with this package's), onnxruntime's LSTM in
single precision, the program's nodes one after the other by numpy, and bdsim where $BDSIM_PYTHON names a Python that
has it. The slow ones run fewer steps; every ratio is one of times per step, by the processor's clock (bdsim's by the
wall's), as others may be at work on the machine.
"""

from __future__ import annotations

import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bridge.cases.example import example
from bridge.crossings.example import example_model
from bridge.engines import Schedule, c_cache
from bridge.engines.c_functions import own_function
from bridge.program import Program, Region
from bridge.program.operations import operation
from bridge.program.types import DOUBLE
from bridge.simulation import Simulator

SIZES = ((5, 1, 1), (32, 8, 4), (128, 16, 8))
STEPS = 100_000
Way = tuple[Callable[[int], Any], int]  # runs so many steps; how many a round takes


def workspace(units: int, inputs: int, outputs: int, steps: int = STEPS) -> dict[str, Any]:
    """Random weights of a size at which the gates neither saturate nor stay linear, and a random input."""
    random = np.random.default_rng(1)
    shapes = {"W": (4 * units, inputs), "R": (4 * units, units), "b": (4 * units, 1), "F": (outputs, units)}
    weights = {name: random.normal(scale=units**-0.5, size=shape) for name, shape in shapes.items()}
    sample_time = example().sample_time
    start = {name: np.zeros((units, 1)) for name in ("h0", "c0")}
    signal = {"t": sample_time * np.arange(steps)[:, None], "u": random.normal(size=(steps, inputs))}
    return {**weights, **start, **signal, "Nn": units, "Ts": sample_time}


def by_hand(variables: dict[str, Any], folder: str, *, own: bool) -> Callable[[int], Any]:
    """`lstm.c` built for one size."""
    helpers: dict[str, str] = {}
    own_function("exp", DOUBLE, helpers)
    Path(folder, "own.h").write_text("\n\n".join(helpers.values()))
    (inputs, units, outputs) = variables["W"].shape[1], variables["R"].shape[1], len(variables["F"])
    made = Path(folder, f"lstm_{units}_{own}.so")
    sizes = [f"-DN={units}", f"-DNI={inputs}", f"-DNO={outputs}", *(["-DOWN"] if own else []), f"-I{folder}"]
    source = str(Path(__file__).with_name("lstm.c"))
    flags = ["-O3", *c_cache.FLAGS, *c_cache.NATIVE]
    subprocess.run([*c_cache.compiler(), *flags, *sizes, "-o", str(made), source, "-lm"], check=True)
    function = ctypes.CDLL(str(made)).lstm
    function.argtypes = [ctypes.c_int64, *[ctypes.c_void_p] * 8]
    W, R, F = (np.asfortranarray(variables[name]) for name in "WRF")
    b, u = variables["b"].ravel(), np.ascontiguousarray(variables["u"])

    def run(steps: int) -> Any:
        h, c, y = np.zeros(units), np.zeros(units), np.empty((steps, outputs))
        function(steps, *(array.ctypes.data for array in (W, R, b, F, u, h, c, y)))
        return y

    return run


def onnxruntime_lstm(variables: dict[str, Any]) -> Callable[[int], Any]:
    """The operator LSTM in single precision, then the product with F, on one thread."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    W, R, b, F = (variables[name].astype(np.float32) for name in ("W", "R", "b", "F"))
    units = R.shape[1]
    i, f, g, o = (slice(k * units, (k + 1) * units) for k in range(4))
    order = np.r_[i, o, f, g]  # ONNX's gates are i, o, f, c
    bias = np.concatenate([b[order, 0], np.zeros(4 * units, np.float32)])
    constants = {"W": W[None, order], "R": R[None, order], "B": bias[None], "F": F.T.copy()}
    nodes = [
        helper.make_node("LSTM", ["u", "W", "R", "B"], ["H"], hidden_size=units),
        helper.make_node("MatMul", ["H", "F"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "lstm",
        [helper.make_tensor_value_info("u", TensorProto.FLOAT, ["T", 1, W.shape[1]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["T", 1, 1, len(F)])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    u = variables["u"].astype(np.float32)[:, None]
    return lambda steps: session.run(None, {"u": u[:steps]})[0].reshape(steps, -1)


def node_by_node(program: Program, parameters: dict[str, Any]) -> Callable[[int], Any]:
    """Each node's kernel by its operands in a table of values, step after step."""

    def run_region(region: Region, values: dict[Any, Any]) -> None:
        for node in region.nodes:
            kernel = operation(node.op).kernel
            assert kernel is not None
            values[node.outputs[0]] = kernel(node.attributes)(*(values[value] for value in node.inputs))

    values = {value: parameters[name] for name, value in program.parameters.items()}
    run_region(program.init, values)

    def run(steps: int) -> Any:
        values.update((slot.current, values[slot.initial]) for slot in program.slots)
        rows = []
        for time_ in Schedule.of(program, steps).times:
            values[program.time] = time_
            run_region(program.step, values)
            rows.append(values[program.outputs[0].value])
            values.update([(s.current, values[s.current if s.next is None else s.next]) for s in program.slots])
        return np.array(rows).reshape(steps, -1)

    return run


def bdsim(python: str) -> Callable[[int], Any]:
    """`bdsim_lstm.py` in an environment of its own, which prints seconds per step."""
    script = str(Path(__file__).with_name("bdsim_lstm.py"))

    def run(steps: int) -> float:
        done = subprocess.run([python, script, str(steps)], stdout=subprocess.PIPE, text=True, check=True)
        return float(done.stdout.split()[-1])

    return run


def ways(size: tuple[int, int, int], folder: str) -> dict[str, Way]:
    """Every way to run the diagram at one size, each checked against the compiled engine."""
    variables = workspace(*size)
    simulator = Simulator(example_model(), variables, engine="compiled")
    found: dict[str, Way] = {
        "compiled": (lambda steps: simulator.run(steps=steps)["y"].reshape(steps, -1), STEPS),
        "C by hand": (by_hand(variables, folder, own=False), STEPS),
        "C by hand, own exp": (by_hand(variables, folder, own=True), STEPS),
        "onnxruntime LSTM, single": (onnxruntime_lstm(variables), STEPS),
        "node by node": (node_by_node(simulator.program, dict(simulator.diagram.parameters)), 300),
    }
    reference = found["compiled"][0](300)
    for name, (run, _) in found.items():
        tolerance = 1e-4 if "single" in name else 1e-12
        off = np.abs(run(300) - reference).max() / np.abs(reference).max()
        assert off <= tolerance, f"{name} differs by {off:.1e}"
    return found


def measure(found: dict[str, Way], rounds: int) -> dict[str, list[float]]:
    """For each way, the speed of the compiled engine as a multiple of its, round by round."""
    ratios: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(rounds):
        seconds = {}
        for name, (run, steps) in found.items():
            begin = time.process_time()
            told = run(steps)
            seconds[name] = told if isinstance(told, float) else (time.process_time() - begin) / steps
        for name, each in seconds.items():
            ratios[name].append(each / seconds["compiled"])
    return ratios


def main() -> None:
    """Print a line per size and way."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print(f"the compiled engine's speed, as multiples of others' (lowest, median, highest of {rounds} rounds)")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            found = ways(size, folder)
            if size == SIZES[0] and (python := os.environ.get("BDSIM_PYTHON")):
                found["bdsim"] = (bdsim(python), 2000)
            for name, ratios in measure(found, rounds).items():
                if name != "compiled":
                    low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
                    print(f"  {size!s:14} {name:26} {low:9.2f} {middle:9.2f} {high:9.2f}")


if __name__ == "__main__":
    main()
