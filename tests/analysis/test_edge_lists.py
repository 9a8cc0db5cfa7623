"""Lists of edges as other programs write them: the graph that was meant, or one line that says what to mend."""

from __future__ import annotations

from pathlib import Path

import networkx
import pytest

from analysis.edge_lists import read_edges
from graphgrow.errors import DataError, GraphError
from graphgrow.measure.adjacency import Adjacency
from tests.analysis.test_graph_files import edges, write

GEPHI = "Source,Target,Type,Id,Label,timeset,Weight\n1,2,{0},0,,,1.5\n2,3,{1},1,,,2.0\n"


def of(folder: Path, text: str) -> list[tuple[object, object, float]]:
    return edges(read_edges(write(folder, text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Source,Target,Weight\n"Smith, J.","Doe, A.",2\n', [("Smith, J.", "Doe, A.", 2.0)]),
        ('"a ""q""",b\n"two\nlines",c\n', [('a "q"', "b", 1.0), ("two lines", "c", 1.0)]),
        ("a;b;0,5\nb;c;1,5e1\n", [("a", "b", 0.5), ("b", "c", 15.0)]),
        ("Smith, J;Doe, A\n", [("Smith, J", "Doe, A", 1.0)]),
        ("New York\tLos Angeles, CA\t2\n", [("New York", "Los Angeles, CA", 2.0)]),
        ('"New York" b 2\n', [("New York", "b", 2.0)]),
        ("sep=;\r\nFrom Id;To_Id\r\na;b\r\n", [("a", "b", 1.0)]),
        ("a,b,2,\n,,,\n\nb,c,3,\n", [("a", "b", 2.0), ("b", "c", 3.0)]),
        ("src,dst,w\na,b,-1\nb,a,0\n", [("a", "b", -1.0), ("b", "a", 0.0)]),
        ("α,数\n", [("α", "数", 1.0)]),
        (f"{'9' * 5000},1\n", [("9" * 5000, 1, 1.0)]),
        ("a|b\n", [("a", "b", 1.0)]),
        ("0 1 {}\n1 2 {}\n", [("0", "1", 1.0), ("1", "2", 1.0)]),
        ("a b {'weight': 2.5, 'tint': 3}\n", [("a", "b", 2.5)]),
    ],
)
def test_files_of_other_programs_hold_what_was_meant(
    tmp_path: Path, text: str, expected: list[tuple[str, str, float]]
) -> None:
    assert [(str(a), str(b), w) for a, b, w in of(tmp_path, text)] == [(str(a), str(b), w) for a, b, w in expected]


def test_what_networkx_writes_comes_back(tmp_path: Path) -> None:
    graph = networkx.karate_club_graph()
    networkx.write_edgelist(graph, tmp_path / "karate.edgelist")
    back = read_edges(tmp_path / "karate.edgelist", undirected=True)
    assert (back.nodes, back.edges, back.values.sum() / 2) == (34, 78, graph.size("weight"))


def test_gephi_says_whether_edges_have_directions(tmp_path: Path) -> None:
    assert of(tmp_path, GEPHI.format("Directed", "Directed")) == [(1, 2, 1.5), (2, 3, 2.0)]
    without = read_edges(write(tmp_path, GEPHI.format("Undirected", "Undirected")))
    assert (without.directed, without.edges) == (False, 2)
    with pytest.raises(DataError, match=r"line 3: edges with and without direction"):
        of(tmp_path, GEPHI.format("Undirected", "Directed"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected edges, found none"),
        ("#one,#two\n", "lines that begin with # or % are comments"),
        ("source,target\n", "found only the names of columns"),
        ("a\0,b\n", "holds bytes that are no text"),
        ("%%MatrixMarket matrix\n3 3 1\n1 2 5\n", "a MatrixMarket file: read it with scipy.io.mmread"),
        ("*Vertices 3\n1 a\n", "a Pajek file"),
        ("begin,end\n1,2\n", "line 1: begin, end: looks like names of columns"),
        ("Id,Label\n1,Ann\n", "line 1: Id, Label: looks like names of columns"),
        ("one,two,weight\na,b,1\n", "looks like names of columns"),
        ("source,target,weight,weight\na,b,1,2\n", "expected one column weight, got 2"),
        ("source,target,weight,note\na,b,1,x,9\n", "line 2: expected 4 columns, as in the first line, got 5"),
        ("x;y,b\n", "line 1: more than one of tab, semicolon, bar, comma and space may part its cells"),
        ("1 2\t5\n", "more than one of tab"),
        ("1 2 0,5\n", "more than one of tab"),
        ("a;b;1,5\nb;c;2.5\n", "line 1: weight '1,5': expected a finite number, with a decimal point"),
        ("a;b;1.000,5\n", "weight '1.000,5'"),
        ('a,b\n"c,d\n', "line 2: quotes that do not close"),
        ("0 1 {}\n1 2\n", "line 2: expected source, target and attributes as networkx writes them"),
        ("1,2\n1.0,3\n", "nodes 1 and 1.0: one node written in two ways"),
        ("a,b\nc,\n", "line 2: expected a source and a target, got one: complete it; nodes without edges need"),
    ],
)
def test_what_is_wrong_or_has_two_readings_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message.replace("(", r"\(").replace("*", r"\*")):
        of(tmp_path, text)


def test_an_edge_both_ways_is_one_without_direction(tmp_path: Path) -> None:
    file = write(tmp_path, "a,b\nb,a\n")
    assert isinstance(read_edges(file), Adjacency)
    with pytest.raises(GraphError, match=r"line 2: this edge was given before without direction"):
        read_edges(file, undirected=True)


def test_a_file_without_rights_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\): check its rights"):
        read_edges(tmp_path / "mine.csv")
