"""Each pass does what it says, and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.errors import ProgramError
from bridge.program import DType, Node, Output, Program, Rate, Region, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish, fold, hoist, prune, share, verify
from bridge.program.types import BOOLEAN, DOUBLE, INT8, INT64, SINGLE, UINT8


class Builder:
    """A program with input u, parameter k, flag p, and whatever the test traces into its step."""

    def __init__(self, dtype: DType = DOUBLE) -> None:
        self.program = Program("p")
        self.type = Type((), dtype)
        self.k = self.program.parameters["k"] = Value(self.type, "k")
        self.u = self.program.inputs["u"] = Value(self.type, "u")
        self.p = self.program.inputs["p"] = Value(Type((), BOOLEAN), "p")

    def slot(self, path: str) -> Slot:
        with t.tracing(self.program.init):
            initial = t.zeros(self.type)
        self.program.slots.append(Slot(path, "discrete", initial, Value(self.type, path)))
        return self.program.slots[-1]

    def step(self, function: Callable[[], Value | Sequence[Value]]) -> Builder:
        with t.tracing(self.program.step):
            results = function()
        values = [results] if isinstance(results, Value) else results
        self.program.outputs += [Output(f"y{k}", value, "outport") for k, value in enumerate(values)]
        self.program.seal()
        return self

    def run(self, u: float = 2.0, p: bool = True, k: float = 3.0) -> list[Any]:
        rows = {"u": [u], "p": [p]}
        outputs = engine("numpy").load(self.program).run(Schedule.of(self.program, 1), {"k": k}, rows).outputs
        return [values[0] for values in outputs.values()]


def ops(region: Region) -> list[str]:
    return [node.op for node in region.walk()]


# fold


def test_fold_computes_what_is_constant() -> None:
    made = Builder().step(lambda: t.constant(2.0) * t.constant(3.0) + t.constant(1.0) + made_u())
    fold(made.program)
    assert ops(made.program.step).count("mul") == 0
    assert ops(made.program.step).count("add") == 1
    (node,) = made.program.outputs[0].value.node.inputs[0].node, *()  # type: ignore[union-attr]
    assert node.op == "constant"
    assert node.attributes["value"] == 7.0
    assert not node.attributes["value"].flags.writeable


def made_u() -> Value:
    """Something that is not constant: the result of a call of Python."""
    return t.host(lambda: np.asarray(1.0), [], [Type((), DOUBLE)], "one")[0]


def test_fold_keeps_the_data_type() -> None:
    """In int8, 100 + 100 is -56; in single, 1/3 is rounded to single; a sum of int8 stays int8."""
    made = Builder()

    def function() -> list[Value]:
        third = t.constant(1.0, SINGLE) / t.constant(3.0, SINGLE)
        total = t.reduce("sum", t.constant([100, 100], INT8))
        return [t.constant(100, INT8) + t.constant(100, INT8), third, total, t.constant(2.0) < 1]

    made.step(function)
    fold(made.program)
    assert set(ops(made.program.step)) == {"constant"}
    values = [output.value.node.attributes["value"] for output in made.program.outputs]  # type: ignore[union-attr]
    assert [value.dtype.name for value in values] == ["int8", "float32", "int8", "bool"]
    assert values[0] == -56
    assert values[1] == np.float32(1) / np.float32(3)
    assert values[2] == -56
    verify(made.program)


def test_fold_reaches_into_regions_and_leaves_calls_of_python() -> None:
    made = Builder()
    made.step(lambda: t.branch(made.p, lambda: t.constant(1.0) + t.constant(2.0), made_u))
    fold(made.program)
    assert "add" not in ops(made.program.step)
    assert "host" in ops(made.program.step)


def test_fold_leaves_an_index_that_leaves_its_array() -> None:
    """The branch may never be taken, so this is no error yet."""
    made = Builder()
    table = np.arange(3.0)
    made.step(lambda: t.branch(made.p, lambda: t.gather(t.constant(table), t.constant(5)), lambda: made.u))
    finish(made.program)
    assert made.run(p=False) == [2.0]
    assert ops(made.program.init).count("gather") == 0


# hoist


def test_hoist_moves_what_depends_on_parameters_alone() -> None:
    made = Builder()
    made.step(lambda: t.exp(made.k * 2.0) + made.u)
    before = made.run()
    hoist(made.program)
    assert ops(made.program.step) == ["add"]
    assert ops(made.program.init) == ["constant", "mul", "exp"]
    made.program.seal()
    verify(made.program)
    assert made.run() == before


def test_hoist_moves_out_of_regions_what_does_not_change_in_them() -> None:
    made = Builder()

    def function() -> Sequence[Value]:
        def body(index: Value, x: Value) -> Value:
            (inner,) = t.branch(made.p, lambda: t.sqrt(made.k) + x, lambda: x)
            return inner

        return t.loop(t.constant(2), body, [made.u])

    made.step(function)
    before = made.run()
    hoist(made.program)
    assert "sqrt" in ops(made.program.init)
    assert "sqrt" not in ops(made.program.step)
    made.program.seal()
    verify(made.program)
    assert made.run() == before == [2.0 + 2 * np.sqrt(3.0)]


def test_hoist_moves_whole_regions() -> None:
    made = Builder()
    made.step(lambda: t.loop(t.constant(3), lambda index, x: x * made.k, [made.k]))
    hoist(made.program)
    assert made.program.step.nodes == []
    made.program.seal()
    assert made.run() == [3.0**4]


def test_hoist_does_not_call_python_once_instead_of_every_step() -> None:
    calls: list[int] = []

    def count() -> np.ndarray:
        calls.append(1)
        return np.asarray(float(len(calls)))

    made = Builder()

    def function() -> list[Value]:
        (plain,) = t.host(count, [], [made.type], "count")
        (inside,) = t.branch(t.true(), lambda: t.host(count, [], [made.type], "count"), lambda: made.k)
        return [plain, inside]

    made.step(function)
    finish(made.program)
    run = engine("numpy").load(made.program).run(
        Schedule.of(made.program, 2), {"k": 1.0}, {"u": np.zeros(2), "p": np.zeros(2, bool)}
    )
    assert run.outputs["y0"].tolist() == [1.0, 3.0]
    assert run.outputs["y1"].tolist() == [2.0, 4.0]


@pytest.mark.parametrize("op", ["gather", "scatter"])
def test_hoist_does_not_run_what_a_branch_guards(op: str) -> None:
    """An index from a parameter, taken only where it is in range."""
    made = Builder(INT64)

    def pick() -> Value:
        table = t.constant([10, 20, 30])
        if op == "gather":
            return t.gather(table, made.k)
        return t.reduce("sum", t.scatter(table, made.k, made.k))

    made.step(lambda: t.branch(made.p, pick, lambda: made.u))
    finish(made.program)
    assert made.run(u=7, p=False, k=5) == [7]
    assert made.run(u=7, p=True, k=1) == ([20] if op == "gather" else [41])
    # Where nothing guards it, it may move.
    made = Builder(INT64)
    made.step(lambda: t.gather(t.constant([10, 20, 30]), made.k) + made.u)
    hoist(made.program)
    assert "gather" in ops(made.program.init)


# share


def test_share_computes_the_same_once() -> None:
    made = Builder()
    made.step(lambda: [t.exp(made.u) + t.exp(made.u), t.exp(made.u), t.exp(made.k)])
    before = made.run()
    share(made.program)
    assert ops(made.program.step).count("exp") == 2
    made.program.seal()
    verify(made.program)
    assert made.run() == before
    assert made.program.outputs[0].value.node.inputs[0] is made.program.outputs[1].value  # type: ignore[union-attr]


def test_share_tells_constants_apart_by_type_shape_and_sign() -> None:
    made = Builder()
    constants = [1.0, np.float32(1), 1, True, [1.0], -1.0, 0.0, -0.0, np.nan]
    made.step(lambda: [t.constant(value) for value in [*constants, *constants]])
    share(made.program)
    assert ops(made.program.step) == ["constant"] * len(constants)
    made.program.seal()
    values = made.run()
    assert np.signbit(values[7])
    assert not np.signbit(values[6])


def test_share_tells_attributes_apart() -> None:
    made = Builder()

    def function() -> list[Value]:
        x = t.reshape(t.concat([t.broadcast(made.u, (1,))] * 4), (2, 2))
        return [t.reduce("sum", x, [0]), t.reduce("sum", x, [1]), t.reduce("max", x, [0]), t.reduce("sum", x, [0])]

    made.step(function)
    share(made.program)
    assert ops(made.program.step).count("sum") == 2


def test_share_does_not_take_from_a_branch() -> None:
    """What one side computes is not there on the other side, nor behind the branch."""
    made = Builder()

    def function() -> list[Value]:
        (chosen,) = t.branch(made.p, lambda: t.exp(made.u), lambda: -t.exp(made.u))
        return [chosen, t.exp(made.u), t.sqrt(made.u), *t.branch(made.p, lambda: t.sqrt(made.u), lambda: made.u)]

    made.step(function)
    before = [made.run(p=p) for p in (True, False)]
    share(made.program)
    assert ops(made.program.step).count("exp") == 3
    assert ops(made.program.step).count("sqrt") == 1  # the one before the second branch is seen inside it
    made.program.seal()
    verify(made.program)
    assert [made.run(p=p) for p in (True, False)] == before


def test_share_follows_into_slots_and_regions() -> None:
    made = Builder()
    slot = made.slot("x")

    def function() -> list[Value]:
        first, second = t.exp(made.u), t.exp(made.u)
        slot.next = second
        return [first, *t.branch(made.p, lambda: second, lambda: first)]

    made.step(function)
    share(made.program)
    assert slot.next is made.program.outputs[0].value
    made.program.seal()
    verify(made.program)


def test_share_keeps_every_call_of_python() -> None:
    made = Builder()
    made.step(lambda: [made_u(), made_u()])
    share(made.program)
    assert ops(made.program.step) == ["host", "host"]


# prune


def test_prune_drops_what_nobody_reads() -> None:
    made = Builder()

    def function() -> Value:
        t.exp(made.u)
        t.sqrt(t.constant(2.0))
        return made.u + 1

    made.step(function)
    with t.tracing(made.program.init):
        t.exp(made.k)
    prune(made.program)
    assert ops(made.program.step) == ["constant", "add"]
    assert ops(made.program.init) == []


def test_prune_drops_slots_that_only_feed_themselves() -> None:
    """`a` counts by itself; `b` and `c` feed each other; `d` reaches the output through `e`."""
    made = Builder()
    a, b, c, d, e = (made.slot(path) for path in "abcde")

    def function() -> Value:
        a.next, b.next, c.next = a.current + 1, c.current * 2, b.current + 1
        d.next, e.next = made.u, d.current
        return e.current

    made.step(function)
    prune(made.program)
    assert [slot.path for slot in made.program.slots] == ["d", "e"]
    assert ops(made.program.step) == []
    assert len(made.program.init.nodes) == 2
    made.program.seal()
    verify(made.program)


def test_prune_keeps_a_slot_that_never_changes() -> None:
    made = Builder()
    slot = made.slot("constant")
    made.step(lambda: slot.current + made.u)
    prune(made.program)
    assert made.program.slots == [slot]


def test_prune_narrows_regions_to_what_is_read() -> None:
    """Of an enabled region, the output is read, the counter in it is not; the counter's slot goes with it."""
    made = Builder()
    held, count = made.slot("held"), made.slot("count")

    def function() -> Value:
        held.next, count.next, _ = t.branch(
            made.p, lambda: (made.u, count.current + 1, t.exp(made.u)), lambda: (held.current, count.current, made.u)
        )
        return held.next

    made.step(function)
    before = [made.run(p=p) for p in (True, False)]
    prune(made.program)
    assert [slot.path for slot in made.program.slots] == ["held"]
    (node,) = made.program.step.nodes
    assert len(node.outputs) == len(node.regions[0].results) == len(node.regions[1].results) == 1
    assert node.regions[0].nodes == []
    made.program.seal()
    verify(made.program)
    assert [made.run(p=p) for p in (True, False)] == before


def test_prune_keeps_what_a_loop_carries_to_itself() -> None:
    """b feeds a inside the loop; c feeds only itself."""
    made = Builder()
    made.step(
        lambda: t.loop(
            t.constant(3), lambda k, a, b, c: (a + b, b * 2.0, c - 1.0), [made.u, t.constant(1.0), t.constant(5.0)]
        )[0]
    )
    before = made.run()
    prune(made.program)
    (node,) = (node for node in made.program.step.nodes if node.op == "loop")
    assert len(node.inputs) == 3
    assert len(node.regions[0].parameters) == 3
    assert ops(node.regions[0]).count("sub") == 0
    made.program.seal()
    verify(made.program)
    assert made.run() == before == [2.0 + 1 + 2 + 4]


def test_prune_narrows_maps_and_keeps_whole_calls() -> None:
    made = Builder()

    def function() -> list[Value]:
        x = t.broadcast(made.u, (3,))
        doubled, _ = t.map_rows(lambda row: (row * 2.0, t.exp(row)), [x])
        first, _ = t.host(lambda: (np.asarray(1.0), np.asarray(2.0)), [], [made.type, made.type], "two")
        return [doubled, first]

    made.step(function)
    prune(made.program)
    assert "exp" not in ops(made.program.step)
    (call,) = (node for node in made.program.step.nodes if node.op == "host")
    assert len(call.outputs) == 2
    made.program.seal()
    verify(made.program)
    assert made.run()[0].tolist() == [4.0, 4.0, 4.0]


def test_prune_is_quick_on_long_chains() -> None:
    """A chain of unit delays, each needed only because of the next one."""
    made = Builder()
    slots = [made.slot(str(k)) for k in range(3000)]

    def function() -> Value:
        for before, after in pairwise(slots):
            after.next = before.current + 1
        slots[0].next = made.u
        return slots[-1].current

    made.step(function)
    prune(made.program)
    assert len(made.program.slots) == 3000


# verify


def broken(change: Callable[[Builder], None]) -> Program:
    made = Builder()
    slot = made.slot("x")

    def function() -> list[Value]:
        slot.next = slot.current + made.u
        return [slot.next, *t.branch(made.p, lambda: slot.next * 2.0, lambda: -made.u)]  # type: ignore[operator]

    made.step(function)
    verify(made.program)
    change(made)
    return made.program


def _use_before_definition(made: Builder) -> None:
    made.program.step.nodes.reverse()


def _assign_twice(made: Builder) -> None:
    made.program.step.nodes.append(made.program.step.nodes[0])


def _wrong_type(made: Builder) -> None:
    made.program.step.nodes[0].outputs[0].type = Type((2,), DOUBLE)


def _unknown_result(made: Builder) -> None:
    made.program.step.results.append(Value(Type((), DOUBLE)))


def _value_of_a_branch(made: Builder) -> None:
    inner = made.program.step.nodes[-1].regions[0].results[0]
    made.program.step.results.append(inner)


def _slot_type(made: Builder) -> None:
    made.program.slots[0].next = made.p


def _initial_in_the_step(made: Builder) -> None:
    made.program.slots[0].initial = made.u
    made.program.seal()


def _same_path(made: Builder) -> None:
    made.program.slots.append(made.program.slots[0])


def _same_output(made: Builder) -> None:
    made.program.outputs.append(made.program.outputs[0])


def _branch_results(made: Builder) -> None:
    made.program.step.nodes[-1].regions[1].results[0] = made.p


def _branch_missing(made: Builder) -> None:
    node = made.program.step.nodes[-1]
    node.regions = node.regions[:1]


def _rates_without_hits(made: Builder) -> None:
    made.program.rates.append(Rate(1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_use_before_definition, "used before it is defined"),
        (_assign_twice, "assigned twice"),
        (_wrong_type, "outputs are not"),
        (_unknown_result, "not defined"),
        (_value_of_a_branch, "not defined"),
        (_slot_type, "slot x of double is given boolean"),
        (_initial_in_the_step, "not defined"),
        (_same_path, "two slots of the name 'x'"),
        (_same_output, "two outputs of the name 'y0'"),
        (_branch_results, "regions do not fit"),
        (_branch_missing, "regions do not fit"),
        (_rates_without_hits, "1 rates have 0 hits"),
    ],
)
def test_verify_finds(change: Callable[[Builder], None], message: str) -> None:
    with pytest.raises(ProgramError, match=message):
        verify(broken(change))


@pytest.mark.parametrize("op", ["loop", "map"])
def test_verify_finds_regions_with_wrong_parameters(op: str) -> None:
    made = Builder()

    def function() -> Sequence[Value]:
        if op == "loop":
            return t.loop(t.constant(2), lambda k, x: x + 1.0, [made.u])
        return t.map_rows(lambda row: row + 1.0, [t.broadcast(made.u, (2,))])

    made.step(function)
    verify(made.program)
    node = made.program.step.nodes[-1]
    node.regions[0].parameters[-1].type = Type((7,), DOUBLE)
    with pytest.raises(ProgramError):
        verify(made.program)


def test_finish_returns_the_program_and_can_be_repeated() -> None:
    made = Builder()
    made.step(lambda: made.u * made.k + t.constant(1.0) * 2.0)
    before = made.run()
    assert finish(made.program) is made.program
    nodes = [*ops(made.program.init), "|", *ops(made.program.step)]
    finish(made.program)
    assert [*ops(made.program.init), "|", *ops(made.program.step)] == nodes == ["constant", "|", "mul", "add"]
    assert made.run() == before


def test_the_free_values_of_a_region_include_those_of_nested_ones() -> None:
    made = Builder(UINT8)
    made.step(lambda: t.branch(made.p, lambda: made.u + 1, lambda: made.k))
    node = made.program.step.nodes[-1]
    assert isinstance(node, Node)
    assert list(made.program.step.free()) == [made.k]
    assert made.program.init.results == [made.k]
    assert list(node.regions[0].free()) == [made.u]
