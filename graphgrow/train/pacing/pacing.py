"""The factors of a training, kept up to date as its networks age and grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from graphgrow.arrays import Array
from graphgrow.engine.pace import Pace
from graphgrow.engine.sites import NetworkSite
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Event
from graphgrow.settings import Clamp, Gate, PaceSettings
from graphgrow.train.pacing.ageing import Backoff, Boost, HardClamp, SoftClamp
from graphgrow.train.pacing.factor import Factor, Learners, learners
from graphgrow.train.pacing.gates import Gates, Triangles, Wave


def factors_of(settings: PaceSettings) -> tuple[Factor, ...]:
    """The factors that the settings name; none where they are as they come."""
    made: list[Factor] = []
    if settings.boost != 1:
        made.append(Boost(settings.boost, settings.boost_epochs))
    gate: Factor | None = None
    if settings.gate is Gate.TRIANGLES:
        gate = Triangles(settings.gate_width or Triangles.width, settings.gate_speed)
    elif settings.gate is Gate.WAVE:
        gate = Wave(settings.gate_width or Wave.length, settings.gate_speed)
    if gate is not None:
        made.append(Gates(gate, settings.gate_floor))
    if settings.backoff != 1:
        made.append(Backoff(settings.backoff))
    if settings.clamp is Clamp.HARD:
        made.append(HardClamp(settings.clamp_age))
    elif settings.clamp is Clamp.SOFT:
        made.append(SoftClamp(settings.clamp_age))
    return tuple(made)


@dataclass(frozen=True, eq=False)
class Pacing:
    """The factors of every network, multiplied. They follow from epoch and events, so that no checkpoint holds them.

    Attributes
    ----------
    factors : what is multiplied.
    paces : by site; none where there are no factors, so that a step costs what it did.
    """

    factors: tuple[Factor, ...] = ()
    paces: tuple[Pace, ...] = ()

    @staticmethod
    def of(factors: Sequence[Factor], sites: Mapping[str, NetworkSite]) -> Pacing:
        """For the networks at these sites, each with its optimizer."""
        if not factors:
            return Pacing()
        made = []
        for site in sites.values():
            if site.optimizer is None:
                raise SettingsError(f"network {site.name} has no optimizer to pace: make one of its parameters")
            made.append(Pace(site.network, site.optimizer))
        return Pacing(tuple(factors), tuple(made))

    def refresh(self, events: Sequence[Event], epoch: int) -> None:
        """Set the factors anew; needed when an epoch begins and after every change of structure."""
        for pace in self.paces:
            network, plan = pace.network, pace.network.plan
            pace.reset()
            edges, neurons = (self._product(of) for of in learners(network.wiring, events, epoch))
            pace.edge.copy_(torch.from_numpy(edges[plan.edge]))
            pace.neuron.copy_(torch.from_numpy(neurons[plan.row[plan.inputs :]]))

    def _product(self, of: Learners) -> Array:
        """float32 (k,)."""
        made = np.ones(of.age.size)
        for factor in self.factors:
            made *= factor(of)
        return made.astype(np.float32)
