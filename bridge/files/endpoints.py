"""Ports in a file's spelling: counts as a vector or by name, endpoints with an SID or with a block's name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bridge.model import PORT_KINDS, Block, Endpoint

_KINDS = {kind.lower(): kind for kind in PORT_KINDS}
_NUMBERED = ("in", "out", "lconn", "rconn")
_CLASSIC_PORT = re.compile(r"([A-Za-z]*)(\d{0,6})")


def read_port_counts(counts: Mapping[str, str]) -> dict[str, int] | None:
    """The counts in ``<PortCounts in="2" out="1"/>``; None where one is not a number."""
    if not all(count.isdecimal() and len(count) < 7 for count in counts.values()):
        return None
    return {_KINDS.get(kind.lower(), kind): int(count) for kind, count in counts.items() if int(count)}


def ports_of_vector(text: str) -> dict[str, int] | None:
    """The counts in ``[2, 1, 0, 1]``, whose places have the meanings of `PORT_KINDS`; None where it is no such list."""
    words = text.strip("[] ").replace(",", " ").split()
    if len(words) > len(PORT_KINDS) or not all(word.isdecimal() and len(word) < 7 for word in words):
        return None
    return {kind: int(word) for kind, word in zip(PORT_KINDS, words, strict=False) if int(word)}


def vector_of_ports(ports: Mapping[str, int]) -> str:
    """``[2, 1]``, without trailing zeros."""
    counts = [ports.get(kind, 0) for kind in PORT_KINDS]
    while counts and counts[-1] == 0:
        counts.pop()
    return "[" + ", ".join(map(str, counts)) + "]"


def take_ports_vector(block: Block) -> None:
    """Turn a block's parameter ``Ports``, the spelling up to R2022a, into its counts."""
    counts = ports_of_vector(block.parameters.get("Ports", "?"))
    if counts is not None and block.ports is None:
        del block.parameters["Ports"]
        block.ports = counts


def endpoint_of_sid(text: str, names: Mapping[str, str]) -> Endpoint | None:
    """The endpoint in ``236:2#in:1``, or None if it means no block in `names` (by SID)."""
    sid, _, port = text.rpartition("#")
    kind, _, number = port.partition(":")
    name = names.get(sid)
    if name is None or not kind or not (number or "1").isdecimal() or len(number) > 6:
        return None
    endpoint = Endpoint(name, kind, int(number or 1))
    return endpoint if endpoint.number and endpoint_with_sid(endpoint, sid) == text else None


def endpoint_with_sid(endpoint: Endpoint, sid: str) -> str:
    """``236:2#in:1``; ports of which a block has only one go without a number."""
    if endpoint.kind in _NUMBERED or endpoint.number > 1:
        return f"{sid}#{endpoint.kind}:{endpoint.number}"
    return f"{sid}#{endpoint.kind}"


def endpoint_of_classic(block: str, port: str, kind: str) -> Endpoint | None:
    """The endpoint of ``DstBlock "Sum"``, ``DstPort 2``: a number is of `kind`; else ``enable``, ``LConn1``, …"""
    match = _CLASSIC_PORT.fullmatch(port)
    if match is None:
        return None
    word, number = match.groups()
    found = _KINDS.get(word.lower(), word) if word else kind
    endpoint = Endpoint(block, found, int(number or 1))
    return endpoint if endpoint.number and classic_port(endpoint, kind).lower() == port.lower() else None


def classic_port(endpoint: Endpoint, kind: str) -> str:
    """What stands at ``DstPort`` (`kind` ``in``) or ``SrcPort`` (`kind` ``out``)."""
    if endpoint.kind == kind:
        return str(endpoint.number)
    word = {"lconn": "LConn", "rconn": "RConn"}.get(endpoint.kind, endpoint.kind)
    return f"{word}{endpoint.number}" if endpoint.kind in _NUMBERED or endpoint.number > 1 else word
