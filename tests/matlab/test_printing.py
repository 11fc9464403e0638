from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import published
from bridge.errors import UsageError
from bridge.matlab.printing import format_like, format_short, mat2str, num2str, sprintf

VALUES = published.load("lstm_dynamical_system")["values"]
# What format short showed, as against num2str in titles and %.5g in logs.
TEXTS = {name: entry["printed"] for name, entry in VALUES.items() if isinstance(entry.get("printed"), str)}
SHORT = [name for name, text in TEXTS.items() if "\n" not in text and not name.startswith(("train_", "diff_"))]
MATRICES = [name for name, entry in VALUES.items() if isinstance(entry.get("printed"), list) and "scale" in entry]


@pytest.mark.parametrize("name", SHORT)
def test_published_numbers_print_as_they_were_printed(name):
    printed = VALUES[name]["printed"]
    assert format_short(float(printed)) == printed
    assert format_like(float(printed), printed) == printed


@pytest.mark.parametrize("name", [n for n in VALUES if n.startswith("diff_")])
def test_published_titles_are_num2str(name):
    printed = VALUES[name]["printed"]
    assert num2str(float(printed)) == printed


@pytest.mark.parametrize("name", ["train_calculated", "train_random"])
def test_published_logs_have_five_significant_digits(name):
    for row in VALUES[f"{name}_log"]["rows"]:
        for shown in row[3:]:
            assert format_like(float(shown), shown, significant=5) == shown
            assert num2str(float(shown), 5) == shown
    initial, factor = {"train_calculated": (1e-4, 0.99), "train_random": (0.04, 0.98)}[name]
    iterations = [1, *range(500, 10_001, 500)]
    rates = [initial * factor ** ((k - 1) // 100) for k in iterations]
    assert [sprintf("%.5g", rate) for rate in rates] == VALUES[f"{name}_learn_rates"]["printed"]


@pytest.mark.parametrize("name", MATRICES)
def test_published_matrices_print_with_the_published_factor(name):
    printed, scale = np.array(VALUES[name]["printed"]), VALUES[name]["scale"]
    lines = format_short(printed * scale).split("\n")
    if scale != 1.0:
        assert lines[:2] == [f"   {scale:.1e} *", ""]
        lines = lines[2:]
    assert [[float(cell) for cell in line.split()] for line in lines] == printed.tolist()
    assert {len(line) for line in lines} == {10 * printed.shape[1]}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (7, "7"),
        (-3.0, "-3"),
        (1e5, "100000"),
        (1e10, "1.0000e+10"),
        (1234.5, "1.2345e+03"),
        (1000.5, "1.0005e+03"),
        (999.5, "999.5000"),
        (0.001, "1.0000e-03"),
        (0.0015, "0.0015"),
        (0.03, "0.0300"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Inf"),
        (np.float32(0.1), "0.1000"),
        (True, "1"),
        (np.int8(-7), "-7"),
        (1 + 2j, "1.0000 + 2.0000i"),
        (-2 + 50j, "-2.0000 +50.0000i"),
        (1.5 - 2j, "1.5000 - 2.0000i"),
        (0.5 + 0j, "0.5000 + 0.0000i"),
    ],
)
def test_numbers_in_format_short(value, shown):
    assert format_short(value) == shown


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ([1, 2, 3], ["     1     2     3"]),
        ([[1, -2], [10, np.nan]], ["     1    -2", "    10   NaN"]),
        ([1000, 2], ["        1000           2"]),
        ([0.5, 1.5], ["    0.5000    1.5000"]),
        ([0, 1.5], ["         0    1.5000"]),
        ([-100.5, 1.5], [" -100.5000    1.5000"]),
        ([1.5, np.inf], ["    1.5000       Inf"]),
        ([1.5, 1000.5], ["   1.0e+03 *", "", "    0.0015    1.0005"]),
        ([0.0028, 0.0012], ["    0.0028    0.0012"]),
        ([1e5, 0.5], ["   1.0e+05 *", "", "    1.0000    0.0000"]),
        ([True, False], ["   1   0"]),
        (np.array([1, 20], dtype=np.int32), ["    1   20"]),
        ([-10.5 + 0j, 1 - 2j], [" -10.5000 + 0.0000i   1.0000 - 2.0000i"]),
        ([1 + 2j, 3.5 - 4j], ["   1.0000 + 2.0000i   3.5000 - 4.0000i"]),
    ],
)
def test_matrices_in_format_short(value, lines):
    assert format_short(value).split("\n") == lines


def test_wide_matrices_break_after_eighty_characters():
    lines = format_short(np.arange(17) + 0.5, wrap=True).split("\n")
    assert lines[0] == "  Columns 1 through 8"
    assert lines[-3:] == ["  Column 17", "", "   16.5000"]
    assert max(map(len, lines)) == 80


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.pi, "3.1416"),
        (0.1038303, "0.10383"),
        (123.456789, "123.4568"),
        (123456789.123, "123456789.123"),
        (1e10, "10000000000"),
        (1e-5, "1e-05"),
        (-0.5, "-0.5"),
        (float("nan"), "NaN"),
        (float("inf"), "Inf"),
        (True, "1"),
        ("text", "text"),
        ([1, 2, 3], "1  2  3"),
        ([10, 200], "10  200"),
        ([-1, 2], "-1   2"),
        ([1.5, 2.25], "1.5        2.25"),
        ([[1, 2], [30, 4]], " 1   2\n30   4"),
        (np.pi * np.eye(2), "3.1416           0\n     0      3.1416"),
        ([], ""),
        (1.5 - 2j, "1.5-2i"),
    ],
)
def test_num2str(value, shown):
    assert num2str(value) == shown


def test_num2str_with_precision_and_format():
    assert num2str(np.pi, 8) == "3.1415927"
    assert num2str([np.pi, -1], 3) == "3.14         -1"
    assert num2str(42.67, "%10.2f") == "42.67"
    assert num2str([[1, 2], [3, 4]], "%d,") == "1,2,\n3,4,"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("%d, ", [1, 2, 3]), "1, 2, 3, "),
        (("%d %d\\n", [[1, 2], [3, 4]]), "1 3\n2 4\n"),
        (("%s=%g;", "a", 1, "bc", 2.5), "a=1;bc=2.5;"),
        (("%d", 1.5), "1.500000e+00"),
        (("%d", "ab"), "9798"),
        (("%s", 65), "A"),
        (("%5.1f|%-6d|%+d|%05d", 2.25, 3, 4, 5), "  2.2|3     |+4|00005"),
        (("%05d %f", np.inf, np.nan), "  Inf NaN"),
        (("%*d|%.*f", 4, 1, 2, 0.5), "   1|0.50"),
        (("100%%",), "100%"),
        (("x %d y",), "x "),
        (("x %d y", []), "x  y"),
        (("%x %o %E %c", 255, 8, 1.0, "z"), "ff 10 1.000000E+00 z"),
        (("plain",), "plain"),
    ],
)
def test_sprintf(arguments, shown):
    assert sprintf(*arguments) == shown


def test_sprintf_refuses_what_it_does_not_know():
    with pytest.raises(UsageError, match="conversion"):
        sprintf("%q", 1)
    with pytest.raises(UsageError, match="prints"):
        sprintf("%d", {1: 2})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([[1, 2], [3, 4.5]], "[1 2;3 4.5]"),
        (np.pi, "3.14159265358979"),
        ([True, False], "[true false]"),
        ("it's", "'it''s'"),
        ([], "zeros(0,0)"),
        (np.zeros((2, 0)), "zeros(2,0)"),
        ([1 + 2j, complex(0, -1)], "[1+2i 0-1i]"),
        ([np.nan, -np.inf], "[NaN -Inf]"),
    ],
)
def test_mat2str(value, shown):
    assert mat2str(value) == shown


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_mat2str_with_17_digits_loses_nothing(value):
    assert float(mat2str(value, 17)) == value


@given(st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=5))
def test_columns_of_format_short_hold_the_numbers(values):
    lines = format_short(values).split("\n")
    factor = float(lines[0].split()[0]) if "*" in lines[0] else 1.0
    shown = np.array([float(cell) for cell in lines[-1].split()]) * factor
    # Half a unit in the fourth decimal of the scaled numbers, and the rounding of the product.
    assert np.allclose(shown, values, rtol=1e-12, atol=0.500001e-4 * factor)


def test_a_whole_number_in_print_is_matched_by_a_whole_number_only():
    assert format_like(0.0, "0") == "0"
    assert format_like(1e-17, "0") != "0"


@pytest.mark.parametrize("show", [format_short, num2str])
def test_what_is_not_a_number_is_refused(show):
    with pytest.raises(UsageError):
        show(np.array([{}, []], dtype=object))
    with pytest.raises(UsageError):
        format_short(np.zeros((2, 2, 2)))


def test_names_of_the_package_stay_functions():
    import bridge.matlab

    assert bridge.matlab.format_short(0.5) == "0.5000"
    assert bridge.matlab.num2str(0.5) == "0.5"
