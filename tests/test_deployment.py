"""Diagrams as C and as ONNX: what a user's own program gets is what the diagram computes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from generated_c import COMPILERS, SANITIZED, agree, built, check, executed, table, written
from lstm_workspace import lstm_workspace
from pid_loop import GAINS, pid_loop
from rates_and_types import data, rates_and_types
from small_diagrams import single

import bridge
from bridge.cli import main
from bridge.crossings import example_model
from bridge.deployment import to_onnx, write_c, write_onnx
from bridge.engines import Schedule, engine
from bridge.engines.c_executable import Executable
from bridge.engines.c_project import project
from bridge.engines.onnx_model import names_in
from bridge.errors import FileError
from bridge.files import mat
from bridge.program.precision import in_single
from bridge.program.types import DOUBLE, SINGLE
from bridge.simulation import Simulator

needs_compiler = pytest.mark.skipif(not COMPILERS, reason="a C compiler is not installed")


def session(model: Any) -> Any:
    """Checked, and loaded as anybody would."""
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    onnx.checker.check_model(model, full_check=True)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def _named(loaded: Any, given: dict[str, Any]) -> dict[str, np.ndarray]:
    return dict(zip((output.name for output in loaded.get_outputs()), loaded.run(None, given), strict=True))


# ONNX


@pytest.mark.parametrize("steps", [51, 700])
def test_the_lstm_diagram_as_onnx(steps: int) -> None:
    """700 samples are more than are compared one by one."""
    w = lstm_workspace(3, 4, 2, steps=steps)
    y = bridge.simulate(example_model(), w)["y"]
    loaded = session(to_onnx(example_model(), w))
    assert [value.name for value in loaded.get_inputs()] == ["steps"]
    found = loaded.run(["y"], {"steps": np.array(steps)})[0]
    # Seen: 5e-16.
    assert np.abs(found - y).max() <= 1e-14 * np.abs(y).max()
    single = session(to_onnx(example_model(), w, single=True)).run(["y"], {"steps": np.array(steps)})[0]
    assert single.dtype == np.float32
    assert np.abs(single - y).max() <= 2e-6 * np.abs(y).max()


def test_time_is_computed_before_the_scan() -> None:
    model = to_onnx(example_model(), lstm_workspace(3, 4, 2))
    (scan,) = (node for node in model.graph.node if node.op_type == "Scan")
    inside = {node.op_type for node in scan.attribute[0].g.node}
    assert "Gather" not in inside
    # The input products are outside, too: what is left are the four recurrent ones and the output's.
    assert sum(node.op_type in ("MatMul", "Gemm") for node in scan.attribute[0].g.node) == 5


def test_one_step_as_onnx_with_its_states() -> None:
    w = lstm_workspace(3, 4, 2)
    model = to_onnx(example_model(), w, step=True)
    loaded, names = session(model), names_in(model)
    simulator = Simulator(example_model(), w)
    state = {names.states[path]: value for path, value in simulator.state.items()}
    for tick in range(5):
        results = _named(loaded, {**state, "tick": np.array(tick)})
        state = {names.states[path]: results[name] for path, name in names.next_states.items()}
        np.testing.assert_allclose(results["y"], simulator.step()["y"], rtol=0, atol=1e-15)


@pytest.mark.parametrize("single", [False, True])
def test_rates_and_types_as_onnx(single: bool) -> None:
    simulator = Simulator(rates_and_types(), inputs=data())
    program = in_single(simulator.program) if single else simulator.program
    rows = {name: np.asarray(array, program.inputs[name].dtype.numpy) for name, array in data().items()}
    expected = engine("numpy").load(program).run(Schedule.of(program, 21), {}, rows).outputs
    model = to_onnx(rates_and_types(), single=single, inputs=data())
    loaded, names = session(model), names_in(model)
    assert {value.name for value in loaded.get_inputs()} == {"x", "n", "on"}
    found = {name: _named(loaded, rows)[listed] for name, listed in names.outputs.items()}
    agree({"time": np.zeros(21), **_columns(found)}, expected, 21)
    one = to_onnx(rates_and_types(), step=True, single=single, inputs=data())
    loaded, names = session(one), names_in(one)
    state = {names.states[path]: v for path, v in engine("numpy").load(program).start({}).items()}
    for tick in range(7):
        given = {**state, "tick": np.array(tick), **{name: array[tick, ...] for name, array in rows.items()}}
        results = _named(loaded, given)
        state = {names.states[path]: results[name] for path, name in names.next_states.items()}
        for name, array in expected.items():
            np.testing.assert_allclose(results[names.outputs[name]], array[tick], rtol=1e-6 if single else 1e-14)


def _columns(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    flat = {name: array.reshape(len(array), -1) for name, array in arrays.items()}
    return {f"{name}{k}": array[:, k] for name, array in flat.items() for k in range(array.shape[1])}


# Single precision


def test_in_single_precision_tables_of_time_stay_double() -> None:
    simulator = Simulator(example_model(), lstm_workspace(3, 4, 2))
    program = in_single(simulator.program)
    kinds = {name: value.dtype for name, value in program.parameters.items()}
    assert kinds == {**dict.fromkeys(("W", "R", "b", "F", "h0", "c0"), SINGLE), "t": DOUBLE, "u": DOUBLE}
    assert {slot.type.dtype for slot in program.slots} == {SINGLE}
    assert program.outputs[0].value.dtype == SINGLE
    doubles = {node.op for node in program.step.nodes if node.outputs[0].dtype == DOUBLE}
    assert doubles == {"gather", "sub", "select", "div", "mul", "add"}


def test_exact_integer_arithmetic_stays_exact_in_single() -> None:
    """int32 products beyond 2**24 are judged in double."""
    model = bridge.Model.new("m")
    model.root.add("Inport", "u", OutDataTypeStr="int32")
    model.root.add("Product", "p", Inputs="**", OutDataTypeStr="int32", SaturateOnIntegerOverflow="on")
    model.root.add("Outport", "y")
    for port in (1, 2):
        model.root.connect("u", f"p/{port}")
    model.root.connect("p", "y")
    u = np.array([46341, 46340, -46340, 4097], np.int32)
    simulator = Simulator(model, inputs={"u": u}, step=1.0)
    program = in_single(simulator.program)
    y = engine("numpy").load(program).run(Schedule.of(program, 4), {}, {"u": u}).outputs["y"]
    assert y.tolist() == [2**31 - 1, 46340**2, 46340**2, 4097**2]


# C


@needs_compiler
@pytest.mark.parametrize("case", ["lstm", "pid", "mixed", "single"])
def test_generated_c(case: str, tmp_path: Path) -> None:
    """No warning of gcc and clang, clean under AddressSanitizer and UBSan, and the numbers of the reference."""
    inputs: dict[str, Any] = {}
    if case in ("lstm", "single"):
        simulator = Simulator(example_model(), lstm_workspace(3, 4, 2))
    elif case == "pid":
        simulator = Simulator(pid_loop(), GAINS)
    else:
        simulator, inputs = Simulator(rates_and_types(), inputs=data()), data()
    program = in_single(simulator.program) if case == "single" else simulator.program
    check(program, simulator.diagram.parameters, inputs, simulator.steps, tmp_path)
    code = (tmp_path / "model.c").read_text()
    assert "malloc" not in code
    for node in simulator.program.step.nodes:
        if node.outputs[0].type.size and node.op in ("logistic", "matmul", "sin"):
            assert f"/* {node.origin} */" in code


@needs_compiler
def test_comparisons_that_are_always_the_same(tmp_path: Path) -> None:
    """Of a signal with itself, and with a limit of its type: compilers would warn."""
    u = {
        "double": np.array([1.0, np.nan, -0.0]),
        "int8": np.array([-128, 0, 127]),
        "uint32": np.array([0, 1, 2**32 - 1]),
    }
    model = bridge.Model.new("m")
    for kind in u:
        model.root.add("Inport", kind, OutDataTypeStr=kind)
        model.root.add("Constant", f"limit {kind}", Value="-128" if kind == "int8" else "0", OutDataTypeStr=kind)
        for name, operator, other in (
            ("a", "<", kind),
            ("b", "~=", kind),
            ("c", "==", kind),
            ("d", "<", f"limit {kind}"),
        ):
            model.root.add("RelationalOperator", f"{name} {kind}", Operator=operator)
            model.root.add("Outport", f"{kind} {name}")
            model.root.connect(kind, f"{name} {kind}/1")
            model.root.connect(other, f"{name} {kind}/2")
            model.root.connect(f"{name} {kind}", f"{kind} {name}")
        model.root.add("Logic", f"either {kind}", Operator="XOR")
        for port in (1, 2):
            model.root.connect(f"a {kind}", f"either {kind}/{port}")
        model.root.connect(f"either {kind}", model.root.add("Outport", f"{kind} e"))
    rows = {kind: array.astype(kind) for kind, array in u.items()}
    simulator = Simulator(model, inputs=rows, step=1.0)
    check(simulator.program, {}, rows, 3, tmp_path)


@needs_compiler
def test_one_element_picked_repeatedly_leaves_no_table_unused(tmp_path: Path) -> None:
    model = single("Selector", 1, Indices="[1 1]", InputPortWidth="1", IndexOptions="Index vector (dialog)")
    rows = {"u1": np.array([1.0, -2.0])}
    check(Simulator(model, inputs=rows, step=1.0).program, {}, rows, 2, tmp_path)


@needs_compiler
def test_two_diagrams_in_one_program(tmp_path: Path) -> None:
    write_c(pid_loop(), tmp_path, GAINS, name="pid")
    write_c(example_model(), tmp_path, lstm_workspace(1, 1, 1), name="int")
    assert "int_int_step" not in (tmp_path / "int_.c").read_text()
    (tmp_path / "main.c").write_text(
        '#include "pid.h"\n#include "int_.h"\n#include <stdio.h>\n'
        "int main(void)\n{\n"
        "    static const pid_parameters p = {1.2, 0.6, 0.3};\n"
        "    static pid_memory m;\n    static pid_inputs u;\n    static pid_states x;\n    static pid_outputs y;\n"
        "    const bool hits[1] = {true};\n"
        "    int failure = pid_init(&p, &m, &x);\n"
        "    for (int k = 0; k < 81; ++k) {\n"
        "        failure += pid_step(&p, &m, 0.1 * k, hits, &u, &x, &y);\n    }\n"
        '    printf("time,cost\\n0,%0.17g\\n", y.cost);\n'
        "    return failure + (int)(sizeof(int__states) == 0);\n}\n"
    )
    columns = executed(built(tmp_path, COMPILERS[0], sources=("main.c", "pid.c", "int_.c")))
    cost = Simulator(pid_loop(), GAINS).run()["cost"]
    np.testing.assert_allclose(float(columns["cost"][0]), cost[-1].item(), rtol=1e-13)


@needs_compiler
def test_memory_need_not_be_cleared(tmp_path: Path) -> None:
    """`model_init` sets all that a step reads."""
    write_c(example_model(), tmp_path, lstm_workspace(3, 4, 2))
    main_c = (tmp_path / "main.c").read_text()
    dirt = "".join(f"    memset(&{name}, 0x7f, sizeof {name});\n" for name in ("memory", "x", "y"))
    place = main_c.index("    int failure = model_init")
    (tmp_path / "main.c").write_text(main_c[:place] + dirt + main_c[place:])
    columns = executed(built(tmp_path, COMPILERS[0], *SANITIZED))
    agree(columns, Simulator(example_model(), lstm_workspace(3, 4, 2)).run(), 51)


@needs_compiler
@pytest.mark.skipif(not shutil.which("cmake"), reason="cmake is not installed")
def test_the_cmake_file_builds(tmp_path: Path) -> None:
    write_c(rates_and_types(), tmp_path / "c", inputs=data())
    for command in (["cmake", "-S", "c", "-B", "build"], ["cmake", "--build", "build"]):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "warning" not in (done.stdout + done.stderr).lower()
    rows = [np.asarray(array) for array in data().values()]
    columns = executed(tmp_path / "build" / "model", table(rows, 21))
    simulator = Simulator(rates_and_types(), inputs=data())
    agree(columns, simulator.run(data(), steps=21), 21)


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a diagram with Inports of three types."""
    if not COMPILERS:
        pytest.skip("a C compiler is not installed")
    folder = tmp_path_factory.mktemp("mixed")
    write_c(rates_and_types(), folder, inputs=data())
    return built(folder, COMPILERS[0], *SANITIZED)


@pytest.mark.parametrize(
    ("text", "rows", "status"),
    [
        ("x,n,on\n1,2,1\n3,4,0\n", 2, 0),
        ("x,n,on\r\n1,2,1\r\n3,4,0", 2, 0),
        ("x,n,on\n1e3,-2,1\n\n", 1, 0),
        ("x,n,on\r\n\r\n1,2,1\r\n\r\n3,4,1\r\n", 2, 0),
        ("x,n,on\n1,2,-1\n", 0, 1),
        ("x,n,on\n", 0, 0),
        ("", 0, 0),
        ("x,n,on\n1,2,1\n3,4\n5,6,1\n", 1, 1),
        ("x,n,on\n1,2,1,7\n", 0, 1),
        ("x,n,on\n1,2.5,1\n", 0, 1),
        ("x,n,on\n1,,1\n", 0, 1),
        ("x,n,on\n1,32767,1\n1,-32769,1\n", 1, 1),
        ("x,n,on\none,2,1\n", 0, 1),
        ("x,n,on\n1,2,\n", 0, 1),
        ("x,n,on\n" + "1" * 63 + ",2,1\n", 1, 0),
        ("x,n,on\n" + "1" * 1000 + ",2,1\n", 0, 1),
    ],
)
def test_rows_are_read_whole_or_refused(mixed: Path, text: str, rows: int, status: int) -> None:
    done = subprocess.run([mixed], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert len(done.stdout.splitlines()) == 1 + rows
    told = f"row {rows + 1} of the input is not the numbers that it should be\n"
    assert done.stderr == (told if status else "")


@needs_compiler
def test_wide_integers_are_read_whole_or_refused(tmp_path: Path) -> None:
    model = bridge.Model.new("m")
    for kind in ("int64", "uint64"):
        model.root.connect(model.root.add("Inport", kind, OutDataTypeStr=kind), model.root.add("Outport", f"y {kind}"))
    write_c(model, tmp_path, step=1.0)
    program = built(tmp_path, COMPILERS[0])
    for rows in (f"{-(2**63)},{2**64 - 1}", f"{2**63 - 1},0"):
        assert executed(program, f"a,b\n{rows}\n")["y_uint64"] == rows.split(",")[1]
    for rows in ("0,-1", f"0,{2**64}", f"{2**63},0", f"{-(2**63) - 1},0"):
        done = subprocess.run([program], input=f"a,b\n{rows}\n", capture_output=True, text=True, check=False)
        assert (done.returncode, len(done.stdout.splitlines())) == (1, 1)


@needs_compiler
def test_a_stop_block_ends_the_program(tmp_path: Path) -> None:
    model = bridge.Model.new("m")
    root = model.root
    root.add("Stop", "Stop")
    root.connect(root.add("Inport", "u", OutDataTypeStr="boolean"), "Stop")
    root.connect("u", root.add("Outport", "y"))
    given = {"u": np.array([False, False, True, False])}
    simulator = Simulator(model, inputs=given, step=1.0)
    written(project(simulator.program, {}, 4), tmp_path)
    columns = executed(built(tmp_path, COMPILERS[0]), table([given["u"]], 4))
    assert columns["y"].tolist() == ["0", "0", "1"]
    run = Executable().load(simulator.program).run(Schedule.of(simulator.program, 4), {}, given)
    assert run.outputs["y"].tolist() == [False, False, True]
    run = Executable().load(simulator.program).run(Schedule.of(simulator.program, 0), {}, {"u": np.zeros(0, bool)})
    assert run.outputs["y"].shape == (0,)


@needs_compiler
@pytest.mark.skipif("BRIDGE_WHOLE_CORPUS" not in os.environ, reason="slow; set BRIDGE_WHOLE_CORPUS to run it")
def test_generated_c_of_the_corpus(shared: Path, tmp_path: Path) -> None:
    """Every model of the test data that runs without variables, every block that can be recorded being an output."""
    done = 0
    for number, path in enumerate(sorted((shared / "corpus").rglob("*.*"))):
        if path.suffix not in (".mdl", ".slx"):
            continue
        try:
            model = Simulator(path).model
        except bridge.BridgeError:
            continue
        simulator = _recording_everything(model)
        steps, random = min(simulator.steps, 60), np.random.default_rng(0)
        inputs = {}
        for name, value in simulator.program.inputs.items():
            drawn = random.normal(scale=10, size=(steps, *value.shape))
            inputs[name] = drawn > 0 if value.dtype.kind == "bool" else drawn.astype(value.dtype.numpy)
        check(simulator.program, simulator.diagram.parameters, inputs, steps, tmp_path / str(number))
        done += 1
    assert done >= 23


def _recording_everything(model: bridge.Model) -> Simulator:
    logged: list[str] = []
    for path, _ in model.all_blocks():
        try:
            Simulator(model, log=[*logged, path.partition("/")[2]])
        except bridge.BridgeError:
            continue
        logged.append(path.partition("/")[2])
    return Simulator(model, log=logged)


# The verbs


@pytest.fixture
def variables(tmp_path: Path) -> str:
    mat.write(lstm_workspace(3, 4, 2), tmp_path / "w.mat")
    return str(tmp_path / "w.mat")


def test_convert_writes_the_whole_diagram(tmp_path: Path, variables: str) -> None:
    onnx = pytest.importorskip("onnx")
    source = str(example_model())
    for options, operator, kind in (
        ([], "Scan", onnx.TensorProto.DOUBLE),
        (["--single"], "Scan", onnx.TensorProto.FLOAT),
        (["--step"], None, onnx.TensorProto.DOUBLE),
        (["--lstm"], "LSTM", onnx.TensorProto.FLOAT),
    ):
        target = tmp_path / "x.onnx"
        assert main(["convert", source, str(target), "--workspace", variables, *options]) == 0
        model = onnx.load(target)
        kinds = {node.op_type for node in model.graph.node}
        assert (operator in kinds) if operator else not kinds & {"Scan", "LSTM"}
        assert model.graph.output[0].type.tensor_type.elem_type == kind
        assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["y.slx", "--step"], "--step is for a diagram that becomes an .onnx"),
        (["y.mat", "--lstm"], "--lstm is for a diagram that becomes an .onnx"),
        (["y.onnx", "--lstm", "--step"], "--step is of a diagram's own computation"),
    ],
)
def test_options_that_do_not_go_together(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, *options = arguments
    assert main(["convert", str(example_model()), str(tmp_path / target), *options]) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def scope_of_a_motor(path: Path) -> str:
    """A continuous state under a solver of variable steps, and nothing but a Scope to look at."""
    model = bridge.Model.new("motor")
    model.configure(SolverName="ode45")
    root = model.root
    for kind, name, parameters in (
        ("Constant", "u", {"Value": "2"}),
        ("TransferFcn", "motor", {"Denominator": "[1 1]"}),
        ("Scope", "scope", {}),
    ):
        root.add(kind, name, **parameters)
    root.connect("u", "motor")
    root.connect("motor", "scope")
    bridge.save(model, path)
    return str(path)


def test_a_diagram_of_variable_steps_is_converted_with_a_step_and_what_is_to_be_put_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = scope_of_a_motor(tmp_path / "m.slx"), tmp_path / "m.onnx"
    assert main(["convert", source, str(target)]) == 3
    assert "of slbridge convert --base-step" in capsys.readouterr().err
    assert main(["convert", source, str(target), "--base-step", "0.1"]) == 2
    assert "m: records nothing that an ONNX graph could put out" in capsys.readouterr().err
    assert not target.exists()
    arguments = ["--base-step", "0.1", "--solver", "ode2", "--log", "motor"]
    assert main(["convert", source, str(target), *arguments]) == 0
    y, _ = session(to_onnx(source, base_step=0.1, solver="ode2", log=["motor"])).run(None, {"steps": np.array(3)})
    np.testing.assert_allclose(y.ravel(), 2 * (1 - (1 - 0.1 + 0.005) ** np.arange(3)), rtol=1e-14)
    assert len(pytest.importorskip("onnx").load(target).graph.output) == 2  # and the state


def test_where_nothing_is_recorded_run_says_what_would_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = scope_of_a_motor(tmp_path / "m.slx")
    assert main(["run", source, "--step", "0.1"]) == 0
    assert "nothing is recorded" in capsys.readouterr().out
    assert main(["run", source, "--step", "0.1", "--log", "motor"]) == 0
    assert "nothing is recorded" not in capsys.readouterr().out


def test_a_folder_that_is_not_there_is_made_and_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    w = lstm_workspace(1, 1, 1)
    assert write_onnx(example_model(), tmp_path / "new" / "m.onnx", w).is_file()
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="file"):
        write_c(example_model(), tmp_path / "file", w)
