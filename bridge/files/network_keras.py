"""Keras models, ``.keras`` and ``.h5``: their layers as MATLAB's (`keras_layers`), their weights (`keras_weights`).

A ``.keras`` is a zip of ``config.json``, ``metadata.json`` and ``model.weights.h5``; a ``.h5`` is HDF5 with the
configuration as an attribute. Nothing in them is executed: code that a configuration names (Lambda, custom layers) is
refused by the layer's name. A Sequential model is a chain; of a Functional one the calls are followed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge import network as kinds
from bridge import storage
from bridge.errors import FileError, MalformedFile, NetworkError, UnsupportedContent
from bridge.files import hdf5, zip_parts
from bridge.files.keras_layers import Described, layers
from bridge.files.keras_weights import Tree, Variables, variables
from bridge.network import Layer, Network

Path = str | os.PathLike[str]
_WEIGHTS = "model.weights.h5"
_WITHOUT_TIME = ("globalAveragePooling1dLayer", "globalMaxPooling1dLayer")


def matches(head: bytes, path: Path | None = None) -> bool:
    """Whether the file is one of Keras': a zip that begins with its parts, or HDF5 without a MATLAB header."""
    if head.startswith(b"PK\x03\x04"):
        return any(name in head[:120] for name in (b"metadata.json", b"config.json", _WEIGHTS.encode()))
    return head.startswith(hdf5.SIGNATURE)


def read(path: Path) -> Network:
    """The network in a Keras file. Raises `FileError`."""
    content = storage.read_bytes(path)
    try:
        if content.startswith(hdf5.SIGNATURE):
            tree = Tree(content, path)
            config, version = tree.text(tree.root, "model_config"), tree.text(tree.root, "keras_version") or "2"
        else:
            parts = dict(zip_parts.parts(content, path))
            tree = Tree(parts[_WEIGHTS], path)
            config, version = parts["config.json"].decode(), json.loads(parts["metadata.json"])["keras_version"]
        if config is None:
            raise UnsupportedContent(path, "holds weights without a model: save the model, not its weights alone")
        return _network(json.loads(config), tree, int(str(version).partition(".")[0]), path)
    except FileError:
        raise
    except NetworkError as error:
        raise UnsupportedContent(path, str(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise MalformedFile(path, f"is no model of Keras: {line}") from None


def _network(model: Mapping[str, Any], tree: Tree, version: int, path: Path) -> Network:
    kind, config = model["class_name"], model["config"]
    listed = config["layers"] if isinstance(config, Mapping) else config  # a bare list in the first releases
    if kind not in ("Sequential", "Functional", "Model"):
        raise UnsupportedContent(
            path, f"is a {kind}, a class of its author's; Sequential and Functional are understood"
        )
    held = variables(tree, listed)
    build = _Building(held, version)
    if kind == "Sequential":
        build.sequential(listed)
    else:
        build.functional(listed)
    return Network(build.listed, build.pairs)


class _Building:
    def __init__(self, held: Variables, version: int) -> None:
        self.held = held
        self.version = version
        self.listed: list[Layer] = []
        self.pairs: list[tuple[str, str]] = []
        self.ends: dict[str, str] = {}  # by Keras' layer, the last of the layers that it became
        self.ranks: dict[str, int] = {}  # how many axes each layer hands on, sequences included

    def sequential(self, described: Sequence[Mapping[str, Any]]) -> None:
        """A chain of layers; the first may say itself what enters."""
        last = ""
        for each in described:
            shape = _entry(each)
            if shape is not None and not last:
                last = self._input(f"{each['config']['name']}_input" if each["class_name"] != "InputLayer" else
                                   each["config"]["name"], shape)  # fmt: skip
            if each["class_name"] == "InputLayer":
                continue
            if not last:
                raise NetworkError(str(each["config"].get("name")), "comes first, and the file does not say its input")
            last = self._append(each, [last])

    def functional(self, described: Sequence[Mapping[str, Any]]) -> None:
        """Layers and what each is called with."""
        for each in described:
            name = str(each["config"].get("name", each.get("name")))
            if each["class_name"] == "InputLayer":
                shape = _entry(each)
                if shape is None:
                    raise NetworkError(name, "does not say its size")
                self.ends[name] = self._input(name, shape)
                continue
            calls = each["inbound_nodes"]
            if len(calls) != 1:
                raise NetworkError(name, f"is used {len(calls)} times; MATLAB's layers are used once")
            sources = list(_sources(calls[0]))
            if any(source not in self.ends for source in sources) or not sources:
                raise NetworkError(name, "takes something that no layer before it hands on")
            self.ends[name] = self._append(each, [self.ends[source] for source in sources])

    def _input(self, name: str, shape: Sequence[Any]) -> str:
        if len(shape) not in (2, 3) or not isinstance(shape[-1], int):
            raise NetworkError(
                name, f"is of shape {list(shape)}; sequences and features of known channels are understood"
            )
        kind = kinds.SequenceInput if len(shape) == 3 else kinds.FeatureInput
        self.listed.append(kind(shape[-1], Name=name))
        self.ranks[name] = len(shape)
        return name

    def _append(self, each: Mapping[str, Any], sources: Sequence[str]) -> str:
        kind, config = str(each["class_name"]), each["config"]
        name = str(config.get("name"))
        made = _joining(kind, name, config, len(sources))
        if made is None:
            if len(sources) != 1:
                raise NetworkError(name, f"is a {kind} that takes {len(sources)} inputs")
            made = layers(Described(kind, config, self.held.get(name, {}), self.version, self.ranks[sources[0]]))
        last = list(sources)
        for layer in made:
            layer = layer if layer.Name else layer.replace(Name=self._free(f"{name}_{layer.default_name}"))
            ports = layer.input_ports
            named = [layer.Name if len(ports) == 1 else f"{layer.Name}/{port}" for port in ports]
            self.pairs += zip(last, named, strict=True)
            self.listed.append(layer)
            ends = layer.options.get("OutputMode") == "last" or layer.Type in _WITHOUT_TIME
            self.ranks[layer.Name] = 2 if ends else self.ranks[last[0]]
            last = [layer.Name]
        return last[0]

    def _free(self, name: str) -> str:
        taken = {layer.Name for layer in self.listed}
        while name in taken:
            name += "_"
        return name


def _entry(each: Mapping[str, Any]) -> Sequence[Any] | None:
    config = each["config"]
    found = config.get("batch_shape", config.get("batch_input_shape"))
    return found if isinstance(found, list) else None


def _joining(kind: str, name: str, config: Mapping[str, Any], count: int) -> list[Layer] | None:
    if kind in ("Add", "Multiply"):
        return [(kinds.Addition if kind == "Add" else kinds.Multiplication)(count, Name=name)]
    if kind == "Concatenate":
        if config.get("axis", -1) not in (-1, 2):
            raise NetworkError(name, f"joins along axis {config['axis']}, not along the channels")
        return [kinds.Concatenation(1, count, Name=name)]
    return None


def _sources(call: Any) -> Iterator[str]:
    """The layers that a call takes, in both ways of writing it; what else is in it must say nothing."""
    if isinstance(call, Mapping):
        if call.get("class_name") == "__keras_tensor__":
            history = call["config"]["keras_history"]
            if history[1] or history[2]:
                raise NetworkError(str(history[0]), "hands on more than its first output")
            yield str(history[0])
        elif "args" in call:
            used = {key: value for key, value in (call.get("kwargs") or {}).items() if value not in (None, False)}
            if used:
                raise ValueError(f"a call has {', '.join(used)}, which is not understood")
            yield from _sources(call["args"])
    elif isinstance(call, list):
        if len(call) >= 3 and isinstance(call[0], str) and isinstance(call[1], int):  # Keras 2: name, node, tensor
            if call[1] or call[2]:
                raise NetworkError(call[0], "hands on more than its first output")
            if len(call) > 3 and any(value not in (None, False) for value in call[3].values()):
                raise ValueError("a call has arguments that are not understood")
            yield call[0]
        else:
            for each in call:
                yield from _sources(each)
