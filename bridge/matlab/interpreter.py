"""The walk over the tree: `Interpreter` evaluates expressions with an `Operations` object.

It knows names, scopes, comma-separated lists and ``end``, and nothing of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.errors import MatlabError
from bridge.matlab import tree
from bridge.matlab.indexing import COLON
from bridge.matlab.names import free_names
from bridge.matlab.operators import Operations
from bridge.matlab.syntax import located
from bridge.matlab.values import FunctionHandle, Value

_MISSING: Any = object()


class Interpreter:
    """Evaluates expressions over `variables`. `text` is the source, for messages; `functions` the script's own."""

    def __init__(
        self,
        variables: Mapping[str, Any],
        operations: Operations,
        text: str = "",
        functions: Mapping[str, tree.FunctionDefinition] | None = None,
    ) -> None:
        self.variables = variables
        self.operations = operations
        self.text = text
        self.functions: Mapping[str, tree.FunctionDefinition] = functions or {}
        self._ends: list[tuple[Value, int, int]] = []

    # Entry points

    def value(self, node: tree.Expression) -> Value:
        """The one value of an expression."""
        spine: list[tree.Binary | tree.ShortCircuit | tree.Transpose] = []
        spend = self.operations.budget.spend
        while isinstance(node, (tree.Binary, tree.ShortCircuit, tree.Transpose)):
            spine.append(node)
            node = node.operand if isinstance(node, tree.Transpose) else node.left
        try:
            spend(1 + len(spine))
            result = _EVALUATE[type(node)](self, node)
        except MatlabError as error:
            raise self.locate(error, node) from error.__cause__
        while spine:
            outer = spine.pop()
            try:
                result = self._combine(outer, result)
            except MatlabError as error:
                raise self.locate(error, outer) from error.__cause__
        return result

    def values(self, node: tree.Expression, nargout: int = 1) -> list[Value]:
        """The comma-separated list of an expression: any number of values for ``c{:}`` or a call."""
        if not isinstance(node, (tree.Access, tree.Name)):
            return [self.value(node)]
        try:
            self.operations.budget.spend()
            return self._name(node, nargout) if isinstance(node, tree.Name) else self._access(node, nargout)
        except MatlabError as error:
            raise self.locate(error, node) from error.__cause__

    def locate(self, error: MatlabError, node: tree.Node) -> MatlabError:
        """The error with the place of `node`, unless it has one already."""
        if not error.column:
            if self.text:
                error.expression, error.column, error.where = located(self.text, node.line, node.column)
            else:
                error.column = node.column
        return error

    def lookup(self, name: str) -> Value:
        """The variable `name`, or `_MISSING`."""
        try:
            found = self.variables[name]
        except KeyError:
            return _MISSING
        return self.operations.load(found)

    # Nodes

    def _combine(self, node: tree.Binary | tree.ShortCircuit | tree.Transpose, left: Value) -> Value:
        operations = self.operations
        if isinstance(node, tree.Binary):
            return operations.binary(node.operator, left, self.value(node.right))
        if isinstance(node, tree.Transpose):
            return operations.transpose(left, node.conjugate)
        if not operations.decided(left):
            return operations.short_circuit(node.operator, left, self.value(node.right))
        if operations.truth(left) == (node.operator == "||"):
            return operations.logical(node.operator == "||")
        right = self.value(node.right)
        if not operations.decided(right):
            return operations.short_circuit(node.operator, left, right)
        return operations.logical(operations.truth(right))

    def _number(self, node: tree.Number) -> Value:
        return self.operations.scalar(node.value, node.kind)

    def _text(self, node: tree.Text) -> Value:
        return self.operations.text(node.text, node.string)

    def _unary(self, node: tree.Unary) -> Value:
        return self.operations.unary(node.operator, self.value(node.operand))

    def _range(self, node: tree.Range) -> Value:
        start = self.value(node.start)
        step = None if node.step is None else self.value(node.step)
        return self.operations.colon(start, step, self.value(node.stop))

    def _matrix(self, node: tree.Matrix) -> Value:
        return self.operations.concat(self._rows(node.rows))

    def _cell(self, node: tree.CellArray) -> Value:
        return self.operations.cell(self._rows(node.rows))

    def _rows(self, rows: Sequence[Sequence[tree.Expression]]) -> list[list[Value]]:
        return [[value for element in row for value in self.values(element)] for row in rows]

    def _reference(self, node: tree.FunctionReference) -> Value:
        return FunctionHandle(node.name, functions=self.functions)

    def _anonymous(self, node: tree.AnonymousFunction) -> Value:
        captured = {}
        for name in sorted(free_names(node)):
            value = self.lookup(name)
            if value is not _MISSING:
                captured[name] = value
        return FunctionHandle("", node.parameters, node.body, captured, self.functions, node.source)

    def _end(self, node: tree.End) -> Value:
        if not self._ends:
            raise MatlabError("'end' has no meaning outside an index")
        return self.operations.end(*self._ends[-1])

    def _colon(self, node: tree.Colon) -> Value:
        raise MatlabError("':' has no meaning here")

    def _single(self, node: tree.Name | tree.Access) -> Value:
        values = self._name(node, 1) if isinstance(node, tree.Name) else self._access(node, 1)
        if not values:
            raise MatlabError("a value is needed, but the expression gives none")
        if len(values) > 1 and isinstance(node, tree.Access):
            raise MatlabError(f"one value is needed, but the expression gives {len(values)}")
        return values[0]

    def _name(self, node: tree.Name, nargout: int) -> list[Value]:
        found = self.lookup(node.name)
        return [found] if found is not _MISSING else list(self._call(node.name, [], nargout))

    def _access(self, node: tree.Access, nargout: int) -> list[Value]:
        base = self.lookup(node.name)
        accessors: Sequence[tree.Accessor] = node.accessors
        if base is _MISSING:
            values, accessors = self._called(node, nargout)
        else:
            values = [base]
        for k, accessor in enumerate(accessors):
            if len(values) != 1:
                raise MatlabError(f"one value is needed before the next index, but there are {len(values)}")
            last = k == len(accessors) - 1
            values = self.step(values[0], accessor, nargout if last else 1)
        return values

    def step(self, value: Value, accessor: tree.Accessor, nargout: int = 1) -> list[Value]:
        """What one accessor behind `value` gives."""
        operations = self.operations
        operations.budget.spend()
        try:
            if isinstance(accessor, tree.Parentheses):
                if operations.is_handle(value):
                    return list(operations.apply(value, self.arguments(accessor.arguments), nargout))
                return [operations.index(value, self.subscripts(accessor.arguments, value))]
            if isinstance(accessor, tree.Braces):
                return operations.brace(value, self.subscripts(accessor.arguments, value))
            return operations.field(value, self.field_name(accessor))
        except MatlabError as error:
            raise self.locate(error, accessor) from error.__cause__

    def field_name(self, accessor: tree.Field | tree.DynamicField) -> str:
        """The name of a field, computed for ``.(expression)``."""
        if isinstance(accessor, tree.Field):
            return accessor.name
        text = self.operations.concrete(self.value(accessor.expression))
        found = getattr(text, "text", None)
        if not isinstance(found, str):
            raise MatlabError("a dynamic field name must be text")
        return found

    def arguments(self, nodes: Sequence[tree.Expression]) -> list[Value]:
        """The arguments of a call; ``:`` is passed as the character ':'."""
        operations = self.operations
        return [
            value
            for node in nodes
            for value in ([operations.text(":")] if isinstance(node, tree.Colon) else self.values(node))
        ]

    def subscripts(self, nodes: Sequence[tree.Expression], value: Value) -> list[Value]:
        """The subscripts of `value`, to which ``end`` in them refers."""
        found: list[Value] = []
        for position, node in enumerate(nodes):
            if isinstance(node, tree.Colon):
                found.append(COLON)
                continue
            if isinstance(node, tree.Number):
                found.append(self.operations.scalar(node.value, node.kind))
                continue
            self._ends.append((value, position, len(nodes)))
            try:
                found.extend(self.values(node))
            finally:
                self._ends.pop()
        return found

    # Calls

    def _called(self, node: tree.Access, nargout: int) -> tuple[list[Value], Sequence[tree.Accessor]]:
        """The call of a function with a plain or dotted name, and the accessors left over."""
        name = node.name
        accessors = node.accessors
        taken = 0
        if name not in self.functions and not self.operations.has_function(name):
            dotted = name
            for k, accessor in enumerate(accessors):
                if not isinstance(accessor, tree.Field):
                    break
                dotted += "." + accessor.name
                if self.operations.has_function(dotted):
                    name, taken = dotted, k + 1
                    break
            else:
                k = len(accessors)
            if not taken:
                raise self.operations.undefined(name, self._known())
        arguments: list[Value] = []
        rest = accessors[taken:]
        if rest and isinstance(rest[0], tree.Parentheses):
            arguments = self.arguments(rest[0].arguments)
            rest = rest[1:]
        elif rest and isinstance(rest[0], tree.Braces):
            raise MatlabError(f"'{name}' is a function, which braces cannot index")
        return list(self._call(name, arguments, nargout if not rest else 1)), rest

    def _call(self, name: str, arguments: list[Value], nargout: int) -> tuple[Value, ...]:
        if name in self.functions:
            return call_handle(self.operations, FunctionHandle(name, functions=self.functions), arguments, nargout)
        if not self.operations.has_function(name):
            raise self.operations.undefined(name, self._known())
        return self.operations.call(name, arguments, nargout)

    def _known(self) -> list[str]:
        return [*map(str, self.variables), *self.functions]


_EVALUATE: dict[type, Callable[[Interpreter, Any], Value]] = {
    tree.Number: Interpreter._number,
    tree.Text: Interpreter._text,
    tree.Name: Interpreter._single,
    tree.Access: Interpreter._single,
    tree.Unary: Interpreter._unary,
    tree.Range: Interpreter._range,
    tree.Matrix: Interpreter._matrix,
    tree.CellArray: Interpreter._cell,
    tree.FunctionReference: Interpreter._reference,
    tree.AnonymousFunction: Interpreter._anonymous,
    tree.End: Interpreter._end,
    tree.Colon: Interpreter._colon,
}


def call_handle(
    operations: Operations, handle: FunctionHandle, arguments: Sequence[Value], nargout: int = 1
) -> tuple[Value, ...]:
    """``[…] = handle(arguments)``."""
    if handle.body is None:
        if handle.name not in handle.functions:
            if not operations.has_function(handle.name):
                raise operations.undefined(handle.name, list(handle.functions))
            return operations.call(handle.name, arguments, nargout)
        from bridge.matlab.execution import call_function

        return call_function(operations, handle.functions, handle.name, arguments, nargout)
    variables = dict(handle.captured)
    variables.update(bind(handle.parameters, arguments, handle.source))
    inner = Interpreter(variables, operations, functions=handle.functions)
    operations.budget.enter()
    try:
        return tuple(inner.values(handle.body, nargout))
    except MatlabError as error:
        if error.column and not error.expression:
            # A column of the handle's source means nothing in the text that calls it.
            error.column = 0
            error.cause = _inside(error.cause, handle.source)
        raise
    finally:
        operations.budget.leave()


def _inside(cause: str, what: str) -> str:
    """The cause with where it happened, once."""
    return cause if cause.endswith(")") and " (in " in cause else f"{cause} (in {what})"


def bind(parameters: Sequence[str], arguments: Sequence[Value], what: str) -> dict[str, Value]:
    """The variables that a call defines: parameters by position, the rest in ``varargin``."""
    from bridge.matlab.values import Cell

    variadic = bool(parameters) and parameters[-1] == "varargin"
    named = parameters[:-1] if variadic else parameters
    if len(arguments) > len(named) and not variadic:
        raise MatlabError(f"{what} takes {len(named)} arguments, not {len(arguments)}")
    bound = {name: value for name, value in zip(named, arguments, strict=False) if name != "~"}
    if variadic:
        rest = list(arguments[len(named) :])
        bound["varargin"] = Cell.row(rest) if rest else Cell()
    return bound
