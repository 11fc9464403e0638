"""Every operation in the registry, in every data type that it takes, on every engine, against the numpy kernels.

The cases are made from the registry: an operation that is registered without operands listed here, or that an engine
neither has nor declares to lack, fails.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from bridge.engines import Schedule, engine
from bridge.errors import ProgramError, UnsupportedOperation
from bridge.program import Output, Program, Type, Value
from bridge.program.elementwise import BINARY, COMPARISONS, UNARY
from bridge.program.operations import operation, operations
from bridge.program.trace import emit, origin, storage, tracing
from bridge.program.types import BOOLEAN, BUILT_IN, DOUBLE, INT64, DType

# What an engine does not have, by design; everything else must agree.
UNSUPPORTED: dict[str, set[str]] = {"torch": set(), "onnx": set(), "compiled": set()}
COMPLEX_UNSUPPORTED = {"onnx", "compiled"}  # onnxruntime computes with no complex numbers, nor does our C

DTYPES = list(BUILT_IN.values())
INTEGERS = [dtype for dtype in DTYPES if dtype.is_integer]


@dataclass
class Case:
    """One application: operand arrays, the data types that they are declared with, attributes."""

    op: str
    operands: list[np.ndarray]
    dtypes: list[DType]
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.types = [Type(np.shape(a), d) for a, d in zip(self.operands, self.dtypes, strict=True)]

    @property
    def valid(self) -> bool:
        try:
            operation(self.op).rule(self.types, self.attributes)
        except ProgramError:
            return False
        return True


def _random(*key: object) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, 8.0, 1000.0]
RANGE = [1e-8, -1e-8, 1e-3, 0.3, -0.3, 0.9, 1.1, 17.3, -17.3, 40.0, -40.0, 90.0, -90.0, 300.0, -300.0, 709.0, -709.0]
# Beside zeros of sine, cosine and tangent; where sinh and cosh are finite still, and exp is not.
RANGE += [np.pi / 2, -np.pi, -3 * np.pi, 355.0]
EXTREME = [800.0, -800.0, 1e-20, 1e20, -1e20, 2.0**31, 2.0**52 + 1, 2.0**63, 1e-300, 1e300, 5e-324, 710.2, -710.2]


def edges(dtype: DType, extreme: bool = True) -> np.ndarray:
    """Values at which implementations differ."""
    if dtype == BOOLEAN:
        return np.array([False, True])
    if dtype.is_integer:
        low, high = dtype.limits
        near = [low, low + 1, high // 2, high - 1, high, 0, 1, 2, 3, 5, 7, 31, 63]
        return np.array([x for x in [*near, -1, -2, -7] if low <= x <= high], dtype.numpy)
    values = np.array(SPECIAL + RANGE + (EXTREME if extreme else []))
    with np.errstate(all="ignore"):
        if dtype.kind == "complex":  # parts that are finite: what infinities give differs even between C libraries
            finite = np.array([0.0, 1.0, -1.0, 0.5, -2.5, 3.0])
            return (finite[:, None] + 1j * finite[::-1]).ravel().astype(dtype.numpy)
        return values.astype(dtype.numpy)


def draw(dtype: DType, shape: tuple[int, ...], *key: object) -> np.ndarray:
    """Ordinary values: for floating point of the size of one, for integers over the whole range."""
    random = _random(dtype.name, shape, *key)
    if dtype == BOOLEAN:
        return random.integers(0, 2, shape).astype(np.bool_)
    if dtype.is_integer:
        low, high = dtype.limits
        return random.integers(low, high, shape, dtype=dtype.numpy, endpoint=True)
    values = random.normal(size=shape)
    if dtype.kind == "complex":
        values = values + 1j * random.normal(size=shape)
    return values.astype(dtype.numpy)


def _elementwise(op: str, count: int) -> Iterator[Case]:
    for dtype in DTYPES:
        points = np.concatenate([edges(dtype), draw(dtype, (16,), op)])
        if count == 1:
            yield Case(op, [points], [dtype])
            yield Case(op, [draw(dtype, (), op)], [dtype])
            continue
        grid = [np.ravel(axis) for axis in np.meshgrid(points, points)]
        if op in AVOIDED:
            with np.errstate(all="ignore"):
                grid = [axis[~AVOIDED[op](*grid)] for axis in grid]
        yield Case(op, grid, [dtype, dtype])
        yield Case(op, [draw(dtype, (2, 1), op, 0), draw(dtype, (3,), op, 1)], [dtype, dtype])
        yield Case(op, [draw(dtype, (), op, 2), draw(dtype, (), op, 3)], [dtype, dtype])


def _select(op: str) -> Iterator[Case]:
    for dtype in DTYPES:
        a = edges(dtype)
        yield Case(op, [np.arange(a.size) % 3 == 0, a, a[::-1].copy()], [BOOLEAN, dtype, dtype])
        yield Case(op, [draw(BOOLEAN, (2, 1), 0), draw(dtype, (), 0), draw(dtype, (3,), 1)], [BOOLEAN, dtype, dtype])
        yield Case(op, [np.array(True), draw(dtype, (2,), 0), draw(dtype, (2,), 1)], [BOOLEAN, dtype, dtype])


def _convert(op: str) -> Iterator[Case]:
    for given, wanted in itertools.product(DTYPES, DTYPES):
        values = np.concatenate([edges(given), draw(given, (8,), op)])
        if given.is_float and wanted.is_integer:  # whole and in range, as the operation demands
            low, high = wanted.limits
            values = np.trunc(values[np.isfinite(values)])
            values = values[(values >= float(low)) & (values < float(high) + (wanted.bits < 53))]
            assert values.size > 3
        yield Case(op, [values], [given], {"dtype": wanted})
        yield Case(op, [values[0]], [given], {"dtype": wanted})


def _constant(op: str) -> Iterator[Case]:
    for dtype in DTYPES:
        for value in (edges(dtype), draw(dtype, (), op), draw(dtype, (2, 3), op)):
            yield Case(op, [], [], {"value": np.asarray(value), "type": Type(np.shape(value), dtype)})


def _moving(op: str) -> Iterator[Case]:
    forms: dict[str, list[tuple[tuple[int, ...], dict[str, Any]]]] = {
        "reshape": [((2, 3), {"shape": (3, 2)}), ((1, 1), {"shape": ()}), ((), {"shape": (1,)})],
        "broadcast": [((3,), {"shape": (2, 3)}), ((), {"shape": (2, 2)}), ((2, 1), {"shape": (2, 3)})],
        "transpose": [((2, 3), {"axes": (1, 0)}), ((2, 3, 4), {"axes": (2, 0, 1)}), ((3,), {"axes": (0,)})],
        "slice": [
            ((5,), {"ranges": ((1, 4, 2),)}),
            ((4, 3), {"ranges": ((0, 4, 3), (1, 1, 1))}),
            ((4, 3), {"ranges": ((1, 4, 1), (0, 3, 2))}),
            ((), {"ranges": ()}),
        ],
        "take": [((5,), {"indices": (3, 0, 0), "axis": 0}), ((2, 3), {"indices": (2, 1), "axis": 1})],
    }
    for dtype, (shape, attributes) in itertools.product(DTYPES, forms[op]):
        yield Case(op, [draw(dtype, shape, op)], [dtype], attributes)


def _concat(op: str) -> Iterator[Case]:
    for dtype in DTYPES:
        yield Case(op, [draw(dtype, (2,), 0), draw(dtype, (3,), 1)], [dtype] * 2, {"axis": 0})
        columns = [draw(dtype, (2, 1), 0), draw(dtype, (2, 2), 1), draw(dtype, (2, 1), 2)]
        yield Case(op, columns, [dtype] * 3, {"axis": 1})


def _gather(op: str) -> Iterator[Case]:
    for dtype, index in [*((dtype, INT64) for dtype in DTYPES), *((BUILT_IN["double"], dtype) for dtype in INTEGERS)]:
        for places in (np.array([2, 0, 2]), np.array(1), np.array([[0], [2]])):
            places = places.astype(index.numpy)
            for rest in ((), (2,)):
                x = draw(dtype, (3, *rest), op)
                if op == "gather":
                    yield Case(op, [x, places], [dtype, index])
                else:
                    places = np.unique(places).astype(index.numpy)  # of two writes to one place, either may stay
                    rows = draw(dtype, (*places.shape, *rest), op, 1)
                    yield Case(op, [x, places, rows], [dtype, index, dtype])


def _reduction(op: str) -> Iterator[Case]:
    for dtype in DTYPES:
        forms = [((5,), (0,)), ((3, 4), (0,)), ((3, 4), (1,)), ((2, 3, 2), (0, 2)), ((3,), ()), ((0, 2), (0,))]
        for shape, axes in forms:
            yield Case(op, [draw(dtype, shape, op)], [dtype], {"axes": axes})
        if dtype.is_float:
            x = np.array([[1.0, np.nan, 3.0], [4.0, np.inf, 2.0], [-0.0, 0.0, -np.inf]], dtype.numpy)
            yield Case(op, [x], [dtype], {"axes": (1,)})
            yield Case(op, [x], [dtype], {"axes": (0,)})
        yield Case(op, [edges(dtype)], [dtype], {"axes": (0,)})


def _argmax(op: str) -> Iterator[Case]:
    for dtype in DTYPES:
        yield Case(op, [draw(dtype, (4, 5), op)], [dtype], {"axis": 1})
        yield Case(op, [np.concatenate([edges(dtype)] * 2)], [dtype], {"axis": 0})
        yield Case(op, [np.array([[1, 0, 1, 1], [1, 1, 0, 0]], dtype.numpy)], [dtype], {"axis": 1})
        yield Case(op, [np.array([[1, 0, 1, 1], [1, 1, 0, 0]], dtype.numpy)], [dtype], {"axis": 0})
        if dtype.is_float:
            x = np.array([1.0, np.nan, np.inf, np.nan, np.inf], dtype.numpy)
            yield Case(op, [x], [dtype], {"axis": 0})
            yield Case(op, [x[2:3].repeat(3)], [dtype], {"axis": 0})


def _search(op: str) -> Iterator[Case]:
    for dtype in DTYPES:
        if dtype.is_float:
            points = np.array([-1.0, 0.0, 0.5, 0.5, 2.0], dtype.numpy)
        else:
            points = np.unique(edges(dtype))
        for x in (edges(dtype), draw(dtype, (2, 3), op), draw(dtype, (), op)):
            yield Case(op, [points, x], [dtype, dtype])


def _matmul(op: str) -> Iterator[Case]:
    for dtype in DTYPES:
        for left, right in (((2, 3), (3, 4)), ((2, 3), (3,)), ((1, 1), (1, 9)), ((1, 1), (1,)), ((2, 0), (0, 9))):
            yield Case(op, [draw(dtype, left, 0), draw(dtype, right, 1)], [dtype, dtype])


def _inverse(op: str) -> Iterator[Case]:
    for dtype in DTYPES:
        for n in (1, 2, 5):
            x = draw(dtype, (n, n), 1) + (3 * np.eye(n)).astype(dtype.numpy)
            right = [draw(dtype, (n, 2), 2)] if op == "linear_solve" else []
            yield Case(op, [x, *right], [dtype] * (1 + len(right)))
            permuted = np.roll(np.eye(n), 1, axis=0).astype(dtype.numpy)  # without pivoting, a division by zero
            yield Case(op, [permuted, *right], [dtype] * (1 + len(right)))
            yield Case(op, [np.zeros_like(x), *right], [dtype] * (1 + len(right)))
        singular = np.array([[1, 2], [2, 4]], dtype.numpy)
        yield Case(op, [singular, *([singular] if op == "linear_solve" else [])], [dtype] * (1 + len(right)))


FAMILIES = {
    **{name: (_elementwise, 1) for name, *_ in UNARY},
    **{name: (_elementwise, 2) for name, *_ in (*BINARY, *COMPARISONS)},
    **dict.fromkeys(("not", "isnan", "isinf", "real", "imag"), (_elementwise, 1)),
    "complex": (_elementwise, 2),
    "select": (_select,),
    "convert": (_convert,),
    "constant": (_constant,),
    **dict.fromkeys(("reshape", "broadcast", "transpose", "slice", "take"), (_moving,)),
    "concat": (_concat,),
    **dict.fromkeys(("gather", "scatter"), (_gather,)),
    **dict.fromkeys(("sum", "prod", "max", "min", "any", "all"), (_reduction,)),
    "argmax": (_argmax,),
    "search": (_search,),
    "matmul": (_matmul,),
    **dict.fromkeys(("inverse", "linear_solve"), (_inverse,)),
}

# Operands at which there is no agreed value.
AVOIDED = {
    "pow": lambda a, b: (a.dtype.kind == "c") & (a == 0),  # a complex power of zero
}
# Which of 0 and -0 is larger is open everywhere; and onnxruntime's Where makes 0 of -0.
SIGN_OF_ZERO_OPEN = {"numpy": {"max", "min"}, "torch": {"max", "min"}, "onnx": {"max", "min", "select", "trunc"}}
SIGN_OF_ZERO_OPEN["compiled"] = {"max", "min"}
SIGN_OF_ZERO_OPEN["onnx"] |= {"asin", "asinh", "atan", "atan2", "atanh", "sin", "sinh", "tan"}

# Where two correct libraries may differ by more than the bound below, and why.
LOOSER = {
    "inverse": 1e3,  # the order of elimination: errors grow with the condition number, here below 100
    "linear_solve": 1e3,
    "sum": 10.0,  # the order of addition, where terms cancel
    "pow": 20.0,  # exp(y log x): the error of the logarithm times the size of the exponent
}


def cases(op: str) -> list[Case]:
    """The applications of `op` that its type rule allows."""
    family, *rest = FAMILIES[op]
    found = [case for case in family(op, *rest) if case.valid]
    assert found, f"no valid case for {op}"
    return found


def program_of(applications: Sequence[Case]) -> tuple[Program, dict[str, np.ndarray]]:
    """All cases in one program, each with inputs and an output of its own."""
    program, inputs = Program("operations"), {}
    with tracing(program.step), origin("test/Block"):
        for number, case in enumerate(applications):
            values = []
            for k, (array, type) in enumerate(zip(case.operands, case.types, strict=True)):
                name = f"x{number}_{k}"
                program.inputs[name] = value = Value(type, name)
                inputs[name] = np.asarray(array)[None]
                values.append(value)
            (result,) = emit(case.op, values, case.attributes)
            program.outputs.append(Output(f"y{number}", result, "outport"))
            if result.dtype.is_integer:
                # An engine may hold small integers in larger ones: what it hands on must have wrapped, too.
                program.outputs.append(Output(f"z{number}", storage(result, DOUBLE), "outport"))
    program.seal()
    return program, inputs


def assert_agrees(name: str, op: str, actual: np.ndarray, expected: np.ndarray, message: str) -> None:
    """Whole numbers and booleans exactly; floating point within rounding, NaN, infinities and signs of zero alike."""
    factor = LOOSER.get(op, 1.0)
    assert actual.dtype == expected.dtype, message
    assert actual.shape == expected.shape, message
    if expected.dtype.kind in "biu":
        np.testing.assert_array_equal(actual, expected, err_msg=message)
        return
    if expected.dtype.kind == "c":
        # Which part of a result that is not finite holds the infinity or NaN differs even between C libraries.
        finite = np.isfinite(expected)
        np.testing.assert_array_equal(np.isfinite(actual), finite, err_msg=message)
        bound = factor * (1e-12 if expected.dtype == np.complex128 else 1e-5) * (1 + np.abs(expected[finite]))
        assert np.all(np.abs(actual[finite] - expected[finite]) <= bound), message
        return
    info = np.finfo(expected.dtype)
    bound = factor * (1e-13 if info.bits == 64 else 1e-6)
    # Below the smallest normal number there are fewer digits, and libraries may flush to zero.
    np.testing.assert_allclose(actual, expected, rtol=bound, atol=info.tiny, err_msg=message)
    if op in SIGN_OF_ZERO_OPEN[name]:
        return
    zeros = (actual == 0) & (expected == 0)
    np.testing.assert_array_equal(np.signbit(actual[zeros]), np.signbit(expected[zeros]), err_msg=f"{message}: sign")


KERNELS = sorted(name for name, op in operations().items() if op.kernel is not None and name != "host")


@pytest.mark.parametrize("name", ["numpy", "torch", "onnx", "compiled"])
@pytest.mark.parametrize("op", KERNELS)
def test_operation(op: str, name: str, need_compiler: Callable[[], None]) -> None:
    if name == "torch":
        pytest.importorskip("torch")
    if name == "compiled":
        need_compiler()
    applications = cases(op)
    if name in COMPLEX_UNSUPPORTED:
        for case in filter(_complex, applications):
            with pytest.raises(UnsupportedOperation, match="test/Block"):
                engine(name).load(program_of([case])[0])
        applications = [case for case in applications if not _complex(case)]
        if not applications:
            return
    program, inputs = program_of(applications)
    if op in UNSUPPORTED.get(name, ()):
        with pytest.raises(UnsupportedOperation, match="test/Block"):
            engine(name).load(program)
        return
    run = engine(name).load(program).run(Schedule.of(program, 1), {}, inputs)
    for number, case in enumerate(applications):
        with np.errstate(all="ignore"):
            expected = operation(op).kernel(case.attributes)(*case.operands)
        expected = np.asarray(expected, result_type(case).dtype.numpy)
        message = f"{name}: {op}({', '.join(map(str, case.types))}) {dict(case.attributes)}"
        assert_agrees(name, op, run.outputs[f"y{number}"][0], expected, message)
        if f"z{number}" in run.outputs:
            np.testing.assert_array_equal(run.outputs[f"z{number}"][0], expected.astype(np.float64), err_msg=message)


def _complex(case: Case) -> bool:
    return any(type.dtype.kind == "complex" for type in (*case.types, result_type(case)))


def result_type(case: Case) -> Type:
    return operation(case.op).rule(case.types, case.attributes)[0]


def test_every_operation_has_cases() -> None:
    """A new operation must be added to FAMILIES, or be control flow with tests of its own."""
    control = {name for name, op in operations().items() if op.kernel is None} | {"host"}
    assert set(operations()) - control == set(FAMILIES)
    assert control == {"if", "loop", "map", "host", "major"}  # of which engines never see the last
