"""Removing the weakest edges and growing as many elsewhere: SET, RigL and CHT are three ways of doing this."""

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
from graphgrow.graph.pairs import Pairs, Rectangle
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.newborns import newborn, require_grace
from graphgrow.growth.parts import UNLIMITED, Room, Routes, Structure, View
from graphgrow.growth.routes.candidates import level_pairs, touching_parts, untouched_parts
from graphgrow.growth.routes.picks import Best, Linked, Pick
from graphgrow.growth.structures.edges import Begin, begin_weights
from graphgrow.growth.structures.prune import removal, weakest


class Share(ABC):
    """Which share of the edges is rewired at this point of training."""

    @abstractmethod
    def __call__(self, view: View) -> float:
        """From 0 to 1."""


@dataclass(frozen=True)
class Constant(Share):
    """Always the same."""

    share: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise SettingsError(f"Constant(share={self.share}): expected a share from 0 to 1")

    def __call__(self, view: View) -> float:
        """The share."""
        return self.share


@dataclass(frozen=True)
class Cosine(Share):
    """share / 2 (1 + cos(pi t / T)) up to T = `until` of all steps, then nothing (Evci 2020; Dettmers 2019)."""

    share: float = 0.3
    until: float = 0.75

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or not 0 < self.until <= 1:
            raise SettingsError(f"Cosine(share={self.share}, until={self.until}): expected shares of at most 1")

    def __call__(self, view: View) -> float:
        """Falls from the share to 0."""
        done = view.step / max(1.0, self.until * view.total_steps)
        return 0.5 * self.share * (1 + math.cos(math.pi * done)) if done < 1 else 0.0


@dataclass(frozen=True)
class Rewire(Structure):
    """Removes the weakest share of the edges of every pair of levels and grows as many in the same pair.

    What was just removed may be grown again and then survives untouched, weight and optimizer state included. Pairs of
    levels that are complete are left alone, since nothing else could grow there (`across`: only if all are), and so are
    edges that reach further than the view allows. Room that is left besides is shared out over pairs of levels by their
    absent edges. Targets of the move are asked only where `touching` says so.

    Attributes
    ----------
    share : how much is removed, rounded down, in each pair of levels.
    pick : which absent edges grow.
    begin : start weight of new edges.
    by_sign : the share is taken of the positive and of the negative weights each (Mocanu 2018); else of all.
    percolate : edges from neurons that nothing reaches, and into neurons that reach nothing, are removed as well.
    across : pairs of levels compete: the weakest edges of the whole network go, and the first picks of the whole
        network grow, so that edges move to where they are wanted (Mostafa 2019; Dettmers 2019); by default counts stay.
    touching : edges that touch a target of the move grow first, others only where there are not enough of them.
    settled : share of the removed edges that grew again at the last event from which on nothing is rewired; None for
        never. CHT decides by pair of levels, here it is the whole network.
    grace : epochs during which edges that growth added are not removed; older ones go in their stead, as far as there
        are any.
    """

    only_adds: ClassVar[bool] = False
    share: Share = field(default_factory=Constant)
    pick: Pick = field(default_factory=Best)
    begin: Begin = Begin.ZERO
    by_sign: bool = False
    percolate: bool = False
    across: bool = False
    touching: bool = False
    settled: float | None = None
    grace: int = 0

    def __post_init__(self) -> None:
        require_grace(self, self.grace)
        if self.settled is not None and not 0 < self.settled <= 1:
            raise SettingsError(f"Rewire(settled={self.settled}): expected a share above 0 and at most 1, or None")
        if self.touching and isinstance(self.pick, Linked):
            raise SettingsError(
                "Rewire: paths of length three are told in whole pairs of levels, not among the edges that touch a "
                "target: leave out touching, or pick by Best or Drawn"
            )

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """One group for each removed edge and the one that grows for it, then one for each further edge."""
        graph = view.read()
        between_levels = level_pairs(graph.wiring, view.reach)
        parts = [
            Pairs(graph.wiring, each)
            for each in ([between_levels] if self.across else [(one,) for one in between_levels])
        ]
        share = 0.0 if self._is_settled(view) else self.share(view)
        young = newborn(view, graph.wiring, self.grace)
        blocks = [self._removed(graph, pairs, share, young) for pairs in parts]
        if self.percolate and any(rows.size for rows in blocks):
            blocks = _percolated(graph.wiring, parts, blocks, young)
        absent = [pairs.absent() for pairs in parts]
        more = 0 if room.edges >= UNLIMITED else min(max(0, room.edges), sum(absent))
        extra = share_out(more, absent, absent)
        pruned = view.after(removal(graph, np.concatenate([np.zeros(0, np.int64), *blocks])))
        found = []
        for pairs, rows, further in zip(parts, blocks, extra, strict=True):
            grown = self._grown(pruned, pairs.rectangles, rows.size + further, scores != 0)
            found.append((rows, grown.source, grown.target))
        return self._edit(view, graph, found)

    def _grown(self, view: View, rectangles: tuple[Rectangle, ...], count: int, marked: Array) -> Routes:
        """The edges that grow between these levels; marked is bool (neurons,), the targets."""
        wiring = view.read().wiring
        if not self.touching:
            return self.pick(view, Pairs(wiring, rectangles), count)
        inside = tuple(part for each in rectangles for part in touching_parts(each, marked))
        outside = tuple(part for each in rectangles for part in untouched_parts(each, marked))
        first = self.pick(view, Pairs(wiring, inside), count)
        rest = self.pick(view, Pairs(wiring, outside), count - first.source.size)
        return Routes(
            np.concatenate([first.source, rest.source]),
            np.concatenate([first.target, rest.target]),
            np.concatenate([first.score, rest.score]),
        )

    def _is_settled(self, view: View) -> bool:
        """Whether nearly all that the last event removed grew again."""
        events = [event for event in view.history.events if event.site == view.site and event.accepted]
        if self.settled is None or not events:
            return False
        removed = events[-1].removed + events[-1].regrown
        return removed > 0 and events[-1].regrown >= self.settled * removed

    def _removed(self, graph: Graph, pairs: Pairs, share: float, young: Array) -> Array:
        """int64 (k,): edge rows of one pair of levels to remove, the weakest first, none of them young."""
        rows = _rows(pairs)
        if rows.size == pairs.size or not share:
            return rows[:0]
        negative = graph.weight[rows] < 0
        sides = (rows[~negative], rows[negative]) if self.by_sign else (rows,)
        found = [weakest(graph, side[~young[side]])[: math.floor(share * side.size)] for side in sides]
        return weakest(graph, np.concatenate(found))

    def _edit(self, view: View, graph: Graph, found: list[tuple[Array, Array, Array]]) -> Edit:
        """Pairs of a removed and a grown edge of the same levels; an edge that is both is paired with itself."""
        swaps, further = [], []
        for rows, source, target in found:
            again = graph.edge_rows(source, target)
            order = np.argsort(again < 0, kind="stable")
            gone = np.concatenate([again[again >= 0], rows[~np.isin(rows, again)]])
            swaps.append((gone, source[order[: gone.size]], target[order[: gone.size]]))
            further.append((gone[:0], source[order[gone.size :]], target[order[gone.size :]]))
        empty = np.zeros(0, np.int64)
        gone, source, target = (
            np.concatenate([empty, *(part[column] for part in (*swaps, *further))]) for column in range(3)
        )
        return Edit(
            graph.neurons,
            source.size,
            source=source,
            target=target,
            weight=begin_weights(graph.wiring, source, target, self.begin, view.rng, graph.weight),
            edge_group=np.arange(source.size),
            removed_edges=gone,
            removed_edge_group=np.arange(gone.size),
            preserves_function=self.begin is Begin.ZERO and not gone.size,
        )


def _rows(pairs: Pairs) -> Array:
    """int64 (k,): edge rows of the pairs that are edges."""
    return pairs.wiring.edge_rows(*pairs.at(pairs.present()))


def _percolated(wiring: Wiring, parts: list[Pairs], blocks: list[Array], young: Array) -> list[Array]:
    """Removed edges by pair of levels, and all but the young that hang on neurons with nothing left on one side."""
    hidden = wiring.role == Role.HIDDEN
    part = np.full(wiring.edges, -1)
    for number, pairs in enumerate(parts):
        part[_rows(pairs)] = number
    alive = np.ones(wiring.edges, bool)
    alive[np.concatenate(blocks)] = False
    further: list[list[Array]] = [[] for _ in parts]
    while True:
        into = np.bincount(wiring.target[alive], minlength=wiring.neurons)
        out_of = np.bincount(wiring.source[alive], minlength=wiring.neurons)
        idle = hidden & ((into == 0) | (out_of == 0))
        found = np.flatnonzero(alive & ~young & (part >= 0) & (idle[wiring.source] | idle[wiring.target]))
        if not found.size:
            return [np.concatenate([rows, *more]) for rows, more in zip(blocks, further, strict=True)]
        alive[found] = False
        for number in np.unique(part[found]).tolist():
            further[number].append(found[part[found] == number])
