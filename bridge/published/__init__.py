"""Numbers that MATLAB printed in public, with their sources: what tests and reports measure `bridge` against.

`lstm_dynamical_system` (the example "LSTM as a Dynamical System": steps and printed values), `random_numbers`
(draws by generator and seed) and `state_space` (realisations that `ss` gave).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bridge.errors import UsageError
from bridge.suggestions import offered

NAMES = ("lstm_dynamical_system", "random_numbers", "state_space")


def load(name: str) -> Any:
    """The published numbers called `name`, one of `NAMES`, as lists and dictionaries; numbers as printed."""
    if name not in NAMES:
        raise UsageError(f"there are no published numbers called {name!r}{offered(name, NAMES)}")
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
