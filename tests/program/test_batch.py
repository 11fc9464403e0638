"""Each operation over lanes, whichever of its operands differ between them, against runs one by one."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.engines.c_cache import compiler
from bridge.errors import EngineError, EngineMissing
from bridge.program import Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.batch import batched
from bridge.program.passes import finish, verify
from bridge.program.types import from_numpy

LANES = 3
SHAPES = {"x": (4,), "m": (2, 4), "n": (4, 4), "k": (), "K": (2, 2), "p": (), "points": (5,), "rows": (2, 2, 3)}


def values(name: str, random: np.random.Generator) -> np.ndarray:
    """A value by the kind of its name: indices within four rows, a boolean, ascending points, else real numbers."""
    shape = SHAPES[name]
    if name in "kK":
        return random.integers(0, 4, shape)
    if name == "p":
        return np.asarray(random.random() < 0.5)
    array = random.normal(size=shape)
    return np.sort(array) if name == "points" else array


def _picked(k: Value, n: Value, p: Value) -> Value:
    return t.branch(p, lambda: t.gather(n, k), lambda: t.gather(n, k) * 2)[0]


OPERATIONS: dict[str, Callable[..., Value]] = {
    "x, m: broadcasting": lambda x, m: x * m + t.reduce("sum", m),
    "x: reshaped and spread": lambda x: t.broadcast(t.reshape(x, (2, 2)), (3, 2, 2)),
    "m: transposed": lambda m: t.transpose(m),
    "x, m: joined": lambda x, m: t.concat([m, t.reshape(x, (1, 4))]),
    "m: cut": lambda m: t.cut(m, (1, 2), (0, 4, 2)),
    "m: taken": lambda m: t.take(m, [3, 0, 0], 1),
    "m: reduced": lambda m: t.reduce("max", m, (0,)),
    "m: largest": lambda m: t.argmax(m, 1),
    "m, x: product": lambda m, x: m @ x,
    "m, n: product of matrices": lambda m, n: m @ n,
    "n: inverse": lambda n: t.inverse(n),
    "x, k: gathered": lambda x, k: t.gather(x, k),
    "n, K: rows gathered": lambda n, K: t.gather(n, K),
    "x, k, p: scattered": lambda x, k, p: t.scatter(x, k, t.where(p, 1.5, t.gather(x, k))),
    "n, K: rows scattered": lambda n, K: t.scatter(n, t.cut(K, (0, 1)), t.reshape(t.cut(n, (1, 3)), (1, 2, 4))),
    "points, x: searched": lambda points, x: t.search(points, x),
    "p, m: a branch": lambda p, m: t.branch(p, lambda: m * 2, lambda: t.exp(m))[0],
    "k, n, p: a branch that may fail": _picked,
    "k, x: a loop": lambda k, x: t.loop(k, lambda i, y: y * 1.5 + t.storage(i, x.dtype), [x])[0],
    "rows, x: a map": lambda rows, x: t.map_rows(lambda row: t.reduce("sum", row) * x, [rows])[0],
}


@pytest.fixture(params=["numpy", "compiled"])
def name(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> str:
    if request.param == "compiled":
        monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path_factory.getbasetemp() / "batch"))
        try:
            monkeypatch.setenv("CC", f"{compiler()[0]} -O0")
        except EngineMissing:
            pytest.skip("a C compiler is not installed")
    return str(request.param)


def traced(text: str) -> Program:
    names = text.partition(":")[0].split(", ")
    program = Program("operation")
    for each in names:
        array = values(each, np.random.default_rng(0))
        program.inputs[each] = Value(Type(array.shape, from_numpy(array.dtype)), each)
    with t.tracing(program.step):
        y = OPERATIONS[text](*program.inputs.values())
        program.outputs = [Output("y", y, "outport")]
    return finish(program)


@pytest.mark.parametrize("text", OPERATIONS)
def test_an_operation_over_lanes(text: str, name: str) -> None:
    program = traced(text)
    names = list(program.inputs)
    random = np.random.default_rng(1)
    runs = [{each: values(each, random) for each in names} for _ in range(LANES)]
    choices = [chosen for count in range(1, len(names) + 1) for chosen in itertools.combinations(names, count)]
    for wide in choices if name == "numpy" else choices[-1:]:
        made = batched(program, LANES, (), wide)
        verify(made)
        given = {n: np.stack([run[n] for run in runs], -1)[None] if n in wide else runs[0][n][None] for n in names}
        actual = engine(name).load(made).run(Schedule.of(made, 1), {}, given).outputs["y"][0]
        for lane, run in enumerate(runs):
            own = {n: (run if n in wide else runs[0])[n][None] for n in names}
            expected = engine("numpy").load(program).run(Schedule.of(program, 1), {}, own).outputs["y"][0]
            assert actual.shape == (*expected.shape, LANES)
            np.testing.assert_allclose(actual[..., lane], expected, rtol=1e-13, atol=1e-13, err_msg=f"{wide}")


def test_an_index_that_leaves_its_array_is_seen_in_any_lane() -> None:
    program = traced("x, k: gathered")
    made = batched(program, 2, (), ["k"])
    with pytest.raises(EngineError, match="leaves"):
        engine("numpy").load(made).run(Schedule.of(made, 1), {}, {"x": np.zeros((1, 4)), "k": np.array([[0, 4]])})


def test_a_state_differs_where_what_it_is_fed_does() -> None:
    """Through a chain of delays, of which only the last one's input is reached by what differs."""
    program = Program("delays")
    u = program.inputs["u"] = Value(Type((), from_numpy(np.float64)), "u")
    with t.tracing(program.init):
        zero = t.constant(0.0)
    a, b, c = (Value(zero.type, name) for name in "abc")
    with t.tracing(program.step):
        program.slots = [
            Slot("a", "discrete", zero, a, b + 0.0),
            Slot("b", "discrete", zero, b, u * 2.0),
            Slot("c", "discrete", zero, c, c + 1.0),
        ]
    program.outputs = [Output("y", a, "outport"), Output("count", c, "outport")]
    made = batched(finish(program), 2, (), ["u"])
    assert [slot.type.shape for slot in made.slots] == [(2,), (2,), ()]
    run = engine("numpy").load(made).run(Schedule.of(made, 3), {}, {"u": np.array([[1.0, 2.0]] * 3)})
    assert run.outputs["y"].tolist() == [[0, 0], [0, 0], [2, 4]]
    assert run.outputs["count"].tolist() == [0, 1, 2]
