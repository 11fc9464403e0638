"""A shallow network as an ONNX file that onnxruntime runs, in double precision, out of its one definition.

Without delays: ``x1`` (N x R), … to ``y1`` (N x S), …, an observation in each row. With delays ``x1`` is T x R, a step
in each row; ``Xi_1`` (D x R) and ``Ai_2`` (D x S) are what was before the first step, the oldest first, and
``Ai_2_final`` the layer's last outputs. Processing is inside.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from bridge.engines import onnx_model
from bridge.files import shallow_mat
from bridge.layers import shallow
from bridge.network import ShallowNetwork
from bridge.packages import required

NOTE = shallow_mat.NOTE


def model(network: ShallowNetwork) -> Any:
    """The network as an `onnx.ModelProto`; the network itself is in its metadata. Raises `UnsupportedLayer`."""
    onnx = required("onnx")
    dynamic = network.dynamic
    program = shallow.compile(network, columns=None if dynamic else 1, turned=not dynamic)
    known = shallow.values(network, program)
    made = onnx_model.to_onnx(program, whole=dynamic, parameters=known, initial_states=dynamic)
    if not dynamic:
        for end in (*made.graph.input, *made.graph.output):
            end.type.tensor_type.shape.dim[0].dim_param = "N"
    names = onnx_model.names_in(made)
    # What an input's delay line holds is processed; who goes on has the inputs themselves.
    inner = {names.next_states[path] for path in names.next_states if path.startswith("Xi")}
    kept = [end for end in made.graph.output if end.name not in inner]
    del made.graph.output[:]
    made.graph.output.extend(kept)
    _rename(made, {name: _plain(name) for name in _ends(made)})
    note = base64.b64encode(shallow_mat.content(network)).decode("ascii")
    del made.metadata_props[:]  # names that it lists are no longer those of the model
    onnx.helper.set_model_props(made, {NOTE: note})
    onnx.checker.check_model(made)
    return made


def _ends(made: Any) -> list[str]:
    return [end.name for end in (*made.graph.input, *made.graph.output)]


def _plain(name: str) -> str:
    """``Xi{1}`` and what an exporter makes of it, as ``Xi_1``."""
    return re.sub(r"\W+", "_", name).strip("_")


def _rename(made: Any, names: dict[str, str]) -> None:
    """New names for the ends of a graph, wherever they are used in it."""
    for end in (*made.graph.input, *made.graph.output):
        end.name = names.get(end.name, end.name)
    for node in made.graph.node:
        for listed in (node.input, node.output):
            for k, name in enumerate(listed):
                listed[k] = names.get(name, name)
