"""Library links: the content of a library block is not in the file, so what it does must be known here."""

from __future__ import annotations

from bridge.diagram.block import Block as Kind
from bridge.diagram.registry import find, nearest, normal
from bridge.errors import UnsupportedBlock
from bridge.model import Block

# Blocks without effect on any signal.
SILENT = frozenset({"GotoTagVisibility", "Note", "DocBlock", "CMBlock", "ConnectionLabel", "BlockDiagramAnnotation"})


def kind_name(block: Block) -> str:
    """The name to look up: the BlockType, or the library path of a link."""
    if block.kind == "Reference":
        return normal(block.source_block or "Reference")
    if block.kind in ("S-Function", "M-S-Function"):
        return f"{block.kind} {block.get('FunctionName', '')}".strip()
    return block.kind


def resolve_kind(block: Block, path: str) -> type[Kind] | UnsupportedBlock:
    """The class that a block stands for, or the error that says what is missing and what is near."""
    name = kind_name(block)
    found = find(name)
    if found is not None:
        return found
    what = "library block" if block.kind == "Reference" else "block kind"
    if block.kind == "SubSystem":
        what, name = "MATLAB Function or chart", block.get("SFBlockType") or "Stateflow"
    near = nearest(name)
    hint = f" (supported and near: {', '.join(near)})" if near else ""
    return UnsupportedBlock(path, f"{what} {name!r} is not supported yet{hint}")
