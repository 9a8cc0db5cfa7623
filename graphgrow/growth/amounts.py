"""How much of the room one event uses.

Shares and densities count edges of the dense layered network, as density does everywhere here: the sum over consecutive
levels of size times size. An amount remembers nothing; what it needs of the past stands in the view's history.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Series
from graphgrow.graph.wiring import Wiring
from graphgrow.growth.parts import UNLIMITED, Amount, Room, View
from graphgrow.growth.phases import Phase, Phases
from graphgrow.growth.triggers.looks import critical_share


@dataclass(frozen=True)
class Evenly(Amount):
    """The room in equal parts over the asks that are left, so that the last one takes what remains."""

    def __call__(self, view: View, room: Room) -> Room:
        """At least one edge while there is room for one."""
        if room.edges >= UNLIMITED:
            return room
        return replace(room, edges=-(-room.edges // max(view.asks_left, 1)))


@dataclass(frozen=True)
class Declining(Amount):
    """A fixed share of the room that is left, and all of it at the last ask: much early, little late.

    Edges that come early are trained longer. In the spirit of the founding amounts by phase, 0.05, 0.02 and 0.01.
    """

    share: float = 1 / 3

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise SettingsError(f"Declining(share={self.share}): expected more than 0 and at most 1")

    def __call__(self, view: View, room: Room) -> Room:
        """At least one edge while there is room for one."""
        if room.edges >= UNLIMITED or view.asks_left <= 1:
            return room
        return replace(room, edges=math.ceil(self.share * room.edges))


@dataclass(frozen=True)
class Everything(Amount):
    """All the room at once."""

    def __call__(self, view: View, room: Room) -> Room:
        """The room as it came."""
        return room


@dataclass(frozen=True)
class AtMost(Amount):
    """No more than so many edges and neurons in one event."""

    edges: int = UNLIMITED
    neurons: int = UNLIMITED

    def __post_init__(self) -> None:
        if self.edges < 1 or self.neurons < 1:
            raise SettingsError(f"{self}: expected 1 or more of both")

    def __call__(self, view: View, room: Room) -> Room:
        """The smaller of both rooms."""
        return room.within(Room(self.edges, self.neurons))


@dataclass(frozen=True)
class Finishing(Amount):
    """Another amount, and all that is left at the last ask, so that rules of all amounts end with equal edges."""

    amount: Amount

    def __call__(self, view: View, room: Room) -> Room:
        """The room as it came at the last ask, else that of the amount."""
        return room if view.asks_left <= 1 else self.amount(view, room)


@dataclass(frozen=True)
class Linear(Amount):
    """Up to a density that grows by `share` each epoch [founding: 0.01], no further than `most`."""

    share: float = 0.01
    most: float = 1.0

    def __post_init__(self) -> None:
        _require_shares(self, self.share, self.most)

    def __call__(self, view: View, room: Room) -> Room:
        """What is missing to today's density."""
        return _up_to(view, min(self.most, self.share * view.epoch), room)


@dataclass(frozen=True)
class Exponential(Amount):
    """Up to a density of share * factor^epoch [founding: 0.01 * 1.5^epoch], no further than `most`."""

    share: float = 0.01
    factor: float = 1.5
    most: float = 1.0

    def __post_init__(self) -> None:
        _require_shares(self, self.share, self.most)
        if not 1 < self.factor < math.inf:
            raise SettingsError(f"{self}: expected a factor above 1")

    def __call__(self, view: View, room: Room) -> Room:
        """What is missing to today's density."""
        # By logarithms, since a power of many epochs may exceed what a float holds.
        exponent = math.log(self.share) + view.epoch * math.log(self.factor)
        return _up_to(view, math.exp(min(exponent, math.log(self.most))), room)


@dataclass(frozen=True)
class Doubling(Amount):
    """Up to a density that doubles every `epochs` epochs [founding: 1, 2, 4, 8, 16 % by tens of epochs]."""

    share: float = 0.01
    epochs: int = 10
    most: float = 0.16

    def __post_init__(self) -> None:
        _require_shares(self, self.share, self.most)
        if self.epochs < 1:
            raise SettingsError(f"{self}: expected 1 epoch or more")

    def __call__(self, view: View, room: Room) -> Room:
        """What is missing to today's density."""
        return _up_to(view, min(self.most, math.ldexp(self.share, min(view.epoch // self.epochs, 1000))), room)


@dataclass(frozen=True)
class Adaptive(Amount):
    """One share per event while held-out loss improves, another when it does not [founding: 0.01 and 0.001].

    It improves while one of the last `window` held-out losses is below all before them; before there are so many, it
    counts as improving.
    """

    improving: float = 0.01
    otherwise: float = 0.001
    window: int = 3

    def __post_init__(self) -> None:
        _require_shares(self, self.improving, self.otherwise)
        if self.window < 1:
            raise SettingsError(f"{self}: expected a window of 1 or more")

    def __call__(self, view: View, room: Room) -> Room:
        """That share of the dense network."""
        losses = view.history.series(Series.VALIDATION_LOSS)[1]
        improves = losses.size <= self.window or losses[-self.window :].min() < losses[: -self.window].min()
        return _share(view, self.improving if improves else self.otherwise, room)


@dataclass(frozen=True)
class ByCriticality(Amount):
    """More where gradients keep their length from level to level [founding: 0.02 above 0.9, else 0.005]."""

    critical: float = 0.02
    otherwise: float = 0.005
    above: float = 0.9

    def __post_init__(self) -> None:
        _require_shares(self, self.critical, self.otherwise)

    def __call__(self, view: View, room: Room) -> Room:
        """That share of the dense network."""
        found = view.memo(critical_share)
        return _share(view, self.critical if found is not None and found > self.above else self.otherwise, room)


@dataclass(frozen=True)
class ByPhase(Amount):
    """One share per event and phase [founding: 0.05, 0.02, 0.01]."""

    coarse: float = 0.05
    medium: float = 0.02
    fine: float = 0.01
    phases: Phases = field(default_factory=Phases)

    def __post_init__(self) -> None:
        _require_shares(self, self.coarse, self.medium, self.fine)

    def __call__(self, view: View, room: Room) -> Room:
        """That share of the dense network."""
        shares = {Phase.COARSE: self.coarse, Phase.MEDIUM: self.medium, Phase.FINE: self.fine}
        return _share(view, shares[self.phases.at(view.step, view.total_steps)], room)


@dataclass(frozen=True)
class ByThirds(Amount):
    """One share per event and third of the depth [founding: 0.02, 0.01, 0.005, since features come early].

    The room of an event is one number, so that the thirds decide how much is added; `by_level` tells where it belongs.
    """

    early: float = 0.02
    middle: float = 0.01
    late: float = 0.005

    def __post_init__(self) -> None:
        _require_shares(self, self.early, self.middle, self.late)

    def __call__(self, view: View, room: Room) -> Room:
        """The sum over all thirds."""
        return _edges(int(self.by_level(view.read().wiring).sum()), room)

    def by_level(self, wiring: Wiring) -> Array:
        """int64 (occupied levels,): how many edges may go into each level, rounded up."""
        dense = dense_by_level(wiring)
        third = np.maximum(np.arange(dense.size) - 1, 0) * 3 // max(dense.size - 1, 1)
        made: Array = np.ceil(np.array([self.early, self.middle, self.late])[third] * dense).astype(np.int64)
        return made


def dense_by_level(wiring: Wiring) -> Array:
    """int64 (occupied levels,): edges into each level from the one before, were the network dense; 0 for the first."""
    sizes = np.bincount(wiring.rank, minlength=wiring.levels.size).astype(np.int64)
    return np.concatenate([np.zeros(min(sizes.size, 1), np.int64), sizes[:-1] * sizes[1:]])


def _up_to(view: View, density: float, room: Room) -> Room:
    """The room as far as that density of the dense layered network."""
    graph = view.read()
    wanted = math.ceil(density * int(dense_by_level(graph.wiring).sum()))
    return replace(room, edges=min(room.edges, max(0, wanted - graph.edges)))


def _share(view: View, share: float, room: Room) -> Room:
    """The room as far as a share of the dense layered network."""
    return _edges(math.ceil(share * int(dense_by_level(view.read().wiring).sum())), room)


def _edges(edges: int, room: Room) -> Room:
    """At least one edge while there is room for one."""
    return replace(room, edges=min(room.edges, max(1, edges)))


def _require_shares(amount: Amount, *shares: float) -> None:
    if not all(0 < share <= 1 for share in shares):
        raise SettingsError(f"{amount}: expected shares of more than 0 and at most 1")
