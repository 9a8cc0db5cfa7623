"""Graphs to and from PyTorch Geometric; what only reads needs none of it."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given

from graphgrow import Graph
from graphgrow.engine.geometric import _of_adjacency, _of_network, from_geometric, to_geometric
from graphgrow.errors import GraphError
from graphgrow.graph.builders import braess_diamond
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from tests.strategies import graphs

INSTALLED = importlib.util.find_spec("torch_geometric") is not None


def data(**held: Any) -> Any:
    """As torch_geometric.data.Data holds them."""
    return SimpleNamespace(**{"num_nodes": 3, "edge_weight": None, **held})


def same(first: Adjacency, second: Adjacency) -> bool:
    return (
        first.pointer.tolist() == second.pointer.tolist()
        and first.other.tolist() == second.other.tolist()
        and first.values.tolist() == second.values.tolist()
        and first.directed == second.directed
    )


@given(graphs())
def test_networks_there_and_back(graph: Graph) -> None:
    held = _of_network(graph)
    assert same(from_geometric(data(**held)), of(graph))
    assert held["neuron"].tolist() == graph.wiring.id.tolist()
    assert held["bias"].numpy().tobytes() == graph.bias.tobytes()


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("weight", [None, [2.0, 0.0, -1.0]])
def test_any_graph_there_and_back(directed: bool, weight: list[float] | None) -> None:
    graph = from_edges(4, [0, 1, 2], [1, 2, 2], weight, directed)
    made = from_geometric(data(**_of_adjacency(graph)), directed=directed)
    assert same(made, graph)
    assert (made.weight is None) == (weight is None)


def test_a_column_of_edge_attributes_may_be_the_weights() -> None:
    ends = torch.tensor([[0, 1], [1, 2]])
    made = from_geometric(data(edge_index=ends, edge_attr=torch.tensor([[2.0], [3.0]])), "edge_attr")
    assert made.values.tolist() == [2.0, 3.0]
    assert from_geometric(data(edge_index=ends), None).weight is None


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ({}, "expected edge_index"),
        ({"edge_index": torch.tensor([[0, 0], [1, 1]])}, "given twice"),
        ({"edge_index": torch.tensor([[0], [3]])}, "mend num_nodes"),
        ({"edge_index": torch.tensor([[0], [1]]), "edge_weight": torch.ones(1, 2)}, "one an edge"),
        ({"edge_index": torch.tensor([[0], [1]]), "edge_weight": torch.tensor([np.nan])}, "not finite"),
    ],
)
def test_what_cannot_be_read(held: dict[str, Any], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        from_geometric(data(**held))


def test_what_is_not_symmetric_is_not_undirected() -> None:
    with pytest.raises(GraphError, match="symmetric"):
        from_geometric(data(edge_index=torch.tensor([[0], [1]])), directed=False)


@pytest.mark.skipif(INSTALLED, reason="PyTorch Geometric is installed")
def test_without_it_the_error_says_how_to_install() -> None:
    with pytest.raises(GraphError, match="install it"):
        to_geometric(braess_diamond())


@pytest.mark.skipif(not INSTALLED, reason="needs PyTorch Geometric")
@pytest.mark.parametrize("make", [braess_diamond, lambda: from_edges(3, [0, 1], [1, 2], directed=False)])
def test_with_it_the_data_is_valid(make: Any) -> None:
    graph = make()
    made = to_geometric(graph)
    assert made.validate()
    assert made.is_undirected() == isinstance(graph, Adjacency)
    assert same(
        from_geometric(made, directed=isinstance(graph, Graph)), of(graph) if isinstance(graph, Graph) else graph
    )
