"""Statements: the part of the concrete tree around expressions, rebuilt as the nodes of `bridge.matlab.tree`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bridge.errors import MatlabSyntaxError
from bridge.matlab import tree

if TYPE_CHECKING:
    import tree_sitter

    from bridge.matlab.syntax import Builder

_IGNORED = frozenset(("comment", "line_continuation"))
_UNSUPPORTED = {
    "class_definition": "class definitions",
    "spmd_statement": "'spmd' blocks",
    "events": "class events",
    "enumeration": "enumerations",
}


def statements(builder: Builder, nodes: Iterable[tree_sitter.Node]) -> tuple[tree.Statement, ...]:
    """The statements among `nodes`, each told whether a semicolon follows it."""
    made: list[tree.Statement] = []
    listed = [node for node in nodes if node.type not in _IGNORED]
    for node, after in zip(listed, [*listed[1:], None], strict=True):
        if node.is_named and node.type != "ERROR":
            made.append(_statement(builder, node, printed=after is None or after.type != ";"))
    return tuple(made)


def _statement(builder: Builder, node: tree_sitter.Node, printed: bool) -> tree.Statement:
    kind = node.type
    place = builder.place(node)
    builder.enter(node)
    try:
        if kind == "assignment":
            return _assignment(builder, node, printed)
        if kind == "command":
            return _command(builder, node, printed)
        if kind == "if_statement":
            return _if(builder, node)
        if kind == "for_statement":
            return _for(builder, node)
        if kind == "while_statement":
            condition = builder.expression(_field(builder, node, "condition"))
            return tree.While(condition, _body(builder, node), **place)
        if kind == "switch_statement":
            return _switch(builder, node)
        if kind == "try_statement":
            return _try(builder, node)
        if kind == "function_definition":
            return _function(builder, node)
        if kind in ("global_operator", "persistent_operator"):
            names = tuple(builder.written(child) for child in node.children if child.type == "identifier")
            return tree.Global(names, **place) if kind == "global_operator" else tree.Persistent(names, **place)
        if kind == "break_statement":
            return tree.Break(**place)
        if kind == "continue_statement":
            return tree.Continue(**place)
        if kind == "return_statement":
            return tree.Return(**place)
        if kind in _UNSUPPORTED:
            raise MatlabSyntaxError(f"{_UNSUPPORTED[kind]} are not supported", *builder.error_place(node))
        return tree.ExpressionStatement(builder.expression(node), printed, **place)
    finally:
        builder.leave()


def _field(builder: Builder, node: tree_sitter.Node, name: str) -> tree_sitter.Node:
    found = node.child_by_field_name(name)
    if found is None:
        raise MatlabSyntaxError(f"a {name} is missing", *builder.error_place(node))
    return found


def _body(builder: Builder, node: tree_sitter.Node) -> tuple[tree.Statement, ...]:
    blocks = [child for child in node.children if child.type == "block"]
    return tuple(statement for block in blocks for statement in statements(builder, block.children))


def _target(builder: Builder, node: tree_sitter.Node) -> tree.Name | tree.Access | None:
    if node.type == "ignored_argument":
        return None
    if node.type == "identifier":
        return tree.Name(builder.written(node), **builder.place(node))
    if node.type in ("function_call", "field_expression"):
        return builder.access(node)
    raise MatlabSyntaxError("this cannot be assigned to", *builder.error_place(node))


def _assignment(builder: Builder, node: tree_sitter.Node, printed: bool) -> tree.Assignment:
    left = _field(builder, node, "left")
    value = builder.expression(_field(builder, node, "right"))
    bracketed = left.type == "multioutput_variable"
    parts = [part for part in left.children if part.is_named and part.type not in _IGNORED] if bracketed else [left]
    targets = tuple(_target(builder, part) for part in parts)
    return tree.Assignment(targets, value, bracketed, printed, **builder.place(node))


def _command(builder: Builder, node: tree_sitter.Node, printed: bool) -> tree.Statement:
    name = builder.child(node, "command_name")
    words = tuple(builder.written(child) for child in node.children if child.type == "command_argument")
    place = builder.place(node)
    written = builder.written(name)
    if written.startswith("!"):
        raise MatlabSyntaxError("commands of the operating system are not run", *builder.error_place(node))
    if words:
        return tree.Command(written, words, **place)
    return tree.ExpressionStatement(tree.Name(written, **place), printed, **place)


def _if(builder: Builder, node: tree_sitter.Node) -> tree.If:
    branches = [(builder.expression(_field(builder, node, "condition")), _body(builder, node))]
    otherwise: tuple[tree.Statement, ...] = ()
    for child in node.children:
        if child.type == "elseif_clause":
            branches.append((builder.expression(_field(builder, child, "condition")), _body(builder, child)))
        elif child.type == "else_clause":
            otherwise = _body(builder, child)
    return tree.If(tuple(branches), otherwise, **builder.place(node))


def _for(builder: Builder, node: tree_sitter.Node) -> tree.For:
    iterator = builder.child(node, "iterator")
    parts = [part for part in iterator.children if part.is_named and part.type not in _IGNORED]
    target = _target(builder, parts[0])
    if target is None:
        raise MatlabSyntaxError("a loop needs a variable", *builder.error_place(iterator))
    return tree.For(target, builder.expression(parts[1]), _body(builder, node), **builder.place(node))


def _switch(builder: Builder, node: tree_sitter.Node) -> tree.Switch:
    subject = builder.expression(_field(builder, node, "condition"))
    cases: list[tuple[tree.Expression, tuple[tree.Statement, ...]]] = []
    otherwise: tuple[tree.Statement, ...] = ()
    for child in node.children:
        if child.type == "case_clause":
            cases.append((builder.expression(_field(builder, child, "condition")), _body(builder, child)))
        elif child.type == "otherwise_clause":
            otherwise = _body(builder, child)
    return tree.Switch(subject, tuple(cases), otherwise, **builder.place(node))


def _try(builder: Builder, node: tree_sitter.Node) -> tree.Try:
    error = ""
    handler: tuple[tree.Statement, ...] = ()
    for child in node.children:
        if child.type == "catch_clause":
            names = [part for part in child.children if part.type == "identifier"]
            error = builder.written(names[0]) if names else ""
            handler = _body(builder, child)
    return tree.Try(_body(builder, node), error, handler, **builder.place(node))


def _function(builder: Builder, node: tree_sitter.Node) -> tree.FunctionDefinition:
    outputs: list[str] = []
    inputs: list[str] = []
    for child in node.children:
        if child.type == "function_output":
            inner = [part for part in child.children if part.is_named and part.type not in _IGNORED]
            if inner and inner[0].type == "multioutput_variable":
                inner = [part for part in inner[0].children if part.is_named and part.type not in _IGNORED]
            outputs = [builder.written(part) for part in inner]
        elif child.type == "function_arguments":
            inputs = [builder.written(part) for part in child.children if part.is_named and part.type not in _IGNORED]
        elif child.type == "arguments_statement":
            raise MatlabSyntaxError("'arguments' blocks are not supported", *builder.error_place(child))
    name = builder.written(_field(builder, node, "name"))
    return tree.FunctionDefinition(name, tuple(inputs), tuple(outputs), _body(builder, node), **builder.place(node))
