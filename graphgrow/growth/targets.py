"""Where to grow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.growth.parts import Target, View
from graphgrow.measure.extrema import FOUNDING_PROTOCOL, Extrema, Mode, Protocol, find


@dataclass(frozen=True)
class Everywhere(Target):
    """Every neuron is a target."""

    def __call__(self, view: View) -> Array:
        """Ones."""
        return np.ones(view.read().neurons, np.float32)


@dataclass(frozen=True)
class Extremes(Target):
    """Activation extrema: HIGH neurons are sources, LOW ones sinks, both by severity."""

    protocol: Protocol = FOUNDING_PROTOCOL

    def __call__(self, view: View) -> Array:
        """Severity of HIGH positive, of LOW negative; a neuron that never varies says nothing and is no source."""
        found = view.memo(self.extrema)
        return np.where(found.high & found.dead, 0, found.scores).astype(np.float32)

    def extrema(self, view: View) -> Extrema:
        """The extrema of the view's probe."""
        reference = view.medians() if self.protocol.mode is Mode.ABSOLUTE else None
        return find(view.read().wiring, view.probe().activation, self.protocol, reference)
