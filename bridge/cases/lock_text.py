"""The text of a lock: a line per side, per input of one, and per signal that two sides were compared in. ::

    side "model (numpy)": model, class bridge, told "workspace"
    given "u" to "model (numpy)": 51 samples, 4 channels
    compared "y" of "model (numpy)" with "y" of "recording (y.mat)": 51 samples, 2 channels, relative 1e-12

Names are quoted as in JSON. The order does not depend on that of the case, so that a change shows as these lines alone.
"""

from __future__ import annotations

import json

from bridge.cases.lock_basis import Basis, sized

HEAD = "# Held fast by slbridge check: what the agreement of this case rests on. Commit this file beside the case."


def text(basis: Basis) -> str:
    """A basis as the text of a lock."""
    lines = [HEAD, ""]
    for label, side in sorted(basis.sides.items()):
        told = f", told {', '.join(map(_quoted, side.told))}" if side.told else ""
        lines.append(f"side {_quoted(label)}: {side.kind}, class {side.evidence}{told}")
    lines += [""] if basis.given else []
    for (label, name), (samples, channels) in sorted(basis.given.items()):
        lines.append(f"given {_quoted(name)} to {_quoted(label)}: {sized(samples, channels)}")
    lines.append("")
    for key, extent in sorted(basis.compared.items()):
        a, of_a, b, of_b = map(_quoted, key)
        lines.append(f"compared {of_a} of {a} with {of_b} of {b}: {extent}")
    return "\n".join([*lines, ""])


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
