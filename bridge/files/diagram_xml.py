"""Systems, blocks and lines as the XML parts of a package spell them: reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.errors import LimitExceeded, MalformedFile
from bridge.files.endpoints import endpoint_of_sid, read_port_counts, take_ports_vector
from bridge.files.mask_xml import mask_of_element, take_mask_object
from bridge.files.simulink_xml import collect, section_of
from bridge.model import Annotation, Block, Branch, Endpoint, Line, PortProperties, Section, System
from bridge.model.section import Entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

SYSTEM_DEPTH_LIMIT = 64  # subsystems within subsystems
BRANCH_DEPTH_LIMIT = 2000


class DiagramReader:
    """Reads the systems of one model. `load` finds the part that ``<System Ref="…">`` in another part means.

    It takes the reference and the referring part's name, and returns the other's root element and name.
    """

    def __init__(self, path: str, load: Callable[[str, str], tuple[Element, str]]) -> None:
        self._path = path
        self._load = load

    def system(self, element: Element, part: str, depth: int = 0) -> System:
        """A system with all that is inside."""
        if depth > SYSTEM_DEPTH_LIMIT:
            raise LimitExceeded(self._path, f"subsystems are nested more than {SYSTEM_DEPTH_LIMIT} deep", part)
        reference = element.get("Ref")
        if reference is not None:
            element, part = self._load(reference, part)
        system = System()
        lines = []
        for child in element:
            tag = child.tag
            if tag == "Block":
                system.blocks.append(self._block(child, part, depth))
            elif tag == "Line":
                lines.append(child)
            elif tag == "Annotation":
                system.annotations.append(self._annotation(child))
            else:
                collect(child, system.parameters, system.sections, self._path)
        for block in system.blocks:
            block.parent = system
        names = self._names(system, part)
        for child in lines:
            line = Line()
            self._branch(child, line, names)
            system.lines.append(line)
        return system

    def _names(self, system: System, part: str) -> dict[str, str]:
        names = {block.sid: block.name for block in system.blocks if block.sid is not None}
        if len({block.name for block in system.blocks}) < len(system.blocks):
            raise MalformedFile(self._path, "two blocks of one system have the same name", part)
        if len(names) < sum(block.sid is not None for block in system.blocks):
            raise MalformedFile(self._path, "two blocks of one system have the same SID", part)
        return names

    def _block(self, element: Element, part: str, depth: int) -> Block:
        attributes = dict(element.attrib)
        kind, name = attributes.pop("BlockType", None), attributes.pop("Name", None)
        if kind is None or name is None:
            raise MalformedFile(self._path, "a block has no BlockType or no Name", part)
        block = Block(kind, name, attributes.pop("SID", None), attributes=attributes)
        for child in element:
            tag = child.tag
            if tag == "P":
                collect(child, block.parameters, block.sections, self._path)
            elif tag == "PortCounts":
                block.ports = read_port_counts(child.attrib) if block.ports is None else block.ports
            elif tag == "System":
                if block.subsystem is not None:
                    raise MalformedFile(self._path, f"the block {name!r} has two systems inside", part)
                block.subsystem = self.system(child, part, depth + 1)
                block.subsystem.owner = block
            elif tag == "Mask" and block.own_mask is None:
                block.own_mask = mask_of_element(section_of(child, self._path))
            elif tag == "InstanceData" and not child.attrib:
                rest: list[Entry] = []
                for value in child:
                    collect(value, block.instance_data, rest, self._path)
                if rest:
                    block.sections.append(Section("InstanceData", {}, rest))
            elif tag in ("PortProperties", "Port"):
                self._port_properties(child, block)
            else:
                collect(child, block.parameters, block.sections, self._path)
        take_ports_vector(block)
        take_mask_object(block)
        return block

    def _port_properties(self, element: Element, block: Block) -> None:
        ports = list(element) if element.tag == "PortProperties" else [element]
        for port in ports:
            parameters: dict[str, str] = {}
            rest: list[Entry] = []
            for child in port:
                collect(child, parameters, rest, self._path)
            attributes = dict(port.attrib)
            kind = attributes.pop("Type", "out")
            number = attributes.pop("Index", None) or parameters.pop("PortNumber", "1")
            if rest or attributes or port.tag != "Port" or not number.isdecimal() or len(number) > 6:
                wrapped = section_of(port, self._path)
                block.sections.append(
                    Section("PortProperties", {}, [wrapped]) if element.tag == "PortProperties" else wrapped
                )
            else:
                block.port_properties.append(PortProperties(kind, int(number), parameters))

    def _annotation(self, element: Element) -> Annotation:
        attributes = dict(element.attrib)
        annotation = Annotation(sid=attributes.pop("SID", None), attributes=attributes)
        for child in element:
            collect(child, annotation.parameters, annotation.sections, self._path)
        return annotation

    def _branch(self, element: Element, line: Line, names: dict[str, str]) -> None:
        pending: list[tuple[Element, Branch, int]] = [(element, line, 0)]
        while pending:
            element, piece, depth = pending.pop()
            if depth > BRANCH_DEPTH_LIMIT:
                raise LimitExceeded(self._path, f"branches are nested more than {BRANCH_DEPTH_LIMIT} deep")
            piece.attributes.update(element.attrib)
            for child in element:
                if child.tag == "Branch":
                    branch = Branch()
                    piece.branches.append(branch)
                    pending.append((child, branch, depth + 1))
                else:
                    collect(child, piece.parameters, piece.sections, self._path)
            piece.destination = _endpoint(piece.parameters, "Dst", names)
            if isinstance(piece, Line):
                piece.source = _endpoint(piece.parameters, "Src", names)


def _endpoint(parameters: dict[str, str], key: str, names: dict[str, str]) -> Endpoint | None:
    """The endpoint at `key`, taken out of the parameters. One that means no block of the system stays, as written."""
    endpoint = endpoint_of_sid(parameters.get(key, ""), names)
    if endpoint is not None:
        del parameters[key]
    return endpoint
