"""How much of what a network could be its growth has tried, and how much of what it is takes part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.apply import Remap
from graphgrow.graph.wiring import Role, Wiring


def active_share(wiring: Wiring) -> float:
    """Share of hidden neurons that stand on some path from an input to an output; 1 where there are none.

    By edges alone, whatever their weights: a neuron that hangs loose can neither hear nor say anything. Known as the
    active neuron post-percolation rate (Zhang 2024).
    """
    hidden = wiring.role == Role.HIDDEN
    heard, asked = wiring.role == Role.INPUT, wiring.role == Role.OUTPUT
    rank = wiring.rank.astype(np.uint16 if wiring.levels.size < 1 << 16 else np.int32)[wiring.target]
    order = np.argsort(rank, kind="stable")
    source, target = wiring.source[order], wiring.target[order]
    borders = np.searchsorted(rank[order], np.arange(wiring.levels.size + 1))
    for at in range(wiring.levels.size):
        part = slice(borders[at], borders[at + 1])
        heard[target[part][heard[source[part]]]] = True
    for at in range(wiring.levels.size - 1, -1, -1):
        part = slice(borders[at], borders[at + 1])
        asked[source[part][asked[target[part]]]] = True
    return float((heard & asked & hidden).sum() / hidden.sum()) if hidden.any() else 1.0


def pairs_in_reach(wiring: Wiring, reach: int) -> int:
    """Number of pairs that may be joined: an earlier level to one up to `reach` occupied levels later."""
    count = wiring.levels.size
    senders = np.bincount(wiring.rank[wiring.role != Role.OUTPUT], minlength=count)
    heads = np.bincount(wiring.rank[wiring.role != Role.INPUT], minlength=count)
    before = np.concatenate([[0], np.cumsum(senders)])
    first = np.maximum(np.arange(count) - reach, 0)
    return int(((before[np.arange(count)] - before[first]) * heads).sum())


@dataclass(frozen=True, eq=False)
class Visits:
    """Which pairs of neurons were once joined and are not now, and how many edges came back.

    Live edges are known from the network, so that a network that only grows costs nothing here.

    Attributes
    ----------
    gone : int64 (k, 2), ids of source and target, in ascending order.
    removed : edges removed so far, those that the same event grew again included.
    regrown : edges grown so far where one had been removed, by the same event or an earlier one.
    """

    gone: Array = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    removed: int = 0
    regrown: int = 0

    def after(self, before: Wiring, after: Wiring, remap: Remap, at_once: int = 0) -> Visits:
        """With one more event.

        Parameters
        ----------
        at_once : edges that the event both removed and grew, which the remap shows as kept.
        """
        lost = np.ones(before.edges, bool)
        lost[remap.edge_from[remap.edge_from >= 0]] = False
        if not lost.any() and not self.gone.size:
            return Visits(self.gone, self.removed + at_once, self.regrown + at_once)
        fresh = _ids(after, np.flatnonzero(remap.edge_from < 0))
        keys = np.unique(np.concatenate([_keys(self.gone), _keys(_ids(before, np.flatnonzero(lost)))]))
        held = np.stack([keys >> 32, keys & 0xFFFFFFFF], axis=1)
        back = np.isin(keys, _keys(fresh))
        count = int(back.sum()) + at_once
        return Visits(held[~back], self.removed + int(lost.sum()) + at_once, self.regrown + count)

    def share(self, wiring: Wiring, reach: int) -> float:
        """Share of all possible edges that were ever one: the in-time over-parametrisation rate (Liu 2021).

        Possible are today's pairs in reach, and edges beyond it that exist. Pairs of neurons that are gone, or no
        longer in reach, count neither as possible nor as visited.
        """
        ahead = wiring.rank[wiring.target] - wiring.rank[wiring.source]
        beyond = int((ahead > reach).sum())
        possible = pairs_in_reach(wiring, reach) + beyond
        place = np.searchsorted(wiring.id, self.gone)
        known = (place < wiring.neurons).all(axis=1)
        ends, gone = place[known], self.gone[known]
        ends = ends[(wiring.id[ends] == gone).all(axis=1)]
        ahead = wiring.rank[ends[:, 1]] - wiring.rank[ends[:, 0]]
        again = int(((ahead >= 1) & (ahead <= reach)).sum())
        return (wiring.edges + again) / possible if possible else 0.0

    def arrays(self) -> dict[str, Array]:
        """As plain arrays, for a checkpoint."""
        return {"gone": self.gone, "counts": np.array([self.removed, self.regrown], np.int64)}

    @staticmethod
    def restored(arrays: Mapping[str, Array]) -> Visits:
        """The inverse of `arrays`."""
        removed, regrown = arrays["counts"].tolist()
        return Visits(np.array(arrays["gone"], np.int64).reshape(-1, 2), removed, regrown)


def _ids(wiring: Wiring, edges: Array) -> Array:
    """int64 (k, 2): ids of source and target of these edge rows."""
    return np.stack([wiring.id[wiring.source[edges]], wiring.id[wiring.target[edges]]], axis=1)


def _keys(pairs: Array) -> Array:
    """int64 (k,): one number for each pair of int64 (k, 2); ids stay below 2**31 as rows do."""
    made: Array = pairs[:, 0] << 32 | pairs[:, 1]
    return made
