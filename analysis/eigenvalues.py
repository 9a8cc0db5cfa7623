"""Spectra of a network: of the whole as an undirected graph, and of every block of weights between two levels."""

from __future__ import annotations

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph import Graph
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.pools import one_thread

MOST_NODES = 3000


def laplacian_spectrum(graph: Adjacency) -> Array:
    """float64 (joined nodes,) ascending, 0 to 2: eigenvalues of the symmetric normalised Laplacian of the skeleton.

    Nodes without edge take no part. 0 occurs once per connected piece; 2 only where a piece is bipartite, as is every
    network without edges that skip an even number of levels.

    Raises
    ------
    GraphError
        No edge, or more than 3,000 joined nodes: a whole spectrum of those takes too long.

    Source: Chung 1997.
    """
    skeleton = graph.skeleton
    joined = np.flatnonzero(skeleton.degree > 0)
    if not 0 < joined.size <= MOST_NODES:
        raise GraphError(f"spectrum: expected edges, and at most {MOST_NODES} nodes that have some, got {joined.size}")
    dense = np.zeros((skeleton.nodes,) * 2)
    dense[skeleton.row, skeleton.other] = 1.0
    scale = 1 / np.sqrt(skeleton.degree[joined])
    walk = dense[np.ix_(joined, joined)] * scale[:, None] * scale[None, :]
    with one_thread():
        values = np.linalg.eigvalsh(np.eye(joined.size) - walk)
    return np.clip(values, 0.0, 2.0)


def block_singular_values(graph: Graph, most_entries: int = 4_000_000) -> dict[str, Array]:
    """ "source level → target level" -> float64 (rank of the block,) descending: singular values of its weights.

    Only blocks with edges, in the order of levels; values that only rounding tells from 0 are left out. Blocks of more
    than `most_entries` possible edges are left out too.
    """
    wiring = graph.wiring
    made = {}
    for low, first in enumerate(wiring.levels.tolist()):
        for high, second in enumerate(wiring.levels.tolist()[low + 1 :], low + 1):
            edges = np.flatnonzero((wiring.rank[wiring.source] == low) & (wiring.rank[wiring.target] == high))
            rows, columns = (np.flatnonzero(wiring.rank == rank) for rank in (high, low))
            if not edges.size or rows.size * columns.size > most_entries:
                continue
            dense = np.zeros((rows.size, columns.size))
            at = np.searchsorted(rows, wiring.target[edges]), np.searchsorted(columns, wiring.source[edges])
            dense[at] = graph.weight[edges]
            with one_thread():
                values = np.linalg.svd(dense, compute_uv=False)
            floor = values.max(initial=0) * max(dense.shape) * np.finfo(graph.weight.dtype).eps
            made[f"{first} → {second}"] = values[values > floor]
    return made
