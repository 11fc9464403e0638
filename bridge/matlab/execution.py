"""Running statements: assignments, control flow and the functions of a script, in a plain dict of variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from bridge.errors import EvaluationLimit, MatlabError
from bridge.matlab import tree
from bridge.matlab.indexing import COLON
from bridge.matlab.interpreter import _MISSING, Interpreter, _inside, bind
from bridge.matlab.operators import Operations
from bridge.matlab.values import Cell, Char, Struct, Value, same

OUTPUT_ONLY = frozenset(
    (
        *("axis", "clc", "close", "colorbar", "colormap", "disp", "display", "drawnow", "echo", "figure", "format"),
        *("fprintf", "grid", "hold", "legend", "line", "more", "pause", "plot", "semilogx", "semilogy", "stairs"),
        *("subplot", "tic", "title", "toc", "warning", "xlabel", "xlim", "ylabel", "ylim", "zlabel"),
    )
)
"""Functions that only print, plot or set up the desktop: a statement that calls one has no effect here."""


class Interruption(Exception):
    """What leaves a row of statements before its end."""


class _BreakLoop(Interruption):
    pass


class _ContinueLoop(Interruption):
    pass


class _ReturnFromFunction(Interruption):
    pass


class Execution:
    """One scope: `variables` change as statements run."""

    def __init__(
        self,
        variables: dict[str, Any],
        operations: Operations,
        text: str = "",
        functions: Mapping[str, tree.FunctionDefinition] | None = None,
    ) -> None:
        self.variables = variables
        self.operations = operations
        self.interpreter = Interpreter(variables, operations, text, functions)

    def run(self, statements: Iterable[tree.Statement]) -> None:
        """Run statements in order."""
        for statement in statements:
            self.operations.budget.spend()
            try:
                self._statement(statement)
            except MatlabError as error:
                raise self.interpreter.locate(error, statement) from error.__cause__

    def finish(self) -> None:
        """What is left to do where a function ends."""

    def _statement(self, node: tree.Statement) -> None:
        if isinstance(node, tree.Assignment):
            self._assignment(node)
        elif isinstance(node, tree.ExpressionStatement):
            self._expression(node)
        elif isinstance(node, tree.Command):
            self._command(node)
        elif isinstance(node, tree.If):
            self._if(node)
        elif isinstance(node, tree.For):
            self._for(node)
        elif isinstance(node, tree.While):
            while self.operations.truth(self.interpreter.value(node.condition)):
                if not self._body(node.body):
                    break
        elif isinstance(node, tree.Switch):
            self._switch(node)
        elif isinstance(node, tree.Try):
            self._try(node)
        elif isinstance(node, tree.Break):
            raise _BreakLoop
        elif isinstance(node, tree.Continue):
            raise _ContinueLoop
        elif isinstance(node, tree.Return):
            raise _ReturnFromFunction
        elif isinstance(node, (tree.Global, tree.Persistent)):
            raise MatlabError(f"{type(node).__name__.lower()} variables are not evaluated")

    def _body(self, body: Sequence[tree.Statement]) -> bool:
        """One round of a loop; False after ``break``."""
        self.operations.budget.spend()
        try:
            self.run(body)
        except _BreakLoop:
            return False
        except _ContinueLoop:
            pass
        return True

    def _expression(self, node: tree.ExpressionStatement) -> None:
        expression = node.expression
        if isinstance(expression, (tree.Name, tree.Access)):
            name = expression.name
            if name in OUTPUT_ONLY and name not in self.variables:
                return
            if name == "clear" and name not in self.variables:
                words = self.interpreter.arguments(_arguments(expression))
                self._clear([word.text for word in words])
                return
        values = self.interpreter.values(expression, 0)
        if values and not (isinstance(expression, tree.Name) and expression.name in self.variables):
            self.variables["ans"] = values[0]

    def _command(self, node: tree.Command) -> None:
        if node.name == "clear" or node.name == "clearvars":
            self._clear(node.words)
        elif node.name not in OUTPUT_ONLY:
            values = self.interpreter.values(
                tree.Access(
                    node.name,
                    (tree.Parentheses(tuple(tree.Text(word) for word in node.words)),),
                    line=node.line,
                    column=node.column,
                ),
                0,
            )
            if values:
                self.variables["ans"] = values[0]

    def _clear(self, words: Sequence[str]) -> None:
        names = [word for word in words if not word.startswith("-")]
        if not names or names[0] in ("all", "variables"):
            self.variables.clear()
        for name in names:
            if name.endswith("*"):
                for variable in [v for v in self.variables if v.startswith(name[:-1])]:
                    del self.variables[variable]
            self.variables.pop(name, None)

    def _if(self, node: tree.If) -> None:
        for condition, body in node.branches:
            if self.operations.truth(self.interpreter.value(condition)):
                self.run(body)
                return
        self.run(node.otherwise)

    def _for(self, node: tree.For) -> None:
        operations = self.operations
        whole = self.interpreter.value(node.iterable)
        columns = 1
        for length in operations.shape(whole)[1:]:
            columns *= length
        if not operations.shape(whole)[0]:
            columns = 0
        for k in range(columns):
            column = operations.index(whole, [COLON, operations.scalar(float(k + 1))])
            self._store(node.target, column)
            if not self._body(node.body):
                break

    def _switch(self, node: tree.Switch) -> None:
        subject = self.operations.concrete(self.interpreter.value(node.subject))
        for value, body in node.cases:
            case = self.operations.concrete(self.interpreter.value(value))
            if any(_matches(subject, self.operations.concrete(item)) for item in _alternatives(case)):
                self.run(body)
                return
        self.run(node.otherwise)

    def _try(self, node: tree.Try) -> None:
        try:
            self.run(node.body)
        except EvaluationLimit:
            raise
        except MatlabError as error:
            if node.error:
                self.variables[node.error] = Struct({"message": Char(error.cause), "identifier": Char("")})
            self.run(node.handler)

    # Assignment

    def _assignment(self, node: tree.Assignment) -> None:
        wanted = len(node.targets)
        if not node.bracketed or wanted == 1:
            target = node.targets[0]
            parenthesized = isinstance(target, tree.Access) and isinstance(target.accessors[-1], tree.Parentheses)
            if parenthesized and isinstance(node.value, tree.Matrix) and not node.value.rows:
                assert isinstance(target, tree.Access)
                self.variables[target.name] = self._changed(target.name, target.accessors, _MISSING)
                return
            values = self.interpreter.values(node.value)
            if not values:
                raise MatlabError("a value is needed, but the right-hand side gives none")
            self._store(target, values[0])
            return
        values = self.interpreter.values(node.value, wanted)
        needed = wanted
        while needed and node.targets[needed - 1] is None:
            needed -= 1
        if len(values) < needed:
            raise MatlabError(f"{wanted} values are wanted, but the right-hand side gives {len(values)}")
        for target, value in zip(node.targets, values, strict=False):
            self._store(target, value)

    def _store(self, target: tree.Name | tree.Access | None, value: Value) -> None:
        if isinstance(target, tree.Name):
            self.variables[target.name] = value
        elif target is not None:
            self.variables[target.name] = self._changed(target.name, target.accessors, value)

    def _changed(self, name: str, accessors: Sequence[tree.Accessor], value: Value) -> Value:
        base = self.interpreter.lookup(name)
        return self._assigned(None if base is _MISSING else base, accessors, value)

    def _assigned(self, base: Value | None, accessors: Sequence[tree.Accessor], value: Value) -> Value:
        """`base` after ``base<accessors> = value``; a `value` of `_MISSING` deletes."""
        if not accessors:
            return value
        operations = self.operations
        first, rest = accessors[0], accessors[1:]
        try:
            if isinstance(first, (tree.Field, tree.DynamicField)):
                name = self.interpreter.field_name(first)
                inner = operations.field(base, name)[0] if rest and operations.has_field(base, name) else None
                return operations.assign_field(base, name, self._assigned(inner, rest, value))
            subscripts = self.interpreter.subscripts(first.arguments, Cell() if base is None else base)
            if isinstance(first, tree.Braces):
                inner = self._part(base, subscripts, braces=True) if rest else None
                return operations.assign_brace(base, subscripts, self._assigned(inner, rest, value))
            if not rest:
                if value is _MISSING:
                    if base is None:
                        raise MatlabError("a deletion needs a variable that exists")
                    return operations.delete(base, subscripts)
                return operations.assign(base, subscripts, value)
            inner = self._part(base, subscripts, braces=False)
            return operations.assign(base, subscripts, self._assigned(inner, rest, value))
        except MatlabError as error:
            raise self.interpreter.locate(error, first) from error.__cause__

    def _part(self, base: Value | None, subscripts: Sequence[Value], braces: bool) -> Value | None:
        """The element that is about to be changed, or None where there is none yet."""
        if base is None:
            return None
        try:
            if braces:
                return self.operations.brace(base, subscripts)[0]
            part = self.operations.index(base, subscripts)
        except (MatlabError, IndexError):
            return None
        return part


def call_function(
    operations: Operations,
    functions: Mapping[str, tree.FunctionDefinition],
    name: str,
    arguments: Sequence[Value],
    nargout: int,
) -> tuple[Value, ...]:
    """Call a function that a script defines."""
    definition = functions[name]
    variables = bind(definition.inputs, arguments, f"'{name}'")
    variables.setdefault("nargin", operations.scalar(float(len(arguments))))
    variables.setdefault("nargout", operations.scalar(float(nargout)))
    inner = operations.execution(variables, functions)
    operations.budget.enter()
    try:
        with suppress(_ReturnFromFunction):
            inner.run(definition.body)
        inner.finish()
    except MatlabError as error:
        if error.column and not error.expression:
            error.column = 0
            error.cause = _inside(error.cause, f"function '{name}'")
        raise
    finally:
        operations.budget.leave()
    results: list[Value] = []
    for k, output in enumerate(definition.outputs):
        if output == "varargout" and k == len(definition.outputs) - 1:
            extra = variables.get("varargout")
            results.extend(extra if isinstance(extra, Cell) else [])
        elif output in variables:
            results.append(variables[output])
        else:
            if k < max(nargout, 1) and (k or nargout):
                raise MatlabError(f"function '{name}' does not set its output '{output}'")
            break
    return tuple(results[: max(nargout, 1)])


def _arguments(node: tree.Name | tree.Access) -> tuple[tree.Expression, ...]:
    if isinstance(node, tree.Access) and isinstance(node.accessors[0], tree.Parentheses):
        return node.accessors[0].arguments
    return ()


def _alternatives(case: Value) -> list[Value]:
    return list(case) if isinstance(case, Cell) else [case]


def _matches(subject: Value, case: Value) -> bool:
    """Whether a case of ``switch`` takes the subject: equal numbers, or equal text."""
    left, right = getattr(subject, "text", None), getattr(case, "text", None)
    if isinstance(left, str) or isinstance(right, str):
        return isinstance(left, str) and isinstance(right, str) and left == right
    if hasattr(subject, "dtype") and hasattr(case, "dtype"):
        if subject.size == 0 or case.size == 0:
            return bool(subject.size == case.size)
        return bool(subject.size == 1 and case.size == 1 and subject.flat[0] == case.flat[0])
    return same(subject, case)
