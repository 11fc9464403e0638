"""Recorded outputs beside a shallow network: calls that scripts make are found, chance and other networks are not."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shallow_networks import object_file

import bridge
from bridge.cases import ask_shallow
from bridge.cases.net_check import check_networks
from bridge.cli import main
from bridge.files import mat, shallow_mat
from bridge.matlab.values import Cell
from bridge.network import Processing, ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput, Weight

RANDOM = np.random.default_rng(11)
SCALED = Processing("mapminmax", {"xoffset": [-2.0, -3.0], "gain": [0.5, 0.25], "ymin": -1.0})


def fit(*processing: Processing, by: float = 0.0) -> ShallowNetwork:
    random = np.random.default_rng(6)
    w = [random.normal(size=shape) * (1 + by) for shape in ((5, 2), (1, 5))]
    layers = [ShallowLayer(5, "tansig", b=random.normal(size=5)), ShallowLayer(1, "purelin", b=[0.2])]
    return ShallowNetwork(
        [ShallowInput(2, processing)], layers, [ShallowOutput(2, 1)], {(1, 1): Weight(w[0])}, {(2, 1): Weight(w[1])}
    )


def narx(closed: bool) -> ShallowNetwork:
    random = np.random.default_rng(7)
    wx, wy, w = (Weight(random.normal(size=s), d) for s, d in (((3, 2), (1, 2)), ((3, 2), (1, 2)), ((1, 3), (0,))))
    layers = [ShallowLayer(3, "tansig", b=random.normal(size=3)), ShallowLayer(1, "purelin", b=random.normal(size=1))]
    back = Processing("mapminmax", {"xoffset": [1.0], "gain": [0.5], "ymin": -1.0})
    outputs = [ShallowOutput(2, 1, [back], feedbackMode="closed" if closed else "open")]
    if closed:
        return ShallowNetwork([ShallowInput(1)], layers, outputs, {(1, 1): wx}, {(1, 2): wy, (2, 1): w})
    inputs = [ShallowInput(1), ShallowInput(1, [back])]
    return ShallowNetwork(inputs, layers, outputs, {(1, 1): wx, (1, 2): wy}, {(2, 1): w})


def claims(path: Path, net: ShallowNetwork, **beside: Any) -> list[str]:
    mat.write({"net": shallow_mat.structure(net), **beside}, path / "a.mat")
    (verdict,) = check_networks(path / "a.mat").verdicts
    return [claim.expression("net") for claim in verdict.claims]


def cells(*series: Any) -> Cell:
    return Cell([[x[:, [k]] for k in range(x.shape[1])] for x in series])


X = RANDOM.normal(size=(2, 40))


def test_outputs_are_found_in_either_orientation(tmp_path: Path) -> None:
    y = bridge.predict(fit(), X)
    assert claims(tmp_path, fit(), x=X, y=y, t=y + 0.1) == ["y = net(x)"]
    assert claims(tmp_path, fit(), x=X.T, outputs=y.T) == ["outputs = net(x')"]


def test_what_a_script_scaled_by_hand_is_found(tmp_path: Path) -> None:
    """The network was trained on what mapminmax made of the data, with settings that stand in the file."""
    settings = {"name": "mapminmax", "xrows": 2.0, "ymin": -1.0, "ymax": 1.0}
    settings |= {"xmin": np.array([[-2.0], [-3.0]]), "xmax": np.array([[2.0], [5.0]])}
    back = {"name": "mapminmax", "xrows": 1.0, "xmin": 3.0, "xmax": 7.0, "ymin": -1.0, "ymax": 1.0}
    y = bridge.predict(fit(SCALED), X)
    found = claims(tmp_path, fit(), input=X, inputps=settings, outputps=back, BPoutput=(y + 1) / 0.5 + 3)
    assert found == ["BPoutput = mapminmax('reverse', net(mapminmax('apply', input, inputps)), outputps)"]


def test_matlabs_own_call_of_a_dynamic_network_is_found(tmp_path: Path) -> None:
    x, t = RANDOM.normal(size=(1, 30)), RANDOM.normal(size=(1, 30))
    Xs, Xi = cells(x[:, 2:], t[:, 2:]), cells(x[:, :2], t[:, :2])
    Y = bridge.predict(narx(False), Xs, state=(Xi, None))
    assert claims(tmp_path, narx(False), Xs=Xs, Xi=Xi, Y=Y) == ["Y = net(Xs, Xi)"]
    first = Cell([[np.zeros((3, 1))] * 2, [t[:, [0]], t[:, [1]]]])
    Yc = bridge.predict(narx(True), cells(x[:, 2:]), state=(cells(x[:, :2]), first))
    beside = {"Xc": cells(x[:, 2:]), "Xic": cells(x[:, :2]), "Aic": first, "Yc": Yc}
    assert claims(tmp_path, narx(True), **beside) == ["Yc = net(Xc, Xic, Aic)"]


def test_what_preparets_does_is_found(tmp_path: Path) -> None:
    x, t = RANDOM.normal(size=(1, 30)), RANDOM.normal(size=(1, 30))
    y = bridge.predict(narx(False), [x[:, 2:], t[:, 2:]], layout="CT", state=([x[:, :2], t[:, :2]], None))
    assert claims(tmp_path, narx(False), x=x, t=t, y=y) == ["y = net(preparets: {x, t})"]
    before = (t[:, :2] - 1) * 0.5 - 1  # as the output's layer would have said it
    y = bridge.predict(narx(True), x[:, 2:], layout="CT", state=([x[:, :2]], [np.zeros((3, 2)), before]))
    assert claims(tmp_path, narx(True), x=x, t=t, y=y) == ["y = net(preparets: x, t)"]


def test_the_errors_that_training_noted_are_found(tmp_path: Path) -> None:
    t = bridge.predict(fit(), X) + RANDOM.normal(size=(1, 40))
    squares = (t - bridge.predict(fit(), X)) ** 2
    parts = {"trainInd": np.arange(1.0, 29), "valInd": np.arange(29.0, 35), "testInd": np.arange(35.0, 41)}
    errors = {"best_perf": squares[:, :28].mean(), "best_vperf": squares[:, 28:34].mean(), "best_tperf": np.nan}
    tr = {**{name: each.reshape(1, -1) for name, each in parts.items()}, **errors, "performFcn": "mse"}
    assert claims(tmp_path, fit(), x=X, t=t, tr=tr) == ["tr.best_perf, tr.best_vperf = mse(t, net(x))"]
    assert check_networks(tmp_path / "a.mat").status == 0
    assert claims(tmp_path, fit(), x=X, t=t, tr={**tr, "best_perf": tr["best_perf"] * (1 + 1e-7)}) == []
    assert claims(tmp_path, fit(), x=X, t=t, tr={**tr, "performFcn": "crossentropy"}) == []
    assert claims(tmp_path, fit(), x=X[:, :30], t=t[:, :30], tr=tr) == []


@pytest.mark.parametrize("by", [1e-3, 1e-6])
def test_a_network_with_slightly_other_weights_is_not_believed(tmp_path: Path, by: float) -> None:
    mat.write({"net": shallow_mat.structure(fit()), "x": X, "y": bridge.predict(fit(by=by), X)}, tmp_path / "a.mat")
    report = check_networks(tmp_path / "a.mat")
    assert report.status == 4
    assert "nearest: y = net(x)" in str(report)


def test_every_engine_computes_it_again(tmp_path: Path, capsys: Any) -> None:
    net = {"net": shallow_mat.structure(fit()), "x": X, "y": bridge.predict(fit(), X)}
    mat.write(net, tmp_path / "a.mat")
    assert main(["check", str(tmp_path / "a.mat")]) == 0
    said = capsys.readouterr().out
    assert all(f"  {engine}: agrees" in said for engine in ("numpy", "torch", "onnx", "compiled"))
    assert "double" in check_networks(tmp_path / "a.mat").to_json()["networks"][0]["found"][0]["reason"]


def test_a_function_of_the_users_own_cannot_be_run(tmp_path: Path, capsys: Any) -> None:
    fields = shallow_mat.structure(fit())
    fields["layers"][0]["transferFcn"] = "mysig"
    mat.write({"net": fields, "x": X}, tmp_path / "a.mat")
    assert main(["check", str(tmp_path / "a.mat")]) == 3
    assert "layers{1}" in capsys.readouterr().out
    assert main(["info", "--strict", str(tmp_path / "a.mat")]) == 3
    assert main(["convert", str(tmp_path / "a.mat"), str(tmp_path / "a.onnx")]) == 3


def test_the_command_line_runs_and_converts(tmp_path: Path, capsys: Any) -> None:
    y = bridge.predict(fit(), X)
    mat.write({"net": shallow_mat.structure(fit()), "x": X}, tmp_path / "a.mat")
    assert main(["run", str(tmp_path / "a.mat"), "--input", str(tmp_path / "a.mat"), "--signal", "x",
                 "--output", str(tmp_path / "y.mat")]) == 0  # fmt: skip
    np.testing.assert_array_equal(mat.read(tmp_path / "y.mat")["y"], y)
    assert main(["convert", str(tmp_path / "a.mat"), str(tmp_path / "a.onnx")]) == 0
    assert main(["info", str(tmp_path / "a.onnx")]) == 0
    assert "layers{1}  tansig" in capsys.readouterr().out
    x, before = RANDOM.normal(size=(1, 12)), np.zeros((3, 2))
    state = {"Xi": cells(x[:, :2]), "Ai": Cell([[before[:, [0]]] * 2, [np.ones((1, 1))] * 2])}
    mat.write({"net": shallow_mat.structure(narx(True)), "x": cells(x[:, 2:]), **state}, tmp_path / "n.mat")
    path = str(tmp_path / "n.mat")
    assert main(["run", path, "--input", path, "--initial", "Xi,Ai", "--output", str(tmp_path / "y.mat")]) == 0
    expected = bridge.predict(narx(True), x[:, 2:], layout="CT", state=([x[:, :2]], [before, np.ones((1, 2))]))
    np.testing.assert_allclose(mat.read(tmp_path / "y.mat")["y"], expected)
    assert main(["run", path, "--input", path, "--initial", "Xi,none"]) == 2
    assert main(["run", path, "--input", path, "--state", "reset"]) == 2
    assert main(["convert", path, str(tmp_path / "served"), "--serve"]) == 2


@pytest.mark.parametrize("closed", [False, True])
def test_a_script_for_matlab_records_what_check_finds(tmp_path: Path, require_tool: Any, closed: bool) -> None:
    """Octave has no such networks: a function handle stands in for the one in the file."""
    octave = require_tool("octave-cli")
    net = narx(True) if closed else fit(SCALED)
    (tmp_path / "net.mat").write_bytes(object_file(shallow_mat.structure(net)))
    assert main(["ask", str(tmp_path / "net.mat"), "-o", str(tmp_path / "ask_net.m")]) == 0
    script = (tmp_path / "ask_net.m").read_text()
    assert ("low = [-2 -3];\nhigh = [2 5];" in script) != closed
    given = bridge.load(tmp_path / "net.mat")
    assert given == net
    low, high = ask_shallow.ranges(net)
    time = np.arange(64.0)
    waves = [
        (np.sin(0.37 * k * time + k) + 0.5 * np.sin(1.9 * time + 0.3 * k**2)) / 1.5 for k in range(1, len(low) + 1)
    ]
    x = np.array([a + (b - a) * (wave + 1) / 2 for a, b, wave in zip(low, high, waves, strict=True)])
    mat.write({"said": bridge.predict(net, x)}, tmp_path / "said.mat")
    handle = (
        "@(x) num2cell(getfield(load('said.mat'), 'said'), 1)" if closed else "@(x) getfield(load('said.mat'), 'said')"
    )
    (tmp_path / "ask_net.m").write_text(
        script.replace("net = loaded.net;", f"net = {handle};").replace("loaded =", "% ")
    )
    subprocess.run([octave, "--no-gui", "ask_net.m"], cwd=tmp_path, check=True, capture_output=True)
    report = check_networks(tmp_path / "net.mat", tmp_path / "net_recorded.mat")
    assert report.status == 0
    assert "GNU Octave's predictions: prediction = net(input')" in str(report)


def test_differences_and_drawings_are_by_matlabs_names(tmp_path: Path, capsys: Any) -> None:
    for name, net in (("a", fit()), ("b", fit(SCALED, by=1e-3)), ("c", narx(True))):
        bridge.save(net, tmp_path / f"{name}.mat")
    a, b, c = (str(tmp_path / f"{name}.mat") for name in "abc")
    assert main(["diff", a, a]) == 0
    assert main(["diff", a, b]) == 1
    said = capsys.readouterr().out
    assert "inputs{1}.processFcns: '' -> 'mapminmax'" in said
    assert "IW{1,1}: norm" in said
    assert main(["diff", a, c]) == 1
    assert "+ part LW{1,2}" in capsys.readouterr().out
    assert main(["draw", c, "-o", str(tmp_path / "c.svg")]) == 0
    drawn = (tmp_path / "c.svg").read_text()
    assert 'data-source="layers{2}" data-target="layers{1}"' in drawn
    assert "delays 1, 2" in drawn
    assert "layers{1}" in fit()._repr_html_()


def test_a_case_may_have_a_shallow_network_as_a_side(tmp_path: Path) -> None:
    """Beside a recording of the same: in double precision, on every engine, steps along rows as everywhere here."""
    from bridge.cases.check import check
    from bridge.recording import Recording

    bridge.save(narx(True), tmp_path / "net.mat")
    u = RANDOM.normal(size=(12, 1))
    mat.write({"t": np.arange(12.0).reshape(-1, 1), "u": u}, tmp_path / "data.mat")
    y = bridge.predict(narx(True), u, layout="TC")
    bridge.save(Recording({"y": y}, np.arange(12.0), evidence="matlab", origin={}), tmp_path / "y.mat")
    (tmp_path / "case.toml").write_text(
        'workspace = "data.mat"\nrecording = "y.mat"\n[sides.net]\nnetwork = "net.mat"\n'
        'engines = ["numpy", "torch", "onnx", "compiled"]\n'
    )
    report = check(tmp_path)
    assert report.status == 0, str(report)
    assert "all 5 sides agree with recording (matlab)" in report.verdict
