"""Reading HDF5, the container of MAT 7.3 files, without libhdf5, which can hang on a file that was made to hurt it.

| module | reads |
| --- | --- |
| `source` | bytes, never beyond the file's end |
| `superblock` | where the root group lies |
| `objects` | groups and datasets: their header messages |
| `links` | the members of a group: symbol tables, link messages, dense links |
| `attributes` | attributes: compact and dense |
| `datatypes`, `dataspace` | what the elements are, and how many |
| `dataset`, `chunks`, `chunk_arrays`, `filters` | the elements themselves |
| `heaps`, `fractal_heap`, `btree`, `btree2` | the structures that these lie in |

It follows the HDF5 File Format Specification, version 3.0, superblocks 0 to 3. Every offset, size, count and depth is
checked, what is made is charged to the `Budget` of the file first, and nothing outside of the file is ever opened.
`MalformedFile` is what contradicts itself, `UnsupportedContent` what is not read here, by its name: other filters than
deflate, shuffle and fletcher32, objects of a fractal heap that are huge or filtered, shared message tables.
Checksums of metadata are passed over: they guard against accidents, and nothing here trusts what they guard.
"""

from __future__ import annotations

from bridge.files.hdf5.attributes import Attribute, attributes
from bridge.files.hdf5.dataset import Dataset
from bridge.files.hdf5.datatypes import Datatype, Kind
from bridge.files.hdf5.links import Link, links
from bridge.files.hdf5.objects import HDF5Object
from bridge.files.hdf5.source import SIGNATURE, Source
from bridge.files.hdf5.superblock import open_root

__all__ = [
    "SIGNATURE", "Attribute", "Dataset", "Datatype", "HDF5Object", "Kind", "Link", "Source", "attributes", "links",
    "open_root",
]  # fmt: skip
