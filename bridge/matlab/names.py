"""Which names an expression or script needs from outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bridge.matlab import tree


def free_names(root: tree.Node | Iterable[tree.Node]) -> set[str]:
    """The names that `root` reads and does not define itself: variables and called functions alike.

    Parameters of anonymous functions are bound in their bodies; a script's variable counts as defined once an
    earlier statement assigns it; function definitions have scopes of their own.
    """
    collector = _Collector()
    if not isinstance(root, tree.Node):
        root = list(root)
        collector.functions = {node.name for node in root if isinstance(node, tree.FunctionDefinition)}
        collector.defined |= collector.functions
    collector.visit(root)
    return collector.free


def assigned_names(statements: Iterable[tree.Statement]) -> set[str]:
    """The variables that a script gives values to, in whatever branch; those of its functions are their own."""
    found: set[str] = set()
    for node in tree.walk([each for each in statements if not isinstance(each, tree.FunctionDefinition)]):
        if isinstance(node, tree.Assignment):
            found.update(target.name for target in node.targets if target is not None)
        elif isinstance(node, tree.For):
            found.add(node.target.name)
        elif isinstance(node, tree.Try) and node.error:
            found.add(node.error)
        elif isinstance(node, tree.Global | tree.Persistent):
            found.update(node.names)
    return found


def called_names(statements: Iterable[tree.Statement]) -> set[str]:
    """The names that are called with arguments, or indexed."""
    return {
        node.name
        for node in tree.walk(statements)
        if isinstance(node, tree.Access) and isinstance(node.accessors[0], tree.Parentheses)
    }


def worded_names(statements: Iterable[tree.Statement]) -> set[str]:
    """The names that stand alone as statements: variables to print, functions, or scripts."""
    found = set()
    for node in tree.walk(statements):
        if isinstance(node, tree.Command):
            found.add(node.name)
        elif isinstance(node, tree.ExpressionStatement) and isinstance(node.expression, tree.Name):
            found.add(node.expression.name)
    return found


class _Collector:
    def __init__(self) -> None:
        self.free: set[str] = set()
        self.defined: set[str] = set()
        self.functions: set[str] = set()

    def visit(self, root: Any) -> None:
        pending: list[Any] = [root]
        while pending:
            item = pending.pop()
            if isinstance(item, (tuple, list)):
                pending.extend(reversed(item))
            elif isinstance(item, (tree.Name, tree.Access)):
                self._read(item.name)
                if isinstance(item, tree.Access):
                    pending.append(item.accessors)
            elif isinstance(item, tree.AnonymousFunction):
                self._anonymous(item)
            elif isinstance(item, tree.Assignment):
                self._assignment(item)
            elif isinstance(item, tree.For):
                self.visit(item.iterable)
                self.defined.add(item.target.name)
                pending.append(item.body)
            elif isinstance(item, tree.Try):
                if item.error:
                    self.defined.add(item.error)
                pending.extend((item.handler, item.body))
            elif isinstance(item, (tree.Global, tree.Persistent)):
                self.defined.update(item.names)
            elif isinstance(item, tree.FunctionDefinition):
                self.defined.add(item.name)
                self._function(item)
            elif isinstance(item, tree.FunctionReference):
                self._read(item.name.partition(".")[0])
            elif isinstance(item, tree.Node):
                pending.extend(reversed(list(item.children())))

    def _read(self, name: str) -> None:
        if name not in self.defined:
            self.free.add(name)

    def _anonymous(self, node: tree.AnonymousFunction) -> None:
        inner = _Collector()
        inner.defined = self.defined | set(node.parameters)
        inner.visit(node.body)
        self.free |= inner.free

    def _function(self, node: tree.FunctionDefinition) -> None:
        inner = _Collector()
        inner.functions = self.functions
        inner.defined = {*self.functions, node.name, *node.inputs, *node.outputs}
        inner.visit(node.body)
        self.free |= inner.free

    def _assignment(self, node: tree.Assignment) -> None:
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, tree.Access):
                for accessor in target.accessors:
                    self.visit(accessor)
            if target is not None:
                self.defined.add(target.name)
