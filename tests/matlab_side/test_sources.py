"""Every MATLAB file of the project: it parses, and it says what it does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MATLAB = ROOT / "matlab"
IGNORED = ("build", "dist", "node_modules")
# What Octave lacks: see the help of the functions that would be called.
LACKING = re.compile(r'^\s*arguments\b|^\s*import\b|"|\bstring\(|\btable2|\bh5read\b|,\s*\'all\'\)', re.MULTILINE)


def sources() -> list[Path]:
    return [
        path
        for path in sorted(ROOT.rglob("*.m"))
        if not any(part.startswith(".") or part in IGNORED for part in path.relative_to(ROOT).parts)
    ]


def code(path: Path) -> str:
    """Without comments and texts."""
    lines = (re.sub(r"'(?:[^'\n]|'')*'(?=[\s,;)\]}]|$)", "''", line) for line in path.read_text().splitlines())
    return "\n".join(line.partition("%")[0] for line in lines)


def test_every_file_parses(octave: Callable[..., str]) -> None:
    files = sources()
    assert len(files) > 50
    listed = ";".join(f"'{path}'" for path in files)
    # The parser's own messages end the run, naming file and line.
    octave(f"files = {{{listed}}}; for k = 1:numel(files), __parse_file__(files{{k}}); end")


def test_the_parser_finds_mistakes(octave: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "wrong.m").write_text("function y = wrong(x)\n    y = (x;\nend\n")
    octave(f"ok = true; try, __parse_file__('{tmp_path}/wrong.m'); catch, ok = false; end, assert(~ok);")


def test_every_function_has_help() -> None:
    for path in sources():
        if MATLAB not in path.parents or path.name.startswith("test_"):
            continue
        lines = path.read_text().splitlines()
        first = lines[1] if lines[0].startswith("function") else lines[0]
        assert re.match(rf"% {path.stem.upper()}  \S", first.strip()), f"{path}: {first!r}"
        if lines[0].startswith("function"):
            assert re.search(rf"\b{path.stem}\(|\b{path.stem}$", lines[0]), path


def test_nothing_that_octave_lacks() -> None:
    for path in sources():
        found = LACKING.search(code(path)) if MATLAB in path.parents else None
        assert found is None, f"{path}: {found and found.group()}"


def test_every_layer_type_has_its_mathematics() -> None:
    from bridge.network import LAYERS

    there = {path.stem for path in (MATLAB / "+bridge" / "+layers").glob("*Layer.m")}
    assert there == set(LAYERS)


def test_the_version_is_ours() -> None:
    import bridge

    assert f"'{bridge.__version__}'" in (MATLAB / "+bridge" / "version.m").read_text()
