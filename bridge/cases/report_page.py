"""The style and the script of a report's page. Nothing is fetched from anywhere: it works from a mail, offline."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--ink:#16181c;--paper:#fff;--line:#d5d9e0;--soft:#f5f6f8;--good:#0a7d38;--bad:#c0271c;
--accent:#0057b8}
@media (prefers-color-scheme:dark){:root{--ink:#e8e8e8;--paper:#141619;--line:#3a3f47;--soft:#1d2025;--good:#4cc47a;
--bad:#ff7b70;--accent:#6cb2ff}}
*{box-sizing:border-box}html{scroll-padding-bottom:15rem}
body{margin:0 auto;max-width:132rem;padding:1rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.verdict{border-left:.4rem solid;padding:.6rem 1rem;background:var(--soft);font-weight:600}
.good{color:var(--good)}.bad{color:var(--bad)}
p{max-width:72rem}.verdict{max-width:none}td b{white-space:nowrap}
.wide{overflow-x:auto}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:.5rem 1rem}
.plots svg{width:100%;max-width:80rem}
table{border-collapse:collapse;font-size:.85rem;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid var(--line)}
th{background:var(--soft)}td.n{font-variant-numeric:tabular-nums;white-space:nowrap}
code{font-size:.8rem;overflow-wrap:anywhere}
svg{max-width:100%;height:auto}
button.link{font:inherit;background:none;border:0;padding:0;color:var(--accent);text-decoration:underline;cursor:pointer}
.remark{font-size:.85rem;opacity:.75}
.line{cursor:pointer}.line .hit{fill:none;stroke:transparent;stroke-width:12;pointer-events:stroke}
.line:hover .l,.line:focus .l,.line.on .l{stroke:var(--accent);stroke-width:2.5}.line:focus{outline:none}
#probe{position:sticky;bottom:0;background:var(--paper);border-top:2px solid var(--accent);padding:.3rem;
min-height:3rem}
@media (max-width:40rem){body{padding:.6rem}thead{display:none}tr{display:block;padding:.4rem 0;
border-bottom:1px solid var(--line)}td{display:block;border:0;padding:.05rem .2rem}td:empty{display:none}
.wide svg{max-width:none;min-width:30rem}td[data-title]::before{content:attr(data-title) ": ";opacity:.7}}
@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--line:#bbb;--soft:#fff;--good:#0a7d38;--bad:#c0271c}
body{max-width:none;padding:0;font-size:10pt}#probe{display:none}tr,svg{break-inside:avoid}h2{break-after:avoid}}
"""

# A line of a diagram shows its signal when it is pointed at, touched or reached with the keyboard.
SCRIPT = """
const probe = document.getElementById("probe");
let pointed = null;
function show(line, template) {
  if (pointed) pointed.classList.remove("on");
  pointed = line;
  line.classList.add("on");
  probe.replaceChildren(template.content.cloneNode(true));
}
for (const system of document.querySelectorAll("[data-system]")) {
  for (const line of system.querySelectorAll("g.line")) {
    const key = JSON.stringify([system.dataset.system, line.dataset.source]);
    const template = [...document.querySelectorAll("template[data-line]")].find((one) => one.dataset.line === key);
    if (!template) continue;
    for (const drawn of [...line.querySelectorAll("polyline")]) {
      const hit = drawn.cloneNode();
      hit.setAttribute("class", "hit");
      line.append(hit);
    }
    line.setAttribute("tabindex", "0");
    for (const event of ["pointerenter", "click", "focus"]) line.addEventListener(event, () => show(line, template));
  }
}
"""
