"""A layer as the Deep Learning Toolbox has it: a type, a name, options, and arrays under MATLAB's property names.

What a layer computes is the business of `bridge.layers`; here is what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from bridge.errors import NetworkError, UsageError
from bridge.network.option import REQUIRED, Option
from bridge.suggestions import offered

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

Shape = tuple[int | None, ...]


class Signal(NamedTuple):
    """What flows between layers: a number of channels, over time or not."""

    size: int
    time: bool


class Layer:
    """One layer.

    Options and arrays are read as attributes (``layer.NumHiddenUnits``, ``layer.InputWeights``); an array that is not
    set is None. Arrays are set the same way; they are copied, keep single or double precision, and are read-only.
    Setting ``HiddenState`` or ``CellState`` also makes it the state after a reset, as in MATLAB.
    Raises `NetworkError`, naming the layer, where a value does not fit.
    """

    Type: ClassVar[str]
    """The toolbox's function that makes such a layer."""
    title: ClassVar[str]
    """What the toolbox's display calls it."""
    default_name: ClassVar[str]
    """The name that the toolbox gives to a layer without one."""
    positional: ClassVar[tuple[str, ...]] = ()
    """The options that may be given without their names, in order."""
    declared: ClassVar[Mapping[str, Option]] = {}
    learnable_names: ClassVar[tuple[str, ...]] = ()
    state_names: ClassVar[tuple[str, ...]] = ()
    statistic_names: ClassVar[tuple[str, ...]] = ()

    _name: str
    _options: dict[str, Any]
    _arrays: dict[str, Array]
    _named: bool  # whether the network has fixed the name

    def __init__(self, *values: Any, **properties: Any) -> None:
        given = self._by_name(values, properties)
        object.__setattr__(self, "_named", False)
        object.__setattr__(self, "_arrays", {})
        object.__setattr__(self, "_name", str(given.pop("Name", "")))
        object.__setattr__(self, "_options", self._checked_options(given))
        for name in [name for name in self.array_names if name in given]:
            self._set(name, given.pop(name))
        if given:
            raise NetworkError(self.label, self._unknown(next(iter(given))))

    def _by_name(self, values: Sequence[Any], properties: Mapping[str, Any]) -> dict[str, Any]:
        if len(values) > len(self.positional):
            wanted = ", ".join(self.positional) or "no values without names"
            raise UsageError(f"{type(self).__name__}() takes {wanted}")
        given = dict(zip(self.positional, values, strict=False))
        twice = set(given) & set(properties)
        if twice:
            raise UsageError(f"{type(self).__name__}() is given {twice.pop()} twice")
        return given | dict(properties)

    def _checked_options(self, given: dict[str, Any]) -> dict[str, Any]:
        options = {}
        for name, option in self.declared.items():
            value = given.pop(name, option.default)
            if value is REQUIRED:
                raise NetworkError(self.label, f"needs {name}")
            options[name] = self._checked(name, option, value)
        return options

    def _checked(self, name: str, option: Option, value: Any) -> Any:
        try:
            return option.rule(value)
        except (ValueError, TypeError) as error:
            raise NetworkError(self.label, f"{name} must be {error}, not {value!r}") from None

    def _unknown(self, name: str) -> str:
        return f"has no property {name!r}{offered(name, self._known(), 'it has')}"

    def _known(self) -> list[str]:
        return ["Name", *(name for name, option in self.declared.items() if not option.quiet), *self.array_names]

    @property
    def label(self) -> str:
        """The layer's name, or its type while it has none: for messages."""
        return self.__dict__.get("_name") or self.Type

    @property
    def Name(self) -> str:  # noqa: N802  # as MATLAB spells it
        return self._name

    name = Name

    @property
    def array_names(self) -> tuple[str, ...]:
        """The names of all arrays: learnables, statistics, states and the states after a reset."""
        initial = tuple(f"Initial{name}" for name in self.state_names)
        return (*self.learnable_names, *self.statistic_names, *self.state_names, *initial)

    @property
    def options(self) -> Mapping[str, Any]:
        """Every option by name."""
        return dict(self._options)

    @property
    def arrays(self) -> Mapping[str, Array]:
        """Every array that is set, by name."""
        return {name: self._arrays[name] for name in self.array_names if name in self._arrays}

    @property
    def learnables(self) -> Mapping[str, Array | None]:
        """Every learnable by name, None where it is not set."""
        return {name: self._arrays.get(name) for name in self.learnable_names}

    def start(self, name: str, *, reset: bool = False) -> Array:
        """The state `name` when saved, or after a `reset`: a column; zeros where nothing is set."""
        place = f"Initial{name}" if reset and f"Initial{name}" in self._arrays else name
        shape = self.shapes()[name]
        return self._arrays.get(place, np.zeros([size or 0 for size in shape], np.float32))

    # What the concrete layers say.

    def shapes(self) -> Mapping[str, Shape]:
        """The size of each array; None where a length is not known yet."""
        return {}

    def output(self, inputs: Sequence[Signal | None]) -> Signal | None:
        """What the layer hands on. Fills in sizes that were not known, and refuses inputs that do not fit."""
        return inputs[0]

    def summary(self) -> str:
        """One line as the toolbox's display has it."""
        return self.title

    def side_outputs(self) -> Mapping[str, Signal | None]:
        """What the layer hands on by its output ports but the first."""
        return {}

    @property
    def fed_states(self) -> bool:
        """Whether the first states come in by ports, after the input, in place of the layer's own."""
        return False

    @property
    def held_states(self) -> tuple[str, ...]:
        """The states that the layer itself holds from one prediction to the next."""
        return () if self.fed_states else self.state_names

    @property
    def input_ports(self) -> tuple[str, ...]:
        """The names of the layer's inputs."""
        return ("in",)

    @property
    def output_ports(self) -> tuple[str, ...]:
        """The names of the layer's outputs."""
        return ("out",)

    def refuse(self, cause: str) -> NetworkError:
        """An error that names this layer."""
        return NetworkError(self.label, cause)

    def _take_size(self, option: str, size: int) -> None:
        """Fill in a size that the inputs tell, or refuse another one."""
        known = self._options[option]
        if known is not None and known != size:
            raise self.refuse(f"expects {known} channels, but is given {size}")
        self._options[option] = size
        for name, array in self._arrays.items():
            self._fits(name, array)

    # Arrays.

    def _wanted(self, name: str) -> Shape:
        shapes = self.shapes()
        return shapes[name.removeprefix("Initial") if name not in shapes else name]

    def _fits(self, name: str, array: Array) -> None:
        wanted = self._wanted(name)
        if self._agree(array.shape, wanted):
            return
        sizes = " x ".join("?" if size is None else str(size) for size in wanted)
        hint = "; transpose it" if self._agree(array.shape[::-1], wanted) else ""
        raise self.refuse(f"{name} must be {sizes}, not {' x '.join(map(str, array.shape))}{hint}")

    @staticmethod
    def _agree(shape: tuple[int, ...], wanted: Shape) -> bool:
        return len(shape) == len(wanted) and all(w is None or s == w for s, w in zip(shape, wanted, strict=True))

    def _set(self, name: str, value: Any) -> None:
        self._arrays.pop(f"Initial{name}", None)
        if value is None:
            self._arrays.pop(name, None)
            return
        array = self._array(name, value)
        left_out = self._wanted(name)[array.ndim :]
        if left_out and all(size == 1 for size in left_out):  # MATLAB has no last dimensions of length 1
            array = array.reshape(array.shape + left_out)
        self._fits(name, array)
        if name.startswith("Initial") and name not in self.learnable_names:
            # The state after a reset is kept only where it differs from the state itself.
            state = name.removeprefix("Initial")
            if state not in self._arrays:
                name = state
            elif identical(self._arrays[state], array):
                self._arrays.pop(name, None)
                return
        self._arrays[name] = array

    def _array(self, name: str, value: Any) -> Array:
        if hasattr(value, "detach"):  # a torch tensor, perhaps with gradients
            value = value.detach().cpu().numpy()
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise self.refuse(f"{name} must be real numbers, not {array.dtype}")
        single = array.dtype.kind == "f" and array.dtype.itemsize == 4
        kept = np.array(array, np.float32 if single else np.float64, order="C")
        if kept.ndim < 2:  # a vector is a column here
            kept = kept.reshape(-1, 1)
        kept.setflags(write=False)
        return kept

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._options:
            return self._options[name]
        if name in self.array_names:
            return self._arrays.get(name)
        raise AttributeError(f"layer '{self.label}': {self._unknown(name)}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("Name", "name") and not self._named:
            object.__setattr__(self, "_name", str(value))
        elif name in self.array_names:
            self._set(name, value)
        elif name in self.declared or name in ("Name", "name"):
            change = f"{{{self.label!r}: {{{name!r}: …}}}}"
            raise self.refuse(f"{name} is fixed; network.with_({change}) gives another network")
        else:
            raise AttributeError(f"layer '{self.label}': {self._unknown(name)}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.declared, *self.array_names})

    def replace(self, **changes: Any) -> Layer:
        """A copy with some options, arrays (None: not set) or the Name changed."""
        return type(self)(**{"Name": self.Name, **self._options, **self.arrays, **changes})

    def difference(self, other: Layer) -> str:
        """What differs first, as a sentence; empty where the layers are equal, bit for bit."""
        if (self.Type, self.Name) != (other.Type, other.Name):
            return f"{self.Type} '{self.Name}' is not {other.Type} '{other.Name}'"
        for name, value in self._options.items():
            if other._options.get(name) != value:
                return f"layer '{self.Name}': {name} is {value!r}, not {other._options.get(name)!r}"
        for name in self.array_names:
            mine, theirs = self._arrays.get(name), other._arrays.get(name)
            if mine is None or theirs is None:
                if mine is not theirs:
                    return f"layer '{self.Name}': {name} is set in only one of them"
            elif not identical(mine, theirs):
                return f"layer '{self.Name}': {name} differs"
        return ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layer) and not self.difference(other)

    __hash__ = None  # type: ignore[assignment]  # layers can change

    def __repr__(self) -> str:
        shown = [repr(self._options[name]) for name in self.positional]
        shown += [
            f"{name}={self._options[name]!r}"
            for name, option in self.declared.items()
            if name not in self.positional and self._options[name] != option.default
        ]
        return f"{type(self).__name__}({', '.join([*shown, *([f'Name={self.Name!r}'] if self.Name else [])])})"


def identical(a: Array, b: Array) -> bool:
    """Whether two arrays are equal in class, size and every bit."""
    return a.dtype == b.dtype and a.shape == b.shape and np.ascontiguousarray(a).tobytes() == b.tobytes()
