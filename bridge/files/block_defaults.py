"""The defaults that a file brings along: what blocks of a kind, lines, masks, … have where they say nothing."""

from __future__ import annotations

from bridge.model import Entry, Model, Parameter, Section

NAME = "BlockParameterDefaults"
OTHERS = (
    "BlockDefaults",
    "AnnotationDefaults",
    "LineDefaults",
    "SystemDefaults",
    "MaskDefaults",
    "MaskParameterDefaults",
)


def add_defaults(model: Model, kind: str, values: dict[str, str], rest: list[Entry]) -> None:
    """Take in the defaults of a kind. Some files list a kind twice: the last value counts, others are kept aside.

    `rest` is what stands among the values and is no plain value.
    """
    own = model.defaults.setdefault(kind, {})
    rest = rest + [Parameter(name, own[name]) for name, text in values.items() if own.get(name, text) != text]
    own.update(values)
    rest = [entry for entry in rest if entry != Parameter(entry.name, own.get(entry.name, ""))]  # said twice
    if rest:
        aside = _aside(model)
        blocks = (block for block in aside.sections("Block") if block.attributes == {"BlockType": kind})
        block = next(blocks, None)
        if block is None:
            block = Section("Block", {"BlockType": kind})
            aside.entries.append(block)
        block.entries += rest


def keep_aside(model: Model, entry: Entry) -> None:
    """Keep something that stands among the defaults of blocks and is none."""
    _aside(model).entries.append(entry)


def _aside(model: Model) -> Section:
    found = next((section for section in model.other_defaults if section.name == NAME), None)
    if found is None:
        found = Section(NAME)
        model.other_defaults.append(found)
    return found


def defaults_section(model: Model) -> list[Section]:
    """The section of all defaults of blocks, if there are any. What was kept aside comes first in it."""
    aside = [section for section in model.other_defaults if section.name == NAME]
    blocks: list[Entry] = [entry for section in aside for entry in section.entries]
    for kind, values in model.defaults.items():
        blocks.append(Section("Block", {"BlockType": kind}, [Parameter(*item) for item in values.items()]))
    return [Section(NAME, {}, blocks)] if blocks else []
