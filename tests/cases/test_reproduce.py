"""The table of published values: complete, right by its own numbers, and red where a number is another."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest

from bridge import published
from bridge.cases.reproduce import ENGINES, Row, reproduce
from bridge.cases.reproduce.rows import in_single
from bridge.cli import main

OURS = ("numpy", "torch", "onnx")
EVERY = tuple(f"{engine}, {precision}" for engine in OURS for precision in ("double", "single"))
FOREIGN = ("torch.nn, single", "onnxruntime, single")
# Who must have computed each value that the example determines.
EXPECTED = {
    "sim_y": {f"diagram, {engine}" for engine in OURS},
    "dlt_z": {f"network, {engine}" for engine in ENGINES},
    "norm_z_minus_y": {f"network, {engine}" for engine in ENGINES},
    "sys_D": {"systems"},
    "dcgain_sys": {"systems"},
    "zpk_sys": {"systems"},
    "W_cell_output": {"crossing"},
    "R_cell_output": {"crossing"},
    "F": {"crossing"},
    "diff_calculated": {*EVERY, *FOREIGN},
    "train_calculated_first_loss": {*EVERY, *FOREIGN},
    "train_calculated_learn_rates": {"training"},
    "train_random_first_loss": {*EVERY, *FOREIGN},
    "train_random_learn_rates": {"training"},
}
VALUES = published.load("lstm_dynamical_system")["values"]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    pytest.importorskip("torch")
    return list(reproduce())


def test_every_value_is_there_on_every_engine(rows: list[Row]) -> None:
    assert {id for id, value in VALUES.items() if value["kind"] != "chaotic"} == EXPECTED.keys()
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row.engine)
    assert found.keys() == EXPECTED.keys()
    for id, engines in found.items():
        assert sorted(engines) == sorted(EXPECTED[id]), id


def test_agreement_is_in_the_numbers_themselves(rows: list[Row]) -> None:
    """Judged again from what is shown, not from what the row says of itself."""
    for row in rows:
        assert row.agrees is True, row
        printed = VALUES[row.id].get("printed")
        single = row.engine.endswith("single") and row.kind == "exact_in_double"
        if row.kind == "rounding":
            assert 1 / 3 < float(row.computed) / float(printed) < 3
        elif single:
            assert abs(float(row.computed) / float(printed) - 1) < 1e-3
            assert row.relative is not None
        elif printed is None:
            assert row.computed == {key: VALUES[row.id][key] for key in ("gain", "zeros", "quadratics")}
        elif isinstance(printed, str):
            assert row.computed == printed
        else:
            np.testing.assert_array_equal(np.asarray(row.computed, float), np.asarray(printed, float))


def other(value: Any) -> Any:
    """A printed number with its last digit changed, or such an array of numbers."""
    if isinstance(value, list):
        return [other(value[0]), *value[1:]]
    if isinstance(value, str):
        return value[:-1] + ("1" if value[-1] != "1" else "2")
    return round(value + 1e-4, 4)


@pytest.mark.parametrize("id", EXPECTED)
def test_another_number_is_a_disagreement(
    id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = copy.deepcopy(published.load("lstm_dynamical_system"))
    value = data["values"][id]
    if value["kind"] == "rounding":
        value["printed"] = "5.8006e-06"  # ten times as much
    else:
        field = "printed" if "printed" in value else "zeros"
        value[field] = other(value[field])
    monkeypatch.setattr(published, "load", lambda name: data)
    assert main(["reproduce", "--json", "--engine", "numpy"]) == 1
    table = json.loads(capsys.readouterr().out)
    # In single precision the last digit is the engine's own: it stays within the limit.
    wrong = {row["id"] for row in table if not row["agrees"]}
    assert wrong == {id}


def test_a_value_that_an_engine_cannot_give_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    from bridge.cases.reproduce import first_network
    from bridge.errors import EngineMissing

    def missing(*_: object, **__: object) -> None:
        raise EngineMissing("not here")

    monkeypatch.setattr(first_network, "predict", missing)
    found = [row for row in reproduce(["numpy"]) if row.id == "dlt_z"]
    assert [(row.agrees, row.note) for row in found] == [(False, "not here")]


def test_a_single_precision_value_has_a_limit() -> None:
    printed = float(VALUES["diff_calculated"]["printed"])
    assert in_single("diff_calculated", 1.0009 * printed, "x").agrees
    assert not in_single("diff_calculated", 1.0011 * printed, "x").agrees
    assert not in_single("diff_calculated", float("nan"), "x").agrees
