"""Graphs to and from networkx, igraph, scipy and GraphML; what graphgrow wrote comes back bit for bit.

Neurons carry level, role, activation (names as text), bias, born and parent, edges weight and born, the graph next_id
and dtype. A graph from elsewhere may lack any of them: levels are then longest paths from the sources; level 0 is input
and neurons without out-edges are output (an isolated node is thus an input that nothing reads); activations are relu,
on inputs and outputs identity; weights 1, biases 0; ids count up in the order of the nodes, and the weights are
float64. `parent` is read only along with next_id, since it is an id.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
from numpy.typing import DTypeLike

from graphgrow.arrays import Array, Json
from graphgrow.errors import GraphError
from graphgrow.graph.columns import name_of
from graphgrow.graph.graph import Graph
from graphgrow.graph.matrices import from_scipy, to_scipy
from graphgrow.graph.table import Table
from graphgrow.graph.wiring import Activation, Role

__all__ = [
    "from_igraph",
    "from_networkx",
    "from_scipy",
    "read_graphml",
    "to_igraph",
    "to_networkx",
    "to_scipy",
    "write_graphml",
]

NEURON_ATTRIBUTES = ("level", "role", "activation", "bias", "born", "parent")
EDGE_ATTRIBUTES = ("weight", "born")


def to_networkx(graph: Graph) -> Any:
    """The graph as networkx.DiGraph; a node is the neuron's id."""
    import networkx

    wiring = graph.wiring
    made = networkx.DiGraph(**_graph_attributes(graph))
    neurons, edges = _neuron_columns(graph), _edge_columns(graph)
    names = list(neurons)
    made.add_nodes_from(
        (node, dict(zip(names, values, strict=True)))
        for node, *values in zip(wiring.id.tolist(), *neurons.values(), strict=True)
    )
    made.add_edges_from(
        (source, target, {"weight": weight, "born": born})
        for source, target, weight, born in zip(
            wiring.id[wiring.source].tolist(),
            wiring.id[wiring.target].tolist(),
            edges["weight"],
            edges["born"],
            strict=True,
        )
    )
    return made


def from_networkx(graph: Any, dtype: DTypeLike | None = None) -> Graph:
    """A graph out of any networkx.DiGraph; the module says what missing attributes become.

    Parameters
    ----------
    dtype : of the weights; by default the graph's attribute dtype, else float64.

    Raises
    ------
    GraphError
        The graph is undirected, has a cycle, an edge twice, a weight that is not finite, or an attribute that cannot be
        read; the message names the nodes.
    """
    if not graph.is_directed():
        raise GraphError("expected a directed graph, got an undirected one: direct its edges, e.g. as networkx.DiGraph")
    names = list(graph.nodes)
    at = {name: row for row, name in enumerate(names)}
    edges = list(graph.edges(data=True))
    neuron = {
        name: [data.get(name) for _, data in graph.nodes(data=True)]
        for name in NEURON_ATTRIBUTES
        if any(name in data for _, data in graph.nodes(data=True))
    }
    return Table(
        names=names,
        source=np.array([at[source] for source, _, _ in edges], np.int64),
        target=np.array([at[target] for _, target, _ in edges], np.int64),
        neuron=neuron,
        edge={name: [data.get(name) for _, _, data in edges] for name in EDGE_ATTRIBUTES},
        next_id=graph.graph.get("next_id"),
        dtype=graph.graph.get("dtype") if dtype is None else dtype,
    ).graph()


def to_igraph(graph: Graph) -> Any:
    """The graph as a directed igraph.Graph; vertices are rows, with the id in `id` and, as text, in `name`."""
    import igraph

    wiring = graph.wiring
    neurons = {"id": wiring.id.tolist(), "name": [str(item) for item in wiring.id.tolist()], **_neuron_columns(graph)}
    return igraph.Graph(
        n=wiring.neurons,
        edges=list(zip(wiring.source.tolist(), wiring.target.tolist(), strict=True)),
        directed=True,
        graph_attrs=_graph_attributes(graph),
        vertex_attrs=neurons,
        edge_attrs=_edge_columns(graph),
    )


def from_igraph(graph: Any, dtype: DTypeLike | None = None) -> Graph:
    """A graph out of any directed igraph.Graph, as `from_networkx`; messages use the vertex attribute `name` if there.

    Raises
    ------
    GraphError
        As `from_networkx`.
    """
    if not graph.is_directed():
        raise GraphError("expected a directed graph, got an undirected one: direct its edges, e.g. Graph.as_directed")
    known = "next_id" in graph.attributes() and "id" in graph.vs.attributes()
    label = "id" if known else "name"
    names = graph.vs[label] if label in graph.vs.attributes() else list(range(graph.vcount()))
    ends = np.array(graph.get_edgelist(), np.int64).reshape(-1, 2)
    given = graph["dtype"] if "dtype" in graph.attributes() else None
    return Table(
        names=names,
        source=ends[:, 0],
        target=ends[:, 1],
        neuron={name: graph.vs[name] for name in NEURON_ATTRIBUTES if name in graph.vs.attributes()},
        edge={name: graph.es[name] for name in EDGE_ATTRIBUTES if name in graph.es.attributes()},
        next_id=graph["next_id"] if known else None,
        dtype=given if dtype is None else dtype,
    ).graph()


def write_graphml(graph: Graph, path: str | Path) -> None:
    """Write the graph as GraphML; the file appears complete or not at all.

    Raises
    ------
    GraphError
        The folder is missing or cannot be written.
    """
    import networkx

    place = Path(path)
    partial = place.parent / f".{place.name}.{os.getpid()}"
    try:
        with partial.open("wb") as file:
            networkx.write_graphml_xml(to_networkx(graph), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, place)
    except OSError as error:
        raise GraphError(f"{place}: cannot be written ({error.strerror}): make the folder or choose another") from error
    finally:
        partial.unlink(missing_ok=True)


def read_graphml(path: str | Path, dtype: DTypeLike | None = None) -> Graph:
    """A graph out of a GraphML file, ours or from elsewhere; see `from_networkx`.

    Raises
    ------
    GraphError
        The file is missing, is not GraphML, or `from_networkx` refuses the graph in it.
    """
    import networkx

    try:
        read = networkx.read_graphml(path)
    except OSError as error:
        raise GraphError(f"{path}: cannot be read ({error.strerror}): check the path") from error
    except (ParseError, networkx.NetworkXError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise GraphError(f"{path}: is no complete GraphML file ({reason}): write it again") from error
    return from_networkx(read, dtype)


def _graph_attributes(graph: Graph) -> dict[str, Json]:
    return {"next_id": graph.wiring.next_id, "dtype": str(graph.weight.dtype)}


def _neuron_columns(graph: Graph) -> dict[str, list[Any]]:
    """Attributes of the neurons, row by row, as plain numbers and names."""
    wiring = graph.wiring
    return {
        "level": wiring.level.tolist(),
        "role": [name_of(Role(code)) for code in wiring.role.tolist()],
        "activation": [name_of(Activation(code)) for code in wiring.activation.tolist()],
        "bias": graph.bias.tolist(),
        "born": wiring.neuron_born.tolist(),
        "parent": wiring.parent.tolist(),
    }


def _edge_columns(graph: Graph) -> dict[str, Array | list[Any]]:
    return {"weight": graph.weight.tolist(), "born": graph.wiring.edge_born.tolist()}
