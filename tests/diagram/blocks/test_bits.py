"""Operations on bits, against Python's on whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np
import pytest
from small_diagrams import one_block
from stored_integers import INTEGERS, edges, pairs, stored

from bridge.errors import TypeMismatch, UnsupportedBlock

BITWISE = "simulink/Logic and Bit Operations/Bitwise Operator"
GATES: dict[str, Callable[[int, int], int]] = {
    "AND": lambda x, y: x & y,
    "OR": lambda x, y: x | y,
    "XOR": lambda x, y: x ^ y,
    "NAND": lambda x, y: x & y,
    "NOR": lambda x, y: x | y,
}


def gate(name: str, numbers: list[int], dtype: str) -> int:
    """The numbers combined bit by bit, and inverted for NAND and NOR."""
    result = reduce(GATES[name], numbers)
    return stored(~result if name in ("NAND", "NOR") else result, dtype)


@pytest.mark.parametrize("name", list(GATES))
@pytest.mark.parametrize("dtype", [*INTEGERS, "uint64"])
def test_two_inputs(name: str, dtype: str) -> None:
    u, v = pairs(edges(dtype), edges(dtype), dtype)
    y = one_block(BITWISE, [u, v], logicop=name, UseBitMask="off", NumInputPorts=2, exact=True)
    assert (y.dtype, y.tolist()) == (dtype, [gate(name, [int(a), int(b)], dtype) for a, b in zip(u, v, strict=True)])


@pytest.mark.parametrize("name", list(GATES))
def test_the_elements_of_one_input(name: str) -> None:
    u = np.uint8([[0b1100, 0b1010, 0b0111], [255, 1, 3]])
    y = one_block(BITWISE, [u], logicop=name, UseBitMask="off", exact=True)
    assert y.tolist() == [gate(name, [int(x) for x in row], "uint8") for row in u]


@pytest.mark.parametrize("name", list(GATES))
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32"])
def test_a_mask_is_taken_modulo_the_word_length(name: str, dtype: str) -> None:
    u = edges(dtype)
    y = one_block(BITWISE, [u], logicop=name, BitMask="217", exact=True)
    assert y.tolist() == [gate(name, [int(x), 217], dtype) for x in u]


def test_the_default_mask_is_a_binary_text() -> None:
    assert one_block(BITWISE, [np.uint8([255, 0b00100110])], exact=True).tolist() == [0b11011001, 0]


@pytest.mark.parametrize("dtype", [*INTEGERS, "uint64"])
def test_the_complement(dtype: str) -> None:
    u = edges(dtype)
    y = one_block(BITWISE, [u], logicop="NOT", UseBitMask="off", exact=True)
    assert y.tolist() == [stored(~int(x), dtype) for x in u]


def test_booleans_are_single_bits() -> None:
    u, v = np.bool_([True, True, False, False]), np.bool_([True, False, True, False])
    y = one_block(BITWISE, [u, v], logicop="NOR", UseBitMask="off", NumInputPorts=2, exact=True)
    assert (y.dtype, y.tolist()) == (np.bool_, [False, False, False, True])
    assert one_block(BITWISE, [u], logicop="NOT", exact=True).tolist() == [False, False, True, True]


def test_floating_point_numbers_have_no_bits() -> None:
    with pytest.raises(TypeMismatch, match="integers of one data type are needed, not double"):
        one_block(BITWISE, [[1.0]])


SHIFTS = [-40, -9, -1, 0, 1, 5, 31, 40]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize(("direction", "sign"), [("Bidirectional", -1), ("Right", -1), ("Left", 1)])
def test_shifts_by_an_input(dtype: str, direction: str, sign: int) -> None:
    counts = SHIFTS if direction == "Bidirectional" else [n for n in SHIFTS if n >= 0]
    u, n = pairs(edges(dtype), counts, dtype, "float64")
    y = one_block("ArithShift", [u, n], BitShiftNumberSource="Input port", BitShiftDirection=direction, exact=True)
    left = (sign * n).astype(int).tolist()
    expected = [int(x) << k if k >= 0 else int(x) >> -k for x, k in zip(u, left, strict=True)]
    assert (y.dtype, y.tolist()) == (dtype, [stored(x, dtype) for x in expected])
    whole = one_block("ArithShift", [u, n.astype(np.int8)], BitShiftNumberSource="Input port",
                      BitShiftDirection=direction, exact=True)  # fmt: skip
    assert whole.tolist() == y.tolist()


@pytest.mark.parametrize(("direction", "factor"), [("Bidirectional", 2.0**-3), ("Right", 2.0**-3), ("Left", 8.0)])
def test_floating_point_numbers_are_scaled(direction: str, factor: float) -> None:
    u = np.array([1.0, -3.5, 1e-3])
    y = one_block("ArithShift", [u], BitShiftNumber=3, BitShiftDirection=direction, exact=True)
    np.testing.assert_array_equal(y, u * factor)


def test_a_fraction_of_a_bit_is_cut_off_as_generated_code_does() -> None:
    # ldexp(u, floor(0 - n)): 2.5 places to the right are three, to the left (-2.5) two.
    y = one_block("ArithShift", [[64.0, 64.0], [2.5, -2.5]], BitShiftNumberSource="Input port", exact=True)
    assert y.tolist() == [8, 256]


def test_the_older_library_block() -> None:
    name = "simulink/Logic and Bit\nOperations/Shift\nArithmetic"
    assert one_block(name, [np.int8([-100, 100])], nBitShiftRight=3, exact=True).tolist() == [-13, 12]


def test_a_shift_of_the_binary_point_is_fixed_point_and_refused() -> None:
    with pytest.raises(UnsupportedBlock, match="BinPtShiftNumber = 2"):
        one_block("ArithShift", [np.int8([1])], BinPtShiftNumber=2)
    with pytest.raises(UnsupportedBlock, match="nBinPtShiftRight = 1"):
        one_block("simulink/Logic and Bit Operations/Shift Arithmetic", [np.int8([1])], nBinPtShiftRight=1)
    with pytest.raises(UnsupportedBlock, match="ArithShift with int64 input"):
        one_block("ArithShift", [np.int64([1])], BitShiftNumber=1)
    with pytest.raises(TypeMismatch, match="boolean has no bits"):
        one_block("ArithShift", [np.bool_([True])], BitShiftNumber=1)
