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
