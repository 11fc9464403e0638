"""How layers are joined: sources and destinations as MATLAB writes them, ``name`` or ``name/port``, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from bridge.errors import NetworkError
from bridge.network.layer import Layer
from bridge.suggestions import offered

Port = tuple[str, str]
"""A layer's name and a port's."""


def series(layers: Iterable[Layer]) -> list[tuple[str, str]]:
    """Each layer joined to the one before it."""
    names = [layer.Name for layer in layers]
    return list(pairwise(names))


def resolved(layers: Mapping[str, Layer], connections: Iterable[Sequence[str]]) -> dict[Port, Port]:
    """The source of every input. Raises `NetworkError` for a port that is not there, taken twice or left open."""
    sources: dict[Port, Port] = {}
    for connection in connections:
        if len(connection) != 2:
            raise NetworkError("", f"a connection is a source and a destination, not {connection!r}")
        source = _port(layers, str(connection[0]), out=True)
        destination = _port(layers, str(connection[1]), out=False)
        if destination in sources:
            raise NetworkError(destination[0], f"two layers are connected to its input '{destination[1]}'")
        sources[destination] = source
    for name, layer in layers.items():
        for port in layer.input_ports:
            if (name, port) not in sources:
                raise NetworkError(name, f"nothing is connected to its input '{port}'")
    return sources


def _port(layers: Mapping[str, Layer], text: str, out: bool) -> Port:
    name, port = text, ""
    if name not in layers:
        name, _, port = text.rpartition("/")
    if name not in layers:
        raise NetworkError("", f"a connection names '{text}', which is no layer{offered(name, layers)}")
    ports = layers[name].output_ports if out else layers[name].input_ports
    kind = "output" if out else "input"
    if not port:
        if not ports:
            raise NetworkError(name, f"has no {kind}, but a connection names one")
        port = ports[0]
    if port not in ports:
        raise NetworkError(name, f"has no {kind} '{port}'{offered(port, ports, 'it has')}")
    return name, port


def spelled(layers: Mapping[str, Layer], port: Port, out: bool) -> str:
    """A port as MATLAB's table of connections spells it."""
    name, own = port
    ports = layers[name].output_ports if out else layers[name].input_ports
    return name if len(ports) == 1 else f"{name}/{own}"


def ordered(layers: Mapping[str, Layer], sources: Mapping[Port, Port]) -> list[str]:
    """The layers in an order in which each follows its sources, as near to the given one as can be."""
    done: dict[str, None] = {}
    entered: list[str] = []

    def enter(name: str) -> None:
        # An explicit stack, since networks are deeper than Python's recursion.
        stack = [(name, iter(_feeding(layers, sources, name)))]
        entered.append(name)
        while stack:
            current, feeding = stack[-1]
            following = next(feeding, None)
            if following is None:
                stack.pop()
                entered.remove(current)
                done[current] = None
            elif following in entered:
                cycle = entered[entered.index(following) :]
                raise NetworkError(following, f"the connections form a circle: {' <- '.join([*cycle, following])}")
            elif following not in done:
                stack.append((following, iter(_feeding(layers, sources, following))))
                entered.append(following)

    for name in layers:
        if name not in done:
            enter(name)
    return list(done)


def _feeding(layers: Mapping[str, Layer], sources: Mapping[Port, Port], name: str) -> list[str]:
    return [sources[name, port][0] for port in layers[name].input_ports]
