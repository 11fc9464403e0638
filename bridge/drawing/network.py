"""A network as SVG: its layers as boxes with their sizes, each below those that feed it."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from bridge.drawing.diagram import DARK, STYLE
from bridge.drawing.geometry import Box
from bridge.drawing.layer_graph import Edge, Graph, Node, graph_of
from bridge.drawing.layered import Layout, layered
from bridge.drawing.lettering import clipped, legal, text, width
from bridge.drawing.shapes import extent
from bridge.network import Network, ShallowNetwork

HIGH, BETWEEN, MARGIN = 44.0, 40.0, 20.0
_WIDEST = 230.0
_COLOURS = {
    "input": "#6e7781", "recurrent": "#d97706", "weights": "#0072b2", "activation": "#009e73",
    "normalization": "#9333ea", "shape": "#8b949e", "output": "#be185d", "other": "#8b949e",
}  # fmt: skip
_OWN = ".bridge .t{font-weight:600}.bridge .q{opacity:.75}.bridge .x{stroke:#d1242f;stroke-dasharray:4 3}"


def svg(network: Network | ShallowNetwork | Graph, *, dark: bool = True) -> str:
    """The layer graph as a self-contained SVG. With `dark` it follows the reader's colour scheme.

    Every layer is a ``<g class="layer" data-layer=…>`` with the sizes of its arrays in the title.
    """
    graph = network if isinstance(network, Graph) else graph_of(network)
    wide = {node.name: _width(node) for node in graph.nodes}
    forward = [edge for edge in graph.edges if not edge.back]
    layout = layered(wide, [(edge.source, edge.target) for edge in forward])
    boxes = {name: _box(layout, name, size) for name, size in wide.items()}
    back = [edge for edge in graph.edges if edge.back]
    left = min((box.left for box in boxes.values()), default=0.0)
    right = max((box.right for box in boxes.values()), default=100.0)
    low = max((box.bottom for box in boxes.values()), default=0.0)
    passing = [x for places in layout.passing.values() for x in places]
    left, right = min([left, *passing]), max([right, *passing])
    frame = Box(left - MARGIN, -MARGIN, right + MARGIN + (18.0 * len(back) + 70 if back else 0), low + MARGIN + 12)
    parts = [_forward(edge, graph, boxes, layout) for edge in forward]
    parts += [_back(edge, boxes, right + 18 + 18 * k) for k, edge in enumerate(back)]
    parts += [_layer(node, boxes[node.name]) for node in graph.nodes]
    title = escape(graph.name or "network")
    return legal(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bridge" '
        f'viewBox="{frame.left:g} {frame.top:g} {frame.width:g} {frame.height:g}" '
        f'width="{frame.width:g}" height="{frame.height:g}" role="img"><title>{title}</title>'
        f"<style>{STYLE}{_OWN}{DARK if dark else ''}</style>"
        f'<rect class="p" {extent(frame)}/>{"".join(parts)}</svg>'
    )


def _width(node: Node) -> float:
    longest = max(width(node.name, 12), width(_second(node), 9))
    return min(max(longest + 26, 130.0), _WIDEST)


def _second(node: Node) -> str:
    if not node.known:
        return f"{node.detail or node.title}: not supported"
    return node.detail or node.title


def _box(layout: Layout, name: str, wide: float) -> Box:
    top = layout.row[name] * (HIGH + BETWEEN)
    return Box(layout.x[name] - wide / 2, top, layout.x[name] + wide / 2, top + HIGH)


def _layer(node: Node, box: Box) -> str:
    room = box.width - 20
    outline = "o" if node.known else "o x"
    strip = f'<rect x="{box.left:g}" y="{box.top:g}" width="5" height="{box.height:g}" fill="{_COLOURS[node.family]}"/>'
    words = [
        text(box.left + 13, box.top + 15, [clipped(node.name, room, 12)], 12, anchor="start", kind="t"),
        text(box.left + 13, box.top + 32, [clipped(_second(node), room, 9)], 9, anchor="start", kind="q"),
    ]
    if node.made:
        words.append(text(box.center[0] + 6, box.bottom + 8, [node.made], 9, anchor="start", kind="q"))
    title = "\n".join([f"{node.name}: {node.title}", *([node.detail] if node.detail else []), *node.arrays])
    about = f"data-layer={quoteattr(node.name)}"
    body = f'<rect class="{outline}" {extent(box)} rx="4"/>{strip}{"".join(words)}'
    return f'<g class="layer" {about}><title>{escape(title)}</title>{body}</g>'


def _places(names: list[str], name: str, box: Box) -> float:
    """Where along the edge of a box a port stands: in the middle where there is one."""
    at = names.index(name)
    return box.left + box.width * (at + 1) / (len(names) + 1)


def _forward(edge: Edge, graph: Graph, boxes: dict[str, Box], layout: Layout) -> str:
    into = list(dict.fromkeys(one.into for one in graph.edges if one.target == edge.target and not one.back))
    out = list(dict.fromkeys(one.out for one in graph.edges if one.source == edge.source and not one.back))
    start, end = boxes[edge.source], boxes[edge.target]
    points = [(_places(out, edge.out, start), start.bottom)]
    for k, x in enumerate(layout.passing[edge.source, edge.target], layout.row[edge.source] + 1):
        top = k * (HIGH + BETWEEN)
        points += [(x, top), (x, top + HIGH)]
    points.append((_places(into, edge.into, end), end.top))
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for k, ((x0, y0), (x1, y1)) in enumerate(pairwise(points)):
        if k % 2 == 0:
            middle = (y0 + y1) / 2
            path += f"C{x0:.5g} {middle:.5g} {x1:.5g} {middle:.5g} {x1:.5g} {y1:.5g}"
        else:
            path += f"V{y1:.5g}"
    x, y = points[-1]
    words = []
    if len(into) > 1 and edge.into:
        words.append(text(x + 5, y - 8, [edge.into], 8, anchor="start", kind="s"))
    if len(out) > 1 and edge.out:
        words.append(text(points[0][0] + 5, points[0][1] + 8, [edge.out], 8, anchor="start", kind="s"))
    head = f'<polygon class="d" points="{x:.5g},{y:g} {x - 3:.5g},{y - 6:g} {x + 3:.5g},{y - 6:g}"/>'
    ends = f"data-source={quoteattr(edge.source)} data-target={quoteattr(edge.target)}"
    if edge.delays:
        words.append(text(x + 5, y - 18, [edge.delays], 8, anchor="start", kind="s"))
    return f'<g class="edge" {ends}><path class="l" d="{path}"/>{head}{"".join(words)}</g>'


def _back(edge: Edge, boxes: dict[str, Box], x: float) -> str:
    """An edge to a later step runs at the side, with its delay."""
    start, end = boxes[edge.source], boxes[edge.target]
    y0, y1 = start.center[1] + 6, end.center[1] - 6
    path = f"M{start.right:g} {y0:g}H{x:g}V{y1:g}H{end.right:g}"
    head = (
        f'<polygon class="d" points="{end.right:g},{y1:g} {end.right + 6:g},{y1 - 3:g} {end.right + 6:g},{y1 + 3:g}"/>'
    )
    label = text(x + 4, (y0 + y1) / 2, [edge.delays], 9, anchor="start", kind="s")
    ends = f"data-source={quoteattr(edge.source)} data-target={quoteattr(edge.target)}"
    return f'<g class="edge" {ends}><path class="l" d="{path}"/>{head}{label}</g>'
