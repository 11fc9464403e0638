"""The noun `Network`: layers in MATLAB's convention and how they are joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bridge.errors import NetworkError
from bridge.network import connections as joining
from bridge.network.display import html_table, text_table
from bridge.network.layer import Layer, Signal
from bridge.network.services import service
from bridge.suggestions import offered


class Network:
    """A network as the Deep Learning Toolbox has it.

    layers       layers in order; copied. Those without a name get MATLAB's (``lstm``; several: ``lstm_1``, ``lstm_2``).
    connections  pairs of source and destination, ``name`` or ``name/port``; without them each layer feeds the next.

    ``network["lstm"]`` is a layer; its arrays are set there (``network["lstm"].InputWeights = W``). Two networks are
    equal when every name, option, connection and bit of every array is. Raises `NetworkError`, naming the layer, where
    sizes, ports or names do not fit.
    """

    def __init__(self, layers: Iterable[Layer], connections: Iterable[Sequence[str]] | None = None) -> None:
        listed = list(layers)
        for layer in listed:
            if not isinstance(layer, Layer):
                raise NetworkError("", f"a network is made of layers, not of {type(layer).__name__}")
        if not listed:
            raise NetworkError("", "a network needs at least one layer")
        self._layers = {layer.Name: layer for layer in _named(listed)}
        pairs = joining.series(self._layers.values()) if connections is None else [tuple(pair) for pair in connections]
        self._sources = joining.resolved(self._layers, pairs)
        self._order = joining.ordered(self._layers, self._sources)
        self._signals = self._sized()

    def _sized(self) -> dict[str, Signal | None]:
        signals: dict[str, Signal | None] = {}
        for name in self._order:
            layer = self._layers[name]
            signals[name] = layer.output([signals[source] for source in self.feeding(name)])
            signals.update({f"{name}/{port}": signal for port, signal in layer.side_outputs().items()})
        return signals

    # Structure.

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers in the given order."""
        return tuple(self._layers.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names in the given order."""
        return tuple(self._layers)

    @property
    def order(self) -> tuple[str, ...]:
        """The names in an order in which each layer follows its sources."""
        return tuple(self._order)

    @property
    def connections(self) -> tuple[tuple[str, str], ...]:
        """Source and destination of every connection, spelled as MATLAB does, by destination in layer order."""
        return tuple(
            (
                joining.spelled(self._layers, self._sources[name, port], True),
                joining.spelled(self._layers, (name, port), False),
            )
            for name, layer in self._layers.items()
            for port in layer.input_ports
        )

    def sources(self, name: str) -> list[str]:
        """The layers that feed a layer, in the order of its inputs."""
        return [self._sources[name, port][0] for port in self[name].input_ports]

    def feeding(self, name: str) -> list[str]:
        """The signals that feed a layer, in the order of its inputs: a layer's name, or ``name/port``."""
        ports = [self._sources[name, port] for port in self[name].input_ports]
        return [source if port in self[source].output_ports[:1] else f"{source}/{port}" for source, port in ports]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The layers without inputs: where data enter."""
        return tuple(name for name, layer in self._layers.items() if not layer.input_ports)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The layers that feed no other: where predictions leave; ``name/port`` of states that feed none."""
        used = set(self._sources.values())
        return tuple(
            name if k == 0 else f"{name}/{port}"
            for name, layer in self._layers.items()
            for k, port in enumerate(layer.output_ports)
            if (name, port) not in used
        )

    def signal(self, name: str) -> Signal | None:
        """What a layer hands on: channels, and whether over time; None where an unknown layer comes before.

        ``name/port`` is what it hands on by another port than its first.
        """
        return self._signals[name if name in self._signals else self[name].Name]

    @property
    def is_series(self) -> bool:
        """Whether each layer feeds the next and nothing else."""
        return list(self.connections) == joining.series(self.layers)

    # Layers and arrays.

    def __getitem__(self, name: str) -> Layer:
        try:
            return self._layers[name]
        except KeyError:
            raise NetworkError(name, f"is not in this network{offered(name, self._layers)}") from None

    def __iter__(self) -> Iterator[Layer]:
        return iter(self._layers.values())

    def __len__(self) -> int:
        return len(self._layers)

    def __contains__(self, name: object) -> bool:
        return name in self._layers

    def with_(self, changes: Mapping[str, Mapping[str, Any]] | None = None, /, **layers: Mapping[str, Any]) -> Network:
        """A copy with options or arrays of some layers changed: ``net.with_({"lstm": {"OutputMode": "last"}})``."""
        wanted = {**(changes or {}), **layers}
        for name in wanted:
            self[name]
        changed = [layer.replace(**wanted.get(layer.Name, {})) for layer in self]
        if all(layer.Name == old for layer, old in zip(changed, self._layers, strict=True)):
            return Network(changed, self.connections)
        renamed = {old: layer.Name for layer, old in zip(changed, self._layers, strict=True)}
        pairs = [(_respelled(source, renamed), _respelled(sink, renamed)) for source, sink in self.connections]
        return Network(changed, pairs)

    def copy(self) -> Network:
        """An equal network that can be changed on its own."""
        return self.with_()

    # What other rooms do with it.

    def initialize(self, stream: Any = None) -> Network:
        """Draw every learnable that is not set, as MATLAB's `initialize` does, and return the network itself.

        `stream` is a stream of `bridge.matlab.rng`, or a seed; by default seed 0.
        """
        service("initialize")(self, stream)
        return self

    def to_torch(self, *, dtype: Any = None) -> Any:
        """A `torch.nn.Module` of torch's own layers with this network's weights. See `bridge.engines.foreign_torch`."""
        return service("to_torch")(self, dtype)

    # Equality and display.

    def difference(self, other: Network) -> str:
        """What differs first, as a sentence; empty where the networks are equal, bit for bit."""
        if self.names != other.names:
            return f"the layers are {', '.join(self.names)}, not {', '.join(other.names)}"
        for mine, theirs in zip(self, other, strict=True):
            found = mine.difference(theirs)
            if found:
                return found
        return "" if set(self.connections) == set(other.connections) else "the connections differ"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and not self.difference(other)

    __hash__ = None  # type: ignore[assignment]  # networks can change

    def __repr__(self) -> str:
        return text_table(self)

    def _repr_html_(self) -> str:
        return f"<div>{html_table(self)}{self._repr_svg_()}</div>"

    def _repr_svg_(self) -> str:
        drawn: str = service("network_svg")(self)
        return drawn


def _named(layers: Sequence[Layer]) -> list[Layer]:
    """Copies with names: MATLAB numbers those of one kind from 1 where there are several."""
    taken = {layer.Name for layer in layers if layer.Name}
    given = [layer.Name for layer in layers if layer.Name]
    twice = next((name for name in given if given.count(name) > 1), None)
    if twice is not None:
        raise NetworkError(twice, "there are two layers of this name")
    counts: dict[str, int] = {}
    for layer in layers:
        if not layer.Name:
            counts[layer.default_name] = counts.get(layer.default_name, 0) + 1
    numbers: dict[str, int] = {}
    copies = []
    for layer in layers:
        name = layer.Name or layer.default_name
        if not layer.Name and (counts[name] > 1 or name in taken):
            stem = name
            while True:
                numbers[stem] = numbers.get(stem, 0) + 1
                name = f"{stem}_{numbers[stem]}"
                if name not in taken:
                    break
        taken.add(name)
        copy = layer.replace(Name=name)
        object.__setattr__(copy, "_named", True)
        copies.append(copy)
    return copies


def _respelled(text: str, renamed: Mapping[str, str]) -> str:
    if text in renamed:
        return renamed[text]
    name, _, port = text.rpartition("/")
    return f"{renamed[name]}/{port}"


def same(a: Network, b: Network) -> bool:
    """Whether two networks are equal, bit for bit; `a.difference(b)` says what is not."""
    return not a.difference(b)
