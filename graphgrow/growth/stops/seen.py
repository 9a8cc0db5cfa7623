"""Stops by what the probe shows: extrema that are gone, or that have nobody left to be joined to.

Each asks for the probe at every ask of the rule, whether the trigger fires or not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, Memory
from graphgrow.graph.pairs import Pairs, between
from graphgrow.graph.wiring import Role
from graphgrow.growth.parts import Room, View
from graphgrow.growth.stops.verdicts import Stop, StopCause, Verdict, lasting
from graphgrow.growth.targets import Extremes
from graphgrow.growth.triggers.timing import require
from graphgrow.measure.extrema import ABSOLUTE, FOUNDING_PROTOCOL, Protocol, Side


@dataclass(frozen=True)
class NoExtrema(Stop):
    """Ends growth when there was no extremum for `epochs` epochs [founding: 50]: growth that stops by itself.

    Attributes
    ----------
    side : which extrema must be gone.
    protocol : absolute, since the relative mode always marks some neurons of the ReLU family.
    """

    epochs: int = 50
    side: Side = Side.EITHER
    protocol: Protocol = ABSOLUTE

    def __post_init__(self) -> None:
        require(self.epochs >= 0, self, "0 epochs or more")

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges the current probe."""
        gone = not view.memo(Extremes(self.protocol).extrema).marked(self.side).any()
        return lasting(view, memory, gone, self.epochs, StopCause.EXTREMA, "no extrema")


@dataclass(frozen=True)
class NoPartner(Stop):
    """Ends growth when there are HIGH neurons, but for `epochs` epochs no LOW one within `levels` ahead of any.

    Attributes
    ----------
    levels, protocol : those of the route and target whose end is meant.
    """

    epochs: int = 10
    levels: int = 3
    protocol: Protocol = FOUNDING_PROTOCOL

    def __post_init__(self) -> None:
        require(self.epochs >= 0 and self.levels >= 1, self, "0 epochs or more and 1 level or more")

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges the current probe."""
        high, pairs = _partners(view, self.protocol, self.levels)
        return lasting(view, memory, bool(high.any()) and not pairs.size, self.epochs, StopCause.PARTNER, "no partner")


@dataclass(frozen=True)
class DuplicatesOnly(Stop):
    """Ends growth when for `epochs` epochs every HIGH neuron was joined already to every LOW one within its reach.

    Attributes
    ----------
    levels, protocol : those of the route and target whose end is meant.
    """

    epochs: int = 10
    levels: int = 3
    protocol: Protocol = FOUNDING_PROTOCOL

    def __post_init__(self) -> None:
        require(self.epochs >= 0 and self.levels >= 1, self, "0 epochs or more and 1 level or more")

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges the current probe."""
        pairs = _partners(view, self.protocol, self.levels)[1]
        only = pairs.size > 0 and not pairs.absent()
        return lasting(view, memory, only, self.epochs, StopCause.DUPLICATES, "duplicates only")


def _partners(view: View, protocol: Protocol, levels: int) -> tuple[Array, Pairs]:
    """HIGH neurons that may send, and the pairs from them to LOW ones within reach, edges included."""
    scores, wiring = Extremes(protocol)(view), view.read().wiring
    high, low = scores > 0, (scores < 0) & np.asarray(wiring.role != Role.INPUT)
    return high, between(wiring, high, low, min(levels, view.reach))
