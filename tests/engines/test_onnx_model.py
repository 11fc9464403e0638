"""Programs as ONNX models: valid, self-describing, and run by onnxruntime without this package."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

import bridge
from bridge.engines import Schedule, engine
from bridge.engines.onnx_model import names_in, prepared_to_onnx, start_to_onnx, to_onnx
from bridge.errors import UnsupportedOperation, UsageError
from bridge.program import Output, Program, Slot, Type, Value
from bridge.program import trace as t
from bridge.program.passes import finish
from bridge.program.types import DOUBLE, INT8, SINGLE

Values = Callable[[Program, int], tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]


def session(model: Any) -> onnxruntime.InferenceSession:
    """Check the model, and load it as anybody would."""
    onnx.checker.check_model(model, full_check=True)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def shapes(values: Any) -> dict[str, tuple[str, list[int | str]]]:
    """Element type and dimensions of each input or output of a session."""
    return {value.name: (value.type, value.shape) for value in values}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("baked", [True, False])
def test_models_of_everything_are_valid(everything: Callable[[], Program], whole: bool, baked: bool) -> None:
    model = to_onnx(everything(), whole=whole, parameters={"gain": 0.5} if baked else None)
    loaded = session(model)
    leading = ["T"] if whole else []
    inputs = {
        "rows": ("tensor(double)", [*leading, 3, 2]),
        "enable": ("tensor(bool)", leading),
        "repeats": ("tensor(int64)", leading),
        "hits": ("tensor(bool)", [*leading, 2]),
        "time": ("tensor(double)", leading),
        "Enabled/held": ("tensor(double)", []),
        "Enabled/count": ("tensor(uint16)", []),
        "ticks": ("tensor(uint64)", []),
    }
    if not baked:
        inputs["gain"] = ("tensor(double)", [])
    assert shapes(loaded.get_inputs()) == inputs
    outputs = shapes(loaded.get_outputs())
    suffix = "final" if whole else "next"
    assert outputs[f"ticks.{suffix}"] == ("tensor(uint64)", [])
    assert outputs["sums"] == ("tensor(double)", [*leading, 3])
    # The output `gain` cannot be called as the parameter is.
    taken = names_in(model)
    assert taken.outputs["gain"] == "gain_1" if not baked else taken.outputs["gain"].startswith("gain")
    assert set(outputs) == {*taken.outputs.values(), *taken.next_states.values()}


def test_a_whole_run_needs_nothing_but_its_inputs(lstm: Callable[..., Program], lstm_values: Values) -> None:
    """With parameters as constants and first states computed in the model; and any length."""
    program = lstm(2, 3, DOUBLE)
    parameters, inputs = lstm_values(program, 40)
    model = to_onnx(program, parameters=parameters, initial_states=True)
    loaded = session(model)
    assert shapes(loaded.get_inputs()) == {"x": ("tensor(double)", ["T", 2])}
    reference = engine("numpy").load(program).run(Schedule.of(program, 40), parameters, inputs)
    for steps in (1, 40):
        y, h, c = loaded.run(["y", "lstm/h.final", "lstm/c.final"], {"x": inputs["x"][:steps]})
        np.testing.assert_allclose(y, reference.outputs["y"][:steps], rtol=0, atol=1e-15)
    np.testing.assert_allclose(h, reference.state["lstm/h"], rtol=0, atol=1e-15)
    np.testing.assert_allclose(c, reference.state["lstm/c"], rtol=0, atol=1e-15)


def test_one_step_at_a_time(lstm: Callable[..., Program], lstm_values: Values) -> None:
    program = lstm(2, 3, SINGLE)
    parameters, inputs = lstm_values(program, 10)
    loaded = session(to_onnx(program, whole=False, parameters=parameters))
    (start,) = (session(start_to_onnx(program, parameters)),)
    h, c = start.run(["lstm/h", "lstm/c"], {})
    rows = []
    for row in inputs["x"]:
        y, h, c = loaded.run(["y", "lstm/h.next", "lstm/c.next"], {"x": row, "lstm/h": h, "lstm/c": c})
        rows.append(y)
    reference = engine("numpy").load(program).run(Schedule.of(program, 10), parameters, inputs)
    assert rows[0].dtype == np.float32
    np.testing.assert_allclose(rows, reference.outputs["y"], rtol=0, atol=1e-6)


def test_parameters_may_be_given_in_part(lstm: Callable[..., Program], lstm_values: Values) -> None:
    program = lstm(2, 3, DOUBLE)
    parameters, _ = lstm_values(program, 1)
    model = to_onnx(program, parameters={"W": parameters["W"]})
    assert list(names_in(model).parameters) == ["R", "b"]
    with pytest.raises(UsageError, match="'Q'"):
        to_onnx(program, parameters={"Q": 1.0})
    with pytest.raises(UsageError, match="'W'"):
        to_onnx(program, parameters={"W": 1.0})
    with pytest.raises(UsageError, match="initial_states"):
        to_onnx(program, whole=False, initial_states=True)


def test_the_model_says_where_it_comes_from(lstm: Callable[..., Program]) -> None:
    model = to_onnx(lstm(1, 1, DOUBLE))
    assert (model.producer_name, model.producer_version) == ("bridge", bridge.__version__)
    assert [(item.domain, item.version) for item in model.opset_import] == [("", 18)]
    (note,) = model.metadata_props
    assert json.loads(note.value)["states"] == {"lstm/h": "lstm/h", "lstm/c": "lstm/c"}
    with pytest.raises(UsageError, match="names"):
        names_in(onnx.ModelProto())


def every_name(graph: Any) -> Iterator[str]:
    """All names in a graph and the graphs nested in it."""
    yield graph.name
    for value in (*graph.input, *graph.output, *graph.initializer):
        yield value.name
    for node in graph.node:
        yield from (node.name, *(name for name in (*node.input, *node.output) if name))
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from every_name(attribute.g)


def hostile() -> Program:
    program = Program('x"; DROP\n../../etc')
    for name in ("a b", "a_b", "a\tb", "é", "v", "c"):
        program.inputs[name] = Value(Type((), DOUBLE), name)
    with t.tracing(program.init):
        zero = t.zeros(Type((), DOUBLE))
    slot = Slot("a b", "discrete", zero, Value(Type((), DOUBLE)))
    program.slots.append(slot)
    with t.tracing(program.step), t.origin("<script>/{0}\0%s"):
        total = slot.current
        for value in program.inputs.values():
            total = total * 2 + value
        negated = -total
    slot.next = total
    program.outputs = [Output("a b", total, "outport"), Output("$(x)", negated, "outport")]
    return finish(program)


def test_names_carry_nothing_but_letters() -> None:
    program = hostile()
    for model in (to_onnx(program), to_onnx(program, whole=False), start_to_onnx(program)):
        session(model)
        assert all(re.fullmatch(r"[A-Za-z0-9_./]+", name) for name in every_name(model.graph))
    names = names_in(to_onnx(program)).inputs
    assert set(names) == set(program.inputs)
    assert len(set(names.values())) == len(names)
    rows = {name: np.arange(3.0) + k for k, name in enumerate(program.inputs)}
    runs = [engine(name).load(program).run(Schedule.of(program, 3), {}, rows) for name in ("numpy", "onnx")]
    for name in ("a b", "$(x)"):
        np.testing.assert_array_equal(runs[1].outputs[name], runs[0].outputs[name])


def test_complex_arguments_are_refused_by_name() -> None:
    from bridge.program.types import COMPLEX

    program = Program("complex")
    program.inputs["z"] = Value(Type((), COMPLEX), "z")
    with pytest.raises(UnsupportedOperation, match="complex: z"):
        to_onnx(finish(program))


def test_what_init_computes_is_an_input_of_a_prepared_model() -> None:
    """Constants stay constants; what depends on parameters is handed over."""
    program = Program("prepared")
    k = program.parameters["k"] = Value(Type((2,), INT8), "k")
    u = program.inputs["u"] = Value(Type((2,), INT8), "u")
    with t.tracing(program.step):
        program.outputs = [Output("y", k * k * u + 3, "outport")]
    finish(program)
    start, prepared = start_to_onnx(program), prepared_to_onnx(program, whole=False)
    assert len(names_in(start).kept) == 1
    assert names_in(prepared).kept == names_in(start).kept
    assert names_in(prepared).parameters == {}
    (square,) = session(start).run(None, {"k": np.array([100, -3], np.int8)})
    (y,) = session(prepared).run(None, {"kept_0": square, "u": np.array([2, 5], np.int8)})
    np.testing.assert_array_equal(y, np.array([100, -3], np.int8) ** 2 * np.array([2, 5], np.int8) + np.int8(3))
