"""Graphs out of files of any program: GraphML, GEXF and lists of edges; what is wrong is told by line or by node."""

from __future__ import annotations

from collections.abc import Callable
from os.path import isfile
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from analysis.edge_lists import read_edges
from graphgrow.errors import DataError, GraphError, SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.graph.interop import from_networkx as network_from
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.convert import WEIGHT, from_networkx

LISTS = (".csv", ".tsv", ".txt", ".edges", ".edgelist", ".el")


def read(path: str | Path, undirected: bool = False) -> Graph | Adjacency:
    """A graph file: .graphml, .gexf, or a list of edges (.csv, .tsv, .txt, .edges, .edgelist).

    GraphML that graphgrow wrote comes back as the network itself. A list of edges has two or three columns, source,
    target and weight, parted by commas, semicolons, tabs, bars or spaces, with or without a line of column names;
    further columns are left out where there is such a line, and Gephi's `Type` is heeded; lines that begin with # or %
    are comments. Nodes may be any text, in double quotes where it holds a separator. Lists of networkx (`0 1 {...}`)
    are read too.

    Parameters
    ----------
    undirected : read a list of edges as undirected; the other formats say so themselves.

    Raises
    ------
    DataError
        The file is missing, of another kind or damaged; the message names the line.
    SettingsError
        `undirected` for what is no list of edges.
    GraphError
        The graph in it cannot be measured: an edge twice, a weight that is no finite number.
    """
    at = Path(path)
    # os.path takes a folder without rights for a missing one, Path raises.
    if not isfile(at):
        raise DataError(
            f"{at}: expected a graph file or the folder of a run, found none: check the path and the rights to it"
        )
    suffix = at.suffix.lower()
    if suffix in LISTS:
        return read_edges(at, undirected)
    import networkx

    readers: dict[str, Callable[..., Any]] = {".graphml": networkx.read_graphml, ".gexf": networkx.read_gexf}
    if suffix not in readers:
        raise DataError(
            f"{at.name}: expected a file ending in {', '.join((*readers, *LISTS))}: convert it to one of these"
        )
    if undirected:
        raise SettingsError(f"undirected: {at.name} says itself whether its edges have directions: leave it out")
    try:
        made = readers[suffix](at)
    except OSError as error:
        raise DataError(f"{at}: cannot be read ({error.strerror or error}): check its rights") from error
    except (ParseError, networkx.NetworkXError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise DataError(f"{at.name}: is no {suffix[1:].upper()} that can be read ({reason}): write it again") from error
    if _is_ours(made):
        return network_from(made)
    try:
        return from_networkx(made, _weight(made))
    except GraphError as error:
        raise GraphError(f"{at.name}: {error}") from error


def _weight(graph: Any) -> str:
    """The edge attribute that holds the weights, in whatever case it is written."""
    told = {name for _, _, data in graph.edges(data=True) for name in data if str(name).lower() == WEIGHT}
    return WEIGHT if WEIGHT in told or not told else str(min(told))


def _is_ours(graph: Any) -> bool:
    """Whether graphgrow wrote the graph: only then do levels, roles and biases mean what they mean here."""
    return bool(
        graph.is_directed() and "next_id" in graph.graph and all("level" in data for _, data in graph.nodes.data())
    )
