"""Variables inside a model: its own workspace as MATLAB code, so that a diagram with its weights is one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bridge.errors import UsageError
from bridge.matlab.printing import mat2str
from bridge.model import Model


def embed(model: Model, variables: Mapping[str, Any]) -> Model:
    """Give the model a workspace with these numeric variables and return it. 17 digits keep every bit of a double."""
    lines = []
    for name, value in variables.items():
        array = np.asarray(value)
        if array.dtype.kind not in "biuf" or array.ndim > 2:
            raise UsageError(f"variable {name!r} is no real matrix: only these go into a model's workspace")
        lines.append(f"{name} = {mat2str(np.atleast_2d(array).astype(float), 17)};")
    model.parameters["WSDataSource"] = "MATLAB Code"
    model.parameters["WSMCode"] = "\n".join(lines)
    return model
