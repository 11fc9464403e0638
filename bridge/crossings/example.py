"""The example model, `lstm_sim.mdl`: where it lies, in an installed package and in a checkout."""

from __future__ import annotations

from pathlib import Path

from bridge.errors import FileError

NAME = "lstm_sim.mdl"


def example_model() -> Path:
    """The path of our drawing of the published example's LSTM. Raises FileError if the installation lacks it."""
    here = Path(__file__).resolve().parent
    for folder in (here, here.parents[1] / "models"):
        if (folder / NAME).is_file():
            return folder / NAME
    raise FileError(NAME, "the example model is missing from this installation of the package")
