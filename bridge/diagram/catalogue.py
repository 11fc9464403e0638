"""The table of supported blocks, from the registry: ``python -m bridge.diagram.catalogue > docs/blocks.md``."""

from __future__ import annotations

from bridge.diagram.registry import family_of, kinds

_HEAD = """# Supported blocks

Made from the registry by `python -m bridge.diagram.catalogue`; a test holds it to that. A block or an option that is
not listed is refused by name when a diagram is run; reading, converting and drawing never depend on it.

Beside these, the drawing itself is understood: virtual, atomic and masked subsystems; those that are enabled,
triggered, reset, or called by an If, a Switch Case or a Function-Call Generator; Inport and Outport; Goto and From
with local, scoped and global tags; Bus Creator, Bus Selector and Bus Assignment; blocks that are commented out or
through.
"""


def table() -> str:
    """The whole page as Markdown: kinds by family, what each computes, the options with a fixed list of words."""
    families: dict[str, list[str]] = {}
    for name in kinds():
        families.setdefault(family_of(name), []).append(name)
    lines = [_HEAD]
    for family in sorted(families):
        title = family.replace("_", " ").capitalize()
        lines += [f"## {title}", "", "| block | computes | options |", "| --- | --- | --- |"]
        lines += [_row(name) for name in sorted(families[family])]
        lines.append("")
    return "\n".join(lines)


def _row(name: str) -> str:
    block = kinds()[name]
    says = (block.__doc__ or "").strip().splitlines()[0]
    options = [f"{key}: {item.describe()}" for key, item in block.declared().items() if item.describe()]
    if block.restrictions:
        options.append(block.restrictions)
    return f"| {_cell(name)} | {_cell(says)} | {_cell('; '.join(options))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    print(table(), end="")
