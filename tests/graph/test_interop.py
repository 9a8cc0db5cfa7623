"""To other libraries and back, and in from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import igraph
import networkx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings

from graphgrow import Activation, Graph, Role
from graphgrow.errors import GraphError
from graphgrow.graph.builders import braess_diamond, chain, from_edges
from graphgrow.graph.interop import (
    from_igraph,
    from_networkx,
    from_scipy,
    read_graphml,
    to_igraph,
    to_networkx,
    to_scipy,
    write_graphml,
)
from tests.strategies import graphs


@given(graphs())
def test_networkx_and_back(graph: Graph) -> None:
    made = to_networkx(graph)
    assert from_networkx(made).same(graph)
    assert from_networkx(made.reverse().reverse()).same(graph)


@given(graphs())
def test_igraph_and_back(graph: Graph) -> None:
    assert from_igraph(to_igraph(graph)).same(graph)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs())
def test_graphml_and_back(graph: Graph, tmp_path: Path) -> None:
    write_graphml(graph, tmp_path / "graph.graphml")
    assert read_graphml(tmp_path / "graph.graphml").same(graph)


@given(graphs())
def test_scipy_and_back(graph: Graph) -> None:
    wiring, matrix = graph.wiring, to_scipy(graph)
    kept = {"level": wiring.level, "role": wiring.role, "activation": wiring.activation, "bias": graph.bias}
    for form in (matrix, matrix.tocsc(), matrix.tocoo()):
        made = from_scipy(form, **kept)
        assert made.weight.tobytes() == graph.weight.tobytes()
        assert made.bias.tobytes() == graph.bias.tobytes()
        for name in ("level", "role", "activation", "source", "target"):
            assert np.array_equal(getattr(made.wiring, name), getattr(wiring, name)), name


def test_rows_of_the_matrix_are_targets() -> None:
    graph = from_edges([0, 0, 1], [0, 1], [2, 2], [2.0, 0.0])
    matrix = to_scipy(graph)
    assert matrix.toarray().tolist() == [[0, 0, 0], [0, 0, 0], [2, 0, 0]]
    assert matrix.nnz == 2
    assert (matrix @ np.array([3.0, 5.0, 7.0])).tolist() == [0, 0, 6]
    matrix.data[:] = 9
    assert graph.weight.tolist() == [2, 0]


def test_what_networkx_sees() -> None:
    made = to_networkx(braess_diamond())
    assert made.nodes[1] == {
        "level": 1, "role": "hidden", "activation": "relu", "bias": 0.0, "born": 0, "parent": -1,
    }  # fmt: skip
    assert made.edges[1, 2] == {"weight": 1.0, "born": 0}
    assert made.graph == {"next_id": 4, "dtype": "float32"}
    assert to_igraph(braess_diamond()).vs["name"] == ["0", "1", "2", "3"]


def stranger() -> networkx.DiGraph:
    """A graph of someone else: names of any kind, skips, an isolated node, almost no attributes."""
    made = networkx.DiGraph()
    made.add_edge("eye", ("v1", 0), weight=0.1)
    made.add_edge(("v1", 0), 3.5)
    made.add_edge("eye", 3.5, weight=-2)
    made.add_node("alone")
    return made


def test_anybodys_digraph_gets_levels_and_roles() -> None:
    made = from_networkx(stranger())
    assert made.wiring.id.tolist() == [0, 1, 2, 3]
    assert made.wiring.level.tolist() == [0, 1, 2, 0]
    assert made.wiring.role.tolist() == [Role.INPUT, Role.HIDDEN, Role.OUTPUT, Role.INPUT]
    assert made.wiring.activation.tolist() == [0, 1, 0, 0]
    assert made.weight.dtype == np.float64
    assert made.weight.tolist() == [0.1, -2.0, 1.0]
    assert from_networkx(stranger(), np.float32).weight.dtype == np.float32


def test_given_roles_levels_and_activations_are_kept() -> None:
    mine = stranger()
    mine.nodes["alone"].update(role="hidden", activation="tanh", bias=0.5)
    made = from_networkx(mine)
    assert made.wiring.level.tolist() == [0, 1, 2, 1]
    assert made.wiring.role[3] == Role.HIDDEN
    assert made.wiring.activation[3] == Activation.TANH
    assert made.bias.tolist() == [0, 0, 0, 0.5]
    for name, level in zip(mine, (0, 4, 7, 2), strict=True):
        mine.nodes[name]["level"] = level
    assert from_networkx(mine).wiring.level.tolist() == [0, 4, 7, 2]


def test_a_source_with_another_role_than_input_stands_later() -> None:
    mine = stranger()
    mine.nodes["eye"]["role"] = "hidden"
    made = from_networkx(mine)
    assert made.wiring.level.tolist() == [1, 2, 3, 0]
    assert made.wiring.role[0] == Role.HIDDEN


def changed(node: object = None, edge: object = None, **attributes: Any) -> networkx.DiGraph:
    made = stranger()
    if node is not None:
        made.nodes[node].update(attributes)
    if edge is not None:
        made.add_edge(*edge, **attributes)
    return made


LEVELS = {"eye": 0, ("v1", 0): 2, 3.5: 1, "alone": 0}


def misleveled() -> networkx.DiGraph:
    made = stranger()
    networkx.set_node_attributes(made, LEVELS, "level")
    return made


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (networkx.Graph([("a", "b")]), "undirected"),
        (networkx.DiGraph([("a", "b"), ("b", "c"), ("c", "a"), ("x", "a")]), "cycle '[abc]' -> '[abc]' -> '[abc]'"),
        (networkx.DiGraph([("a", "a")]), "cycle 'a' -> 'a'"),
        (networkx.MultiDiGraph([("a", "b"), ("a", "b")]), "edge 'a' -> 'b': given twice"),
        (changed(edge=("eye", 3.5), weight=float("nan")), r"edge 'eye' -> 3.5: weight nan is not finite"),
        (changed(edge=("eye", 3.5), weight="much"), "edge 'eye' -> 3.5: expected a number as weight, got 'much'"),
        (changed(node="eye", bias=float("inf")), "node 'eye': bias inf"),
        (changed(node="eye", role="boss"), "node 'eye': expected one of input, hidden, output as role, got 'boss'"),
        (changed(node="eye", activation="swish"), "node 'eye': expected one of identity, relu.*got 'swish'"),
        (changed(node=3.5, role="input"), r"node 3.5: role input at level 2"),
        (changed(node="eye", level=0), r"node \('v1', 0\): has no level"),
        (changed(node="eye", born=0.5), "node 'eye': expected a whole number as born, got 0.5"),
        (changed(node="eye", born=10**30), "node 'eye': expected a whole number as born"),
        (misleveled(), r"edge \('v1', 0\) -> 3.5: level 2 to level 1"),
    ],
)
def test_what_cannot_be_a_network_is_named(graph: Any, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        from_networkx(graph)


def test_a_multigraph_without_parallel_edges_is_fine() -> None:
    assert from_networkx(networkx.MultiDiGraph(stranger())).same(from_networkx(stranger()))


def test_counters_and_dtypes_that_make_no_sense() -> None:
    for key, value, message in (
        ("next_id", 2, "next_id 2 was issued already"),
        ("next_id", -3, "next_id -3 is negative"),
        ("next_id", "many", "whole number as next_id"),
        ("dtype", "float16", "float32 or float64"),
        ("dtype", "nonsense", "float32 or float64"),
    ):
        made = to_networkx(braess_diamond())
        made.graph[key] = value
        with pytest.raises(GraphError, match=message):
            from_networkx(made)
    made = to_networkx(braess_diamond())
    made.add_node("x", level=1)
    with pytest.raises(GraphError, match="node 'x': expected a whole number as name"):
        from_networkx(made)


def test_an_export_cut_down_is_still_read_by_its_ids() -> None:
    made = to_networkx(braess_diamond())
    made.remove_node(1)
    graph = from_networkx(made)
    assert graph.wiring.id.tolist() == [0, 2, 3]
    assert graph.wiring.next_id == 4


def test_anybodys_igraph() -> None:
    made = igraph.Graph([(2, 0), (0, 1)], directed=True)
    graph = from_igraph(made)
    assert graph.wiring.level.tolist() == [1, 2, 0]
    made.vs["name"] = ["a", "b", "c"]
    made.add_edge(1, 2)
    with pytest.raises(GraphError, match=r"cycle '[abc]'"):
        from_igraph(made)
    with pytest.raises(GraphError, match="undirected"):
        from_igraph(igraph.Graph([(0, 1)]))
    with pytest.raises(GraphError, match="edge 0 -> 1: given twice"):
        from_igraph(igraph.Graph([(0, 1), (0, 1)], directed=True))


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((2, 3)), r"square .*\(2, 3\)"),
        (np.eye(2), "cycle 0 -> 0"),
        (np.array([[0, 1], [1, 0]]), "cycle"),
        (np.array([[0, 0], [1j, 0]]), "complex128"),
        (np.array([[0, 0], [np.nan, 0]]), "edge 0 -> 1: weight nan"),
        (scipy.sparse.coo_array(([1.0, 2.0], ([1, 1], [0, 0])), shape=(2, 2)), "edge 0 -> 1: given twice"),
    ],
)
def test_matrices_that_are_no_network(matrix: Any, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        from_scipy(matrix)


def test_matrix_columns_must_fit() -> None:
    with pytest.raises(GraphError, match="level: expected 3 entries"):
        from_scipy(np.zeros((3, 3)), level=[0, 1])
    assert from_scipy(np.array([[0, 0], [3, 0]])).weight.tolist() == [3.0]


def test_files_that_are_missing_or_broken(tmp_path: Path) -> None:
    path = tmp_path / "graph.graphml"
    with pytest.raises(GraphError, match="cannot be read"):
        read_graphml(path)
    write_graphml(braess_diamond(), path)
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"<html/>", b"\x00\xff", whole.replace(b"float32", b"float99")):
        path.write_bytes(damaged)
        with pytest.raises(GraphError):
            read_graphml(path)
    path.write_bytes(whole.replace(b">1.0<", b">one<", 1))
    with pytest.raises(GraphError, match=r"graph\.graphml|weight"):
        read_graphml(path)


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graph.graphml"
    write_graphml(chain(2), path)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(GraphError, match="No space left"):
        write_graphml(braess_diamond(), path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["graph.graphml"]
    with pytest.raises(GraphError, match="cannot be written"):
        write_graphml(chain(2), tmp_path / "missing" / "graph.graphml")


def test_a_file_from_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "other.graphml"
    networkx.write_graphml(networkx.DiGraph([("a", "b"), ("b", "c")]), path)
    assert read_graphml(path).wiring.level.tolist() == [0, 1, 2]
