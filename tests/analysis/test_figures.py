from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from analysis import figures
from analysis.figures.accuracy import Band, accuracy_over_epochs
from analysis.figures.degrees import ccdf, degree_ccdf
from analysis.figures.extrema import extrema_over_time
from analysis.figures.style import DASHES, MARKERS, MOST_LABELS, look
from graphgrow.errors import DataError
from graphgrow.graph.builders import layered
from graphgrow.rng import stream
from tests.analysis.fakes import fake_run, grow, small_graph


def family(*names: str, seeds: int = 3) -> dict[str, list[Any]]:
    return {name: [fake_run(name, seed) for seed in range(seeds)] for name in names}


def nothing_overlaps(figure: Figure) -> None:
    """Legends keep off the panels, and all text stays on the page."""
    with figures.style.context():
        figure.canvas.draw()
    page = figure.bbox
    legends = [legend.get_window_extent() for legend in figure.legends]
    panels = [axes.get_tightbbox() for axes in figure.axes if axes.get_visible()]
    for at, panel in enumerate(panels):
        assert not any(legend.overlaps(panel) for legend in legends)
        assert page.x0 - 1 <= panel.x0 <= panel.x1 <= page.x1 + 1
        assert page.y0 - 1 <= panel.y0 <= panel.y1 <= page.y1 + 1
        assert not any(panel.shrunk(0.999, 0.999).overlaps(other.shrunk(0.999, 0.999)) for other in panels[at + 1 :])
    assert all(page.x0 <= legend.x0 and legend.x1 <= page.x1 for legend in legends)


def drawn_lines(axes: Any) -> list[Any]:
    return [line for line in axes.get_lines() if len(line.get_xdata())]


def test_every_module_with_a_name_is_found() -> None:
    found = figures.available()
    assert {"accuracy_over_epochs", "degree_ccdf", "extrema_over_time", "network_by_level"} <= set(found)
    assert list(found) == sorted(found)
    assert found["degree_ccdf"] is degree_ccdf


def test_labels_differ_in_more_than_colour() -> None:
    looks = [look(at) for at in range(MOST_LABELS)]
    assert len(set(looks)) == MOST_LABELS
    assert len({(item.dashes, item.marker) for item in looks}) == MOST_LABELS
    assert min(len(DASHES), len(MARKERS)) >= 5


def test_saving_gives_the_same_bytes_again_and_leaves_the_settings_of_the_user(tmp_path: Path) -> None:
    matplotlib.rcParams["font.size"] = 17.0
    try:
        first = figures.save(degree_ccdf({"a": small_graph()}), tmp_path / "one", "degrees")
        second = figures.save(degree_ccdf({"a": small_graph()}), tmp_path / "two", "degrees")
        assert matplotlib.rcParams["font.size"] == 17.0
    finally:
        matplotlib.rcParams["font.size"] = matplotlib.rcParamsDefault["font.size"]
    assert [path.name for path in first] == ["degrees.png", "degrees.svg"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert b"<dc:date>" not in first[1].read_bytes()
    again = [figures.save(degree_ccdf({"a": small_graph()}), tmp_path / name, "degrees", ["pdf"])[0] for name in "ab"]
    assert again[0].read_bytes() == again[1].read_bytes()
    with pytest.raises(DataError, match="expected some of png, svg, pdf, got gif"):
        figures.save(degree_ccdf({"a": small_graph()}), tmp_path, "degrees", ["gif"])
    # The header of a PNG holds width and height in pixels: 7 by 3.4 inches at 200 dots per inch.
    assert [int.from_bytes(first[0].read_bytes()[at : at + 4], "big") for at in (16, 20)] == [1400, 680]


def test_accuracy_has_three_panels_with_a_line_and_a_band_per_label() -> None:
    figure = accuracy_over_epochs(family("a_label_of_some_length", "grown", "static"), title="digits")
    strip, *panels = figure.axes
    assert [axes.get_ylabel() for axes in panels] == ["test accuracy (%)", "edges (number)", "neurons (number)"]
    assert "epoch" in panels[-1].get_xlabel()
    for panel in panels:
        assert len(drawn_lines(panel)) == 3
        assert sum(isinstance(item, PolyCollection) for item in panel.collections) == 3
    assert [tick.get_text() for tick in strip.get_yticklabels()] == ["a_label_of_some_length", "grown", "static"]
    assert [text.get_text() for text in figure.legends[0].get_texts()][1] == "grown (3 runs)"
    assert figure.legends[0].get_title().get_text() == "digits"
    nothing_overlaps(figure)


def test_the_mean_is_in_percent_and_equal_lines_carry_markers_at_different_epochs() -> None:
    figure = accuracy_over_epochs(family("a", "b", seeds=2))
    top, edges, _ = figure.axes[1:]
    assert drawn_lines(top)[0].get_ydata()[-1] == pytest.approx(95.0)
    first, second = (
        set(range(21)[start::step]) for start, step in (line.get_markevery() for line in drawn_lines(edges))
    )
    assert first
    assert second
    assert not first & second


def test_growth_marks_stand_at_the_epochs_of_the_events() -> None:
    runs = {"grown": [fake_run("grown", events=(3, 6))], "static": [fake_run("static", events=())]}
    strip = accuracy_over_epochs(runs).axes[0]
    (marks,) = strip.collections
    assert isinstance(marks, LineCollection)
    assert [segment[0][0] for segment in marks.get_segments()] == [3, 6]
    assert [tick.get_text() for tick in strip.get_yticklabels()] == ["grown"]


def test_one_run_without_events_needs_no_strip_and_no_band() -> None:
    figure = accuracy_over_epochs({"static": [fake_run("static", events=())]}, Band.INTERVAL)
    assert len(figure.axes) == 3
    assert not any(axes.collections for axes in figure.axes)
    assert figure._supxlabel.get_text() == "one run per line"
    nothing_overlaps(figure)


def test_a_cut_axis_says_so_and_can_be_refused() -> None:
    runs = {"grown": [fake_run("grown", epochs=40)]}
    cut, whole = accuracy_over_epochs(runs).axes[1], accuracy_over_epochs(runs, zoom=False).axes[1]
    low = cut.get_ylim()[0]
    assert f"axis cut at {low:.1f} %" in cut.get_title("right")
    below = int(cut.get_title("right").split()[-1])
    values = drawn_lines(cut)[0].get_ydata()
    assert (values[below:] >= low).all()
    assert values[below - 1] < low
    assert whole.get_ylim()[0] < 10
    assert whole.get_title("right") == ""


def test_errors_have_a_logarithmic_axis() -> None:
    figure = accuracy_over_epochs({"a": [fake_run("a", final=0.05, metric="error")]})
    assert figure.axes[1].get_yscale() == "log"
    assert figure.axes[1].get_ylabel() == "test error"


def test_too_many_labels_are_refused() -> None:
    with pytest.raises(DataError, match="expected from 1 to 16 labels"):
        accuracy_over_epochs({str(at): [fake_run()] for at in range(17)})
    with pytest.raises(DataError, match="got 0"):
        degree_ccdf({})


def test_extrema_have_a_panel_per_level_with_high_and_low() -> None:
    runs = [fake_run(seed=seed) for seed in range(2)]
    figure = extrema_over_time(runs, title="digits")
    assert [axes.get_title("left") for axes in figure.axes] == ["level 1", "level 2"]
    high, low = drawn_lines(figure.axes[1])
    assert high.get_ydata().tolist() == [0] * 21
    assert low.get_ydata().tolist() == [max(0, 4 - epoch // 5) for epoch in range(21)]
    assert len(figure.axes[0].collections) == 2
    nothing_overlaps(figure)


def test_a_level_that_opens_later_begins_there() -> None:
    run = fake_run()
    rows = [
        {**row, "extrema": {**row["extrema"], **({"3": [1, 0]} if row["epoch"] > 9 else {})}} for row in run.history
    ]
    figure = extrema_over_time(replace(run, history=rows))
    assert figure.axes[2].get_title("left") == "level 3"
    assert drawn_lines(figure.axes[2])[0].get_xdata().min() == 10


def test_missing_or_broken_extrema_are_refused() -> None:
    with pytest.raises(DataError, match="recorded extrema, got none"):
        extrema_over_time(fake_run(extrema=False))
    with pytest.raises(DataError, match=r"\[high, low\] per level"):
        extrema_over_time(replace(fake_run(), history=[{"epoch": 0, "extrema": {"1": 3}}]))


def test_ccdf_falls_from_the_share_that_has_edges() -> None:
    degree, share = ccdf(np.array([0, 0, 1, 3, 3, 5]))
    assert degree.tolist() == [1, 3, 5]
    assert share.tolist() == pytest.approx([4 / 6, 3 / 6, 1 / 6])


def test_degrees_are_those_of_hidden_neurons_on_logarithmic_axes() -> None:
    graph = small_graph((30, 20, 20, 5))
    figure = degree_ccdf({"start": graph, "grown": grow(graph, 1, 30)}, title="digits")
    for axes, degrees in zip(figure.axes, (graph.wiring.fan_in, graph.wiring.fan_out), strict=True):
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        line = drawn_lines(axes)[0]
        assert line.get_drawstyle() == "steps-pre"
        assert line.get_xdata().max() == degrees[graph.wiring.role == 1].max()
        assert line.get_ydata().min() >= 1 / 40
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["start", "grown"]
    nothing_overlaps(figure)


def test_a_graph_without_hidden_neurons_has_no_such_degrees() -> None:
    with pytest.raises(DataError, match="flat: expected a graph with hidden neurons"):
        degree_ccdf({"flat": layered((3, 2), 1.0, stream(0, "flat"))})
