"""How two measures of a network move with its growth, against randomised networks with the same levels and degrees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graphgrow.errors import GraphError
from graphgrow.graph import Graph
from graphgrow.measure.adjacency import Adjacency, of
from graphgrow.measure.clustering import mean_clustering, square_clustering
from graphgrow.measure.hierarchy import global_reaching_centrality
from graphgrow.measure.nulls import block_preserving
from graphgrow.measure.paths import path_lengths
from graphgrow.measure.trophic import trophic_incoherence
from graphgrow.rng import stream

NULLS = 5
"""Randomised networks per event."""
CLOUD = 20
"""Randomised networks of the last event, which are drawn."""
SOURCES = 256
"""Nodes from which paths are walked in larger networks."""
MOST_SQUARES = 2000
"""Nodes whose squares are counted in larger networks."""
LARGE = 50_000
"""Edges from which on there are fewer randomised networks."""


@dataclass(frozen=True, eq=False)
class Course:
    """Measures of a network by event, of randomised networks at the end, and which clustering they have.

    Attributes
    ----------
    course : columns event, clustering and path (ratios), and reachable: the share of pairs that a path joins.
    null : columns clustering and path.
    clustering : what it is called.
    """

    course: pd.DataFrame
    null: pd.DataFrame
    clustering: str


def small_world_course(graphs: Sequence[tuple[int, Graph]], seed: int = 0) -> Course | None:
    """Clustering and mean path of the skeleton over their means in randomised networks, event by event.

    Clustering is the mean over nodes of triangles, or of squares where randomised networks of the last event have no
    triangles, as on strictly layered ones. None where those have no squares either. NaN at events without a ratio.

    Parameters
    ----------
    graphs : number of the event and the network after it, in order.
    """
    found = [
        (name, measure)
        for name, measure in (("mean clustering", mean_clustering), ("mean square clustering", _squares))
        if any(measure(each) > 0 for each in _nulls(graphs[-1], NULLS, seed))
    ]
    if not found:
        return None
    name, measure = found[0]
    rows, cloud = [], np.zeros((0, 2))
    for at, (event, graph) in enumerate(graphs):
        drawn = _nulls((event, graph), CLOUD if at == len(graphs) - 1 else NULLS, seed)
        cloud = np.array([[measure(each), _path(each, seed)] for each in drawn])
        middle = cloud.mean(axis=0)
        walked = path_lengths(of(graph).skeleton, SOURCES, seed)
        own = np.array([measure(of(graph)), walked.mean])
        with np.errstate(divide="ignore", invalid="ignore"):
            rows.append([event, *np.where(middle > 0, own / middle, np.nan), walked.reachable])
            cloud = np.where(middle > 0, cloud / middle, np.nan)
    names = ["clustering", "path"]
    return Course(pd.DataFrame(rows, columns=["event", *names, "reachable"]), pd.DataFrame(cloud, columns=names), name)


def hierarchy_course(graphs: Sequence[tuple[int, Graph]], seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trophic incoherence and global reaching centrality along the edges, event by event, and of randomised networks.

    Columns event, incoherence and reaching of the network; incoherence and reaching of networks with the wiring of the
    last event randomised. NaN where a measure is undefined, as without edges.

    Parameters
    ----------
    graphs : number of the event and the network after it, in order.
    """
    names = ["incoherence", "reaching"]
    rows = [[event, *_ordered(of(graph))] for event, graph in graphs]
    cloud = [_ordered(each) for each in _nulls(graphs[-1], CLOUD, seed)]
    return pd.DataFrame(rows, columns=["event", *names]), pd.DataFrame(cloud, columns=names)


def _nulls(at: tuple[int, Graph], count: int, seed: int) -> Iterator[Adjacency]:
    """One after another, so that few are held; fewer of large networks, which vary less."""
    event, graph = at
    adjacency = of(graph)
    for number in range(max(2, min(count, count * LARGE // max(adjacency.edges, 1)))):
        yield block_preserving(adjacency, stream(seed, "figure null", event, number))


def _squares(graph: Adjacency) -> float:
    """Mean over nodes with edges; over an even choice of them where there are many."""
    joined = np.flatnonzero(graph.skeleton.degree)
    if not joined.size:
        return 0.0
    chosen = joined[np.linspace(0, joined.size - 1, min(joined.size, MOST_SQUARES)).astype(np.int64)]
    return float(square_clustering(graph, chosen).mean())


def _path(graph: Adjacency, seed: int) -> float:
    """Mean distance in the skeleton over joined pairs."""
    return path_lengths(graph.skeleton, SOURCES, seed).mean


def _ordered(graph: Adjacency) -> tuple[float, float]:
    return _or_nan(trophic_incoherence, graph), _or_nan(global_reaching_centrality, graph)


def _or_nan(measure: Callable[[Adjacency], float], graph: Adjacency) -> float:
    try:
        return measure(graph)
    except GraphError:
        return float("nan")
