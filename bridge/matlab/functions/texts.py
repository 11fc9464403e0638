"""Text: comparison, joining, splitting, conversion from and to numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.functions.arguments import column, is_text, numeric, text, texts, whole
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.string_arrays import strings
from bridge.matlab.values import Array, Cell, Char, String, Value, class_of, object_array

FUNCTIONS: dict[str, Function] = {}


def _each(value: Value, function: Callable[[str], str]) -> Value:
    """`function` on every text of a character array, string array or cell array of text."""
    if isinstance(value, Cell):
        return Cell(object_array([_each(item, function) for item in value], value.shape))
    if isinstance(value, String):
        return String(object_array([function(str(item)) for item in value], value.shape))
    if isinstance(value, Char):
        return Char([function(row) for row in value.rows]) if value.shape[0] > 1 else Char(function(value.text))
    raise MatlabError(f"text is needed, not a value of class '{class_of(value)}'")


def _answer(flags: list[bool], like: Value) -> Array:
    shape = like.shape if isinstance(like, (Cell, String)) else (1, 1)
    return np.array(flags, dtype=np.bool_).reshape(shape, order="F")


@register(FUNCTIONS, "char", 1, None)
def char(call: Call, *values: Value) -> Char:
    """Characters of codes, or texts below each other, padded with blanks."""
    rows: list[str] = []
    for value in values:
        if isinstance(value, np.ndarray):
            if len(values) == 1:
                return Char(np.asarray(np.clip(value.real, 0, 65535), np.uint16))
            rows.extend(Char(value.astype(np.uint16)).rows)
        elif isinstance(value, Cell):
            rows.extend(line for item in value for line in (char(call, item).rows or [""]))
        elif isinstance(value, String):
            rows.extend(str(item) for item in value)
        elif isinstance(value, Char):
            rows.extend(value.rows or [""])
        else:
            raise MatlabError(f"a value of class '{class_of(value)}' cannot be converted to characters")
    width = max((len(row) for row in rows), default=0)
    call.allocate((len(rows), width))
    return Char([row.ljust(width) for row in rows]) if len(rows) > 1 else Char(rows[0] if rows else "")


@register(FUNCTIONS, "string", 1, 1)
def string(call: Call, value: Value) -> String:
    """A value as a string array."""
    return strings(value)


@register(FUNCTIONS, "blanks", 1, 1)
def blanks(call: Call, count: Value) -> Char:
    """A row of blanks."""
    n = max(whole(count), 0)
    call.allocate((1, n))
    return Char(" " * n) if n else Char(np.zeros((1, 0)))


@register(FUNCTIONS, "strcmp strcmpi strncmp strncmpi", 2, 3)
def strcmp(call: Call, a: Value, b: Value, count: Value = None) -> Array:
    """Whether texts are equal, ignoring case with ``i``, in their first characters with ``n``."""
    n = None
    if "n" in call.name[3:4]:
        if count is None:
            raise MatlabError("the number of characters is missing")
        n = whole(count)

    def key(item: Value) -> Any:
        if not isinstance(item, (Char, String)) or (isinstance(item, Char) and item.shape[0] > 1):
            return item if isinstance(item, Char) and n is None else None
        word = item.text
        if n is not None:
            if len(word) < n:
                return None
            word = word[:n]
        return (word.lower() if call.name.endswith("i") else word,)

    lists = [
        list(v) if isinstance(v, Cell) else ([Char(str(s)) for s in v] if isinstance(v, String) else [v])
        for v in (a, b)
    ]
    left, right = lists
    if len(left) != len(right) and 1 not in (len(left), len(right)):
        raise MatlabError("both arguments must have the same size, or one must be a single text")
    size = max(len(left), len(right)) if left and right else 0
    pairs = [(key(left[k if len(left) > 1 else 0]), key(right[k if len(right) > 1 else 0])) for k in range(size)]
    flags = [p is not None and q is not None and p == q for p, q in pairs]
    like = a if len(left) == size and isinstance(a, (Cell, String)) else b
    return _answer(flags, like) if isinstance(like, (Cell, String)) else np.array([flags])


@register(FUNCTIONS, "contains startsWith endsWith", 2, 2)
def contains(call: Call, value: Value, patterns: Value) -> Array:
    """Whether each text contains, starts or ends with any of the patterns."""
    found = texts(patterns)
    test: Callable[[str, str], bool] = {
        "contains": lambda word, p: p in word,
        "startsWith": str.startswith,
        "endsWith": str.endswith,
    }[call.name]
    return _answer([any(test(word, pattern) for pattern in found) for word in texts(value)], value)


@register(FUNCTIONS, "lower upper deblank strtrim", 1, 1)
def mapped(call: Call, value: Value) -> Value:
    """Case, and blanks at the ends."""
    function: Callable[[str], str] = {
        "lower": str.lower,
        "upper": str.upper,
        "deblank": lambda word: word.rstrip(" \t\n\r\v\f\0"),
        "strtrim": lambda word: word.strip(" \t\n\r\v\f\0"),
    }[call.name]
    return value if isinstance(value, np.ndarray) and call.name in ("lower", "upper") else _each(value, function)


@register(FUNCTIONS, "strrep", 3, 3)
def strrep(call: Call, value: Value, old: Value, new: Value) -> Value:
    """Every occurrence of a text replaced."""
    pattern, replacement = text(old), text(new)
    longest = max((len(word) for word in texts(value)), default=0)
    call.allocate((1, longest * max(len(replacement), 1) + 1))
    return _each(value, lambda word: word.replace(pattern, replacement) if pattern else word)


@register(FUNCTIONS, "strcat", 1, None)
def strcat(call: Call, *values: Value) -> Value:
    """Texts joined; of character rows trailing blanks are dropped; element by element for cells and strings."""
    if any(isinstance(value, String) for value in values):
        result: Value = values[0]
        for value in values[1:]:
            result = call.operations.binary("+", strings(result), strings(value))
        return strings(result)
    if any(isinstance(value, Cell) for value in values):
        size = max(value.size for value in values if isinstance(value, Cell))
        shape = next(v.shape for v in values if isinstance(v, Cell) and v.size == size)
        columns = []
        for value in values:
            items = texts(value)
            if len(items) not in (1, size):
                raise MatlabError("the cell arrays must have the same size")
            columns.append(items * size if len(items) == 1 else items)
        return Cell(object_array([Char("".join(parts)) for parts in zip(*columns, strict=True)], shape))
    return Char(
        "".join(
            _row_text(value).rstrip(" \t\n\v\f\r\0") if isinstance(value, Char) else _row_text(value)
            for value in values
        )
    )


def _row_text(value: Value) -> str:
    return Char(np.asarray(value, np.uint16)).text if isinstance(value, np.ndarray) else text(value)


@register(FUNCTIONS, "strsplit", 1, 2)
def strsplit(call: Call, value: Value, delimiter: Value = None) -> Cell:
    """A text split at a delimiter (a blank by default) into a cell row."""
    delimiters = [" "] if delimiter is None else [d.replace("\\n", "\n").replace("\\t", "\t") for d in texts(delimiter)]
    pattern = "|".join(re.escape(d) for d in sorted(delimiters, key=len, reverse=True) if d)
    parts = re.split(f"(?:{pattern})+", text(value)) if pattern else [text(value)]
    return Cell.row(_row(part) for part in parts)


def _row(word: str) -> Char:
    return Char(word) if word else Char(np.zeros((1, 0)))


@register(FUNCTIONS, "strjoin", 1, 2)
def strjoin(call: Call, value: Value, delimiter: Value = None) -> Value:
    """Texts joined with a delimiter (a blank by default) between them."""
    between = " " if delimiter is None else text(delimiter).replace("\\n", "\n").replace("\\t", "\t")
    joined = between.join(texts(value))
    return String(joined) if isinstance(value, String) else Char(joined)


@register(FUNCTIONS, "strfind", 2, 2)
def strfind(call: Call, value: Value, pattern: Value) -> Value:
    """Where a pattern starts, overlaps included."""
    if isinstance(value, Cell):
        return Cell(object_array([strfind(call, item, pattern) for item in value], value.shape))
    word, wanted = text(value), text(pattern)
    places: list[float] = []
    at = word.find(wanted) if wanted else -1
    while at >= 0:
        places.append(at + 1.0)
        at = word.find(wanted, at + 1)
    return np.array([places]) if places else np.zeros((0, 0) if len(word) < 1 else (1, 0))


@register(FUNCTIONS, "strlength", 1, 1)
def strlength(call: Call, value: Value) -> Array:
    """The number of characters of each text."""
    shape = value.shape if isinstance(value, (Cell, String)) else (1, 1)
    return np.array([float(len(word)) for word in texts(value)]).reshape(shape, order="F")


@register(FUNCTIONS, "isspace", 1, 1)
def isspace(call: Call, value: Value) -> Array:
    """Which characters are blanks."""
    if not isinstance(value, Char):
        return np.zeros(getattr(value, "shape", (1, 1)), np.bool_)
    return np.isin(value.codes, [9, 10, 11, 12, 13, 32])


_NUMBER = re.compile(
    r"\s*(?P<sign>[+-]?)\s*(?P<value>inf(?:inity)?|nan|(?:[\d,]+\.?\d*|\.\d+)(?:[ed][+-]?\d+)?)\s*(?P<unit>\*?[ij])?\s*",
    re.I,
)


def parse_number(word: str) -> complex:
    """The number that ``str2double`` reads, NaN for anything else."""
    total = 0.0 + 0.0j
    complex_seen = False
    place = 0
    for count in range(2):
        found = _NUMBER.match(word, place)
        if not found or (count and not found["sign"]):
            return math.nan
        digits = found["value"].replace(",", "").lower().replace("d", "e")
        value = math.inf if digits.startswith("inf") else math.nan if digits == "nan" else float(digits or "nan")
        value = -value if found["sign"] == "-" else value
        if found["unit"]:
            complex_seen = True
            total = complex(total.real, value)
        else:
            total = complex(value, total.imag)
        place = found.end()
        if place == len(word):
            return total if complex_seen else total.real
    return math.nan


@register(FUNCTIONS, "str2double", 1, 1)
def str2double(call: Call, value: Value) -> Array:
    """The number in a text, NaN where there is none; each element of a cell or string array."""
    if isinstance(value, (Cell, String)):
        flat = [
            parse_number(text(item)) if is_text(item) else parse_number(item) if isinstance(item, str) else math.nan
            for item in value
        ]
        return np.array(flat).reshape(value.shape, order="F")
    if not is_text(value) or not value.size:
        return np.array([[math.nan]])
    return np.array([[parse_number(text(value))]])


@register(FUNCTIONS, "str2num", 1, 1)
def str2num(call: Call, value: Value) -> Value:
    """The value of a text, which may only hold numbers, operators and known functions."""
    from bridge.matlab.interpreter import Interpreter
    from bridge.matlab.syntax import parse_expression

    call.operations.budget.enter()
    try:
        source = f"[{text(value)}]"
        return Interpreter({}, call.operations).value(parse_expression(source, limits=call.operations.budget.limits))
    except MatlabError as error:
        error.expression, error.column = "", 0
        raise
    finally:
        call.operations.budget.leave()


@register(FUNCTIONS, "num2str mat2str", 1, 2)
def printed(call: Call, value: Value, precision: Value = None) -> Value:
    """Numbers as text."""
    from bridge.matlab import printing

    if is_text(value):
        return Char(f"'{text(value)}'") if call.name == "mat2str" else value
    array = numeric(value)
    more: Any = () if precision is None else ((text(precision) if is_text(precision) else whole(precision)),)
    words = getattr(printing, call.name)(array, *more)
    lines = str(words).split("\n")
    return Char([line.ljust(max(map(len, lines))) for line in lines]) if len(lines) > 1 else Char(lines[0])


@register(FUNCTIONS, "int2str", 1, 1)
def int2str(call: Call, value: Value) -> Value:
    """Rounded numbers as text."""
    from bridge.matlab.arithmetic import round_half_away

    array = numeric(value)
    rounded = round_half_away(array.real.astype(np.float64))
    return printed(Call("num2str", 1, call.operations), rounded)


@register(FUNCTIONS, "sprintf", 1, None)
def sprintf(call: Call, template: Value, *arguments: Value) -> Value:
    """Numbers and text in a format, which is used again until all are printed."""
    from bridge.matlab.formatted_text import sprintf as formatted

    total = sum(getattr(argument, "size", 1) for argument in arguments)
    widths = [int(digits) for digits in re.findall(r"\d{1,18}", text(template))]
    call.allocate((max(total, 1), len(text(template)) + sum(widths)))
    plain = [text(argument) if is_text(argument) else numeric(argument) for argument in arguments]
    words = formatted(text(template), *plain)
    return String(words) if isinstance(template, String) else Char(words)


@register(FUNCTIONS, "dec2bin dec2hex", 1, 2)
def digits_of(call: Call, value: Value, least: Value = None) -> Char:
    """Whole numbers in base 2 or 16, one row for each."""
    array = column(numeric(value))
    if (
        array.dtype.kind == "c"
        or (array < 0).any()
        or not (array == np.trunc(array)).all()
        or not np.isfinite(array).all()
    ):
        raise MatlabError("non-negative whole numbers are needed")
    kind = "b" if call.name == "dec2bin" else "X"
    words = [format(int(item), kind) for item in array]
    width = max([len(word) for word in words] + ([] if least is None else [whole(least)]))
    call.allocate((len(words), width))
    return Char([word.rjust(width, "0") for word in words])


@register(FUNCTIONS, "bin2dec hex2dec", 1, 1)
def number_of(call: Call, value: Value) -> Array:
    """Numbers of texts in base 2 or 16."""
    base = 2 if call.name == "bin2dec" else 16
    words = value.rows if isinstance(value, Char) else texts(value)
    numbers = [float(int(word.replace(" ", "") or "0", base)) for word in words]
    return np.array(numbers).reshape(-1, 1)


@register(FUNCTIONS, "strjust", 2, 2)
def strjust(call: Call, value: Value, side: Value) -> Value:
    """Blanks moved to the other side of the text."""
    width = len(text(value))
    word = text(value).strip(" ")
    moved = {"left": word.ljust(width), "right": word.rjust(width), "center": word.center(width)}
    return Char(moved[text(side)])
