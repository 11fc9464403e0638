"""A chain of layers as a diagram, from the workspace's input to the workspace's output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bridge.crossings.lstm_drawing import Names, Stage, draw_fully_connected, draw_lstm, height
from bridge.crossings.sheet import Sheet
from bridge.model import Model

Layer = Literal["lstm", "fully connected", "fully connected with bias"]

RELEASE = "R2023b"
"""The release that the file names: that of the published example, whose library blocks it links to."""


def draw_layers(layers: Sequence[Layer], name: str) -> Model:
    """Draw a chain of layers, the names of their variables counted by kind: ``W R b h0 c0 Nn``, ``W2 …``; ``F d``, …

    The input is ``[t u]`` and the output ``y`` of the workspace, the sample time ``Ts``, the stop time ``t(end)``.
    """
    model = Model.new(name, release=RELEASE)
    model.configure(
        StopTime="t(end)", SaveTime=False, SaveOutput=False, SaveState=False, SignalLogging=False,
        ReturnWorkspaceOutputs=False,
    )  # fmt: skip
    model.root.parameters = {"Open": "on", "ZoomFactor": "100", "SIDHighWatermark": "0"}
    sheet = Sheet(model)
    top = 200.0
    entry = sheet.block("FromWorkspace", "From Workspace", (-115, top - 62, 65, 24), VariableName="[t u]")
    stage = Stage([], entry, "u(t)", -60)
    numbers = {"lstm": 0, "fully connected": 0}
    for layer in layers:
        kind = "lstm" if layer == "lstm" else "fully connected"
        numbers[kind] += 1
        names = Names(numbers[kind])
        if layer == "lstm":
            following = draw_lstm(sheet, names, stage.right + 60, top, "Ts")
        else:
            following = draw_fully_connected(sheet, names, stage.right, stage, bias=layer.endswith("bias"))
        sheet.line(stage.output, *stage.feedback, *following.inputs, label=stage.label)
        stage = following
    y = height(sheet, stage.output)
    leave = sheet.block(
        "ToWorkspace", "To Workspace", (stage.right + 50, y - 15, 55, 30), {"in": 1},
        VariableName="y", MaxDataPoints="inf", FixptAsFi=True, SampleTime="-1",
    )  # fmt: skip
    sheet.line(stage.output, *stage.feedback, (leave, 1, []), label=stage.label)
    return model
