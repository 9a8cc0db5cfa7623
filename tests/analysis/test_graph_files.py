"""Graph files of any program: what they hold comes in whole, and what is wrong is named by its line."""

from __future__ import annotations

from pathlib import Path

import networkx
import numpy as np
import pytest

from analysis.graph_files import read
from graphgrow.errors import DataError, GraphError
from graphgrow.graph.builders import layered
from graphgrow.graph.graph import Graph
from graphgrow.graph.interop import write_graphml
from graphgrow.measure.adjacency import Adjacency


def write(folder: Path, text: str, name: str = "graph.csv") -> Path:
    made = folder / name
    made.write_text(text, encoding="utf-8")
    return made


def edges(graph: object) -> list[tuple[object, object, float]]:
    assert isinstance(graph, Adjacency)
    names = list(graph.names or range(graph.nodes))
    return [(names[a], names[b], w) for a, b, w in zip(graph.row, graph.other, graph.values.tolist(), strict=True)]


@pytest.mark.parametrize(
    "text",
    [
        "a,b,2\nb,c,-1.5\n",
        "a b 2\n\n# a comment\nb   c -1.5",
        "source,target,weight\na,b,2\nb,c,-1.5\n",
        "kind;from;to;value\nx;a;b;2\nx;b;c;-1.5\n",
        "a\tb\t2\r\nb\tc\t-1.5\r\n",
        '\ufeff"source","target","weight"\n"a","b","2"\n"b","c","-1.5"\n',
    ],
)
def test_lists_of_edges_come_in_whichever_way_they_are_written(tmp_path: Path, text: str) -> None:
    assert edges(read(write(tmp_path, text))) == [("a", "b", 2.0), ("b", "c", -1.5)]


def test_weights_and_directions_are_optional(tmp_path: Path) -> None:
    plain = read(write(tmp_path, "1 2\n2 3\n", "graph.edges"))
    assert isinstance(plain, Adjacency)
    assert (plain.weight, plain.directed, plain.names) == (None, True, [1, 2, 3])
    both = read(write(tmp_path, "1 2\n2 3\n", "graph.txt"), undirected=True)
    assert isinstance(both, Adjacency)
    assert (both.edges, both.directed) == (2, False)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("a,b,1\nb,c,much\n", DataError, "graph.csv, line 2: weight 'much': expected a finite number"),
        ("a,b,1\nb,c,nan\n", DataError, "line 2: weight 'nan'"),
        ("a,b,1\nb,c\n", DataError, "line 2: weight"),
        ("a,b\n\n# x\nb,\n", DataError, "line 4: expected a source and a target, got one"),
        ("a,b\nb,a\na,b\n", GraphError, "line 3: this edge was given before"),
        ("a,b,1,2\n", DataError, "line 1: expected source, target and perhaps a weight, got 4 columns"),
        ("a\nb\n", DataError, "got 1 columns"),
    ],
)
def test_what_is_wrong_is_named_by_its_line(tmp_path: Path, text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read(write(tmp_path, text))


def test_an_undirected_edge_may_be_given_only_once(tmp_path: Path) -> None:
    file = write(tmp_path, "a,b\nb,a\n")
    assert isinstance(read(file), Adjacency)
    with pytest.raises(GraphError, match="line 2: this edge was given before"):
        read(file, undirected=True)


def test_graphml_of_ours_is_the_network_and_others_are_graphs(tmp_path: Path) -> None:
    network = layered([4, 5, 3], 0.5, np.random.default_rng(0))
    write_graphml(network, tmp_path / "ours.graphml")
    back = read(tmp_path / "ours.graphml")
    assert isinstance(back, Graph)
    assert back.same(network)
    networkx.write_graphml(networkx.karate_club_graph(), tmp_path / "karate.graphml")
    networkx.write_gexf(networkx.florentine_families_graph(), tmp_path / "florentine.gexf")
    karate, florentine = read(tmp_path / "karate.graphml"), read(tmp_path / "florentine.gexf")
    assert isinstance(karate, Adjacency)
    assert isinstance(florentine, Adjacency)
    assert (karate.edges, karate.directed, florentine.edges) == (78, False, 20)


@pytest.mark.parametrize("name", ["cut.graphml", "cut.gexf"])
def test_damaged_files_are_told_of(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"is no (GRAPHML|GEXF) that can be read"):
        read(write(tmp_path, "<?xml version='1.0'?><graphml><graph", name))


def test_weights_are_found_in_any_case_and_errors_name_the_file(tmp_path: Path) -> None:
    graph = networkx.DiGraph()
    graph.add_edge("a", "b", Weight=2.5)
    networkx.write_graphml(graph, tmp_path / "tall.graphml")
    assert edges(read(tmp_path / "tall.graphml")) == [("a", "b", 2.5)]
    networkx.write_graphml(networkx.MultiDiGraph([(1, 2), (1, 2)]), tmp_path / "many.graphml")
    with pytest.raises(GraphError, match=r"many.graphml: expected one edge a pair"):
        read(tmp_path / "many.graphml")


def test_missing_and_unknown_files_are_told_of(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found none: check the path"):
        read(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"expected a file ending in \.graphml"):
        read(write(tmp_path, "", "graph.doc"))
    (tmp_path / "raw.csv").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(DataError, match="save it as UTF-8"):
        read(tmp_path / "raw.csv")
