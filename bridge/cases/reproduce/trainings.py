"""Steps 8 to 10: training from the calculated weights and from random ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bridge import published
from bridge.cases.example import Example
from bridge.cases.reproduce.linear_system import calculated_network, response
from bridge.cases.reproduce.rows import Row, chaotic, exact, failed, values
from bridge.crossings.linear_systems import linear_system_from_lstm
from bridge.errors import BridgeError, EngineError
from bridge.matlab.systems import dcgain, zpk
from bridge.network import LSTM, FullyConnected, Network, SequenceInput
from bridge.prediction import predict
from bridge.training import TrainingInfo, TrainingOptions, train


@dataclass(frozen=True)
class Training:
    """One of the two trainings, run in full."""

    start: str
    network: Network
    info: TrainingInfo


def options(start: str) -> TrainingOptions:
    """The options of the training from ``calculated`` or ``random`` weights."""
    setup = published.load("lstm_dynamical_system")["setup"]["training"]
    return TrainingOptions(
        setup["solver"],
        InitialLearnRate=setup[start]["initial_learn_rate"],
        LearnRateSchedule="piecewise",
        LearnRateDropFactor=setup[start]["drop_factor"],
        LearnRateDropPeriod=setup["drop_period"],
        GradientThreshold=float(setup["gradient_threshold"]),
        GradientThresholdMethod=setup["gradient_threshold_method"],
        L2Regularization=setup["l2_regularization"],
        MaxEpochs=setup["max_epochs"],
        VerboseFrequency=500,
    )


def start_network(start: str, data: Example) -> Network:
    """The network that a training begins with."""
    if start == "calculated":
        return calculated_network()
    w = data.random_start
    units = w["RecurrentWeights"].shape[1]
    return Network([SequenceInput(1), LSTM(units), FullyConnected(1)]).with_(
        lstm={name: w[name] for name in ("InputWeights", "RecurrentWeights", "Bias")},
        fc={"Weights": w["FC weights"], "Bias": np.zeros((1, 1))},
    )


def training_rows(
    data: Example, engines: Sequence[str], run: bool, progress: Callable[[str, str], None] | None
) -> Iterator[Row]:
    """The learn rates and first losses; with `run` all that the trainings end in."""
    for start in ("calculated", "random"):
        yield _learn_rates(start)
    target = response(data.training)
    for engine in engines:
        for precision in ("double", "single") if engine not in ("torch.nn", "onnxruntime") else ("single",):
            label = f"{engine}, {precision}"
            try:
                network = start_network("random", data)
                z = predict(network, data.training, layout="TC", precision=precision, engine=engine).astype(float)
            except EngineError as error:
                yield failed("train_random_first_loss", label, error)
                continue
            loss = float(np.mean((z - target) ** 2))
            theirs = values()["train_random_first_loss"]["printed"]
            row = exact("train_random_first_loss", loss, label)
            yield Row(row.id, row.what, row.kind, theirs, f"{loss:.5g}", f"{loss:.5g}" == theirs, label)
    if run:
        for start in ("calculated", "random"):
            yield from _full(start, data, target, progress)


def _learn_rates(start: str) -> Row:
    id = f"train_{start}_learn_rates"
    value = values()[id]
    chosen = options(start)
    epochs = [1, *range(chosen.VerboseFrequency, chosen.MaxEpochs + 1, chosen.VerboseFrequency)]
    ours = [f"{chosen.rate_in(epoch):.5g}" for epoch in epochs]
    return Row(id, value["what"], value["kind"], value["printed"], ours, ours == value["printed"], "training")


def _full(start: str, data: Example, target: np.ndarray, progress: Callable[[str, str], None] | None) -> Iterator[Row]:
    """Train in full; the log beside MATLAB's, and the values after it."""
    network, info = train(
        start_network(start, data),
        data.training,
        target,
        options(start),
        progress=False if progress is None else lambda row: progress(start, str(row)),
    )
    id = f"train_{start}_log"
    value = values()[id]
    ours = [list(row.cells()) for row in info.rows]
    same = [row[0] for row in ours] == [row[0] for row in value["rows"]]
    note = f"chaotic: never called equal; {len(ours)} rows, as published" if same else "the log is incomplete"
    yield Row(id, value["what"], value["kind"], value["rows"], ours, None if same else False, "torch.nn", note=note)
    yield from _ended(start, network, data)


def _ended(start: str, network: Network, data: Example) -> Iterator[Row]:
    lstm, fully_connected = network["lstm"], network["fc"]
    units = lstm.NumHiddenUnits
    W, R, b = (np.asarray(getattr(lstm, name), float) for name in ("InputWeights", "RecurrentWeights", "Bias"))
    F, bias = np.asarray(fully_connected.Weights, float), float(np.asarray(fully_connected.Bias).reshape(()))
    y = response(data.validation)

    def off(factor: float) -> float:
        z = predict(network, factor * data.validation, layout="TC", engine="torch.nn").astype(float)
        return float(np.linalg.norm(factor * y - z))

    if start == "random":
        before = calculated_network()
        pairs = (("W", "InputWeights", W), ("R", "RecurrentWeights", R), ("b", "Bias", b))
        for letter, name, array in pairs:
            yield chaotic(f"random_{letter}_minus_{letter}", (array - getattr(before["lstm"], name)).T, "torch.nn")
        yield chaotic("random_F_minus_F", F - before["fc"].Weights, "torch.nn")
        yield chaotic("random_fc_bias", bias, "torch.nn")
        yield chaotic("diff_random", off(1.0), "torch.nn")
        yield chaotic("diff_random_3u", off(3.0), "torch.nn")
        return
    rows = slice(2 * units, 4 * units)
    yield chaotic("trained_W_cell_output", W[rows].T, "torch.nn")
    yield chaotic("trained_R_cell_output", R[rows].T, "torch.nn")
    yield chaotic("trained_b_cell", b[2 * units : 3 * units].T, "torch.nn")
    yield chaotic("trained_F", F, "torch.nn")
    yield chaotic("trained_fc_bias", bias, "torch.nn")
    try:
        extracted = linear_system_from_lstm(network)
    except BridgeError as error:
        yield failed("trained_D", "crossing", error)
    else:
        yield chaotic("trained_D", extracted.D[0, 0], "crossing")
        yield chaotic("trained_dcgain", float(np.asarray(dcgain(extracted)).reshape(())), "crossing")
        value = values()["trained_zpk"]
        shown = f"ans =\n \n{zpk(extracted)}"
        note = "chaotic: never called equal"
        yield Row("trained_zpk", value["what"], value["kind"], value["printed"], shown, None, "crossing", note=note)
    yield chaotic("diff_trained", off(1.0), "torch.nn")
    yield chaotic("diff_trained_3u", off(3.0), "torch.nn")
