"""How long edges were when growth made them: levels spanned, and the path that joined their ends just before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from graphgrow.arrays import Array
from graphgrow.errors import DataError, SettingsError
from graphgrow.graph.difference import patch
from graphgrow.graph.wiring import Wiring
from graphgrow.measure.adjacency import of
from graphgrow.measure.paths import distances
from graphgrow.rng import stream

if TYPE_CHECKING:
    from graphgrow.store.run import Run

COLUMNS = ("event", "span", "detour", "matched")
MOST_TRIES = 50


@dataclass(frozen=True)
class Trend:
    """Whether something falls or rises with the number of the event.

    Attributes
    ----------
    rho : Spearman's rank correlation with the event number, over edges; NaN where one of both does not vary.
    shuffled : the same in the mean over shuffles of the birth times among the edges, and its standard deviation.
    p : share of shuffles that fall as steeply, the observed order counted among them (Phipson and Smyth 2010).
    edges, events : that went in.
    """

    rho: float
    shuffled: float
    deviation: float
    p: float
    edges: int
    events: int


def edge_births(run: Run, site: str | None = None, seed: int = 0) -> pd.DataFrame:
    """One row per edge that an event made, those that were removed later included; start edges are no births.

    Columns: event; span (occupied levels from source to target just after the event, 1 for neighbours); detour (edges
    on the shortest path between both ends just before the event, whatever its direction: inf where none joined them,
    missing where an end was born with the edge); matched (the detour of an absent pair drawn between the same two
    levels of the same graph: what chance would have joined; missing where there is none).

    Parameters
    ----------
    site : which network; only needed where the run has several.
    seed : of the matched pairs.
    """
    name = run.sites()[0] if site is None else site
    graph = run.start(site)
    parts = []
    for event in run.events():
        _, at, change = run.difference(event.number)
        if at != name:
            continue
        before, graph = graph.wiring, patch(graph, change)
        made = _births(before, graph.wiring, event.number, stream(seed, "edge births", event.number))
        parts.append(made)
    if not parts:
        return pd.DataFrame({name: np.zeros(0) for name in COLUMNS})
    return pd.concat(parts, ignore_index=True)


def _births(before: Wiring, after: Wiring, number: int, rng: np.random.Generator) -> pd.DataFrame:
    """The rows of one event."""
    # Ids stay, rows do not: a removal moves the rows behind it.
    old = np.searchsorted(before.id, after.id)
    old[old == before.neurons] = 0
    old = np.where(before.id[old] == after.id, old, -1) if before.neurons else np.full(after.neurons, -1)
    source, target = old[after.source], old[after.target]
    fresh = np.flatnonzero(before.edge_rows(source, target) < 0)
    span = (after.rank[after.target] - after.rank[after.source])[fresh]
    source, target = source[fresh], target[fresh]
    known = (source >= 0) & (target >= 0)
    detour, matched = np.full(fresh.size, np.nan), np.full(fresh.size, np.nan)
    if known.any():
        other = _alike(before, source[known], target[known], rng)
        detour[known] = _apart(before, source[known], target[known])
        found = np.flatnonzero(known)[other[0] >= 0]
        matched[found] = _apart(before, *other[:, other[0] >= 0])
    return pd.DataFrame({"event": number, "span": span, "detour": detour, "matched": matched})


def _apart(wiring: Wiring, source: Array, target: Array) -> Array:
    """float64 (k,): edges between both ends, inf where no path joins them."""
    starts, back = np.unique(source, return_inverse=True)
    found = distances(of(wiring).skeleton, starts)[back, target].astype(np.float64)
    made: Array = np.where(found < 0, np.inf, found)
    return made


def _alike(wiring: Wiring, source: Array, target: Array, rng: np.random.Generator) -> Array:
    """int64 (2, k): for each pair an absent one between the same two levels, by lot; -1 where none was found."""
    members = [np.flatnonzero(wiring.rank == rank) for rank in range(wiring.levels.size)]
    made = np.full((2, source.size), -1, np.int64)
    left = np.arange(source.size)
    for _ in range(MOST_TRIES):
        drawn = np.stack([_drawn(members, wiring.rank[ends[left]], rng) for ends in (source, target)])
        free = wiring.edge_rows(*drawn) < 0
        made[:, left[free]] = drawn[:, free]
        left = left[~free]
        if not left.size:
            break
    return made


def _drawn(members: list[Array], ranks: Array, rng: np.random.Generator) -> Array:
    """int64 (k,): one neuron of each level."""
    size = np.array([rows.size for rows in members])
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    place = first[ranks] + (rng.random(ranks.size) * size[ranks]).astype(np.int64)
    made: Array = np.concatenate(members)[place]
    return made


def trend(event: ArrayLike, length: ArrayLike, draws: int = 500, seed: int = 0) -> Trend:
    """How lengths change with the event that made them, against the same lengths with shuffled birth times.

    Parameters
    ----------
    length : (edges,), inf counts as longer than all others; NaN is left out.

    Raises
    ------
    DataError
        Arrays of unequal length.
    SettingsError
        No draws.
    """
    time, size = np.asarray(event, np.float64), np.asarray(length, np.float64)
    if time.shape != size.shape or time.ndim != 1:
        raise DataError(f"trend: expected as many lengths as events, got {time.shape} and {size.shape}: pair them")
    if draws < 1:
        raise SettingsError(f"shuffles: expected 1 or more, got {draws}: 500 give p to 0.002")
    known = ~np.isnan(size)
    time, size = time[known], size[known]
    events = np.unique(time).size
    if events < 2 or np.unique(size).size < 2:
        return Trend(np.nan, np.nan, np.nan, 1.0, size.size, events)
    one, other = (_centred(stats.rankdata(values)) for values in (time, size))
    rng = stream(seed, "analysis", "birth times")
    shuffled = np.array([float(rng.permutation(one) @ other) for _ in range(draws)])
    found = float(one @ other)
    p = (1 + int((shuffled <= found + 1e-12).sum())) / (1 + draws)
    return Trend(found, float(shuffled.mean()), float(shuffled.std(ddof=1)) if draws > 1 else 0.0, p, size.size, events)


def _centred(ranks: Array) -> Array:
    """Ranks with mean 0 and norm 1, so that a product of two is their correlation."""
    moved = ranks - ranks.mean()
    made: Array = moved / np.linalg.norm(moved)
    return made
