"""Charts: in classic files a flat list whose members point at each other by number, in XML parts a tree.

The tree is what the model holds. Its states, junctions, transitions, data and events stand in the ``Children`` of the
chart, state or machine that they belong to, and are named by ``SSID``, a number that is unique in the chart.
"""

from __future__ import annotations

import re
from itertools import count

from bridge.files.mdl_syntax import Node, Value
from bridge.files.mdl_tree import entry_of, node_of
from bridge.model import Entry, Parameter, Section

# In the order in which siblings come, and what the parent calls the first of them.
_FIRST = {
    "target": "firstTarget",
    "chart": "",
    "state": "",
    "junction": "firstJunction",
    "data": "firstData",
    "event": "firstEvent",
    "transition": "firstTransition",
}
_PARENTS = {"chart": ("machine",), "target": ("machine",), "state": ("chart", "state")}
_NAMED_BY_ID = ("machine", "chart", "instance", "target")
_TIES = ("id", "ssIdNumber", "chart", "machine", "treeNode", "linkNode", *filter(None, _FIRST.values()))
_REFERENCES = ("subviewer", "viewObj", "source")
_NAMES_OF_QUOTED = """
    actionArray blockName codeFlags created dataType description editorLayout fimathString initialValue labelString
    mapping name predicateArray sampleTime script size wordLength
"""
_QUOTED = frozenset(_NAMES_OF_QUOTED.split())
_BARE = re.compile(r'[^\s"{}#\\][^"{}\\\n\r]*(?<!\s)')


def tree_of_flat(flat: Node, model_name: str, path: str) -> Section:
    """The tree of a classic ``Stateflow`` section; the section as it stands if its numbers do not add up."""
    plain = Section(flat.name, {}, [entry_of(entry, path) for entry in flat.entries])
    members = {node.get("id"): node for node in flat.entries if isinstance(node, Node)}
    machines = [number for number, node in members.items() if node.name == "machine"]
    if "" in members or len(members) < len(flat.entries) or len(machines) != 1:
        return plain
    trees = {number: _alone(node, members, model_name, path) for number, node in members.items()}
    root = Section("Stateflow", {}, [trees[machines[0]]])
    for number in _ordered(members):
        node = members[number]
        if node.name == "instance":
            root.entries.append(trees[number])
        elif node.name != "machine":
            parent = _parent(node)
            kinds = _PARENTS.get(node.name, ("chart", "state", "machine"))
            if parent not in members or members[parent].name not in kinds or node.name not in _FIRST:
                return plain
            _children(trees[parent]).append(trees[number])
    reached = {id(section) for section in root.walk()}  # a ring of parents is reached from nowhere
    return root if all(id(tree) in reached for tree in trees.values()) else plain


def _alone(node: Node, members: dict[str, Node], model_name: str, path: str) -> Section:
    """One member without its children: what only ties the list together is left out, numbers become SSIDs."""
    section = Section(node.name)
    ssid = node.get("ssIdNumber")
    if ssid and node.name not in _NAMED_BY_ID:
        section.attributes["SSID"] = ssid
    else:  # up to R2007 there are no SSIDs
        section.attributes["id"] = node.get("id")
    for entry in node.entries:
        if isinstance(entry, Node):
            section.entries.append(_renamed(entry_of(entry, path), members))
        elif entry.name == "name" and node.name in ("data", "target"):
            section.attributes["name"] = entry.text
        elif entry.name == "name" and node.name == "machine" and entry.text == model_name:
            continue
        elif entry.name not in _TIES or (node.name == "instance" and entry.name != "id"):
            section.entries.append(_renamed(Parameter(entry.name, entry.text), members))
    return section


def _renamed(entry: Entry, members: dict[str, Node]) -> Entry:
    """The entry with SSIDs in place of numbers."""
    if isinstance(entry, Section):
        entry.entries = [_renamed(child, members) for child in entry.entries]
        return entry
    node = members.get(entry.value)
    ssid = node.get("ssIdNumber") if node is not None and node.name not in _NAMED_BY_ID else ""
    if ssid and entry.name in ("id", *_REFERENCES):
        return Parameter("SSID" if entry.name == "id" else entry.name, ssid)
    return entry


def _parent(node: Node) -> str:
    if node.name == "chart":
        return node.get("machine")
    return (_numbers(node.get("treeNode" if node.name == "state" else "linkNode")) or [""])[0]


def _numbers(text: str) -> list[str]:
    return text.strip("[] ").replace(",", " ").split()


def _ordered(members: dict[str, Node]) -> list[str]:
    """All numbers, such that siblings come as their chains of previous and next ones say."""
    before = {}
    for number, node in members.items():
        chain = _numbers(node.get("treeNode"))[1:] if node.name == "state" else _numbers(node.get("linkNode"))
        before[number] = chain[1] if len(chain) == 3 else ""
    place: dict[str, int] = {}
    for number in members:
        trail: dict[str, None] = {}
        while number in before and number not in place and number not in trail:
            trail[number] = None
            number = before[number]
        for step in reversed(trail):
            place[step] = place.get(before[step], -1) + 1
    kinds = [*_FIRST]
    return sorted(
        members, key=lambda number: (kinds.index(name) if (name := members[number].name) in kinds else 0, place[number])
    )


def _children(section: Section) -> list[Entry]:
    found = section.section("Children")
    if found is None:
        found = Section("Children")
        section.entries.append(found)
    return found.entries


def flat_of_tree(tree: Section, model_name: str) -> Node:
    """The classic ``Stateflow`` section of a tree. A section that is flat already is written as it stands."""
    machine = tree.section("machine")
    if machine is None or tree.section("chart") is not None:
        return _spelled(node_of(tree))
    return _spelled(_Flattener(tree, machine, model_name).flat)


class _Flattener:
    """Numbers the members of a tree and ties them together."""

    def __init__(self, tree: Section, machine: Section, model_name: str) -> None:
        members = [section for section in tree.walk() if section.name in (*_FIRST, "machine", "instance")]
        taken = {section.attributes.get("id") for section in members}
        free = (str(number) for number in count(1) if str(number) not in taken)
        self._numbers = {id(section): section.attributes.get("id") or next(free) for section in members}
        self._machine = self._numbers[id(machine)]
        self.flat = Node("Stateflow")
        name = [] if machine.get("name") is not None else [Value("name", model_name)]
        head = self._member(machine, name, {})
        instances = list(tree.sections("instance"))
        for chart in _kids(machine, "chart"):
            self._chart(chart)
            own = [entry for entry in instances if entry.get("chart") == chart.attributes.get("id")]
            for instance in own:
                self._member(instance, [], {})
                instances.remove(instance)
        for instance in instances:
            self._member(instance, [], {})
        for kind in ("data", "event", "target"):
            self._chain(head, machine, kind, {})

    def _chart(self, chart: Section) -> None:
        sections = [section for section in chart.walk() if id(section) in self._numbers]
        ssids = {section.attributes.get("SSID", ""): self._numbers[id(section)] for section in sections}
        ssids.pop("", None)
        node = self._member(chart, [Value("machine", self._machine)], ssids)
        states = _kids(chart, "state")
        if states:
            node.entries.append(Value("treeNode", f"[0 {self._numbers[id(states[0])]} 0 0]"))
        self._states(chart, chart, ssids)
        self._chains(node, chart, chart, ssids)

    def _states(self, parent: Section, chart: Section, ssids: dict[str, str]) -> None:
        for state, before, after in self._siblings(_kids(parent, "state")):
            inner = _kids(state, "state")
            first = self._numbers[id(inner[0])] if inner else "0"
            ties = [
                Value("chart", self._numbers[id(chart)]),
                Value("treeNode", f"[{self._numbers[id(parent)]} {first} {before} {after}]"),
            ]
            # Below a state that is shown on its own, its SSID means the state, elsewhere the chart of that number.
            visible = {key: number for key, number in ssids.items() if key != self._numbers[id(chart)]}
            own = state.attributes.get("SSID", "")
            node = self._member(state, ties, visible)
            inside = {**visible, own: self._numbers[id(state)]}
            self._states(state, chart, inside)
            self._chains(node, state, chart, inside)

    def _chains(self, node: Node, parent: Section, chart: Section, ssids: dict[str, str]) -> None:
        for kind in ("junction", "data", "event", "transition"):
            tie = Value("chart", self._numbers[id(chart)]) if kind in ("junction", "transition") else None
            self._chain(node, parent, kind, ssids, tie)

    def _chain(self, node: Node, parent: Section, kind: str, ssids: dict[str, str], tie: Value | None = None) -> None:
        kids = _kids(parent, kind)
        if kids:
            node.entries.append(Value(_FIRST[kind], self._numbers[id(kids[0])]))
        for kid, before, after in self._siblings(kids):
            link = Value("linkNode", f"[{self._numbers[id(parent)]} {before} {after}]")
            self._member(kid, [tie or Value("machine", self._machine), link], ssids)

    def _siblings(self, sections: list[Section]) -> list[tuple[Section, str, str]]:
        numbers = ["0", *(self._numbers[id(section)] for section in sections), "0"]
        return list(zip(sections, numbers, numbers[2:], strict=False))

    def _member(self, section: Section, ties: list[Value], ssids: dict[str, str]) -> Node:
        node = Node(section.name, [Value("id", self._numbers[id(section)]), *ties])
        if "SSID" in section.attributes:
            node.entries.append(Value("ssIdNumber", section.attributes["SSID"]))
        if "name" in section.attributes:
            node.entries.append(Value("name", section.attributes["name"]))
        node.entries += [_numbered(entry, ssids) for entry in section.entries if entry.name != "Children"]
        self.flat.entries.append(node)
        return node


def _kids(section: Section, kind: str) -> list[Section]:
    children = section.section("Children")
    return list(children.sections(kind)) if children is not None else []


def _numbered(entry: Entry, ssids: dict[str, str]) -> Node | Value:
    """The entry with numbers in place of SSIDs."""
    if isinstance(entry, Section):
        return Node(entry.name, [_numbered(child, ssids) for child in entry.entries])
    if entry.name in ("SSID", *_REFERENCES) and entry.value in ssids:
        return Value("id" if entry.name == "SSID" else entry.name, ssids[entry.value])
    return Value(entry.name, entry.value)


def _spelled(node: Node) -> Node:
    """The section with its values quoted as Stateflow does it: by name, whatever they hold."""
    pending = [node]
    while pending:
        for entry in pending.pop().entries:
            if isinstance(entry, Node):
                pending.append(entry)
            else:
                entry.quoted = entry.name in _QUOTED or _BARE.fullmatch(entry.text) is None
    return node
