"""The script for whoever has MATLAB: run by Octave with stand-ins for the toolbox, its file held against networks."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge import LSTM, Concatenation, FeatureInput, FullyConnected, Network, SequenceInput
from bridge.cases import ask, ask_texts
from bridge.cases.net_check import check_networks
from bridge.errors import UnsupportedContent
from bridge.files import mat, network_mat, recordings
from bridge.files.mat_objects import MatObject, MatObjectArray
from bridge.files.matlab_network import Found
from bridge.matlab.values import Char, Struct, object_array

# The stand-ins: a network is a number of outputs; each says the sum of the first channel of its inputs so far, plus its
# number, or of one without time the last sum alone.
_SUMS = """
function varargout = {name}(net, varargin)
  total = 0;
  for k = 1:numel(varargin)
    x = varargin{{k}};
    if ischar(x), break, end
    if iscell(x), x = x{{1}}; end
    if isstruct(x), x = x.Data; end
    total = total + double(x(1, :));
  end
  {body}
end
"""
_STAND_INS = {
    "predict": _SUMS.format(
        name="predict",
        body="if iscell(varargin{1}) && numel(varargin{1}) > 1, varargout{1} = cellfun(@(x) single(cumsum(x(1, :))), "
        "varargin{1}, 'UniformOutput', false); return, end\n"
        "  for n = 1:nargout, y = single(cumsum(total) + n);"
        " if n == net.last, y = y(end); end, varargout{n} = wrap(net, y); end\n"
        "  if net.dl && nargout > net.outputs, varargout{nargout} = 0; end",
    ),
    "wrap": "function y = wrap(net, y)\n if net.dl, y = struct('Data', y); end\nend\n",
    "predictAndUpdateState": "function [net, varargout] = predictAndUpdateState(net, varargin)\n"
    " x = varargin{1}; if iscell(x), x = x{1}; end\n net.h = net.h + double(x(1));\n"
    " for n = 1:nargout - 1, varargout{n} = single(net.h + n); end\nend\n",
    "resetState": "function net = resetState(net)\n net.h = 0;\nend\n",
    "dlarray": "function x = dlarray(x, letters)\n x = struct('Data', x);\nend\n",
    "extractdata": "function x = extractdata(x)\n x = x.Data;\nend\n",
    "minibatchpredict": "function y = minibatchpredict(net, x, varargin)\n"
    " y = cellfun(@(each) single(cumsum(each(1, :))), x, 'UniformOutput', false);\nend\n",
    "classify": "function y = classify(net, x, varargin)\n y = [];\nend\n",
    "cellstr": "function y = cellstr(x)\n y = {'a'; 'b'; 'a'; 'a'; 'b'};\nend\n",
}


def recorded(tmp_path: Path, **what: Any) -> dict[str, Any]:
    """The variables of the file that a script writes, run by Octave."""
    octave = shutil.which("octave-cli") or shutil.which("octave")
    if octave is None:
        pytest.skip("GNU Octave, which runs the script here, is not installed")
    last = what.pop("last", 0)
    given = {"file": "net.mat", "place": "net", "result": "r.mat", "steps": 40, "low": [[-1, 0]], "high": [[1, 2]]}
    given |= {"timed": [True], "outputs": 1, "dlnetwork": False, "states": True, "classifies": False, **what}
    for name, text in _STAND_INS.items():
        (tmp_path / f"{name}.m").write_text(text)
    held = {"h": 0.0, "dl": float(given["dlnetwork"]), "last": float(last), "outputs": float(given["outputs"])}
    mat.write({"net": held}, tmp_path / "net.mat")
    (tmp_path / "record_net.m").write_text(ask_texts.script(**given))  # type: ignore[arg-type]
    command = [octave, "--no-gui", "--norc", "--quiet", "record_net.m"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return mat.read(tmp_path / "r.mat")


@pytest.mark.parametrize("dlnetwork", [False, True])
def test_one_sequence(tmp_path: Path, dlnetwork: bool) -> None:
    found = recorded(tmp_path, dlnetwork=dlnetwork, states=not dlnetwork)
    sums = np.cumsum(found["input"][:, :1].astype(float), 0)
    assert found["input"].shape == (40, 2)
    assert found["input"].dtype == np.float32
    np.testing.assert_allclose(found["prediction"], sums + 1, rtol=1e-5)
    if not dlnetwork:
        np.testing.assert_allclose(found["stepwise"], sums + 1, rtol=1e-5)
    assert [x.shape for x in found["sequences"]] == [(2, 9), (2, 24), (2, 5), (2, 17), (2, 13)]
    for x, y in zip(found["sequences"], found["sequences_prediction"], strict=True):
        np.testing.assert_allclose(y[0], np.cumsum(x[0].astype(float)), rtol=1e-5)
    assert found["mini_batch_size"] == 2
    held = recordings.read(tmp_path / "r.mat")
    assert held.evidence == "octave"
    assert {"prediction", "input"} <= set(held)


def test_several_inputs_and_outputs_one_of_them_without_time(tmp_path: Path) -> None:
    found = recorded(
        tmp_path, low=[[-1], [0]], high=[[1], [1]], timed=[True, True], outputs=2, dlnetwork=True, states=False, last=2
    )
    sums = np.cumsum(found["input_1"] + found["input_2"].astype(float), 0)
    np.testing.assert_allclose(found["prediction_1"], sums + 1, rtol=1e-5)
    np.testing.assert_allclose(found["prediction_2"], sums + 2, rtol=1e-5)
    assert "sequences" not in found


def test_features_are_observations(tmp_path: Path) -> None:
    found = recorded(tmp_path, timed=[False], states=False, dlnetwork=True)
    assert found["input"].shape == (40, 2)
    assert len(found["prediction"]) == 40


def test_labels_of_sequences(tmp_path: Path) -> None:
    assert [str(label) for label in recorded(tmp_path, classifies=True)["labels"]] == list("abaab")


def test_what_is_recorded_of_several_inputs_and_outputs_is_held_against_the_network(tmp_path: Path) -> None:
    parts = [SequenceInput(1, Name="a"), SequenceInput(2, Name="b"), Concatenation(1, 2, Name="both")]
    parts += [LSTM(4, Name="lstm"), LSTM(3, OutputMode="last", Name="end"), FullyConnected(2, Name="fc")]
    joints = [("a", "both/in1"), ("b", "both/in2"), ("both", "lstm"), ("lstm", "end"), ("lstm", "fc")]
    net = Network(parts, joints).initialize(1)
    u = np.sin(np.arange(90.0)).reshape(30, 3)
    ends, rows = [], None
    for steps in range(1, 31):
        rows = bridge.predict(net, {"a": u[:steps, :1], "b": u[:steps, 1:]}, layout="TC")
        ends.append(rows["end"])
    beside = {"input_1": u[:, :1], "input_2": u[:, 1:], "prediction_1": np.stack(ends), "prediction_2": rows["fc"]}
    mat.write({"net": network_mat.structure(net), **beside}, tmp_path / "net.mat")
    report = check_networks(tmp_path / "net.mat")
    assert report.status == 0
    assert "prediction_2 = output 'fc' of net(input_1, input_2), 30 of 30" in str(report)
    assert "prediction_1 = output 'end' of net(input_1, input_2), 30 of 30" in str(report)
    beside["prediction_2"] = rows["fc"] * np.float32(1.001)
    mat.write({"net": network_mat.structure(net), **beside}, tmp_path / "net.mat")
    assert "prediction_2 =" not in str(check_networks(tmp_path / "net.mat"))


@pytest.mark.parametrize("size", [[1, 1, 3], [28, 28, 1]])
def test_images_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: list[int]) -> None:
    inside = Struct({"Name": Char("in"), "InputSize": np.array([size], float), "Normalization": np.zeros((0, 0))})
    layers = MatObjectArray(
        "nnet.cnn.layer.Layer", object_array([MatObject("nnet.cnn.layer.ImageInputLayer", {"any": inside})], (1, 1))
    )
    network = MatObject("SeriesNetwork", {"any": Struct({"Layers": layers})})
    monkeypatch.setattr(ask, "_chosen", lambda path, place: Found("net", "SeriesNetwork", network))
    with pytest.raises(UnsupportedContent, match=r"variable 'net': takes (images|something other than sequences)"):
        ask.script(tmp_path / "x.mat", "r.mat")


def test_ranges_are_those_of_the_normalization() -> None:
    low, high = ask._range(FeatureInput(2, Normalization="rescale-zero-one", Min=[0, 1], Max=[2, 5]))
    assert (list(low), list(high)) == ([0, 1], [2, 5])
