"""Masks: the variables that a masked subsystem defines for the blocks inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.diagram.scope import Scope, Unknown
from bridge.errors import MatlabError, UndefinedName
from bridge.matlab.evaluate import run_script
from bridge.matlab.values import Char
from bridge.model import Block


def mask_scope(block: Block, outer: Scope, path: str, overrides: Mapping[str, object]) -> Scope:
    """The scope inside a subsystem: its mask's variables over the outer ones, after the initialization code has run.

    `overrides` take the place of mask parameters by name.
    """
    mask = block.mask
    if mask is None or not (mask.parameters or mask.initialization.strip()):
        return outer
    variables: dict[str, Any] = {}
    for parameter in mask.parameters:
        given = overrides.get(parameter.name)
        if given is not None and not isinstance(given, str):
            variables[parameter.name] = outer.given(given, f"{path}/{parameter.name}")
            continue
        text = given or block.get(parameter.name) or parameter.value
        where = f"block '{path}', mask parameter {parameter.name}"
        variables[parameter.name] = _value(parameter.type, text, parameter.evaluate, parameter.options, outer, where)
    if mask.initialization.strip():
        try:
            variables = run_script(mask.initialization, variables, operations=outer.operations)
        except MatlabError as error:
            line = f", {error.where}" if error.where else ""
            error.where = f"block '{path}', mask initialization{line}"
            if not isinstance(error, UndefinedName):
                raise
            variables |= dict.fromkeys(_lost(mask.initialization, error), Unknown(error))
    return Scope(outer.program, variables, outer, parameters=False)


# They can give a value to any variable.
_ANYTHING = frozenset(("assignin", "eval", "evalc", "evalin", "load", "run"))


def _lost(script: str, error: UndefinedName) -> set[str]:
    """The variables whose values initialization code leaves open that calls a function which only MATLAB has.

    Much of such code draws an icon, or sets up blocks that the file holds as they were set up: what no block inside
    reads does not matter. Raises `error` where no function is missing, or where the code could assign anything.
    """
    from bridge.matlab.functions import has_function
    from bridge.matlab.names import assigned_names, called_names, free_names, worded_names
    from bridge.matlab.syntax import parse_script

    statements = parse_script(script)
    words = {name for name in worded_names(statements) if not has_function(name)}
    if error.name not in called_names(statements) or words or _ANYTHING & free_names(statements):
        raise error
    return assigned_names(statements)


def _value(kind: str, text: str, evaluate: bool, options: list[str], outer: Scope, where: str) -> Any:
    if not evaluate:
        return Char(text)
    if kind == "checkbox":
        return outer.evaluate("1" if text == "on" else "0", where)
    if kind == "popup" and text in options:
        return outer.evaluate(str(options.index(text) + 1), where)
    return outer.evaluate(text if text.strip() else "[]", where)
