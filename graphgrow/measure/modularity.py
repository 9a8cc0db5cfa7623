"""Communities by the Leiden algorithm over several resolutions, and how far its runs agree."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError, SettingsError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.rng import stream

RESOLUTIONS = (0.5, 1.0, 2.0)


@dataclass(frozen=True, eq=False)
class Communities:
    """The best partition of several runs at one resolution.

    Attributes
    ----------
    resolution : above 1 favours small communities, below 1 large ones.
    membership : int64 (nodes,), community of each node, from 0 in the order of their first nodes.
    modularity : of this partition at this resolution.
    deviation : standard deviation of modularity over the runs.
    agreement : mean normalised mutual information over pairs of runs, 1 where all found the same partition; 1 for a
        single run. Where it is low, the communities are the algorithm's choice more than the graph's.
    runs : how many.
    """

    resolution: float
    membership: Array
    modularity: float
    deviation: float
    agreement: float
    runs: int

    @property
    def count(self) -> int:
        """Number of communities."""
        return int(self.membership.max(initial=-1)) + 1


def communities(
    graph: Adjacency,
    resolutions: Sequence[float] = RESOLUTIONS,
    runs: int = 5,
    seed: int = 0,
    weighted: bool = False,
    rounds: int = 10,
) -> tuple[Communities, ...]:
    """Partitions of the skeleton by Leiden, one a resolution; equal runs give equal bits.

    Parameters
    ----------
    runs : with random orders of their own, of which the partition of highest modularity is kept.
    weighted : whether an edge counts with |weight|; edges both ways add up.
    rounds : of the algorithm in each run; at a million edges a round takes seconds.

    Raises
    ------
    SettingsError
        A resolution that is not positive, or fewer than one run or round.

    Source: Traag 2019, as implemented in igraph; modularity with a resolution as in Reichardt 2006.
    """
    if min(runs, rounds) < 1 or not all(0 < each < np.inf for each in resolutions):
        raise SettingsError(
            "communities: expected runs and rounds of 1 or more and positive resolutions, got "
            f"{runs}, {rounds} and {tuple(resolutions)}: mend the one out of range"
        )
    first, second, weight = _undirected(graph, weighted)
    held = _igraph(graph.nodes, first, second)
    made = []
    for resolution in resolutions:
        draws = stream(seed, "communities", repr(float(resolution)))
        found = []
        for start in draws.integers(2**63, size=runs).tolist():
            with _private_random(start):
                parted = held.community_leiden(
                    objective_function="modularity",
                    weights=weight.tolist() if weighted else None,
                    resolution=resolution,
                    n_iterations=rounds,
                )
            found.append(_named(np.array(parted.membership, np.int64)))
        values = np.array([modularity(graph, each, resolution, weighted) for each in found])
        made.append(_best(found, values, resolution))
    return tuple(made)


def modularity(graph: Adjacency, membership: ArrayLike, resolution: float = 1.0, weighted: bool = False) -> float:
    """How many more edges of the skeleton lie inside communities than between the same degrees at random; at most 1.

    NaN where the graph has no edges, or only edges of weight 0.

    Parameters
    ----------
    membership : int (nodes,), any names of communities.
    weighted : whether an edge counts with |weight|; edges both ways add up.

    Raises
    ------
    GraphError
        Not one community a node.

    Source: Newman 2004; the resolution is that of Reichardt 2006. networkx counts a loop in, this leaves it out.
    """
    member = np.asarray(membership)
    if member.shape != (graph.nodes,):
        raise GraphError(f"modularity: expected {graph.nodes} communities, got shape {member.shape}: pass one a node")
    first, second, weight = _undirected(graph, weighted)
    total = float(weight.sum())
    if total <= 0:
        return float("nan")
    names, at = np.unique(member, return_inverse=True)
    inside = float(weight[at[first] == at[second]].sum()) / total
    ends = np.bincount(at[first], weight, names.size) + np.bincount(at[second], weight, names.size)
    return inside - resolution * float(((ends / (2 * total)) ** 2).sum())


def _undirected(graph: Adjacency, weighted: bool) -> tuple[Array, Array, Array]:
    """Edges of the skeleton once each, first node below second, with the size of their weights or 1."""
    if not weighted:
        skeleton = graph.skeleton
        once = skeleton.row < skeleton.other
        return skeleton.row[once], skeleton.other[once], np.ones(int(once.sum()))
    keep = graph.row != graph.other if graph.directed else graph.row < graph.other
    tail, head, size = graph.row[keep], graph.other[keep], np.abs(graph.values[keep])
    low, high = np.minimum(tail, head).astype(np.int64), np.maximum(tail, head)
    key, at = np.unique(low * graph.nodes + high, return_inverse=True)
    return key // max(graph.nodes, 1), key % max(graph.nodes, 1), np.bincount(at, size, minlength=key.size)


def _igraph(nodes: int, first: Array, second: Array) -> Any:
    """The same as an igraph.Graph."""
    import igraph

    # A list of pairs is what igraph reads fastest.
    return igraph.Graph(n=nodes, edges=list(zip(first.tolist(), second.tolist(), strict=True)), directed=False)


def _best(found: list[Array], values: Array, resolution: float) -> Communities:
    """The partition of highest modularity, with how far the runs agree."""
    import igraph

    best = int(np.argmax(values))
    pairs = [igraph.compare_communities(a.tolist(), b.tolist(), method="nmi") for a, b in combinations(found, 2)]
    agreement = float(np.mean(pairs)) if pairs and found[0].size else 1.0
    return Communities(resolution, found[best], float(values[best]), float(values.std()), agreement, len(found))


def _named(membership: Array) -> Array:
    """The same partition with communities numbered in the order of their first nodes."""
    _, first, at = np.unique(membership, return_index=True, return_inverse=True)
    number = np.empty(first.size, np.int64)
    number[np.argsort(first)] = np.arange(first.size)
    return number[at]


@contextmanager
def _private_random(seed: int) -> Iterator[None]:
    """Let igraph draw from a generator of our own; afterwards from Python's module `random` again, its default."""
    import igraph

    igraph.set_random_number_generator(random.Random(seed))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)
