"""Classic sections and the generic tree: the same content, of which the tree has the shape of the XML parts.

In classic files the class of an object stands at ``$ClassName`` or, in configuration sets, in place of the section's
name; what XML has as attributes are values like any other; text is quoted, and numbers stand in brackets.
"""

from __future__ import annotations

from bridge.errors import LimitExceeded
from bridge.files.mdl_spelling import is_bare
from bridge.files.mdl_syntax import Node, Value
from bridge.model import Entry, Parameter, Section

# Values that are attributes in XML, by the section they stand in.
_ATTRIBUTES = {
    "Array": ("PropName", "Type", "Dimension"),
    "List": ("ListType",),
    "DialogParameters": ("BlockName",),
    "CustomProperty": ("Name", "DataType"),
}


DEPTH_LIMIT = 100


def entry_of(thing: Node | Value, path: str, inside: str = "", depth: int = 0) -> Entry:
    """The generic tree of a section or a value. `inside` says how values are spelled around it: `_context`."""
    if isinstance(thing, Value):
        return _leaf(thing, inside)
    if depth > DEPTH_LIMIT:
        raise LimitExceeded(path, f"sections are nested more than {DEPTH_LIMIT} deep", f"line {thing.line}")
    handle = inside == "handle" and thing.name != "Object"  # a few classes have no dot in their names
    class_name = thing.name if handle or "." in thing.name else None
    section = Section("Object" if class_name else thing.name)
    context = "set" if class_name else _context(thing.name)
    if class_name and not handle and not any(entry.name == "Version" for entry in thing.entries):
        context = "object"  # a block's own object: values with their class, as where `$ClassName` says it
    if thing.name == "Array" and thing.get("Type") == "Handle":
        context = "handle"
    attributes = _ATTRIBUTES.get(section.name, ())
    for entry in thing.entries:
        if isinstance(entry, Value) and entry.name.startswith("$") and entry.name[1:] not in section.attributes:
            section.attributes[entry.name[1:]] = entry.text
        elif isinstance(entry, Value) and entry.name in attributes and entry.name not in section.attributes:
            section.attributes[entry.name] = entry.text
        elif isinstance(entry, Value) and class_name and entry.name == "Version":
            section.attributes["Version"] = entry.text
        else:
            section.entries.append(entry_of(entry, path, context, depth + 1))
    if class_name:
        section.attributes["ClassName"] = class_name
    dimension = section.attributes.get("Dimension", "")
    if dimension.isdecimal():
        section.attributes["Dimension"] = f"1*{dimension}"
    return section


def section_of(node: Node, path: str) -> Section:
    """The generic tree of a section."""
    entry = entry_of(node, path)
    assert isinstance(entry, Section)
    return entry


def _context(name: str) -> str:
    """How values are spelled in a section: ``object`` (with their class), ``array``, ``struct``, ``set``, or plain."""
    if "." in name:
        return "set"
    return {"Object": "object", "Array": "array", "MATStruct": "struct"}.get(name, "")


def _leaf(value: Value, context: str) -> Entry:
    text, attributes = value.text, {}
    if context in ("object", "array", "handle", "struct"):
        if value.quoted:
            attributes["Class"] = "char"
        elif text.startswith("["):
            attributes["Class"] = "double"
            inner = text[1:-1].strip()
            text = inner if inner and not any(mark in inner for mark in " ,;") else text
    elif context == "set" and text == "[]" and not value.quoted:
        attributes["Class"] = "double"
    if context in ("array", "handle") and value.name == "Cell":
        return Section("Cell", attributes, [], text)
    if context == "struct":
        return Section("Field", {"Name": value.name, **attributes}, [], text)
    return Parameter(value.name, text, attributes)


def node_of(section: Section, inside: str = "") -> Node:
    """The classic section of a generic tree."""
    attributes = dict(section.attributes)
    name = section.name
    handle = name == "Object" and "ClassName" in attributes and ("Version" in attributes or inside == "Handle")
    if handle:
        name = attributes.pop("ClassName")
    attributes.pop("Reference", None)
    node = Node(name)
    if name == "Array":
        node.entries += [
            Value(key, attributes.pop(key), key != "Dimension") for key in ("Type", "Dimension") if key in attributes
        ]
        node.entries = [_dimension(value) for value in node.entries if isinstance(value, Value)]
    elif handle or name == "Object":
        for key in ("PropName", "ObjectID", "BackupClass", "ClassName"):
            if key in attributes:
                node.entries.append(Value(f"${key}", attributes.pop(key), key != "ObjectID"))
        if handle and "Version" in attributes:
            node.entries.append(Value("Version", attributes.pop("Version")))
    for key in [key for key in attributes if key != "PropName"]:
        node.entries.append(Value(key, attributes.pop(key), name != "List"))
    context = "set" if handle else _context(name)
    type_ = section.attributes.get("Type", "") if name == "Array" else ""
    node.entries += [thing_of(entry, context, type_, section.name) for entry in section.entries]
    if "PropName" in attributes:
        node.entries.append(Value("PropName", attributes["PropName"]))
    return node


def _dimension(value: Value) -> Value:
    first, star, second = value.text.partition("*")
    return Value(value.name, second, False) if first == "1" and star and second.isdecimal() else value


def thing_of(entry: Entry, context: str = "", type_: str = "", section: str = "") -> Node | Value:
    """The classic section or value of a generic entry, inside an array of a `type_` or a `section`."""
    if isinstance(entry, Section) and not (context in ("array", "struct") and entry.name in ("Cell", "Field")):
        return node_of(entry, type_)
    name, text = entry.name, entry.value if isinstance(entry, Parameter) else entry.text
    if entry.name == "Field" and context == "struct":
        name = entry.attributes.get("Name", "")
    class_ = entry.attributes.get("Class")
    if class_ is None:
        return Value(name, text, not is_bare(name, text, section))
    if class_ == "char":
        return Value(name, text)
    return Value(name, text if text.startswith("[") else f"[{text}]", False)
