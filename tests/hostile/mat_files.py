"""Seeds of .mat files of every version, with objects and networks, and how they are read."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from bridge.files import mat
from bridge.matlab.values import Cell, Char, Struct
from tests.hostile.places import SHARED, written


def read_mat(data: bytes) -> object:
    """As `bridge.load` reads it: objects, and the networks among them."""
    from bridge.files import matlab_network

    return matlab_network.recognised(mat.read_bytes(data, "hostile.mat"), "hostile.mat")


def mat_values() -> dict[str, Any]:
    """One of everything."""
    draw = np.random.default_rng(1)
    return {
        "d": draw.random((3, 2)), "z": draw.random((2, 2)) + 1j, "i": np.arange(5, dtype=np.int16), "b": True,
        "t": "text ü", "r": Char(["ab", "cd"]), "c": Cell([[1.0, "x"], [None, ["y"]]]),
        "s": Struct.array([{"a": 1.0, "b": "x"}, {"a": 2.0, "b": {"c": 3}}], (1, 2)), "e": np.zeros((0, 3)),
        "large": np.arange(2000.0).reshape(50, 40), "n": {"Class": "x", "Layers": [{"a": 1}]},
    }  # fmt: skip


def mat_file(version: str) -> Callable[[], list[bytes]]:
    """A file of our own writer, and a saved network."""

    def seeds() -> list[bytes]:
        from random_networks import branched, filled

        return [
            written(lambda path: mat.write(mat_values(), path, version)),
            written(lambda path: mat.write(_network_structure(filled(branched(), 0)), path, version)),
        ]

    return seeds


def _network_structure(network: Any) -> dict[str, Any]:
    import bridge

    data = written(lambda path: bridge.save(network, path), ".mat")
    return dict(mat.read_bytes(data))


def mat4_file() -> list[bytes]:
    """Version 4, whose header is nothing but sizes."""
    values = np.random.default_rng(2).random(6).tobytes()
    plain = struct.pack("<5i", 0, 2, 3, 0, 2) + b"x\0" + values
    text = struct.pack("<5i", 51, 1, 5, 0, 2) + b"t\0" + b"hello"
    sparse = struct.pack("<5i", 2, 3, 3, 0, 2) + b"s\0" + np.array([1.0, 2, 3, 1, 2, 2, 4, 5, 6]).tobytes()
    complex_ = struct.pack("<5i", 0, 3, 1, 1, 2) + b"z\0" + values
    return [plain + text + sparse + complex_]


def objects() -> Any:
    """A subsystem with handles, circles, natural values, and its variables."""
    from mat_subsystem import MARK, Name, Small, Subsystem

    subsystem = Subsystem(defaults={"p.A": {"Version": 2.0}})
    handle = subsystem.reserve("p.H")
    words = subsystem.string("a", "bc", None, shape=(3, 1))
    stored = {"keys": Cell.row(["k"]), "values": Cell.row([words]), "uniformity": False}
    held = subsystem.make("containers.Map", {"serialization": {**stored, "keyType": "char", "valueType": "any"}})
    function = Struct({"function": "sf%0@(x)a*x", "workspace": Cell.column([Struct({"a": 2.0})])})
    held_function = Cell.column([np.array([[MARK]], np.uint32), Struct({"function_handle": function})])
    times = subsystem.make("datetime", {"data": np.array([[1.7e12 + 0j]]), "fmt": "yyyy", "tz": ""})
    categories = {"codes": np.array([[1], [2]], np.uint8), "categoryNames": Cell.column(["a", "b"])}
    kinds = subsystem.make("categorical", {**categories, "isOrdinal": False, "isProtected": False})
    properties = {"self": subsystem.column(handle), "m": held, "f": held_function, "n": Name("q"), "s": Small(3)}
    subsystem.fill(handle, {**properties, "t": times, "c": kinds})
    array = subsystem.column(subsystem.add("p.A", {"any": {"v": 1.0}}), handle, shape=(2, 1), class_name="p.Base")
    return subsystem, {"x": ("p.H", subsystem.column(handle)), "y": ("p.Base", array), "w": ("string", words)}


def network() -> Any:
    """A `SeriesNetwork` and a `dlnetwork` with a table of connections, laid out as MATLAB does."""
    from mat_subsystem import Subsystem

    draw = np.random.default_rng(3)
    subsystem = Subsystem(4)

    def single(*shape: int) -> Any:
        return draw.standard_normal(shape).astype(np.float32)

    def learnable(array: Any) -> dict[str, Any]:
        return {"Value": array, "LearnRateFactor": 1.0, "L2Factor": 1.0, "Initializer": {"Class": "a.Glorot"}}

    def layer(kind: str, name: str, **fields: Any) -> int:
        saved = {"Version": 4.0, "Name": name, **fields}
        return subsystem.add(f"nnet.cnn.layer.{kind}", {"any": saved, "Version": 4.0})

    state = {"Value": single(2, 1), "Remember": True}
    layers = [
        layer("SequenceInputLayer", "in", InputSize=2.0, Normalization=np.zeros((0, 0)), MinLength=1.0),
        layer(
            "LSTMLayer", "lstm", InputSize=2.0, NumHiddenUnits=2.0, ReturnSequence=True, CellState=state,
            StateActivationFunction="tanh", GateActivationFunction="sigmoid", InputWeights=learnable(single(8, 2)),
            RecurrentWeights=learnable(single(8, 2)), Bias=learnable(single(8, 1)), HiddenState=state,
            InitialCellState=np.zeros((2, 1), np.float32), InitialHiddenState=np.zeros((2, 1), np.float32),
        ),
        layer(
            "FullyConnectedLayer", "fc", InputSize=2.0, OutputSize=1.0, Weights=learnable(single(1, 2)),
            Bias=learnable(single(1, 1)),
        ),
    ]  # fmt: skip
    all_layers = subsystem.column(*layers, shape=(3, 1), class_name="nnet.cnn.layer.Layer")
    columns = Cell.row([Cell.column(["in", "lstm"]), Cell.column(["lstm", "fc"])])
    table = {"data": columns, "ndims": 2.0, "nrows": 2.0, "rownames": Cell(), "nvars": 2.0}
    connections = subsystem.make("table", {**table, "varnames": Cell.row(["Source", "Destination"])})
    graph = subsystem.make("nnet.cnn.LayerGraph", {"any": {"Layers": all_layers, "Connections": connections}})
    series = subsystem.make("SeriesNetwork", {"any": {"Version": 1.0, "Layers": all_layers}})
    inside = {"Version": 5.0, "LayerGraph": graph, "Initialized": True, "OutputNames": Cell.row(["fc"])}
    directed = subsystem.make("dlnetwork", {"any": inside})
    return subsystem, {"net": ("SeriesNetwork", series), "dl": ("dlnetwork", directed)}


def in_form(make: Callable[[], Any], form: str, corpus: bool = False) -> Callable[[], list[bytes]]:
    """The file with the objects of `make`, as version 6, 7 or 7.3; with `corpus`, a trained network of others, too."""

    def seeds() -> list[bytes]:
        subsystem, variables = make()
        plain = subsystem.mat5(variables, plain={"w0": 1.0})
        path = SHARED / "nets" / "FENN" / "LSTM.mat"
        found = [plain]
        if corpus and path.is_file():
            found.append(path.read_bytes())
        if form == "7.3":
            from mat_rehoused import rehoused

            found = [rehoused(data) for data in found]
            found += [subsystem.mat73(variables, plain={"w0": 1.0})]
        elif form == "7":
            found[0] = packed(plain)
        return found

    return seeds


def packed(data: bytes) -> bytes:
    """A MAT 5 file with every element compressed, as version 7."""
    out, at, places = [data[:128]], 128, []
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        body = zlib.compress(data[at : at + 8 + size], 1)
        places.append(sum(map(len, out)))
        out.append(struct.pack("<II", 15, len(body)) + body)
        at += 8 + size
    out[0] = data[:116] + struct.pack("<Q", places[-1]) + data[124:128]
    return b"".join(out)


def read_mxarray(data: bytes) -> object:
    """The value of an `.mxarray` part, and the variables of one."""
    return mat.read_bytes(data, "part.mxarray"), mat.read_mxarray(data, "part.mxarray")


def mxarray() -> list[bytes]:
    """A structure in the form of an `.mxarray` part."""
    from mat_subsystem import matrix, prepared

    return [b"\x00\x01IM" + bytes(4) + matrix(prepared({"a": 1.0, "b": {"c": ["x", 2.0]}}))]
