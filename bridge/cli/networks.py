"""What the verbs have in common where the thing is a network: which one, its input, its results."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.cli import network_inputs
from bridge.cli.fitting import refuse_misfits
from bridge.errors import FileError, LayoutError, UnsupportedLayer, UsageError
from bridge.network import ClassificationOutput, Network, ShallowNetwork, UnknownLayer
from bridge.suggestions import offered


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
        if place is not None:
            raise UsageError(f"{path}: holds no network called {place}; those in a .mat have names")
        found = reader.read(path)
        if not isinstance(found, Network | ShallowNetwork):
            raise UsageError(f"{path}: holds no network; slbridge info tells what it holds")
        return found
    every = matlab_network.find(mat.read(path))
    trained = [each for each in every if each.trained]
    chosen = [each for each in every if each.place == place] if place else trained or every
    if not every:
        raise UsageError(f"{path}: holds no network; slbridge info tells what it holds")
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


def arguments(group: argparse._ArgumentGroup) -> None:
    """Declare what running a network takes besides what diagrams take."""
    group.add_argument("--network", metavar="NAME", help="of several networks in a .mat, this one")
    group.add_argument("--precision", choices=["single", "double"], help="single; double for a shallow one")
    group.add_argument("--state", choices=["reset", "saved"], help="the state that it starts from")
    group.add_argument("--mini-batch-size", type=int, metavar="N", help="pad a cell array of sequences as MATLAB does")
    group.add_argument("--padding", choices=["right", "left"], help="where mini-batches are padded: right (default)")
    group.add_argument("--initial", metavar="XI,AI", help="of a shallow network: what was before the first step")


def run(options: argparse.Namespace) -> int:
    """Run a network on a sequence, write the result, print a line."""
    from bridge.prediction import predict

    network = load_network(options.thing, options.network)
    require_known(network, options.thing)
    refuse_misfits(options, "a shallow network" if isinstance(network, ShallowNetwork) else "a layer network")
    if options.padding and options.mini_batch_size is None:
        raise UsageError("--padding says how --mini-batch-size N pads, which is missing")
    if not options.input:
        beside = network_inputs.beside(network, options)
        raise UsageError(f"{options.thing}: a network needs --input F, a .mat, .csv or .npy file{beside}")
    found = network_inputs.read(options.input)
    names = network_inputs.chosen(found, network, options)
    options.layout, shown = network_inputs.layout_of(network, options)
    labels: list[str] = []
    try:
        if isinstance(network, ShallowNetwork):
            from bridge.cli import shallow

            result = shallow.predicted(network, found, names, options)
        else:
            call = {"layout": options.layout, "state": options.state, "precision": options.precision}
            if options.mini_batch_size is not None:
                call |= {"mini_batch_size": options.mini_batch_size, "padding": options.padding or "right"}
            given = [network_inputs.sequences(found[name]) for name in names]
            data = given[0] if len(network.inputs) == 1 else dict(zip(network.inputs, given, strict=True))
            result = predict(network, data, engine=options.engine, **call)
            labels = _labels(network, _by_output(result), options.layout)
    except LayoutError as error:
        cause = re.sub(r"; call .*", "", error.cause)
        hints = re.findall(r'layout="(\w+)"', error.cause)
        advice = "; use --layout " + " or ".join(hints) if hints else ""
        raise LayoutError(error.layer, f"{cause} ({', '.join(names)} of {options.input}){advice}") from None
    if not options.json:
        network_inputs.say_choice(network, names, found, shown, options)
    return _report(result, labels, options)


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
