"""Trial growth: an edit is made, trained for a while and judged; the training loop does it, the rule only says how."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError


@dataclass(frozen=True)
class Evidence:
    """What the growth split shows of a network.

    Attributes
    ----------
    loss : mean over samples, in the task's unit.
    gradient_flow : root mean square length of the deltas in the first hidden level over that at the outputs: how much
        of the error still arrives there; None where no error is left to arrive.
    saturated : extrema as a share of the hidden neurons, by the founding protocol in absolute mode.
    """

    loss: float
    gradient_flow: float | None
    saturated: float

    def to_json(self) -> dict[str, Json]:
        """As plain data."""
        return asdict(self)


class Judge(ABC):
    """Whether a trial growth stays."""

    @abstractmethod
    def __call__(self, before: Evidence, after: Evidence) -> bool:
        """True to keep it. A loss that is no finite number is never asked about: it does not stay."""


@dataclass(frozen=True)
class FlowAndLoss(Judge):
    """Rolled back when gradient flow falls AND the loss rises (the founding document's observed test)."""

    def __call__(self, before: Evidence, after: Evidence) -> bool:
        """A flow that cannot be measured has not fallen."""
        measured = before.gradient_flow is not None and after.gradient_flow is not None
        falls = measured and (after.gradient_flow or 0.0) < (before.gradient_flow or 0.0)
        return not (falls and after.loss > before.loss)


@dataclass(frozen=True)
class LossAlone(Judge):
    """Rolled back when the loss rises by more than a share of what it was."""

    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.tolerance < float("inf"):
            raise SettingsError(f"{self}: expected a tolerance of 0 or more")

    def __call__(self, before: Evidence, after: Evidence) -> bool:
        """By the loss on the growth split."""
        return after.loss <= before.loss + self.tolerance * abs(before.loss)


@dataclass(frozen=True)
class Trial:
    """How an edit is tried.

    The loop keeps the State, makes the edit, trains on batches of the trial's own, and then restores the State in any
    case; an edit that stays is made once more, with the same ids, so that training goes on as if nobody had looked.

    Attributes
    ----------
    steps : optimizer steps; None for one epoch, but 200 at most. A new edge of weight 0 changes nothing at once.
    judge : decides by the growth split before and after, which is neither validation nor test.
    """

    steps: int | None = None
    judge: Judge = field(default_factory=FlowAndLoss)

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise SettingsError(f"Trial(steps={self.steps}): expected 1 step or more, or None for an epoch")
