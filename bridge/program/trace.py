"""Tracing: functions of symbolic values that emit nodes into the current region.

Block and layer mathematics is written with these and with the operators of `Value`. A Python number beside a value
takes the value's data type, which must be able to hold it. Nothing here computes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bridge.errors import ProgramError, SimulationLimit
from bridge.limits import current
from bridge.program import form
from bridge.program.form import Node, Number, Region, Value
from bridge.program.operations import operation
from bridge.program.types import BOOLEAN, INT32, DType, Shape, Type, from_numpy


class _State(threading.local):
    def __init__(self) -> None:
        self.regions: list[Region] = []
        self.origin = ""


_state = _State()


@contextmanager
def tracing(region: Region) -> Iterator[Region]:
    """Let nodes be emitted into `region`."""
    _state.regions.append(region)
    try:
        yield region
    finally:
        _state.regions.pop()


@contextmanager
def origin(path: str) -> Iterator[None]:
    """Name the block that nodes come from."""
    before, _state.origin = _state.origin, path
    try:
        yield
    finally:
        _state.origin = before


def emit(
    op: str, inputs: Sequence[Value], attributes: Mapping[str, Any] | None = None, regions: Sequence[Region] = ()
) -> tuple[Value, ...]:
    """Append a node to the current region and return its outputs."""
    if not _state.regions:
        raise ProgramError("no region is being traced")
    attributes = attributes or {}
    types = operation(op).rule([value.type for value in inputs], attributes)
    limits = current()
    for type in types:
        if type.size > limits.run_elements:
            cause = f"needs an array {type}, more than the limit of {limits.run_elements:,} elements"
            raise SimulationLimit(_state.origin, f"{cause} (run_elements in bridge.allow)")
    if len(_state.regions[-1].nodes) >= limits.run_operations:
        cause = f"brings the program to more than the limit of {limits.run_operations:,} operations"
        raise SimulationLimit(_state.origin, f"{cause} (run_operations in bridge.allow)")
    outputs = tuple(Value(type) for type in types)
    _state.regions[-1].nodes.append(Node(op, tuple(inputs), outputs, attributes, tuple(regions), _state.origin))
    return outputs


def _check_representable(array: np.ndarray, dtype: DType) -> None:
    if array.dtype.kind not in "biufc" or (array.dtype.kind == "c" and dtype.kind != "complex"):
        raise ProgramError(f"a constant of {array.dtype} is no {dtype}")
    if dtype.kind in ("float", "complex") or not array.size:
        return
    low, high = (0, 1) if dtype == BOOLEAN else dtype.limits
    whole = array.dtype.kind != "f" or bool(np.all(np.isfinite(array) & (array == np.trunc(array))))
    # Python's integers compare exactly, where numpy would round both sides to a common type.
    if not whole or int(array.min()) < low or int(array.max()) > high:
        raise ProgramError(f"the constant {np.array2string(array, threshold=4)} does not fit {dtype}")


def constant(value: ArrayLike, dtype: DType | None = None) -> Value:
    """A fixed array, in its own data type or the given one, which must be able to hold it (floats may round)."""
    array = np.array(value)
    dtype = dtype or from_numpy(array.dtype)
    _check_representable(array, dtype)
    with np.errstate(over="ignore"):  # a double beyond single's range is infinite in single
        array = array.astype(dtype.numpy)
    array.setflags(write=False)
    return emit("constant", (), {"value": array, "type": Type(array.shape, dtype)})[0]


def zeros(type: Type) -> Value:
    """Zero (false) of a type: what Simulink calls ground."""
    return constant(np.zeros(type.shape, type.dtype.numpy), type.dtype)


def _operands(*given: Value | Number) -> list[Value]:
    typed = next((x for x in given if isinstance(x, Value)), None)
    if typed is None:
        raise ProgramError("none of the operands is a symbolic value")
    return [x if isinstance(x, Value) else constant(x, typed.dtype) for x in given]


def _elementwise(op: str) -> Callable[..., Value]:
    def function(*operands: Value | Number) -> Value:
        return emit(op, _operands(*operands))[0]

    function.__name__ = op
    function.__doc__ = f"Element-wise `{op}`."
    return function


for _op in ("add", "sub", "mul", "div", "neg", "lt", "le", "and", "or", "xor", "not"):
    form._arithmetic[_op] = _elementwise(_op)
form._arithmetic["matmul"] = lambda a, b: matmul(a, b)

floor, ceil, trunc, rint = (_elementwise(op) for op in ("floor", "ceil", "trunc", "rint"))
sqrt, exp, log, log2, log10 = (_elementwise(op) for op in ("sqrt", "exp", "log", "log2", "log10"))
sin, cos, tan, asin, acos, atan = (_elementwise(op) for op in ("sin", "cos", "tan", "asin", "acos", "atan"))
sinh, cosh, tanh, asinh, acosh, atanh = (_elementwise(o) for o in ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"))
logistic, absolute, conj, real, imag = (_elementwise(op) for op in ("logistic", "abs", "conj", "real", "imag"))
power, atan2, hypot, fmod = (_elementwise(op) for op in ("pow", "atan2", "hypot", "fmod"))
equal, not_equal, isnan, isinf = (_elementwise(op) for op in ("eq", "ne", "isnan", "isinf"))
bitand, bitor, bitxor, bitnot = (_elementwise(op) for op in ("bitand", "bitor", "bitxor", "bitnot"))
shift_left, shift_right = (_elementwise(op) for op in ("shift_left", "shift_right"))
make_complex = _elementwise("complex")


def where(condition: Value, then: Value | Number, otherwise: Value | Number) -> Value:
    """`then` where the condition holds, else `otherwise`, element by element."""
    return emit("select", [condition, *_operands(then, otherwise)])[0]


def storage(x: Value, dtype: DType) -> Value:
    """Change the storage type: integers wrap; floats must be integral and in range already (see `arithmetic`)."""
    return x if x.dtype == dtype else emit("convert", [x], {"dtype": dtype})[0]


def reshape(x: Value, shape: Shape) -> Value:
    """The same elements, last axis first, in another shape."""
    return x if x.shape == shape else emit("reshape", [x], {"shape": shape})[0]


def broadcast(x: Value, shape: Shape) -> Value:
    """Repeat along missing axes and axes of length one."""
    return x if x.shape == shape else emit("broadcast", [x], {"shape": shape})[0]


def transpose(x: Value, axes: tuple[int, ...] | None = None) -> Value:
    """Reorder the axes; reverse them by default."""
    axes = tuple(range(x.type.rank))[::-1] if axes is None else axes
    return x if axes == tuple(range(x.type.rank)) else emit("transpose", [x], {"axes": axes})[0]


def column_major(x: Value, shape: Shape) -> Value:
    """Reshape in MATLAB's order of elements, first axis first."""
    if x.shape == shape:
        return x
    return transpose(reshape(transpose(x), shape[::-1]))


def concat(parts: Sequence[Value], axis: int = 0) -> Value:
    """Join along an existing axis."""
    return parts[0] if len(parts) == 1 else emit("concat", list(parts), {"axis": axis})[0]


def cut(x: Value, *ranges: tuple[int, int] | tuple[int, int, int]) -> Value:
    """Rows start..stop (and step) of each axis; axes not named stay whole. What was joined is cut before."""
    bounds = [(*given, 1) if len(given) == 2 else given for given in ranges]
    bounds += [(0, size, 1) for size in x.shape[len(ranges) :]]
    if len(bounds) == x.type.rank and all(bound == (0, size, 1) for bound, size in zip(bounds, x.shape, strict=True)):
        return x
    if x.node is not None and x.node.op == "concat":
        axis, start = x.node.attributes["axis"], 0
        first, last, step = bounds[axis]
        for part in x.node.inputs:
            stop = start + part.shape[axis]
            if start <= first < last <= stop:
                bounds[axis] = (first - start, last - start, step)
                return cut(part, *bounds)
            start = stop
    return emit("slice", [x], {"ranges": tuple(bounds)})[0]


def take(x: Value, indices: Sequence[int], axis: int = 0) -> Value:
    """The elements at fixed zero-based places of one axis."""
    return emit("take", [x], {"indices": tuple(int(index) for index in indices), "axis": axis})[0]


def gather(x: Value, index: Value) -> Value:
    """The elements of axis 0 at zero-based places that are computed."""
    return emit("gather", [x, index])[0]


def scatter(x: Value, index: Value, rows: Value) -> Value:
    """`x` with the elements of axis 0 at `index` replaced by `rows`."""
    return emit("scatter", [x, index, rows])[0]


def search(breakpoints: Value, x: Value) -> Value:
    """How many ascending breakpoints are <= x."""
    return emit("search", [breakpoints, x])[0]


def _axes(x: Value, axes: Sequence[int] | None) -> dict[str, Any]:
    return {"axes": tuple(range(x.type.rank)) if axes is None else tuple(axes)}


def reduce(kind: str, x: Value, axes: Sequence[int] | None = None) -> Value:
    """`sum`, `prod`, `max`, `min`, `any` or `all` over the given axes, by default over all."""
    return emit(kind, [x], _axes(x, axes))[0] if x.type.rank else x


def argmax(x: Value, axis: int = 0) -> Value:
    """The zero-based place of the first largest element; of one alone, 0, which depends on nothing."""
    if x.shape[axis : axis + 1] == (1,):
        return zeros(Type((*x.shape[:axis], *x.shape[axis + 1 :]), INT32))
    return emit("argmax", [x], {"axis": axis})[0]


def matmul(a: Value, b: Value) -> Value:
    """Matrix times matrix or vector."""
    return emit("matmul", [a, b])[0]


def inverse(a: Value) -> Value:
    """The inverse of a square matrix; Inf in every place where it is singular, as in MATLAB."""
    return emit("inverse", [a])[0]


def linear_solve(a: Value, b: Value) -> Value:
    """X of A X = B."""
    return emit("linear_solve", [a, b])[0]


Results = Value | Sequence[Value]


def _region(function: Callable[..., Results], parameters: Sequence[Value] = ()) -> Region:
    region = Region(list(parameters))
    with tracing(region):
        results = function(*parameters)
    region.results = [results] if isinstance(results, Value) else list(results)
    return region


def branch(condition: Value, then: Callable[[], Results], otherwise: Callable[[], Results]) -> tuple[Value, ...]:
    """Run one of two functions; both return values of the same types."""
    regions = _region(then), _region(otherwise)
    types = tuple(value.type for value in regions[0].results)
    if types != tuple(value.type for value in regions[1].results):
        raise ProgramError("the two sides of an if return different types")
    return emit("if", [condition], {"types": types}, regions)


def loop(count: Value, body: Callable[..., Results], carried: Sequence[Value]) -> tuple[Value, ...]:
    """Repeat `carried = body(index, *carried)` `count` times, an int64 scalar."""
    parameters = [Value(count.type, "index"), *(Value(value.type) for value in carried)]
    region = _region(body, parameters)
    if [value.type for value in region.results] != [value.type for value in carried]:
        raise ProgramError("a loop's body changes the types of what it carries")
    return emit("loop", [count, *carried], {}, [region])


def map_rows(body: Callable[..., Results], arrays: Sequence[Value]) -> tuple[Value, ...]:
    """Apply `body` to the slices along axis 0 and stack the results."""
    parameters = [Value(array.type.with_shape(array.shape[1:])) for array in arrays]
    region = _region(body, parameters)
    return emit("map", list(arrays), {"types": tuple(value.type for value in region.results)}, [region])


def host(
    function: Callable[..., Any], arguments: Sequence[Value], types: Sequence[Type], name: str
) -> tuple[Value, ...]:
    """Call Python: only the numpy engine does; the others refuse it with the block's path."""
    return emit("host", list(arguments), {"function": function, "types": tuple(types), "name": name})


def major(x: Value) -> Value:
    """`x` as the step at its own time has it, which the minor steps of a solver keep."""
    return emit("major", [x])[0]


def true() -> Value:
    """The boolean scalar true."""
    return constant(True, BOOLEAN)
