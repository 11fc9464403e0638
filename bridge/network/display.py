"""A network as MATLAB displays it: number, name, kind and size of each layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridge.network.graph import Network


def rows(network: Network) -> list[tuple[str, str, str, str]]:
    """One row a layer: number, name, kind, description."""
    return [(str(k), f"'{layer.Name}'", layer.title, layer.summary()) for k, layer in enumerate(network, 1)]


def _links(network: Network) -> list[str]:
    """The connections, where they are not simply from each layer to the next."""
    return [] if network.is_series else [f"{source} -> {sink}" for source, sink in network.connections]


def text_table(network: Network) -> str:
    """The table as text."""
    table = rows(network)
    widths = [max(len(row[k]) for row in table) for k in range(3)]
    lines = [
        "  ".join(["  ", row[0].rjust(widths[0]), row[1].ljust(widths[1]), row[2].ljust(widths[2]), row[3]]).rstrip()
        for row in table
    ]
    counted = f"Network with {len(table)} layer{'s' if len(table) > 1 else ''}:"
    links = _links(network)
    return "\n".join([counted, *lines, *(["  connections:", *(f"    {link}" for link in links)] if links else [])])


def html_table(network: Network) -> str:
    """The table for notebooks."""
    from html import escape

    head = "".join(f"<th>{title}</th>" for title in ("", "name", "kind", ""))
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in (row[0], row[1].strip("'"), *row[2:])) + "</tr>"
        for row in rows(network)
    )
    links = "".join(f"<li>{escape(link)}</li>" for link in _links(network))
    return f"<table><tr>{head}</tr>{body}</table>" + (f"<ul>{links}</ul>" if links else "")
