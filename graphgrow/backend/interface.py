"""What networkx loads as the backend: the conversions, what runs here, and the functions by their networkx names."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, pairwise
from typing import Any

import numpy as np

from graphgrow.backend.clustering import average_clustering, clustering, square_clustering, transitivity, triangles
from graphgrow.backend.held import Held, numbers
from graphgrow.backend.katz import katz_centrality, katz_centrality_numpy
from graphgrow.backend.paths import average_shortest_path_length, global_efficiency, single_source_shortest_path_length
from graphgrow.backend.reaching import flow_hierarchy, global_reaching_centrality, local_reaching_centrality
from graphgrow.backend.trophic import trophic_differences, trophic_incoherence_parameter, trophic_levels
from graphgrow.graph.graph import Graph
from graphgrow.measure.adjacency import Adjacency

__all__ = [
    "average_clustering",
    "average_shortest_path_length",
    "can_run",
    "clustering",
    "convert_from_nx",
    "convert_to_nx",
    "flow_hierarchy",
    "global_efficiency",
    "global_reaching_centrality",
    "katz_centrality",
    "katz_centrality_numpy",
    "local_reaching_centrality",
    "should_run",
    "single_source_shortest_path_length",
    "square_clustering",
    "transitivity",
    "triangles",
    "trophic_differences",
    "trophic_incoherence_parameter",
    "trophic_levels",
]

# Below this many nodes networkx is done before a graph is converted.
SMALL = 50
# What one node asks for costs networkx less than the conversion of the whole graph.
LOCAL = {"local_reaching_centrality", "single_source_shortest_path_length"}
LOCAL_FOR_ONE = {"clustering", "square_clustering", "triangles"}


def convert_from_nx(
    graph: Any,
    *,
    edge_attrs: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, Any] | None = None,
    preserve_edge_attrs: bool = False,
    preserve_node_attrs: bool = False,
    preserve_graph_attrs: bool = False,
    name: str | None = None,
    graph_name: str | None = None,
) -> Held:
    """Any networkx graph as arrays, with the edge attributes that the function asks for.

    Raises
    ------
    NotImplementedError
        An attribute that is to be a number is none; networkx then does the work itself.
    """
    if isinstance(graph, Held):
        return graph
    names, multigraph = list(graph), graph.is_multigraph()
    at = {node: row for row, node in enumerate(names)}
    rows = [neighbours for _, neighbours in graph.adjacency()]
    pointer = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    entries = int(pointer[-1])
    wanted = multigraph or edge_attrs or preserve_edge_attrs is True
    held = list(chain.from_iterable(row.values() for row in rows)) if wanted else []
    first = np.cumsum([0, *map(len, held)]).astype(np.int64) if multigraph else None
    edges = list(chain.from_iterable(parallel.values() for parallel in held)) if multigraph else held
    return Held(
        names=names,
        pointer=pointer,
        other=np.fromiter(map(at.__getitem__, chain.from_iterable(rows)), np.int32, entries),
        directed=graph.is_directed(),
        multigraph=multigraph,
        first=first,
        columns={
            key: numbers((edge.get(key, default) for edge in edges), len(edges), key)
            for key, default in (edge_attrs or {}).items()
        },
        data=[dict(entry) for entry in held] if preserve_edge_attrs is True else None,
        node_data=_node_data(graph, node_attrs, preserve_node_attrs),
        graph_data=dict(graph.graph) if preserve_graph_attrs else {},
    )


def _node_data(graph: Any, wanted: Mapping[str, Any] | None, everything: bool) -> list[dict[Any, Any]] | None:
    if everything:
        return [dict(data) for _, data in graph.nodes(data=True)]
    if wanted:
        return [{key: data.get(key, default) for key, default in wanted.items()} for _, data in graph.nodes(data=True)]
    return None


def convert_to_nx(graph: Any, *, name: str | None = None) -> Any:
    """Our graphs as networkx graphs; anything else, such as a function's result, as it is."""
    if isinstance(graph, Graph):
        from graphgrow.graph.interop import to_networkx

        return to_networkx(graph)
    if isinstance(graph, Adjacency):
        from graphgrow.measure.convert import to_networkx as view

        return view(graph)
    return _networkx(graph) if isinstance(graph, Held) else graph


def _networkx(graph: Held) -> Any:
    import networkx

    kinds = {
        (False, False): networkx.Graph,
        (True, False): networkx.DiGraph,
        (False, True): networkx.MultiGraph,
        (True, True): networkx.MultiDiGraph,
    }
    made = kinds[graph.directed, graph.multigraph]()
    made.graph.update(graph.graph_data)
    made.add_nodes_from(zip(graph.names, graph.node_data or [{}] * len(graph), strict=True))
    data = graph.data if graph.data is not None else _from_columns(graph)
    for source, target, held in zip(graph.row.tolist(), graph.other.tolist(), data, strict=True):
        first, second = graph.names[source], graph.names[target]
        if not graph.directed and made.has_edge(first, second):
            continue
        if graph.multigraph:
            made.add_edges_from((first, second, key, attributes) for key, attributes in held.items())
        else:
            made.add_edge(first, second, **held)
    return made


def _from_columns(graph: Held) -> list[dict[Any, Any]]:
    """What networkx holds at every entry, out of the columns; parallel edges are numbered anew."""
    columns = {name: values.tolist() for name, values in graph.columns.items()}
    edges = [{name: values[edge] for name, values in columns.items()} for edge in range(graph.parallel)]
    if graph.first is None:
        return edges
    borders = graph.first.tolist()
    return [dict(enumerate(edges[low:high])) for low, high in pairwise(borders)]


def can_run(name: str, args: Any, kwargs: Any) -> bool:
    """Whether a function runs here: all that stand here take every argument that networkx takes."""
    return name in __all__


def should_run(name: str, args: Any, kwargs: Any) -> bool | str:
    """Whether a networkx graph is worth its conversion, or why not."""
    graph = args[0] if args else kwargs.get("G")
    if getattr(graph, "__networkx_backend__", "networkx") == "graphgrow":
        return True
    if len(graph) < SMALL:
        return f"a graph of fewer than {SMALL} nodes is done before it is converted"
    cache = getattr(graph, "__networkx_cache__", None) or {}
    nodes = args[1] if len(args) > 1 else kwargs.get("nodes")
    local = name in LOCAL or (name in LOCAL_FOR_ONE and nodes is not None and nodes in graph)
    if local and not cache.get("backends", {}).get("graphgrow"):
        return "what one node asks for costs less than converting the whole graph"
    return True
