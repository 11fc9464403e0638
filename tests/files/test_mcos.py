"""Objects in .mat files of both kinds, from files that `mat_subsystem` lays out as MATLAB does."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from mat_subsystem import HEADER, MARK, Name, Small, Subsystem, matrix, opaque, prepared, reference

from bridge.errors import FileError, LimitExceeded, MalformedFile, UnsupportedContent
from bridge.files import mat
from bridge.files.mat_objects import Enumeration, MatObject, MatObjectArray
from bridge.matlab.evaluate import evaluate
from bridge.matlab.values import Cell, Char, FunctionHandle, String, Struct, object_array, same

Making = Callable[..., bytes]


@pytest.fixture(params=["mat5", "mat73"])
def making(request: pytest.FixtureRequest) -> Making:
    """Makes a file of either kind from a subsystem and its variables."""

    def make(subsystem: Subsystem, variables: Mapping[str, tuple[str, Any]], **plain: Any) -> bytes:
        data: bytes = getattr(subsystem, request.param)(variables, plain=plain)
        return data

    return make


def one(making: Making, subsystem: Subsystem, column: Any, class_name: str = "p.K", **options: Any) -> Any:
    return mat.read_bytes(making(subsystem, {"x": (class_name, column)}), **options)["x"]


@pytest.mark.parametrize("version", [2, 3, 4])
def test_properties_and_packages(making: Making, version: int) -> None:
    subsystem = Subsystem(version)
    column = subsystem.make("a.b.K", {"Weights": np.array([[0.1, 0.2]], np.float32), "Name": "fc", "Set": {"n": 3}})
    found = one(making, subsystem, column)
    assert isinstance(found, MatObject)
    assert (found.class_name, found.package, found.system, found.shape) == ("a.b.K", "a.b", "MCOS", (1, 1))
    assert list(found.properties) == ["Weights", "Name", "Set"]
    assert same(found["Weights"], np.array([[0.1, 0.2]], np.float32))
    assert same(found["Set"], Struct({"n": np.array([[3.0]])}))
    assert "Name" in found
    assert found.get("Other", 5) == 5
    with pytest.raises(KeyError, match=r"a a\.b\.K has no 'Other'; it has Weights, Name, Set"):
        found["Other"]


def test_what_saveobj_saves_is_looked_into(making: Making) -> None:
    subsystem = Subsystem()
    found = one(making, subsystem, subsystem.make("K", {"any": {"Layers": "x", "Version": 1}}))
    assert list(found.properties) == ["any"]
    assert found["Layers"] == "x"
    assert found.fields.keys() == {"Layers", "Version"}


def test_what_saveobj_saves_stands_before_defaults(making: Making) -> None:
    subsystem = Subsystem(defaults={"K": {"Version": 1.0, "Loss": "mse"}})
    found = one(making, subsystem, subsystem.make("K", {"any": {"Name": "lstm", "Version": 4.0}}))
    assert {key: found[key] for key in found.fields} == {"Version": np.array([[4.0]]), "Loss": "mse", "Name": "lstm"}


def test_names_and_small_numbers_stand_in_the_metadata(making: Making) -> None:
    subsystem = Subsystem()
    found = one(
        making, subsystem, subsystem.make("K", {"Mode": Name("Fixed"), "Flag": Small(1), "At": Small(2**32 - 1)})
    )
    assert found["Mode"] == Char("Fixed")
    assert same(found["Flag"], np.array([[1]], np.int32))
    assert same(found["At"], np.array([[-1]], np.int32))


def test_defaults_of_the_class(making: Making) -> None:
    subsystem = Subsystem()
    label = subsystem.string("none")
    subsystem.defaults = {"p.K": {"a": 1.0, "b": 2.0, "label": label}}
    found = one(making, subsystem, subsystem.make("p.K", {"b": 3.0}))
    assert (found["a"], found["b"], found["label"]) == (1, 3, String("none"))


def test_references_within_properties_cells_and_structures(making: Making) -> None:
    subsystem = Subsystem()
    inner = subsystem.make("p.Inner", {"v": 1.0})
    found = one(making, subsystem, subsystem.make("p.K", {"a": inner, "c": ["t", inner], "s": {"f": inner}}))
    assert found["a"]["v"] == 1
    assert found["a"] is found["c"][1] is found["s"]["f"]


def test_an_array_keeps_each_elements_own_class(making: Making) -> None:
    """A layer array's class is the base class; what the elements are stands with each of them."""
    subsystem = Subsystem()
    layers = [subsystem.add(f"nnet.{kind}Layer", {"Name": kind}) for kind in ("Input", "LSTM", "Output")]
    found = one(making, subsystem, subsystem.column(*layers, shape=(3, 1), class_name="nnet.Layer"))
    assert isinstance(found, MatObjectArray)
    assert (found.class_name, found.shape, len(found), found.size) == ("nnet.Layer", (3, 1), 3, 3)
    assert [layer.class_name for layer in found] == ["nnet.InputLayer", "nnet.LSTMLayer", "nnet.OutputLayer"]
    assert found[1]["Name"] == "LSTM"
    nothing = one(making, subsystem, subsystem.column(layers[0], shape=(1, 1)))
    assert isinstance(nothing, MatObject)


def test_an_array_lies_column_by_column(making: Making) -> None:
    subsystem = Subsystem()
    numbers = [subsystem.add("K", {"v": float(k)}) for k in range(6)]
    found = one(making, subsystem, subsystem.column(*numbers, shape=(2, 3)))
    assert [[item["v"].item() for item in row] for row in found.values] == [[0, 2, 4], [1, 3, 5]]


def test_no_elements_at_all(making: Making) -> None:
    subsystem = Subsystem()
    subsystem.add("K", {})
    found = one(making, subsystem, reference([], 1, (0, 1)))
    assert isinstance(found, MatObjectArray)
    assert found.shape == (0, 1)


def test_handles_are_shared_and_may_form_circles(making: Making) -> None:
    subsystem = Subsystem()
    first, second = subsystem.reserve("H"), subsystem.reserve("H")
    subsystem.fill(first, {"next": subsystem.column(second)})
    subsystem.fill(second, {"next": subsystem.column(first), "self": subsystem.column(second)})
    data = making(subsystem, {"a": ("H", subsystem.column(first)), "b": ("H", subsystem.column(second))})
    found = mat.read_bytes(data)
    assert found["a"]["next"] is found["b"]
    assert found["b"]["next"] is found["a"]
    assert found["b"]["self"] is found["b"]


def test_a_circle_through_a_container_map(making: Making) -> None:
    subsystem = Subsystem()
    number = subsystem.reserve("containers.Map")
    stored = {"keys": Cell.row(["me"]), "values": Cell.row([subsystem.column(number)]), "uniformity": False}
    subsystem.fill(number, {"serialization": {**stored, "keyType": "char", "valueType": "any"}})
    found = one(making, subsystem, subsystem.column(number))
    assert found["me"].class_name == "containers.Map"


def test_a_long_chain_of_objects_is_no_deep_nesting(making: Making) -> None:
    subsystem = Subsystem()
    numbers = [subsystem.reserve("Node") for _ in range(400)]
    for number, following in zip(numbers, [*numbers[1:], 0], strict=True):
        subsystem.fill(number, {"next": subsystem.column(following) if following else 0.0})
    found = one(making, subsystem, subsystem.column(numbers[0]))
    length = 1
    while isinstance(found["next"], MatObject):
        found, length = found["next"], length + 1
    assert length == 400


def test_a_deleted_handle_is_an_object_without_properties(making: Making) -> None:
    subsystem = Subsystem()
    found = one(making, subsystem, subsystem.make("K", {"h": reference([0], 0)}))
    assert isinstance(found["h"], MatObject)
    assert (found["h"].class_name, found["h"].properties) == ("", {})


def test_dynamic_properties(making: Making) -> None:
    subsystem = Subsystem()
    described = subsystem.add("meta.DynamicProperty", {"DynamicName_": "Extra", "DynamicValue_": 42.0})
    found = one(making, subsystem, subsystem.make("K", {"Name": "n"}, [described]))
    assert dict(found.properties) == {"Name": "n", "Extra": np.array([[42.0]])}


def enumeration(subsystem: Subsystem, names: list[str], indices: Any, values: Cell | None = None) -> Struct:
    return Struct(
        {
            "EnumerationInstanceTag": np.array([[MARK]], np.uint32),
            "ClassName": np.array([[subsystem.class_id("p.Colour")]], np.uint32),
            "ValueNames": np.array([[subsystem.name(name)] for name in names], np.uint32),
            "Values": Cell() if values is None else values,
            "ValueIndices": np.array(indices, np.uint32),
            "BuiltinClassName": np.array([[0]], np.uint32),
        }
    )


def test_enumeration_members(making: Making) -> None:
    subsystem = Subsystem()
    value = subsystem.make("p.Colour", {"v": 1.0})
    stored = enumeration(subsystem, ["red", "blue"], [[0, 1, 1]], Cell.column([value, value]))
    nested = subsystem.make("K", {"mode": stored, "modes": [stored]})
    data = making(subsystem, {"x": ("p.Colour", stored), "y": ("K", nested)})
    found = mat.read_bytes(data)
    for member in (found["x"], found["y"]["mode"], found["y"]["modes"][0]):
        assert isinstance(member, Enumeration)
        assert (member.class_name, member.shape, member.builtin) == ("p.Colour", (1, 3), "")
        assert member.names.tolist() == [["red", "blue", "blue"]]
        assert member.values[0]["v"] == 1


def test_function_handles_within_objects_and_what_they_hold(making: Making) -> None:
    subsystem = Subsystem()
    workspace = subsystem.make(
        "function_handle_workspace", {"any": Cell.column([reference([0], 0), Struct({"a": 2.0})])}
    )

    def stored(source: str, **more: Any) -> Struct:
        return Struct({"sentinel": "@", "function_handle": Struct({"function": source, "type": "x", **more})})

    mark = np.array([[MARK]], np.uint32)
    held = Cell.column([mark, stored("sf%3@(x)a*x", workspace=workspace)])
    wrapped = subsystem.make("function_handle_object", {"any": stored("sin")})
    found = one(making, subsystem, subsystem.make("K", {"f": held, "g": wrapped, "plain": Cell.column([mark, "t"])}))
    assert isinstance(found["f"], FunctionHandle)
    assert found["f"].source == "@(x)a*x"
    assert found["f"].captured == {"a": np.array([[2.0]])}
    assert evaluate("f(3)", {"f": found["f"]}) == 6
    assert found["g"] == FunctionHandle("sin")
    assert isinstance(found["plain"], Cell)


def test_numbers_that_only_look_like_a_reference(making: Making) -> None:
    subsystem = Subsystem()
    for numbers in ([MARK], [MARK, 2, 1, 1, 1], [MARK, 2, 5, 5, 1, 1], [MARK, 9, 1, 1, 1, 1], [MARK, 1, 1, 1, 1]):
        value = np.array([numbers], np.uint32)
        assert same(one(making, subsystem, subsystem.make("K", {"v": value}))["v"], value)
    unrelated = mat.read_bytes(making(subsystem, {}, v=reference([1], 1)))
    assert same(unrelated["v"], reference([1], 1)), "outside the subsystem numbers are numbers"


def test_java_and_com_objects_keep_their_bytes() -> None:
    java = opaque("j", "java.lang.String", matrix(prepared(np.array([[172, 237]], np.uint8))), system="java")
    found = mat.read_bytes(HEADER + bytes(8) + b"\x00\x01IM" + java)["j"]
    assert (found.class_name, found.system) == ("java.lang.String", "java")
    assert same(found["data"], np.array([[172, 237]], np.uint8))


def test_only_the_variables_that_are_wanted_are_decoded(making: Making) -> None:
    subsystem = Subsystem()
    good, bad = subsystem.make("K", {"v": 1.0}), reference([99], 1)
    data = making(subsystem, {"bad": ("K", bad), "good": ("K", good)}, plain=5.0)
    assert mat.read_bytes(data, variables=["good", "plain"])["good"]["v"] == 1
    with pytest.raises(MalformedFile, match="refers to object 99 of 1"):
        mat.read_bytes(data)


# files that lie


def test_references_out_of_range(making: Making) -> None:
    subsystem = Subsystem()
    good = subsystem.make("K", {"v": 1.0})
    for column, message in (
        (reference([7], 1), "refers to object 7 of 1"),
        (reference([1, 1], 9, (2, 1)), "refers to class 9 of 1"),
        (np.array([[1, 2, 3]], np.uint32), "class K in an unknown form"),
        (reference([2**32 - 1], 1), "refers to object 4294967295"),
    ):
        with pytest.raises(FileError, match=message):
            mat.read_bytes(making(subsystem, {"x": ("K", column), "y": ("K", good)}))


def broken(change: Callable[[bytearray], None]) -> Subsystem:
    class Broken(Subsystem):
        def metadata(self) -> bytes:
            data = bytearray(super().metadata())
            change(data)
            return bytes(data)

    return Broken()


def word(at: int, value: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        if at < len(data):
            struct.pack_into("<I", data, at, value)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (word(0, 5), "has version 5; 2 to 4 are known"),
        (word(0, 1), "has version 1"),
        (word(4, 1000), "says 1000 names, holds"),
        (word(8, 8), "says that its classes begin at byte 8"),
        (word(8, 2**31), "says that its classes begin at byte 2147483648"),
        (word(12, 1), "says that region 2 lies from"),
        (word(16, 2**32 - 4), "says that region 3 lies from"),
        (word(24, 4), "region 5"),
        (lambda data: data.__delitem__(slice(20, None)), "has 20 bytes, fewer than its header"),
        (lambda data: data.__delitem__(slice(60, None)), "says that"),
    ],
)
def test_metadata_that_lie(making: Making, change: Callable[[bytearray], None], message: str) -> None:
    subsystem = broken(change)
    column = subsystem.make("K", {"v": 1.0})
    with pytest.raises(FileError, match=message):
        one(making, subsystem, column)


@pytest.mark.parametrize("region", range(5))
@pytest.mark.parametrize("value", [3, 2**16, 2**32 - 1])
def test_any_word_of_the_metadata_may_lie(region: int, value: int) -> None:
    """Whatever stands in a table, the answer is a value or a FileError, soon."""
    making = Subsystem.mat5
    offsets: list[int] = []

    def remember(data: bytearray) -> None:
        offsets[:] = struct.unpack_from("<8I", data, 8)

    def build(change: Callable[[bytearray], None]) -> tuple[Subsystem, Any]:
        subsystem = broken(change)
        inner = subsystem.make("p.I", {"any": {"v": 1.0}})
        described = subsystem.add("meta.DynamicProperty", {"DynamicName_": "E", "DynamicValue_": 1.0})
        return subsystem, subsystem.make("p.K", {"v": inner, "n": Name("q"), "s": Small(2)}, [described])

    subsystem, column = build(remember)
    one(making, subsystem, column)
    for at in range(offsets[region], offsets[region + 1], 4):
        subsystem, column = build(word(at, value))
        with contextlib.suppress(FileError):
            one(making, subsystem, column, limits=mat.Limits(bytes=1 << 24, parts=10_000))


def test_properties_in_cells_that_are_not_there(making: Making) -> None:
    class Elsewhere(Subsystem):
        def _block(self, properties: Mapping[str, Any]) -> list[int]:
            return [1, self.name("v"), 1, 77]

    subsystem = Elsewhere()
    with pytest.raises(MalformedFile, match=r"x\.v: lies in cell 79 of"):
        one(making, subsystem, subsystem.make("K", {"v": 1.0}))

    class Unknown(Subsystem):
        def _block(self, properties: Mapping[str, Any]) -> list[int]:
            return [1, self.name("v"), 3, 0]

    subsystem = Unknown()
    with pytest.raises(UnsupportedContent, match=r"x\.v: is stored in the unknown way 3"):
        one(making, subsystem, subsystem.make("K", {"v": 1.0}))


def test_a_broken_enumeration(making: Making) -> None:
    subsystem = Subsystem()
    stored = enumeration(subsystem, ["red"], [[5]])
    with pytest.raises(MalformedFile, match="is a broken array of enumeration members"):
        one(making, subsystem, stored)


def test_objects_within_objects_at_once_have_a_depth(making: Making) -> None:
    subsystem = Subsystem()
    column = subsystem.string("end")
    for _ in range(60):
        stored = {"keys": Cell.row(["k"]), "values": Cell.row([column]), "uniformity": False}
        column = subsystem.make("containers.Map", {"serialization": {**stored, "keyType": "char", "valueType": "any"}})
    with pytest.raises(LimitExceeded, match="levels deep"):
        one(making, subsystem, column)


def test_a_file_without_a_subsystem() -> None:
    variable = opaque("x", "K", matrix(reference([1], 1)))
    with pytest.raises(MalformedFile, match="holds objects, but no subsystem"):
        mat.read_bytes(HEADER + struct.pack("<Q", 9999) + b"\x00\x01IM" + variable)
    # The header may say that there is none: then the other variables can still be had.
    found = mat.read_bytes(HEADER + bytes(8) + b"\x00\x01IM" + variable + matrix(prepared(1.0), "y"))
    assert found["x"].class_name == "K"
    assert not found["x"].properties
    assert found["y"] == 1


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (b"\x00\x01XX" + bytes(60), "no mark of its byte order"),
        (b"\x00\x01IM" + bytes(4), "is cut short"),
        (b"\x00\x01IM" + bytes(4) + matrix(prepared(1.0)), "does not begin with a structure"),
        (b"\x00\x01IM" + bytes(4) + matrix(prepared({"other": 1.0})), "holds no MCOS cells"),
        (b"\x00\x01IM" + bytes(4) + matrix(prepared({"MCOS": 1.0})), "holds no MCOS cells"),
    ],
)
def test_a_broken_subsystem(stream: bytes, message: str) -> None:
    variable = opaque("x", "K", matrix(reference([1], 1)))
    stored = matrix(prepared(np.frombuffer(stream, np.uint8).reshape(-1, 1)))
    data = HEADER + struct.pack("<Q", 128 + len(variable)) + b"\x00\x01IM" + variable + stored
    with pytest.raises(MalformedFile, match=message):
        mat.read_bytes(data)


def test_a_wrapper_without_metadata() -> None:
    class Empty(Subsystem):
        def cells(self) -> list[Any]:
            return [Cell(object_array([], (0, 0)))]

    subsystem = Empty()
    column = subsystem.make("K", {})
    for data in (subsystem.mat5({"x": ("K", column)}), subsystem.mat73({"x": ("K", column)})):
        with pytest.raises(MalformedFile, match="has no metadata in its first cell"):
            mat.read_bytes(data)


def test_an_object_in_a_part_that_holds_no_subsystem() -> None:
    with pytest.raises(UnsupportedContent, match="is an object, whose content is not stored here"):
        mat.read_mxarray(b"\x00\x01IM" + bytes(4) + opaque("x", "K", matrix(reference([1], 1))))


def test_variables_as_elements_with_a_name_and_a_value() -> None:
    def text(word: str) -> bytes:
        return matrix(Char(word))

    pairs = [text("a"), matrix(np.array([[0.5]])), text("bc"), matrix(np.array([[1.0, 2.0]]))]
    body = struct.pack("<IIIIIIII", 6, 8, 2, 0, 5, 8, 1, 2) + struct.pack("<IIHHi", 1, 0, 5, 4, 6)
    body += struct.pack("<II", 1, 12) + b"Name\0\0Value\0" + bytes(4) + b"".join(pairs)
    found = mat.read_bytes(b"\x00\x01IM" + bytes(4) + struct.pack("<II", 14, len(body)) + body)
    assert list(found) == ["a", "bc"]
    assert found["a"] == 0.5
    np.testing.assert_array_equal(found["bc"], [[1, 2]])


def test_an_object_beside_other_variables_in_such_a_part_is_its_class_alone() -> None:
    number = matrix(np.array([[0.5]]))
    body = struct.pack("<IIIIIIII", 6, 8, 2, 0, 5, 8, 1, 1) + struct.pack("<IIHHi", 1, 0, 5, 4, 4)
    body += struct.pack("<II", 1, 8) + b"out\0h\0\0\0" + opaque("", "p.K", matrix(reference([1], 1))) + number
    found = mat.read_bytes(b"\x00\x01IM" + bytes(4) + struct.pack("<II", 14, len(body)) + body)
    assert found["h"] == 0.5
    assert (found["out"].class_name, found["out"].properties) == ("p.K", {})


def test_names_in_the_list_of_variables(tmp_path: Any) -> None:
    subsystem = Subsystem()
    for kind in ("mat5", "mat73"):
        path = tmp_path / f"{kind}.mat"
        path.write_bytes(getattr(subsystem, kind)({"x": ("p.K", subsystem.make("p.K", {}))}))
        assert [(entry.name, entry.class_name, entry.shape) for entry in mat.whos(path)] == [("x", "p.K", None)]
