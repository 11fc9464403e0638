"""The readers under attack: for each its seeds, small files of our own making, how they are mutated, and how read."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bridge.cases.case import Case
from bridge.files import mat
from tests.hostile import mutations, pieces
from tests.hostile.mat_files import in_form, mat4_file, mat_file, mxarray, network, objects, read_mat, read_mxarray
from tests.hostile.model_files import in_file, model, read_model, runnable, simulated
from tests.hostile.mutations import Mutation
from tests.hostile.places import path_of, written


@dataclass(frozen=True)
class Reader:
    """A way in: `seeds` makes whole files, `mutate` hurts one, `execute` reads it, raising what the reader raises."""

    seeds: Callable[[], list[bytes]]
    mutate: Mutation
    execute: Callable[[bytes], object]


def mutant(reader: str, seeds: list[bytes], seed: int, number: int) -> bytes:
    """The file of one execution."""
    draw = random.Random(f"{reader}/{seed}/{number}")
    return READERS[reader].mutate(draw.choice(seeds), draw)


# -- networks of others, scripts, tables


def saved(ending: str, foreign: bool = False) -> Callable[[], list[bytes]]:
    """Networks as our own code writes them; `foreign`, without the notes for ourselves in it."""

    def seeds() -> list[bytes]:
        from random_networks import branched, filled, sequence

        import bridge
        from bridge.files import network_onnx

        small = filled(sequence([bridge.LSTM(2), bridge.FullyConnected(1)], 2), 1)
        found = []
        for each in (small, filled(branched(), 0)):
            if foreign:
                graph = network_onnx.model(each)
                graph.ClearField("metadata_props")
                found.append(graph.SerializeToString())
            else:
                found.append(written(lambda path, each=each: bridge.save(each, path), ending))
        return found

    return seeds


def _foreign() -> list[bytes]:
    """ONNX graphs as other programs write them."""
    from foreign_graphs import matlab, tf2onnx, tf2onnx_loop, torch_dynamo
    from random_networks import filled, sequence

    import bridge

    plain = filled(sequence([bridge.LSTM(2), bridge.FullyConnected(1)], 2), 1)
    looped = filled(sequence([bridge.GRU(2), bridge.FullyConnected(1)], 2), 1)
    graphs = [torch_dynamo(plain), tf2onnx(plain), matlab(plain, squeezed=True), tf2onnx_loop(looped)]
    return saved(".onnx", True)() + [graph.SerializeToString() for graph in graphs]


def _keras(ending: str) -> Callable[[], list[bytes]]:
    """Models as Keras writes them."""

    def seeds() -> list[bytes]:
        import keras_files
        from random_networks import branched, filled, sequence

        import bridge

        write = getattr(keras_files, ending)
        plain = filled(sequence([bridge.BiLSTM(2), bridge.GRU(2), bridge.FullyConnected(1)], 2), 1, states=False)
        plain = plain.with_({"gru": {"ResetGateMode": "before-multiplication"}})
        graph = filled(branched().with_({"end": {"ResetGateMode": "before-multiplication"}}), 0, states=False)
        return [
            written(lambda path: write(plain, path), f".{ending}"),
            written(lambda path: write(graph, path, functional=True), f".{ending}"),
        ]

    return seeds


def loaded(name: str) -> Callable[[bytes], object]:
    """What `bridge.load` makes of a file."""

    def execute(data: bytes) -> object:
        import bridge

        return bridge.load(path_of(data, name))

    return execute


def _expressions() -> list[bytes]:
    path = Path(__file__).parents[1] / "matlab" / "octave_expressions.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.encode() for line in lines if line and line[0] != "#"]


_SETUP = """
a = [1 2; 3 4]; r = [1 -2 3.5]; k = 3; z = 1 + 2i; g = {1, 'two', [3 4]}; q.x = 1.5; p(1).v = 1; p(2).v = 'b';
f = @(x, y) x + 2*y; t = 'hello';
"""


@cache
def _workspace() -> dict[str, Any]:
    from bridge.matlab.evaluate import run_script

    return dict(run_script(_SETUP))


def evaluated(data: bytes) -> object:
    """The value of an expression."""
    from bridge.matlab.evaluate import evaluate

    return evaluate(data.decode("utf-8", "replace"), _workspace())


def _scripts() -> list[bytes]:
    loops = b"x = 0;\nfor k = 1:10\n  x = x + k;\n  if x > 20, break, end\nend\nwhile x > 0\n  x = x - 7;\nend\n"
    cells = b"c = cell(2, 2);\nc{1, 2} = 'a';\ns.f(3).g = {1, [2 3]};\nn = numel(s.f);\nf = @(v) v.^2;\ny = f(1:3);\n"
    return [_SETUP.encode(), loops, cells]


def _tables() -> list[bytes]:
    return [b"time,y[0],y[1],name\n0,1.5,2,3\n0.1,nan,1e308,-4\n0.2,7,8,9\n", b"time,y\n" + b"0.5,1\n" * 30]


def read_table(data: bytes) -> object:
    """A table of numbers."""
    from bridge.files import csv_table

    return csv_table.read(path_of(data, "t.csv"))


_CASE = b"""
name = "case"
workspace = "w.mat"
layout = "TC"
stop_time = 1.5
require = ["printed"]
[sides.diagram]
model = "m.slx"
engines = ["numpy", "torch"]
[sides.printed]
recording = "p.csv"
evidence = "simulink"
tolerance = { absolute = 5.1e-5, reason = "four decimals" }
[signals.y]
diagram = "y"
printed = "z"
[tolerance.y]
relative = 1e-3
"""


def read_case(data: bytes) -> object:
    """A case."""
    from bridge.cases.case import read_case

    return read_case(path_of(data, "case.toml"))


_LOCK = b"""\
side "diagram (numpy)": model, class bridge, told "inputs.u", "workspace"
side "printed (p.csv)": recording, class simulink

given "u" to "diagram (numpy)": 5 samples, 1 channel

compared "y" of "diagram (numpy)" with "z" of "printed (p.csv)": 5 and 7 samples interpolated, 2 channels, relative 0.1
compared "k" of "diagram (numpy)" with "k" of "printed (p.csv)": 1 sample, 1 channel, exact
"""


def read_lock(data: bytes) -> object:
    """What the agreement of a case rests on."""
    from bridge.cases import lock
    from bridge.cases.lock_reading import parse

    path = path_of(data, "case.lock")
    content = lock.read(Case("c", Path(), (), written=path.with_suffix(".toml")), "read")
    return None if content is None else parse(content, path)


def _locks() -> list[bytes]:
    from bridge.cases.lock_text import HEAD

    return [f"{HEAD}\n\n".encode() + _LOCK]


_WORDS = mutations.bits_and_words
_MODEL_TEXT = mutations.spellings(pieces.MODELS)

READERS = {
    "mat-v4": Reader(mat4_file, _WORDS, lambda data: mat.read(path_of(data, "a.mat"))),
    "mat-v6": Reader(mat_file("6"), mutations.after(116), read_mat),
    "mat-v7": Reader(mat_file("7"), mutations.one_of(*[mutations.mat5_elements] * 4, mutations.after(116)), read_mat),
    "mat-v73": Reader(mat_file("7.3"), mutations.after(512), read_mat),
    "objects-v6": Reader(in_form(objects, "6"), mutations.after(116), read_mat),
    "objects-v7": Reader(in_form(objects, "7"), mutations.mat5_elements, read_mat),
    "objects-v73": Reader(in_form(objects, "7.3"), mutations.after(512), read_mat),
    "network-v6": Reader(in_form(network, "6"), mutations.after(116), read_mat),
    "network-v7": Reader(in_form(network, "7", True), mutations.mat5_elements, read_mat),
    "network-v73": Reader(in_form(network, "7.3", True), mutations.after(512), read_mat),
    "mxarray": Reader(mxarray, _WORDS, read_mxarray),
    "mdl": Reader(in_file(model, "mdl", "*.mdl"), _MODEL_TEXT, read_model("m.mdl")),
    "mdl-package": Reader(in_file(model, "opc", "*.mdl"), _MODEL_TEXT, read_model("m.mdl")),
    "slx": Reader(in_file(model, "slx", "*.slx"), mutations.zipped(_MODEL_TEXT), read_model("m.slx")),
    "onnx": Reader(saved(".onnx"), _WORDS, loaded("n.onnx")),
    "onnx-foreign": Reader(_foreign, _WORDS, loaded("n.onnx")),
    "torch": Reader(saved(".pt"), mutations.zipped(_WORDS), loaded("n.pt")),
    "keras": Reader(_keras("keras"), mutations.zipped(_WORDS), loaded("n.keras")),
    "keras-h5": Reader(_keras("h5"), _WORDS, loaded("n.h5")),
    "script": Reader(_scripts, mutations.spellings(pieces.CODE), loaded("s.m")),
    "network-script": Reader(saved(".m"), mutations.spellings(pieces.CODE), loaded("n.m")),
    "expression": Reader(_expressions, mutations.spellings(pieces.EXPRESSIONS), evaluated),
    "csv": Reader(_tables, mutations.spellings(pieces.TABLES), read_table),
    "case": Reader(lambda: [_CASE], mutations.spellings(pieces.CASES), read_case),
    "lock": Reader(_locks, mutations.spellings(pieces.LOCKS), read_lock),
    "simulation": Reader(in_file(runnable, "mdl"), mutations.spellings(pieces.DIAGRAMS), simulated),
}
"""By name, as the command line has them."""
