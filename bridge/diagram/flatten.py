"""Systems into one flat diagram: passes 1 to 3, links and masks, parameters' scopes, and the way of every signal."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field

from bridge.diagram import buses
from bridge.diagram.block import Block as Kind
from bridge.diagram.blocks.control_ports import HeldOutport, Latch
from bridge.diagram.buses import Bus
from bridge.diagram.control import CONTROL_KINDS, connect_controls, order_calls
from bridge.diagram.graph import Exit, Group, Member, Unit, Wire, lead_out
from bridge.diagram.links import is_function, is_silent, missing_kind, resolve_kind, unsupported
from bridge.diagram.masks import mask_scope
from bridge.diagram.scope import Scope
from bridge.diagram.site import UnitSite
from bridge.errors import MatlabError, ModelError, ParameterError, SimulationLimit, UnsupportedBlock
from bridge.limits import current
from bridge.model import Block, Endpoint, Model, System, join_path

Overrides = Mapping[str, Mapping[str, object]]


@dataclass(eq=False)
class Frame:
    """One subsystem in one place: what its blocks became, and where its lines come from.

    `reached` is the last port of each block and side that a line reaches or leaves.
    """

    system: System
    path: str
    scope: Scope
    group: Group
    parent: Frame | None = None
    owner: Block | None = None
    members: dict[str, Member] = field(default_factory=dict)
    frames: dict[str, Frame] = field(default_factory=dict)
    drivers: dict[Endpoint, Endpoint] = field(default_factory=dict)
    labels: dict[Endpoint, str] = field(default_factory=dict)
    by_name: dict[str, Block] = field(default_factory=dict)
    reached: dict[tuple[str, str], int] = field(default_factory=dict)
    sample_time: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        self.by_name = {block.name: block for block in self.system.blocks}
        for block in self.system.blocks:  # newer files keep a label with the port
            for port in block.port_properties:
                self.labels[Endpoint(block.name, port.kind, port.number)] = port.parameters.get("Name", "").strip("<> ")
        for line in self.system.lines:
            if line.source is not None:
                self.drivers.update(dict.fromkeys(line.destinations, line.source))
                if line.name.strip("<> "):
                    self.labels[line.source] = line.name.strip("<> ")
        for end in (*self.drivers, *self.drivers.values()):
            side = end.block, end.kind
            self.reached[side] = max(end.number, self.reached.get(side, end.number))

    def path_of(self, block: Block) -> str:
        return f"{self.path}/{join_path(block.name)}"

    def chain(self) -> list[Frame]:
        """This frame and those around it, from the inside out."""
        found: list[Frame] = [self]
        while found[-1].parent is not None:
            found.append(found[-1].parent)
        return found


class Flattener:
    """Builds the units and groups of a diagram; `missing` collects every block that is not supported, and its kind."""

    def __init__(self, model: Model, overrides: Overrides) -> None:
        self.model = model
        self.overrides = overrides
        self.missing: list[tuple[UnsupportedBlock, str]] = []
        self.failed: list[MatlabError] = []
        self.gotos: list[tuple[Frame, Block, str]] = []
        #: Units whose inputs are to be found: at the ports from this one on.
        self.pending: list[tuple[Frame, Endpoint, Unit]] = []
        self.exits: list[tuple[Frame, Block, Exit]] = []
        self.blocks: dict[str, tuple[Frame, Block]] = {}
        self.units: list[Unit] = []
        self.frames: list[Frame] = []
        self.state_ports: dict[Unit, Unit] = {}

    def run(self, system: System, scope: Scope, path: str) -> Group:
        """Flatten a system and all below it."""
        root = Group(path)
        self._enter(Frame(system, path, scope, root))
        if self.missing:
            raise unsupported(path, self.missing)
        if self.failed:
            raise self.failed[0]
        for frame, first, unit in self.pending:
            inputs, outputs = unit.block.count_ports()
            if max(inputs, outputs) > (most := current().run_ports):
                cause = f"has {max(inputs, outputs):,} ports, more than the limit of {most:,}"
                raise SimulationLimit(unit.path, f"{cause} (run_ports in bridge.allow)")
            # What nobody hears of takes buses, too.
            deaf = (not outputs and not unit.block.records) or unit.site.source.kind in buses.PASSING
            ends = [Endpoint(first.block, first.kind, first.number + k) for k in range(inputs)]
            unit.inputs = [None if deaf and self.carries_bus(frame, end) else self.source(frame, end) for end in ends]
            unit.types = [None] * outputs
        for group in root.groups():
            connect_controls(group)
        for frame, block, leave in self.exits:
            leave.wire = self.source(frame, Endpoint(block.name, "in", 1))
        lead_out(root)
        order_calls(root)
        return root

    # Pass 1 and 2: what each block is --------------------------------------------------------------------------------

    def _enter(self, frame: Frame) -> None:
        self.frames.append(frame)
        for block in frame.system.blocks:
            path = frame.path_of(block)
            self.blocks[path] = frame, block
            if block.get("Commented", "off") in ("on", "through") or is_silent(block):
                continue
            if block.kind == "Goto":
                self.gotos.append((frame, block, path))
            elif self._latches(frame, block):
                self._at_edge(frame, block)
            elif block.kind in ("From", "InportShadow", *buses.KINDS) or (
                block.kind in ("Inport", "Outport") and frame.parent is not None
            ):
                continue
            elif block.kind == "SubSystem" and block.subsystem is not None and not is_function(block):
                self._enter_subsystem(frame, block, path)
            elif block.kind not in CONTROL_KINDS:  # those of a subsystem that is run alone have no signal
                self._add(frame, block, path)

    def _enter_subsystem(self, frame: Frame, block: Block, path: str) -> None:
        assert block.subsystem is not None
        try:
            scope = mask_scope(block, frame.scope, path, self.overrides.get(path, {}))
        except MatlabError as error:  # told after the kinds that are missing, which no workspace can help
            self.failed.append(error)
            scope = frame.scope
        inside = Frame(block.subsystem, path, scope, frame.group, frame, block, sample_time=frame.sample_time)
        controls = [self._at_edge(inside, inner) for inner in _control_ports(block.subsystem)]
        if controls:
            inside.group = Group(path, frame.group, [unit for unit in controls if unit is not None])
            for port in inside.group.ports:
                port.gated = port.is_event and bool(inside.group.conditions(events=False))
            frame.group.members.append(inside.group)
            frame.members[block.name] = inside.group
        frame.frames[block.name] = inside
        if inside.group is not frame.group or self.default(block, "TreatAsAtomicUnit", "off") == "on":
            inside.sample_time = self._system_time(block, scope, path) or frame.sample_time
        self._enter(inside)
        if inside.group is not frame.group:
            self._exits(inside)

    def _system_time(self, block: Block, scope: Scope, path: str) -> tuple[float, float] | None:
        """The sample time that an atomic subsystem gives to the blocks inside; None where it is inherited."""
        text = self.default(block, "SystemSampleTime", "-1").strip()
        if text in ("", "-1") or self.failed:
            return None
        where = f"block '{path}', parameter SystemSampleTime"
        try:
            numbers = scope.array(scope.evaluate(text, where), where).ravel()
        except MatlabError as error:
            self.failed.append(error)
            return None
        period, offset = (float(numbers[0]), float(numbers[1])) if numbers.size == 2 else (float(numbers[0]), 0.0)
        if numbers.size > 2 or (period != -1 and (period < 0 or not 0 <= offset <= period)):
            raise ParameterError(path, f"parameter SystemSampleTime: {text!r} is no sample time")
        return None if period == -1 else (period, offset)

    def _exits(self, frame: Frame) -> None:
        outports = [block for block in frame.system.blocks if block.kind == "Outport"]
        for block in sorted(outports, key=lambda block: int(self.default(block, "Port", "1"))):
            path = frame.path_of(block)
            outport = HeldOutport(self._site(frame, block, path))
            leave = Exit(path, None, outport, outport.OutputWhenDisabled == "reset")
            frame.group.exits.append(leave)
            self.exits.append((frame, block, leave))

    def _add(self, frame: Frame, block: Block, path: str) -> None:
        unit = self._unit(frame, block, path, frame.group)
        if unit is not None:
            self.pending.append((frame, Endpoint(block.name, "in", 1), unit))

    def _at_edge(self, inside: Frame, block: Block) -> Unit | None:
        """The unit of a block inside that computes outside: a control port, or an Inport that latches."""
        assert inside.parent is not None
        assert inside.owner is not None
        unit = self._unit(inside, block, inside.path_of(block), inside.parent.group)
        if unit is not None:
            kind, number = CONTROL_KINDS.get(block.kind, "in"), 1
            if kind == "in":
                number = int(self.default(block, "Port", "1"))
            self.pending.append((inside.parent, Endpoint(inside.owner.name, kind, number), unit))
        return unit

    def _unit(self, frame: Frame, block: Block, path: str, group: Group) -> Unit | None:
        found = Latch if block.kind == "Inport" and frame.parent is not None else resolve_kind(block, path)
        if isinstance(found, UnsupportedBlock):
            self.missing.append((found, missing_kind(block)))
            return None
        site = self._site(frame, block, path)
        unit = Unit(path, found(site), site, group)
        group.members.append(unit)
        frame.members[block.name] = unit
        self.units.append(unit)
        return unit

    def _latches(self, frame: Frame, block: Block) -> bool:
        """Whether an Inport right inside a subsystem that runs at events shows its signal of the step before."""
        if block.kind != "Inport" or frame.parent is None or frame.group is frame.parent.group:
            return False
        # Up to R2006 it was called LatchInput.
        names = ("LatchByDelayingOutsideSignal", "LatchInput")
        return frame.group.at_events and any(self.default(block, name, "off") == "on" for name in names)

    def _site(self, frame: Frame, block: Block, path: str) -> UnitSite:
        ports = self._port_count(frame, block, "in"), self._port_count(frame, block, "out")
        defaults = self.model.defaults.get(block.kind, {})
        site = UnitSite(path, block, frame.scope, ports, defaults, dict(self.overrides.get(path, {})))
        site.system_time = frame.sample_time
        return site

    def default(self, block: Block, name: str, default: str) -> str:
        """A parameter as the block has it, else the file's default for its kind, else the given one."""
        written = block.get(name)
        return self.model.defaults.get(block.kind, {}).get(name, default) if written is None else written

    @staticmethod
    def _port_count(frame: Frame, block: Block, kind: str) -> int:
        """What the file says, else as many as lines reach, at least one."""
        if block.ports is not None:
            return block.ports.get(kind, 0)
        return frame.reached.get((block.name, kind), 1)

    # Pass 3: where each signal comes from ----------------------------------------------------------------------------

    def source(self, frame: Frame, end: Endpoint) -> Wire | None:
        """The unit or group output that reaches an input port; None where nothing is connected."""
        found = self._origin(frame, end)
        bus = self._bus(found)
        if bus is not None:
            cause = f"takes the bus of {bus.path!r} whole: buses are followed to Bus Selectors alone"
            raise UnsupportedBlock(f"{frame.path}/{join_path(end.block)}", f"input {end.number} {cause}")
        return None if isinstance(found, Bus) else found

    def carries_bus(self, frame: Frame, end: Endpoint) -> bool:
        """Whether a bus reaches an input port."""
        return self._bus(self._origin(frame, end)) is not None

    def _bus(self, found: Wire | Bus | None) -> Bus | None:
        """The bus that a signal is, also behind blocks that hand it on."""
        seen: set[str] = set()
        while isinstance(found, Wire) and (path := found.source.path) not in seen and path in self.blocks:
            seen.add(path)
            frame, block = self.blocks[path]
            if block.kind not in buses.PASSING:
                return None
            found = self._origin(frame, Endpoint(block.name, "in", 1))
        return found if isinstance(found, Bus) else None

    def _origin(self, frame: Frame, end: Endpoint) -> Wire | Bus | None:
        seen: set[tuple[int, Endpoint]] = set()
        place: tuple[Frame, Endpoint] | Wire | Bus | None = frame, end
        while isinstance(place, tuple):
            frame, end = place
            if (id(frame), end) in seen:
                raise ModelError(f"{frame.path}/{end}", "the signal comes only from itself")
            seen.add((id(frame), end))
            place = self.before(frame, end)
            if isinstance(place, Bus):
                place = buses.signal(self, place)
        return place

    def output_of(self, frame: Frame, block: Block, port: int) -> Wire | None:
        """The unit or group output that shows at a block's output port, also where the block itself is dissolved."""
        if block.kind in ("Goto", "Outport"):
            return self.source(frame, Endpoint(block.name, "in", 1))
        place = self._behind(frame, block, Endpoint(block.name, "out", port))
        if isinstance(place, Bus) and isinstance(place := buses.signal(self, place), Bus):
            raise UnsupportedBlock(place.path, "puts out a bus: name one of its signals")
        return self.source(*place) if isinstance(place, tuple) else place

    def before(self, frame: Frame, end: Endpoint) -> tuple[Frame, Endpoint] | Wire | Bus | None:
        """One step from an input port against the flow of the signal."""
        driver = frame.drivers.get(end)
        if driver is None or driver.block not in frame.by_name:
            return None
        return self._behind(frame, frame.by_name[driver.block], driver)

    def _behind(self, frame: Frame, block: Block, driver: Endpoint) -> tuple[Frame, Endpoint] | Wire | Bus | None:
        if block.get("Commented") == "on":
            return None
        if block.get("Commented") == "through":
            return frame, Endpoint(block.name, "in", driver.number)
        if block.name in frame.members and driver.kind == "out":
            member = frame.members[block.name]
            if isinstance(member, Unit) and not 1 <= driver.number <= member.outputs:
                raise ModelError(member.path, f"has no output port {driver.number}")
            return Wire(member, driver.number - 1)
        owner = frame.members.get(block.name)
        if driver.kind == "state" and isinstance(owner, Unit) and owner.block.state_port is not None:
            return Wire(self._state_port(owner, owner.block.state_port), 0)
        if block.kind == "From":
            return self._goto(frame, block)
        if block.kind in buses.KINDS:
            return Bus(frame, block, driver.number)
        if block.kind == "InportShadow":  # another drawing of the Inport with the same number
            number = self.default(block, "Port", "1")
            others = [other for other in frame.system.blocks if other.kind == "Inport"]
            block = next((other for other in others if self.default(other, "Port", "1") == number), block)
            if block.name in frame.members:
                return Wire(frame.members[block.name], 0)
        if block.kind == "Inport" and frame.parent is not None and frame.owner is not None:
            return frame.parent, Endpoint(frame.owner.name, "in", int(self.default(block, "Port", "1")))
        if block.name in frame.frames:
            return self._outport(frame.frames[block.name], driver.number)
        raise ModelError(frame.path_of(block), f"its {driver.kind} port {driver.number} carries no signal")

    def _state_port(self, owner: Unit, kind: type[Kind]) -> Unit:
        """The state port of a block, a unit of its own since it needs none of the block's inputs."""
        if owner not in self.state_ports:
            site = copy(owner.site)
            site.path = f"{owner.path}:state"
            unit = Unit(site.path, kind(site), site, owner.group, [Wire(owner, 0)], [None])
            owner.group.members.append(unit)
            self.units.append(unit)
            self.state_ports[owner] = unit
        return self.state_ports[owner]

    def _outport(self, inside: Frame, number: int) -> tuple[Frame, Endpoint]:
        for block in inside.system.blocks:
            if block.kind == "Outport" and int(self.default(block, "Port", "1")) == number:
                return inside, Endpoint(block.name, "in", 1)
        raise ModelError(inside.path, f"there is no Outport {number} inside")

    def _goto(self, frame: Frame, block: Block) -> tuple[Frame, Endpoint]:
        """The Goto with the same tag: a local one beside it, else that of the nearest scope, else a global one."""
        tag = self.default(block, "GotoTag", "A")
        found = [
            (depth, other, goto)
            for other, goto, _ in self.gotos
            if self.default(goto, "GotoTag", "A") == tag and (depth := self._visible(other, goto, frame)) is not None
        ]
        if not found:
            raise ModelError(frame.path_of(block), f"there is no Goto with the tag {tag!r} in reach")
        _, other, goto = max(found, key=lambda candidate: candidate[0])
        return other, Endpoint(goto.name, "in", 1)

    def _visible(self, home: Frame, goto: Block, frame: Frame) -> int | None:
        """How near the scope of a Goto in `home` is, seen from `frame`; None where it does not reach."""
        visibility = self.default(goto, "TagVisibility", "local")
        if home is frame:
            return 2**31
        if visibility == "global":
            return 0
        if visibility == "local":
            return None
        scope = self._scope_of(home, self.default(goto, "GotoTag", "A"))
        return len(scope.chain()) if scope in frame.chain() else None

    def _scope_of(self, home: Frame, tag: str) -> Frame:
        """The system that holds a scoped tag's GotoTagVisibility block: at the Goto or above it."""
        for above in home.chain():
            for block in above.system.blocks:
                silent = block.get("Commented", "off") != "off"
                if block.kind == "GotoTagVisibility" and self.default(block, "GotoTag", "A") == tag and not silent:
                    return above
        return home


def _control_ports(system: System) -> list[Block]:
    """The control ports of a subsystem, what enables it before what triggers it."""
    found = [block for block in system.blocks if block.kind in CONTROL_KINDS and block.get("Commented", "off") == "off"]
    return sorted(found, key=lambda block: block.kind)
