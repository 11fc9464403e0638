"""What a script for MATLAB says of a shallow network: the ranges of its inputs, and the lines that run it.

With delays what was before the first step is left to MATLAB, so that the recording also tells what that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bridge.cases.ask_texts import about_network, quoted
from bridge.errors import UnsupportedLayer
from bridge.network import ShallowInput, ShallowNetwork

_STEPS = 64
_SCRIPT = """\
% What MATLAB computes with the network {place} in {file}.
% Run this in MATLAB with the Deep Learning Toolbox, in the folder that holds {file}; send back {result}.
loaded = load('{file}');
net = loaded.{place};
if isa(net, 'Autoencoder')
    net = network(net);
end
steps = {steps};
low = [{low}];
high = [{high}];

time = (0:steps - 1)';
input = zeros(steps, numel(low));
for k = 1:numel(low)
    wave = (sin(0.37*k*time + k) + 0.5*sin(1.9*time + 0.3*k^2))/1.5;
    input(:, k) = low(k) + (high(k) - low(k))*(wave + 1)/2;
end

{body}
{about}save('{result}', 'time', {inputs}, 'prediction', 'recording_about', '-v7');
disp('{result} is written');
"""


def ranges(network: ShallowNetwork) -> tuple[list[float], list[float]]:
    """For each row of all inputs the range that the network was trained on, as far as its processing tells."""
    if not network.inputs:
        raise UnsupportedLayer("inputs", "there are none: MATLAB is asked with data")
    low, high = zip(*(pair for each in network.inputs for pair in _of(each)), strict=True)
    return list(low), list(high)


def _of(given: ShallowInput) -> Iterator[tuple[float, float]]:
    rows, low, high = list(range(given.size)), np.full(given.size, -1.0), np.full(given.size, 1.0)
    for each in given.processing:
        if each.function == "removeconstantrows":
            for row, value in zip(each.rows("remove"), each.settings["constants"].ravel(), strict=True):
                low[rows[row]] = high[rows[row]] = value
            rows = [rows[row] for row in each.rows("keep")]
        elif each.function in ("mapminmax", "mapstd"):
            reach = 2 / each.settings["gain"].ravel()
            centre = each.settings["xoffset"].ravel() + (reach / 2 if each.function == "mapminmax" else 0)
            low[rows], high[rows] = centre - reach / 2, centre + reach / 2
            break
        else:
            break
    yield from zip(low.tolist(), high.tolist(), strict=True)


def body(network: ShallowNetwork) -> tuple[str, Sequence[str]]:
    """The lines that make ``prediction`` of ``input``, time along the rows, and the names of the inputs to keep."""
    lines, names, start = [], [], 1
    for k, each in enumerate(network.inputs, 1):
        name = f"input{k}" if len(network.inputs) > 1 else "input"
        names.append(name)
        if name != "input":
            lines.append(f"{name} = input(:, {start}:{start + each.size - 1});")
        start += each.size
    parts = [f"num2cell({name}', 1)" if network.dynamic else f"{name}'" for name in names]
    if network.dynamic:
        lines.append(f"outputs = net([{'; '.join(parts)}]);")
        lines.append("prediction = cell2mat(outputs(1, :))';")
    elif len(parts) > 1:
        lines += [f"outputs = net({{{'; '.join(parts)}}});", "prediction = outputs{1}';"]
    elif len(network.outputs) > 1:
        lines += [f"outputs = net({{{parts[0]}}});", "prediction = outputs{1}';"]
    else:
        lines.append(f"prediction = net({parts[0]})';")
    return "\n".join([*lines, ""]), names


def script(network: ShallowNetwork, *, file: str, place: str, result: str) -> str:
    """The script's text."""
    low, high = ranges(network)
    lines, names = body(network)
    return _SCRIPT.format(
        file=quoted(file),
        place=place,
        result=quoted(result),
        steps=_STEPS,
        low=_numbers(low),
        high=_numbers(high),
        inputs=", ".join(f"'{name}'" for name in names),
        body=lines,
        about=about_network("recording_about", file=file, place=place),
    )


def _numbers(values: Sequence[float]) -> str:
    return " ".join(f"{value:.9g}" for value in values)
