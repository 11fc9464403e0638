"""Shallow networks with random structure and numbers, and what they compute, written out step by step in numpy.

`simulated` shares no code with the package: it follows the toolbox's documentation of each function.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.files import mat5_write
from bridge.network import Processing, ShallowInput, ShallowLayer, ShallowNetwork, ShallowOutput, Weight

Array = NDArray[Any]
TRANSFER = (
    *("logsig", "tansig", "purelin", "poslin", "satlin", "satlins", "hardlim", "hardlims", "radbas", "radbasn"),
    *("tribas", "softmax", "compet", "elliotsig", "elliot2sig"),
)
SETTINGS = ("removeconstantrows", "mapminmax", "mapstd", "fixunknowns", "processpca", "lvqoutputs")
WEIGHTS = ("dotprod", "dotprod", "normprod", "dist", "negdist", "mandist")


def chain(random: np.random.Generator, size: int, *, reversible: bool) -> tuple[list[Processing], int]:
    """Some processing functions for `size` rows, and how many rows they make."""
    made: list[Processing] = []
    for name in random.permutation([*SETTINGS])[:2]:
        if name == "removeconstantrows" and size > 1:
            order = random.permutation(size) + 1
            kept = int(random.integers(1, size + 1))
            settings = {"keep": np.sort(order[:kept]), "remove": np.sort(order[kept:])}
            made.append(Processing(name, {**settings, "constants": random.normal(size=size - kept)}))
        elif name == "mapminmax" or name == "mapstd":
            middle = {"ymin" if name == "mapminmax" else "ymean": -1.0}
            made.append(
                Processing(name, {"xoffset": random.normal(size=size), "gain": random.uniform(0.5, 2, size), **middle})
            )
        elif name == "fixunknowns" and not reversible:
            unknown = np.flatnonzero(random.random(size) < 0.5) + 1
            made.append(Processing(name, {"unknown": unknown, "xmeans": random.normal(size=size)}))
        elif name == "processpca":
            transform = random.normal(size=(size, size))
            made.append(Processing(name, {"transform": transform, "inverseTransform": np.linalg.inv(transform)}))
        elif name == "lvqoutputs":
            made.append(Processing(name))
        size = made[-1].processed(size) if made and made[-1].function == name else size
    return made, size


def shallow(seed: int, *, delays: bool = True, functions: tuple[str, ...] = TRANSFER) -> ShallowNetwork:
    """A network of one to three layers that may skip layers, feed back, and take several inputs."""
    random = np.random.default_rng(seed)
    inputs, processed = [], []
    for k in range(int(random.integers(1, 3))):
        size = int(random.integers(1, 5))
        made, rows = chain(random, size, reversible=False)
        inputs.append(ShallowInput(size, made, f"in{k}"))
        processed.append(rows)
    sizes = [int(random.integers(1, 6)) for _ in range(int(random.integers(1, 4)))]
    made, sizes[-1] = chain(random, 4, reversible=True)
    products = [bool(random.random() < 0.2) for _ in sizes]
    layers = [
        ShallowLayer(
            size,
            str(random.choice(functions)),
            "netprod" if product else "netsum",
            random.normal(size=size) if random.random() < 0.8 else None,
        )
        for size, product in zip(sizes, products, strict=True)
    ]

    def weight(rows: int, columns: int, least: int) -> Weight:
        lags = tuple(int(d) for d in np.flatnonzero(random.random(4) < 0.5) if d >= least) if delays else ()
        lags = lags or (least,)
        value = random.normal(size=(rows, columns * len(lags)))
        return Weight(value, lags, str(random.choice(WEIGHTS)))

    count = len(layers)
    IW = {(1, j): weight(sizes[0], rows, 0) for j, rows in enumerate(processed, 1)}
    LW = {(i, i - 1): weight(sizes[i - 1], sizes[i - 2], 0) for i in range(2, count + 1)}
    if random.random() < 0.4:
        IW[count, 1] = weight(sizes[-1], processed[0], 0)
    if delays and random.random() < 0.6:
        LW[1, count] = weight(sizes[0], sizes[-1], 1)
    outputs = [ShallowOutput(count, 4, made)]
    if count > 1 and random.random() < 0.3:
        outputs.insert(0, ShallowOutput(1, sizes[0], [], "hidden"))
    return ShallowNetwork(inputs, layers, outputs, IW, LW, name=f"random {seed}")


def apply(each: Processing, x: Array) -> Array:
    """A processing function on a column."""
    s = each.settings
    if each.function == "mapminmax":
        return (x - s["xoffset"]) * s["gain"] + s["ymin"]
    if each.function == "mapstd":
        return (x - s["xoffset"]) * s["gain"] + s["ymean"]
    if each.function == "removeconstantrows":
        return x[s["keep"].astype(int) - 1]
    if each.function == "processpca":
        return s["transform"] @ x
    if each.function == "lvqoutputs":
        return x
    rows = []
    for row, value in enumerate(x):
        if row + 1 in s["unknown"]:
            rows += [s["xmeans"][row] if np.isnan(value) else value, 0.0 if np.isnan(value) else 1.0]
        else:
            rows.append(value)
    return np.array(rows)


def undo(each: Processing, y: Array) -> Array:
    """The way back."""
    s = each.settings
    if each.function in ("mapminmax", "mapstd"):
        return (y - s["ymin" if each.function == "mapminmax" else "ymean"]) / s["gain"] + s["xoffset"]
    if each.function == "processpca":
        return s["inverseTransform"] @ y
    if each.function == "lvqoutputs":
        return y
    x = np.zeros(s["keep"].size + s["remove"].size)
    x[s["keep"].astype(int) - 1] = y
    x[s["remove"].astype(int) - 1] = s["constants"]
    return x


def weighted(name: str, w: Array, p: Array) -> Array:
    """A weight function, neuron by neuron."""
    if name in ("dotprod", "normprod"):
        z = np.array([sum(a * b for a, b in zip(row, p, strict=True)) for row in w])
        return z if name == "dotprod" else z / sum(abs(b) for b in p)
    if name == "mandist":
        return np.array([sum(abs(a - b) for a, b in zip(row, p, strict=True)) for row in w])
    far = np.array([np.sqrt(sum((a - b) ** 2 for a, b in zip(row, p, strict=True))) for row in w])
    return -far if name == "negdist" else far


def transferred(name: str, n: Array) -> Array:
    """A transfer function of a layer's net input."""
    if name == "compet":
        return np.eye(n.size)[int(np.argmax(n))]
    if name in ("softmax", "radbasn"):
        powers = np.exp(n if name == "softmax" else -(n**2))
        return powers / powers.sum()
    functions = {
        "logsig": lambda x: 1 / (1 + np.exp(-x)),
        "tansig": lambda x: 2 / (1 + np.exp(-2 * x)) - 1,
        "purelin": lambda x: x,
        "poslin": lambda x: x if x > 0 else 0.0,
        "satlin": lambda x: min(max(x, 0.0), 1.0),
        "satlins": lambda x: min(max(x, -1.0), 1.0),
        "hardlim": lambda x: 1.0 if x >= 0 else 0.0,
        "hardlims": lambda x: 1.0 if x >= 0 else -1.0,
        "radbas": lambda x: np.exp(-(x**2)),
        "tribas": lambda x: 1 - abs(x) if abs(x) <= 1 else 0.0,
        "elliotsig": lambda x: x / (1 + abs(x)),
        "elliot2sig": lambda x: np.sign(x) * x**2 / (1 + x**2),
    }
    return np.array([functions[name](x) for x in n])


def simulated(net: ShallowNetwork, xs: list[Array], Xi: list[Array], Ai: list[Array]) -> list[Array]:
    """Each output, rows by steps, of inputs `R x T` after `Xi` (R x D) and `Ai` (S x D) of every input and layer."""
    seen = [[_through(each, column) for column in before.T] for each, before in zip(net.inputs, Xi, strict=True)]
    said = [list(before.T) for before in Ai]
    results: list[list[Array]] = [[] for _ in net.outputs]
    for step in range(xs[0].shape[1]):
        for line, each, x in zip(seen, net.inputs, xs, strict=True):
            line.append(_through(each, x[:, step]))
        now: dict[int, Array] = {}
        while len(now) < len(net.layers):
            for i, layer in enumerate(net.layers, 1):
                parts = [(seen[j - 1], w, None) for (to, j), w in net.IW.items() if to == i]
                parts += [(said[j - 1], w, j) for (to, j), w in net.LW.items() if to == i]
                if i in now or any(j and 0 in w.delays and j not in now for _, w, j in parts):
                    continue
                z = [weighted(w.weightFcn, w.value, _tapped(line, w, None if j is None else now.get(j), j is None))
                     for line, w, j in parts]  # fmt: skip
                z += [layer.b] if layer.b is not None else []
                n = z[0]
                for one in z[1:]:
                    n = n * one if layer.netInputFcn == "netprod" else n + one
                now[i] = transferred(layer.transferFcn, n)
        for i, line in enumerate(said, 1):
            line.append(now[i])
        for kept, output in zip(results, net.outputs, strict=True):
            y = now[output.layer]
            for each in reversed(list(output.processing)):
                y = undo(each, y)
            kept.append(y)
    return [np.array(kept).T for kept in results]


def _through(given: ShallowInput, x: Array) -> Array:
    for each in given.processing:
        x = apply(each, x)
    return x


def _tapped(line: list[Array], weight: Weight, now: Array | None, entered: bool) -> Array:
    """The values at each delay; the last entry of an input's line is this step's, of a layer's the step before's."""
    return np.concatenate([line[-1 - d] if entered else now if d == 0 else line[-d] for d in weight.delays])


def object_file(fields: dict[str, Any], name: str = "net") -> bytes:
    """A .mat file with an old-style object of class `network`, as MATLAB writes it, made of a structure's bytes."""
    content = mat5_write.content({name: fields}, compress=False)
    head, element = content[:128], content[128:]
    assert struct.unpack("<I", element[:4])[0] == 14  # a matrix
    assert element[16] == 2  # a structure
    element = element[:16] + b"\x03" + element[17:]
    at = 24
    for _ in range(2):  # behind the sizes and the name
        kind, length = struct.unpack("<II", element[at : at + 8])
        at += 8 if kind >> 16 else 8 + length + (-length & 7)
    text = b"network"
    inserted = struct.pack("<II", 1, len(text)) + text.ljust(8, b"\0")
    body = element[8:at] + inserted + element[at:]
    return head + struct.pack("<II", 14, len(body)) + body
