"""A case: which sides do the same job, on what data, and how close they must be. Read from a small TOML file. ::

    workspace = "weights.mat"
    model = "lstm_sim.mdl"
    recording = "y_recorded.mat"

Every side may stand at the top by its kind (`model`, `network`, `onnx`, `python`, `recording`), or, where there are
several of a kind, as a table ``[sides.NAME]`` with the same keys and its own options.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.comparing import Tolerance
from bridge.errors import FileError, MalformedFile, UsageError

KINDS = ("model", "network", "onnx", "python", "recording")
_DATA = {"workspace", "inputs", "layout"}
_TOP = {"name", "signals", "tolerance", "require", "sides", "stop_time", "step", *_DATA, *KINDS}
_SIDE = {"tolerance", "engine", "engines", "evidence", "precision", "subsystem", "set", "log", *_DATA, *KINDS}
KEYS = _TOP - {"name"}
"""The keys by which a TOML file is known as a case; a name has every file."""
_FORMS: tuple[tuple[set[str], Any, str], ...] = (
    ({"name", "workspace", "inputs", "layout", "engine", "evidence", "precision", "subsystem"}, str, "a text"),
    ({"engines", "require", "log"}, list, "a list of texts"),
    ({"signals", "sides", "set", "tolerance"}, dict, "a table"),
    ({"stop_time", "step"}, (int, float), "a number"),
)
_TOLERANCE = {"absolute", "relative", "ulp", "leading", "lagging", "reason"}


@dataclass(frozen=True)
class Side:
    """One way to do the job: `kind` of `KINDS`, `source` the file (or ``module:function``), and its options.

    `tolerance` holds for every comparison with this side, in place of what the data types would allow.
    """

    name: str
    kind: str
    source: str
    engine: str = "numpy"
    options: Mapping[str, Any] = field(default_factory=dict)
    tolerance: Tolerance | None = None


@dataclass(frozen=True)
class Case:
    """`signals` maps a common name to each side's own name for it; empty where the names are the same.

    `tolerances` are by signal, ``"*"`` for all others. `require` names sides that must have run.
    """

    name: str
    folder: Path
    sides: tuple[Side, ...]
    workspace: str | None = None
    inputs: str | None = None
    layout: str = "TC"
    signals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    require: tuple[str, ...] = ()
    stop_time: float | None = None
    step: float | None = None

    def path(self, name: str) -> Path:
        """A file of the case, relative to its folder."""
        return self.folder / name


def read_case(path: str | os.PathLike[str]) -> Case:
    """Read ``case.toml``, or the one in a folder. An unknown key is an error that names it."""
    file = Path(path)
    file = file / "case.toml" if file.is_dir() else file
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(file, (error.strerror or str(error)).lower()) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MalformedFile(file, f"is no TOML: {error}") from error
    _known(content, _TOP, file, "")
    sides = [side for kind in KINDS if kind in content for side in _sides(kind, content, content, file)]
    for name, table in content.get("sides", {}).items():
        _known(table, _SIDE, file, f"sides.{name}")
        kinds = [kind for kind in KINDS if kind in table]
        if len(kinds) != 1:
            raise MalformedFile(file, f"needs one of {', '.join(KINDS)}", f"sides.{name}")
        sides += _sides(name, table, content, file, kinds[0])
    if len(sides) < 2:
        raise MalformedFile(file, f"a case compares at least two sides; this one has {len(sides)}")
    twice = {side.name for side in sides if sum(other.name == side.name for other in sides) > 1}
    if twice:
        raise MalformedFile(file, f"two sides are called {twice.pop()!r}")
    return Case(
        content.get("name", file.parent.name if file.name == "case.toml" else file.stem),
        file.parent,
        tuple(sides),
        content.get("workspace"),
        content.get("inputs"),
        content.get("layout", "TC"),
        {signal: _names(names, f"signals.{signal}", file) for signal, names in content.get("signals", {}).items()},
        {signal: _tolerance(t, f"tolerance.{signal}", file) for signal, t in content.get("tolerance", {}).items()},
        tuple(content.get("require", ())),
        content.get("stop_time"),
        content.get("step"),
    )


def _sides(
    name: str, table: Mapping[str, Any], top: Mapping[str, Any], file: Path, kind: str | None = None
) -> list[Side]:
    kind = kind or name
    source = table[kind]
    if not isinstance(source, str):
        raise MalformedFile(file, "names one file; several of a kind go into [sides.NAME]", f"{name}.{kind}")
    engines = table.get("engines", [table.get("engine", "numpy")])
    shared = {key: top[key] for key in ("workspace", "inputs", "layout") if key in top}
    own = {key: table[key] for key in _SIDE - {*KINDS, "engine", "engines", "tolerance"} if key in table}
    options = {**shared, **own}
    # At the top of the file `tolerance` is by signal, and not this side's.
    given = table.get("tolerance") if table is not top else None
    tolerance = None if given is None else _tolerance(given, f"sides.{name}.tolerance", file)
    names = [name] if len(engines) == 1 else [f"{name} ({engine})" for engine in engines]
    return [Side(each, kind, source, engine, options, tolerance) for each, engine in zip(names, engines, strict=True)]


def _names(table: Any, place: str, file: Path) -> dict[str, str]:
    """Each side's name of a signal."""
    if not isinstance(table, Mapping) or not all(isinstance(name, str) for name in table.values()):
        raise MalformedFile(file, "must be a table of names by side", place)
    return dict(table)


def _tolerance(table: Mapping[str, Any], place: str, file: Path) -> Tolerance:
    _known(table, _TOLERANCE, file, place)
    try:
        return Tolerance(**table)
    except (UsageError, TypeError) as error:
        raise MalformedFile(file, str(error), place) from error


def _known(table: Mapping[str, Any], keys: set[str], file: Path, place: str) -> None:
    if not isinstance(table, Mapping):
        raise MalformedFile(file, "must be a table", place)
    unknown = sorted(set(table) - keys)
    if unknown:
        raise MalformedFile(file, f"unknown key {unknown[0]!r}; known are {', '.join(sorted(keys))}", place or None)
    for key, value in table.items():
        for names, kind, what in _FORMS:
            if key in names and (not isinstance(value, kind) or isinstance(value, bool)):
                raise MalformedFile(file, f"must be {what}", f"{place}.{key}".lstrip("."))
            if kind is list and key in names and not all(isinstance(item, str) for item in value):
                raise MalformedFile(file, f"must be {what}", f"{place}.{key}".lstrip("."))
