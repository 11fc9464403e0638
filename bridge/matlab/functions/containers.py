"""Cell arrays, structures and function handles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bridge.errors import MatlabError
from bridge.matlab.assignment import assign_field
from bridge.matlab.functions.arguments import dimension, is_text, numeric, text, texts
from bridge.matlab.functions.registry import Call, Function, register
from bridge.matlab.indexing import plain_arrays
from bridge.matlab.literals import KEYWORDS
from bridge.matlab.values import (
    Array,
    Cell,
    Char,
    FunctionHandle,
    String,
    Struct,
    Value,
    class_of,
    object_array,
    shape_of,
)

FUNCTIONS: dict[str, Function] = {}


@register(FUNCTIONS, "struct", 0, None)
def struct(call: Call, *pairs: Value) -> Struct:
    """``struct('name', value, …)``; cell arrays as values make a structure array of their size."""
    if len(pairs) == 1 and isinstance(pairs[0], Struct):
        return pairs[0]
    if len(pairs) % 2:
        raise MatlabError("names and values must come in pairs")
    named = {text(name, "field name"): value for name, value in zip(pairs[::2], pairs[1::2], strict=True)}
    for name in named:
        if not _is_name(name):
            raise MatlabError(f"'{name}' is not a valid field name")
    shapes = {value.shape for value in named.values() if isinstance(value, Cell) and value.shape != (1, 1)}
    if len(shapes) > 1:
        raise MatlabError("the cell arrays must have the same size")
    shape = shapes.pop() if shapes else (1, 1)
    count = int(np.prod(shape))
    fields = {}
    for name, value in named.items():
        contents = list(value) if isinstance(value, Cell) else [value]
        fields[name] = object_array(contents * count if len(contents) == 1 else contents, shape)
    return Struct.of_fields(fields, shape)


def _is_name(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII)) and name not in KEYWORDS


def _structure(value: Value) -> Struct:
    if not isinstance(value, Struct):
        raise MatlabError(f"a structure is needed, not a value of class '{class_of(value)}'")
    return value


@register(FUNCTIONS, "isvarname", 1, 1)
def isvarname(call: Call, name: Value) -> Array:
    """Whether a text can name a variable."""
    return np.array([[is_text(name) and _is_name(text(name))]])


@register(FUNCTIONS, "fieldnames", 1, 1)
def fieldnames(call: Call, value: Value) -> Value:
    """Field names as a cell column."""
    return Cell.column(Char(name) for name in _structure(value).names)


@register(FUNCTIONS, "isfield", 2, 2)
def isfield(call: Call, value: Value, name: Value) -> Array:
    """Whether a structure has a field, or each of several."""
    known = value.names if isinstance(value, Struct) else []
    if isinstance(name, (Cell, String)):
        flags = [isinstance(item, (str, Char, String)) and str(item) in known for item in name]
        return np.array(flags, dtype=np.bool_).reshape(name.shape, order="F")
    return np.array([[is_text(name) and text(name) in known]])


@register(FUNCTIONS, "getfield", 2, 2)
def getfield(call: Call, value: Value, name: Value) -> Value:
    """``s.(name)``."""
    return call.operations.field(value, text(name))[0]


@register(FUNCTIONS, "setfield", 3, 3)
def setfield(call: Call, value: Value, name: Value, content: Value) -> Value:
    """`s` after ``s.(name) = content``."""
    return assign_field(value, text(name), content)


@register(FUNCTIONS, "rmfield", 2, 2)
def rmfield(call: Call, value: Value, names: Value) -> Struct:
    """Without some fields."""
    held = _structure(value)
    gone = texts(names)
    for name in gone:
        if name not in held.fields:
            raise MatlabError(f"there is no field '{name}'")
    return Struct.of_fields({k: v for k, v in held.fields.items() if k not in gone}, held.shape)


@register(FUNCTIONS, "orderfields", 1, 1)
def orderfields(call: Call, value: Value) -> Struct:
    """Fields in the order of their names."""
    held = _structure(value)
    return Struct.of_fields({name: held.fields[name] for name in sorted(held.fields)}, held.shape)


@register(FUNCTIONS, "struct2cell", 1, 1)
def struct2cell(call: Call, value: Value) -> Cell:
    """The contents of a scalar structure as a cell column."""
    held = _structure(value)
    if held.size != 1:
        raise MatlabError("one structure is needed")
    return Cell.column(held[name] for name in held)


@register(FUNCTIONS, "cell2struct", 2, 3)
def cell2struct(call: Call, value: Value, names: Value, axis: Value = None) -> Struct:
    """A structure array of the rows (or columns) of a cell array."""
    if not isinstance(value, Cell) or value.values.ndim > 2:
        raise MatlabError("a two-dimensional cell array is needed")
    along = 0 if axis is None else dimension(axis)
    if along > 1:
        raise MatlabError("the dimension must be 1 or 2")
    held = np.moveaxis(value.values, along, 0)
    labels = [word.strip() for word in (names.rows if isinstance(names, Char) else texts(names))]
    if len(labels) != held.shape[0]:
        raise MatlabError(f"{held.shape[0]} names are needed, not {len(labels)}")
    records = [{name: held[k, n] for k, name in enumerate(labels)} for n in range(held.shape[1])]
    return Struct.array(records, (len(records), 1), labels)


@register(FUNCTIONS, "num2cell", 1, 1)
def num2cell(call: Call, value: Value) -> Cell:
    """Every element in a cell of its own."""
    arrays, rebuild = plain_arrays(value)
    call.operations.budget.spend(arrays[0].size)
    flats = [array.ravel(order="F") for array in arrays]
    items = [rebuild([flat[k : k + 1].reshape(1, 1) for flat in flats]) for k in range(arrays[0].size)]
    return Cell(object_array(items, arrays[0].shape))


@register(FUNCTIONS, "cell2mat", 1, 1)
def cell2mat(call: Call, value: Value) -> Value:
    """The contents of a cell array joined to one array."""
    if not isinstance(value, Cell) or value.values.ndim > 2:
        raise MatlabError("a two-dimensional cell array is needed")
    if not value.size:
        return np.zeros((0, 0))
    rows = [call.operations.horzcat(list(row)) for row in value.values]
    return call.operations.vertcat(rows)


@register(FUNCTIONS, "deal", 1, None)
def deal(call: Call, *values: Value) -> Any:
    """One value to every output, or each to its own."""
    wanted = max(call.nargout, 1)
    if len(values) == 1:
        return values * wanted
    if len(values) != wanted:
        raise MatlabError(f"{len(values)} values cannot be dealt to {wanted} outputs")
    return values


@register(FUNCTIONS, "feval", 1, None)
def feval(call: Call, function: Value, *arguments: Value) -> Any:
    """Call a function given by handle or name."""
    return call.operations.apply(function, arguments, call.nargout)


@register(FUNCTIONS, "error", 1, None)
def error(call: Call, *arguments: Value) -> Value:
    """Fail with a message, which may be a format behind an identifier."""
    from bridge.matlab.formatted_text import sprintf

    words = list(arguments)
    if len(words) > 1 and re.fullmatch(r"[\w-]+(:[\w-]+)+", text(words[0]), re.ASCII):
        words = words[1:]
    plain = [text(word) if is_text(word) else numeric(word) for word in words[1:]]
    raise MatlabError(sprintf(text(words[0]), *plain) if plain else text(words[0]))


@register(FUNCTIONS, "assert", 1, None)
def assert_(call: Call, condition: Value, *message: Value) -> Any:
    """Fail unless the condition holds."""
    if not call.operations.truth(condition):
        if message:
            error(call, *message)
        raise MatlabError("assertion failed")
    return ()


@register(FUNCTIONS, "func2str", 1, 1)
def func2str(call: Call, function: Value) -> Char:
    """The text of a function handle."""
    if not isinstance(function, FunctionHandle):
        raise MatlabError(f"a function handle is needed, not a value of class '{class_of(function)}'")
    return Char(function.name if function.body is None else function.source)


@register(FUNCTIONS, "str2func", 1, 1)
def str2func(call: Call, source: Value) -> Value:
    """A function handle of a name, or of an anonymous function without captured variables."""
    word = text(source)
    if not word.lstrip().startswith("@"):
        return FunctionHandle(word)
    from bridge.matlab import tree
    from bridge.matlab.syntax import parse_expression

    try:
        parsed = parse_expression(word, limits=call.operations.budget.limits)
    except MatlabError as error:
        error.expression, error.column = "", 0
        raise
    if isinstance(parsed, tree.FunctionReference):
        return FunctionHandle(parsed.name)
    if not isinstance(parsed, tree.AnonymousFunction):
        raise MatlabError("the text is not a function")
    return FunctionHandle("", parsed.parameters, parsed.body, {}, {}, parsed.source)


def _options(arguments: Sequence[Value]) -> tuple[list[Value], bool, Value | None]:
    """The arrays to go through, whether results are uniform, and what handles errors."""
    arrays = list(arguments)
    uniform, handler = True, None
    while len(arrays) >= 2 and is_text(arrays[-2]) and text(arrays[-2]).lower() in ("uniformoutput", "errorhandler"):
        option, value = text(arrays[-2]).lower(), arrays[-1]
        del arrays[-2:]
        if option == "uniformoutput":
            uniform = bool(numeric(value).all())
        else:
            handler = value
    return arrays, uniform, handler


@register(FUNCTIONS, "cellfun arrayfun", 2, None)
def each(call: Call, function: Value, *arguments: Value) -> Any:
    """The function on every cell, or every element; ``'UniformOutput', false`` collects any values in cells."""
    arrays, uniform, handler = _options(arguments)
    if not arrays:
        raise MatlabError("there is nothing to go through")
    shape = shape_of(arrays[0])
    lists: list[list[Value]] = []
    for array in arrays:
        if shape_of(array) != shape:
            raise MatlabError("all arrays must have the same size")
        if call.name == "cellfun" and not isinstance(array, Cell):
            raise MatlabError(f"a cell array is needed, not a value of class '{class_of(array)}'")
        lists.append(list(array) if call.name == "cellfun" else list(num2cell(call, array)))
    results: list[tuple[Value, ...]] = []
    wanted = max(call.nargout, 1)
    for items in zip(*lists, strict=True):
        call.operations.budget.spend()
        try:
            results.append(call.operations.apply(function, items, call.nargout))
        except MatlabError as error:
            if handler is None or call.operations.budget.left < 0:
                raise
            information = Struct({"message": Char(error.cause), "identifier": Char(""), "index": np.zeros((1, 1))})
            results.append(call.operations.apply(handler, [information, *items], call.nargout))
    if any(len(result) < wanted for result in results):
        if call.nargout == 0:
            return ()
        raise MatlabError("the function gives fewer values than wanted")
    return tuple(_collected(call, [result[k] for result in results], shape, uniform) for k in range(wanted))


def _collected(call: Call, values: list[Value], shape: tuple[int, ...], uniform: bool) -> Value:
    if not uniform:
        return Cell(object_array(values, shape))
    if not values:
        return np.zeros(shape)
    if any(shape_of(value) != (1, 1) or isinstance(value, (Cell, Struct, FunctionHandle)) for value in values):
        raise MatlabError("the function gives a value that is not scalar; use 'UniformOutput', false")
    joined = call.operations.horzcat(values)
    arrays, rebuild = plain_arrays(joined)
    return rebuild([array.reshape(shape, order="F") for array in arrays])


@register(FUNCTIONS, "structfun", 2, None)
def structfun(call: Call, function: Value, value: Value, *options: Value) -> Value:
    """The function on every field: a column, or with ``'UniformOutput', false`` a structure."""
    held = _structure(value)
    uniform = _options([*options])[1]
    results = [call.operations.apply(function, [held[name]], 1)[0] for name in held]
    if uniform:
        return call.operations.vertcat(results)
    return Struct(dict(zip(held, results, strict=True)))
