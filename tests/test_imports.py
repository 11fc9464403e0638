"""Who may import whom in `bridge/`, held by reading the source of every module; and what the package offers."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bridge

SOURCE = Path(__file__).resolve().parents[1] / "bridge"

NOUNS = frozenset(
    {"errors", "limits", "recording", "network", "model", "linear_system", "suggestions", "storage", "packages"}
)
EVERYTHING = frozenset({"*"})

# room -> the rooms that it may import, besides itself. A room is the first name after `bridge.`.
ALLOWED: dict[str, frozenset[str]] = {
    **dict.fromkeys(NOUNS, NOUNS),
    "matlab": NOUNS,
    "program": NOUNS,
    "neural": frozenset({"program"}),  # formulas that diagrams and networks share
    "files": NOUNS | {"matlab"},
    "diagram": NOUNS | {"matlab", "program", "neural"},
    "layers": NOUNS | {"matlab", "program", "neural"},
    "engines": NOUNS | {"program"},
    "crossings": NOUNS | {"matlab", "program", "diagram", "layers"},
    # `files` for the border to torch: which tensor is which weight.
    "training": NOUNS | {"matlab", "program", "layers", "engines", "files"},
    "comparing": NOUNS,
    "drawing": NOUNS,
    "published": NOUNS,  # data, and what reads it
    "cases": EVERYTHING,
    "api": EVERYTHING,
    "simulation": EVERYTHING,  # what `api` offers for running diagrams
    "deployment": EVERYTHING,  # for taking them elsewhere
    "gradients": EVERYTHING,  # and for differentiating them
    "prediction": EVERYTHING,  # and for running networks
    "testing": EVERYTHING,
    "cli": EVERYTHING,
    "__init__": EVERYTHING,  # lazily
    "__main__": frozenset({"cli"}),
}
# Nothing but these two may import the command line.
USES_CLI = frozenset({"cli", "__main__"})

# Imported at the top of a module, these would slow every command down.
HEAVY = frozenset({"scipy", "h5py", "torch", "onnx", "onnxruntime", "matplotlib", "rich", "pandas", "xarray", "dask"})
FORBIDDEN_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "misc"})
LONGEST = 600

MODULES = sorted(path for path in SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def room_of_name(dotted: str) -> str | None:
    """The room that a dotted module name means; None outside the package. `bridge` alone is its public names."""
    parts = dotted.split(".")
    if parts[0] != "bridge":
        return None
    return parts[1] if len(parts) > 1 else "api"


def imported_rooms(tree: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Every room that the source imports, with the line: at any depth, under any condition, relative or by name."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package[: len(package) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            if base == "bridge":
                # `from bridge import x`: a room, the version, or a public name, which is the business of `api`.
                wanted = [alias.name for alias in node.names if alias.name != "__version__"]
                names = [f"bridge.{name}" if name in ALLOWED else "bridge" for name in wanted]
            else:
                names = [base]
        elif isinstance(node, ast.Call) and node.args:
            function = node.func
            called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if called in ("import_module", "__import__"):
                names = [text] if (text := _leading_text(node.args[0])).startswith("bridge") else []
        for name in names:
            room = room_of_name(name)
            if room is not None:
                yield getattr(node, "lineno", 0), room


def _leading_text(node: ast.expr) -> str:
    """A string literal, or the literal part that an f-string begins with."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    return node.value.rstrip(".") if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def trespasses(room: str, tree: ast.AST, package: tuple[str, ...] = ("bridge",)) -> list[tuple[int, str]]:
    allowed = ALLOWED[room]
    found = []
    for line, imported in imported_rooms(tree, package):
        permitted = imported == room or imported in allowed or allowed == EVERYTHING
        if not permitted or (imported == "cli" and room not in USES_CLI):
            found.append((line, imported))
    return found


def heavy_at_top(tree: ast.Module) -> list[tuple[int, str]]:
    """Heavy packages imported while the module itself is imported."""
    found = []
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append((node.lineno, node.module or ""))
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr):
            pending += ast.iter_child_nodes(node)
    return [(line, name) for line, name in found if name.split(".")[0] in HEAVY]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_keeps_to_its_room(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    room, place = room_of(path), path.relative_to(SOURCE.parent)
    assert room in ALLOWED, f"{place}: the room {room!r} is not in the table of allowed imports"
    tree = ast.parse(text)
    for line, imported in trespasses(room, tree, place.parts[:-1]):
        pytest.fail(f"{place}:{line}: {room} may not import {imported}")
    for line, name in heavy_at_top(tree):
        pytest.fail(f"{place}:{line}: {name} is imported before it is needed")
    assert path.stem not in FORBIDDEN_NAMES, f"{place}: a name that says nothing"
    length = text.count("\n")
    assert length <= LONGEST, f"{place}: {length} lines, more than {LONGEST}"


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("recording", "import bridge.files"),
        ("recording", "def save(self):\n    from bridge.api import save"),
        ("comparing", "from bridge import program"),
        ("comparing", "from bridge import simulate"),
        ("comparing", "from ..files import mat"),
        ("files", "import bridge"),
        ("engines", "import importlib\nimportlib.import_module('bridge.layers.lstm')"),
        ("engines", "import importlib\nimportlib.import_module(f'bridge.layers.{name}')"),
        ("cases", "from bridge.cli import main"),
        ("program", "if TYPE_CHECKING:\n    from bridge.diagram import Block"),
    ],
)
def test_a_forbidden_import_is_seen(room: str, source: str) -> None:
    assert trespasses(room, ast.parse(source), ("bridge", room))


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("files", "from bridge.matlab import evaluate\nfrom bridge.errors import FileError"),
        ("files", "from bridge import __version__, matlab"),
        ("files", "from .mat import read"),
        ("cli", "from bridge.cli.run import run\nfrom bridge.api import load"),
        ("recording", "import numpy\nfrom importlib import import_module"),
    ],
)
def test_an_allowed_import_is_let_through(room: str, source: str) -> None:
    assert trespasses(room, ast.parse(source), ("bridge", room)) == []


def test_heavy_imports_are_seen_only_at_the_top() -> None:
    assert heavy_at_top(ast.parse("try:\n    import scipy.io\nexcept ImportError:\n    pass"))
    assert heavy_at_top(ast.parse("class A:\n    from onnx import helper"))
    assert not heavy_at_top(ast.parse("class A:\n    def f(self):\n        import torch"))
    assert not heavy_at_top(ast.parse("def f():\n    import torch\nif TYPE_CHECKING:\n    import torch"))


def _homes() -> dict[str, str]:
    return dict(bridge._HOME)


def test_type_checkers_and_the_interpreter_see_the_same_names() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            declared[alias.name] = f"bridge.{alias.name}" if node.module == "bridge" else str(node.module)
    assert declared == _homes()
    assert set(bridge.__all__) == {"__version__", *declared}


@pytest.mark.parametrize("name", sorted(_homes()))
def test_every_public_name_resolves(name: str) -> None:
    for module in ("bridge.api", _homes()[name]):
        base = SOURCE.joinpath(*module.split(".")[1:])
        if not base.with_suffix(".py").exists() and not (base / "__init__.py").exists():
            pytest.skip(f"{module} is not written yet")
    assert getattr(bridge, name) is getattr(bridge, name)


@pytest.mark.parametrize("first", ["from bridge.recording import Recording", "from bridge import Recording"])
def test_a_recording_can_save_and_plot_itself_before_anything_else_was_used(first: str, tmp_path: Path) -> None:
    file = tmp_path / "y.mat"
    code = f"{first}\ny = Recording({{'y': [1.0, 2.0]}}, [0.0, 1.0])\ny.save({str(file)!r})\nassert y.plot('y')"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=SOURCE.parent)
    assert file.stat().st_size


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulatoin'"):
        _ = bridge.simulatoin


def test_the_citation_names_the_version() -> None:
    citation = (SOURCE.parent / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {bridge.__version__}\n" in citation


def test_the_package_is_imported_without_numpy() -> None:
    code = "import sys, bridge; dir(bridge); print(sorted({m.split('.')[0] for m in sys.modules} & {'numpy', 'scipy'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SOURCE.parent)
    assert done.stdout.strip() == "[]"
