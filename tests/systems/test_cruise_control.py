"""Integer arithmetic of a cruise control, sample by sample as MathWorks' generated C code computed it.

The recordings stand in the optional test data: uint8 sums by the internal rule, quotients of uint8 and double that are
rounded to uint8, a comparison converted to uint8.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from small_diagrams import run

from bridge.files import read
from bridge.model import Model

FOLDER = "corpus/oracles/mohmed-ahmed-01097__Model-Based-Development__ACC"


def columns(path: Path) -> dict[str, np.ndarray]:
    """A table of numbers by the names in its first row."""
    with path.open(newline="") as file:
        head, *rows = csv.reader(file)
    return {name: np.array(column, float) for name, column in zip(head, zip(*rows, strict=True), strict=True)}


@pytest.mark.parametrize(
    ("subsystem", "inputs", "output"),
    [
        (
            "computeLeadVehicleSpeed",
            ("In_Camera_Input_Lead_Vehicle", "In_Radar_Input_Lead_Vehicle"),
            "Out_Lead_Vehicle_Speed",
        ),
        (
            "computeDriveVehicle",
            ("In_Camera_Input_Drive_Vehicle", "In_Radar_Input_Drive_Vehicle"),
            "Out_Drive_Vehicle_Speed",
        ),
        ("Subsystem", ("Out_Lead_Vehicle_Speed", "Out_Drive_Vehicle_Speed"), "Out_Lead_Vehicle_Detected"),
    ],
)
def test_a_part_of_the_diagram_gives_what_the_generated_code_gave(
    shared: Path, subsystem: str, inputs: tuple[str, ...], output: str
) -> None:
    folder = shared / FOLDER
    if not folder.is_dir():
        pytest.skip(f"the optional test data are not there: {folder}")
    model = read(folder / "ACC.slx")
    assert isinstance(model, Model)
    given = columns(folder / "input.csv") | columns(folder / "output.csv")
    rows = {name: given[name].astype(np.uint8) for name in inputs}
    recorded = run(model, exact=True, subsystem=subsystem, inputs=rows, step=0.01, stop_time=given["time"][-1])
    assert recorded[output].dtype == np.uint8
    np.testing.assert_array_equal(recorded[output], given[output])
    assert len(np.unique(given[output])) > 1
