"""A model as HTML: every system as a drawing, one at a time; a subsystem opens by a click. Nothing is fetched.

``page(model)`` is a whole page; ``fragment(model)``, `STYLE` and `SCRIPT` are its parts, for pages that hold more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from html import escape

from bridge.drawing.diagram import DARK, svg
from bridge.drawing.diagram import STYLE as DRAWING
from bridge.model import Block, Model, System
from bridge.model.charts import Chart

# Nothing may be loaded, whatever a block is called.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

STYLE = f"""{DRAWING}{DARK}
.diagram nav,.diagram .trail{{display:flex;flex-wrap:wrap;gap:.3rem;align-items:center;margin:.4rem 0;font-size:.9rem}}
.diagram nav button{{font:inherit;color:inherit;background:none;border:1px solid #8886;border-radius:.3rem;
padding:.15rem .5rem;cursor:pointer}}
.diagram nav button[aria-current]{{font-weight:600;border-color:currentColor}}.diagram .tools{{margin-left:auto}}
.diagram figure{{margin:0;overflow-x:auto;border:1px solid #8884}}.diagram figcaption{{padding:.2rem .5rem;opacity:.8}}
.diagram [hidden]{{display:none}}.diagram svg{{display:block;max-width:100%;height:auto;margin:auto}}
.diagram.full svg{{max-width:none}}.diagram pre{{margin:0;padding:.5rem;font-size:.85rem}}
.bridge [data-opens]{{cursor:pointer}}.bridge [data-opens]:focus{{outline:none}}
.bridge [data-opens]:hover>.o,.bridge [data-opens]:hover>g>.o,.bridge [data-opens]:focus-visible>.o,
.bridge [data-opens]:focus-visible>g>.o{{stroke:#1a7fe8;stroke-width:2}}
@media (max-width:40rem){{.diagram svg{{max-width:none}}.diagram.full svg{{max-width:100%}}}}
@media print{{.diagram svg{{max-width:100%}}.diagram nav{{display:none}}.diagram figure[hidden]{{display:block}}
.bridge{{color:#000!important;color-scheme:light}}
.bridge .o:not([style]),.bridge .p{{fill:#fff!important}}figure,svg{{break-inside:avoid}}}}
"""

# The address after # names the system, so that a browser's Back goes where the reader was.
SCRIPT = """
for (const diagram of document.querySelectorAll(".diagram")) {
  const systems = new Map([...diagram.querySelectorAll("[data-system]")].map((one) => [one.dataset.system, one]));
  const trail = diagram.querySelector(".trail");
  let now = "";
  const open = (path, focus) => {
    if (!systems.has(path)) return;
    for (const [own, figure] of systems) figure.hidden = own !== path;
    now = path;
    const above = [];
    for (let at = path; at !== ""; at = systems.get(at).dataset.above) above.unshift(at);
    trail.replaceChildren(...["", ...above].map((at) => {
      const button = document.createElement("button");
      button.textContent = systems.get(at).dataset.name;
      if (at === path) button.setAttribute("aria-current", "page");
      button.addEventListener("click", () => go(at));
      return button;
    }));
    if (focus) trail.lastChild.focus();
  };
  const address = (path) => "#" + encodeURIComponent(path);
  const go = (path) => { location.hash === address(path) ? open(path) : (location.hash = address(path)); };
  const shown = () => decodeURIComponent(location.hash.slice(1));
  addEventListener("hashchange", () => open(shown(), true));
  for (const button of document.querySelectorAll("[data-go]")) {
    button.addEventListener("click", () => { go(button.dataset.go); diagram.scrollIntoView(); });
  }
  for (const block of diagram.querySelectorAll("[data-opens]")) {
    block.setAttribute("tabindex", "0");
    block.setAttribute("role", "link");
    block.addEventListener("click", () => go(block.dataset.path));
    block.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); go(block.dataset.path); }
    });
  }
  diagram.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && now !== "") go(systems.get(now).dataset.above);
  });
  diagram.querySelector("[data-zoom]").addEventListener("click", (event) => {
    event.target.setAttribute("aria-pressed", diagram.classList.toggle("full"));
  });
  diagram.querySelector("nav").hidden = false;
  open(systems.has(shown()) ? shown() : "");
}
"""

_PAGE = """
:root{color-scheme:light dark}body{margin:0;padding:1rem;font:1rem/1.5 system-ui,sans-serif;background:#fff;color:#111}
h1{font-size:1.2rem;margin:0}@media (prefers-color-scheme:dark){body{background:#141619;color:#e8e8e8}}
"""


def page(model: Model) -> str:
    """The whole model as one page that needs nothing else."""
    return framed(model.name, f"{fragment(model)}<script>{SCRIPT}</script>")


def framed(title: str, body: str) -> str:
    """A page of a title and a body, which is HTML already."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{_PAGE}{STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def fragment(model: Model, marked: Collection[str] = ()) -> str:
    """Every system of a model in one element; without the script they stand below each other. See `diagram.svg`."""
    charts = model.charts
    parts = []
    for path, system in systems(model):
        owner = system.owner
        above = (
            owner.parent.path if isinstance(owner, Block) and owner.parent is not model.root and owner.parent else ""
        )
        name = " ".join(owner.name.split()) if owner is not None else path
        inside = _chart(charts[path]) if path in charts else svg(system, style=False, marked=marked)
        about = f'data-system="{escape(path)}" data-above="{escape(above)}" data-name="{escape(name)}"'
        parts.append(f"<figure {about}><figcaption>{escape(path or model.name)}</figcaption>{inside}</figure>")
    tools = '<span class="tools"><button data-zoom aria-pressed="false">zoom</button></span>'
    return f'<div class="diagram"><nav hidden><span class="trail"></span>{tools}</nav>{"".join(parts)}</div>'


def systems(model: Model) -> Iterator[tuple[str, System]]:
    """The root under an empty path, then what is inside every subsystem that holds blocks, under its block's path."""
    yield "", model.root
    for path, block in model.all_blocks():
        if block.subsystem is not None and block.subsystem.blocks:
            yield path, block.subsystem


def _chart(chart: Chart) -> str:
    """The code of a MATLAB Function; of a chart, how much there is of it."""
    if chart.script is not None:
        return f"<pre>{escape(chart.script)}</pre>"
    counted = {name: sum(1 for part in chart.section.walk() if part.name == name) for name in ("state", "transition")}
    listed = " and ".join(f"{count} {name}{'s' if count != 1 else ''}" for name, count in counted.items())
    return f"<p>A chart of Stateflow with {listed}.</p>"
