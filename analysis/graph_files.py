"""Graphs out of files of any program: GraphML, GEXF and lists of edges; what is wrong is told by line or by node."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
import pandas as pd

from graphgrow.errors import DataError, GraphError
from graphgrow.graph.graph import Graph
from graphgrow.graph.interop import from_networkx as network_from
from graphgrow.measure.adjacency import Adjacency, from_edges
from graphgrow.measure.convert import from_networkx

LISTS = (".csv", ".tsv", ".txt", ".edges", ".edgelist", ".el")
SOURCES, TARGETS, WEIGHTS = ("source", "from", "tail"), ("target", "to", "head"), ("weight", "value")


def read(path: str | Path, undirected: bool = False) -> Graph | Adjacency:
    """A graph file: .graphml, .gexf, or a list of edges (.csv, .tsv, .txt, .edges, .edgelist).

    GraphML that graphgrow wrote comes back as the network itself. A list of edges has two or three columns, source,
    target and weight, parted by commas, semicolons, tabs or spaces, with or without a line of column names; further
    columns are left out where there is such a line; lines that begin with # or % are comments. Nodes may be any text.

    Parameters
    ----------
    undirected : read a list of edges as undirected; the other formats say so themselves.

    Raises
    ------
    DataError
        The file is missing, of another kind or damaged; the message names the line.
    GraphError
        The graph in it cannot be measured: an edge twice, a weight that is no finite number.
    """
    at = Path(path)
    if not at.is_file():
        raise DataError(f"{at}: expected a graph file or the folder of a run, found none: check the path")
    suffix = at.suffix.lower()
    if suffix in LISTS:
        return _edge_list(at, undirected)
    import networkx

    readers: dict[str, Callable[..., Any]] = {".graphml": networkx.read_graphml, ".gexf": networkx.read_gexf}
    if suffix not in readers:
        raise DataError(
            f"{at.name}: expected a file ending in {', '.join((*readers, *LISTS))}: convert it to one of these"
        )
    try:
        made = readers[suffix](at)
    except (ParseError, networkx.NetworkXError, ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{at.name}: is no complete {suffix[1:].upper()} file ({reason}): write it again") from error
    return network_from(made) if _is_ours(made) else from_networkx(made)


def _is_ours(graph: Any) -> bool:
    """Whether graphgrow wrote the graph: only then do levels, roles and biases mean what they mean here."""
    return bool(
        graph.is_directed() and "next_id" in graph.graph and all("level" in data for _, data in graph.nodes.data())
    )


def _edge_list(path: Path, undirected: bool) -> Adjacency:
    lines = _lines(path)
    if not len(lines):
        return from_edges(0, [], [], directed=not undirected)
    cells, names = _columns(path, lines)
    source, target = (cells[name] for name in names[:2])
    weight = _numbers(path, cells, names[2]) if len(names) > 2 else None
    for column in (source, target):
        if (lacking := (column == "") | column.isna()).any():
            raise DataError(
                f"{path.name}, line {_line(cells, lacking)}: expected a source and a target, got one: complete it"
            )
    rows, known = pd.factorize(pd.concat([source, target], ignore_index=True))
    first, second = rows[: len(source)], rows[len(source) :]
    _refuse_twice(path, cells, first, second, undirected)
    return from_edges(len(known), first, second, weight, not undirected, names=[_name(text) for text in known])


def _lines(path: Path) -> pd.Series[str]:
    """The lines with something in them, by their number in the file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise DataError(f"{path.name}: cannot be read as text ({error}): save it as UTF-8") from error
    lines = pd.Series(text.splitlines(), dtype="str")
    lines.index += 1
    lines = lines.str.strip()
    kept: pd.Series[str] = lines[(lines != "") & ~lines.str.startswith(("#", "%"))]
    return kept


def _columns(path: Path, lines: pd.Series[str]) -> tuple[pd.DataFrame, list[str]]:
    """The cells by line number, and the names of the columns for source, target and, where there is one, weight."""
    first = str(lines.iloc[0])
    separator = next((mark for mark in (",", ";", "\t") if mark in first), None)
    cells = lines.str.split(separator, expand=True)
    cells = cells.apply(lambda column: column.str.strip().str.strip('"'))
    head = [str(cell).lower() for cell in cells.iloc[0]]
    ends = [next((name for name in known if name in head), None) for known in (SOURCES, TARGETS)]
    if all(end is not None for end in ends):
        cells.columns = pd.Index(head)
        names = [*map(str, ends), *[name for name in WEIGHTS if name in head][:1]]
        return cells.iloc[1:], names
    width = cells.shape[1]
    if width not in (2, 3):
        raise DataError(
            f"{path.name}, line {lines.index[0]}: expected source, target and perhaps a weight, got {width} columns: "
            "name them in a first line: source,target,weight"
        )
    cells.columns = pd.Index(["source", "target", "weight"][:width])
    return cells, list(cells.columns)


def _numbers(path: Path, cells: pd.DataFrame, name: str) -> np.ndarray:
    """float64 (edges,): the weights; one that is missing or no number is an error, never 1."""
    made: np.ndarray = pd.to_numeric(cells[name], errors="coerce").to_numpy(np.float64)
    if not (good := np.isfinite(made)).all():
        line = _line(cells, ~good)
        raise DataError(
            f"{path.name}, line {line}: weight {cells[name][line]!r}: expected a finite number: mend that line"
        )
    return made


def _refuse_twice(path: Path, cells: pd.DataFrame, first: np.ndarray, second: np.ndarray, undirected: bool) -> None:
    ends = pd.DataFrame({"a": first, "b": second}, index=cells.index)
    if undirected:
        ends = pd.DataFrame({"a": ends.min(axis=1), "b": ends.max(axis=1)})
    if (twice := ends.duplicated()).any():
        line = _line(cells, twice)
        raise GraphError(f"{path.name}, line {line}: this edge was given before: merge the two into one")


def _line(cells: pd.DataFrame, bad: Any) -> int:
    """Number of the first line where `bad` holds."""
    return int(cells.index[int(np.argmax(np.asarray(bad)))])


def _name(text: str) -> str | int:
    """Whole numbers as such, so that nodes are called what they are called in a network's ids."""
    return int(text) if text.isascii() and text.isdigit() and str(int(text)) == text else text
