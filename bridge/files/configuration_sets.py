"""Configuration sets that stand in the model itself: in packages up to R2014b and in classic files."""

from __future__ import annotations

from collections.abc import Callable

from bridge.files.object_trees import entry_name
from bridge.model import Entry, Model, Section


def take_inline(model: Model, section: Section) -> None:
    """The configuration sets that stand in the model itself, as up to R2014b and in classic files."""
    sets: list[Section] = []
    active = None
    rest: list[Entry] = []
    for entry in section.entries:
        name = entry_name(entry)
        if isinstance(entry, Section) and name == "ConfigurationSets" and not sets:
            sets = list(entry.sections())
        elif isinstance(entry, Section) and name == "ActiveConfigurationSet" and active is None:
            active = entry.attributes.get("ObjectID")
        else:
            rest.append(entry)
    numbers = [set_.attributes.get("ObjectID") for set_ in sets]
    if rest or (active is not None and active not in numbers):
        model.sections.append(section)
        return
    model.configurations += sets
    model.active_configuration = numbers.index(active) if active is not None else 0


def inline_section(model: Model, new_id: Callable[[], int]) -> Section:
    """The configuration sets as they stand in the model itself, up to R2014b and in classic files."""
    sets: list[Entry] = []
    for section in model.configurations:
        number = section.attributes.get("ObjectID") or str(new_id())
        sets.append(Section(section.name, {**section.attributes, "ObjectID": number}, section.entries, section.text))
    attributes = {"PropName": "ConfigurationSets", "Type": "Handle", "Dimension": f"1*{len(sets)}"}
    element = Section("ConfigurationSet", {}, [Section("Array", attributes, sets)])
    if model.configuration is not None:
        active = sets[model.active_configuration].attributes
        same = {key: text for key, text in active.items() if key in ("ObjectID", "ClassName")}
        element.entries.append(Section("Object", {"PropName": "ActiveConfigurationSet", "Reference": "true", **same}))
    return element
