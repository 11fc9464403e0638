"""Recordings and variables from one kind of file into another: .mat, .csv, and .m for variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from bridge.errors import UsageError
from bridge.recording import Recording

ENDINGS = (".mat", ".csv", ".m")


def data_in(source: str, target: str) -> Mapping[str, Any] | None:
    """The variables of a file that holds nothing but data, which `target` is a file of too; None otherwise."""
    from bridge import files
    from bridge.files import csv_table, mat, matlab_network, matlab_script

    if _ending(target) not in ENDINGS:
        return None
    if _ending(source) == ".csv":
        return csv_table.read(source)
    reader = files.reader_of(source)
    if reader not in (mat, matlab_script):
        return None
    found = reader.read(source)
    return found if isinstance(found, Mapping) and not matlab_network.find(found) else None


def convert_data(variables: Mapping[str, Any], source: str, target: str, version: str | None = None) -> list[str]:
    """Write what `data_in` found; what is not kept, a line each.

    A recording stays one, and a table is one; other variables go as they are. `version` is that of a .mat of variables.
    Raises `EvidenceError` where there are no signals for a table.
    """
    from bridge import files
    from bridge.api import save
    from bridge.files import recordings

    table = _ending(source) == ".csv" and recordings.is_recording(variables)
    if not (table or _ending(target) == ".csv" or recordings.holds_recording(variables)):
        files.write(dict(variables), target, **({} if version is None else {"version": version}))
        return []
    if version is not None:
        raise UsageError(f"{target}: a recording is written as a .mat of version 7")
    recording = recordings.from_variables(variables, source)
    save(recording, target)
    return _lost(recording, variables, target)


def _lost(recording: Recording, variables: Mapping[str, Any], target: str) -> list[str]:
    from bridge.files import recordings

    lost = []
    rest = [] if recordings.holds_recording(variables) else recordings.others(variables)
    if rest:
        lost.append(f"what is no signal over time: {', '.join(rest)}")
    if _ending(target) == ".csv" and recording.evidence != "foreign":  # as a table counts
        lost.append(f"that the evidence is {recording.evidence}: a table does not say what computed it")
    return lost


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()
