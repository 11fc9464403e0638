"""The compiled engine: names that try to inject, warnings, undefined behaviour, accuracy, states, the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import bridge
from bridge.engines import Schedule, c_cache, c_control, engine
from bridge.engines.c_names import Fields, comment, identifier
from bridge.engines.c_products import with_products
from bridge.engines.c_program import library, to_c
from bridge.engines.c_types import literal
from bridge.engines.c_writer import Writer
from bridge.engines.compiled_engine import written
from bridge.errors import EngineError, EngineMissing
from bridge.program import DType, Node, Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import DOUBLE, INT32, INT64, SINGLE, UINT64

Values = Callable[[Program, int], tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]

HOSTILE = [
    "*/ int main(void) { return 1; } /*",
    '"; system("touch owned"); "',
    "line\nbreak\r#include <evil.h>",
    "trigraph ??/\n??> \\",
    "int",
    "NAN",
    "ünïcödé \u202e",
    "",
    "__FILE__",
    "x->h, p",
    "a" * 300,
]


@pytest.fixture(autouse=True)
def _compiler(need_compiler: Callable[[], None]) -> None:
    need_compiler()


def hostile() -> Program:
    """Every name in the program is one that would break out if it could."""
    program = Program(HOSTILE[0])
    for name in HOSTILE:
        program.parameters[f"p{name}"] = Value(Type((), DOUBLE), name)
        program.inputs[f"u{name}"] = Value(Type((2,), DOUBLE), name)
    total = program.inputs[f"u{HOSTILE[0]}"]
    for name in HOSTILE:
        with t.tracing(program.init):
            first = t.zeros(total.type)
        with t.tracing(program.step), t.origin(f"model/{name}"):
            total = total * program.parameters[f"p{name}"] + program.inputs[f"u{name}"]
            program.outputs.append(Output(name, total, "outport"))
        program.slots.append(Slot(name, "discrete", first, Value(total.type), total))
    with t.tracing(program.step), t.origin(HOSTILE[0]):
        picked = t.gather(total, t.constant(1, INT64))
    program.outputs.append(Output("picked", picked, "outport"))
    return finish(program)


def both(program: Program, steps: int, parameters: dict, inputs: dict) -> None:
    """The compiled engine against the reference, in double within rounding, else exactly."""
    runners = [engine(name).load(program) for name in ("numpy", "compiled")]
    runs = [runner.run(Schedule.of(program, steps), parameters, inputs) for runner in runners]
    for expected, actual in zip(*((*run.outputs.values(), *run.state.values()) for run in runs), strict=True):
        assert actual.dtype == expected.dtype
        assert actual.shape == expected.shape
        exact = expected.dtype.kind != "f"
        # Sums of up to forty terms in another order, over steps that do not amplify.
        bound = 0 if exact else (1e-13 if expected.dtype == np.float64 else 1e-5) * max(1, np.abs(expected).max())
        assert np.abs(actual.astype(float) - expected.astype(float)).max() <= bound


def warnings(program: Program, folder: Path) -> str:
    """What a strict compiler has to say about the C."""
    source = folder / "model.c"
    source.write_text(library(to_c(program, gnu=True), len(program.rates)), encoding="ascii")
    strict = ["-std=c99", "-O2", "-Wall", "-Wextra", "-pedantic", "-c", "-o", os.devnull]
    command = [*c_cache.compiler(), *strict, str(source)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def test_names_cannot_inject(tmp_path: Path, lstm_values: Values) -> None:
    program = hostile()
    both(program, 3, *lstm_values(program, 3))
    assert warnings(program, tmp_path) == ""


@pytest.mark.parametrize("name", HOSTILE)
def test_identifiers_and_comments_hold_nothing_else(name: str) -> None:
    assert identifier(name).isidentifier()
    assert identifier(name).isascii()
    assert identifier(name) not in ("int", "NAN")
    inside = comment(name)[2:-2]
    assert not set(inside) & set('*\\?"\n\r')
    assert inside.isascii()


def test_fields_are_unique() -> None:
    fields = Fields()
    assert [fields(name) for name in ("a b", "a_b", "a.b", "a_b_2")] == ["a_b", "a_b_2", "a_b_3", "a_b_2_2"]
    assert Fields(taken=["time"])("time") == "time_2"


def test_literals_are_exact() -> None:
    assert literal(-(2**63), INT64) == "(INT64_C(-9223372036854775807) - 1)"
    assert literal(-(2**31), INT32) == "(INT32_C(-2147483647) - 1)"
    assert literal(2**64 - 1, UINT64) == "UINT64_C(18446744073709551615)"
    assert literal(-0.0, DOUBLE) == "(-0.0)"
    assert float(literal(np.float32(0.1), SINGLE)[:-1]) == np.float32(0.1)


def test_everything_without_a_warning(everything: Callable[[], Program], tmp_path: Path) -> None:
    assert warnings(everything(), tmp_path) == ""


def test_nothing_is_undefined(everything: Callable[[], Program], monkeypatch: pytest.MonkeyPatch) -> None:
    """A trap would end the process; the counters in this program wrap."""
    monkeypatch.setenv("CC", f"{os.environ['CC']} -fsanitize=undefined -fsanitize-undefined-trap-on-error -fno-wrapv")
    program = everything()
    random = np.random.default_rng(3)
    inputs = {"rows": random.normal(size=(9, 3, 2)), "enable": np.arange(9) % 2 > 0, "repeats": np.arange(9)}
    both(program, 9, {"gain": 0.75}, inputs)


@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE])
@pytest.mark.parametrize("sizes", [(1, 1), (4, 3), (8, 40)])
def test_an_lstm_optimised(
    lstm: Callable[[int, int, DType], Program],
    lstm_values: Values,
    sizes: tuple[int, int],
    dtype: DType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("CC")
    program = lstm(*sizes, dtype)
    both(program, 50, *lstm_values(program, 50))
    assert warnings(program, tmp_path) == ""


def function_of(op: str, dtype: DType, x: np.ndarray) -> np.ndarray:
    """One operation on an array, a row a step."""
    program = Program("function")
    value = program.inputs["x"] = Value(Type(x.shape[1:], dtype), "x")
    with t.tracing(program.step):
        program.outputs = [Output("y", t.emit(op, [value])[0], "outport")]
    return engine("compiled").load(finish(program)).run(Schedule.of(program, len(x)), {}, {"x": x}).outputs["y"]


EXACT = {"exp": np.exp, "tanh": np.tanh, "logistic": lambda z: 1 / (1 + np.exp(-z))}


@pytest.mark.parametrize("flags", ["", "-ffp-contract=fast"])
@pytest.mark.parametrize(("op", "bound"), [("exp", 1), ("tanh", 2), ("logistic", 2.5)])
@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE])
def test_own_functions_are_accurate(
    op: str, bound: float, dtype: DType, flags: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In units in the last place of the result, against extended precision; and what is not finite."""
    if np.finfo(np.longdouble).nmant < 60:
        pytest.skip("no extended precision here")
    monkeypatch.setenv("CC", f"{os.environ['CC'].removesuffix(' -O0')} {flags}")
    random, limit = np.random.default_rng(1), 708 if dtype == DOUBLE else 87
    near = np.geomspace(1e-30, 1, 5000)
    dense = np.concatenate([np.linspace(0.5, 0.6, 20000), np.linspace(-3, 3, 60000)])
    x = np.concatenate([random.uniform(-limit, limit, 50000), random.normal(size=100000), near, -near, dense])
    x = np.concatenate([x, [0.0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30]]).astype(dtype.numpy)
    with np.errstate(all="ignore"):
        exact = EXACT[op](x.astype(np.longdouble))
    y, finite = function_of(op, dtype, x[None])[0], np.abs(x) <= limit
    error = np.abs(y[finite] - exact[finite]) / np.spacing(np.abs(exact[finite]).astype(dtype.numpy))
    assert error.max() <= bound
    np.testing.assert_array_equal(y[-7:], exact[-7:].astype(dtype.numpy))
    np.testing.assert_array_equal(np.signbit(y[-7:-5]), np.signbit(exact[-7:-5]))


@pytest.mark.parametrize("op", ["exp", "tanh", "logistic"])
@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE])
def test_the_bits_do_not_depend_on_the_width(op: str, dtype: DType, monkeypatch: pytest.MonkeyPatch) -> None:
    """One element a step, and many in vector registers with a remainder that does not fill one."""
    monkeypatch.delenv("CC")
    x = np.random.default_rng(2).normal(scale=20, size=1003).astype(dtype.numpy)
    np.testing.assert_array_equal(function_of(op, dtype, x), function_of(op, dtype, x[None])[0])


def test_states_that_change_places() -> None:
    """The next state is handed over at once: neither of two states is read after it was overwritten."""
    program = Program("swap")
    slots = []
    for k, name in enumerate("ab"):
        with t.tracing(program.init):
            first = t.constant(np.arange(3) + 10 * k, INT32)
        slots.append(Slot(name, "discrete", first, Value(first.type)))
    with t.tracing(program.step):
        slots[0].next = slots[1].current
        slots[1].next = t.concat([t.cut(slots[0].current, (1, 3)), t.cut(slots[1].current, (0, 1))])
    program.slots = slots
    program.outputs = [Output(slot.path, slot.current, "outport") for slot in slots]
    both(finish(program), 5, {}, {})


def test_a_loop_that_shifts_what_it_carries() -> None:
    program = Program("loop")
    x = program.inputs["x"] = Value(Type((3,), DOUBLE), "x")
    with t.tracing(program.step):
        count = t.constant(5, INT64)
        found = t.loop(count, lambda k, a, b: (b, t.concat([t.cut(a, (1, 3)), t.cut(b, (0, 1))])), [x, -x])
    program.outputs = [Output(f"y{k}", value, "outport") for k, value in enumerate(found)]
    both(finish(program), 2, {}, {"x": np.arange(6.0).reshape(2, 3)})


def test_large_parameters_are_read_where_they_are() -> None:
    """The values of the start count, whatever becomes of the caller's array; other layouts of it do no harm."""
    program = Program("large")
    table = program.parameters["table"] = Value(Type((200, 100), DOUBLE))
    u = program.inputs["u"] = Value(Type((), INT64), "u")
    with t.tracing(program.step):
        found = {"row": t.gather(table, u), "sum": t.reduce("sum", table)}
    program.outputs = [Output(name, value, "outport") for name, value in found.items()]
    program = finish(program)
    values = np.random.default_rng(0).normal(size=(200, 100))
    places = np.array([3, 199, 0])
    assert "const double *table;" in written(program, lending=True).structs
    runner = engine("compiled").load(program)
    unaligned = np.frombuffer(b"1" + values.tobytes(), np.uint8)[1:].view(np.float64).reshape(values.shape)
    for layout in (values, np.asfortranarray(values), unaligned, values[::-1][::-1], values.tolist()):
        y = runner.run(Schedule.of(program, 3), {"table": layout}, {"u": places}).outputs
        np.testing.assert_array_equal(y["row"], values[places])
    own = values.copy()
    state = runner.start({"table": own})
    own[:] = 0
    del own
    outputs, _ = runner.step(0.0, np.zeros(0, bool), {"u": 5}, state)
    np.testing.assert_array_equal(outputs["row"], values[5])


def test_large_results_are_not_on_the_stack() -> None:
    program = Program("large")
    x = program.inputs["x"] = Value(Type((3000000,), DOUBLE), "x")
    with t.tracing(program.step):
        y = t.gather(x + 1, t.constant([0, 2999999], INT64))
    program.outputs = [Output("y", y, "outport")]
    both(finish(program), 1, {}, {"x": np.arange(3000000.0)[None]})


def test_large_states_change_places_and_large_matrices_are_inverted_off_the_stack() -> None:
    program = Program("large")
    matrix = program.inputs["A"] = Value(Type((1200, 1200), DOUBLE), "A")
    starts = {f"start{k}": np.full(1200000, k, float) for k in range(2)}
    program.parameters = {name: Value(Type(start.shape, DOUBLE), name) for name, start in starts.items()}
    program.slots = [Slot(v.name, "discrete", v, Value(v.type)) for v in program.parameters.values()]
    for slot, other in zip(program.slots, program.slots[::-1], strict=True):
        slot.next = other.current
    with t.tracing(program.step):
        # A singular one, which is soon found.
        values = [t.isinf(t.inverse(matrix)), *(t.cut(slot.current, (0, 1)) for slot in program.slots)]
    program.outputs = [Output(f"y{k}", value, "outport") for k, value in enumerate(values)]
    both(finish(program), 2, starts, {"A": np.zeros((2, 1200, 1200))})


def test_many_results_are_not_on_the_stack() -> None:
    """Each could be, all together could not."""
    program = Program("many")
    x = program.inputs["x"] = Value(Type((1000,), DOUBLE), "x")
    total = x
    with t.tracing(program.step):
        for _ in range(1101):
            total = t.reshape(t.transpose(t.reshape(total, (10, 100))), (1000,))
    program.outputs = [Output("y", total, "outport")]
    both(finish(program), 1, {}, {"x": np.arange(1000.0)[None]})


def test_without_a_compiler_the_message_says_how_to_get_one(
    everything: Callable[[], Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(EngineMissing, match=r"no-such-compiler.*install gcc or clang"):
        engine("compiled").load(everything())
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineMissing, match="install gcc or clang"):
        engine("compiled").load(everything())


def test_a_library_is_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path))
    source = "int f(void) { return 1; }\n"
    path = c_cache.shared_library(source)
    assert os.path.dirname(path) == str(tmp_path)
    monkeypatch.setattr(c_cache, "_compile", lambda *_: pytest.fail("compiled again"))
    assert c_cache.shared_library(source) == path
    assert os.listdir(tmp_path) == [os.path.basename(path)]


def test_what_was_left_half_made_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of a process that was ended while it compiled, once no compiler can be at work in it."""
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path))
    old, new = tmp_path / "building-old", tmp_path / "building-new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "model.c").write_text("")
    os.utime(old, (0, 0))
    c_cache.shared_library("int left(void) { return 1; }")
    assert new.exists()
    assert not old.exists()


def test_a_race_leaves_one_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path / "new" / "folder"))
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(c_cache.shared_library, ["int f(void) { return 2; }\n"] * 4))
    assert len(paths) == 1
    assert os.listdir(tmp_path / "new" / "folder") == [os.path.basename(paths.pop())]


def test_what_does_not_compile_is_an_error_of_ours() -> None:
    with pytest.raises(EngineError, match="does not compile"):
        c_cache.shared_library("this is no C\n")


def script(place: Path, text: str) -> str:
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)
    return str(place)


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of the shell stand for compilers")
@pytest.mark.parametrize("form", ["{gcc}", "'{gcc}' -O0", "'{wrapper}' {cc}", "'{wrapper}' {cc} -O0 -isystem /usr"])
def test_a_compiler_may_have_spaces_arguments_and_another_command_before_it(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CC")
    cc = c_cache.compiler()[0]
    gcc = tmp_path / "my own gcc"
    gcc.symlink_to(cc)
    wrapper = script(tmp_path / "c cache", 'case "$1" in -*) exit 1;; esac\nexec "$@"')
    monkeypatch.setenv("CC", form.format(cc=cc, gcc=gcc, wrapper=wrapper))
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path / "cache"))
    assert c_cache.loaded(c_cache.shared_library("int f(void) { return 4; }\n")).f() == 4


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of the shell stand for compilers")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("printf '\\377 no' >&2; exit 1", "does not compile the program: \ufffd no"),
        ("exit 0", "says nothing and writes no library"),
        ('while [ "$1" != -o ]; do shift; done; echo junk > "$2"', "cannot be loaded: .*BRIDGE_CACHE"),
        ("exec sleep 60", "did not end within 0.2 seconds"),
    ],
)
def test_a_compiler_that_does_not_do_its_work(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, everything: Callable[[], Program]
) -> None:
    monkeypatch.setattr(c_cache, "_SECONDS", 0.2 if "sleep" in text else 60)
    monkeypatch.setenv("CC", script(tmp_path / "cc", text))
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(EngineError, match=message):
        engine("compiled").load(everything())


def test_a_compiler_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CC", 'gcc "')
    with pytest.raises(EngineMissing, match="No closing quotation"):
        c_cache.shared_library("int f(void) { return 5; }\n")
    (tmp_path / "cc").write_text("text")
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.setenv("CC", str(tmp_path / "cc"))
    with pytest.raises(EngineError, match="cannot be run"):
        c_cache.shared_library("int f(void) { return 5; }\n")


def test_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path / "file" / "folder"))
    with pytest.raises(EngineError, match="cannot be written"):
        c_cache.shared_library("int f(void) { return 3; }\n")


def test_the_folder_follows_the_users_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIDGE_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert c_cache.cache_folder() == str(tmp_path / "simulink-bridge")


def test_the_example_diagram() -> None:
    """The LSTM of blocks: 51 steps, within rounding of the reference."""
    from bridge.cases.example import example
    from bridge.crossings.example import example_model
    from bridge.simulation import simulate

    runs = [simulate(example_model(), example().workspace, engine=name)["y"] for name in ("numpy", "compiled")]
    # Relative to the signal's scale: a few roundings a step, which the gates damp.
    assert np.abs(runs[0] - runs[1]).max() <= 1e-13 * np.abs(runs[0]).max()


@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE])
@pytest.mark.parametrize("rows", [4, 7, 29, 67, 149])
def test_products_by_panels_add_up_like_every_other_product(rows: int, dtype: DType) -> None:
    """Panels of every size and single rows, from either end in turn, add up in pieces of eight."""
    random = np.random.default_rng(rows)
    matrix, steps = random.normal(size=(rows, 33)).astype(dtype.numpy), 3
    program = Program("panels")
    matrix_value = program.parameters["A"] = Value(Type(matrix.shape, dtype))
    given = program.inputs["u"] = Value(Type((33, 1), dtype))
    with t.tracing(program.step):
        program.outputs.append(Output("y", matrix_value @ given, "outport"))
    program = finish(program)
    u = random.normal(size=(steps, 33, 1)).astype(dtype.numpy)
    run = engine("compiled").load(program).run(Schedule.of(program, steps), {"A": matrix}, {"u": u})
    sums = np.zeros((steps, rows), dtype.numpy)
    for start in range(0, 33, 8):
        part = np.zeros_like(sums)
        for k in range(start, min(start + 8, 33)):
            part += matrix[:, k] * u[:, k]
        sums += part
    assert np.array_equal(run.outputs["y"][..., 0], sums)


@pytest.mark.parametrize("dtype", [DOUBLE, SINGLE])
@pytest.mark.parametrize("rows", [5, 8, 37, 67, 149, 300])
def test_products_within_a_statement_have_the_same_bits(
    rows: int, dtype: DType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sums of two products are written panel by panel; a product that has another reader, too, stands alone."""
    random, steps = np.random.default_rng(rows), 4
    shapes = {"A": (rows, 33), "B": (rows, 20), "b": (rows, 1)}
    values = {name: random.normal(size=shape).astype(dtype.numpy) for name, shape in shapes.items()}
    given = {"u": random.normal(size=(steps, 33, 1)), "v": random.normal(size=(steps, 20, 1))}
    given = {name: array.astype(dtype.numpy) for name, array in given.items()}
    joined: list[int] = []

    def recorded(w: Writer, node: Node, products: Sequence[Node]) -> None:
        joined.append(len(products))
        with_products(w, node, products)

    monkeypatch.setattr(c_control, "with_products", recorded)

    def run(make: Callable[..., Sequence[Value]]) -> tuple[list[np.ndarray], list[int]]:
        program = Program("statements")
        parameters = [program.parameters.setdefault(k, Value(Type(v.shape, dtype))) for k, v in values.items()]
        inputs = [program.inputs.setdefault(k, Value(Type(v.shape[1:], dtype))) for k, v in given.items()]
        with t.tracing(program.step):
            found = make(*parameters, *inputs)
        program.outputs = [Output(f"y{k}", value, "outport") for k, value in enumerate(found)]
        joined.clear()
        runner = engine("compiled").load(finish(program))
        return list(runner.run(Schedule.of(program, steps), values, given).outputs.values()), list(joined)

    def read_twice(A: Value, B: Value, b: Value, u: Value, v: Value) -> list[Value]:
        product = A @ u
        return [product * b + product]

    (p, q), alone = run(lambda A, B, b, u, v: [A @ u, B @ v])
    assert alone == []
    (y,), two = run(lambda A, B, b, u, v: [(A @ u + B @ v) + b])
    assert two == [2]
    np.testing.assert_array_equal(y, (p + q) + values["b"])
    (y,), two = run(lambda A, B, b, u, v: [t.tanh(A @ u - b) * (B @ v)])
    assert two == [2]
    np.testing.assert_allclose(y, np.tanh(p - values["b"]) * q, rtol=4 * np.finfo(dtype.numpy).eps)
    (y,), none = run(read_twice)
    assert none == []
    np.testing.assert_array_equal(y, p * values["b"] + p)
    (y, one), none = run(lambda A, B, b, u, v: [A @ u - b, A @ u])
    assert none == []
    np.testing.assert_array_equal(y, p - values["b"])
    np.testing.assert_array_equal(one, p)
    three = np.arange(3, dtype=dtype.numpy)
    (y,), none = run(lambda A, B, b, u, v: [(B @ v) * t.constant(three[None])])
    assert none == []
    np.testing.assert_array_equal(y, q * three)


@pytest.mark.parametrize("shape", [(1000,), (1000, 3), (3, 1000), (1, 1000, 1), (17, 70)], ids=str)
def test_rounding_of_long_sums_does_not_pile_up(shape: tuple[int, ...]) -> None:
    """A thousand numbers of one sign, neighbours and all: within 4 units in the last place of numpy's sum."""
    program = Program("sums")
    given = program.inputs["u"] = Value(Type(shape, DOUBLE))
    some = [[axis for axis, size in enumerate(shape) if size != 1][-1:], list(range(len(shape)))]
    with t.tracing(program.step):
        for number, axes in enumerate(some):
            program.outputs.append(Output(f"sum{number}", t.reduce("sum", given, axes), "outport"))
        flat = t.reshape(given, (1, given.type.size))
        ones = t.constant(np.ones((given.type.size, 1)))
        program.outputs.append(Output("product", flat @ ones, "outport"))
    program = finish(program)
    u = np.random.default_rng(0).uniform(size=(5, *shape))
    u[-1] = -0.0
    numpy, compiled = (
        engine(name).load(program).run(Schedule.of(program, 5), {}, {"u": u}).outputs for name in ("numpy", "compiled")
    )
    for name, expected in numpy.items():
        assert (np.abs(compiled[name] - expected) <= 4 * np.spacing(np.abs(expected))).all()
    assert all(np.signbit(compiled[f"sum{number}"][-1]).all() for number in range(len(some)))


@pytest.mark.parametrize("columns", [4, 8])
def test_elements_of_joined_products_in_another_order(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty products as one, whose elements a Mux takes in an order for which gcc 12 loads a wrong one."""
    monkeypatch.delenv("CC")  # as a user's run is optimised
    random, order = np.random.default_rng(5), [0, 11, *range(13, 20), *range(1, 11), 12]
    model = bridge.Model.new("m")
    model.root.add("Inport", "u")
    model.root.add("Mux", "mux", Inputs=20)
    model.root.add("Outport", "y")
    rows = random.normal(size=(20, columns))
    for k, row in enumerate(rows):
        model.root.add("Gain", f"g{k:02}", Gain=row[None].tolist(), Multiplication="Matrix(K*u)")
        model.root.connect("u", f"g{k:02}")
    for port, k in enumerate(order, 1):
        model.root.connect(f"g{k:02}", ("mux", port))
    model.root.connect("mux", "y")
    u = random.normal(size=(3, columns))
    y = bridge.simulate(model, inputs={"u": u}, step=1, engine="compiled")["y"]
    np.testing.assert_allclose(y, (u @ rows.T)[:, order], rtol=1e-12)
