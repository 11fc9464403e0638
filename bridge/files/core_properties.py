"""Who made a package, when and with which release: the core properties of ECMA-376, and MathWorks' own."""

from __future__ import annotations

from bridge.files.package import Package
from bridge.files.simulink_xml import escape_text, parse
from bridge.model import Model

CORE = "metadata/coreProperties.xml"
MATHWORKS = "metadata/mwcoreProperties.xml"

_CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
_MATHWORKS_TYPE = "application/vnd.mathworks.package.coreProperties+xml"
_CORE_RELATIONSHIP = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
_MATHWORKS_RELATIONSHIP = "http://schemas.mathworks.com/package/2012/relationships/coreProperties"
_NAMESPACES = {
    "cp": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_PREFIXES = {uri: prefix for prefix, uri in _NAMESPACES.items()}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>\n'


def read_properties(model: Model, package: Package, understood: set[str]) -> None:
    """Set the model's release and properties. Parts that hold nothing else are added to `understood`."""
    if CORE in package.parts:
        found = _core(package)
        if found is not None:
            understood.add(CORE)
            model.release = found.pop("cp:version", None)
            if found.get("cp:category") == model.kind.lower():
                del found["cp:category"]
            model.properties = found
    content = package.parts.get(MATHWORKS)
    if content is not None:
        texts = {element.tag.rpartition("}")[2]: element.text for element in parse(content, package.path, MATHWORKS)}
        model.release = model.release or texts.get("matlabRelease")
        if texts == {
            "contentType": "application/vnd.mathworks.simulink.model",
            "contentTypeFriendlyName": "Simulink Model",
            "matlabRelease": model.release,
        }:
            understood.add(MATHWORKS)
    model.release = model.release or package.release


def _core(package: Package) -> dict[str, str] | None:
    """The properties by prefixed name (``dc:creator``), or None if the part holds more than plain texts."""
    found: dict[str, str] = {}
    for element in parse(package.parts[CORE], package.path, CORE):
        uri, _, name = element.tag.removeprefix("{").rpartition("}")
        key = f"{_PREFIXES.get(uri)}:{name}"
        dated = {f"{{{_NAMESPACES['xsi']}}}type": "dcterms:W3CDTF"}
        if uri not in _PREFIXES or len(element) or key in found or element.attrib not in ({}, dated):
            return None
        if (element.attrib == dated) != (_PREFIXES[uri] == "dcterms"):
            return None
        found[key] = element.text or ""
    return found


def add_properties(model: Model, package: Package, release: str | None) -> None:
    """Write both parts, unless the model keeps its own."""
    if CORE not in package.parts:
        values = {"cp:category": model.kind.lower(), **model.properties}
        if release:
            values["cp:version"] = release
        spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
        lines = [f"{_HEAD}<cp:coreProperties{spaces}>"]
        for name, text in values.items():
            dated = ' xsi:type="dcterms:W3CDTF"' if name.startswith("dcterms:") else ""
            lines.append(f"  <{name}{dated}>{escape_text(text)}</{name}>")
        package.add(CORE, "\n".join([*lines, "</cp:coreProperties>\n"]).encode(), _CORE_TYPE)
        package.relate("", CORE, _CORE_RELATIONSHIP)
    if MATHWORKS not in package.parts and release:
        text = (
            f'{_HEAD}<mwcoreProperties xmlns="http://schemas.mathworks.com/package/2012/coreProperties">\n'
            "  <contentType>application/vnd.mathworks.simulink.model</contentType>\n"
            "  <contentTypeFriendlyName>Simulink Model</contentTypeFriendlyName>\n"
            f"  <matlabRelease>{escape_text(release)}</matlabRelease>\n</mwcoreProperties>\n"
        )
        package.add(MATHWORKS, text.encode(), _MATHWORKS_TYPE)
        package.relate("", MATHWORKS, _MATHWORKS_RELATIONSHIP)
