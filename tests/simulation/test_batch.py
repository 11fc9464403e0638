"""Batches of runs: each lane is what its run alone is, whatever the engine, the threads and the chunks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge.cases.example import example
from bridge.crossings.example import example_model
from bridge.engines.c_cache import compiler
from bridge.errors import EngineMissing, UsageError

RUNS = 37  # no whole number of blocks


@pytest.fixture(params=["numpy", "compiled"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    if request.param == "compiled":
        monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path / "cache"))
        try:
            compiler()
        except EngineMissing:
            pytest.skip("a C compiler is not installed")
    return str(request.param)


def accumulator() -> bridge.Model:
    """y(k+1) = a y(k) + u(k), of a vector of two, and y every third step in the workspace."""
    model = bridge.Model.new("accumulator")
    root = model.root
    u = root.add("Inport", "u", SampleTime="0.1")
    gain, total = root.add("Gain", "Gain", Gain="a"), root.add("Sum", "Sum", Inputs="++")
    delay = root.add("UnitDelay", "Unit Delay", InitialCondition="first", SampleTime="0.1")
    sink = root.add("ToWorkspace", "sink", VariableName="slow", SaveFormat="Array", Decimation="3", SampleTime="0.1")
    root.connect(delay, gain)
    root.connect((gain, 1), (total, 1))
    root.connect((u, 1), (total, 2))
    root.connect(total, delay)
    root.connect(delay, root.add("Outport", "y"))
    root.connect(delay, sink)
    return model


def workspaces(count: int = RUNS) -> list[dict[str, Any]]:
    random = np.random.default_rng(1)
    return [{"a": random.uniform(-0.9, 0.9), "first": random.normal(size=2)} for _ in range(count)]


def inputs(count: int = RUNS) -> list[dict[str, Any]]:
    random = np.random.default_rng(2)
    return [{"u": random.normal(size=(10, 2))} for _ in range(count)]


def check(batch: bridge.Recording, one_by_one: list[bridge.Recording]) -> None:
    first = one_by_one[0]
    assert list(batch) == list(first)
    np.testing.assert_array_equal(batch.time, first.time)
    for name, array in batch.items():
        expected = np.stack([run[name] for run in one_by_one], -1)
        np.testing.assert_array_equal(array, expected)
        np.testing.assert_array_equal(batch.times[name], first.times[name])
    for path, array in batch.state.items():
        np.testing.assert_array_equal(array, np.stack([run.state[path] for run in one_by_one], -1))


@pytest.mark.parametrize("varied", ["workspaces", "inputs", "both"])
def test_a_batch_is_its_runs(varied: str, engine: str) -> None:
    model = accumulator()
    spaces = workspaces() if varied != "inputs" else workspaces(1) * RUNS
    given = inputs() if varied != "workspaces" else inputs(1) * RUNS
    batch = bridge.simulate_batch(
        model,
        spaces if varied != "inputs" else spaces[0],
        given if varied != "workspaces" else given[0],
        engine=engine,
    )
    assert batch["y"].shape == (10, 2, RUNS)
    assert batch["slow"].shape == (4, 2, RUNS)
    assert batch.origin["engine"] == engine
    check(batch, [bridge.simulate(model, w, u, engine=engine) for w, u in zip(spaces, given, strict=True)])


def test_threads_and_neighbours_change_no_bit(engine: str) -> None:
    data = example()
    random = np.random.default_rng(3)
    spaces = [{**data.workspace, "u": random.normal(size=np.shape(data.workspace["u"]))} for _ in range(40)]
    whole = bridge.simulate_batch(example_model(), spaces, engine=engine, threads=1)["y"]
    threaded = bridge.simulate_batch(example_model(), spaces, engine=engine, threads=3)["y"]
    np.testing.assert_array_equal(threaded, whole)
    if engine == "compiled":  # numpy's products of matrices are not summed as its products with vectors are
        part = bridge.simulate_batch(example_model(), spaces[31:34], engine=engine)["y"]
        np.testing.assert_array_equal(part, whole[..., 31:34])
    alone = bridge.simulate(example_model(), spaces[5], engine=engine)["y"]
    assert np.abs(alone - whole[..., 5]).max() <= (0 if engine == "compiled" else 1e-13)


def test_inputs_with_times_are_interpolated_run_by_run(engine: str) -> None:
    given = [{"time": [0.0, 1.0], "u": [[0.0, 0.0], [k, -k]]} for k in range(3)]
    space = {"a": 0.5, "first": [0.0, 0.0]}
    batch = bridge.simulate_batch(accumulator(), space, given, stop_time=1.0, engine=engine)
    check(batch, [bridge.simulate(accumulator(), space, each, stop_time=1.0, engine=engine) for each in given])


def test_what_is_the_same_in_all_runs_is_given_to_each(engine: str) -> None:
    space = {"a": 0.5, "first": [1.0, 2.0]}
    batch = bridge.simulate_batch(accumulator(), [space] * 3, inputs(1)[0], engine=engine)
    check(batch, [bridge.simulate(accumulator(), space, inputs(1)[0], engine=engine)] * 3)


def test_a_prepared_batch_is_its_runs_whatever_differs(engine: str) -> None:
    spaces, given = workspaces(5), inputs(5)
    alone = bridge.Simulator(accumulator(), spaces[0], inputs=given[0], engine=engine)
    batch = bridge.BatchSimulator(accumulator(), spaces[0], inputs=given[0], engine=engine)
    both = batch.run(given, parameters=spaces)
    fed = batch.run(given)
    replaced = batch.run(given[0], parameters=[{"a": space["a"]} for space in spaces])
    for k, (space, rows) in enumerate(zip(spaces, given, strict=True)):
        np.testing.assert_array_equal(both["y"][..., k], alone.run(rows, steps=10, parameters=space)["y"])
        np.testing.assert_array_equal(fed["y"][..., k], alone.run(rows, steps=10)["y"])
        one = alone.run(given[0], steps=10, parameters={"a": space["a"]})["y"]
        np.testing.assert_array_equal(replaced["y"][..., k], one)
    assert batch.engine_name == engine
    recorded = batch.record(given, parameters=spaces)
    np.testing.assert_array_equal(recorded["y"], both["y"])
    assert not recorded["y"].flags.writeable


def several_types() -> bridge.Model:
    """A single, a whole number and a truth value, two of which never differ; and a clock, the same in all runs."""
    model = bridge.Model.new("types")
    root = model.root
    for name, kind in (("s", "single"), ("n", "int8"), ("b", "boolean")):
        u = root.add("Inport", name, OutDataTypeStr=kind, SampleTime="0.1")
        delay = root.add("UnitDelay", f"{name} before", InitialCondition="0", SampleTime="0.1")
        root.connect(u, delay)
        root.connect(delay, root.add("Outport", f"{name} out"))
    root.connect(root.add("Clock", "Clock"), root.add("Outport", "time"))
    return model


def test_types_tiles_and_what_never_differs(engine: str) -> None:
    random = np.random.default_rng(4)
    steps = 150  # more than two tiles, the last one not full
    given = [
        {
            "s": random.normal(size=(steps, 1)).astype(np.float32),
            "n": random.integers(-100, 100, (steps, 1)).astype(np.int8),
            "b": np.arange(steps)[:, None] % 3 == 0,
        }
        for _ in range(RUNS)
    ]
    batch = bridge.simulate_batch(several_types(), None, given, engine=engine, threads=2)
    check(batch, [bridge.simulate(several_types(), None, each, engine=engine) for each in given])


def test_a_prepared_batch_refuses_what_it_cannot_replace() -> None:
    batch = bridge.BatchSimulator(accumulator(), workspaces(1)[0], inputs=inputs(1)[0], engine="numpy")
    with pytest.raises(UsageError, match="run 1: there is no workspace variable 'c' to replace; there are a, first"):
        batch.run(inputs(1)[0], parameters=[{"a": 1.0}, {"c": 1.0}])
    with pytest.raises(UsageError, match="run 1: the workspace has no variable 'a', which that of run 0 has"):
        batch.run(inputs(1)[0], parameters=[{"a": 1.0}, {}])
    with pytest.raises(UsageError, match="run 0: the workspace has no variable 'a', which that of run 1 has"):
        batch.run(inputs(1)[0], parameters=[{}, {"a": 1.0}])
    with pytest.raises(UsageError, match="not on 'torch'"):
        bridge.BatchSimulator(accumulator(), workspaces(1)[0], inputs=inputs(1)[0], engine="torch")


class Cluster:
    """Of a client what is used: its workers, and calling on one of them."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def scheduler_info(self) -> dict[str, Any]:
        return {"workers": {"one": {}, "two": {}}}

    def submit(self, function: Any, *arguments: Any, pure: bool) -> Any:
        self.sizes.append(arguments[1].count)
        result = function(*arguments)
        return type("Future", (), {"result": lambda _: result})()


def test_chunks_over_a_cluster(engine: str) -> None:
    cluster, spaces = Cluster(), workspaces(300)
    batch = bridge.simulate_batch(accumulator(), spaces, inputs(1)[0], engine=engine, client=cluster)
    assert cluster.sizes == [64, 64, 64, 64, 44]
    alone = bridge.simulate_batch(accumulator(), spaces, inputs(1)[0], engine=engine)
    for name in batch:
        np.testing.assert_array_equal(batch[name], alone[name])


def test_a_real_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("BRIDGE_CACHE", str(tmp_path))
    spaces = workspaces(70)
    with distributed.Client(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as client:
        batch = bridge.simulate_batch(accumulator(), spaces, inputs(1)[0], engine="numpy", client=client)
    alone = bridge.simulate_batch(accumulator(), spaces, inputs(1)[0], engine="numpy")
    np.testing.assert_array_equal(batch["y"], alone["y"])


@pytest.mark.parametrize(
    ("spaces", "given", "message"),
    [
        ({"a": 1, "first": [0, 0]}, None, "a list: of workspaces, of inputs"),
        ([], None, "a list: of workspaces"),
        (workspaces(2), inputs(3), "there are 2 workspaces, but 3 inputs"),
        ([*workspaces(1), {"a": 1}], inputs(1)[0], "run 1: the workspace has no variable 'first'"),
        ([*workspaces(1), {"a": [1, 2], "first": [0, 0]}], inputs(1)[0], r"run 1: variable 'a' is \(2,\)"),
        (workspaces(2), [{"u": np.zeros((5, 2))}, {"u": np.zeros((4, 2))}], r"run 1: input 'u' is \(4, 2\)"),
        (workspaces(2), [{"v": np.zeros((5, 2))}] * 2, "there is no root Inport 'v'"),
    ],
)
def test_runs_that_do_not_fit_are_named(spaces: Any, given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        bridge.simulate_batch(accumulator(), spaces, given, engine="numpy")


def test_what_shapes_the_program_must_be_the_same() -> None:
    model = bridge.Model.new("shaped")
    delay = model.root.add("Delay", "Delay", DelayLength="n", InitialCondition="0", SampleTime="1")
    model.root.connect(model.root.add("Inport", "u"), delay)
    model.root.connect(delay, model.root.add("Outport", "y"))
    with pytest.raises(UsageError, match="run 1: variable 'n' shapes the program"):
        bridge.simulate_batch(model, [{"n": 1}, {"n": 2}], {"u": np.arange(4.0)}, engine="numpy")
