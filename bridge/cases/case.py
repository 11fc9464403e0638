"""A case: which sides do the same job, on what data, and how close they must be. Read from a small TOML file. ::

    workspace = "weights.mat"
    model = "lstm_sim.mdl"
    recording = "y_recorded.mat"

Every side may stand at the top by its kind (`KINDS`), or, where there are several of a kind, as a table
``[sides.NAME]`` with the same keys and its own options.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridge.comparing import Tolerance
from bridge.errors import FileError, LimitExceeded, MalformedFile, UsageError
from bridge.suggestions import offered

KINDS = ("model", "network", "onnx", "python", "c", "recording")
_DATA = {"workspace", "inputs", "layout"}
_TOP = {"name", "signals", "tolerance", "require", "sides", "stop_time", "step", "solver", *_DATA, *KINDS}
# What a side may be told, by its kind; what the case says of workspace, inputs and layout holds for all.
_RUN = {"workspace", "inputs", "subsystem", "set", "log"}
_SIDE = {
    "model": {*_RUN, "engine", "engines"},
    "c": {*_RUN, "evidence"},
    "network": {*_DATA, "engine", "engines", "precision"},
    "onnx": {*_DATA, "precision"},
    "python": {*_DATA},
    "recording": {"evidence"},
}
_LONGEST = 100_000
KEYS = _TOP - {"name", "c"}
"""The keys by which a TOML file is known as a case; others have a name, too."""
_FORMS: tuple[tuple[set[str], Any, str], ...] = (
    ({"name", "workspace", "layout", "engine", "evidence", "precision", "subsystem", "solver"}, str, "a text"),
    ({"engines", "require", "log"}, list, "a list of texts"),
    ({"signals", "sides", "set", "tolerance"}, dict, "a table"),
    ({"inputs"}, (str, dict), "a file or a table of expressions"),
    ({"stop_time", "step"}, (int, float), "a number"),
)
_TOLERANCE = {"absolute", "relative", "ulp", "leading", "lagging", "reason"}


@dataclass(frozen=True)
class Side:
    """One way to do the job: `kind` of `KINDS`, `source` the file (or ``module:function``), and its options.

    `tolerance` holds for every comparison with this side, in place of what the data types would allow. `group` is the
    name in the file, from which several engines or recordings make several sides.
    """

    name: str
    kind: str
    source: str
    engine: str = "numpy"
    options: Mapping[str, Any] = field(default_factory=dict)
    tolerance: Tolerance | None = None
    group: str = ""

    @property
    def base(self) -> str:
        """The name without what tells the engines or the recordings of one side apart."""
        return self.name.partition(" (")[0]


@dataclass(frozen=True)
class Case:
    """`signals` maps a common name to each side's own name for it; empty where the names are the same.

    `tolerances` are by signal, ``"*"`` for all others. `require` names sides that must have run. `inputs` is a file, or
    a table of expressions (`bridge.cases.side_inputs`).
    """

    name: str
    folder: Path
    sides: tuple[Side, ...]
    workspace: str | None = None
    inputs: str | Mapping[str, Any] | None = None
    layout: str = "TC"
    signals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    require: tuple[str, ...] = ()
    stop_time: float | None = None
    step: float | None = None
    solver: str | None = None
    written: Path | None = None

    @property
    def file(self) -> Path:
        """The TOML file, for messages."""
        return self.written or self.folder / "case.toml"

    @property
    def asked_solver(self) -> dict[str, str]:
        """The solver in place of the model's, where the case names one, so that what was kept without one stays."""
        return {} if self.solver is None else {"solver": self.solver}

    def path(self, name: str) -> Path:
        """A file of the case, relative to its folder."""
        return self.folder / name


def read_case(path: str | os.PathLike[str]) -> Case:
    """Read ``case.toml``, or the one in a folder. An unknown key or a value of another type is named in the error."""
    file = Path(path)
    if file.is_dir():
        file = file / "case.toml"
        if not file.exists():
            raise FileError(path, "holds no case.toml; slbridge demo DIR makes a case to begin with")
    try:
        text = file.read_text(encoding="utf-8-sig")
        if len(text) > _LONGEST:  # some texts cost tomllib the square of their length
            raise LimitExceeded(file, f"is longer than {_LONGEST:,} characters")
        content = tomllib.loads(text)
    except OSError as error:
        raise FileError.of(file, error) from error
    except RecursionError:
        raise LimitExceeded(file, "arrays or tables are nested too deeply") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MalformedFile(file, f"is no case: a case is a TOML file ({error})") from error
    _check(content, _TOP, file, "")
    sides = [side for kind in KINDS if kind in content for side in _sides(kind, content, content, file, kind)]
    for name, table in content.get("sides", {}).items():
        place = f"sides.{name}"
        if not isinstance(table, Mapping):
            raise MalformedFile(file, "must be a table", place)
        kinds = [kind for kind in KINDS if kind in table]
        if len(kinds) != 1:
            raise MalformedFile(file, f"needs one of {', '.join(KINDS)}", place)
        _check(table, {*_SIDE[kinds[0]], kinds[0], "tolerance"}, file, place)
        sides += _sides(name, table, content, file, kinds[0])
    if len(sides) < 2:
        raise MalformedFile(file, f"a case compares at least two sides; this one has {len(sides)}")
    twice = {side.name for side in sides if sum(other.name == side.name for other in sides) > 1}
    if twice:
        raise MalformedFile(file, f"two sides are called {twice.pop()!r}")
    return Case(
        content.get("name", file.parent.resolve().name if file.name == "case.toml" else file.stem),
        file.parent,
        tuple(sides),
        content.get("workspace"),
        content.get("inputs"),
        content.get("layout", "TC"),
        _signals(content.get("signals", {}), sides, file),
        {signal: _tolerance(t, f"tolerance.{signal}", file) for signal, t in content.get("tolerance", {}).items()},
        tuple(content.get("require", ())),
        content.get("stop_time"),
        content.get("step"),
        content.get("solver"),
        file,
    )


def _sides(name: str, table: Mapping[str, Any], top: Mapping[str, Any], file: Path, kind: str) -> list[Side]:
    source = table[kind]
    place = kind if table is top else f"sides.{name}.{kind}"
    listed = isinstance(source, list) and kind == "recording"
    if not (isinstance(source, str) or (listed and source and all(isinstance(one, str) for one in source))):
        several = "one file or a list of files" if kind == "recording" else "one file; several go into [sides.NAME]"
        raise MalformedFile(file, f"names {several}", place)
    shared = {key: top[key] for key in _DATA if key in top}
    own = {key: table[key] for key in _SIDE[kind] - {"engine", "engines"} if key in table and table is not top}
    options = {**shared, **own}
    # At the top of the file `tolerance` is by signal, and not this side's.
    given = table.get("tolerance") if table is not top else None
    tolerance = None if given is None else _tolerance(given, f"sides.{name}.tolerance", file)
    if kind == "recording":
        return _recordings(name, [source] if isinstance(source, str) else source, file, options, tolerance)
    engines = [table.get("engine", "numpy")] if "engines" not in table or table is top else table["engines"]
    if not engines or len(set(engines)) < len(engines):
        raise MalformedFile(file, "names each engine once, and at least one", f"sides.{name}.engines")
    names = [name] if len(engines) == 1 else [f"{name} ({engine})" for engine in engines]
    made = zip(names, engines, strict=True)
    return [Side(each, kind, source, engine, options, tolerance, name) for each, engine in made]


def _recordings(
    name: str, sources: list[str], file: Path, options: dict[str, Any], tolerance: Tolerance | None
) -> list[Side]:
    """A side for each file that is named or that a pattern (``recorded/*.mat``) matches, told apart by its path."""
    found: list[str] = []
    for source in sources:
        matched = sorted(path.relative_to(file.parent).as_posix() for path in _matching(file.parent, source))
        # One that matches nothing stays, and fails as a file that is not there.
        found += matched if any(sign in source for sign in "*?[") and matched else [source]
    found = list(dict.fromkeys(found))
    stems = [Path(source).stem for source in found]
    alike = len(set(stems)) < len(stems)
    labels = [
        Path(source).with_suffix("").as_posix() if alike else stem for source, stem in zip(found, stems, strict=True)
    ]
    names = [name] if len(found) == 1 and len(sources) == 1 else [f"{name} ({label})" for label in labels]
    made = zip(names, found, strict=True)
    return [Side(each, "recording", source, "numpy", options, tolerance, name) for each, source in made]


def _matching(folder: Path, pattern: str) -> list[Path]:
    if Path(pattern).is_absolute() or not any(sign in pattern for sign in "*?["):
        return []
    return [path for path in folder.glob(pattern) if path.is_file()]


def _signals(table: Mapping[str, Any], sides: list[Side], file: Path) -> dict[str, dict[str, str]]:
    """The names of each signal by side. One for a side that the case has not is an error, not a remark nobody reads."""
    found = {}
    known = {name for side in sides for name in (side.name, side.base)}
    for signal, names in table.items():
        place = f"signals.{signal}"
        if not isinstance(names, Mapping) or not all(isinstance(name, str) for name in names.values()):
            raise MalformedFile(file, "must be a table of names by side", place)
        unknown = sorted(set(names) - known)
        if unknown:
            raise MalformedFile(file, f"there is no side {unknown[0]!r}{offered(unknown[0], sorted(known))}", place)
        found[signal] = dict(names)
    return found


def _tolerance(table: Mapping[str, Any], place: str, file: Path) -> Tolerance:
    _check(table, _TOLERANCE, file, place)
    try:
        return Tolerance(**table)
    except (UsageError, TypeError) as error:
        raise MalformedFile(file, str(error), place) from error


def _check(table: Any, keys: set[str], file: Path, place: str) -> None:
    """Raise for a key that is not known, and for a value of another type than its key has."""
    if not isinstance(table, Mapping):
        raise MalformedFile(file, "must be a table", place)
    unknown = sorted(set(table) - keys)
    if unknown:
        cause = f"unknown key {unknown[0]!r}{offered(unknown[0], sorted(keys), 'known are')}"
        raise MalformedFile(file, cause, place or None)
    for key, value in table.items():
        for names, kind, what in _FORMS:
            if key in names and (not isinstance(value, kind) or isinstance(value, bool)):
                raise MalformedFile(file, f"must be {what}", f"{place}.{key}".lstrip("."))
            if kind is list and key in names and not all(isinstance(item, str) for item in value):
                raise MalformedFile(file, f"must be {what}", f"{place}.{key}".lstrip("."))
