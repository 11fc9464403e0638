"""What the verbs have in common where the thing is a network: which one, its input, its results."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.errors import FileError, LayoutError, UnsupportedLayer, UsageError
from bridge.network import ClassificationOutput, Network, ShallowNetwork, UnknownLayer
from bridge.suggestions import offered

_USUAL = ("u", "x", "X", "input", "XTest", "XTrain")


def is_network_file(path: str) -> bool:
    """Whether a file is of a kind that holds networks, not diagrams."""
    from bridge import files

    name: str = files.reader_of(path).__name__
    return name.rpartition(".")[2] in ("mat", "network_torch", "network_keras", "network_onnx")


def load_network(path: str, place: str | None = None) -> Network | ShallowNetwork:
    """The only network of a file, or the one at `place`, ``net`` or ``s.nets{2}``."""
    from bridge import files
    from bridge.files import mat, matlab_network

    reader = files.reader_of(path)
    if reader is not mat:
        found = reader.read(path)
        if not isinstance(found, Network | ShallowNetwork):
            raise UsageError(f"{path}: holds no network")
        return found
    every = matlab_network.find(mat.read(path))
    trained = [each for each in every if each.trained]
    chosen = [each for each in every if each.place == place] if place else trained or every
    if not every:
        raise UsageError(f"{path}: holds no network")
    if len(chosen) != 1:
        wanted = f"no network {place!r}" if place else "no single network; name one with --network"
        raise UsageError(f"{path}: {wanted}{offered(place, [each.place for each in every])}")
    return chosen[0].network(path)


def assumptions(path: str) -> list[str]:
    """What reading a network took for granted, because the file does not tell it."""
    from bridge import files

    return list(getattr(files.reader_of(path), "assumptions", lambda _: ())(path))


def require_known(network: Network | ShallowNetwork, path: str) -> None:
    """Refuse a network with a layer that is not computed, naming the layer, its class and its place."""
    if isinstance(network, ShallowNetwork):
        for place, what, name in network.unknown_functions():
            raise UnsupportedLayer(place, f"has the {what} {name}, which is not computed (in {path})")
        return
    for number, layer in enumerate(network, 1):
        if isinstance(layer, UnknownLayer):
            place = f"layer {number} of {len(network)} in {path}"
            raise UnsupportedLayer(layer.Name, f"is a {layer.Kind}, which is not computed ({place})")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what running a network takes besides what diagrams take."""
    parser.add_argument("--network", metavar="NAME", help="of several networks in a .mat, this one")
    parser.add_argument("--signal", metavar="NAME", help="of several arrays in the input, this one")
    parser.add_argument("--layout", help="how the network's input lies: TC (default), CT, TCB, CBT; BC or CB")
    parser.add_argument("--precision", choices=["single", "double"], help="of a network; double for a shallow one")
    parser.add_argument("--state", choices=["reset", "saved"], help="the state that a network starts from")
    parser.add_argument("--mini-batch-size", type=int, metavar="N", help="pad a cell array of sequences as MATLAB does")
    parser.add_argument("--padding", choices=["right", "left"], default="right", help="where mini-batches are padded")
    parser.add_argument("--initial", metavar="XI,AI", help="of a shallow network: what was before the first step")


def run(options: argparse.Namespace) -> int:
    """Run a network on a sequence, write the result, print a line."""
    from bridge.prediction import predict

    network = load_network(options.thing, options.network)
    require_known(network, options.thing)
    if not options.input:
        raise UsageError(f"{options.thing}: a network needs --input F, a .mat, .csv or .npy file")
    found = _read(options.input)
    if isinstance(network, ShallowNetwork):
        from bridge.cli import shallow

        return _report(shallow.predicted(network, found, _named(found, network, options), options), [], options)
    data = _given(found, network, options)
    if options.layout is None and os.path.realpath(options.input) == os.path.realpath(options.thing):
        options.layout = "CT"  # as data lie beside MATLAB's networks
    call = {"layout": options.layout, "state": options.state, "precision": options.precision, "engine": options.engine}
    if options.mini_batch_size is not None:
        call |= {"mini_batch_size": options.mini_batch_size, "padding": options.padding}
    try:
        result = predict(network, data, **call)
    except LayoutError as error:
        cause = re.sub(r"; call .*", "", error.cause)
        hints = re.findall(r'layout="(\w+)"', error.cause)
        raise LayoutError(error.layer, cause + ("; use --layout " + " or ".join(hints) if hints else "")) from None
    return _report(result, _labels(network, _by_output(result), options.layout), options)


def _by_output(result: Any) -> dict[str, Any]:
    return dict(result) if isinstance(result, Mapping) else {"y": result}


def _report(result: Any, labels: list[str], options: argparse.Namespace) -> int:
    results = _by_output(result)
    if options.output:
        _write(results, labels, options)
    if options.json:
        facts = {name: _facts(value) for name, value in results.items()}
        print(json.dumps({"outputs": facts, "engine": options.engine, "labels": labels}, indent=1))
        return 0
    for name, value in results.items():
        facts = _facts(value)
        print(f"{name}  {facts['size']} {facts['class']}  first {facts['first']}  last {facts['last']}")
    if labels:
        print("labels  " + ", ".join(labels[:20]) + (" …" if len(labels) > 20 else ""))
    return 0


def _facts(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"size": f"{len(value)} sequences", "class": str(value[0].dtype) if value else "", **_ends(value)}
    return {"size": "x".join(map(str, value.shape)), "class": str(value.dtype), **_ends([value])}


def _ends(arrays: list[Any]) -> dict[str, Any]:
    numbers = np.concatenate([array.ravel() for array in arrays]) if arrays else np.zeros(0)
    return {"first": [round(float(x), 6) for x in numbers[:4]], "last": [round(float(x), 6) for x in numbers[-4:]]}


def _read(path: str) -> dict[str, Any]:
    ending = os.path.splitext(path)[1].lower()
    if ending == ".npy":
        try:
            return {"u": np.load(path, allow_pickle=False)}
        except (OSError, ValueError) as error:
            raise FileError(path, f"cannot be read as an array: {error}") from None
    from bridge.files.recordings import read_arrays

    return read_arrays(path)


def _given(found: Mapping[str, Any], network: Network, options: argparse.Namespace) -> Any:
    """The input sequence, or a mapping by input layer, among variables of a file."""
    if options.signal:
        if options.signal not in found:
            raise UsageError(f"{options.input}: there is no {options.signal!r}{offered(options.signal, found)}")
        return _sequences(found[options.signal])
    if all(name in found for name in network.inputs):
        chosen = {name: _sequences(found[name]) for name in network.inputs}
        return chosen if len(chosen) > 1 else next(iter(chosen.values()))
    arrays = {name: value for name, value in found.items() if name != "time" and _is_data(value)}
    named = [name for name in _USUAL if name in arrays]
    if len(arrays) == 1 or named:
        return _sequences(arrays[named[0] if named else next(iter(arrays))])
    raise UsageError(f"{options.input}: choose the input with --signal; there are {', '.join(arrays) or 'no arrays'}")


def _named(found: Mapping[str, Any], network: ShallowNetwork, options: argparse.Namespace) -> list[str]:
    """The variables that a shallow network's inputs are: one for each, or a cell array for all."""
    if options.signal:
        names = options.signal.split(",")
        missing = [name for name in names if name not in found]
        if missing:
            raise UsageError(f"{options.input}: there is no {missing[0]!r}{offered(missing[0], found)}")
        return list(names)
    arrays = [name for name, value in found.items() if name != "time" and _is_data(value)]
    usual = [name for name in _USUAL if name in arrays]
    own = network.input_names()
    if own and all(name in arrays for name in own):
        return own
    if len(own) == 1 and (len(arrays) == 1 or usual):
        return usual[:1] or arrays
    raise UsageError(
        f"{options.input}: choose the {len(own)} inputs with --signal A,B; there are {', '.join(arrays) or 'no arrays'}"
    )


def _is_data(value: Any) -> bool:
    from bridge.matlab.values import Cell

    return (isinstance(value, np.ndarray) and value.dtype.kind in "biuf") or isinstance(value, Cell)


def _sequences(value: Any) -> Any:
    """A cell array as a list of sequences."""
    from bridge.matlab.values import Cell

    return list(value) if isinstance(value, Cell) else value


def _labels(network: Network, results: Mapping[str, Any], layout: str | None) -> list[str]:
    """For each sequence or step, the class with the highest score."""
    last = network[network.outputs[0]]
    if not isinstance(last, ClassificationOutput) or not last.Classes or len(results) != 1:
        return []
    signal = network.signal(last.Name)
    timed = any(given is not None and given.time for given in map(network.signal, network.inputs))
    letters = layout or ("TC" if timed else "BC")
    if signal is None or not signal.time:
        letters = letters.replace("T", "")
    found: list[str] = []
    value = next(iter(results.values()))
    for array in value if isinstance(value, list) else [value]:
        found += [last.Classes[k] for k in np.asarray(array).argmax(letters.index("C")).ravel()]
    return found


def _write(results: Mapping[str, Any], labels: list[str], options: argparse.Namespace) -> None:
    from bridge.api import save
    from bridge.recording import Recording

    if options.output.lower().endswith(".csv"):
        signals = {name: np.asarray(value) for name, value in results.items()}
        if any(array.ndim != 2 for array in signals.values()) or options.layout == "CT":
            raise FileError(options.output, "a .csv takes one sequence of layout TC: write a .mat")
        steps = len(next(iter(signals.values())))
        save(Recording(signals, np.arange(steps, dtype=float), origin={"model": options.thing}), options.output)
        return
    from bridge.files import mat
    from bridge.matlab.values import Cell

    mapping: dict[str, Any] = {
        name: Cell.column(value) if isinstance(value, list) else value for name, value in results.items()
    }
    if labels:
        mapping["labels"] = Cell.column(labels)
    mat.write(mapping, options.output)
