from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from analysis.figures import style
from analysis.figures.network import ARC_POINTS, network_by_level, positions, shown_edges
from graphgrow.errors import DataError
from graphgrow.graph import Graph
from graphgrow.graph.builders import chain
from graphgrow.measure.extrema import Extrema
from tests.analysis.fakes import grow, small_graph
from tests.analysis.test_figures import nothing_overlaps


def marked(graph: Graph, high: list[int], low: list[int]) -> Extrema:
    rows = np.arange(graph.neurons)
    severity = np.ones(graph.neurons, np.float32)
    return Extrema(np.isin(rows, high), np.isin(rows, low), severity, np.zeros(graph.neurons, bool))


def part(axes: Axes, name: str) -> Any:
    (found,) = [item for item in axes.collections if item.get_gid() == name]
    return found


def test_neurons_stand_on_their_level_oldest_on_top() -> None:
    wiring = small_graph((4, 3, 2)).wiring
    place = positions(wiring)
    assert place[:, 0].tolist() == [0] * 4 + [1] * 3 + [2] * 2
    assert (np.diff(place[:4, 1]) < 0).all()
    assert place[:4, 1].mean() == pytest.approx(0.5)


def test_every_edge_is_drawn_once_and_skips_are_arcs() -> None:
    graph = grow(grow(small_graph(), 1, 12), 2, 12)
    figure = network_by_level(graph, title="digits")
    axes = figure.axes[0]
    span = graph.wiring.rank[graph.wiring.target] - graph.wiring.rank[graph.wiring.source]
    straight, arcs = part(axes, "edges").get_segments(), part(axes, "skips").get_segments()
    assert len(straight) == (span == 1).sum()
    assert len(arcs) == (span > 1).sum() > 0
    assert {len(segment) for segment in arcs} == {ARC_POINTS}
    assert axes.get_title("left") == f"digits\n{graph.neurons} neurons, {graph.edges} edges"
    nothing_overlaps(figure)


def test_arcs_begin_and_end_at_their_neurons() -> None:
    graph = grow(small_graph(), 1, 12)
    place = {tuple(point) for point in positions(graph.wiring).round(9).tolist()}
    for segment in part(network_by_level(graph).axes[0], "skips").get_segments():
        ends = np.asarray(segment)[[0, -1]].round(9).tolist()
        assert {tuple(end) for end in ends} <= place
        assert abs(np.asarray(segment)[ARC_POINTS // 2, 1] - np.mean([end[1] for end in ends])) > 0.1


def test_start_edges_are_grey_and_a_colour_bar_names_the_events() -> None:
    figure = network_by_level(grow(grow(small_graph(), 1, 8), 2, 8))
    axes, bar = figure.axes
    assert bar.get_ylabel() == "growth event (number)"
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["1", "2"]
    grey = np.array(to_rgba(style.GREY)[:3])
    colours = np.concatenate([part(axes, name).get_colors()[:, :3] for name in ("edges", "skips")])
    start = (np.abs(colours - grey) < 1e-9).all(axis=1)
    assert start.sum() == small_graph().edges
    assert len(np.unique(colours[~start], axis=0)) == 2


def test_a_graph_that_never_grew_has_no_colour_bar() -> None:
    figure = network_by_level(small_graph())
    assert len(figure.axes) == 1
    assert len(part(figure.axes[0], "skips").get_segments()) == 0
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["neuron", "edge of the start graph"]


def test_many_events_have_a_continuous_scale() -> None:
    graph = small_graph((12, 12, 12, 12))
    for event in range(1, 16):
        graph = grow(graph, event, 2)
    ticks = network_by_level(graph).axes[1].get_yticks()
    assert len(ticks) < 15
    assert (ticks == ticks.round()).all()


def test_extrema_are_triangles_in_place_of_dots() -> None:
    graph = small_graph()
    figure = network_by_level(graph, marked(graph, [6, 7], [11]))
    axes = figure.axes[0]
    counts = {name: len(part(axes, name).get_offsets()) for name in ("HIGH", "LOW", "neurons")}
    assert counts == {"HIGH": 2, "LOW": 1, "neurons": graph.neurons - 3}
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "HIGH extremum (2)" in texts
    assert "LOW extremum (1)" in texts
    up, down = (part(axes, name).get_paths()[0].vertices[0, 1] for name in ("HIGH", "LOW"))
    assert up > 0 > down
    nothing_overlaps(figure)


def test_no_extrema_at_all_is_a_figure_too() -> None:
    graph = small_graph()
    names = {item.get_gid() for item in network_by_level(graph, marked(graph, [], [])).axes[0].collections}
    assert names == {"edges", "skips", "neurons"}


def test_heavy_edges_are_more_opaque() -> None:
    graph = small_graph()
    alpha = part(network_by_level(graph).axes[0], "edges").get_colors()[:, 3]
    size = np.abs(graph.weight)
    assert (np.diff(alpha[np.argsort(size)]) >= 0).all()
    assert alpha.max() > 1.5 * alpha.min()


def test_too_many_edges_keep_the_strongest_and_the_newest_and_say_so() -> None:
    graph = grow(small_graph(), 1, 4)
    # New edges often begin at 0: they must be seen all the same.
    graph = graph.with_weights(np.where(graph.wiring.edge_born > 0, 0, graph.weight).astype(np.float32), graph.bias)
    chosen = shown_edges(graph, 10)
    assert chosen.size == np.unique(chosen).size == 10
    assert set(np.argsort(-np.abs(graph.weight))[:5].tolist()) <= set(chosen.tolist())
    assert (graph.wiring.edge_born[chosen] > 0).sum() == 4
    title = network_by_level(graph, most_edges=10).axes[0].get_title("left")
    assert f"10 of {graph.edges} edges shown" in title


def test_many_levels_keep_their_names_apart() -> None:
    figure = network_by_level(chain(30))
    with style.context():
        figure.canvas.draw()
    axes = figure.axes[0]
    boxes = [tick.get_window_extent() for tick in axes.get_xticklabels()]
    assert len(boxes) >= 5
    assert all(first.x1 < second.x0 for first, second in pairwise(boxes))
    names = [tick.get_text() for tick in axes.get_xticklabels()]
    assert names[0].startswith("inputs")
    assert names[-1].startswith("outputs")


def test_a_chain_without_skips_or_events_is_drawn() -> None:
    assert len(part(network_by_level(chain(3)).axes[0], "edges").get_segments()) == chain(3).edges


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match="expected extrema of 18 neurons"):
        network_by_level(small_graph(), marked(small_graph((2, 2, 2)), [], []))
    with pytest.raises(DataError, match="most_edges of 1 or more"):
        network_by_level(small_graph(), most_edges=0)
