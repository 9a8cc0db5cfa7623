"""Taking edges away: by magnitude, down to a budget, and at different rates by scale."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.draws import share_out
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.newborns import newborn, require_grace
from graphgrow.growth.parts import Room, Routes, Structure, View


def weakest(graph: Graph, rows: Array) -> Array:
    """Edge rows by rising |weight|, equal ones by row."""
    size = np.abs(graph.weight[rows])
    ranked: Array = rows[np.lexsort((rows, size))]
    return ranked


def touching_edges(wiring: Wiring, scores: Array) -> Array:
    """int64 (k,): rows of the edges with at least one end that is a target."""
    marked = scores != 0
    return np.flatnonzero(marked[wiring.source] | marked[wiring.target])


def removal(graph: Graph, rows: Array) -> Edit:
    """One group per removed edge, in the order given."""
    groups = np.arange(rows.size)
    return Edit(
        graph.neurons,
        rows.size,
        removed_edges=rows.astype(np.int32),
        removed_edge_group=groups,
        preserves_function=not rows.size,
    )


@dataclass(frozen=True)
class Prune(Structure):
    """Removes a share of the edges that touch a target, the smallest |weight| first (Han 2015).

    Attributes
    ----------
    grace : epochs during which edges that growth added are spared; older ones go in their stead, as far as there are.
    """

    only_adds: ClassVar[bool] = False
    share: float = 0.1
    grace: int = 0

    def __post_init__(self) -> None:
        require_grace(self, self.grace)
        if not 0 <= self.share <= 1:
            raise SettingsError(f"Prune(share={self.share}): expected a share from 0 to 1")

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group per edge, the weakest first."""
        graph = view.read()
        rows = weakest(graph, touching_edges(graph.wiring, scores))
        old = rows[~newborn(view, graph.wiring, self.grace)[rows]]
        return removal(graph, old[: math.floor(self.share * rows.size)])


class Quota(ABC):
    """How many edges each pair of levels is to lose."""

    @abstractmethod
    def __call__(self, wiring: Wiring, now: int, surplus: int) -> Array | None:
        """int64 (pairs of levels,), as `level_pair_numbers` numbers them, with the sum `now`; None for any.

        Parameters
        ----------
        now, surplus : edges to remove in this event, and in all events that are left, this one included.
        """


@dataclass(frozen=True)
class Anywhere(Quota):
    """The weakest of the whole network, wherever they are."""

    def __call__(self, wiring: Wiring, now: int, surplus: int) -> Array | None:
        """No quotas."""
        return None


@dataclass(frozen=True)
class ByScale(Quota):
    """The later the level, the larger the share that goes: p_k = base (1 + alpha)^k for the k-th hidden level.

    alpha follows from `top`, the share at the last hidden level, and base from the budget, which decides how many edges
    stay in all: the first level is pruned the less, the more may stay. Edges into outputs lose a share of their own.

    Attributes
    ----------
    top : the founding document goes from 0.5 at the fine levels to 0.99 at the coarse ones.
    outputs : share that goes of the edges into levels without hidden neurons; none, so that the output stays dense.

    Source: the founding document's scale-dependent pruning.
    """

    top: float = 0.99
    outputs: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.top < 1 or not 0 <= self.outputs < 1:
            raise SettingsError(f"{self}: expected a top between 0 and 1, and outputs of 0 or more and less than 1")

    def shares(self, levels: int, base: float) -> list[float]:
        """p_k for so many hidden levels."""
        if levels == 1:
            return [base]
        return [base * (self.top / base) ** (level / (levels - 1)) for level in range(levels)]

    def __call__(self, wiring: Wiring, now: int, surplus: int) -> Array | None:
        """In proportion to what each pair of levels has above its last count."""
        number, count = level_pair_numbers(wiring)
        held = np.bincount(number, minlength=count)
        total = int(held.sum()) - surplus
        # In millionths, since shares are dealt out in whole numbers.
        wanted = np.round(1e6 * self._wanted(wiring, total)).astype(np.int64).ravel()
        last = np.array(share_out(total, wanted.tolist(), held.tolist()), np.int64)
        above = (held - last).tolist()
        return np.array(share_out(now, above, above), np.int64)

    def _wanted(self, wiring: Wiring, total: int) -> Array:
        """float64 (levels, levels): edges that may stay by level of source and target, as near the total as can be."""
        sizes = np.bincount(wiring.rank, minlength=wiring.levels.size)
        hidden = np.flatnonzero(np.bincount(wiring.rank[wiring.role == Role.HIDDEN], minlength=sizes.size))
        places = np.triu(np.outer(sizes, sizes), 1).astype(np.float64)
        # Only pairs of levels that hold edges now can keep any.
        number, count = level_pair_numbers(wiring)
        places *= (np.bincount(number, minlength=count) > 0).reshape(places.shape)

        def kept(base: float) -> Array:
            stays = np.full(sizes.size, 1 - self.outputs)
            stays[hidden] = 1 - np.array(self.shares(hidden.size, base))
            made: Array = places * stays[None, :]
            return made

        low, high = 1e-9, self.top
        for _ in range(60):
            base = (low + high) / 2
            low, high = (base, high) if hidden.size and kept(base).sum() > total else (low, base)
        return kept(high)


def level_pair_numbers(wiring: Wiring) -> tuple[Array, int]:
    """int64 (edges,): rank of the source's level times the number of levels plus rank of the target's; how many."""
    levels = wiring.levels.size
    return wiring.rank[wiring.source].astype(np.int64) * levels + wiring.rank[wiring.target], levels * levels


@dataclass(frozen=True)
class PruneToBudget(Structure):
    """Down to the budget over the asks that are left, the smallest |weight| first, much early and little late.

    With n asks left, this one included, 1 - ((n - 1) / n)^3 of what is too much goes now: the cubic schedule of Zhu
    (2017), from wherever the network stands.

    Attributes
    ----------
    quota : how removals are spread over pairs of levels.
    keeps : in-edges that no hidden neuron and no output goes below, so long as others are left to remove.
    grace : epochs during which edges that growth added are spared, so long as others are left: the budget counts more.
    """

    only_adds: ClassVar[bool] = False
    prunes: ClassVar[bool] = True
    quota: Quota = field(default_factory=Anywhere)
    keeps: int = 1
    grace: int = 0

    def __post_init__(self) -> None:
        require_grace(self, self.grace)
        if self.keeps < 0:
            raise SettingsError(f"PruneToBudget(keeps={self.keeps}): expected 0 or more")

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group per edge; targets of the move are not asked, since the budget counts all edges."""
        graph = view.read()
        asks = max(1, view.asks_left)
        now = math.ceil(room.surplus * (1 - ((asks - 1) / asks) ** 3)) if asks > 1 else room.surplus
        now = min(now, graph.edges)
        if not now:
            return removal(graph, np.zeros(0, np.int64))
        ranked = weakest(graph, np.arange(graph.edges))
        ranked = ranked[np.argsort(newborn(view, graph.wiring, self.grace)[ranked], kind="stable")]
        ranked = ranked[np.argsort(_needed(graph.wiring, ranked, self.keeps), kind="stable")]
        quota = self.quota(graph.wiring, now, min(room.surplus, graph.edges))
        if quota is None:
            return removal(graph, ranked[:now])
        number, _ = level_pair_numbers(graph.wiring)
        return removal(graph, ranked[_turn(number[ranked]) < quota[number[ranked]]])


def _needed(wiring: Wiring, ranked: Array, keeps: int) -> Array:
    """bool (k,): the edges among these that are the last `keeps` of their target when all go in this order."""
    left = wiring.fan_in[wiring.target[ranked]] - _turn(wiring.target[ranked])
    needed: Array = (left <= keeps) & (wiring.role[wiring.target[ranked]] != Role.INPUT)
    return needed


def _turn(numbers: Array) -> Array:
    """int64 (k,): how often each number has come before."""
    order = np.argsort(numbers, kind="stable")
    ranked = numbers[order]
    begins = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]])[: numbers.size])
    made = np.empty(numbers.size, np.int64)
    made[order] = np.arange(numbers.size) - np.repeat(begins, np.diff([*begins, numbers.size]))
    return made
