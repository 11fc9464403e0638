"""What blocks that compute numbers share: the data type of the result, rounding and overflow.

The rules stand in Simulink's documentation (*Data Type Inheritance Rules*, *Gain*, *Sum*, *Product*). Where it leaves
the internal rule open, MathWorks' generated code decides: the sum of two uint8 is a uint8 (R2022b), the product of two
int8 an int16 (R2014a).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.diagram.block import Block
from bridge.diagram.parameters import Choice, DataTypeName, Flag, SampleTime
from bridge.errors import UnsupportedBlock
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, DOUBLE, DType, Type

ROUNDINGS = ("Floor", "Zero", "Ceiling", "Convergent", "Nearest", "Round", "Simplest")
_MODES = ("OutDataTypeMode", "OutputDataTypeScalingMode", "LogicOutDataTypeMode")
_SPECIFIED = ("OutDataType", "LogicDataType")
_UNSCALED = ("", "2^0", "1", "[]")

InternalRule = Callable[[Block, Sequence[DType]], DType]


class OutputType(DataTypeName):
    """``OutDataTypeStr``, or its older spelling: a mode, and a type and scaling for the mode ``Specify via dialog``."""

    def __init__(
        self,
        default: str,
        modes: Sequence[str] = _MODES,
        specified: Sequence[str] = _SPECIFIED,
        scaling: str = "OutScaling",
    ) -> None:
        super().__init__(default)
        self.modes = modes
        self.specified = specified
        self.scaling = scaling

    def text(self, block: Block) -> str:
        """The rule or type in today's spelling."""
        site = block.site
        if written := site.text(self.name, ""):
            return written
        mode = next((text for name in self.modes if (text := site.text(name, "").strip())), "")
        if not mode:
            return self.default
        if mode.casefold() == "specify via dialog":
            given = next((text for name in self.specified if (text := site.text(name, ""))), "")
            return _unscaled(given, site.text(self.scaling, "").strip())
        # A mode is the name of a type, or a rule that is now written with "Inherit:".
        return mode if mode[0].islower() or mode == "Boolean" else f"Inherit: {mode}"

    def read(self, block: Block) -> DType | str:
        """`Boolean` with a capital letter is an old spelling."""
        return BOOLEAN if self.text(block).strip() == "Boolean" else super().read(block)


def _unscaled(text: str, scaling: str) -> str:
    """``sfix(16)`` with the scaling ``2^0`` as ``fixdt(1,16,0)``; another scaling stays, to be refused by name."""
    compact = text.replace(" ", "")
    if compact.startswith(("sfix(", "ufix(")) and scaling in _UNSCALED:
        return f"fixdt({int(compact[0] == 's')},{compact[5:-1]},0)"
    return text if scaling in _UNSCALED or not compact.startswith(("sfix(", "ufix(")) else f"{text} scaled by {scaling}"


class Overflow(Flag):
    """``SaturateOnIntegerOverflow``, called ``DoSatur`` in library blocks."""

    def text(self, block: Block) -> str:
        """The flag under either name."""
        return block.site.text(self.name, "") or block.site.text("DoSatur", self.default)


class Arithmetic(Block):
    """A block with an output data type, rounding and overflow."""

    OutDataTypeStr = OutputType("Inherit: Inherit via internal rule")
    RndMeth = Choice(*ROUNDINGS)
    SaturateOnIntegerOverflow = Overflow("off")
    SampleTime = SampleTime("-1")

    def internal(self, dtypes: Sequence[DType]) -> DType:
        """The internal rule of this kind."""
        return holding(self, dtypes)

    def output_type(self, inputs: Sequence[Value]) -> DType:
        """The data type of the output for these inputs."""
        rule = inherited(self, self.OutDataTypeStr, [u.dtype for u in inputs], lambda _, dtypes: self.internal(dtypes))
        if rule.is_float and any(u.dtype.kind == "complex" for u in inputs):
            return DType("complex", 2 * rule.bits)
        return rule

    def convert(self, x: Value, dtype: DType) -> Value:
        """`x` in `dtype`, with this block's rounding and overflow."""
        return a.convert(x, dtype, self.RndMeth, self.SaturateOnIntegerOverflow)


def check_same(block: Block, flag: str, inputs: Sequence[Value]) -> None:
    """Raise where a flag asks for inputs of one data type and there are several; real beside complex is no matter."""
    if getattr(block, flag) and len({real_type(u.dtype) for u in inputs}) > 1:
        found = ", ".join(str(u.dtype) for u in inputs)
        raise block.mistyped(f"its inputs must have one data type ({flag} is on), not {found}")


def real_type(dtype: DType) -> DType:
    """The data type of a complex number's parts; others as they are."""
    return DType("float", dtype.bits // 2) if dtype.kind == "complex" else dtype


def same_as_others(flag: bool, port: int, inputs: Sequence[Type | None]) -> DType | None:
    """What a block that wants one data type for all inputs asks of one: that of another input."""
    return next((type.dtype for k, type in enumerate(inputs) if flag and k != port and type is not None), None)


def inherited(block: Block, rule: DType | str, dtypes: Sequence[DType], internal: InternalRule | None = None) -> DType:
    """The data type that an output takes. `dtypes` are those of the inputs, `internal` is the kind's internal rule."""
    if isinstance(rule, DType):
        return rule
    word = rule.strip().casefold()
    if word in ("same as input", "same as first input", "same as first data input"):
        return dtypes[0]
    if word == "same as second input":
        return dtypes[1]
    if word == "all ports same datatype" and len(set(dtypes)) == 1:
        return dtypes[0]
    if word in ("inherit via internal rule", "all ports same datatype"):
        return (internal or holding)(block, dtypes)
    if word in ("keep msb", "keep lsb", "match scaling") and any(d.kind in ("float", "complex") for d in dtypes):
        return holding(block, dtypes)
    if word == "inherit via back propagation":
        return block.site.demanded or DOUBLE
    if word.startswith("logical"):
        return BOOLEAN if _logic_is_boolean(block) else DOUBLE
    raise block.unsupported(f"the data type rule {rule!r}")


def _logic_is_boolean(block: Block) -> bool:
    """The setting *Implement logic signals as Boolean data*."""
    system = block.site.source.parent
    model = system.model if system is not None else None
    return model is None or (model.setting("BooleanDataType") or "on").lower() != "off"


def holding(block: Block, dtypes: Sequence[DType], longest: int = 32) -> DType:
    """The smallest data type that holds the values of all; integers of at most `longest` bits unless one has more."""
    floats = [real_type(d).bits for d in dtypes if d.kind in ("float", "complex")]
    if floats:
        complex_ = any(d.kind == "complex" for d in dtypes)
        return DType("complex", 2 * max(floats)) if complex_ else DType("float", max(floats))
    integers = [d for d in dtypes if d.is_integer]
    if not integers:
        raise block.mistyped("booleans alone decide no data type: give its Output data type")
    signed = any(d.signed for d in integers)
    needed = max(d.bits + (1 if signed and not d.signed else 0) for d in integers)
    return _integer(block, needed, signed, max(longest, *(d.bits for d in integers)), dtypes)


def full_precision(block: Block, dtypes: Sequence[DType]) -> DType:
    """The smallest data type that holds every product, with integers of at most 32 bits as on a 32-bit processor."""
    integers = [d for d in dtypes if d.is_integer]
    if not integers or any(not d.is_integer and d != BOOLEAN for d in dtypes):
        return holding(block, dtypes)
    needed = sum(d.bits for d in integers)
    return _integer(block, needed, any(d.signed for d in integers), 32, dtypes)


def _integer(block: Block, needed: int, signed: bool, longest: int, dtypes: Sequence[DType]) -> DType:
    for bits in (8, 16, 32, 64):
        if needed <= bits <= longest:
            return DType("int", bits, signed)
    raise _too_wide(block, dtypes)


def _too_wide(block: Block, dtypes: Sequence[DType]) -> UnsupportedBlock:
    listed = " and ".join(str(d) for d in dtypes)
    return block.unsupported(f"{listed} by the internal rule (no integer of 32 bits holds the result: give a type)")


def integers_of(block: Block, dtypes: Sequence[DType], saturate: bool) -> DType:
    """An integer type in which products and sums of these are formed before they are brought into the output's."""
    inner = holding(block, dtypes, longest=64)
    if saturate and inner.bits > 32:
        raise block.unsupported(f"saturating {' and '.join(map(str, dtypes))}")
    return inner


def working_type(block: Block, dtypes: Sequence[DType], saturate: bool) -> DType:
    """The data type that a block computes in: one that holds the values of the inputs and of the output."""
    if any(dtype.kind in ("float", "complex") for dtype in dtypes):
        return holding(block, dtypes)
    return integers_of(block, dtypes, saturate)


def elements(x: Value) -> list[Value]:
    """The elements in MATLAB's order, as scalars."""
    flat = t.column_major(x, (x.type.size,))
    return [t.reshape(t.cut(flat, (k, k + 1)), ()) for k in range(x.type.size)]


def as_real(block: Block, x: Value, what: str) -> Value:
    """`x`, which must be a floating-point number, perhaps complex."""
    if x.dtype.kind not in ("float", "complex"):
        raise block.mistyped(f"{what} takes double or single, not {x.dtype}")
    return x
