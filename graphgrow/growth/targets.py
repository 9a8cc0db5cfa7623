"""Where to grow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.growth.parts import Target, View
from graphgrow.measure.extrema import FOUNDING_PROTOCOL, Extrema, Protocol, find


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
        """Severity of HIGH positive, of LOW negative."""
        return view.memo(self.extrema).scores

    def extrema(self, view: View) -> Extrema:
        """The extrema of the view's probe."""
        return find(view.read().wiring, view.probe().activation, self.protocol)
