"""Neurons picked by what they do over time or under noise; the loop must provide more than one probe for these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.growth.parts import Need, Target, View
from graphgrow.growth.targets.ranked import leaders, require_share
from graphgrow.measure.criticality import film, modes


@dataclass(frozen=True)
class Uncertainty(Target):
    """The hidden neurons of each level that vary most under dropout (Gal 2016; the founding document).

    By the variance over passes, averaged over samples, as a share of the neuron's variance over passes and samples
    together: a neuron that does nothing but follow the data is certain.
    """

    wants: ClassVar[frozenset[Need]] = frozenset({Need.DROPOUT})
    share: float = 0.1

    def __post_init__(self) -> None:
        require_share(self.share, self)

    def __call__(self, view: View) -> Array:
        """Share of variance over the level's largest."""
        passes = view.dropout().astype(np.float64)
        whole = passes.var(axis=(0, 2))
        within = passes.var(axis=0).mean(axis=1)
        return leaders(view.read().wiring, np.where(whole > 0, within / np.where(whole > 0, whole, 1), 0), self.share)


@dataclass(frozen=True)
class CriticalModes(Target):
    """The hidden neurons of each level that take part most in lasting or growing dynamic modes of training.

    By dynamic mode decomposition of their mean activations over the snapshots kept; nothing before there are 3.

    Attributes
    ----------
    above : |eigenvalue| from which on a mode is critical.
    rank : singular vectors kept; None for an automatic choice.

    Source: Tu 2014; the founding document's critical neurons.
    """

    wants: ClassVar[frozenset[Need]] = frozenset({Need.RING})
    share: float = 0.1
    above: float = 0.95
    rank: int | None = None

    def __post_init__(self) -> None:
        require_share(self.share, self)
        if not self.above > 0 or (self.rank is not None and self.rank < 1):
            raise SettingsError(f"{self}: expected above > 0 and a rank of 1 or more, or None")

    def __call__(self, view: View) -> Array:
        """Part in critical modes over the level's largest."""
        return leaders(view.read().wiring, view.memo(self.parts), self.share)

    def parts(self, view: View) -> Array:
        """float64 (neurons,): how strongly each neuron takes part in critical modes."""
        snapshots = view.ring().snapshots
        wiring = view.read().wiring
        if len(snapshots) < 3:
            return np.zeros(wiring.neurons)
        moved = film(snapshots, wiring.id)
        # Without any activity there are no modes, and no singular value to tell them by.
        return modes(moved, self.rank).weights(self.above) if np.any(moved) else np.zeros(wiring.neurons)
