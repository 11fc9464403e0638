"""A folder that serves a network with onnxruntime alone.

==========================  ===========================================================================================
``sequence.onnx``           whole sequences: ``x`` time x batch x channels to ``y``, from the state after a reset; then
                            the final states and, for classification, ``label``
``step.onnx``               one step: ``x`` batch x channels and the states ``h``, ``c`` (1 x batch x H) to ``y``,
                            ``hn``, ``cn``. With several recurrent layers the states carry the layer's name:
                            ``lstm_1_h``. Absent where the network cannot be computed step by step
``start.npz``               the states after a reset, for a batch of one
``test_data_set_0``         an input and what this package computes from it, as ONNX tensors and as .npy
``signature.json``          names, sizes, normalization, labels and standardization; also in the models' metadata
``serve.py``                runs both models on the test data and compares
==========================  ===========================================================================================

The batch is dynamic, and so is time. Normalization, standardization and labels are inside the graphs. Precision is
``single``; ``cast``: the same, with ``x`` and ``y`` in double; or ``double``: the whole graph, written out as Scans, as
onnxruntime's LSTM and GRU are single. What the test data hold was computed by this package, not by MATLAB.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bridge import storage
from bridge.cases import serving_graph
from bridge.cases.serving_graph import Precision, Scaling, Signature
from bridge.comparing.tolerance import DOUBLE, SINGLE
from bridge.errors import FileError, UsageError
from bridge.files import mat, onnx_weights
from bridge.network import Network
from bridge.prediction import predict

__all__ = ["Precision", "Scaling", "scaling", "write"]

Array = npt.NDArray[Any]
_STEPS, _SEQUENCES = 12, 2
_SCRIPT = """\
import pathlib, numpy as np, onnxruntime as ort  # x is {input}, y is {output}
here = pathlib.Path(__file__).parent
x, wanted = (np.load(here / "test_data_set_0" / name) for name in ("input_0.npy", "output_0.npy"))
y = ort.InferenceSession(here / "sequence.onnx").run(["y"], {{"x": x}})[0]
limit = {share} * max(1, np.abs(wanted).max())
{steps}assert np.abs(y - wanted).max() <= limit, f"differs by {{np.abs(y - wanted).max()}}"
print("agrees within", np.abs(y - wanted).max())
"""
_STEPWISE = """\
step, state = ort.InferenceSession(here / "step.onnx"), dict(np.load(here / "start.npz"))
state = {{name: np.repeat(value, x.shape[1], 1) for name, value in state.items()}}
for t in range(len(x)):
    now, *last = step.run(["y", {outputs}], {{"x": x[t], **state}})
    state = dict(zip(state, last))
    assert np.abs(now - {compared}).max() <= limit{condition}, f"step {{t}} differs"
"""


def write(
    network: Network,
    folder: str | os.PathLike[str],
    *,
    scaling: Scaling | None = None,
    precision: Precision = "single",
) -> None:
    """Write the folder; files of the same names in it are replaced. Raises `UsageError`, `UnsupportedLayer`."""
    signature = Signature.of(network, scaling, precision)
    about = _about(signature)
    models = {"sequence.onnx": serving_graph.graph(signature, step=False)}
    if signature.timed and signature.states and not serving_graph.stepwise(network):
        models["step.onnx"] = serving_graph.graph(signature, step=True)
    x = _example(signature)
    results = _expected(signature, x)
    target = Path(folder)
    try:
        (target / "test_data_set_0").mkdir(parents=True, exist_ok=True)
        for name, model in models.items():
            _note(model, about)
            storage.replace(target / name, model.SerializeToString())
        starts: dict[str, Any] = {signature.states[place][0]: signature.start(*place) for place in signature.states}
        _save(target / "start.npz", lambda file: np.savez(file, **starts))
        for name, array in [("input_0", x), *((f"output_{k}", each) for k, each in enumerate(results))]:
            _tensor(target / "test_data_set_0" / name, array)
        storage.replace(target / "signature.json", (json.dumps(about, indent=1) + "\n").encode())
        storage.replace(target / "serve.py", _script(signature, "step.onnx" in models).encode())
    except OSError as error:
        raise FileError.of(folder, error) from error


def scaling(path: str | os.PathLike[str], names: str) -> Scaling:
    """The standardization of variables in a .mat file: ``mu,sig`` for both ends, or ``muX,sigX,muY,sigY``."""
    wanted = [name.strip() for name in names.split(",")]
    if len(wanted) not in (2, 4):
        raise UsageError(f"standardization is two names, or four for input and output; not {names!r}")
    found = mat.read(path, wanted)
    arrays = [np.asarray(found[name], np.float64).ravel() for name in (wanted * 2)[:4]]
    finite = all(array.size and np.isfinite(array).all() for array in arrays)
    if not finite or not arrays[1].all() or not arrays[3].all():
        raise UsageError(f"{os.fspath(path)}: {names} are no means and standard deviations")
    return Scaling(*arrays)


def _about(signature: Signature) -> dict[str, Any]:
    network, scaling = signature.network, signature.scaling
    (entry,), (end,) = network.inputs, network.outputs
    given, handed = network.signal(entry), network.signal(end)
    assert given is not None
    assert handed is not None
    for what, signal in (("input", given), ("output", handed)):
        if scaling is None:
            break
        for kind in ("mean", "deviation"):
            size = getattr(scaling, f"{what}_{kind}").size
            if size not in (1, signal.size):
                raise UsageError(f"the {what} has {signal.size} channels, but its {kind} {size} numbers")
    layer = network[entry]
    statistics = {name: layer.arrays[name].ravel().tolist() for name in getattr(layer, "needed_statistics", ())}
    return {
        "input": {"name": "x", "channels": given.size, "axes": "time " * given.time + "batch channels"},
        "output": {"name": "y", "channels": handed.size, "axes": "time " * handed.time + "batch channels"},
        "states": dict(signature.states.values()),
        "start": "the state after a reset",
        "precision": "single, double cast" if signature.precision == "cast" else signature.precision,
        "normalization": {"kind": layer.Normalization, **statistics},
        "standardization": None if scaling is None else {k: v.tolist() for k, v in vars(scaling).items()},
        "labels": list(signature.classes),
    }


def _example(signature: Signature) -> Array:
    """A deterministic input of the size that the network was trained for: a wave about the statistics it holds."""
    (entry,) = signature.network.inputs
    layer = signature.network[entry]
    channels = layer.InputSize
    shape = (_STEPS, _SEQUENCES, channels) if signature.timed else (_SEQUENCES, channels)
    wave = np.sin(0.7 * np.arange(np.prod(shape)) ** 1.1).reshape(shape)
    if layer.Normalization.startswith("rescale"):
        low, high = (layer.arrays[name].ravel().astype(np.float64) for name in ("Min", "Max"))
        wave = low + (high - low) * (wave + 1) / 2
    elif layer.Normalization != "none":
        spread = layer.arrays.get("StandardDeviation", np.ones((1, 1))).ravel()
        wave = layer.arrays["Mean"].ravel() + spread * wave
    if signature.scaling is not None:
        wave = wave * signature.scaling.input_deviation + signature.scaling.input_mean
    return wave.astype(signature.outside)


def _expected(signature: Signature, x: Array) -> list[Array]:
    """What this package computes: ``y``, the final states, ``label``."""
    scaling, network = signature.scaling, signature.network
    dtype = signature.inside
    given = x.astype(dtype)
    if scaling is not None:
        mean, deviation = (a.astype(dtype) for a in (scaling.input_mean, scaling.input_deviation))
        given = (given - mean) / deviation
    state = "reset" if signature.states else None
    wanted = "double" if dtype == np.float64 else "single"
    layout = "TBC" if signature.timed else "BC"
    y, final = predict(network, given, layout=layout, state=state, precision=wanted, return_state=True)
    if scaling is not None:
        y = y * scaling.output_deviation.astype(dtype) + scaling.output_mean.astype(dtype)
    results = [y.astype(x.dtype)]
    for layer, name in signature.states:
        directions = int(getattr(network[layer], "directions", 1))
        results.append(onnx_weights.state_in(final[layer][name], directions, dtype))
    if signature.classes:
        results.append(np.array(signature.classes, object)[y.argmax(-1)])
    return results


def _script(signature: Signature, stepwise: bool) -> str:
    channels = signature.network[signature.network.inputs[0]].InputSize
    steps = ""
    if stepwise:
        whole = signature.hands_on_time
        steps = _STEPWISE.format(
            outputs=", ".join(f'"{leave}"' for _, leave in signature.states.values()),
            compared="y[t]" if whole else "y",
            condition="" if whole else " or t + 1 < len(x)",
        )
    entering = f"time x batch x {channels}" if signature.timed else f"batch x {channels}"
    leaving = "time x batch x channels" if signature.hands_on_time else "batch x channels"
    share = DOUBLE if signature.precision == "double" else SINGLE
    return _SCRIPT.format(input=entering, output=leaving, steps=steps, share=share)


def _note(model: Any, about: dict[str, Any]) -> None:
    import onnx

    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in about.items()}
    onnx.helper.set_model_props(model, {f"bridge.{name}": text for name, text in texts.items()})


def _tensor(path: Path, array: Array) -> None:
    import onnx

    storage.replace(path.with_suffix(".pb"), onnx.numpy_helper.from_array(array, "").SerializeToString())
    if array.dtype.kind != "O":
        _save(path.with_suffix(".npy"), lambda file: np.save(file, array))


def _save(path: Path, save: Any) -> None:
    import io

    held = io.BytesIO()
    save(held)
    storage.replace(path, held.getvalue())
