"""Building ONNX graphs: nodes, constants and nested graphs, under one name space.

Integers of every width are held as int64 while the graph computes, since onnxruntime has few operations for the others.
A narrower integer is brought back into range after each operation that may leave it; of a uint64 the int64 holds the
bits. Inputs and outputs of the whole model have the declared types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from bridge.engines.onnx_names import Names
from bridge.program.types import DType, Type

OPSET = 18  # the first with bitwise operations; every onnxruntime since 1.14 runs it
IR_VERSION = 8  # the one that came with it

# onnx.TensorProto.DataType; written here so that the tables of operations need not import onnx.
FLOAT, UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, DOUBLE, UINT32, UINT64 = 1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13
ELEMENTS = {
    "bool": BOOL,
    "float32": FLOAT,
    "float64": DOUBLE,
    "int8": INT8,
    "int16": INT16,
    "int32": INT32,
    "int64": INT64,
    "uint8": UINT8,
    "uint16": UINT16,
    "uint32": UINT32,
    "uint64": UINT64,
}

Result = tuple[str, int, tuple[int, ...]]  # a name, an element type, a shape


def element(dtype: DType) -> int:
    """The ONNX element type of the same name."""
    return ELEMENTS[dtype.numpy.name]


def carrier(dtype: DType) -> int:
    """The ONNX element type that values of `dtype` are computed in."""
    return INT64 if dtype.is_integer else element(dtype)


def is_wide(dtype: DType) -> bool:
    """Whether it is uint64, of which an int64 holds the bits rather than the value."""
    return dtype.is_integer and dtype.bits == 64 and not dtype.signed


class Graph:
    """A model under construction. `graph("Add", a, b)` appends a node to the innermost graph and names its output."""

    def __init__(self) -> None:
        import onnx

        self._onnx = onnx
        self.names = Names()
        self.initializers: list[Any] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._nodes: list[list[Any]] = [[]]
        self.origin = ""

    @property
    def nodes(self) -> list[Any]:
        """The nodes of the innermost graph."""
        return self._nodes[-1]

    def __call__(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Append a node with one output."""
        (output,) = self.several(op, inputs, 1, **attributes)
        return output

    def several(self, op: str, inputs: Sequence[str], count: int, **attributes: Any) -> list[str]:
        """Append a node with `count` outputs."""
        name = self.names(f"{self.origin}/{op}" if self.origin else op)
        outputs = [self.names("v") for _ in range(count)]
        self.nodes.append(self._onnx.helper.make_node(op, list(inputs), outputs, name=name, **attributes))
        return outputs

    def rename(self, value: str, wanted: str) -> None:
        """Append a node that hands a value out under a name of its own."""
        self.nodes.append(self._onnx.helper.make_node("Identity", [value], [wanted], name=self.names(f"{wanted}/out")))

    def constant(self, value: Any, dtype: Any = None) -> str:
        """A fixed array; equal ones are stored once, in the outermost graph, which nested ones see."""
        array = np.array(value, dtype=dtype, order="C")
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = self.names("c")
            self.initializer(self._constants[key], array)
        return self._constants[key]

    def initializer(self, name: str, array: np.ndarray) -> None:
        """Store an array under a name."""
        self.initializers.append(self._onnx.numpy_helper.from_array(array, name))

    def info(self, name: str, element_type: int, shape: Sequence[int | str]) -> Any:
        """The declaration of a value: its name, type and shape."""
        return self._onnx.helper.make_tensor_value_info(name, element_type, list(shape))

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Let nodes be appended to a graph inside the current one; `close` makes it."""
        self._nodes.append([])
        try:
            yield
        finally:
            self._nodes.pop()

    def close(self, name: str, inputs: Sequence[Any], results: Sequence[Result]) -> Any:
        """The innermost graph, which hands out `results` (name, element type, shape), as a protocol buffer."""
        computed_here = {name for node in self.nodes for name in node.output}
        outputs = []
        for value, element_type, shape in results:
            # What a graph hands out must be computed in it, and is handed out once.
            handed_out = value if value in computed_here else self("Identity", value)
            computed_here.discard(value)
            outputs.append(self.info(handed_out, element_type, shape))
        return self._onnx.helper.make_graph(self.nodes, self.names(name), list(inputs), outputs)

    def model(self, name: str, inputs: Sequence[Any], outputs: Sequence[Any], notes: dict[str, str]) -> Any:
        """The finished model. `notes` become its metadata."""
        from bridge import __version__

        helper = self._onnx.helper
        used = set(_read(self.nodes))
        initializers = [tensor for tensor in self.initializers if tensor.name in used]
        graph = helper.make_graph(self.nodes, self.names(name), list(inputs), list(outputs), initializers)
        model = helper.make_model(
            graph,
            producer_name="bridge",
            producer_version=__version__,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        helper.set_model_props(model, notes)
        return model

    def cast(self, x: str, element_type: int) -> str:
        """Convert the element type."""
        return self("Cast", x, to=element_type)

    def wrap(self, dtype: DType, x: str) -> str:
        """An int64 brought into the range of an integer type modulo 2**bits.

        Not by Cast to that type and back, as onnxruntime merges neighbouring casts: of double to int64 to int32 it
        makes double to int32, which does not wrap.
        """
        if not dtype.is_integer or dtype.bits == 64:
            return x
        mask = self.constant((1 << dtype.bits) - 1, np.int64)
        if not dtype.signed:
            return self("BitwiseAnd", x, mask)
        half = self.constant(1 << (dtype.bits - 1), np.int64)
        return self("Sub", self("BitwiseAnd", self("Add", x, half), mask), half)

    def apart(self, x: str, element_type: int) -> str:
        """A 64-bit integer as it is, between two casts that onnxruntime would merge."""
        return self("BitwiseOr", x, self.constant(0, np.int64 if element_type == INT64 else np.uint64))

    def ordered(self, dtype: DType, x: str) -> str:
        """Carriers whose order as int64 is that of the values: the sign bit of a uint64's carrier is flipped."""
        return self("BitwiseXor", x, self.constant(-(2**63), np.int64)) if is_wide(dtype) else x

    def enter(self, x: str, dtype: DType) -> str:
        """A value of the declared type as its carrier."""
        return x if carrier(dtype) == element(dtype) else self.cast(x, carrier(dtype))

    def leave(self, x: str, dtype: DType) -> str:
        """A carrier as a value of the declared type."""
        return x if carrier(dtype) == element(dtype) else self.cast(x, element(dtype))

    def integers(self, values: Sequence[int]) -> str:
        """A constant vector of int64, as shapes and axes are given."""
        return self.constant(list(values), np.int64)

    def result(self, value: str, type: Type) -> Result:
        """A value with its carrier's type, as `close` takes it."""
        return value, carrier(type.dtype), type.shape


def _read(nodes: Sequence[Any]) -> Iterator[str]:
    """The names that nodes read, and the graphs in them."""
    for node in nodes:
        yield from node.input
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _read(attribute.g.node)
                yield from (output.name for output in attribute.g.output)
