"""Binary data in classic files: records at the end, in the alphabet of uuencode, that a value refers to by a tag.

A record is what a part of a package holds: the tag ``DataTag0`` means the part ``simulink/bdmxdata/DataTag0.mxarray``.
"""

from __future__ import annotations

from bridge.files.mdl_syntax import Node, Value
from bridge.files.mdl_tree import entry_of
from bridge.model import Model, Parameter, Part, Relationship, Section
from bridge.model.section import Entry

DATA_FOLDER = "simulink/bdmxdata/"
DATA_TYPE = "application/vnd.mathworks.matlab.mxarray+binary"
_DATA_RELATIONSHIP = "http://schemas.mathworks.com/simulinkModel/2015/relationships/modelMxArray"
REFERENCE = "bdmxdata:"
_MAIN = "simulink/blockdiagram.xml"


def unpack(text: str) -> bytes | None:
    """The bytes in a record: four characters from space to underscore are three bytes. None if it is none such."""
    if len(text) % 4 == 1 or any(not " " <= character <= "`" for character in set(text)):
        return None
    import binascii

    padded = text + " " * (-len(text) % 4)
    lines = [padded[at : at + 60] for at in range(0, len(padded), 60)]
    content = b"".join(binascii.a2b_uu(chr(32 + len(line) * 3 // 4) + line) for line in lines)
    return content[: len(text) * 3 // 4]


def pack(content: bytes) -> str:
    """The record that holds `content`: without what would only fill up the last four characters."""
    import binascii

    lines = [binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)]
    text = b"".join(line[1:].rstrip(b"\n") for line in lines).decode("ascii")
    return text[: -(-len(content) * 4 // 3)].replace("`", " ")


def attach_records(model: Model, nodes: list[Node], path: str) -> None:
    """Turn the records in ``MatData`` and ``MatResources`` into parts, and values that name them into references."""
    tags = set()
    for node in nodes:
        for record in node.entries:
            if isinstance(record, Value):  # NumRecords
                continue
            content = unpack(record.get("Data"))
            name = record.get("Path").removeprefix("/") or f"{DATA_FOLDER}{record.get('Tag')}.mxarray"
            if content is None or name in model.parts or len(record.entries) != 2:
                broken = Section(node.name, {}, [entry_of(record, path)])
                model.sections.append(Section("ModelInformation", {}, [broken]))
            elif node.name == "MatData":
                tags.add(record.get("Tag"))
                model.parts[name] = Part(content, DATA_TYPE)
                model.relationships.append(Relationship(_MAIN, record.get("Tag"), _DATA_RELATIONSHIP, name))
            else:
                model.parts[name] = Part(content, "image/png" if name.endswith(".png") else None)
    if tags:
        _refer(model.parameters, model.sections, tags)
        for _, block in model.all_blocks():
            _refer(block.parameters, block.sections, tags)


def _refer(parameters: dict[str, str], sections: list[Entry], tags: set[str]) -> None:
    for name in [name for name, text in parameters.items() if text in tags]:
        sections.append(Parameter(name, "", {"Ref": REFERENCE + parameters.pop(name)}))
    pending = [entry for entry in sections if isinstance(entry, Section)]
    while pending:
        for entry in pending.pop().entries:
            if isinstance(entry, Section):
                pending.append(entry)
            elif entry.value in tags and entry.attributes == {"Class": "char"}:
                entry.attributes = {"Ref": REFERENCE + entry.value}
                entry.value = ""


def records(model: Model) -> list[Node]:
    """The sections that hold the binary data of a model, as far as classic files have a place for it."""
    data, resources = Node("MatData"), Node("MatResources")
    for name, part in model.parts.items():
        text = Value("Data", pack(part.content))
        if name.startswith(DATA_FOLDER) and name.endswith(".mxarray"):
            tag = name.removeprefix(DATA_FOLDER).removesuffix(".mxarray")
            data.entries.append(Node("DataRecord", [Value("Tag", tag, False), text]))
        elif name.startswith("simulink/resources/"):
            resources.entries.append(Node("ResourceRecord", [Value("Path", f"/{name}", False), text]))
    nodes = [node for node in (data, resources) if node.entries]
    for node in nodes:
        node.entries.insert(0, Value("NumRecords", str(len(node.entries)), False))
    return nodes
