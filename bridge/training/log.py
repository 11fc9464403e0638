"""The log of a training, in the columns and the number format of MATLAB's `trainnet`."""

from __future__ import annotations

from dataclasses import dataclass, field

_HEADS = ("Iteration", "Epoch", "TimeElapsed", "LearnRate", "TrainingLoss")


@dataclass(frozen=True)
class LogRow:
    """One line. `loss` is that before the update of `iteration`, without regularization; `seconds` since the start."""

    iteration: int
    epoch: int
    seconds: float
    learn_rate: float
    loss: float

    def cells(self) -> tuple[str, str, str, str, str]:
        """The five values as MATLAB prints them."""
        whole = int(self.seconds)
        clock = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
        return str(self.iteration), str(self.epoch), clock, f"{self.learn_rate:.5g}", f"{self.loss:.5g}"

    def __str__(self) -> str:
        return "".join(f"    {cell:>{len(head)}}" for head, cell in zip(_HEADS, self.cells(), strict=True))


@dataclass
class TrainingInfo:
    """What a training reports. `losses` and `learn_rates` hold one value per iteration, `rows` what the log shows."""

    rows: list[LogRow] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    learn_rates: list[float] = field(default_factory=list)
    seconds: float = 0.0
    precision: str = "single"

    @staticmethod
    def head() -> str:
        """The two lines above the log."""
        names = "".join(f"    {head}" for head in _HEADS)
        return names + "\n" + "".join("    " + "_" * len(head) for head in _HEADS)

    def __str__(self) -> str:
        return "\n".join([self.head(), *map(str, self.rows), "Training stopped: Max epochs completed"])
