"""How far nodes lie from each other: mean path, reachable share and efficiency, over all pairs or sampled sources."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.draws import share_out
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.reach import components
from graphgrow.rng import stream

# Sources that one word holds.
WORD = 64


@dataclass(frozen=True)
class PathLengths:
    """The three numbers that only together say how near nodes are, over ordered pairs of different nodes.

    Attributes
    ----------
    mean : mean distance in edges over the pairs joined by a path; NaN where no pair is.
    reachable : share of pairs joined by a path; NaN for fewer than two nodes.
    efficiency : mean of 1 / distance over all pairs, 0 for those that no path joins; NaN for fewer than two nodes.
    error, reachable_error, efficiency_error : their standard errors, corrected for the finite number of sources; 0
        where every source was walked.
    sources : how many sources were walked; those without out-edges, which reach nothing, need no walk.
    exact : whether every source counts in full.
    """

    mean: float
    reachable: float
    efficiency: float
    error: float
    reachable_error: float
    efficiency_error: float
    sources: int
    exact: bool


@dataclass(frozen=True, eq=False)
class PathSums:
    """What single sources reach, themselves left out.

    Attributes
    ----------
    distance : int64 (sources,), sum of the distances to all nodes reached.
    reached : int64 (sources,), how many nodes.
    inverse : float64 (sources,), sum of 1 / distance.
    """

    distance: Array
    reached: Array
    inverse: Array


def path_lengths(graph: Adjacency, samples: int | None = None, seed: int = 0) -> PathLengths:
    """Mean path, reachable share and efficiency along directed edges, or along all of an undirected graph.

    Nodes without out-edges are known to reach nothing. The others are sampled stage by stage (without stages: in,
    before and beside the largest strongly connected part), without replacement and in proportion, so that sums over
    sources are unbiased; the mean path is a ratio of two such sums, and its error that of the linearised ratio.

    Parameters
    ----------
    samples : how many sources to walk; None, or as many as there are nodes, for all.
    seed : of the draw of sources.

    Raises
    ------
    GraphError
        Fewer than 2 samples: no error could be given.

    Source: Watts and Strogatz 1998 (mean path); Latora and Marchiori 2001 (efficiency); Cochran 1977, sections 5.4 and
    6.11 (stratified sums and ratios).

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> line = path_lengths(from_edges(3, [0, 1], [1, 2]))
    >>> line.mean, line.reachable, line.efficiency
    (1.3333333333333333, 0.5, 0.4166666666666667)
    """
    if samples is not None and samples < 2:
        raise GraphError(f"path samples: expected 2 or more, got {samples}: one source gives no standard error")
    strata = _strata(graph, samples)
    counts = [members.size for members in strata]
    taken = counts if samples is None or samples >= sum(counts) else _shares(samples, counts)
    drawn = [
        members if count == members.size else _draw(members, count, seed, at)
        for at, (members, count) in enumerate(zip(strata, taken, strict=True))
    ]
    sources = np.concatenate(drawn) if drawn else np.zeros(0, np.int64)
    sums = path_sums(graph, sources)
    borders = np.cumsum([0, *taken])
    found = np.stack([sums.distance, sums.reached, sums.inverse]).astype(np.float64)
    parts = [found[:, first:last] for first, last in pairwise(borders.tolist())]
    return _combined(graph.nodes, counts, parts)


def _strata(graph: Adjacency, samples: int | None) -> list[Array]:
    """Nodes with out-edges by stage; neighbouring stages share a stratum where samples are few."""
    walked = np.flatnonzero(graph.degree)
    if not walked.size:
        return []
    kind = _beside_largest(graph) if graph.stage is None else graph.stage
    stage = np.unique(kind[walked], return_inverse=True)[1]
    stages = int(stage.max()) + 1
    if samples is not None and stages > samples // 2:
        stage = stage * max(samples // 2, 1) // stages
    order = np.argsort(stage, kind="stable")
    borders = np.flatnonzero(np.diff(stage[order])) + 1
    return np.split(walked[order], borders)


def _beside_largest(graph: Adjacency) -> Array:
    """int64 (nodes,): 0 in the largest part, 1 where a path leads into it, 2 elsewhere.

    Few nodes outside reach far less than most: a sample that misses them would know neither of them nor of its error.
    """
    part = components(graph)[1]
    inside = part == int(np.argmax(np.bincount(part)))
    if not graph.directed:
        return np.where(inside, 0, 2)
    before = distances(graph.reversed, [int(np.argmax(inside))])[0] >= 0
    return np.where(inside, 0, np.where(before, 1, 2))


def _shares(samples: int, counts: list[int]) -> list[int]:
    """Samples of each stratum: two, or all of it, and the rest in proportion."""
    least = [min(2, count) for count in counts]
    left = [count - low for count, low in zip(counts, least, strict=True)]
    return [low + more for low, more in zip(least, share_out(samples - sum(least), left, left), strict=True)]


def _draw(members: Array, count: int, seed: int, stratum: int) -> Array:
    drawn: Array = np.sort(stream(seed, "path sources", stratum).choice(members, count, replace=False))
    return drawn


def _combined(nodes: int, counts: list[int], parts: list[Array]) -> PathLengths:
    """From float64 (3, sources) of every stratum, distance, reached and inverse, to the population's numbers."""
    total = np.zeros(3)
    for count, part in zip(counts, parts, strict=True):
        total += part.sum(1) * (count / part.shape[1])
    pairs = nodes * (nodes - 1)
    ratio = total[0] / total[1] if total[1] > 0 else np.nan
    variance = np.zeros(3)
    for count, part in zip(counts, parts, strict=True):
        size = part.shape[1]
        if size == count:
            continue
        rows = np.stack([part[0] - ratio * part[1] if total[1] > 0 else part[0], part[1], part[2]])
        variance += count**2 * (1 - size / count) * rows.var(1, ddof=1) / size
    error = np.sqrt(variance)
    return PathLengths(
        mean=float(ratio),
        reachable=float(total[1] / pairs) if pairs else np.nan,
        efficiency=float(total[2] / pairs) if pairs else np.nan,
        error=float(error[0] / total[1]) if total[1] > 0 else 0.0,
        reachable_error=float(error[1] / pairs) if pairs else 0.0,
        efficiency_error=float(error[2] / pairs) if pairs else 0.0,
        sources=sum(part.shape[1] for part in parts),
        exact=all(part.shape[1] == count for count, part in zip(counts, parts, strict=True)),
    )


def path_sums(graph: Adjacency, sources: ArrayLike) -> PathSums:
    """Sums over all that each source reaches, 64 sources in one search; sources that lie together are walked fastest.

    Parameters
    ----------
    sources : int (sources,), nodes.

    Raises
    ------
    GraphError
        A source that is no node of the graph.

    Source: Then et al. 2014 (many searches in the bits of a word).
    """
    from graphgrow.measure.kernels.bfs import batch

    asked = _nodes(graph, sources)
    distance, reached, inverse = np.zeros(asked.size, np.int64), np.zeros(asked.size, np.int64), np.zeros(asked.size)
    seen, front, ahead = (np.zeros(graph.nodes, np.uint64) for _ in range(3))
    here, there = (np.empty(graph.nodes, np.int32) for _ in range(2))
    for first in range(0, asked.size, WORD):
        part = slice(first, first + WORD)
        different, back = np.unique(asked[part], return_inverse=True)
        found = np.zeros(different.size, np.int64), np.zeros(different.size, np.int64), np.zeros(different.size)
        seen[:] = 0
        batch(graph.pointer, graph.other, different, seen, front, ahead, here, there, *found)
        for target, values in zip((distance, reached, inverse), found, strict=True):
            target[part] = values[back]
    return PathSums(distance, reached, inverse)


def distances(graph: Adjacency, sources: ArrayLike) -> Array:
    """int32 (sources, nodes): edges on a shortest path from each source, -1 where there is none.

    Raises
    ------
    GraphError
        A source that is no node of the graph.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> distances(from_edges(3, [0, 1], [1, 2]), [0, 1]).tolist()
    [[0, 1, 2], [-1, 0, 1]]
    """
    from graphgrow.measure.kernels.bfs import single

    asked = _nodes(graph, sources)
    made = np.full((asked.size, graph.nodes), -1, np.int32)
    queue = np.empty(graph.nodes, np.int32)
    for at, source in enumerate(asked.tolist()):
        single(graph.pointer, graph.other, source, made[at], queue)
    return made


def _nodes(graph: Adjacency, sources: ArrayLike) -> Array:
    """int64 (sources,), each a node."""
    given = np.asarray(sources)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise GraphError(f"sources: expected nodes (sources,), got {given.dtype} of shape {given.shape}: pass rows")
    made = given.astype(np.int64)
    if made.size and not 0 <= made.min() <= made.max() < graph.nodes:
        raise GraphError(f"sources: nodes {made.min()}..{made.max()}: expected nodes from 0 to {graph.nodes - 1}")
    return made
