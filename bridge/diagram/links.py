"""Library links: the content of a library block is not in the file, so what it does must be known here."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.diagram.block import Block as Kind
from bridge.diagram.registry import find, nearest, normal
from bridge.errors import UnsupportedBlock
from bridge.model import Block
from bridge.model.charts import Chart

# Blocks without effect on any signal, by kind or library path.
_SILENT = frozenset(
    (
        "GotoTagVisibility", "Note", "DocBlock", "CMBlock", "ConnectionLabel", "BlockDiagramAnnotation",
        "simulink/Model-Wide Utilities/DocBlock", "simulink/Model-Wide Utilities/Model Info",
        "modelCodeGenTargetInfoLib/Show Production Hardware Properties",
    )
)  # fmt: skip
# Plots and checks of a linear analysis, which have inputs alone.
_SILENT_LIBRARY = "slctrlblks/Model Verification/"
LISTED = 10
"""How many kinds one error names."""


def kind_name(block: Block) -> str:
    """The name to look up: the BlockType, or the library path of a link."""
    if block.kind == "Reference":
        return normal(block.source_block or "Reference")
    if block.kind in ("S-Function", "M-S-Function"):
        return f"{block.kind} {block.get('FunctionName', '')}".strip()
    if block.kind == "SubSystem" and code_of(block) is not None:
        return "MATLAB Function"
    if block.kind == "SubSystem" and is_reference(block):
        return f"Subsystem Reference {block.get('ReferencedSubsystem', '')}".strip()
    return block.kind


def missing_kind(block: Block) -> str:
    """What a block that is not supported is called."""
    name = kind_name(block)
    return block.get("SFBlockType") or "Stateflow" if is_function(block) and name == "SubSystem" else name


def is_silent(block: Block) -> bool:
    """Whether a block has no effect on any signal: notes, information for people and for other tools."""
    if block.kind in _SILENT:
        return True
    name = kind_name(block) if block.kind == "Reference" else ""
    return name in _SILENT or name.startswith(_SILENT_LIBRARY)


def is_function(block: Block) -> bool:
    """MATLAB Functions and charts are drawn as subsystems around an S-Function."""
    inside = block.subsystem.blocks if block.subsystem is not None else ()
    return block.get("SFBlockType", "NONE") not in ("NONE", "") or any(
        inner.kind == "S-Function" and inner.get("FunctionName") == "sf_sfun" for inner in inside
    )


def code_of(block: Block) -> Chart | None:
    """What the model holds of a MATLAB Function block; None of any other block, and where the file has no code."""
    if not is_function(block) or block.parent is None:
        return None
    model = block.parent.model
    if model is None:
        return None
    chart = model.charts.get(block.path.removeprefix(f"{model.name}/"))
    return chart if chart is not None and chart.script is not None else None


def is_reference(block: Block) -> bool:
    """A subsystem whose content stands in a file of its own."""
    return block.subsystem is None and bool(block.get("ReferencedSubsystem"))


def resolve_kind(block: Block, path: str) -> type[Kind] | UnsupportedBlock:
    """The class that a block stands for, or the error that says what is missing and what is near."""
    name = kind_name(block)
    found = find(name)
    if found is not None:
        return found
    what = "library block" if block.kind == "Reference" else "block kind"
    if block.kind == "SubSystem" and is_reference(block):
        file = block.get("ReferencedSubsystem", "")
        return UnsupportedBlock(path, f"its content stands in the file {file!r}; subsystem references are not read yet")
    if block.kind == "SubSystem" and not is_function(block):
        return UnsupportedBlock(path, "the file does not hold the content of this subsystem")
    if block.kind == "SubSystem":
        what, name = "MATLAB Function or chart", missing_kind(block)
    return UnsupportedBlock(path, f"{what} {name!r} is not supported yet{_near(name)}")


def _near(name: str) -> str:
    near = nearest(name)
    return f" (supported and near: {', '.join(near)})" if near else ""


def unsupported(path: str, missing: Sequence[tuple[UnsupportedBlock, str]]) -> UnsupportedBlock:
    """One error for all blocks of the diagram `path` that are not supported, each with its kind."""
    if len(missing) == 1:
        return missing[0][0]
    paths: dict[str, list[str]] = {}
    for error, kind in missing:
        paths.setdefault(kind, []).append(error.path.removeprefix(f"{path}/"))
    groups = sorted(paths.items(), key=lambda group: -len(group[1]))
    said = [f"{len(places)} x {kind} ({_some(places)}){_near(kind)}" for kind, places in groups[:LISTED]]
    rest = sum(len(places) for _, places in groups[LISTED:])
    more = f"; and {rest} more of {len(groups) - LISTED} other kinds" if rest else ""
    return UnsupportedBlock(path, f"{len(missing)} blocks are not supported yet: {'; '.join(said)}{more}")


def _some(paths: Sequence[str]) -> str:
    return ", ".join([*paths[:3], *(["…"] if len(paths) > 3 else [])])
