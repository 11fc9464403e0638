"""Objects nested in a model, which refer to each other by number."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.model import Entry, Model, Parameter, Section


def nested_sections(model: Model) -> Iterator[Section]:
    """Every section of the generic trees in a model, its blocks and its configuration sets."""
    trees: list[Entry] = [*model.sections, *model.configurations]
    for _, block in model.all_blocks():
        trees += block.sections
    for tree in trees:
        if isinstance(tree, Section):
            yield from tree.walk()


def object_numbers(model: Model) -> list[int]:
    """The numbers of all objects in the model: of two different objects they differ."""
    numbers = [section.attributes.get("ObjectID", "") for section in nested_sections(model)]
    return [int(number) for number in numbers if number.isdecimal() and len(number) < 10]


def entry_name(entry: Entry) -> str:
    """What a nested entry of a model is called: an object by its property."""
    return entry.name if isinstance(entry, Parameter) else entry.attributes.get("PropName", "")
