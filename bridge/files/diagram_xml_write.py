"""Systems, blocks and lines as the XML parts of a package spell them: writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.errors import ModelError
from bridge.files.endpoints import endpoint_with_sid, vector_of_ports
from bridge.files.mask_xml import element_of_mask, object_of_mask
from bridge.files.releases import MASK_ELEMENT, PORT_ELEMENTS, reached
from bridge.files.simulink_xml import Lines
from bridge.model import PORT_KINDS, Annotation, Block, Branch, Endpoint, Line, System


class DiagramWriter:
    """Writes systems in the form of one release.

    `sids` has the SID of every block of the model, by identity. `refer` takes a subsystem and returns the reference
    under which it will stand in a part of its own, or None if it is to stand within its block.
    `new_id` gives numbers that no other object of the model has.
    """

    def __init__(
        self,
        release: str | None,
        sids: Mapping[int, str],
        refer: Callable[[Block, System], str | None],
        new_id: Callable[[], int],
    ) -> None:
        self._port_elements = reached(release, PORT_ELEMENTS)
        self._mask_element = reached(release, MASK_ELEMENT)
        self._sids = sids
        self._refer = refer
        self._new_id = new_id

    def system(self, system: System, out: Lines) -> None:
        """The whole ``<System>`` element."""
        out.begin("System")
        out.own(system.parameters, system.sections)
        for block in system.blocks:
            self._block(block, out)
        sids = {block.name: self._sids[id(block)] for block in system.blocks}
        for line in system.lines:
            try:
                self._line(line, sids, out)
            except KeyError as error:
                raise ModelError(system.path, f"a line ends at {error}, which is no block here") from None
        for annotation in system.annotations:
            _annotation(annotation, out)
        out.end("System")

    def _block(self, block: Block, out: Lines) -> None:
        identity = {"BlockType": block.kind, "Name": block.name, "SID": self._sids[id(block)]}
        out.begin("Block", {**identity, **block.attributes})
        self._ports(block, out)
        out.own(block.parameters, block.sections)
        if block.own_mask is not None:
            if self._mask_element:
                out.entry(element_of_mask(block.own_mask))
            else:
                out.entry(object_of_mask(block.own_mask, self._new_id))
        if block.instance_data:
            out.begin("InstanceData")
            out.parameters(block.instance_data)
            out.end("InstanceData")
        self._port_properties(block, out)
        if block.subsystem is not None:
            reference = self._refer(block, block.subsystem)
            if reference is None:
                self.system(block.subsystem, out)
            else:
                out.leaf("System", {"Ref": reference})
        out.end("Block")

    def _ports(self, block: Block, out: Lines) -> None:
        if block.ports is None:
            return
        if self._port_elements or not block.ports.keys() <= set(PORT_KINDS):
            out.leaf("PortCounts", {kind: str(count) for kind, count in block.ports.items()})
        else:
            out.parameter("Ports", vector_of_ports(block.ports))

    def _port_properties(self, block: Block, out: Lines) -> None:
        old = [] if self._port_elements else [port for port in block.port_properties if port.kind == "out"]
        for port in old:
            out.begin("Port")
            out.parameter("PortNumber", str(port.number))
            out.parameters(port.parameters)
            out.end("Port")
        if len(old) == len(block.port_properties):
            return
        out.begin("PortProperties")
        for port in block.port_properties:
            if port not in old:
                out.begin("Port", {"Type": port.kind, "Index": str(port.number)})
                out.parameters(port.parameters)
                out.end("Port")
        out.end("PortProperties")

    def _line(self, line: Line, sids: Mapping[str, str], out: Lines) -> None:
        """A line with its branches, without recursion: they may nest deeper than Python calls."""
        pending: list[Branch | None] = [line]
        tags: list[str] = []
        while pending:
            piece = pending.pop()
            if piece is None:
                out.end(tags.pop())
                continue
            tag = "Line" if isinstance(piece, Line) else "Branch"
            tags.append(tag)
            out.begin(tag, piece.attributes)
            _piece(piece, sids, out)
            pending.append(None)
            pending.extend(reversed(piece.branches))


def _piece(piece: Branch, sids: Mapping[str, str], out: Lines) -> None:
    # The order in which Simulink writes them: what is drawn comes between the two ends.
    label = {name: text for name, text in piece.parameters.items() if name in ("Name", "ZOrder", "Labels")}
    rest = {name: text for name, text in piece.parameters.items() if name not in label}
    out.own(label, [entry for entry in piece.sections if entry.name in (*label, "Src", "Dst")])
    if isinstance(piece, Line) and piece.source is not None:
        out.parameter("Src", _endpoint(piece.source, sids))
    out.own(rest, [entry for entry in piece.sections if entry.name not in (*label, "Src", "Dst")])
    if piece.destination is not None:
        out.parameter("Dst", _endpoint(piece.destination, sids))


def _endpoint(endpoint: Endpoint, sids: Mapping[str, str]) -> str:
    return endpoint_with_sid(endpoint, sids[endpoint.block])


def _annotation(annotation: Annotation, out: Lines) -> None:
    sid = {"SID": annotation.sid} if annotation.sid is not None else {}
    out.begin("Annotation", {**sid, **annotation.attributes})
    out.own(annotation.parameters, annotation.sections)
    out.end("Annotation")
