"""How a block class declares its parameters: a name as in the file, a default as text, and what the value is.

A declaration is read as an attribute of the block: ``self.Gain`` is a symbolic value, ``self.Multiplication`` a word,
``self.SaturateOnIntegerOverflow`` a truth value. The text comes from the block, else from the file's defaults for
the kind, else from the declaration, which repeats Simulink's documented default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from bridge.program.form import Value
from bridge.program.types import BUILT_IN, DType

if TYPE_CHECKING:
    from bridge.diagram.block import Block

T = TypeVar("T")
_Self = TypeVar("_Self", bound="Parameter[Any]")


class Parameter(Generic[T]):
    """A declaration; `read` turns the text into the value, once per block."""

    def __init__(self, default: str) -> None:
        self.default = default
        self.name = ""

    def __set_name__(self, owner: type[Block], name: str) -> None:
        self.name = name

    @overload
    def __get__(self: _Self, block: None, owner: type[Block]) -> _Self: ...

    @overload
    def __get__(self, block: Block, owner: type[Block]) -> T: ...

    def __get__(self, block: Block | None, owner: type[Block]) -> Any:
        if block is None:
            return self
        # Kept in the instance, where Python looks first the next time.
        value = block.__dict__[self.name] = self.read(block)
        return value

    def text(self, block: Block) -> str:
        """The value as written."""
        return block.site.text(self.name, self.default)

    def read(self, block: Block) -> T:
        """The value that the text means for this block."""
        raise NotImplementedError

    def describe(self) -> str:
        """What values are allowed, for the generated table."""
        return ""


class Tunable(Parameter[Value]):
    """A number or array that may be a workspace variable's: symbolic. Vectors are 1-D, matrices stay 2-D."""

    def read(self, block: Block) -> Value:
        return block.site.symbolic(self.name, self.text(block), vectors=True)


class Matrix(Parameter[Value]):
    """A symbolic matrix: always 2-D, a scalar is 1 x 1."""

    def read(self, block: Block) -> Value:
        return block.site.symbolic(self.name, self.text(block), vectors=False)


class Array(Parameter[NDArray[Any]]):
    """Numbers that shape the program (sizes, indices, times) and so are fixed once it is built."""

    def read(self, block: Block) -> NDArray[Any]:
        return block.site.array(self.name, self.text(block))


class Scalar(Parameter[float]):
    """One number that shapes the program."""

    def read(self, block: Block) -> float:
        array = block.site.array(self.name, self.text(block))
        if array.size != 1 or array.dtype.kind not in "biuf":
            raise block.wrong(self.name, f"one real number is needed, not {'x'.join(map(str, array.shape))}")
        return float(array.reshape(()))


class Integer(Parameter[int]):
    """One whole number that shapes the program."""

    def read(self, block: Block) -> int:
        array = block.site.array(self.name, self.text(block))
        if array.size != 1 or array.dtype.kind not in "biuf" or not np.isfinite(array).all() or (array % 1).any():
            raise block.wrong(self.name, "one whole number is needed")
        return int(array.reshape(()))


class Text(Parameter[str]):
    """A word or a sentence, as written."""

    def read(self, block: Block) -> str:
        return self.text(block)


class Flag(Parameter[bool]):
    """``on`` or ``off``."""

    def read(self, block: Block) -> bool:
        text = self.text(block).strip().lower()
        if text not in ("on", "off", "1", "0"):
            raise block.wrong(self.name, f"on or off is needed, not {text!r}")
        return text in ("on", "1")

    def describe(self) -> str:
        return "on, off"


class Choice(Parameter[str]):
    """One of the listed words, the first by default. Others that Simulink knows are refused by name."""

    def __init__(self, *words: str) -> None:
        super().__init__(words[0])
        self.words = words

    def read(self, block: Block) -> str:
        text = self.text(block)
        for word in self.words:
            if word.casefold() == text.strip().casefold():
                return word
        raise block.unsupported(f"{self.name} = {text!r} (supported: {', '.join(self.words)})")

    def describe(self) -> str:
        return ", ".join(self.words)


class DataTypeName(Parameter["DType | str"]):
    """A data type: a built-in one as `DType`, or the rule of ``Inherit: Same as input`` as text."""

    def read(self, block: Block) -> DType | str:
        return data_type(block, self.name, self.text(block))

    def text(self, block: Block) -> str:
        """The value as written, also where a file up to R2008 says it in other parameters."""
        written = block.site.text(self.name, "")
        if written or self.name != "OutDataTypeStr":
            return written or self.default
        mode = next((text for name in _OLDER_MODES if (text := block.site.text(name, ""))), "")
        if mode.startswith("Specify via dialog"):
            return _older_type(block.site.text("OutDataType", "sfix(16)"), block.site.text("OutScaling", "2^0"))
        if not mode or mode in BUILT_IN or mode == "logical":
            return mode or self.default
        return "Inherit: " + mode.partition(" (see")[0]


_OLDER_MODES = ("OutDataTypeMode", "OutputDataTypeScalingMode", "DataType")


def _older_type(name: str, scaling: str) -> str:
    """``sfix(16)`` with the scaling ``2^0`` is ``fixdt(1,16)``; another scaling is told along."""
    compact = name.replace(" ", "")
    for prefix, sign in (("sfix(", 1), ("ufix(", 0)):
        if compact.startswith(prefix) and compact.endswith(")"):
            bits = compact[len(prefix) : -1]
            whole = scaling.strip("[] ") in ("", "2^0", "1", "2^-0")
            return f"fixdt({sign},{bits})" if whole else f"{name} with scaling {scaling}"
    return name


def data_type(block: Block, name: str, text: str) -> DType | str:
    """Read ``double``, ``int8``, ``boolean``, ``Inherit: …``; refuse fixed-point and user-defined types by name."""
    text = text.strip().strip("'\"")
    if text.lower().startswith("inherit"):
        return text.partition(":")[2].strip() or text
    if text in BUILT_IN:
        return BUILT_IN[text]
    if text in ("logical", "bool"):
        return BUILT_IN["boolean"]
    if text.replace(" ", "") in ("float('double')", "float('single')"):
        return BUILT_IN[text.split("'")[1]]
    if (known := _whole_fixed_point(text)) is not None:
        return known
    raise block.unsupported(f"{name} = {text!r}, which is no built-in data type,")


def _whole_fixed_point(text: str) -> DType | None:
    """``fixdt(1,16)``, ``fixdt(1,16,0)`` and ``sint(16)`` are int16; ``fixdt('double')`` is double."""
    compact = text.replace(" ", "")
    for prefix, sign in (("uint(", "u"), ("sint(", "")):
        if compact.startswith(prefix) and compact.endswith(")"):
            return BUILT_IN.get(f"{sign}int{compact[len(prefix) : -1]}")
    if not (compact.startswith("fixdt(") and compact.endswith(")")):
        return None
    words = compact[len("fixdt(") : -1].split(",")
    if len(words) == 1:
        return BUILT_IN.get(words[0].strip("'\""))
    if len(words) in (2, 3) and (len(words) == 2 or words[2] in ("0", "0.0")):
        return BUILT_IN.get(("int" if words[0] in ("1", "true") else "uint") + words[1])
    return None


class SampleTime(Parameter["tuple[float, float] | None"]):
    """Period and offset in seconds; None where it is inherited (-1).

    Period 0 is continuous, with offset 1 fixed in minor step; an infinite one is constant.
    """

    def __init__(self, default: str = "-1") -> None:
        super().__init__(default)

    def read(self, block: Block) -> tuple[float, float] | None:
        array = block.site.array(self.name, self.text(block)).ravel()
        if array.size not in (1, 2):
            raise block.wrong(self.name, "a period, or a period and an offset, is needed")
        period, offset = float(array[0]), float(array[1]) if array.size == 2 else 0.0
        if period == -1:
            return None
        fixed_in_minor_step = (period, offset) == (0.0, 1.0)
        if period < 0 or not (0 <= offset <= period or fixed_in_minor_step):
            raise block.wrong(self.name, f"{period:g} with offset {offset:g} is no sample time")
        return period, offset
