"""What MATLAB itself computes: its language, random streams, number printing, linear systems.

The names below are imported from their modules when first used.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

_HOME = {
    **dict.fromkeys(("evaluate", "names", "run_script"), "evaluate"),
    **dict.fromkeys(("parse_expression", "parse_script"), "syntax"),
    **dict.fromkeys(("Cell", "Char", "FunctionHandle", "String", "Struct", "to_matlab"), "values"),
    **dict.fromkeys(("read_script", "write_script"), "workspace"),
    "Limits": "limits",
    "Operations": "operators",
    "rng": "rng",
    **dict.fromkeys(("c2d", "dcgain", "lsim", "ss", "tf", "zpk"), "systems"),
    **dict.fromkeys(("format_short", "num2str"), "printing"),
}


class _CallableModule(ModuleType):
    """A module called like its main function: ``bridge.matlab.rng(0)`` works whoever imported the module first."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return getattr(self, self.__name__.rpartition(".")[2])(*arguments, **named)


class _Package(ModuleType):
    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and _HOME.get(name) == name:
            value.__class__ = _CallableModule
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    module = import_module(f"{__name__}.{home}")
    return module if home == name else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
