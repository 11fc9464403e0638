"""From the model to the text of a classic .mdl file."""

from __future__ import annotations

from itertools import count
from typing import TypeGuard

from bridge.files import block_defaults
from bridge.files.configuration_sets import inline_section
from bridge.files.endpoints import classic_port, vector_of_ports
from bridge.files.mask_xml import object_of_mask
from bridge.files.mdl_charts import flat_of_tree
from bridge.files.mdl_records import DATA_FOLDER, REFERENCE, records
from bridge.files.mdl_spelling import is_bare
from bridge.files.mdl_syntax import Node, Value
from bridge.files.mdl_tree import node_of, thing_of
from bridge.files.object_trees import object_numbers
from bridge.files.releases import version_of
from bridge.model import PORT_KINDS, Block, Branch, Endpoint, Line, Model, Parameter, Section, System
from bridge.model.section import Entry


def sections_of_model(model: Model) -> list[Node]:
    """The sections at the top of the classic file that says what a model says, as far as that form can."""
    return _Writer(model).sections()


class _Writer:
    def __init__(self, model: Model) -> None:
        self._model = model
        numbers = count(1 + max(object_numbers(model), default=0))
        self._new_object = lambda: next(numbers)

    def sections(self) -> list[Node]:
        model = self._model
        top = Node(model.kind, [Value("Name", model.name)])
        if "Version" not in model.parameters:
            top.entries.append(Value("Version", version_of(model.release), False))
        top.entries += self._own(model.parameters, [entry for entry in model.sections if not _is_top(entry)])
        if model.configurations:
            configurations = inline_section(model, self._new_object)
            top.entries += [thing_of(entry, type_="Handle") for entry in configurations.entries]
        others = [section for section in model.other_defaults if section.name != block_defaults.NAME]
        for section in [*others, *block_defaults.defaults_section(model)]:
            top.entries.append(_defaults(section))
        top.entries.append(self._system(model.root, model.name))
        nodes = [top, *records(model)]
        if model.stateflow is not None:
            nodes.append(flat_of_tree(model.stateflow, model.name))
        for entry in model.sections:
            if isinstance(entry, Section) and _is_top(entry):
                nodes += [node_of(section) for section in entry.sections()]
        return nodes

    def _own(self, parameters: dict[str, str], sections: list[Entry]) -> list[Node | Value]:
        """Parameters and nested content. Values that are repeated come first: of two the last counts."""
        repeated = [self._leaf(entry) for entry in sections if _is_value(entry) and self._is_there(entry)]
        nested = [node_of(entry) for entry in sections if isinstance(entry, Section)]
        return [*repeated, *map(_value, parameters.items()), *nested]

    def _is_there(self, entry: Parameter) -> bool:
        """Whether the data are in the model that an entry refers to, if it does."""
        reference = entry.attributes.get("Ref")
        if reference is None:
            return True
        part = f"{DATA_FOLDER}{reference.removeprefix(REFERENCE)}.mxarray"
        return reference.startswith(REFERENCE) and part in self._model.parts

    def _leaf(self, entry: Parameter) -> Value:
        """A value with attributes: a reference to binary data becomes the tag of its record."""
        reference = entry.attributes.get("Ref", "")
        if reference.startswith(REFERENCE):
            return Value(entry.name, reference.removeprefix(REFERENCE))
        value = thing_of(entry, "object" if "Class" in entry.attributes else "")
        assert isinstance(value, Value)
        return value

    def _system(self, system: System, name: str) -> Node:
        node = Node("System", [Value("Name", system.parameters.get("Name", name))])
        own = {key: text for key, text in system.parameters.items() if key != "Name"}
        node.entries += self._own(own, system.sections)
        node.entries += [self._block(block) for block in system.blocks]
        node.entries += [self._line(line) for line in system.lines]
        for note in system.annotations:
            sid = [Value("SID", note.sid)] if note.sid is not None else []
            node.entries.append(Node("Annotation", [*sid, *self._own(note.parameters, note.sections)]))
        return node

    def _block(self, block: Block) -> Node:
        node = Node("Block", [_value(("BlockType", block.kind)), Value("Name", block.name)])
        if block.sid is not None:
            node.entries.append(Value("SID", block.sid))
        if block.ports is not None:
            known = {kind: number for kind, number in block.ports.items() if kind in PORT_KINDS}
            node.entries.append(Value("Ports", vector_of_ports(known), False))
        # What follows the source of a link is taken for its instance data.
        source = {key: block.parameters[key] for key in ("SourceBlock", "SourceType") if key in block.parameters}
        own = {key: text for key, text in block.parameters.items() if block.kind != "Reference" or key not in source}
        repeated = [entry for entry in block.sections if entry.name == "InstanceData"]
        node.entries += self._own(own, [entry for entry in block.sections if entry not in repeated])
        if block.own_mask is not None:
            mask = object_of_mask(block.own_mask, self._new_object)
            mask.entries = [entry for entry in mask.entries if entry.name in ("Object", "Array") or _is_value(entry)]
            node.entries.append(node_of(mask))
        for port in block.port_properties:
            number = Value("PortNumber", str(port.number), False)
            node.entries.append(Node("Port", [number, *map(_value, port.parameters.items())]))
        if block.kind == "Reference":
            node.entries += map(_value, source.items())
        for entry in repeated:
            node.entries += [self._leaf(value) for value in getattr(entry, "entries", []) if _is_value(value)]
        node.entries += map(_value, block.instance_data.items())
        if block.subsystem is not None:
            node.entries.append(self._system(block.subsystem, block.name))
        return node

    def _line(self, line: Line) -> Node:
        top = Node("Line")
        pending: list[tuple[Branch, Node]] = [(line, top)]
        while pending:
            piece, node = pending.pop()
            node.entries += map(_value, piece.attributes.items())
            first = {key: text for key, text in piece.parameters.items() if key in ("Name", "ZOrder", "Labels")}
            rest = {key: text for key, text in piece.parameters.items() if key not in first}
            node.entries += map(_value, first.items())
            if isinstance(piece, Line) and piece.source is not None:
                node.entries += _ends(piece.source, "Src", "out")
            node.entries += self._own(rest, piece.sections)
            for branch in piece.branches:
                child = Node("Branch")
                node.entries.append(child)
                pending.append((branch, child))
            if piece.destination is not None:
                node.entries += _ends(piece.destination, "Dst", "in")
        return top


def _defaults(section: Section) -> Node:
    """A section of defaults. The kind of a block is a value like any other; nothing else has attributes here."""
    values = [(entry.name, entry.value) for entry in section.entries if _is_value(entry)]
    node = Node(section.name, [Value(*item, not is_bare(*item, section.name)) for item in values])
    for block in section.sections("Block"):
        kind = _value(("BlockType", block.attributes.get("BlockType", "")))
        node.entries.append(Node("Block", [kind, *map(_value, block.parameters.items())]))
    return node


def _is_top(entry: Entry) -> bool:
    return isinstance(entry, Section) and entry.name == "ModelInformation"


def _is_value(entry: Entry) -> TypeGuard[Parameter]:
    return isinstance(entry, Parameter)


def _value(item: tuple[str, str]) -> Value:
    return Value(*item, not is_bare(*item))


def _ends(endpoint: Endpoint, key: str, kind: str) -> list[Value]:
    port = classic_port(endpoint, kind)
    return [Value(f"{key}Block", endpoint.block), Value(f"{key}Port", port, False)]
