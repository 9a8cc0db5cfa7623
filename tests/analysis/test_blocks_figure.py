"""Matrix of edges and densities of blocks."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import QuadMesh

from analysis.figures.blocks import block_density
from graphgrow.errors import DataError
from graphgrow.graph.builders import chain, layered
from graphgrow.measure import adjacency
from graphgrow.rng import stream
from tests.analysis.fakes import grow, small_graph
from tests.analysis.looks import texts_apart
from tests.analysis.test_figures import nothing_overlaps


def test_every_edge_is_a_dot_in_its_block_and_densities_are_written_in() -> None:
    graph = small_graph((6, 5, 4, 3))
    figure = block_density(graph, "digits")
    left, right, *_ = figure.axes
    (dots,) = [item for item in left.collections if item.get_gid() == "edges"]
    assert len(dots.get_offsets()) == graph.edges
    # Sources go down and targets to the right: inputs have no column, outputs no row.
    assert left.get_xlim() == (6, 18)
    assert left.get_ylim() == (15, 0)
    written = [text.get_text() for text in right.texts]
    wiring = graph.wiring
    first = ((wiring.level[wiring.source] == 0) & (wiring.level[wiring.target] == 1)).sum() / 30
    assert written[0] == f"{100 * first:.0f}"
    assert written.count("none") == 3
    assert left.get_title("left") == f"{graph.edges} edges, a dot each"
    assert figure.axes[-1].get_xlabel() == "share of possible edges that exist (%)"
    nothing_overlaps(figure)
    texts_apart(figure)


def test_skips_have_a_density_of_their_own() -> None:
    graph = grow(small_graph((4, 3, 3, 2)), 1, 16)
    assert "none" not in [text.get_text() for text in block_density(graph).axes[1].texts]


def test_many_edges_become_bins_that_never_cross_a_border() -> None:
    graph = layered((300, 200, 10), 0.2, stream(0, "dense"))
    figure = block_density(graph, most_dots=1000)
    (mesh,) = [item for item in figure.axes[0].collections if isinstance(item, QuadMesh)]
    edges = np.unique(mesh.get_coordinates()[0, :, 0])
    assert {0, 300, 500, 510} <= set(edges.tolist())
    assert edges.size < 200
    share = mesh.get_array().reshape(edges.size - 1, edges.size - 1)
    assert (np.asarray(share.filled(0)) * np.outer(np.diff(edges), np.diff(edges))).sum() == pytest.approx(graph.edges)
    nothing_overlaps(figure)
    texts_apart(figure)


def test_deep_and_cyclic_graphs() -> None:
    deep = block_density(chain(30))
    assert not deep.axes[1].texts
    nothing_overlaps(deep)
    texts_apart(deep)
    ring = block_density(adjacency.from_edges(3, [0, 1, 2], [1, 2, 0]))
    assert [text.get_text() for text in ring.axes[1].texts] == ["50"]
    none = block_density(adjacency.from_edges(2, [], []))
    assert [text.get_text() for text in none.axes[1].texts] == ["none"]
    with pytest.raises(DataError, match="expected a graph with nodes"):
        block_density(adjacency.from_edges(0, [], []))
