"""From the sections of a classic .mdl file to the model."""

from __future__ import annotations

from collections import Counter

from bridge.errors import LimitExceeded, MalformedFile
from bridge.files.block_defaults import NAME, OTHERS, add_defaults, keep_aside
from bridge.files.configuration_sets import take_inline
from bridge.files.endpoints import endpoint_of_classic, take_ports_vector
from bridge.files.mask_xml import take_mask_object
from bridge.files.mdl_charts import tree_of_flat
from bridge.files.mdl_records import attach_records
from bridge.files.mdl_syntax import Node, Value
from bridge.files.mdl_tree import entry_of, section_of
from bridge.files.object_trees import nested_sections
from bridge.files.releases import release_of
from bridge.model import Annotation, Block, Branch, Endpoint, Line, Model, Parameter, PortProperties, Section, System
from bridge.model.section import Entry

RECORDS = ("MatData", "MatResources")
KINDS = ("Model", "Library", "Subsystem")
SYSTEM_DEPTH_LIMIT = 64
BRANCH_DEPTH_LIMIT = 2000


def model_of_sections(nodes: list[Node], path: str, name: str) -> Model:
    """The model that the sections at the top of a file describe. `name` is its name if the file gives none."""
    top = next((node for node in nodes if node.name in KINDS), None)
    if top is None:
        raise MalformedFile(path, "there is no Model or Library section")
    model = Model(name, kind=top.name, format="mdl")
    _Reader(path).model(top, model)
    _mark_references(model)
    others = [node for node in nodes if node is not top]
    attach_records(model, [node for node in others if node.name in RECORDS], path)
    for node in others:
        if node.name == "Stateflow" and model.stateflow is None:
            model.stateflow = tree_of_flat(node, model.name, path)
        elif node.name not in RECORDS:
            model.sections.append(Section("ModelInformation", {}, [section_of(node, path)]))
    return model


class _Reader:
    def __init__(self, path: str) -> None:
        self._path = path

    def model(self, top: Node, model: Model) -> None:
        configurations = Section("ConfigurationSet")
        for entry in top.entries:
            if isinstance(entry, Value):
                if entry.name == "Name":
                    model.name = entry.text
                elif entry.name == "Version" and model.release is None and release_of(entry.text):
                    model.release = release_of(entry.text)
                else:
                    _put(entry, model.parameters, model.sections, self._path)
            elif entry.name == "System":
                model.root = self.system(entry, model.name)
                model.root.owner = model
            elif entry.name == NAME:
                self._defaults(entry, model)
            elif entry.name in OTHERS:
                model.other_defaults.append(section_of(entry, self._path))
            elif entry.get("PropName") == "ConfigurationSets" or entry.get("$PropName") == "ActiveConfigurationSet":
                configurations.entries.append(section_of(entry, self._path))
            else:
                model.sections.append(section_of(entry, self._path))
        if configurations.entries:
            take_inline(model, configurations)

    def _defaults(self, node: Node, model: Model) -> None:
        for entry in node.entries:
            kind = entry.get("BlockType") if isinstance(entry, Node) and entry.name == "Block" else ""
            if not kind or isinstance(entry, Value):
                keep_aside(model, entry_of(entry, self._path))
                continue
            values: dict[str, str] = {}
            rest: list[Entry] = []
            for value in entry.entries:
                if value.name != "BlockType":
                    _put(value, values, rest, self._path)
            add_defaults(model, kind, values, rest)

    def system(self, node: Node, name: str, depth: int = 0) -> System:
        """A system with all that is inside. `name` is the block's, or the model's, which the section repeats."""
        if depth > SYSTEM_DEPTH_LIMIT:
            raise LimitExceeded(
                self._path, f"subsystems are nested more than {SYSTEM_DEPTH_LIMIT} deep", f"line {node.line}"
            )
        system = System()
        lines = []
        for entry in node.entries:
            if isinstance(entry, Value):
                if entry.name != "Name" or entry.text != name:
                    _put(entry, system.parameters, system.sections, self._path)
            elif entry.name == "Block":
                block = self._block(entry, depth)
                block.parent = system
                system.blocks.append(block)
            elif entry.name == "Line":
                lines.append(entry)
            elif entry.name == "Annotation":
                annotation = Annotation()
                for value in entry.entries:
                    _put(value, annotation.parameters, annotation.sections, self._path)
                annotation.sid = annotation.parameters.pop("SID", None)
                system.annotations.append(annotation)
            else:
                system.sections.append(section_of(entry, self._path))
        names = {block.name for block in system.blocks}
        if len(names) < len(system.blocks):
            raise MalformedFile(self._path, "two blocks of one system have the same name", f"line {node.line}")
        _drop_shared_sids(system)
        for entry in lines:
            line = Line()
            self._branch(entry, line, names)
            system.lines.append(line)
        return system

    def _block(self, node: Node, depth: int) -> Block:
        kind, name = node.get("BlockType"), node.get("Name")
        if not kind or not any(entry.name == "Name" for entry in node.entries):
            raise MalformedFile(self._path, "a block has no BlockType or no Name", f"line {node.line}")
        block = Block(kind, name)
        linked = False
        rest: list[Entry] = []
        for entry in node.entries:
            if isinstance(entry, Value):
                if entry.name == "SID" and block.sid is None:
                    block.sid = entry.text
                elif linked:  # after its source a link lists the values for the library block's parameters
                    _put(entry, block.instance_data, rest, self._path)
                elif entry.name not in ("BlockType", "Name"):
                    _put(entry, block.parameters, block.sections, self._path)
                linked = linked or (kind == "Reference" and entry.name == "SourceType")
            elif entry.name == "System":
                if block.subsystem is not None:
                    raise MalformedFile(self._path, f"the block {name!r} has two systems inside", f"line {entry.line}")
                block.subsystem = self.system(entry, name, depth + 1)
                block.subsystem.owner = block
            elif entry.name == "Port" and all(isinstance(value, Value) for value in entry.entries):
                block.port_properties.append(_port_properties(entry))
            else:
                block.sections.append(section_of(entry, self._path))
        if rest:
            block.sections.append(Section("InstanceData", {}, rest))
        take_ports_vector(block)
        take_mask_object(block)
        return block

    def _branch(self, node: Node, line: Line, names: set[str]) -> None:
        pending: list[tuple[Node, Branch, int]] = [(node, line, 0)]
        while pending:
            node, piece, depth = pending.pop()
            if depth > BRANCH_DEPTH_LIMIT:
                raise LimitExceeded(self._path, f"branches are nested more than {BRANCH_DEPTH_LIMIT} deep")
            for entry in node.entries:
                if isinstance(entry, Node) and entry.name == "Branch":
                    branch = Branch()
                    piece.branches.append(branch)
                    pending.append((entry, branch, depth + 1))
                else:
                    _put(entry, piece.parameters, piece.sections, self._path)
            for name in ("LineType", "ConnectType"):
                if name in piece.parameters:
                    piece.attributes[name] = piece.parameters.pop(name)
            piece.destination = _endpoint(piece.parameters, "Dst", "in", names)
            if isinstance(piece, Line):
                piece.source = _endpoint(piece.parameters, "Src", "out", names)


def _mark_references(model: Model) -> None:
    """Mark the objects that only repeat another's number: packages say so, classic files leave them empty."""
    objects = [section for section in nested_sections(model) if section.attributes.get("ObjectID")]
    defined = {section.attributes["ObjectID"] for section in objects if section.entries}
    for section in objects:
        if section.name == "Object" and not section.entries and section.attributes["ObjectID"] in defined:
            section.attributes["Reference"] = "true"


def _drop_shared_sids(system: System) -> None:
    """R2010a gives every block inside a MATLAB Function the SID of the block around: that identifies none of them."""
    count = Counter(block.sid for block in system.blocks)
    for block in system.blocks:
        if count[block.sid] > 1:
            block.sid = None


def _put(entry: Node | Value, parameters: dict[str, str], sections: list[Entry], path: str) -> None:
    """Put a value into `parameters`. Of values with one name the last counts; the others are kept in `sections`."""
    if isinstance(entry, Node):
        sections.append(section_of(entry, path))
        return
    if entry.name in parameters:
        sections.append(Parameter(entry.name, parameters[entry.name]))
    parameters[entry.name] = entry.text


def _port_properties(node: Node) -> PortProperties:
    parameters = {entry.name: entry.text for entry in node.entries if isinstance(entry, Value)}
    number = parameters.get("PortNumber", "1")
    if number.isdecimal() and len(number) < 7:
        parameters.pop("PortNumber", None)
        return PortProperties("out", int(number), parameters)
    return PortProperties("out", 1, parameters)


def _endpoint(parameters: dict[str, str], key: str, kind: str, names: set[str]) -> Endpoint | None:
    """The endpoint at ``DstBlock`` and ``DstPort``, taken out of the parameters; if it means no block, it stays."""
    block, port = parameters.get(f"{key}Block"), parameters.get(f"{key}Port")
    if block is None or port is None or block not in names:
        return None
    endpoint = endpoint_of_classic(block, port, kind)
    if endpoint is not None:
        del parameters[f"{key}Block"], parameters[f"{key}Port"]
    return endpoint
