"""XML parts of Simulink packages: parsed without surprises, turned into the generic tree, and written again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridge.errors import LimitExceeded, MalformedFile, UnsupportedContent
from bridge.model import Entry, Parameter, Section

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

DEPTH_LIMIT = 100  # elements within elements; real parts have up to about 20
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'

# Atomic groups, because a hostile prolog could otherwise be divided in exponentially many ways.
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?(?>(?>\s+|<\?.*?\?>|<!--.*?-->)*)<!DOCTYPE", re.DOTALL)
_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
# Every other encoding could hide a DOCTYPE from the search for its bytes.
_ENCODINGS = re.compile(r"utf-?8|us-ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
# Not compiled before something is written, for it takes milliseconds.
_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def parse(content: bytes, path: str, part: str) -> Element:
    """The root element of a part. A document type, which could declare entities, is refused, as are other encodings."""
    from xml.etree import ElementTree

    encoding = _ENCODING.match(content)
    if b"\0" in content[:8] or (encoding and not _ENCODINGS.fullmatch(encoding[1].decode("latin-1"))):
        raise UnsupportedContent(path, "the XML is not in UTF-8", part)
    if _DOCTYPE.match(content):
        raise MalformedFile(path, "a DOCTYPE has no place in a Simulink part", part)
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise MalformedFile(path, f"the XML is broken: {error}", part) from None


def entry_of(element: Element, path: str, depth: int = 0) -> Entry:
    """The generic tree of an element."""
    if depth > DEPTH_LIMIT:
        raise LimitExceeded(path, f"elements are nested more than {DEPTH_LIMIT} deep", f"element {element.tag}")
    text = element.text or ""
    if element.tag == "P" and "Name" in element.attrib and not len(element):
        attributes = dict(element.attrib)
        return Parameter(attributes.pop("Name"), text, attributes)
    if len(element) or (text.isspace() and "\n" in text):
        text = text.strip()
    return Section(element.tag, dict(element.attrib), [entry_of(child, path, depth + 1) for child in element], text)


def section_of(element: Element, path: str) -> Section:
    """The generic tree of an element that is known not to be a parameter."""
    entry = entry_of(element, path)
    if isinstance(entry, Parameter):
        return Section("P", {"Name": entry.name, **entry.attributes}, [], entry.value)
    return entry


def collect(element: Element, parameters: dict[str, str], sections: list[Entry], path: str) -> None:
    """Put a child into `parameters` if it is a plain named value, else into `sections`.

    Of values with the same name the last counts; the earlier ones are kept among the sections.
    """
    attributes = element.attrib
    if element.tag == "P" and len(attributes) == 1 and not len(element) and "Name" in attributes:
        name = attributes["Name"]
        if name in parameters:
            sections.append(Parameter(name, parameters[name]))
        parameters[name] = element.text or ""
    else:
        sections.append(entry_of(element, path))


def escape_text(text: str) -> str:
    """Text as it stands between tags. A carriage return would otherwise be read as a line feed."""
    if "&" in text or "<" in text or ">" in text or "\r" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
    return text


def escape_attribute(text: str) -> str:
    """Text as it stands between an attribute's quotes, where white space would otherwise become spaces."""
    text = escape_text(text)
    return text.replace('"', "&quot;").replace("\n", "&#xA;").replace("\t", "&#x9;")


class Lines:
    """The text of a part while it is written: one element a line, indented by its depth."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._indent = ""
        self._names: set[str] = set()

    def parameter(self, name: str, value: str, attributes: dict[str, str] | None = None) -> None:
        """``<P Name="name">value</P>``"""
        self.leaf("P", {"Name": name, **attributes} if attributes else {"Name": name}, value)

    def parameters(self, values: dict[str, str]) -> None:
        """One line for each named value, in order."""
        for name, value in values.items():
            self.leaf("P", {"Name": name}, value)

    def own(self, parameters: dict[str, str], sections: list[Entry]) -> None:
        """What `collect` divided: values that are repeated, then all values, then what is nested."""
        repeated = [entry for entry in sections if isinstance(entry, Parameter) and entry.name in parameters]
        self.entries(repeated)
        self.parameters(parameters)
        self.entries(entry for entry in sections if not any(entry is one for one in repeated))

    def leaf(self, tag: str, attributes: dict[str, str], text: str = "") -> None:
        """An element without others inside."""
        end = f">{escape_text(text)}</{tag}>" if text else "/>"
        self._lines.append(f"{self._indent}<{self._start(tag, attributes)}{end}")

    def begin(self, tag: str, attributes: dict[str, str] | None = None, text: str = "") -> None:
        """The start of an element, with what comes before the first one inside."""
        self._lines.append(f"{self._indent}<{self._start(tag, attributes or {})}>{escape_text(text)}")
        self._indent += "  "

    def end(self, tag: str) -> None:
        """The end of the element begun last."""
        self._indent = self._indent[:-2]
        self._lines.append(f"{self._indent}</{tag}>")

    def entry(self, entry: Entry) -> None:
        """A generic tree."""
        if isinstance(entry, Parameter):
            self.parameter(entry.name, entry.value, entry.attributes)
        elif entry.entries:
            self.begin(entry.name, entry.attributes, entry.text)
            self.entries(entry.entries)
            self.end(entry.name)
        else:
            self.leaf(entry.name, entry.attributes, entry.text)

    def entries(self, entries: Iterable[Entry]) -> None:
        """Generic trees, in order."""
        for entry in entries:
            self.entry(entry)

    def _start(self, tag: str, attributes: dict[str, str]) -> str:
        self._names.add(tag)
        self._names.update(attributes)
        return tag + "".join([f' {name}="{escape_attribute(value)}"' for name, value in attributes.items()])

    def content(self, path: str, part: str) -> bytes:
        """The finished part. XML has no spelling for control characters: they are an error, with their place."""
        for name in self._names:
            if _NAME.fullmatch(name) is None:
                raise UnsupportedContent(path, f"XML cannot hold an element or attribute called {name!r}", part)
        text = _DECLARATION + "\n".join(self._lines) + "\n"
        forbidden = re.search(_NOT_XML, text)
        if forbidden is not None:
            line = text[text.rfind("\n", 0, forbidden.start()) + 1 : forbidden.start()].strip()
            raise UnsupportedContent(path, f"XML cannot hold the character {forbidden[0]!r} after {line!r}", part)
        return text.encode()
