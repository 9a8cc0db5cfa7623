"""Small worlds: clustered like a lattice and short of path like a random graph, against references of both kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.clustering import mean_clustering
from graphgrow.measure.nulls import block_preserving
from graphgrow.measure.paths import path_lengths
from graphgrow.rng import stream

NAN = float("nan")


@dataclass(frozen=True)
class SmallWorld:
    """Mean clustering and mean path length of a skeleton, of random graphs and of a lattice, and what follows.

    Attributes
    ----------
    clustering, length : of the skeleton; the length over pairs joined by a path.
    reachable : share of pairs joined by a path; NaN where there are no pairs.
    random_clustering, random_length : means over randomised graphs, NaN without any.
    lattice_clustering, lattice_length : of a ring lattice with as many nodes and edges; see `lattice`.
    nulls : how many randomised graphs.
    """

    clustering: float
    length: float
    reachable: float
    random_clustering: float
    random_length: float
    lattice_clustering: float
    lattice_length: float
    nulls: int

    @property
    def omega(self) -> float:
        """Random length over own, less own clustering over the lattice's: about -1 lattice, 0 small world, 1 random.

        Source: Telesford et al. 2011.
        """
        return _ratio(self.random_length, self.length) - _ratio(self.clustering, self.lattice_clustering)

    @property
    def index(self) -> float:
        """Product of two shares of the way: in length from lattice to random, in clustering from random to lattice.

        About 1 in a small world and 0 in a lattice and a random graph; below 0 or above 1 where a reference is passed.
        NaN where the lattice is not both longer and more clustered than the random graphs. Source: Neal 2017.
        """
        if not self._between:
            return NAN
        short = (self.lattice_length - self.length) / (self.lattice_length - self.random_length)
        return short * (self.clustering - self.random_clustering) / (self.lattice_clustering - self.random_clustering)

    @property
    def propensity(self) -> float:
        """1 less the root mean square of how far clustering misses the lattice's and length the random graphs'.

        Each miss is a share of the way between the references, held between 0 and 1. NaN as for `index`.
        Source: Muldoon, Bridgeford and Bassett 2016, without weights.
        """
        if not self._between:
            return NAN
        missed = np.array(
            [
                (self.lattice_clustering - self.clustering) / (self.lattice_clustering - self.random_clustering),
                (self.length - self.random_length) / (self.lattice_length - self.random_length),
            ]
        )
        return float(1 - np.sqrt(np.mean(np.clip(missed, 0, 1) ** 2)))

    @property
    def sigma(self) -> float:
        """Clustering over random clustering, over length over random length; NaN where random graphs do not cluster.

        Grows with the number of nodes and calls almost anything small: Neal 2017 advises against it; kept because it is
        much reported. Source: Humphries and Gurney 2008.
        """
        return _ratio(_ratio(self.clustering, self.random_clustering), _ratio(self.length, self.random_length))

    @property
    def _between(self) -> bool:
        """Whether there is a way from random to lattice in both; not where any of the four is NaN."""
        longer, closer = self.lattice_length > self.random_length, self.lattice_clustering > self.random_clustering
        return longer and closer and np.isfinite(self.length)


def small_world(
    graph: Adjacency, nulls: int = 10, samples: int | None = None, seed: int = 0, sweeps: float = 10
) -> SmallWorld:
    """Clustering and length of the skeleton beside their references.

    The random reference keeps levels and degrees (`nulls.block_preserving`), so that a layered network is compared with
    layered networks; on an undirected graph it keeps the degrees, as usual.

    Parameters
    ----------
    nulls : how many random references; 0 for none, which leaves what needs them NaN.
    samples : sources of the path lengths, of the references too; None for all.
    sweeps : of every random reference.

    Raises
    ------
    GraphError
        nulls is negative.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> ring = from_edges(20, range(20), [(node + 1) % 20 for node in range(20)], directed=False)
    >>> small_world(ring, nulls=0).length == lattice(20, 20)[1]
    True
    """
    if nulls < 0:
        raise GraphError(f"nulls: expected 0 or more, got {nulls}: use e.g. 10")
    length, reachable = _length(graph.skeleton, samples, seed)
    drawn = [block_preserving(graph, stream(seed, "small world", at), sweeps) for at in range(nulls)]
    pairs = np.array([(mean_clustering(each), _length(each.skeleton, samples, seed)[0]) for each in drawn])
    random_clustering, random_length = pairs.mean(axis=0).tolist() if nulls else (NAN, NAN)
    return SmallWorld(
        mean_clustering(graph),
        length,
        reachable,
        random_clustering,
        random_length,
        *lattice(graph.nodes, graph.skeleton.edges),
        nulls,
    )


def lattice(nodes: int, edges: int) -> tuple[float, float]:
    """Mean clustering and mean path length of a ring lattice, in which every node is joined to its nearest on the ring.

    Exact where all degrees can be equal and even, or the graph is complete. Between two such lattices both values are
    interpolated by the number of edges. NaN with fewer edges than nodes, where there is no ring, or less than 3 nodes.
    Source: Watts and Strogatz 1998; the clustering also where neighbourhoods meet behind the ring.

    Examples
    --------
    >>> clustering, length = lattice(1000, 5000)
    >>> round(clustering, 6), round(length, 5)
    (0.666667, 50.45045)
    """
    most = nodes * (nodes - 1) // 2
    if nodes < 3 or not nodes <= edges <= most:
        return NAN, NAN
    below = edges // nodes
    low = _ring(nodes, below)
    if below * nodes == edges:
        return low
    upper = min((below + 1) * nodes, most)
    part = (edges - below * nodes) / (upper - below * nodes)
    high = _ring(nodes, below + 1)
    return (1 - part) * low[0] + part * high[0], (1 - part) * low[1] + part * high[1]


def _ring(nodes: int, reach: int) -> tuple[float, float]:
    """Of the lattice with 2 reach neighbours a node."""
    if 2 * reach >= nodes - 1:
        return 1.0, 1.0
    # Ordered pairs of joined neighbours: those that meet on one side of the ring, and those that close it all round.
    behind = max(3 * reach - nodes + 2, 0)
    joined = 3 * reach * (reach - 1) + behind * (behind - 1)
    step = np.arange(1, nodes)
    length = np.ceil(np.minimum(step, nodes - step) / reach).mean()
    return joined / (2 * reach * (2 * reach - 1)), float(length)


def _length(graph: Adjacency, samples: int | None, seed: int) -> tuple[float, float]:
    """Mean path over the pairs joined by one, and their share."""
    found = path_lengths(graph, samples, seed)
    return found.mean, found.reachable


def _ratio(over: float, under: float) -> float:
    return over / under if under > 0 else NAN
