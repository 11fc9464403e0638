"""A package of parts, as .slx files and text packages hold it: content types, relationships, limits.

The packaging is that of ECMA-376 part 2 (Open Packaging Conventions). Part names are kept without the leading slash.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from bridge.errors import LimitExceeded, MalformedFile
from bridge.files.simulink_xml import escape_attribute, parse
from bridge.limits import current
from bridge.model import Relationship

CONTENT_TYPES = "[Content_Types].xml"
_LONGEST_NAME = 1000

_TYPES_NAMESPACE = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONSHIPS_NAMESPACE = "http://schemas.openxmlformats.org/package/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>\n'
_EXTENSION_TYPES = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/vnd.mathworks.simulink.mdl+xml",
}


@dataclass(slots=True)
class Package:
    """The parts of one file by name, in order, and what the package says about them.

    `release` is what stands on the first line of a text package.
    """

    path: str
    parts: dict[str, bytes] = field(default_factory=dict)
    release: str | None = None
    content_types: dict[str, str] = field(default_factory=dict)
    relationships: list[Relationship] = field(default_factory=list)

    def add(self, name: str, content: bytes, content_type: str | None = None) -> None:
        """Take in a part. Names that are taken, or lead out of the package, are errors, as is too much content."""
        if name in self.parts:
            raise MalformedFile(self.path, "the package holds this part twice", name)
        if len(name) > _LONGEST_NAME:
            raise MalformedFile(self.path, f"a part has a name of more than {_LONGEST_NAME} characters", name)
        if not name.isprintable():
            raise MalformedFile(self.path, f"a part is called {name!r}")
        if not name or name.startswith("/") or "\\" in name or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise MalformedFile(self.path, f"a part is called {name!r}, which leads out of the package")
        limits = current()
        if len(self.parts) >= limits.package_parts:
            cause = f"the package holds more than {limits.package_parts} parts (package_parts in bridge.allow)"
            raise LimitExceeded(self.path, cause)
        if len(content) > limits.part_bytes:
            cause = f"the part is larger than {limits.part_bytes:,} bytes (part_bytes in bridge.allow)"
            raise LimitExceeded(self.path, cause, name)
        self.parts[name] = content
        if content_type is not None:
            self.content_types[name] = content_type

    def relate(self, source: str, target: str, type_: str, id_: str | None = None, external: bool = False) -> None:
        """Say that the part `target` belongs to `source`, which is empty for the package itself."""
        taken = {relationship.id for relationship in self.relationships if relationship.source == source}
        if id_ is None or id_ in taken:
            id_ = next(f"rId{number}" for number in range(1, len(taken) + 2) if f"rId{number}" not in taken)
        self.relationships.append(Relationship(source, id_, type_, target, external))

    def related(self, source: str, kind: str) -> list[str]:
        """The parts that belong to `source` as a `kind`, the last word of the relationship's type."""
        return [
            relationship.target
            for relationship in self.relationships
            if relationship.source == source and relationship.type.rpartition("/")[2] == kind
        ]

    def read_catalogue(self) -> None:
        """Understand content types and relationships, and take their parts out of `parts`."""
        defaults, overrides = {}, {}
        catalogue = self.parts.pop(CONTENT_TYPES, None)
        if catalogue is not None:
            for element in parse(catalogue, self.path, CONTENT_TYPES):
                content_type = element.get("ContentType", "")
                if element.tag.endswith("}Default"):
                    defaults[element.get("Extension", "").lower()] = content_type
                elif element.tag.endswith("}Override"):
                    overrides[element.get("PartName", "").removeprefix("/")] = content_type
        for name in [name for name in self.parts if name.endswith(".rels")]:
            folder, _, file = name.rpartition("/")
            if posixpath.basename(folder) == "_rels":
                owner_folder = posixpath.dirname(folder)
                owner = posixpath.join(owner_folder, file.removesuffix(".rels"))
                self._read_relationships(self.parts.pop(name), name, owner_folder, owner)
        for name in self.parts:
            found = overrides.get(name) or defaults.get(name.rpartition(".")[2].lower())
            if found:
                self.content_types[name] = found

    def _read_relationships(self, content: bytes, name: str, folder: str, owner: str) -> None:
        for element in parse(content, self.path, name):
            target = element.get("Target", "")
            external = element.get("TargetMode") == "External"
            if not external:
                target = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            self.relationships.append(
                Relationship(owner, element.get("Id", ""), element.get("Type", ""), target, external)
            )

    def catalogue(self) -> dict[str, bytes]:
        """The parts that spell content types and relationships, to be written in front of the others."""
        extensions = dict(_EXTENSION_TYPES)
        for name, content_type in self.content_types.items():
            extensions.setdefault(name.rpartition(".")[2].lower(), content_type)
        lines = [
            f"  <Default ContentType={_quoted(content_type)} Extension={_quoted(extension)}/>"
            for extension, content_type in sorted(extensions.items())
        ]
        lines += [
            f"  <Override ContentType={_quoted(content_type)} PartName={_quoted('/' + name)}/>"
            for name, content_type in sorted(self.content_types.items())
            if extensions[name.rpartition(".")[2].lower()] != content_type
        ]
        found = {CONTENT_TYPES: _document("Types", _TYPES_NAMESPACE, lines)}
        by_source: dict[str, list[str]] = {}
        for relationship in self.relationships:
            folder = posixpath.dirname(relationship.source)
            target = relationship.target
            if not relationship.external and folder:
                target = posixpath.relpath(target, folder)
            by_source.setdefault(relationship.source, []).append(
                f"  <Relationship Id={_quoted(relationship.id)} Target={_quoted(target)}"
                + (' TargetMode="External"' if relationship.external else "")
                + f" Type={_quoted(relationship.type)}/>"
            )
        for source, lines in sorted(by_source.items()):
            folder, file = posixpath.split(source)
            name = posixpath.join(folder, "_rels", f"{file}.rels")
            found[name] = _document("Relationships", _RELATIONSHIPS_NAMESPACE, lines)
        return found


def _quoted(text: str) -> str:
    return f'"{escape_attribute(text)}"'


def _document(tag: str, namespace: str, lines: list[str]) -> bytes:
    return "\n".join([f'{_HEAD}<{tag} xmlns="{namespace}">', *lines, f"</{tag}>\n"]).encode()
