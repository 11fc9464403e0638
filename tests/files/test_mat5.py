"""MAT 5 files: golden bytes, both byte orders, the oddities that writers produce, and scipy as the other opinion."""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import LimitExceeded, MalformedFile, UnsupportedContent
from bridge.files import mat
from bridge.files.mat_objects import MatObject, MatObjectArray
from bridge.matlab.values import Cell, Char, FunctionHandle, Struct, same

scipy_io = pytest.importorskip("scipy.io", reason="scipy, the reference here, is not installed")


def file(*elements: bytes, order: str = "<", subsystem: int = 0) -> bytes:
    mark = b"\x00\x01IM" if order == "<" else b"\x01\x00MI"
    return b"MATLAB 5.0 MAT-file".ljust(116) + struct.pack(order + "Q", subsystem) + mark + b"".join(elements)


def element(kind: int, data: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "II", kind, len(data)) + data + bytes(-len(data) % 8)


def array(
    kind: int, shape: tuple[int, ...], *content: bytes, name: str = "x", flags: int = 0, order: str = "<"
) -> bytes:
    return element(
        14,
        element(6, struct.pack(order + "II", kind | flags << 8, 0), order)
        + element(5, struct.pack(f"{order}{len(shape)}i", *shape), order)
        + element(1, name.encode(), order)
        + b"".join(content),
        order,
    )


def only(data: bytes) -> Any:
    return mat.read_bytes(data)["x"]


GOLDEN = bytes.fromhex(
    "0e00000040000000"  # miMATRIX, 64 bytes
    "0600000008000000" "0600000000000000"  # flags: double
    "0500000008000000" "0100000002000000"  # 1 x 2
    "0100010078000000"  # the name, x, as a small element
    "0900000010000000" "000000000000f03f" "0000000000000040"  # 1, 2
)  # fmt: skip


def test_golden_bytes(tmp_path: Path) -> None:
    value = np.array([[1.0, 2.0]])
    path = tmp_path / "a.mat"
    mat.write({"x": value}, path, "6")
    assert path.read_bytes()[128:] == GOLDEN
    assert path.read_bytes()[124:128] == b"\x00\x01IM"
    assert same(only(file(GOLDEN)), value)
    mat.write({"x": value}, path, "7")
    kind, size = struct.unpack_from("<II", path.read_bytes(), 128)
    assert (kind, size) == (15, path.stat().st_size - 136)
    assert zlib.decompress(path.read_bytes()[136:]) == GOLDEN


def test_big_endian_numbers_come_in_the_machines_order() -> None:
    data = file(array(13, (1, 2), element(6, struct.pack(">II", 7, 2**31), ">"), order=">"), order=">")
    assert same(only(data), np.array([[7, 2**31]], np.uint32))
    small = file(array(10, (1, 1), struct.pack(">HHhH", 2, 3, -5, 0), order=">"), order=">")
    assert same(only(small), np.array([[-5]], np.int16))


@pytest.mark.parametrize(
    ("array_class", "expected"),
    [(6, np.float64), (7, np.float32), (8, np.int8), (9, np.uint8), (10, np.int16), (11, np.uint16), (12, np.int32),
     (13, np.uint32), (14, np.int64), (15, np.uint64)],
)  # fmt: skip
def test_numbers_may_be_stored_narrower_than_their_class(array_class: int, expected: type) -> None:
    """MATLAB stores whole numbers in the smallest type that holds them."""
    data = file(array(array_class, (1, 3), element(2, bytes([1, 2, 100]))))
    assert same(only(data), np.array([[1, 2, 100]], expected))


def test_numbers_that_do_not_fit_their_class_are_refused() -> None:
    with pytest.raises(MalformedFile, match="x: holds numbers that do not fit its class int8"):
        only(file(array(8, (1, 1), element(4, struct.pack("<H", 300)))))
    with pytest.raises(MalformedFile, match="do not fit its class uint8"):
        only(file(array(9, (1, 1), element(9, struct.pack("<d", float("nan"))))))


def test_logical_and_complex_flags() -> None:
    assert same(only(file(array(9, (1, 2), element(2, b"\x00\x05"), flags=2))), np.array([[False, True]]))
    parts = element(9, struct.pack("<d", 1)), element(1, b"\xfe")
    assert same(only(file(array(6, (1, 1), *parts, flags=8))), np.array([[1 - 2j]]))
    with pytest.raises(UnsupportedContent, match="complex int8"):
        only(file(array(8, (1, 1), element(1, b"\x01"), element(1, b"\x01"), flags=8)))


@pytest.mark.parametrize(
    ("kind", "raw", "shape", "expected"),
    [
        (4, "hé".encode("utf-16-le"), (1, 2), "hé"),
        (4, struct.pack("<2H", ord("h"), 0xC3A9), (1, 2), "hé"),  # MATLAB -v6 where the locale is UTF-8
        (4, "쎩가".encode("utf-16-le"), (1, 2), "쎩가"),
        (16, "hé".encode(), (1, 2), "hé"),
        (17, "h😀".encode("utf-16-le"), (1, 3), "h😀"),
        (18, "h😀".encode("utf-32-le"), (1, 3), "h😀"),
        (2, b"h\xe9", (1, 2), "hé"),
        (1, b"hi", (1, 2), "hi"),
        (16, b"", (0, 0), ""),
        (16, b"", (1, 3), "   "),  # some writers leave blanks out
    ],
)
def test_characters_in_every_encoding(kind: int, raw: bytes, shape: tuple[int, ...], expected: str) -> None:
    found = only(file(array(4, shape, element(kind, raw))))
    assert str(found) == expected
    assert found.shape == shape


def test_rows_of_characters_lie_column_by_column() -> None:
    assert only(file(array(4, (2, 3), element(16, b"adbecf")))).rows == ["abc", "def"]


def test_bytes_counted_as_characters_stay_bytes() -> None:
    """Octave's characters are bytes: it counts two for `é`, and writes them as UTF-8."""
    assert only(file(array(4, (1, 2), element(16, "é".encode())))).codes.tolist() == [[0xC3, 0xA9]]


def test_a_structure_array_lies_element_by_element() -> None:
    def number(value: int) -> bytes:
        return array(6, (1, 1), element(2, bytes([value])), name="")

    fields = element(5, struct.pack("<i", 2)), element(1, b"a\0b\0")
    found = only(file(array(2, (1, 2), *fields, number(1), number(2), number(3), number(4))))
    assert [x.item() for x in found.all("a")] == [1, 3]
    assert [x.item() for x in found.all("b")] == [2, 4]


def test_an_element_of_no_bytes_is_empty() -> None:
    assert same(only(file(array(1, (1, 1), element(14, b"")))), Cell([[np.zeros((0, 0))]]))


def test_a_sparse_matrix_comes_full() -> None:
    rows, starts = element(5, struct.pack("<3i", 0, 2, 1)), element(5, struct.pack("<3i", 0, 2, 3))
    values = element(9, struct.pack("<3d", 1, 2, 3))
    assert same(only(file(array(5, (3, 2), rows, starts, values))), np.array([[1.0, 0], [0, 3], [2, 0]]))
    # MATLAB calls the entries of a logical one doubles, but writes bytes.
    flagged = array(5, (3, 2), rows, starts, element(9, b"\x01\x01\x01"), flags=2)
    assert same(only(file(flagged)), np.array([[True, False], [False, True], [True, False]]))
    flagged = array(5, (3, 2), rows, starts, values, flags=2)
    assert same(only(file(flagged)), np.array([[True, False], [False, True], [True, False]]))


def test_a_function_handle() -> None:
    def handle(source: str) -> bytes:
        characters = element(16, source.encode())
        inner = element(5, struct.pack("<i", 9)), element(1, b"function\0")
        stored = array(2, (1, 1), *inner, array(4, (1, len(source)), characters, name=""), name="")
        outer = element(5, struct.pack("<i", 16)), element(1, b"function_handle\0")
        return file(array(16, (1, 1), array(2, (1, 1), *outer, stored, name="")))

    named = only(handle("sin"))
    assert isinstance(named, FunctionHandle)
    assert named.name == "sin"
    anonymous = only(handle("sf%0@(x)x.^2+1"))
    assert anonymous.source == "@(x)x.^2+1"
    assert anonymous.name == ""
    assert anonymous.parameters == ("x",)
    assert only(handle("@(x)(((")).body is None
    assert only(handle("@(x)" + "(" * 5000 + "x")).body is None


def test_an_empty_array_of_function_handles_has_no_content() -> None:
    """As the default of a property that holds a handle, ``PredictFcn`` of function layers, is saved."""
    found = only(file(array(16, (0, 1))))
    assert found.shape == (0, 1)


def test_objects_of_old_classes() -> None:
    def number(value: int) -> bytes:
        return array(6, (1, 1), element(2, bytes([value])), name="")

    fields = element(1, b"network"), element(5, struct.pack("<i", 2)), element(1, b"b\0")
    found = only(file(array(3, (1, 1), *fields, number(4))))
    assert isinstance(found, MatObject)
    assert (found.class_name, found.system, found["b"]) == ("network", "old", 4)
    several = only(file(array(3, (1, 2), *fields, number(4), number(5))))
    assert isinstance(several, MatObjectArray)
    assert [element["b"] for element in several] == [4, 5]


def test_global_variables_and_unnamed_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    path.write_bytes(
        file(array(6, (1, 1), element(2, b"\x01"), flags=4), array(9, (1, 1), element(2, b"\x01"), name=""))
    )
    assert mat.read(path).keys() == {"x"}
    assert [(entry.name, entry.is_global) for entry in mat.whos(path)] == [("x", True)]


# scipy, the other opinion


def to_scipy(value: Any) -> Any:
    """A MATLAB value as `scipy.io.loadmat` gives it."""
    if isinstance(value, Char):
        return np.array(value.rows) if value.size else np.array([], "U1")
    if isinstance(value, Cell):
        out = np.empty(value.shape, object)
        for k, item in enumerate(value):
            out[np.unravel_index(k, value.shape, order="F")] = to_scipy(item)
        return out
    if isinstance(value, Struct):
        out = np.empty(value.shape, [(name, object) for name in value.names])
        for name in value.names:
            for k, item in enumerate(value.all(name)):
                out[name][np.unravel_index(k, value.shape, order="F")] = to_scipy(item)
        return out
    return value


def alike(ours: Any, theirs: Any, stored_narrow: bool = False) -> bool:
    """Equal to the last bit, in class and in size; scipy's logicals are uint8.

    `stored_narrow`: scipy gives numbers in the type in which MATLAB stored them, not in their class.
    """
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.dtype == bool and theirs.dtype == np.uint8:
        theirs = theirs.astype(bool)
    if ours.shape != theirs.shape or ours.dtype.names != theirs.dtype.names:
        return False
    if ours.dtype.names:
        return all(alike(ours[name], theirs[name], stored_narrow) for name in ours.dtype.names)
    if ours.dtype == object or theirs.dtype == object:
        return all(alike(a, b, stored_narrow) for a, b in zip(ours.ravel(), theirs.ravel(), strict=True))
    if ours.dtype.kind == "U":
        return bool((ours == theirs).all())
    same_class = stored_narrow or ours.dtype == theirs.dtype.newbyteorder("=")
    return same_class and ours.tobytes() == theirs.astype(ours.dtype).tobytes()


names = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_]{0,8}", fullmatch=True)
shapes = st.lists(st.integers(0, 4), min_size=2, max_size=3).map(
    lambda sizes: (*sizes[:2], *(max(k, 2) for k in sizes[2:]))
)
dtypes = st.sampled_from(["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c8", "c16"])


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    shape, dtype = draw(shapes), np.dtype(draw(dtypes))
    seed = draw(st.integers(0, 2**32 - 1))
    raw = np.random.default_rng(seed).integers(0, 256, int(np.prod(shape)) * dtype.itemsize, np.uint8)
    if dtype.kind == "b":
        raw %= 2
    values = raw.view(dtype).reshape(shape, order="F")
    return np.nan_to_num(values) if dtype.kind in "fc" else values


def texts() -> st.SearchStrategy[Any]:
    """scipy cannot read characters beyond 0xFFFF, of which MATLAB counts two."""
    return st.text(st.characters(min_codepoint=1, max_codepoint=0xFFFF, exclude_categories=("Cs",)), max_size=8).map(
        Char
    )


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    cells = st.lists(inner, max_size=3).map(Cell.column)
    return cells | st.dictionaries(names, inner, min_size=1, max_size=3).map(Struct)


def variables() -> st.SearchStrategy[Any]:
    return st.dictionaries(names, st.recursive(arrays() | texts(), nested, max_leaves=8), max_size=3)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(variables(), st.sampled_from(["6", "7"]))
def test_scipy_reads_what_we_write(variables: Any, version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ours.mat"
        mat.write(variables, path, version)
        ours = mat.read(path)
        theirs = scipy_io.loadmat(path)
    assert ours.keys() == variables.keys()
    for name, value in variables.items():
        assert same(ours[name], value), name
        assert alike(to_scipy(value), theirs[name]), name


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.dictionaries(names, arrays() | st.lists(arrays(), min_size=1, max_size=3), max_size=3), st.booleans())
def test_we_read_what_scipy_writes(variables: Any, compress: bool) -> None:
    def given_to_scipy(value: Any) -> Any:
        if not isinstance(value, list):
            return value
        out = np.empty((1, len(value)), object)
        for k, item in enumerate(value):
            out[0, k] = item
        return out

    stream = io.BytesIO()
    prepared = {name: given_to_scipy(value) for name, value in variables.items()}
    scipy_io.savemat(stream, prepared, do_compression=compress)
    ours = mat.read_bytes(stream.getvalue())
    for name, value in prepared.items():
        assert alike(to_scipy(ours[name]), value), name


MATLAB_FILES = sorted((Path(scipy_io.__file__).parent / "matlab" / "tests" / "data").glob("*.mat"))
BROKEN = {
    "bad_miuint32": LimitExceeded,
    "corrupted_zlib_checksum": MalformedFile,
    "corrupted_zlib_data": MalformedFile,
    "debigged_m4": MalformedFile,
    "malformed1": MalformedFile,
    "nasty_duplicate_fieldnames": MalformedFile,
}
SCIPY_DIFFERS = {
    "bad_miutf8_array_name": "scipy spells the broken name differently",
    "broken_utf8": "scipy replaces the broken characters",
    "one_by_zero_char": "scipy drops the size of an empty text",
    "parabola": "an object of a class of its own",
    "single_empty_string": "scipy drops the size of an empty text",
    "some_functions": "function handles",
    "sqr": "a function handle",
    "test_empty_struct": "scipy has no structure without fields",
    "testhdf5_7.4_GLNX86": "scipy does not read version 7.3",
}


@pytest.mark.skipif(not MATLAB_FILES, reason="scipy's test data, files written by MATLAB, are not installed")
@pytest.mark.parametrize("path", MATLAB_FILES, ids=lambda path: path.stem)
def test_files_that_matlab_wrote(path: Path) -> None:
    """MATLAB 4.2 to 7.4, on Solaris, Linux and Windows, and some broken ones."""
    if path.stem in BROKEN:
        with pytest.raises(BROKEN[path.stem]):
            mat.read(path)
        return
    ours = mat.read(path)
    assert list(ours) == mat.names(path)
    if path.stem in SCIPY_DIFFERS:
        return
    theirs = {
        name: value for name, value in scipy_io.loadmat(path, spmatrix=False).items() if not name.startswith("__")
    }
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        other = theirs[name]
        other = other.toarray() if hasattr(other, "toarray") else other
        if isinstance(value, (MatObject, FunctionHandle)):
            continue
        assert alike(to_scipy(value), other, stored_narrow=True), name


def test_a_compressed_variable_may_lack_the_end_of_its_stream() -> None:
    """As MATLAB R2023b for Mac writes them: all of the data, neither the last block nor the checksum."""
    whole = array(6, (1, 1), element(9, struct.pack("<d", 2.5)))
    stream = zlib.compressobj()
    cut = stream.compress(whole) + stream.flush(zlib.Z_SYNC_FLUSH)
    assert only(file(struct.pack("<II", 15, len(cut)) + cut)).item() == 2.5
    stream = zlib.compressobj()
    longer = stream.compress(whole + bytes(64)) + stream.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(MalformedFile, match="data after its end"):
        only(file(struct.pack("<II", 15, len(longer)) + longer))
