"""Block paths: names joined by slashes, as MATLAB writes them."""

from __future__ import annotations


def escape_name(name: str) -> str:
    """A block's name as it stands in a path: slashes doubled, line breaks as spaces."""
    return name.replace("/", "//").replace("\r\n", " ").replace("\n", " ")


def join_path(*names: str) -> str:
    """``join_path("PID", "I/O")`` is ``PID/I//O``."""
    return "/".join(escape_name(name) for name in names)


def split_path(path: str) -> list[str]:
    """The names in a path, with single slashes again, and spaces where they had line breaks.

    Three slashes in a row are read as a doubled one and a separator, though a name might also begin with a slash.
    """
    names, name, at = [], "", 0
    while at < len(path):
        if path.startswith("//", at):
            name, at = name + "/", at + 2
        elif path[at] == "/":
            names.append(name)
            name, at = "", at + 1
        else:
            name, at = name + path[at], at + 1
    return [*names, name]


def as_in_path(name: str) -> str:
    """A name as `split_path` returns it, to compare with: line breaks as spaces."""
    return name.replace("\r\n", " ").replace("\n", " ")
