"""What blocks say in text: a value, an expression, a fraction in z or s, or their kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bridge.drawing.lettering import raised
from bridge.model import Block

Defaults = Mapping[str, str]
Words = str | tuple[str, str]
"""A text, or a numerator and a denominator."""

_FIXED: dict[str, Words] = {
    "UnitDelay": ("1", "z"), "Integrator": ("1", "s"), "Derivative": ("Δu", "Δt"), "SecondOrderIntegrator": ("1", "s²"),
    "ZeroOrderHold": "ZOH", "FirstOrderHold": "FOH", "Memory": "mem", "Abs": "∣u∣", "Sqrt": "√u", "UnaryMinus": "-u",
    "DotProduct": "u·v", "Merge": "Merge", "ActionPort": "Action", "Stop": "STOP", "ForEach": "For Each",
    "StateSpace": "x' = Ax+Bu\ny = Cx+Du", "DiscreteStateSpace": "x(n+1)=Ax(n)+Bu(n)\ny(n)=Cx(n)+Du(n)",
    "Reshape": "U( : )", "DigitalClock": "12:34", "Width": "width", "IC": "[IC]", "ModelInfo": "Model Info",
    "Assertion": "Assert", "Find": "Find", "SubSystem": "", "CFunction": "C Function", "RandomNumber": "Random",
}  # fmt: skip
# The parameter that a kind shows, its value where the file does not say, and what surrounds it.
_SHOWN = {
    "Constant": ("Value", "1", "{}"), "Bias": ("Bias", "0.0", "u+{}"), "Fcn": ("Expr", "f(u)", "{}"),
    "FromWorkspace": ("VariableName", "simin", "{}"), "ToWorkspace": ("VariableName", "simout", "{}"),
    "FromFile": ("FileName", "untitled.mat", "{}"), "ToFile": ("FileName", "untitled.mat", "{}"),
    "Trigonometry": ("Operator", "sin", "{}"), "Logic": ("Operator", "AND", "{}"), "MinMax": ("Function", "min", "{}"),
    "Rounding": ("Operator", "floor", "{}"), "InitialCondition": ("Value", "1", "[{}]"),
    "DataStoreRead": ("DataStoreName", "A", "{}"), "DataStoreWrite": ("DataStoreName", "A", "{}"),
    "DataStoreMemory": ("DataStoreName", "A", "{}"), "GotoTagVisibility": ("GotoTag", "A", "{{{}}}"),
    "S-Function": ("FunctionName", "system", "{}"), "MATLABFcn": ("MATLABFcn", "sin", "MATLAB Function\n{}"),
    "ModelReference": ("ModelName", "model", "{}"), "StateReader": ("StateName", "x", "{}"),
    "StateWriter": ("StateName", "x", "{}"), "EnumeratedConstant": ("Value", "", "{}"),
}  # fmt: skip
_MATH: dict[str, Words] = {
    "exp": "eᵘ", "log": "ln", "10^u": "10ᵘ", "log10": "log₁₀", "magnitude^2": "∣u∣²", "square": "u²", "pow": "uᵛ",
    "reciprocal": ("1", "u"), "transpose": "uᵀ", "hermitian": "uᴴ", "sqrt": "√u",
}  # fmt: skip
RELATIONS = {"<=": "≤", ">=": "≥", "~=": "≠", "==": "=="}
_INSTEAD = {"Constant": "-C-", "Fcn": "f(u)", "StateSpace": "State Space", "DiscreteStateSpace": "State Space"}
"""What Simulink shows where the text does not fit."""


def get(block: Block, defaults: Defaults, name: str, default: str = "") -> str:
    """A parameter as the block, the link's data or the file's defaults say it."""
    return block.get(name) or defaults.get(name, default)


def instead(block: Block) -> str:
    """What stands for the text of a block that is too small for it."""
    return _INSTEAD.get(block.kind, "")


def words(block: Block, defaults: Defaults) -> Words:
    """What the block says."""
    kind = block.kind
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _SHOWN:
        name, default, around = _SHOWN[kind]
        return around.format(get(block, defaults, name, default))
    if kind in _CALCULATED:
        return _CALCULATED[kind](block, defaults)
    if kind == "Reference":
        source = " ".join((block.source_block or block.name).split())
        return source.rpartition("/")[2].strip()
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind)


def _delay(block: Block, defaults: Defaults) -> Words:
    length = get(block, defaults, "DelayLength", "2")
    return raised(f"z^-{length}") if length.isdecimal() else f"z^-{length}"


def _integrator(block: Block, defaults: Defaults) -> Words:
    method = get(block, defaults, "IntegratorMethod", "Integration: Forward Euler")
    if "Trapezoidal" in method:
        return "K Ts (z+1)", "2(z-1)"
    return ("K Ts z" if "Backward" in method else "K Ts"), "z-1"


def transfer_function(block: Block, defaults: Defaults) -> tuple[str, str]:
    """Numerator and denominator as they are drawn: in s, z or 1/z."""
    variable = {"TransferFcn": "s", "DiscreteTransferFcn": "z"}.get(block.kind, "1/z")
    usual = {"Numerator": "[1]", "Denominator": "[1 2 1]" if variable == "s" else "[1 0.5]"}
    numerator, denominator = (get(block, defaults, name, usual[name]) for name in usual)
    return polynomial(numerator, variable), polynomial(denominator, variable)


def _zeros(block: Block, defaults: Defaults) -> Words:
    variable = "s" if block.kind == "ZeroPole" else "z"
    parts = [_factors(get(block, defaults, name, usual), variable) for name, usual in _ZEROS.items()]
    gain = get(block, defaults, "Gain", "1")
    upper = parts[0] if gain.strip("[] ") == "1" else f"{gain.strip('[] ')}{'' if parts[0] == '1' else parts[0]}"
    return upper, parts[1]


_ZEROS = {"Zeros": "[1]", "Poles": "[0 -1]"}


def _factors(text: str, variable: str) -> str:
    numbers = _numbers(text)
    if numbers is None:
        return f"{text}({variable})"
    factors = [variable if value == 0 else f"({variable}{-value:+g})" for value in numbers]
    return "".join(factors) or "1"


def _relation(block: Block, defaults: Defaults) -> Words:
    operator = get(block, defaults, "Operator", "<=")
    return RELATIONS.get(operator, operator)


def _conversion(block: Block, defaults: Defaults) -> Words:
    to = get(block, defaults, "OutDataTypeStr") or get(block, defaults, "DataType")
    return "Convert" if not to or to.startswith(("Inherit", "auto")) else to


def _math(block: Block, defaults: Defaults) -> Words:
    operator = get(block, defaults, "Operator", "exp")
    return _MATH.get(operator, operator)


_CALCULATED: dict[str, Callable[[Block, Defaults], Words]] = {
    "Delay": _delay, "DiscreteIntegrator": _integrator, "TransferFcn": transfer_function,
    "DiscreteTransferFcn": transfer_function, "DiscreteFilter": transfer_function, "ZeroPole": _zeros,
    "DiscreteZeroPole": _zeros, "RelationalOperator": _relation, "DataTypeConversion": _conversion, "Math": _math,
}  # fmt: skip


def _numbers(text: str) -> list[float] | None:
    try:
        return [float(word) for word in text.strip("[] ").replace(",", " ").split()]
    except ValueError:
        return None


def polynomial(text: str, variable: str) -> str:
    """``[1 2 0]`` as ``s²+2s``; a variable `num` as ``num(s)``. In ``1/z`` the powers rise: ``1+0.5z⁻¹``."""
    numbers = _numbers(text)
    if numbers is None:
        return f"{text}({variable})" if text.isidentifier() else text
    rising = variable == "1/z"
    powers = range(0, -len(numbers), -1) if rising else range(len(numbers) - 1, -1, -1)
    terms = []
    for power, value in zip(powers, numbers, strict=True):
        if value == 0:
            continue
        factor = f"{value:g}" if abs(value) != 1 or power == 0 else "-" if value < 0 else ""
        base = "z" if rising else variable
        terms.append(factor + ("" if power == 0 else base if power == 1 else raised(f"{base}^{power}")))
    return "+".join(terms).replace("+-", "-") or "0"
