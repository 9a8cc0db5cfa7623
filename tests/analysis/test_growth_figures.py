"""Figures of when and how far networks grow."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from analysis.figures.decay import Course, growth_decay
from analysis.figures.edges import accuracy_over_edges
from analysis.figures.grid import value_grid
from analysis.figures.scatter import Cloud, scatter
from analysis.figures.timeline import Track, growth_timeline
from graphgrow.errors import DataError
from tests.analysis.fakes import fake_run
from tests.analysis.test_figures import drawn_lines, nothing_overlaps


def test_a_timeline_has_a_row_per_run() -> None:
    tracks = {"every": [Track([1, 2, 3], [7])], "a_signal_of_some_length": [Track([10, 18]), Track([], [4, 5])]}
    figure = growth_timeline(tracks, 18, "transition", "digits")
    (axes,) = figure.axes
    bars = [len(item.get_segments()) for item in axes.collections if isinstance(item, LineCollection)]
    assert bars == [3, 2, 0]
    dots = [line.get_xdata().tolist() for line in axes.get_lines() if line.get_marker() == "."]
    assert dots == [[7], [], [4, 5]]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == list(tracks)
    assert [text.get_text() for text in figure.legends[0].get_texts()][1] == "transition"
    nothing_overlaps(figure)


@pytest.mark.parametrize("tracks", [{}, {"a": []}])
def test_a_timeline_of_nothing_is_refused(tracks: dict[str, list[Track]]) -> None:
    with pytest.raises(DataError, match="expected a run or more for every label"):
        growth_timeline(tracks, 9)


def test_a_grid_writes_its_values_and_leaves_gaps() -> None:
    figure = value_grid(np.array([[1.25, -0.5], [np.nan, 0.0]]), ["a", "b"], ["one", "two"], "points", decimals=2)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["+1.25", "-0.50", "+0.00"]
    low, high = axes.images[0].get_clim()
    assert low == -high == -1.25
    nothing_overlaps(figure)
    with pytest.raises(DataError, match="expected values 1 by 2 as labelled"):
        value_grid(np.zeros((2, 2)), ["a"], ["one", "two"], "points")


def test_marked_cells_of_a_grid_are_framed_and_bold() -> None:
    marked = np.array([[True, False]])
    figure = value_grid(np.array([[0.2, 0.1]]), ["a"], ["one", "two"], "points", marked=marked)
    axes = figure.axes[0]
    assert [text.get_fontweight() for text in axes.texts] == ["bold", "normal"]
    (frame,) = axes.patches
    assert frame.get_x() < 0 < frame.get_x() + frame.get_width() < 1  # type: ignore[attr-defined]
    nothing_overlaps(figure)
    with pytest.raises(DataError, match="expected marks 1 by 2 as the values"):
        value_grid(np.zeros((1, 2)), ["a"], ["one", "two"], "points", marked=marked.T)


def test_a_scatter_has_a_panel_per_cloud_and_every_point() -> None:
    x = np.arange(1.0, 5.0)
    points = {"one": (x, x**2), "another": (x[:2], np.array([1.0, np.nan]))}
    figure = scatter([Cloud("signal", "change", points), Cloud("ranks", "left", points, logarithmic=True)], "digits")
    assert [axes.get_xscale() for axes in figure.axes] == ["linear", "log"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["signal", "ranks"]
    assert [len(line.get_xdata()) for line in figure.axes[0].get_lines()] == [4, 2]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["one", "another"]
    nothing_overlaps(figure)
    for bad in ([], [Cloud("x", "y", points), Cloud("x", "y", {"one": points["one"]})]):
        with pytest.raises(DataError, match="one panel or more"):
            scatter(bad)
    with pytest.raises(DataError, match="as many x as y"):
        scatter([Cloud("x", "y", {"one": (x, x[:2])})])


def test_courses_carry_the_best_law_where_there_are_events_enough() -> None:
    long, short = Course([8, 4, 3, 2, 2, 1, 1], range(10, 17)), Course([3, 3], [10, 12])
    figure = growth_decay({"vertical": {"relu": long, "tanh": short}, "both": {"tanh": long}}, "digits")
    above = figure.axes[0]
    assert above.get_ylim()[0] < 0
    assert above.get_ylim()[1] > 8
    assert len(drawn_lines(above)) == 3
    assert len(drawn_lines(figure.axes[2])) == 2
    assert [axes.get_title("left") for axes in figure.axes[:2]] == ["vertical", "both"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["relu", "tanh", "best law"]
    nothing_overlaps(figure)
    with pytest.raises(DataError, match="expected courses in every column"):
        growth_decay({"vertical": {}})


def test_accuracy_over_edges_ends_at_the_last_epoch() -> None:
    runs = {"grown": [fake_run("grown", seed) for seed in range(2)], "static": [fake_run("static", events=())]}
    figure = accuracy_over_edges(runs, "digits")
    (axes,) = figure.axes
    lines = drawn_lines(axes)
    assert len(lines) == 6
    assert lines[1].get_ydata().tolist() == pytest.approx([95.0])
    assert axes.get_xscale() == "log"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["grown (2 runs)", "static (1 run)"]
    nothing_overlaps(figure)
