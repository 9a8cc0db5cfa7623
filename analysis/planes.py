"""How two measures of a network move with its growth, against randomised networks with the same levels and degrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from graphgrow.measure.clustering import mean_clustering, square_clustering
from graphgrow.measure.hierarchy import global_reaching_centrality
from graphgrow.measure.nulls import block_preserving
from graphgrow.measure.paths import path_lengths
from graphgrow.measure.trophic import trophic_incoherence

from graphgrow.errors import GraphError
from graphgrow.graph import Graph
from graphgrow.measure.adjacency import Adjacency, of
from graphgrow.rng import stream

NULLS = 5
"""Randomised networks per event."""
CLOUD = 20
"""Randomised networks of the last event, which are drawn."""
SOURCES = 256
"""Nodes from which paths are walked in larger networks."""


@dataclass(frozen=True, eq=False)
class Course:
    """Columns event, clustering and path of the network; clustering and path of randomised ones; which clustering."""

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
    drawn = [[*_nulls(of(graph), _count(at, graphs), event, seed)] for at, (event, graph) in enumerate(graphs)]
    for name, measure in (("mean clustering", mean_clustering), ("mean square clustering", _squares)):
        if np.mean([measure(each) for each in drawn[-1]]) > 0:
            break
    else:
        return None
    rows = []
    cloud = np.zeros((0, 2))
    for (event, graph), nulls in zip(graphs, drawn, strict=True):
        cloud = np.array([[measure(each), _path(each, seed)] for each in nulls])
        middle = cloud.mean(axis=0)
        own = np.array([measure(of(graph)), _path(of(graph), seed)])
        with np.errstate(divide="ignore", invalid="ignore"):
            rows.append([event, *np.where(middle > 0, own / middle, np.nan)])
            cloud = np.where(middle > 0, cloud / middle, np.nan)
    names = ["clustering", "path"]
    return Course(pd.DataFrame(rows, columns=["event", *names]), pd.DataFrame(cloud, columns=names), name)


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
    event, last = graphs[-1]
    cloud = [_ordered(each) for each in _nulls(of(last), CLOUD, event, seed)]
    return pd.DataFrame(rows, columns=["event", *names]), pd.DataFrame(cloud, columns=names)


def _count(at: int, graphs: Sequence[tuple[int, Graph]]) -> int:
    return CLOUD if at == len(graphs) - 1 else NULLS


def _nulls(graph: Adjacency, count: int, event: int, seed: int) -> list[Adjacency]:
    return [block_preserving(graph, stream(seed, "figure null", event, number)) for number in range(count)]


def _squares(graph: Adjacency) -> float:
    """Mean over nodes with edges."""
    values = square_clustering(graph)
    joined = graph.skeleton.degree > 0
    return float(values[joined].mean()) if joined.any() else 0.0


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
