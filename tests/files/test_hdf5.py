"""Our reader of HDF5 beside libhdf5: files that h5py writes at random, in every form that libhdf5 has for them."""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import pytest

from bridge.errors import FileError, MalformedFile, UnsupportedContent
from bridge.files import hdf5
from bridge.files.hdf5 import Dataset, HDF5Object, Kind, Source
from bridge.files.mat_limits import Budget, Limits

FORMS = ["earliest", "v108", "v110", "latest"]
"""Versions 1.12 and 1.14 of the library write what 1.10 writes."""
DTYPES = ["<i1", "<u2", ">i4", "<i8", ">u8", "<f2", "<f4", ">f8", "bool", "complex"]


def written(fill: Callable[[Any], None], form: str = "earliest", **options: Any) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w", libver=(form, "latest"), **options) as file:
        fill(file)
    return content.getvalue()


def opened(data: bytes, **limits: int) -> HDF5Object:
    source = Source(io.BytesIO(data), Budget(Limits(**limits), "test.h5"))
    return HDF5Object(source, hdf5.open_root(source))


def member(group: HDF5Object, name: str) -> HDF5Object:
    address = {link.name: link.address for link in hdf5.links(group)}[name.encode()]
    assert address is not None
    return HDF5Object(group.source, address)


def numbers(dataset: Dataset) -> np.ndarray[Any, Any]:
    found = dataset.read()
    return found != 0 if dataset.datatype.kind is Kind.LOGICAL else found


def agree(ours: HDF5Object, theirs: Any) -> int:
    """Whether both see the same members, attributes, shapes, types and numbers; gives how many datasets there are."""
    attributes = hdf5.attributes(ours, set(theirs.attrs))
    assert set(attributes) == set(theirs.attrs)
    for name, attribute in attributes.items():
        expected = np.atleast_1d(theirs.attrs[name])
        if attribute.kind is Kind.SEQUENCE:
            for one, other in zip(attribute.value, expected, strict=True):
                text = other.encode() if isinstance(other, str) else np.asarray(other).tobytes()
                assert one.tobytes() == text
        elif attribute.kind is not Kind.REFERENCE:
            assert np.array_equal(attribute.value, expected.ravel())
    if isinstance(theirs, h5py.Dataset):
        dataset = Dataset(ours)
        assert ours.is_dataset
        assert dataset.shape == (theirs.shape or ((0,) if theirs.shape is None else ()))
        if dataset.datatype.kind is Kind.REFERENCE:
            file = theirs.file
            for address, reference in zip(dataset.read().ravel(), np.ravel(theirs[()]), strict=True):
                agree(HDF5Object(ours.source, int(address)), file[reference])
        elif theirs.shape is not None:
            found, expected = numbers(dataset), theirs[()]
            if found.dtype.names:
                found = found.view(expected.dtype) if expected.dtype.kind == "c" else found
            assert found.dtype.newbyteorder("=") == expected.dtype.newbyteorder("=")
            assert found.tobytes() == np.asarray(expected, found.dtype).tobytes()
        return 1
    assert ours.is_group
    members = {link.name.decode(): link.address for link in hdf5.links(ours)}
    assert list(members) == list(theirs)
    count = 0
    for name, address in members.items():
        assert address is not None
        count += agree(HDF5Object(ours.source, address), theirs[name])
    return count


def compared(data: bytes) -> int:
    with h5py.File(io.BytesIO(data)) as file:
        return agree(opened(data), file)


def random_dataset(group: Any, name: str, random: np.random.Generator) -> Any:
    rank = int(random.integers(0, 5))
    shape = tuple(int(size) for size in random.integers(1, 12, rank))
    dtype = np.dtype(random.choice(DTYPES))
    if random.random() < 0.1:
        dtype = np.dtype([("a", "<f4"), ("bc", ">i2"), ("longer name", "<u8")])
    values = np.frombuffer(random.bytes(int(np.prod(shape)) * dtype.itemsize), dtype).reshape(shape)
    if dtype.kind == "b":
        values = values.view(np.uint8) > 127
    options: dict[str, Any] = {"track_times": bool(random.random() < 0.5)}
    if rank and random.random() < 0.7:
        options["chunks"] = tuple(int(random.integers(1, size + 1)) for size in shape)
        if random.random() < 0.6:
            options["compression"] = "gzip"
        options["shuffle"] = bool(random.random() < 0.5)
        options["fletcher32"] = bool(random.random() < 0.5)
        growing = int(random.integers(0, rank + 1))
        if growing:
            axes = set(random.permutation(rank)[:growing].tolist())
            options["maxshape"] = tuple(None if k in axes else size + 3 for k, size in enumerate(shape))
        if dtype.kind in "iuf" and random.random() < 0.5:
            options["fillvalue"] = 7
        node = group.create_dataset(name, shape, dtype, **options)
        part = tuple(slice(0, int(random.integers(1, size + 1))) for size in shape)
        node[part] = values[part]
        return node
    return group.create_dataset(name, data=values, **options)


def random_group(group: Any, random: np.random.Generator, depth: int = 0) -> None:
    nodes = []
    for k in range(int(random.choice([0, 1, 3, 12, 40]))):
        if depth < 2 and random.random() < 0.15:
            random_group(group.create_group(f"group {k}", track_order=bool(random.random() < 0.3)), random, depth + 1)
        else:
            nodes.append(random_dataset(group, "x" * int(random.integers(1, 40)) + str(k), random))
    for node in nodes[:2]:
        for k in range(int(random.choice([1, 3, 12]))):
            kind = int(random.integers(0, 4))
            values = random.random(int(random.integers(1, 5)))
            node.attrs[f"attribute {k}"] = (np.bytes_("text"), "länger", values, np.int32(k))[kind]
    if nodes:
        references = np.array([nodes[0].ref, nodes[-1].ref], h5py.ref_dtype)
        group.create_dataset("references", data=references)
        names = np.empty(2, object)
        names[:] = [np.frombuffer(b"ab", "S1"), np.frombuffer(b"c", "S1")]
        group.attrs.create("names", names, dtype=h5py.vlen_dtype(np.dtype("S1")))


@pytest.mark.parametrize(("form", "seed"), list(itertools.product(FORMS, range(3))))
def test_random_files(form: str, seed: int) -> None:
    random = np.random.default_rng([seed, *form.encode()])
    options = {"userblock_size": 512} if seed % 2 else {}
    compared(written(lambda file: random_group(file, random), form, **options))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [8, 9, 600])
def test_many_members_and_attributes(form: str, count: int) -> None:
    """Beyond 8, newer forms keep both in fractal heaps; beyond some hundred these have a table of tables."""

    def fill(file: Any) -> None:
        for k in range(count):
            file[f"{'n' * (k % 50)}{k}"] = np.float64(k)
        for k in range(min(count, 300)):
            file["0"].attrs[f"a{k}"] = "x" * k

    assert compared(written(fill, form)) == count


@pytest.mark.parametrize("form", ["earliest", "latest"])
@pytest.mark.parametrize("growing", [(), (1,), (0, 1)], ids=["fixed", "columns grow", "both grow"])
@pytest.mark.parametrize("filtered", [False, True])
def test_thousands_of_chunks(form: str, growing: tuple[int, ...], filtered: bool) -> None:
    """So many that every index has several levels, and those that have pages have several."""

    def fill(file: Any) -> None:
        shape = (301, 15)
        limits = tuple(None if k in growing else size for k, size in enumerate(shape))
        options = {"compression": "gzip", "compression_opts": 1} if filtered else {}
        node = file.create_dataset("x", shape, "<u2", chunks=(2, 1), maxshape=limits, fillvalue=3, **options)
        node[:, :9] = np.arange(301 * 9).reshape(301, 9)
        node[300, 14] = 5

    compared(written(fill, form))


@pytest.mark.parametrize("form", FORMS)
def test_every_way_of_storing(form: str) -> None:
    def fill(file: Any) -> None:
        values = np.arange(60, dtype="<i4").reshape(5, 12)
        for name, layout, early in (
            ("compact", "compact", False),
            ("whole", "contiguous", False),
            ("a", "chunked", True),
        ):
            properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            properties.set_layout(getattr(h5py.h5d, layout.upper()))
            if early:
                properties.set_chunk((2, 5))
                properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            space = h5py.h5s.create_simple(values.shape)
            node = h5py.h5d.create(file.id, name.encode(), h5py.h5t.STD_I32LE, space, properties)
            node.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        file.create_dataset("one chunk", data=values, chunks=values.shape)
        file.create_dataset("one packed chunk", data=values, chunks=values.shape, compression="gzip")
        file.create_dataset("never written", (3, 4), "f8", fillvalue=1.5)
        file.create_dataset("no chunk written", (3, 4), "f8", chunks=(2, 2), fillvalue=2.5)
        file.create_dataset("null", data=h5py.Empty("f8"))
        file["committed"] = np.dtype("<f4")
        file.create_dataset("of a committed type", (3,), file["committed"], data=[1, 2, 3])
        del file["committed"]
        smaller = file.create_dataset("smaller", data=np.arange(40.0), chunks=(4,), maxshape=(None,))
        smaller.resize((9,))

    assert compared(written(fill, form)) == 10


def test_names_in_the_order_of_their_making() -> None:
    def fill(file: Any) -> None:
        for name in "cab":
            file[name] = 1

    for many in ("", "defghijklm"):
        data = written(
            lambda file, many=many: [fill(file), *(file.create_group(name) for name in many)], track_order=True
        )
        assert [link.name.decode() for link in hdf5.links(opened(data))] == [*"cab", *many]


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (lambda file: file.create_dataset("x", data=np.arange(99), compression="lzf"), "read here: lzf"),
        (lambda file: file.create_dataset("x", data=np.arange(99), scaleoffset=0), "read here: scaleoffset"),
        (lambda file: file.create_dataset("x", (2,), "f4", external=[("/etc/hostname", 0, 8)]), "in another file"),
    ],
)
def test_what_is_not_read_is_named(fill: Callable[[Any], None], message: str) -> None:
    node = member(opened(written(fill)), "x")
    with pytest.raises(UnsupportedContent, match=message):
        Dataset(node).read()


def test_a_checksum_that_does_not_fit() -> None:
    data = bytearray(
        written(lambda file: file.create_dataset("x", data=np.full(50, 0x1234, "<u2"), chunks=(50,), fletcher32=True))
    )
    data[data.index(b"\x34\x12" * 50) + 20] ^= 1
    with pytest.raises(MalformedFile, match="checksum does not fit"):
        Dataset(member(opened(bytes(data)), "x")).read()


@pytest.mark.parametrize("form", ["earliest", "latest"])
def test_any_byte_may_be_wrong(form: str) -> None:
    """Whatever byte of a file is changed, the answer is a value or a `FileError`."""

    def fill(file: Any) -> None:
        file["x"] = np.arange(4)
        file.create_dataset(
            "y", data=np.arange(40).reshape(5, 8), chunks=(2, 3), maxshape=(None, 8), compression="gzip"
        )
        for k in range(9):
            file["x"].attrs[f"a{k}"] = "text"

    data, random = written(fill, form), np.random.default_rng(5)
    for at in range(0, len(data), 7):
        broken = bytearray(data)
        broken[at] = int(random.choice([0, 1, 255, data[at] ^ 1, data[at] ^ 128]))
        visited(bytes(broken))
    for size in range(0, len(data), 101):
        visited(data[:size])


def visited(data: bytes) -> None:
    """Read everything; what is refused is refused with the file's name."""
    with contextlib.suppress(FileError):
        root = opened(data, bytes=1 << 20, parts=5000)
        for link in hdf5.links(root):
            if link.address is not None:
                thing = HDF5Object(root.source, link.address)
                hdf5.attributes(thing, {f"a{k}" for k in range(9)})
                if thing.is_dataset:
                    dataset = Dataset(thing)
                    root.source.budget.charge(dataset.size, "x")
                    dataset.read()
