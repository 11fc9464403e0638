"""MATLAB expressions and scripts, evaluated: `evaluate`, `names`, `run_script`.

>>> evaluate("K * [1 2]'", {"K": 3.0}).tolist()
[[3.0], [6.0]]

Plain numbers, plain numeric matrices and plain names never touch the parser. There is no way from here to
Python's own evaluation, to files or to the system: an expression reaches the workspace that it is given and
the functions of an explicit table, within `Limits`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bridge.errors import EvaluationLimit, MatlabError
from bridge.matlab.limits import Budget, Limits
from bridge.matlab.literals import CONSTANTS, plain
from bridge.matlab.values import Value, to_matlab

if TYPE_CHECKING:
    from bridge.matlab import tree
    from bridge.matlab.operators import Operations


def evaluate(
    expression: str | tree.Expression,
    workspace: Mapping[str, Any] | None = None,
    *,
    operations: Operations | None = None,
    limits: Limits | None = None,
) -> Value:
    """The value of one MATLAB expression.

    `workspace` maps names to MATLAB or Python values (see `to_matlab`); only names that occur are read.
    `operations` computes (default: plain numbers), `limits` bounds the cost.

    Raises `MatlabSyntaxError`, `UndefinedName` (a `LookupError`), `EvaluationLimit` or `MatlabError`; all carry
    the expression and the 1-based column, and `where` is left for the caller to set. `MatlabWarning` is issued
    for what MATLAB warns of, such as a singular matrix.
    """
    variables: Mapping[str, Any] = {} if workspace is None else workspace
    if isinstance(expression, str) and operations is None:
        quick = _plain(expression, variables)
        if quick is not None:
            return quick
    from bridge.matlab.interpreter import Interpreter
    from bridge.matlab.operators import Operations
    from bridge.matlab.syntax import parse_expression

    used = operations or Operations(limits)
    if limits is not None and operations is not None:
        used.budget = Budget(limits)
    elif not used.budget.depth:
        used.budget = Budget(used.budget.limits)
    text = expression if isinstance(expression, str) else ""
    try:
        parsed = parse_expression(text, limits=used.budget.limits) if isinstance(expression, str) else expression
        with np.errstate(all="ignore"):
            return Interpreter(variables, used, text).value(parsed)
    except (RecursionError, MemoryError) as error:
        raise EvaluationLimit(exhausted(error), text, 1) from None


def run_script(
    script: str | Sequence[tree.Statement],
    workspace: Mapping[str, Any] | None = None,
    *,
    operations: Operations | None = None,
    limits: Limits | None = None,
) -> dict[str, Value]:
    """Run a script: assignments, control flow, its own functions. The variables afterwards, by name.

    Starts from the variables of `workspace`, which is not changed. Statements that only print or plot do nothing.
    Errors carry the offending line, the column in it, and ``line n`` as `where`.
    """
    from bridge.matlab import tree
    from bridge.matlab.execution import Execution, _BreakLoop, _ContinueLoop, _ReturnFromFunction
    from bridge.matlab.operators import Operations
    from bridge.matlab.syntax import parse_script

    used = operations or Operations(limits)
    used.budget = Budget(limits or used.budget.limits)
    text = script if isinstance(script, str) else ""
    variables: dict[str, Any] = dict(workspace or {})
    try:
        statements = parse_script(text, limits=used.budget.limits) if isinstance(script, str) else script
        functions = {node.name: node for node in statements if isinstance(node, tree.FunctionDefinition)}
        with np.errstate(all="ignore"):
            Execution(variables, used, text, functions).run(statements)
    except _ReturnFromFunction:
        pass
    except (_BreakLoop, _ContinueLoop):
        raise MatlabError("'break' and 'continue' need a loop around them", text, 1) from None
    except (RecursionError, MemoryError) as error:
        raise EvaluationLimit(exhausted(error), text, 1) from None
    return {str(name): used.load(value) for name, value in variables.items()}


def names(source: str | tree.Node | Sequence[tree.Node], *, functions: bool = False) -> set[str]:
    """The free names of an expression: the variables that it needs.

    Names of known functions (``sin``, ``pi``) are left out; with `functions` they are included, since a
    variable of the same name would hide the function.
    """
    if isinstance(source, str):
        quick = plain(source)
        if isinstance(quick, str):
            found = {quick}
        elif quick is not None:
            return set()
        else:
            from bridge.matlab.names import free_names
            from bridge.matlab.syntax import parse_expression

            found = free_names(parse_expression(source))
    else:
        from bridge.matlab.names import free_names

        found = free_names(source)
    if functions:
        return found
    from bridge.matlab.functions import has_function

    return {name for name in found if not has_function(name)}


def _plain(text: str, variables: Mapping[str, Any]) -> Value:
    """The value of a text without operators, or None for anything that needs the parser."""
    value = plain(text)
    if not isinstance(value, str):
        return value
    try:
        return to_matlab(variables[value])
    except KeyError:
        constant = CONSTANTS.get(value)
    except MatlabError as error:
        error.expression, error.column = text, text.index(value) + 1
        raise
    return None if constant is None else to_matlab(constant)


def exhausted(error: Exception) -> str:
    """What is said where the memory or the stack does not suffice."""
    if isinstance(error, MemoryError):
        return "the memory does not suffice for this evaluation"
    return "nested too deeply to be evaluated"
