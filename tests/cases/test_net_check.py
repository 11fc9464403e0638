"""Checking a network with nothing but its file: what is found, what is not believed, and the exit status."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridge
from bridge import GRU, LSTM, FullyConnected, Network, SequenceInput
from bridge.cases import ask
from bridge.cases.net_check import ENGINES, check_networks
from bridge.cli import main
from bridge.errors import EvidenceError, UsageError
from bridge.files import mat, matlab_network, network_mat, recordings
from bridge.matlab.values import Cell
from bridge.network import BiLSTM


def network(*middle: Any, size: int = 1, outputs: int = 1) -> Network:
    made = Network([SequenceInput(size), *(middle or (LSTM(8),)), FullyConnected(outputs)])
    return made.initialize(3)


def waves(*shape: int) -> np.ndarray[Any, Any]:
    return np.sin(1.3 * np.arange(np.prod(shape)) ** 1.1).reshape(shape)


def perturbed(net: Network, by: float = 1e-3) -> Network:
    stream = np.random.default_rng(1)
    return net.with_(
        {
            layer.Name: {
                name: (array * (1 + by * stream.standard_normal(array.shape))).astype(array.dtype)
                for name, array in layer.arrays.items()
                if name in layer.learnable_names
            }
            for layer in net
        }
    )


def saved(path: Path, net: Network, **beside: Any) -> Path:
    mat.write({"net": network_mat.structure(net), **beside}, path)
    return path


def claims(path: Path) -> list[str]:
    return [claim.expression(verdict.name) for verdict in check_networks(path).verdicts for claim in verdict.claims]


def test_predictions_are_found_in_either_orientation(tmp_path: Path) -> None:
    net, x = network(size=2, outputs=3), waves(2, 40)
    y = bridge.predict(net, x, layout="CT")
    assert claims(saved(tmp_path / "a.mat", net, X=x, YPred=y)) == ["YPred = net(X)"]
    assert claims(saved(tmp_path / "b.mat", net, X=x.T, YPred=y.T.astype(float))) == ["YPred' = net(X')"]


def test_means_and_deviations_are_tried(tmp_path: Path) -> None:
    net, x = network(), 5 + 3 * waves(1, 60)
    y = bridge.predict(net, (x - 5) / 3, layout="CT") * np.float32(3) + np.float32(5)
    path = saved(tmp_path / "a.mat", net, data=x, mu=5.0, sig=3.0, YPred=y)
    assert claims(path) == ["YPred = net((data - mu)./sig)*sig + mu"]


@pytest.mark.parametrize("part", [np.s_[:, :35], np.s_[:, 5:], np.s_[:, 3:30]])
def test_parts_of_the_predictions_are_found(tmp_path: Path, part: Any) -> None:
    net, x = network(), waves(1, 40)
    y = bridge.predict(net, x, layout="CT")[part]
    (verdict,) = check_networks(saved(tmp_path / "a.mat", net, X=x, YPred=y)).verdicts
    assert verdict.status == 0
    assert verdict.claims[0].match.steps == y.shape[1]


def test_an_input_without_its_first_steps(tmp_path: Path) -> None:
    net, x = network(), waves(1, 40)
    y = bridge.predict(net, x[:, 4:], layout="CT")
    assert claims(saved(tmp_path / "a.mat", net, X=x, YPred=y)) == ["YPred = net(X(:,5:end))"]


def test_the_saved_state_is_tried(tmp_path: Path) -> None:
    net, x = network(), waves(1, 40)
    moved = net.with_(lstm={"HiddenState": np.full((8, 1), 0.3), "InitialHiddenState": np.zeros((8, 1))})
    y = bridge.predict(moved, x, layout="CT", state="saved")
    (verdict,) = check_networks(saved(tmp_path / "a.mat", moved, X=x, YPred=y)).verdicts
    assert "from the saved state" in verdict.lines()[0]


@pytest.mark.parametrize("kind", [LSTM, GRU, BiLSTM])
def test_cells_of_sequences_padded_in_mini_batches(tmp_path: Path, kind: Any) -> None:
    net = network(kind(6, OutputMode="last"), size=2)
    sequences = [waves(2, length) for length in (29, 27, 26, 30, 28, 25, 29)]
    block = np.zeros((2, 30, 7))
    for k, x in enumerate(sequences):
        block[:, : x.shape[1], k] = x
    y = bridge.predict(net, block, layout="CTB")
    (verdict,) = check_networks(saved(tmp_path / "a.mat", net, X=Cell.column(sequences), Y=y.T)).verdicts
    assert verdict.status == 0
    assert "mini-batches of 128 padded with zeros" in verdict.lines()[0]


def test_cells_of_predictions(tmp_path: Path) -> None:
    net = network(size=2)
    sequences = [waves(2, length) for length in (9, 12, 7)]
    predictions = [bridge.predict(net, x, layout="CT") for x in sequences]
    path = saved(tmp_path / "a.mat", net, X=Cell.column(sequences), Y=Cell.column(predictions))
    assert claims(path) == ["Y = net(X)"]


def test_a_network_with_other_weights_does_not_agree(tmp_path: Path) -> None:
    net, x = network(), waves(1, 60)
    y = bridge.predict(net, x, layout="CT")
    report = check_networks(saved(tmp_path / "a.mat", perturbed(net), X=x, YPred=y))
    assert report.status == 1
    assert "DIFFERS" in str(report)
    # What was recorded in double precision may be what the network was trained to say: that proves nothing.
    assert check_networks(saved(tmp_path / "a.mat", perturbed(net), X=x, YPred=y.astype(float))).status == 4
    # Nor does what is called so.
    assert check_networks(saved(tmp_path / "a.mat", perturbed(net), X=x, YTrain=y)).status == 4


@pytest.mark.parametrize(
    "y",
    [
        np.zeros((1, 40), np.float32),
        np.full((1, 40), 0.7, np.float32),
        np.array([[1, 0, 1, 1, 0]], np.float32),
        waves(1, 3).astype(np.float32),
    ],
)
def test_nothing_is_claimed_of_numbers_that_say_nothing(tmp_path: Path, y: Any) -> None:
    assert check_networks(saved(tmp_path / "a.mat", network(), X=waves(1, 40), Y=y)).status == 4


def test_a_network_that_always_says_the_same_proves_nothing(tmp_path: Path) -> None:
    net = network()
    still = net.with_(fc={"Weights": np.zeros((1, 8), np.float32)})
    y = bridge.predict(still, waves(1, 40), layout="CT")
    assert check_networks(saved(tmp_path / "a.mat", still, X=waves(1, 40), YPred=y)).status == 4


def test_few_numbers_beside_large_ones_prove_nothing(tmp_path: Path) -> None:
    net, x = network(), waves(1, 40)
    y = bridge.predict(net, x, layout="CT") * 1e-6 + np.float32(1000)
    assert check_networks(saved(tmp_path / "a.mat", net, X=x, mu=1000.0, sig=1e-6, YPred=y)).status == 4


def test_a_file_without_a_network_is_missing_evidence(tmp_path: Path) -> None:
    mat.write({"x": 1.0}, tmp_path / "a.mat")
    with pytest.raises(EvidenceError, match="holds no network"):
        check_networks(tmp_path / "a.mat")
    assert main(["check", str(tmp_path / "a.mat")]) == 4


def test_the_verdict_never_says_matlab_of_what_may_be_our_own(tmp_path: Path) -> None:
    net, x = network(), waves(1, 40)
    path = saved(tmp_path / "a.mat", net, X=x, Y=bridge.predict(net, x, layout="CT"))
    assert "MATLAB" not in str(check_networks(path))


FOUND = {
    "LSTM": {"Ytrain": (120, "*sig + mu"), "YPred": (12, "net(inputdataStandardized)*sig + mu")},
    "Tuberculosis": {"trainresoutput": (105, "net(XTrain)")},
    "HepatitisB-Region": {"trainresoutput": (46, "net(XTrain)")},
}


@pytest.mark.parametrize("name", FOUND)
def test_matlabs_own_predictions_are_found_on_every_engine(shared: Path, name: str, capsys: Any) -> None:
    pytest.importorskip("torch")
    path = shared / "corpus" / "nets" / "FENN" / f"{name}.mat"
    assert main(["check", str(path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["networks"]
    assert found["evidence"] == "matlab"
    by_name = {each["recorded"].rstrip("'"): each for each in found["found"]}
    for recorded, (count, expression) in FOUND[name].items():
        assert expression in by_name[recorded]["claim"]
        assert by_name[recorded]["steps"] == by_name[recorded]["within"] == count
    assert set(found["engines"]) == set(ENGINES)
    # 2e-6 of the recorded values' range, which is smaller than their scale.
    assert all(one["relative"] < 2e-6 for each in found["engines"].values() for one in each)


def test_other_weights_are_not_taken_for_those_that_matlab_used(shared: Path) -> None:
    from bridge.cases.net_search import search

    variables = mat.read(shared / "corpus" / "nets" / "FENN" / "LSTM.mat")
    net = matlab_network.recognised(variables)
    assert any(claim.match.agrees for claim in search(net, variables))
    assert not any(claim.match.agrees for claim in search(perturbed(net, 1e-4), variables))


MOCKS = {
    "resetState": "function net = resetState(net)\n net.h = 0;\nend\n",
    "predict": "function y = predict(net, x, varargin)\n if iscell(x), y = cellfun(@(each) predict(net, each), x, "
    "'UniformOutput', false); return, end\n y = single(cumsum(sum(double(x), 1)));\nend\n",
    "predictAndUpdateState": "function [net, y] = predictAndUpdateState(net, x)\n"
    " net.h = net.h + sum(double(x)); y = single(net.h);\nend\n",
}


def test_the_script_for_matlab_runs_and_its_file_is_a_recording(shared: Path, tmp_path: Path, capsys: Any) -> None:
    source = shared / "corpus" / "nets" / "FENN" / "LSTM.mat"
    assert main(["ask", str(source), "-o", str(tmp_path / "record_net.m")]) == 0
    assert "LSTM_recorded.mat" in capsys.readouterr().out
    octave = shutil.which("octave-cli") or shutil.which("octave")
    if octave is None:
        pytest.skip("GNU Octave, which runs the script here, is not installed")
    # The toolbox's functions are mocked: Octave has no networks.
    for name, text in MOCKS.items():
        (tmp_path / f"{name}.m").write_text(text)
    mat.write({"net": {"h": 0.0}}, tmp_path / "LSTM.mat")
    command = [octave, "--no-gui", "--norc", "--quiet", "record_net.m"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    recording = recordings.read(tmp_path / "LSTM_recorded.mat")
    assert recording.evidence == "octave"
    assert {"release", "platform", "date", "network"} <= set(recording.origin)
    assert len(recording.time) == 64
    np.testing.assert_allclose(recording["stepwise"], recording["prediction"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(recording["prediction"], np.cumsum(recording["input"]), rtol=1e-5, atol=1e-5)


def test_a_recording_beside_is_held_against_the_network_with_its_own_evidence(shared: Path, tmp_path: Path) -> None:
    source = shared / "corpus" / "nets" / "FENN" / "Tuberculosis.mat"
    net, x = bridge.load(source), waves(64, 1).astype(np.float32)
    about = {"evidence": "octave"}
    beside = {"input": x, "prediction": bridge.predict(net, x), "recording_about": about}
    mat.write(beside, tmp_path / "r.mat")
    report = check_networks(source, tmp_path / "r.mat")
    assert "GNU Octave's predictions: prediction = net(input')" in str(report)
    assert "MATLAB's own predictions: trainresoutput = net(XTrain)" in str(report)


def test_a_script_needs_a_network_and_a_name_that_matlab_takes(tmp_path: Path) -> None:
    path = saved(tmp_path / "ours.mat", network())
    with pytest.raises(UsageError, match="object of MATLAB's"):
        ask.write(path, tmp_path / "ask_it.m")
    with pytest.raises(UsageError, match="runs no script"):
        ask.write(path, tmp_path / "ask-it.m")


def test_one_input_after_another(tmp_path: Path) -> None:
    net, x = network(), waves(1, 60)
    y = bridge.predict(net, x, layout="CT")[:, 45:]
    path = saved(tmp_path / "a.mat", net, XTrain=x[:, :45], XTest=x[:, 45:], YPred=y)
    assert claims(path) == ["YPred = net([XTrain, XTest])"]


def test_a_network_that_is_fed_with_its_own_predictions(tmp_path: Path) -> None:
    # The state that the training data leave, the last target, then prediction after prediction, standardized by hand.
    net, x = network(), waves(1, 11) + 0.4  # so short that the state still knows the first step
    trained = net.with_(fc={"Weights": -9 * net["fc"].Weights})
    y, state = bridge.predict(trained, x, layout="CT", return_state=True)
    said = [y[:, -1:]]
    for _ in range(11):
        one, state = bridge.predict(trained, said[-1], layout="CT", state=state, return_state=True)
        said.append(one)
    predictions = np.concatenate(said, 1) * np.float32(2) + np.float32(0.5)
    beside = {"XTrain": x[:, :-1], "YTrain": x[:, 1:], "mu": 0.5, "sig": 2.0, "YPred": predictions}
    (verdict,) = check_networks(saved(tmp_path / "a.mat", trained, **beside)).verdicts
    assert verdict.status == 0
    first = verdict.lines()[0]
    assert "YPred = net([XTrain, YTrain(:,end)])*sig + mu, 12 of 12" in first
    assert "then fed with its own predictions" in first
    assert check_networks(saved(tmp_path / "a.mat", perturbed(trained), **beside)).status != 0
