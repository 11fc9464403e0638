"""What an ONNX graph consists of, as plain data: for `slbridge info` of graphs that are no networks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

Facts = dict[str, Any]
_LONGEST = 60


def of_model(model: Any) -> Facts:
    """The facts of an `onnx.ModelProto`.

    ``{"kind": "onnx graph", "name", "producer", "opset": {domain: version}, "inputs": [{"name", "type", "shape"}],
    "outputs", "operators": {name: count}, "weights": {"tensors", "values"}, "metadata": {key: text}}``. Operators in
    the graphs of others count too; a size that is not fixed is its name, or ``?``.
    """
    graph = model.graph
    held = {each.name for each in graph.initializer}
    return {
        "kind": "onnx graph",
        "name": graph.name,
        "producer": f"{model.producer_name} {model.producer_version}".strip() or "not said",
        "opset": {each.domain or "ai.onnx": each.version for each in model.opset_import},
        "inputs": [_port(each) for each in graph.input if each.name not in held],
        "outputs": [_port(each) for each in graph.output],
        "operators": dict(Counter(_operators(graph)).most_common()),
        "weights": {
            "tensors": len(graph.initializer),
            "values": sum(math.prod(each.dims) for each in graph.initializer),
        },
        "metadata": {each.key: _short(each.value) for each in model.metadata_props},
    }


def _port(info: Any) -> Facts:
    import onnx

    tensor = info.type.tensor_type
    if not info.type.HasField("tensor_type"):
        return {"name": info.name, "type": info.type.WhichOneof("value") or "not said", "shape": []}
    known = tensor.elem_type in onnx.TensorProto.DataType.values() and tensor.elem_type
    type = onnx.TensorProto.DataType.Name(tensor.elem_type).lower() if known else "not said"
    sizes = [size.dim_value if size.HasField("dim_value") else size.dim_param or "?" for size in tensor.shape.dim]
    return {"name": info.name, "type": type, "shape": sizes}


def _operators(graph: Any) -> Iterator[str]:
    pending = [graph]
    while pending:
        for node in pending.pop().node:
            yield f"{node.domain}.{node.op_type}" if node.domain not in ("", "ai.onnx") else node.op_type
            for attribute in node.attribute:
                pending += [attribute.g] if attribute.HasField("g") else []
                pending += attribute.graphs


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def readable(facts: Facts) -> str:
    """The facts as lines of text."""
    lines = [f"{name:13} {facts[name]}" for name in ("kind", "name", "producer")]
    lines.append(f"{'opset':13} " + ", ".join(f"{domain} {version}" for domain, version in facts["opset"].items()))
    for name in ("inputs", "outputs", "states"):
        if name in facts:
            lines.append(f"{name:13} " + ("none" if not facts[name] else ""))
            lines += [f"  {_told(each)}" for each in facts[name]]
    counts = ", ".join(f"{name} {count}" for name, count in facts["operators"].items())
    lines.append(f"{'operators':13} {counts or 'none'}")
    lines.append(f"{'weights':13} {facts['weights']['values']} values in {facts['weights']['tensors']} tensors")
    metadata = (f"{key}: {text}" for key, text in facts["metadata"].items())
    lines.append(f"{'metadata':13} " + (", ".join(metadata) or "none"))
    lines += [f"{name:13} {facts[name]}" for name in ("network", "use") if name in facts]
    return "\n".join(line.rstrip() for line in lines)


def _told(port: Facts) -> str:
    size = " x ".join(map(str, port["shape"])) or "one value"
    about = f"  {port['about']}" if "about" in port else ""
    return f"{port['name']}  {size} {port['type']}{about}"
