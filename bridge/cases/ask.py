"""A script for the colleague with the licence: it runs a network in MATLAB and records what MATLAB computes.

The script needs the network's .mat file beside it and the Deep Learning Toolbox. Its inputs are sums of sines, the same
on every machine, and are saved with the predictions; the file that it writes is a recording of class ``matlab``
(``octave`` if it was Octave that ran it, which `recording_about` says). ``slbridge check net.mat recorded.mat`` holds
the network against it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bridge.cases import ask_shallow
from bridge.errors import UnsupportedContent, UsageError
from bridge.files import mat, matlab_network, storage
from bridge.files.matlab_layer_fields import Unreadable
from bridge.files.matlab_network import Found
from bridge.network import Layer, Recurrent, ShallowNetwork

_STEPS = 64
_SCRIPT = """\
% What MATLAB computes with the network {place} in {file}.
% Run this in MATLAB with the Deep Learning Toolbox, in the folder that holds {file}; send back {result}.
loaded = load('{file}');
net = loaded.{place};
steps = {steps};
low = [{low}];
high = [{high}];

time = (0:steps - 1)';
input = zeros(steps, numel(low));
for k = 1:numel(low)
    wave = (sin(0.37*k*time + k) + 0.5*sin(1.9*time + 0.3*k^2))/1.5;
    input(:, k) = low(k) + (high(k) - low(k))*(wave + 1)/2;
end
{cast}

{reset}
{body}
recording_about = struct();
if exist('OCTAVE_VERSION', 'builtin')
    recording_about.evidence = 'octave';
    recording_about.release = OCTAVE_VERSION();
else
    recording_about.evidence = 'matlab';
    recording_about.release = version('-release');
end
recording_about.platform = computer();
recording_about.date = datestr(now(), 'yyyy-mm-ddTHH:MM:SS');
recording_about.network = '{file}: {place}';
recording_about.class = class(net);
save('{result}', 'time', {inputs}, {saved}'recording_about', '-v7');
disp('{result} is written');
"""


def write(path: str | os.PathLike[str], target: str | os.PathLike[str], *, place: str | None = None) -> str:
    """Write the script for the network of a .mat file (the one at `place`, of several); returns the recording's name.

    Raises `UsageError` where there is no single network, `UnsupportedContent` where it does not take one sequence.
    """
    if not os.fspath(target).lower().endswith(".m"):
        raise UsageError(f"{os.fspath(target)}: a script for MATLAB ends in .m")
    stem = os.path.splitext(os.path.basename(os.fspath(target)))[0]
    if not re.fullmatch(r"[A-Za-z]\w{0,62}", stem):
        raise UsageError(f"{os.fspath(target)}: MATLAB runs no script of this name; use letters, digits and _")
    result = os.path.splitext(os.path.basename(os.fspath(path)))[0] + "_recorded.mat"
    storage.replace(target, script(path, result, place=place).encode())
    return result


def script(path: str | os.PathLike[str], result: str, *, place: str | None = None) -> str:
    """The script's text; `result` is the file that it writes."""
    found = _chosen(path, place)
    where = f"variable '{found.place}'"
    if found.shallow:
        return _for_shallow(found, path, result)
    try:
        layers, pairs = matlab_network.parts(found.value)
    except Unreadable as error:
        raise UnsupportedContent(path, str(error), where) from None
    inputs = [layer for layer in layers if layer.Type in ("sequenceInputLayer", "featureInputLayer")]
    sinks = {sink.rpartition("/")[0] or sink for _, sink in pairs or ()} | {sink for _, sink in pairs or ()}
    open_ends = [layer for layer in layers if pairs is not None and layer.Name not in sinks and layer not in inputs]
    if len(inputs) != 1 or open_ends:
        raise UnsupportedContent(path, "takes something other than one sequence or one set of features", where)
    low, high = _range(inputs[0])
    timed = inputs[0].Type == "sequenceInputLayer"
    last = any(isinstance(layer, Recurrent) and layer.OutputMode == "last" for layer in layers)
    states = any(isinstance(layer, Recurrent) for layer in layers)
    return _SCRIPT.format(
        file=_quoted(os.path.basename(os.fspath(path))),
        place=found.place,
        result=_quoted(result),
        steps=_STEPS,
        low=_numbers(low),
        high=_numbers(high),
        cast="input = single(input);",
        inputs="'input'",
        reset="net = resetState(net);" if states else "",
        body=_body(found.class_name == "dlnetwork", timed, last, states),
        saved="'prediction', " + ("'stepwise', " if states and timed else ""),
    )


def _for_shallow(found: Found, path: str | os.PathLike[str], result: str) -> str:
    network = found.network(path)
    assert isinstance(network, ShallowNetwork)
    low, high = ask_shallow.ranges(network)
    body, names = ask_shallow.body(network)
    return _SCRIPT.format(
        file=_quoted(os.path.basename(os.fspath(path))),
        place=found.place,
        result=_quoted(result),
        steps=_STEPS,
        low=_numbers(low),
        high=_numbers(high),
        cast="",
        inputs=", ".join(f"'{name}'" for name in names),
        reset="",
        body=body,
        saved="'prediction', ",
    )


def _chosen(path: str | os.PathLike[str], place: str | None) -> Found:
    every = [found for found in matlab_network.find(mat.read(path)) if found.trained and found.class_name != "struct"]
    chosen = [found for found in every if place in (None, found.place)]
    if len(chosen) != 1:
        there = ", ".join(found.place for found in every) or "none"
        raise UsageError(f"{os.fspath(path)}: name one network of MATLAB's with --network; there are: {there}")
    return chosen[0]


def _body(dlnetwork: bool, timed: bool, last: bool, states: bool) -> str:
    """The lines that predict, whole and step by step, with time along the rows of the results."""
    if not timed:
        call = "extractdata(predict(net, dlarray(input', 'CB')))'" if dlnetwork else "predict(net, input)"
        return f"prediction = {call};\n"
    first = "dlarray({}', 'CT')" if dlnetwork else "{}'"
    wrap = "extractdata({})" if dlnetwork else "{}"
    whole, rows = first.format("input"), first.format("input(1:k, :)")
    lines = []
    if last:
        # The last step of every beginning of the sequence, so that there is a row for each time.
        lines += [
            "prediction = [];",
            "for k = 1:steps",
            f"    y = {wrap.format(f'predict(net, {rows})')};",
            "    prediction(k, :) = y(:)';",
            "end",
        ]
    else:
        lines.append(f"prediction = {wrap.format(f'predict(net, {whole})')}';")
    if states:
        one = first.format("input(k, :)")
        update = f"[net, y] = predictAndUpdateState(net, {one});"
        if dlnetwork:
            update = f"[y, net.State] = predict(net, {one}); y = extractdata(y);"
        lines += ["stepwise = [];", "for k = 1:steps", f"    {update}", "    stepwise(k, :) = y(:)';", "end"]
    return "\n".join([*lines, ""])


def _range(layer: Layer) -> tuple[Sequence[float], Sequence[float]]:
    """For each channel the range that the network was made for, as far as its normalization tells; else -1 to 1."""
    channels = layer.InputSize
    held: dict[str, Any] = {name: np.broadcast_to(a.ravel(), channels) for name, a in layer.arrays.items()}
    if "Min" in held:
        return held["Min"].tolist(), held["Max"].tolist()
    mean, spread = held.get("Mean", np.zeros(channels)), 2 * held.get("StandardDeviation", np.full(channels, 0.5))
    return (mean - spread).tolist(), (mean + spread).tolist()


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.9g}" for value in values)


def _quoted(text: str) -> str:
    return text.replace("'", "''")
