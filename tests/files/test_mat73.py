"""MAT 7.3 files: what MATLAB's attributes mean, what other writers leave out, and what leads out of the file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from bridge.errors import FileError, LimitExceeded, MalformedFile, UnsupportedContent
from bridge.files import mat
from bridge.matlab.values import Cell, Char, FunctionHandle, Struct, same

REFERENCE = h5py.ref_dtype


def made(fill: Callable[[Any], None]) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=512) as file:
        fill(file)
    content.seek(0)
    content.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    return content.getvalue()


def read(fill: Callable[[Any], None], **options: Any) -> dict[str, Any]:
    return mat.read_bytes(made(fill), **options)


def put(group: Any, name: str, data: Any, **attributes: Any) -> Any:
    node = group.create_dataset(name, data=data)
    for key, value in attributes.items():
        node.attrs["MATLAB_" + key] = np.bytes_(value) if isinstance(value, str) else value
    return node


def references(group: Any, name: str, nodes: list[Any], shape: tuple[int, ...], **attributes: Any) -> Any:
    data = np.empty(len(nodes), REFERENCE)
    for k, node in enumerate(nodes):
        data[k] = node.ref
    node = group.create_dataset(name, data=data.reshape(shape), dtype=REFERENCE)
    for key, value in attributes.items():
        node.attrs["MATLAB_" + key] = np.bytes_(value)
    return node


def test_the_header_that_matlab_looks_for(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    mat.write({"x": 1}, path, "7.3")
    data = path.read_bytes()
    assert data.startswith(b"MATLAB 7.3 MAT-file")
    assert data[124:128] == b"\x00\x02IM"
    assert data[512:516] == b"\x89HDF"
    assert set(data[128:512]) == {0}


def test_the_attributes_that_matlab_looks_for(tmp_path: Path) -> None:
    """As in files that MATLAB wrote: names, types and values."""
    path = tmp_path / "a.mat"
    values = {"n": np.arange(6.0).reshape(2, 3), "t": "ab", "b": True, "e": np.zeros((0, 2)), "s": {"f": 1}, "c": ["a"]}
    mat.write(values, path, "7.3")
    with h5py.File(path) as file:
        assert file["n"].shape == (3, 2)
        assert file["n"].attrs["MATLAB_class"] == b"double"
        assert file["t"].dtype == np.uint16
        assert file["t"].attrs["MATLAB_int_decode"] == 2
        assert file["b"].dtype == np.uint8
        assert file["b"].attrs["MATLAB_int_decode"].dtype == np.int32
        assert file["e"][()].tolist() == [0, 2]
        assert file["e"].dtype == np.uint64
        assert file["e"].attrs["MATLAB_empty"] == 1
        assert [b"".join(name) for name in file["s"].attrs["MATLAB_fields"]] == [b"f"]
        assert file["c"].attrs["MATLAB_class"] == b"cell"
        assert file[file["c"][0, 0]].name.startswith("/#refs#/")


def test_numbers_of_every_class() -> None:
    def fill(file: Any) -> None:
        for code, kind in (("f8", "double"), ("f4", "single"), ("i1", "int8"), ("u8", "uint64"), (">i4", "int32")):
            put(file, kind, np.array([[1, 2, 3]], code).T, **{"class": kind})
        put(file, "yes", np.array([[1]], np.uint8), **{"class": "logical"}, int_decode=np.int32(1))
        put(file, "z", np.array([[(1.0, -2.0)]], [("real", "f8"), ("imag", "f8")]), **{"class": "double"})

    found = read(fill)
    for kind, code in (("double", "f8"), ("single", "f4"), ("int8", "i1"), ("uint64", "u8"), ("int32", "i4")):
        assert same(found[kind], np.array([[1, 2, 3]], code))
    assert same(found["yes"], np.array([[True]]))
    assert same(found["z"], np.array([[1 - 2j]]))


def test_structures_cells_and_empties() -> None:
    def fill(file: Any) -> None:
        refs = file.create_group("#refs#")
        canonical = put(refs, "a", np.zeros(2, np.uint64), **{"class": "canonical empty"}, empty=np.uint8(1))
        one = put(refs, "b", np.array([[1.0]]), **{"class": "double"})
        references(file, "c", [one, canonical, canonical], (3, 1), **{"class": "cell"})
        records = file.create_group("s")
        records.attrs["MATLAB_class"] = np.bytes_("struct")
        references(records, "f", [one, canonical], (1, 2))
        put(file, "none", np.array([1, 1], np.uint64), **{"class": "struct"}, empty=np.uint8(1))
        put(file, "no_text", np.array([1, 0], np.uint64), **{"class": "char"}, empty=np.uint8(1))

    found = read(fill)
    nothing = np.zeros((0, 0))
    assert same(found["c"], Cell.row([np.array([[1.0]]), nothing, nothing]))
    assert found["s"].shape == (2, 1)
    assert same(found["s"].all("f")[1], nothing)
    assert same(found["none"], Struct())
    assert found["no_text"].shape == (1, 0)


def test_a_sparse_matrix_comes_full() -> None:
    def fill(file: Any) -> None:
        group = file.create_group("x")
        group.attrs["MATLAB_class"] = np.bytes_("double")
        group.attrs["MATLAB_sparse"] = np.uint64(3)
        group["ir"], group["jc"], group["data"] = (
            np.array([1, 0], np.uint64),
            np.array([0, 1, 2], np.uint64),
            [4.0, 5.0],
        )
        nothing = file.create_group("none")
        nothing.attrs["MATLAB_class"] = np.bytes_("logical")
        nothing.attrs["MATLAB_sparse"] = np.uint64(2)
        nothing["jc"] = np.zeros(2, np.uint64)

    found = read(fill)
    assert same(found["x"], np.array([[0, 5.0], [4, 0], [0, 0]]))
    assert same(found["none"], np.zeros((2, 1), bool))


def test_a_function_handle() -> None:
    def fill(file: Any) -> None:
        outer = file.create_group("f")
        outer.attrs["MATLAB_class"] = np.bytes_("function_handle")
        outer.attrs["MATLAB_object_decode"] = np.int32(1)
        inner = outer.create_group("function_handle")
        inner.attrs["MATLAB_class"] = np.bytes_("struct")
        put(inner, "function", np.frombuffer(b"sin", np.uint8).astype(np.uint16).reshape(3, 1), **{"class": "char"})

    assert read(fill)["f"] == FunctionHandle("sin")


def test_a_java_object_keeps_its_bytes() -> None:
    def fill(file: Any) -> None:
        put(file, "j", np.array([[172], [237]], np.uint8), **{"class": "java.lang.String"}, object_decode=np.int32(3))

    found = read(fill)["j"]
    assert (found.class_name, found.system) == ("java.lang.String", "java")
    assert same(found["data"], np.array([[172, 237]], np.uint8))


def test_the_names_of_thousands_of_fields(tmp_path: Path) -> None:
    """They would not fit an attribute: MATLAB puts them into a dataset, to which the attribute refers."""
    value = {f"f{k}": float(k) for k in range(4100)}
    path = tmp_path / "a.mat"
    mat.write({"s": value}, path, "7.3")
    assert list(mat.read(path)["s"]) == list(value)
    with h5py.File(path) as file:
        names = file[file["s"].attrs["MATLAB_fields"]]
        assert (names.shape, names.attrs.keys()) == ((4100,), set())


def test_complex_numbers_as_h5py_writes_them() -> None:
    def fill(file: Any) -> None:
        file["z"], file["c"] = np.array([[1 + 2j]]), np.array([[1 + 2j]], np.complex64)

    found = read(fill)
    assert same(found["z"], np.array([[1 + 2j]]))
    assert same(found["c"], np.array([[1 + 2j]], np.complex64))


def test_hdf5_without_matlabs_attributes(tmp_path: Path) -> None:
    """As h5py users write them: one dimension is a column; text of HDF5's own is refused, not guessed."""
    path = tmp_path / "a.mat"
    with h5py.File(path, "w") as file:
        file["x"], file["y"], file["g/z"] = np.arange(3.0), 2, np.zeros((2, 3))
    found = mat.read(path)
    assert same(found["x"], np.arange(3.0).reshape(3, 1))
    assert found["y"].shape == (1, 1)
    assert found["g"]["z"].shape == (3, 2)
    with h5py.File(path, "a") as file:
        file["t"] = "text"
    with pytest.raises(UnsupportedContent, match="t: is an array of variable-length data"):
        mat.read(path)


def linked(kind: str) -> Callable[[Any], None]:
    def fill(file: Any) -> None:
        put(file, "x", np.eye(2), **{"class": "double"})
        group = file.create_group("s")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        if kind == "external":
            group["f"] = h5py.ExternalLink("/etc/other.mat", "/x")
        elif kind == "soft":
            group["f"] = h5py.SoftLink("/x")
        elif kind == "storage":
            group.create_dataset("f", (4, 1), "u1", external=[("/etc/hostname", 0, 4)])
        else:
            layout = h5py.VirtualLayout((2, 2), "f8")
            layout[:] = h5py.VirtualSource("other.mat", "x", (2, 2))
            group.create_virtual_dataset("f", layout)

    return fill


@pytest.mark.parametrize("kind", ["external", "soft", "storage", "virtual"])
def test_nothing_leads_out_of_the_file(kind: str) -> None:
    message = "link to another place" if kind in ("external", "soft") else "stored in another file"
    data = made(linked(kind))
    with pytest.raises(UnsupportedContent, match=rf"s\.f: is (a )?{message}"):
        mat.read_bytes(data)
    assert mat.read_bytes(data, variables=["x"]).keys() == {"x"}


def test_a_cell_that_contains_itself() -> None:
    def fill(file: Any) -> None:
        node = references(file, "c", [put(file, "x", 1.0)], (1, 1), **{"class": "cell"})
        node[0, 0] = node.ref

    with pytest.raises(MalformedFile, match=r"c\{1\}: contains itself"):
        read(fill)


def test_a_group_that_contains_itself() -> None:
    def fill(file: Any) -> None:
        group = file.create_group("s")
        group["inner"] = group

    with pytest.raises(MalformedFile, match=r"s\.inner: contains itself"):
        read(fill)


def test_cells_that_share_their_contents_cannot_multiply() -> None:
    """Thirty cells, each holding the next one twice, would be a thousand million values."""

    def fill(file: Any) -> None:
        node = put(file, "leaf", 1.0, **{"class": "double"})
        for level in range(30):
            node = references(file, f"c{level}", [node, node], (2, 1), **{"class": "cell"})

    with pytest.raises(LimitExceeded, match="cells, fields and objects"):
        read(fill, variables=["c29"], limits=mat.Limits(parts=2000))


def test_deep_nesting_and_large_arrays_are_refused_before_they_cost() -> None:
    def deep(file: Any) -> None:
        node = put(file, "leaf", 1.0, **{"class": "double"})
        for level in range(120):
            node = references(file, f"c{level}", [node], (1, 1), **{"class": "cell"})

    with pytest.raises(LimitExceeded, match="more than 100 levels"):
        read(deep)

    def large(file: Any) -> None:
        node = file.create_dataset("x", (1 << 20, 1 << 20), "f8", chunks=(1024, 1024), compression="gzip")
        node.attrs["MATLAB_class"] = np.bytes_("double")

    with pytest.raises(LimitExceeded, match="x: needs"):
        read(large)


def lying(change: Callable[[Any], None]) -> Callable[[Any], None]:
    def fill(file: Any) -> None:
        put(file, "x", np.array([[300.0]]), **{"class": "double"})
        group = file.create_group("s")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        put(group, "f", np.array([[1.0]]), **{"class": "double"})
        change(file)

    return fill


def set_attribute(node: str, name: str, value: Any) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        file[node].attrs[name] = value

    return change


def named(*fields: str) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        names = np.empty(len(fields), object)
        for k, field in enumerate(fields):
            names[k] = np.frombuffer(field.encode(), "S1")
        file["s"].attrs.create("MATLAB_fields", names, dtype=h5py.vlen_dtype(np.dtype("S1")))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_attribute("x", "MATLAB_class", np.bytes_("uint8")), "do not fit its class uint8"),
        (set_attribute("x", "MATLAB_class", np.bytes_("char")), "is text of float64"),
        (set_attribute("x", "MATLAB_class", np.bytes_("blob")), "is a blob array"),
        (set_attribute("x", "MATLAB_empty", np.uint8(1)), "an empty array without sizes"),
        (set_attribute("x", "MATLAB_object_decode", np.int32(3)), "no subsystem"),
        (set_attribute("x", "MATLAB_object_decode", np.bytes_("3x")), "not one number"),
        (set_attribute("s", "MATLAB_sparse", np.uint64(5)), None),
        (set_attribute("s", "MATLAB_fields", np.array([[b"q"]])), "no readable names"),
        (named("q"), "does not hold the fields"),
        (named("f", "f"), "two fields of one name"),
        (set_attribute("s", "MATLAB_object_decode", np.int32(1)), None),
        (lambda file: file.__setitem__("s/t", np.dtype("f8")), "neither a dataset nor a group"),
        (lambda file: references(file, "r", [file["x"]], (1, 1), **{"class": "double"}), "is a double of references"),
        (lambda file: file.create_dataset("r", (1, 1), REFERENCE), "is an empty reference"),
        (lambda file: file.create_group("#subsystem#"), None),
    ],
)
def test_attributes_that_lie(change: Callable[[Any], None], message: str | None) -> None:
    if message is None:  # strange, but harmless
        read(lying(change))
        return
    with pytest.raises(FileError, match=message):
        read(lying(change))


def test_a_truncated_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    mat.write({"x": np.random.default_rng(0).random((100, 100)), "c": [Char("abc")] * 20}, path, "7.3")
    data = path.read_bytes()
    for size in (600, 2000, len(data) // 2, len(data) - 100):
        with pytest.raises(FileError):
            mat.read_bytes(data[:size])
