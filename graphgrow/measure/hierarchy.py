"""How far edges agree on one direction: reaching centrality, trophic levels, flow hierarchy, orderability."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure import triads
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.paths import path_lengths, path_sums
from graphgrow.measure.reach import Condensation, condensation, reached, reached_among
from graphgrow.measure.trophic import levine_levels, trophic_incoherence, trophic_levels
from graphgrow.rng import stream

__all__ = [
    "Reaching",
    "feedforwardness",
    "flow_hierarchy",
    "global_reaching_centrality",
    "levine_levels",
    "local_reaching_centrality",
    "orderability",
    "sampled_reaching",
    "strictly_layered",
    "trophic_incoherence",
    "trophic_levels",
    "whole_reaching",
]

# Nodes drawn at random, by which those that reach most are told from others.
MARKS = 1024
# Kinds of paths by length and weight that feedforwardness follows at most.
KINDS = 500_000


@dataclass(frozen=True)
class Reaching:
    """Global reaching centrality, and what it was made of.

    Attributes
    ----------
    value : mean shortfall from the largest local reaching centrality, over nodes - 1.
    error : standard error from the mean; 0 where all nodes were counted.
    largest, mean : of the local centralities.
    whole : whether `largest` is the graph's own, and not only that of the nodes walked.
    """

    value: float
    error: float
    largest: float
    mean: float
    whole: bool


def local_reaching_centrality(graph: Adjacency) -> Array:
    """float64 (nodes,): the share of other nodes that each reaches along directed edges; undirected: near ones more.

    As networkx without weights: in an undirected graph every other node counts 1 / distance, not 1. A graph without
    edges has 0 everywhere, where networkx raises. Turn the graph round (`graph.reversed`) for the other direction.

    Raises
    ------
    GraphError
        Fewer than two nodes: there is no other node.

    Source: Mones, Vicsek, Vicsek 2012.
    """
    _two(graph, "reaching centrality")
    if graph.directed:
        return reached(graph) / (graph.nodes - 1)
    return path_sums(graph, np.arange(graph.nodes)).inverse / (graph.nodes - 1)


def global_reaching_centrality(graph: Adjacency) -> float:
    """Sum over nodes of the largest local reaching centrality less the node's own, over nodes - 1.

    1 for a star that points outward, 0 where all nodes reach equally many.

    Raises
    ------
    GraphError
        Fewer than two nodes.

    Source: Mones, Vicsek, Vicsek 2012.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> global_reaching_centrality(from_edges(3, [0, 0, 2], [1, 2, 1]))
    0.75
    """
    return whole_reaching(graph).value


def whole_reaching(graph: Adjacency) -> Reaching:
    """Global reaching centrality with what it was made of, every node counted.

    Raises
    ------
    GraphError
        Fewer than two nodes.
    """
    local = local_reaching_centrality(graph)
    value = float((local.max() - local).sum() / (graph.nodes - 1))
    return Reaching(value, 0.0, float(local.max()), float(local.mean()), True)


def sampled_reaching(graph: Adjacency, samples: int, seed: int = 0) -> Reaching:
    """Global reaching centrality of a directed graph with the mean from sampled sources.

    The largest reach is that of a node, or a cycle, that no edge enters. Up to `samples` of them all are walked; of
    more, those that reach most of MARKS nodes drawn at random, and the value is then too small by what the best of the
    others may reach more.

    Raises
    ------
    GraphError
        Fewer than two nodes, fewer than two samples, or an undirected graph.
    """
    _two(graph, "reaching centrality")
    _directed(graph, "sampled reaching centrality")
    roots = _roots(graph)
    walked = roots if roots.size <= samples else _promising(graph, roots, samples, seed)
    largest = float(path_sums(graph, walked).reached.max()) / (graph.nodes - 1)
    paths = path_lengths(graph, samples, seed)
    scale = graph.nodes / (graph.nodes - 1)
    return Reaching(
        scale * (largest - paths.reachable),
        scale * paths.reachable_error,
        largest,
        paths.reachable,
        walked.size == roots.size,
    )


def _roots(graph: Adjacency) -> Array:
    """int64 (roots,): a node of every strongly connected part that no edge enters."""
    whole = condensation(graph)
    entered = np.zeros(whole.parts, bool)
    entered[whole.other[whole.row != whole.other]] = True
    one = np.empty(whole.parts, np.int64)
    one[whole.part] = np.arange(graph.nodes)
    roots: Array = one[~entered]
    return roots


def _promising(graph: Adjacency, roots: Array, count: int, seed: int) -> Array:
    """The roots that reach most of some nodes drawn at random."""
    marked = np.zeros(graph.nodes, bool)
    marked[stream(seed, "reach marks").choice(graph.nodes, min(MARKS, graph.nodes), replace=False)] = True
    best = np.argsort(-reached_among(graph, marked)[roots], kind="stable")[:count]
    return np.sort(roots[best])


def strictly_layered(graph: Adjacency) -> bool:
    """Whether there are edges and all lead from a stage to the very next: much is then constant by construction."""
    return bool(graph.entries) and triads.strictly_layered(graph, by_depth=True)


def flow_hierarchy(graph: Adjacency, weighted: bool = False) -> float:
    """Share of edges, or of their weight, that lie on no cycle; 1 for every acyclic graph.

    Raises
    ------
    GraphError
        The graph is undirected, or has no edges, or weights that sum to 0.

    Source: Luo and Magee 2011.
    """
    _directed(graph, "flow hierarchy")
    worth = graph.values if weighted else np.ones(graph.entries)
    if not worth.sum():
        raise GraphError("flow hierarchy: expected edges whose weights do not sum to 0, got none: use weighted=False")
    part = condensation(graph).part
    inside = part[graph.row] == part[graph.other]
    return float(1 - worth[inside].sum() / worth.sum())


def orderability(graph: Adjacency) -> float:
    """Share of nodes that lie on no cycle with another node; 1 for every acyclic graph.

    Raises
    ------
    GraphError
        The graph is undirected or has no node.

    Source: Corominas-Murtra, Goni, Sole, Rodriguez-Caso 2013.
    """
    _directed(graph, "orderability")
    if not graph.nodes:
        raise GraphError("orderability: expected nodes, got none: add one")
    return float(np.count_nonzero(condensation(graph).size == 1) / graph.nodes)


def feedforwardness(graph: Adjacency) -> float:
    """Mean, over all paths of the condensed graph that begin where no edge enters, of parts / nodes on the path.

    A path counts as often as it can be walked, whichever part it ends in, but has one edge at least. 1 for every
    acyclic graph; cycles near the beginning lower it most, since most paths pass through them.

    Raises
    ------
    GraphError
        The graph is undirected; its parts are not joined, so that there is no path; or paths of more than KINDS lengths
        and weights would have to be told apart.

    Source: Corominas-Murtra, Goni, Sole, Rodriguez-Caso 2013.

    Examples
    --------
    >>> from graphgrow.measure.adjacency import from_edges
    >>> feedforwardness(from_edges(3, [0, 1, 1], [1, 0, 2]))
    0.6666666666666666
    """
    _directed(graph, "feedforwardness")
    whole = condensation(graph)
    between = whole.row != whole.other
    if not between.any():
        raise GraphError("feedforwardness: expected an edge between two parts, got none: there is no path to look at")
    if int(whole.size.max()) == 1:
        return 1.0
    total, ways = _walked(whole, whole.row[between], whole.other[between])
    return float(total / ways)


def _walked(whole: Condensation, row: Array, other: Array) -> tuple[Fraction, int]:
    """Sum of parts / nodes over all paths, and how many there are."""
    following: list[list[int]] = [[] for _ in range(whole.parts)]
    entered = np.zeros(whole.parts, bool)
    entered[other] = True
    for before, after in zip(row.tolist(), other.tolist(), strict=True):
        following[before].append(after)
    # For each part: how many paths from a beginning end here, by parts and nodes on them.
    ending: list[dict[tuple[int, int], int]] = [{} for _ in range(whole.parts)]
    seen: dict[tuple[int, int], int] = {}
    kinds = 0
    for part, size in enumerate(whole.size.tolist()):
        if not entered[part]:
            ending[part] = {(1, size): 1}
        kinds += len(ending[part]) * len(following[part])
        if kinds > KINDS:
            raise GraphError(f"feedforwardness: paths of more than {KINDS} kinds: measure a smaller graph")
        for after in following[part]:
            more = int(whole.size[after])
            for (parts, nodes), ways in ending[part].items():
                key = parts + 1, nodes + more
                ending[after][key] = ending[after].get(key, 0) + ways
        if entered[part]:
            for key, ways in ending[part].items():
                seen[key] = seen.get(key, 0) + ways
        ending[part] = {}
    return sum((Fraction(ways * key[0], key[1]) for key, ways in seen.items()), Fraction(0)), sum(seen.values())


def _two(graph: Adjacency, what: str) -> None:
    if graph.nodes < 2:
        raise GraphError(f"{what}: expected two nodes or more, got {graph.nodes}: there is no other node to reach")


def _directed(graph: Adjacency, what: str) -> None:
    if not graph.directed:
        raise GraphError(f"{what}: expected a directed graph, got an undirected one: give its edges directions")
