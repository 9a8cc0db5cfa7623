"""Factors by age and by time: newborns learn faster, what has grown old is held, all learn less late in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.train.pacing.factor import Factor, Learners


@dataclass(frozen=True)
class Boost(Factor):
    """What growth added learns `times` faster until it is `epochs` old.

    New edges send signals at once, but what follows them has not learned to listen; the start of training is no growth
    and gets no boost.
    """

    times: float
    epochs: int

    def __post_init__(self) -> None:
        if not 0 < self.times < float("inf") or self.epochs < 1:
            raise SettingsError(f"{self}: expected a factor above 0 and 1 epoch or more")

    def __call__(self, of: Learners) -> Array:
        """`times` for newborns, 1 for the rest."""
        return np.where(of.grown & (of.age < self.epochs), self.times, 1.0)


@dataclass(frozen=True)
class Backoff(Factor):
    """All updates shrink with the epochs of training: rate^epoch, bold at first and gentle late.

    By the epoch of training, not by age or by the time since growth, since it is the founding document's schedule of
    coarse and fine. There it multiplies the loss; under Adam, which divides by the size of gradients, that would do
    nothing, and so it acts on updates.

    Source: the founding document's exponential backoff, rate 0.95.
    """

    rate: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise SettingsError(f"{self}: expected a rate above 0 and at most 1")

    def __call__(self, of: Learners) -> Array:
        """The same for all."""
        return np.full(of.age.size, self.rate**of.epoch)


@dataclass(frozen=True)
class HardClamp(Factor):
    """What is `epochs` old or older is frozen, bit for bit; the start has been growing old since training began."""

    epochs: int = 20

    def __post_init__(self) -> None:
        _require_epochs(self, self.epochs)

    def __call__(self, of: Learners) -> Array:
        """0 for the old, 1 for the young."""
        return np.where(of.age >= self.epochs, 0.0, 1.0)


@dataclass(frozen=True)
class SoftClamp(Factor):
    """The older, the slower: 1 - age / `epochs`, and frozen from then on."""

    epochs: int = 20

    def __post_init__(self) -> None:
        _require_epochs(self, self.epochs)

    def __call__(self, of: Learners) -> Array:
        """From 1 at birth down to 0."""
        made: Array = np.maximum(0.0, 1 - of.age / self.epochs)
        return made


def _require_epochs(part: Factor, epochs: int) -> None:
    if epochs < 1:
        raise SettingsError(f"{part}: expected 1 epoch or more")
