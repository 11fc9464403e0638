"""Operations on the bits of integers."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from bridge.diagram.block import Block
from bridge.diagram.blocks.arithmetic import elements
from bridge.diagram.parameters import Choice, Flag, Integer, Tunable
from bridge.diagram.registry import register
from bridge.program import arithmetic as a
from bridge.program import trace as t
from bridge.program.form import Value
from bridge.program.types import BOOLEAN, INT64, DType

_Gate = Callable[[Value, Value], Value]
_BITS: dict[str, _Gate] = {"AND": t.bitand, "OR": t.bitor, "XOR": t.bitxor, "NAND": t.bitand, "NOR": t.bitor}
_LOGIC: dict[str, _Gate] = {
    "AND": lambda x, y: x & y,
    "OR": lambda x, y: x | y,
    "XOR": lambda x, y: x ^ y,
    "NAND": lambda x, y: x & y,
    "NOR": lambda x, y: x | y,
}


@register("simulink/Logic and Bit Operations/Bitwise Operator")
class BitwiseOperator(Block):
    """AND, OR, NAND, NOR, XOR of bits: of the inputs, of the elements of one input, or with a mask; NOT.

    (Simulink, *Bitwise Operator*.) The mask is taken modulo the word length of the input.
    """

    inputs = None
    logicop = Choice("AND", "OR", "NAND", "NOR", "XOR", "NOT")
    UseBitMask = Flag("on")
    NumInputPorts = Integer("1")
    BitMask = Tunable("bin2dec('11011001')")
    BitMaskRealWorld = Choice("Stored Integer", "Real World Value")

    def count_ports(self) -> tuple[int, int]:
        return 1 if self.logicop == "NOT" or self.UseBitMask else self.NumInputPorts, 1

    def output(self, *u: Value) -> Value:
        dtype = u[0].dtype
        if any(x.dtype != dtype for x in u) or not (dtype.is_integer or dtype == BOOLEAN):
            raise self.mistyped(f"integers of one data type are needed, not {', '.join(str(x.dtype) for x in u)}")
        if self.logicop == "NOT":
            return self._inverse(u[0])
        terms = list(u)
        if self.UseBitMask:
            _ = self.BitMaskRealWorld
            terms.append(a.convert(self.BitMask, dtype))
        if len(terms) == 1:
            terms = elements(terms[0])
        gates = _LOGIC if dtype == BOOLEAN else _BITS
        y = reduce(gates[self.logicop], self.aligned(*terms))
        return self._inverse(y) if self.logicop in ("NAND", "NOR") else y

    @staticmethod
    def _inverse(x: Value) -> Value:
        return ~x if x.dtype == BOOLEAN else t.bitnot(x)


@register("ArithShift")
class ArithShift(Block):
    """u shifted by bits: u / 2^n to the right, u 2^n to the left; both ways, n counts to the right.

    (Simulink, *Shift Arithmetic*.) Integers keep their sign to the right and lose high bits to the left; floating-point
    numbers are scaled exactly.
    """

    inputs = None
    restrictions = "no shift of the binary point"
    BitShiftNumberSource = Choice("Dialog", "Input port")
    BitShiftDirection = Choice("Bidirectional", "Left", "Right")
    BitShiftNumber = Tunable("0")
    BinPtShiftNumber = Integer("0")

    def count_ports(self) -> tuple[int, int]:
        return 2 if self.BitShiftNumberSource == "Input port" else 1, 1

    def output(self, *u: Value) -> Value:
        if self.BinPtShiftNumber:
            raise self.unsupported(f"BinPtShiftNumber = {self.BinPtShiftNumber}, which makes fixed point")
        x, n = self.aligned(u[0], u[1] if len(u) > 1 else self.BitShiftNumber)
        right = self.BitShiftDirection != "Left"
        if n.dtype.is_float:
            left = a.convert(t.floor(-n) if right else t.floor(n), INT64)
        else:
            left = -a.convert(n, INT64) if right else a.convert(n, INT64)
        return shifted(self, x, left)


@register("simulink/Logic and Bit Operations/Shift Arithmetic")
class OldShiftArithmetic(Block):
    """u shifted right by nBitShiftRight bits (Simulink before R2011a, *Shift Arithmetic*)."""

    nBitShiftRight = Tunable("8")
    nBinPtShiftRight = Integer("0")

    def output(self, u: Value) -> Value:
        if self.nBinPtShiftRight:
            raise self.unsupported(f"nBinPtShiftRight = {self.nBinPtShiftRight}, which makes fixed point")
        x, n = self.aligned(u, self.nBitShiftRight)
        return shifted(self, x, -a.convert(n, INT64, "Round"))


def shifted(block: Block, x: Value, left: Value) -> Value:
    """x shifted left by an int64 number of bits, right where it is negative."""
    dtype = x.dtype
    if dtype.is_float:
        bits = DType("float", dtype.bits)
        scale = t.power(t.broadcast(t.constant(2.0, bits), left.shape), t.storage(left, bits))
        return x * scale
    if not dtype.is_integer:
        raise block.mistyped(f"{dtype} has no bits to shift")
    if dtype.bits > 32:
        raise block.unsupported(f"{dtype} input")
    wide = t.storage(x, INT64)
    limit = t.constant(np.int64(63), INT64)
    up = t.shift_left(wide, t.where(left < 0, 0, t.where(left > limit, 63, left)))
    # Beyond the word only the sign is left, which 63 places show too.
    down = t.shift_right(wide, t.where(left > 0, 0, t.where(-left > limit, 63, -left)))
    return t.storage(t.where(left < 0, down, t.where(left > dtype.bits, 0, up)), dtype)
