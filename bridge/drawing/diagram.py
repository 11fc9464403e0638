"""A model as SVG: blocks where the file puts them, lines with arrow heads and branch dots, labels, notes.

``svg(system)`` draws one level. Nothing is laid out anew: what Simulink shows is what the file says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from xml.sax.saxutils import escape, quoteattr

from bridge.drawing.colours import colour, ink, is_dark
from bridge.drawing.geometry import Level, box_of
from bridge.drawing.icons import full_text, icon
from bridge.drawing.lettering import legal
from bridge.drawing.lines import line, occupy_lines
from bridge.drawing.names import name, name_shown
from bridge.drawing.notes import note
from bridge.drawing.ports import open_ports, port_names
from bridge.drawing.shapes import extent
from bridge.drawing.sheet import Sheet
from bridge.model import Block, Model, System

Defaults = Mapping[str, Mapping[str, str]]
STYLE = (
    ".bridge{font-family:Helvetica,Arial,'Liberation Sans',sans-serif;color:#111}"
    ".bridge .p{fill:#fff}.bridge .o{fill:#fff;stroke:currentColor;stroke-width:1}"
    ".bridge .b{fill:currentColor}.bridge .c{fill:none;stroke:currentColor;stroke-width:1.2}"
    ".bridge .l{fill:none;stroke:currentColor;stroke-width:1}"
    ".bridge .f{fill:currentColor;fill-opacity:.04;stroke:currentColor;stroke-opacity:.4}"
    ".bridge .v{fill:none;stroke:currentColor;stroke-opacity:.6}"
    ".bridge .d{fill:currentColor}.bridge .l.u{stroke:#d1242f;stroke-dasharray:4 3}.bridge .d.u{fill:#d1242f}"
    ".bridge .marked>.o,.bridge .marked>g>.o,.bridge .marked>.b{stroke:#d1242f;stroke-width:3}"
    ".bridge text{fill:currentColor;stroke:none}.bridge .s{font-style:italic}"
)
DARK = (
    ".bridge{color-scheme:light dark}"
    "@media (prefers-color-scheme:dark){.bridge{color:#e8e8e8}.bridge .p,.bridge .o{fill:#1b1d20}}"
)
_MARGIN = 24.0


def svg(drawn: Model | System, *, dark: bool = True, style: bool = True, marked: Collection[str] = ()) -> str:
    """One level of a diagram as a self-contained SVG. With `dark` it follows the reader's colour scheme.

    Every block is a ``<g class="block" data-path=…>`` and every line a ``<g class="line" data-source=…>``, so that a
    page can attach to them; without `style` the page brings `STYLE` itself. `marked` are paths of blocks that are
    framed, as are the subsystems around them.
    """
    system = drawn.root if isinstance(drawn, Model) else drawn
    model = system.model
    defaults: Defaults = model.defaults if model is not None else {}
    release = model.release if model is not None else None
    sheet = Sheet()
    for block in system.blocks:
        box = box_of(block, defaults.get(block.kind, {}))
        sheet.occupy((box.left, box.top, box.right, box.bottom))
    level = Level(system)
    occupy_lines(sheet, level, defaults)
    notes = [note(sheet, annotation) for annotation in system.annotations]
    blocks = [_block(sheet, level, block, defaults.get(block.kind, {}), release, marked) for block in system.blocks]
    faded = frozenset(block.name for block in system.blocks if block.get("Commented", "off") != "off")
    lines = [line(sheet, level, one, defaults, faded) for one in system.lines]
    frame = sheet.frame(_MARGIN)
    sheet_style = f"<style>{STYLE}{DARK if dark else ''}</style>" if style else ""
    title = escape(model.name if model is not None and system is model.root else system.path)
    return legal(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="bridge" '
        f'viewBox="{frame.left:g} {frame.top:g} {frame.width:g} {frame.height:g}" '
        f'width="{frame.width:g}" height="{frame.height:g}" role="img"><title>{title}</title>'
        f'{sheet_style}<rect class="p" {extent(frame)}/>' + "".join([*notes, *lines, *blocks]) + "</svg>"
    )


def _block(
    sheet: Sheet,
    level: Level,
    block: Block,
    defaults: Mapping[str, str],
    release: str | None,
    marked: Collection[str],
) -> str:
    box = box_of(block, defaults)
    drawn = icon(block, box, defaults) + port_names(level, block, box)
    parts = [_coloured(block, drawn), open_ports(level, block, defaults)]
    if name_shown(block, defaults, release):
        parts.append(name(sheet, block, box, release))
    faded = ' opacity="0.35"' if block.get("Commented", "off") != "off" else ""
    opens = " data-opens=''" if block.subsystem is not None and block.subsystem.blocks else ""
    path = block.path
    frame = " marked" if any(one == path or one.startswith(f"{path}/") for one in marked) else ""
    about = f"data-path={quoteattr(path)} data-kind={quoteattr(block.kind)}{opens}"
    said = full_text(block, defaults)
    title = escape(f"{block.kind} {' '.join(block.name.split())}" + (f": {said}" if said else ""))
    return f'<g class="block{frame}" {about}{faded}><title>{title}</title>{"".join(parts)}</g>'


def _coloured(block: Block, drawn: str) -> str:
    """The icon in the block's own colours."""
    fill, own = colour(block.get("BackgroundColor")), colour(block.get("ForegroundColor"))
    if 'class="o"' not in drawn:
        fill = None  # a bar is all ink
    if own == "#000000" and fill is None:
        own = None  # the usual one, which follows the page
    if fill == "#ffffff" and own is None:
        fill = None
    if fill is None:
        return drawn if own is None else f'<g style="{ink(own)}">{drawn}</g>'
    own = own or ("#ffffff" if is_dark(fill) else "#000000")
    drawn = drawn.replace('class="o"', f'class="o" style="fill:{fill}"', 1)
    return f'<g style="color:{own}">{drawn}</g>'
