"""Random programs on every side: a few here, as many as one has time for by `python -m tests.engines.side_by_side`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from bridge.program.types import DOUBLE, SINGLE
from tests.engines.side_by_side import spans
from tests.engines.side_by_side.__main__ import main
from tests.engines.side_by_side.definition import differences
from tests.engines.side_by_side.finding import finds
from tests.engines.side_by_side.programs import example
from tests.engines.side_by_side.sides import SIDES
from tests.engines.side_by_side.spans import Span

NODES = 30


@pytest.mark.parametrize("seed", [0, 1, 2, 7])
def test_every_side_computes_what_the_operations_are_defined_to_give(
    seed: int, need_compiler: Callable[[], None]
) -> None:
    need_compiler()
    assert not list(finds(seed, NODES, list(SIDES), Counter()))


def test_a_seed_is_one_program_and_its_numbers() -> None:
    first, second = (example(3, NODES) for _ in range(2))
    assert [node.op for node in first.program.step.walk()] == [node.op for node in second.program.step.walk()]
    assert first.inputs.keys() == second.inputs.keys()
    assert all(np.array_equal(array, second.inputs[name], equal_nan=True) for name, array in first.inputs.items())


def test_a_difference_is_found() -> None:
    """One bit where all engines are to have the same, more than the bound where they may differ."""
    one, next_to_it = np.array([1.0, np.nan]), np.array([np.nextafter(1.0, 2.0), np.nan])
    assert not list(differences({"y": one}, {"y": one}, {"y": Span(1.0)}))
    assert list(differences({"y": next_to_it}, {"y": one}, {"y": Span(1.0)}))
    assert not list(differences({"y": next_to_it}, {"y": one}, {"y": Span(1.0, error=1e-15)}))
    assert list(differences({"y": next_to_it}, {"y": one}, {"y": Span(1.0, error=1e-16)}))
    assert list(differences({"y": one[::-1]}, {"y": one}, {"y": Span(1.0, error=1e-15)}))
    assert list(differences({"y": np.array(3)}, {"y": np.array(2)}, {"y": Span(4.0, error=2.0)}))


def test_a_broken_engine_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run = SIDES["numpy"]
    monkeypatch.setitem(
        SIDES, "numpy", lambda *given: {key: np.zeros_like(array) for key, array in run(*given).items()}
    )
    assert main(["--count", "1", "--on", "numpy", "--show"]) == 1
    told = capsys.readouterr().out
    assert "--first 0 --on numpy --nodes 30: y" in told
    assert "program random 0" in told
    assert told.endswith("1 programs, 1 finds: numpy 1\n")


def test_what_sums_and_products_are_known_to_be() -> None:
    """Exact as long as every partial sum has no more digits than the type."""
    term = Span(4.0, -3)
    assert spans.summed(term, 1000, SINGLE) == Span(4000.0, -3)
    assert spans.summed(term, 2**20, SINGLE).error > 0
    assert spans.summed(term, 2**20, DOUBLE).exact
    assert spans.dotted(term, term, 70, SINGLE) == Span(1120.0, -6)
    assert spans.multiplied(Span(1e200), Span(1e200), DOUBLE).plain is False
    assert spans.added(Span(1.0, error=1e-15), Span(1.0), DOUBLE).error > 1e-15
