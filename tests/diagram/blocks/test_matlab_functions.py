"""MATLAB Function blocks, against the same formulas in numpy, on every engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from small_diagrams import inside, run, wired

from bridge.diagram.survey import survey
from bridge.errors import BridgeError, MatlabError, TypeMismatch, UnsupportedBlock
from bridge.model import Block, Model, Parameter, Section, System

RANDOM = np.random.default_rng(8)
SCALARS = np.array([-2.5, -1.0, 0.0, 0.25, 1.0, 3.0, 7.5])


def coded(model: Model, system: System, name: str, code: str, parameters: tuple[str, ...] = ()) -> Block:
    """A MATLAB Function block as files have it; its ports are those of the function's first line."""
    head = re.match(r"\s*function\s+(?:\[?([\w, ]*)\]?\s*=)?\s*\w+\s*(?:\(([^)]*)\))?", code)
    assert head is not None
    outputs, inputs = ([word for word in re.split(r"[,\s]+", part or "") if word] for part in head.groups())
    scopes = {each: "PARAMETER_DATA" if each in parameters else "INPUT_DATA" for each in inputs}
    data = list(scopes.items()) + [(each, "OUTPUT_DATA") for each in outputs]
    ports = {"in": len(inputs) - len(parameters), "out": len(outputs)}
    block = system.add("SubSystem", name, ports=ports, SFBlockType="MATLAB Function")
    inside(block).add("S-Function", "code", FunctionName="sf_sfun")
    if model.stateflow is None:
        model.stateflow = Section("Stateflow", {}, [Section("machine", {"id": "1"}, [Section("Children")])])
    number = str(len(model.stateflow.entries) + 1)
    variables = [
        Section("data", {"name": each}, [Parameter("scope", scope), Parameter("dataType", "Inherit: Same as Simulink")])
        for each, scope in data
    ]
    state = Section("state", {}, [Section("eml", {}, [Parameter("script", code)])])
    chart = [Parameter("type", "EML_CHART"), Section("Children", {}, [state, *variables])]
    children = next(model.stateflow.sections("machine")).section("Children")
    assert children is not None
    children.entries.append(Section("chart", {"id": number}, chart))
    path = block.path.removeprefix(f"{model.name}/")
    instance = [Parameter("name", path), Parameter("chart", number)]
    model.stateflow.entries.append(Section("instance", {"id": f"9{number}"}, instance))
    return block


def computed(
    code: str, *u: Any, workspace: Mapping[str, Any] | None = None, parameters: tuple[str, ...] = (), **options: Any
) -> list[Any]:
    """The outputs of the block, a row a step, on every engine."""
    model = Model.new("m")
    block = coded(model, model.root, "f", code, parameters)
    assert block.ports is not None
    arrays = {f"u{k + 1}": np.asarray(array) for k, array in enumerate(u)}
    for k in range(block.ports["in"]):
        model.root.add("Inport", f"u{k + 1}", Port=k + 1)
        model.root.connect(f"u{k + 1}", ("f", k + 1))
    for k in range(block.ports["out"]):
        model.root.add("Outport", f"y{k + 1}", Port=k + 1)
        model.root.connect(("f", k + 1), f"y{k + 1}")
    steps = len(u[0]) if u else 2
    recorded = run(model, inputs=arrays or None, workspace=workspace, step=1, stop_time=steps - 1, **options)
    return [recorded[f"y{k + 1}"] for k in range(block.ports["out"])]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2*u + 1", lambda u: 2 * u + 1),
        ("u^2 - u/4 + 3\\u", lambda u: u**2 - u / 4 + u / 3),
        ("abs(sin(u)) * exp(-u) + atan2(u, 2)", lambda u: abs(np.sin(u)) * np.exp(-u) + np.arctan2(u, 2)),
        ("max(u, 0.5) - min(u, -1)", lambda u: np.maximum(u, 0.5) - np.minimum(u, -1)),
        ("sign(u) + floor(u) + fix(u) + round(u)", lambda u: np.sign(u) + np.floor(u) + np.trunc(u) + half_away(u)),
        ("mod(u, 2) + rem(u, 2)", lambda u: np.mod(u, 2) + np.fmod(u, 2)),
        ("double(u > 0) + (u >= 1 & u ~= 3)", lambda u: (u > 0) * 1.0 + ((u >= 1) & (u != 3))),
        ("(u > 0 && u < 5) * 2 + (u < -1 || ~(u < 3))", lambda u: ((u > 0) & (u < 5)) * 2.0 + ((u < -1) | (u >= 3))),
    ],
)
def test_scalar_expressions(expression: str, expected: Callable[[np.ndarray], np.ndarray]) -> None:
    (y,) = computed(f"function y = fcn(u)\ny = {expression};", SCALARS)
    np.testing.assert_allclose(y, expected(SCALARS), rtol=1e-15, atol=1e-15)


def half_away(u: np.ndarray) -> np.ndarray:
    return np.sign(u) * np.floor(abs(u) + 0.5)


def test_what_is_said_to_code_generators_and_to_people_does_nothing() -> None:
    code = "function y = fcn(u)\ncoder.extrinsic('disp');\neml.extrinsic('plot');\ndisp(u); fprintf('%g', u);\ny = 2*u;"
    assert computed(code, SCALARS)[0].tolist() == (2 * SCALARS).tolist()


def test_numbers_beyond_all_others_are_infinite_without_a_warning() -> None:
    (y,) = computed("function y = fcn(u)\ny = min(u, 1/eps(0)) + 0/0*0^u;", SCALARS)
    assert np.isnan(y).all()


def test_vectors_are_columns_and_matrices_multiply() -> None:
    """R(q) u as a rotation, with a local function, a matrix by rows, a transpose and an index to the end."""
    code = """function [v, n, w] = turned(q, u)
%#codegen
R = rotation(q);
v = R * u;              % 3 x 1
n = norm(u(1:end-1));
w = [u' * R, numel(u)]; % 1 x 4
end

function R = rotation(a)
R = eye(3);
R(1:2, 1:2) = [cos(a), -sin(a)
               sin(a),  cos(a)];
end"""
    a, u = RANDOM.normal(size=6), RANDOM.normal(size=(6, 3))
    v, n, w = computed(code, a, u)
    for k in range(6):
        R = np.array([[np.cos(a[k]), -np.sin(a[k]), 0], [np.sin(a[k]), np.cos(a[k]), 0], [0, 0, 1]])
        np.testing.assert_allclose(v[k], R @ u[k], rtol=1e-14)
        np.testing.assert_allclose(w[k], [[*(u[k] @ R), 3.0]], rtol=1e-14)
    np.testing.assert_allclose(n, np.hypot(u[:, 0], u[:, 1]), rtol=1e-14)
    assert (v.shape, n.shape, w.shape) == ((6, 3), (6,), (6, 1, 4))


def test_functions_of_arrays() -> None:
    code = """function [a, b, c, d] = fcn(u, v)
a = [sum(u), prod(u), max(u), min(u), mean(u), dot(u, v), std(u), trace(u*v')];
b = cross(u, v) + fliplr(v')';
c = inv(diag(u.^2 + 1)) * v + (u*u' + 4*eye(3)) \\ v;
d = any(u > 1) | all(v < 0);
end"""
    u, v = RANDOM.normal(size=(2, 5, 3))
    a, b, c, d = computed(code, u, v)
    for k in range(5):
        x, y = u[k], v[k]
        expected = [x.sum(), x.prod(), x.max(), x.min(), x.mean(), x @ y, x.std(ddof=1), x @ y]
        np.testing.assert_allclose(a[k].ravel(), expected, rtol=1e-13)
        np.testing.assert_allclose(b[k], np.cross(x, y) + y[::-1], rtol=1e-13, atol=1e-14)
        both = np.linalg.solve(np.outer(x, x) + 4 * np.eye(3), y)
        np.testing.assert_allclose(c[k], y / (x**2 + 1) + both, rtol=1e-12)
        assert d[k] == (x > 1).any() or (y < 0).all()
    assert d.dtype == bool


def test_conditions_of_signals_select_what_each_branch_leaves() -> None:
    code = """function [y, n] = fcn(u, on)
n = 0;
k = 2;
if u > 1 && on
    y = u^2; n = 1;
elseif u < 0
    scratch = -u;
    if u < -2, y = 10*scratch; else, y = scratch; n = n + k; end
else
    y = 0*u;
end
switch n
    case {1, 5}, y = y + 100;
    case 2, y = y + 200;
end
if isnan(u), error('no number'); end"""
    on = np.array([True, True, False, True, False, True, False])

    def expected(u: float, switch: bool) -> tuple[float, float]:
        if u > 1 and switch:
            return u**2 + 100, 1
        if u < 0:
            return (-10 * u, 0) if u < -2 else (-u + 200, 2)
        return 0, 0

    y, n = computed(code, SCALARS, on)
    assert list(zip(y.tolist(), n.tolist(), strict=True)) == [expected(*each) for each in zip(SCALARS, on, strict=True)]


def test_loops_over_what_is_known_and_places_that_are_computed() -> None:
    code = """function [y, e] = fcn(u, k)
y = zeros(1, 4);
for n = 1:numel(u)
    if u(n) > 0
        y(n) = n * u(n);
    end
end
y(end) = polynomial(u(1));
e = u(k);
end
function p = polynomial(x)
p = 0;
c = [2 -1 3];
n = 1;
while n <= 3
    p = p*x + c(n); n = n + 1;
end
end"""
    u, k = RANDOM.normal(size=(4, 3)), np.array([3.0, 1.0, 2.0, 3.0])
    y, e = computed(code, u, k)
    for row, x in zip(y, u, strict=True):
        np.testing.assert_allclose(row.ravel()[:3], np.where(x > 0, x * [1, 2, 3], 0), rtol=1e-15)
        np.testing.assert_allclose(row.ravel()[3], np.polyval([2, -1, 3], x[0]), rtol=1e-14)
    assert e.tolist() == [row[int(at) - 1] for row, at in zip(u, k, strict=True)]


def test_masks_and_computed_places_are_assigned_to() -> None:
    code = """function [y, z, w] = fcn(u, k)
y = u;
y(u < 0) = -1;
y(2) = 10;
z = zeros(2, 3);
z(k) = u(1);
if u(1) > 0
    w = single(u);
    w(u > 1) = 0.1;   % in the class of w
else
    w = single(0 * u);
end"""
    u, k = RANDOM.normal(size=(6, 3)), np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    y, z, w = computed(code, u, k)
    for row in range(6):
        expected = np.where(u[row] < 0, -1, u[row])
        expected[1] = 10
        np.testing.assert_array_equal(y[row].ravel(), expected)
        flat = np.zeros(6)
        flat[row] = u[row, 0]
        np.testing.assert_array_equal(z[row], flat.reshape(2, 3, order="F"))
        single = np.where(u[row] > 1, np.float32(0.1), u[row].astype(np.float32))
        np.testing.assert_array_equal(w[row].ravel(), single if u[row, 0] > 0 else 0 * single)
    assert w.dtype == np.float32


def test_a_place_outside_ends_the_run() -> None:
    with pytest.raises(BridgeError, match="leaves 0"):
        computed("function y = fcn(u, k)\ny = zeros(1, 3);\ny(k) = u;", SCALARS, np.full(len(SCALARS), 4.0))


def test_where_extremes_stand_and_what_adds_up() -> None:
    code = """function [m, k, n, s, p, x] = fcn(u)
[m, k] = max(u);
[~, n] = min([u'; 1 1 1 1]);
s = cumsum(u);
p = cumprod(u');
x = xor(u(1) > 0, u(2) > 0);"""
    u = RANDOM.normal(size=(8, 4)).round(1)
    u[0], u[1], u[2, 0], u[3] = 2.0, np.nan, np.nan, [-1.0, 3.0, 3.0, np.nan]
    m, k, n, s, p, x = computed(code, u)
    for row in range(8):
        known = np.where(np.isnan(u[row]), -np.inf, u[row])
        np.testing.assert_array_equal(m[row], np.nan if np.isnan(u[row]).all() else known.max())
        assert k[row] == known.argmax() + 1
        assert n[row].ravel().tolist() == [1.0 if one <= 1 else 2.0 for one in u[row]]
        np.testing.assert_array_equal(s[row].ravel(), np.cumsum(u[row]))
        np.testing.assert_array_equal(p[row].ravel(), np.cumprod(u[row]))
        assert x[row] == ((u[row, 0] > 0) != (u[row, 1] > 0))


def test_parameters_come_from_the_workspace_by_their_names() -> None:
    model = Model.new("m")
    coded(model, model.root, "f", "function y = fcn(u, A)\ny = A * u;", ("A",))
    assert survey(model).variables == ["A"]
    assert not survey(model).unsupported
    u, A = RANDOM.normal(size=(4, 2)), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    (y,) = computed("function y = fcn(u, A)\ny = A * u;", u, workspace={"A": A}, parameters=("A",))
    np.testing.assert_allclose(y, u @ A.T, rtol=1e-14)


def test_single_and_boolean_signals() -> None:
    code = "function [y, b, d] = fcn(u, s)\ny = 2*u + s;\nb = u > 1;\nd = b + 1;"
    y, b, d = computed(code, np.float32(SCALARS), SCALARS > 0)
    assert (y.dtype, b.dtype, d.dtype) == (np.float32, bool, np.float64)
    assert y.tolist() == [2 * u + (u > 0) for u in SCALARS]
    assert d.tolist() == [(u > 1) + 1 for u in SCALARS]


def test_code_inside_an_enabled_subsystem_and_in_a_loop_with_a_delay() -> None:
    model = Model.new("m")
    model.root.add("Inport", "u", Port=1)
    model.root.add("Outport", "y", Port=1)
    coded(model, model.root, "f", "function y = fcn(u, x)\nif x > 3\n y = 0;\nelse\n y = x + u;\nend")
    model.root.add("UnitDelay", "x", SampleTime="1")
    wired(model.root, "u -> f/1", "x -> f/2", "f -> x", "f -> y")
    y = run(model, inputs={"u": np.ones(8)}, step=1, stop_time=7)["y"]
    assert y.tolist() == [1, 2, 3, 4, 0, 1, 2, 3]


def test_persistent_variables_keep_their_values_from_step_to_step() -> None:
    """A mean over a window and a counter that a local function keeps, called once or twice a step."""
    code = """function [m, n, c] = fcn(u)
persistent window
if isempty(window)
    window = u * ones(1, 3);
end
window = [u, window(1:2)];
m = mean(window);
n = count(1);
if u > 0
    n = count(10);
end
c = begun(u);
end
function n = count(by)
persistent total calls
if isempty(total)
    total = 0; calls = 0;
end
total = total + by;
calls = calls + 1;
n = total + calls/1000;
end
function c = begun(u)
persistent at
if u > 0 && isempty(at)
    at = u;
end
if isempty(at), c = -1; else, c = at; end
end"""
    m, n, c = computed(code, SCALARS)
    padded = [SCALARS[0], SCALARS[0], *SCALARS]
    np.testing.assert_allclose(m, [np.mean(padded[k : k + 3]) for k in range(len(SCALARS))], rtol=1e-14, atol=1e-15)
    by = np.cumsum(1 + 10 * (SCALARS > 0)) + np.cumsum(1 + (SCALARS > 0)) / 1000
    np.testing.assert_allclose(n, by, rtol=1e-14)
    assert c.tolist() == [-1, -1, -1, 0.25, 0.25, 0.25, 0.25]


def test_a_function_that_only_a_branch_calls_keeps_its_variables() -> None:
    code = """function y = fcn(u)
y = 0;
if u > 0
    y = count();
end
end
function n = count()
persistent total
if isempty(total), total = 0; end
total = total + 1;
n = total;
end"""
    (y,) = computed(code, SCALARS)
    assert y.tolist() == [0, 0, 0, 1, 2, 3, 4]


def test_persistent_variables_in_a_subsystem_that_stands_still() -> None:
    model = Model.new("m")
    model.root.add("Inport", "on", Port=1)
    model.root.add("Outport", "y", Port=1)
    system = inside(model.root.add("SubSystem", "sub"))
    system.add("EnablePort", "enable")
    system.add("Outport", "out")
    code = "function y = fcn()\npersistent n\nif isempty(n), n = 5; end\nn = n + 1;\ny = n;"
    coded(model, system, "f", code)
    wired(system, "f -> out")
    wired(model.root, "on -> sub/enable", "sub -> y")
    y = run(model, inputs={"on": np.array([0.0, 1, 1, 0, 1, 0, 1])}, step=1, stop_time=6)["y"]
    assert y.tolist() == [0, 6, 7, 7, 8, 8, 9]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("y = interp1([1 2], [3 4], u);", r"line 2: 'interp1' of these arguments is not supported"),
        (
            "y = 0;\nwhile y < u\n y = y + 1;\nend",
            r"line 3: a value that decides here is known only when",
        ),
        ("y = sum(1:u);", r"line 2: the length of a range is known only when"),
        ("if u > 0, y = 1; return; end\ny = 2;", r"line 2: 'return', 'break' and 'continue' are not supported under"),
        ("if u > 0, y = 1; else, y = [1 2]; end", r"line 2: 'y' is 1x1 double or 1x2 double, by a condition"),
        ("persistent n\ny = u;", r"persistent variable 'n' has no value after the first step"),
        ("persistent n\nif isempty(n), n = 0; end\nn = [n; u]; y = u;", r"line 3: 'n' is 1x1 double or 2x1 double"),
        ("y = unheard(u);", r"line 2: undefined variable or function 'unheard'"),
        ("y = [1 2; 3 4] * [u u u]';", r"line 2: "),
        ("y = u;\nbreak", r"'break' and 'continue' need a loop around them"),
        ("y = again(u);\nend\nfunction y = again(u)\ny = again(u);", r"nested|levels|deep"),
        ("y = u.speed;", r"line 2: a signal has no field 'speed'"),
        ("x = u;", r"does not set its output 'y'"),
    ],
)
def test_what_code_cannot_do_is_refused_by_block_and_line(body: str, words: str) -> None:
    with pytest.raises(MatlabError, match=rf"^block 'm/f', .*{words}" if "line" in words else words):
        computed(f"function y = fcn(u)\n{body}", SCALARS)


def test_signals_of_other_types_and_code_that_is_not_in_the_file() -> None:
    with pytest.raises(TypeMismatch, match="m/f: input 'u' is int8"):
        computed("function y = fcn(u)\ny = u;", np.arange(3, dtype=np.int8))
    model = Model.new("m")
    coded(model, model.root, "f", "function y = fcn(u)\ny = u;")
    model.stateflow = None
    with pytest.raises(UnsupportedBlock, match="m/f: MATLAB Function or chart 'MATLAB Function'"):
        run(model, step=1, stop_time=1)
    with pytest.raises(BridgeError, match="block 'm/f'"):
        computed("function y = fcn(u)\ny = (u;", SCALARS)
