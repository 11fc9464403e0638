"""The MATLAB of the script that `bridge.cases.ask` writes. Octave runs it too, with stand-ins for the toolbox."""

from __future__ import annotations

from collections.abc import Sequence

_HEAD = """\
% What MATLAB computes with the network {place} in {file}.
% Run this in MATLAB with the Deep Learning Toolbox, in the folder that holds {file}; send back {result}.
loaded = load('{file}');
net = loaded.{place};
steps = {steps};
low = {{{low}}};
high = {{{high}}};
outputs = {outputs};

time = (0:steps - 1)';
inputs = cell(1, numel(low));
for n = 1:numel(low)
    inputs{{n}} = zeros(steps, numel(low{{n}}));
    for k = 1:numel(low{{n}})
        wave = (sin(0.37*k*time + k + n - 1) + 0.5*sin(1.9*time + 0.3*k^2))/1.5;
        inputs{{n}}(:, k) = low{{n}}(k) + (high{{n}}(k) - low{{n}}(k))*(wave + 1)/2;
    end
    inputs{{n}} = single(inputs{{n}});
end

recorded = struct();
recorded.time = time;
"""
_TAIL = """\

{about}save('{result}', '-struct', 'recorded', '-v7');
disp('{result} is written');
"""
_ABOUT = """\
{name} = struct();
if exist('OCTAVE_VERSION', 'builtin')
    {name}.evidence = 'octave';
    {name}.release = OCTAVE_VERSION();
else
    {name}.evidence = '{evidence}';
    {name}.release = version('-release');
end
{name}.platform = computer();
{name}.date = datestr(now(), 'yyyy-mm-ddTHH:MM:SS');
"""
_OF_NETWORK = """\
{name}.network = '{file}: {place}';
{name}.class = class(net);
"""
_OBSERVATIONS = """\
y = cell(1, outputs);
[y{{:}}] = predict(net, {arguments});
for n = 1:outputs
    Y = {extracted};
    rows{{n}} = Y{turned};
end
"""
_SEQUENCE = """\
% What has no time is asked for of every beginning of the sequence, so that there is a row for each step.
for k = [steps, 1:steps - 1]
    y = cell(1, outputs);
    [y{{:}}] = predict(net, {arguments});
    whole = true;
    for n = 1:outputs
        Y = {extracted};
        if k == steps && size(Y, 2) == steps
            rows{{n}} = Y';
        elseif size(rows{{n}}, 1) < steps || any(partly == n)
            partly = [partly, n];
            rows{{n}}(k, :) = Y(:)';
            whole = false;
        end
    end
    if whole
        break
    end
end
"""
_STEPWISE = """\

% One step after the other.
{reset}
stepwise = cell(1, outputs);
for k = 1:steps
    y = cell(1, outputs);
    {update}
    for n = 1:outputs
        Y = {extracted};
        stepwise{{n}}(k, :) = Y(:)';
    end
end
"""
_SEQUENCES = """\

% Sequences of unequal lengths, in mini-batches of two.
lengths = [9, 24, 5, 17, 13];
sequences = cell(numel(lengths), 1);
for n = 1:numel(lengths)
    sequences{{n}} = inputs{{1}}(3*n + (1:lengths(n)), :)';
end
recorded.sequences = sequences;
recorded.mini_batch_size = 2;
{reset}
{predicted}
"""


def script(
    *,
    file: str,
    place: str,
    result: str,
    steps: int,
    low: Sequence[Sequence[float]],
    high: Sequence[Sequence[float]],
    timed: Sequence[bool],
    outputs: int,
    dlnetwork: bool,
    states: bool,
    classifies: bool,
) -> str:
    """The text. `low`, `high` and `timed` are of each input; `states` whether the network remembers."""
    names = {"file": quoted(file), "place": place, "result": quoted(result)}
    reset = "net = resetState(net);" if states else ""
    extracted = "extractdata(y{n})" if dlnetwork else "y{n}"
    several = len(timed) > 1
    lines = [_HEAD.format(**names, steps=steps, low=_rows(low), high=_rows(high), outputs=outputs)]
    lines += [f"recorded.{each} = inputs{{{n}}};\n" for n, each in enumerate(_numbered("input", len(timed)), 1)]
    lines.append(f"\n{reset}\nrows = cell(1, outputs);\npartly = [];\n")
    if any(timed):
        of = _arguments(timed, dlnetwork, several)
        unpacked = f"{extracted};\n        if iscell(Y), Y = Y{{1}}; end" if several and not dlnetwork else extracted
        lines.append(_SEQUENCE.format(arguments=of.format(rows="1:k"), extracted=unpacked))
        if states and all(timed):
            one = of.format(rows="k")
            update = f"[net, y{{:}}] = predictAndUpdateState(net, {one});"
            if dlnetwork:
                update = f"[y{{:}}, state] = predict(net, {one});\n    net.State = state;"
            lines.append(_STEPWISE.format(reset=reset, update=update, extracted=unpacked))
    else:
        arguments = ", ".join(
            f"dlarray(inputs{{{n}}}', 'CB')" if dlnetwork else f"inputs{{{n}}}" for n in range(1, len(timed) + 1)
        )
        turned = "'" if dlnetwork else ""
        lines.append(_OBSERVATIONS.format(arguments=arguments, extracted=extracted, turned=turned))
    for n, each in enumerate(_numbered("prediction", outputs), 1):
        lines.append(f"recorded.{each} = rows{{{n}}};\n")
    if any(timed) and states and all(timed):
        lines += [f"recorded.{each} = stepwise{{{n}}};\n" for n, each in enumerate(_numbered("stepwise", outputs), 1)]
    if list(timed) == [True] and outputs == 1:
        lines.append(_SEQUENCES.format(reset=reset, predicted=_predicted(dlnetwork, classifies)))
    about = about_network("recorded.recording_about", file=file, place=place)
    return "".join([*lines, _TAIL.format(**names, about=about)])


def _arguments(timed: Sequence[bool], dlnetwork: bool, several: bool) -> str:
    """The arguments of ``predict``; what has no time is the first row."""
    given = []
    for n, over_time in enumerate(timed, 1):
        rows = "{rows}" if over_time else "1"
        if dlnetwork:
            given.append(f"dlarray(inputs{{{{{n}}}}}({rows}, :)', '{'CT' if over_time else 'CB'}')")
        elif over_time:
            given.append(f"{{{{inputs{{{{{n}}}}}({rows}, :)'}}}}" if several else f"inputs{{{{{n}}}}}({rows}, :)'")
        else:
            given.append(f"inputs{{{{{n}}}}}({rows}, :)")
    return ", ".join(given)


def _predicted(dlnetwork: bool, classifies: bool) -> str:
    if dlnetwork:
        return (
            "if exist('minibatchpredict', 'file')    % since R2024a\n"
            "    recorded.sequences_prediction = minibatchpredict(net, sequences, 'MiniBatchSize', 2, ...\n"
            "        'InputDataFormats', 'CTB', 'UniformOutput', false);\n"
            "end"
        )
    lines = ["recorded.sequences_prediction = predict(net, sequences, 'MiniBatchSize', 2);"]
    if classifies:
        lines += [
            "labels = classify(net, sequences, 'MiniBatchSize', 2);",
            "if ~iscell(labels)    % else they are labels of every step",
            "    recorded.labels = cellstr(labels);",
            "end",
        ]
    return "\n".join(lines)


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}_{n}" for n in range(1, count + 1)]


def _rows(values: Sequence[Sequence[float]]) -> str:
    return ", ".join("[" + " ".join(f"{value:.9g}" for value in row) + "]" for row in values)


def about(name: str, evidence: str) -> str:
    """The lines that make the structure `name` say what computed a recording: `evidence`, or Octave."""
    return _ABOUT.format(name=name, evidence=evidence)


def about_network(name: str, *, file: str, place: str) -> str:
    """The same of a recording of a network, and which it was."""
    return about(name, "matlab") + _OF_NETWORK.format(name=name, file=quoted(file), place=place)


def quoted(text: str) -> str:
    """Text within MATLAB's quotes."""
    return text.replace("'", "''")
