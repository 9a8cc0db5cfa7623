"""Neural persistence against Kruskal's algorithm in the plain and against values worked out by hand."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from graphgrow.errors import GraphError
from graphgrow.graph.builders import from_dense, layered
from graphgrow.graph.graph import Graph
from graphgrow.measure.adjacency import from_edges, of
from graphgrow.measure.levelblocks import level_blocks
from graphgrow.measure.persistence import neural_persistence
from tests.strategies import graphs


def test_a_small_layer_by_hand() -> None:
    # Strongest first: 1.0 joins a-x, 0.8 joins b-y, 0.5 joins the two pairs; 0.2 closes a cycle.
    found = neural_persistence(of(from_dense([np.array([[2.0, -1.0], [0.4, 1.6]])])))
    assert len(found) == 1
    np.testing.assert_allclose(found[0].bars, [0.5, 0.2, 0.0], atol=1e-12)
    assert found[0].value == pytest.approx(np.sqrt(0.29))
    assert found[0].normalised == pytest.approx(np.sqrt(0.29 / 3))
    assert found[0].variance == pytest.approx(np.var([1, 0.5, 0.2, 0.8]))


@given(graphs(dtypes=(np.float64,)))
def test_bars_are_those_of_networkx_maximum_spanning_forest(graph: Graph) -> None:
    graph = graph.with_weights(np.clip(graph.weight, -1e6, 1e6), graph.bias)
    largest = np.abs(graph.weight).max(initial=0.0)
    if graph.edges and largest == 0:
        return
    blocks, found = list(level_blocks(of(graph))), neural_persistence(of(graph))
    assert len(blocks) == len(found) == len({(a.source_level, a.target_level) for a in found})
    for block, each in zip(blocks, found, strict=True):
        other = nx.Graph()
        other.add_nodes_from(range(block.sources + block.targets))
        ends = zip(block.source.tolist(), (block.sources + block.target).tolist(), strict=True)
        for (tail, head), weight in zip(ends, block.weight.tolist(), strict=True):
            other.add_edge(tail, head, weight=abs(weight) / largest)
        forest = nx.maximum_spanning_tree(other)
        bars = [1 - data["weight"] for _, _, data in forest.edges(data=True)]
        bars += [1.0] * (nx.number_connected_components(other) - 1)
        np.testing.assert_allclose(each.bars, sorted(bars, reverse=True), atol=1e-12)
        assert 0 <= each.normalised <= 1


def test_equal_weights_never_persist_and_parts_apart_always_do() -> None:
    full = neural_persistence(of(from_dense([np.full((3, 4), -0.7)])))[0]
    assert (full.value, full.variance) == (0, 0)
    apart = neural_persistence(of(from_dense([np.eye(3)])))[0]
    assert apart.bars.tolist() == [1, 1, 0, 0, 0]
    assert apart.normalised == pytest.approx(np.sqrt(2 / 5))


def test_an_edge_of_weight_zero_is_none_and_pruning_never_lowers_the_value() -> None:
    dense = np.random.default_rng(0).normal(size=(8, 9))
    values = []
    for threshold in (0.0, 0.3, 0.6, 1.0, 1.5):
        cut = np.where(np.abs(dense) > threshold, dense, 0.0)
        sparse = neural_persistence(of(from_dense([cut])))[0]
        kept = from_edges(17, *np.divmod(np.arange(72), 8) + np.array([[0], [9]]), cut.T.ravel())
        np.testing.assert_allclose(neural_persistence(kept)[0].bars, sparse.bars, atol=1e-12)
        values.append(sparse.value)
    assert values == sorted(values)
    assert values[-1] > values[0]


def test_every_pair_of_levels_is_a_block() -> None:
    graph = from_edges(4, [0, 0, 1, 2], [1, 3, 2, 3], [1.0, 0.5, 2.0, 1.0])
    blocks = list(level_blocks(graph))
    assert [(block.source_level, block.target_level) for block in blocks] == [(0, 1), (0, 3), (1, 2), (2, 3)]
    network = of(layered([3, 5, 2], 0.6, np.random.default_rng(1)))
    made = [block.matrix().toarray() for block in level_blocks(network)]  # type: ignore[attr-defined]
    full = network.matrix().toarray()  # type: ignore[attr-defined]
    np.testing.assert_array_equal(made[0], full[:3, 3:8].T)
    np.testing.assert_array_equal(made[1], full[3:8, 8:].T)


def test_strange_graphs() -> None:
    assert neural_persistence(from_edges(0, [], [])) == ()
    assert neural_persistence(from_edges(3, [], [])) == ()
    single = neural_persistence(from_edges(2, [0], [1], [0.5]))[0]
    assert (single.bars.tolist(), single.normalised) == ([0.0], 0.0)
    with pytest.raises(GraphError, match="all of them are 0"):
        neural_persistence(from_edges(2, [0], [1], [0.0]))
    for other in (from_edges(2, [0, 1], [1, 0]), from_edges(2, [0], [1], directed=False)):
        with pytest.raises(GraphError, match="expected a directed graph without cycle"):
            neural_persistence(other)
