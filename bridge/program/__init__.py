"""The intermediate form: typed, traced mathematics that every engine reads."""

from bridge.program.form import Node, Output, Program, Rate, Region, Slot, Value
from bridge.program.types import DType, Type

__all__ = ["DType", "Node", "Output", "Program", "Rate", "Region", "Slot", "Type", "Value"]
