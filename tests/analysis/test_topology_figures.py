"""Figures of topology from plain numbers: what they show, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.figures.growth import growth_film
from analysis.figures.hierarchy import hierarchy_plane
from analysis.figures.katz import katz_by_level
from analysis.figures.modes import mode_circle
from analysis.figures.receptive import receptive_fields, smoothed
from analysis.figures.small_world import small_world_plane
from analysis.figures.spectra import network_spectra
from analysis.figures.strengths import degree_and_strength
from analysis.planes import hierarchy_course, small_world_course
from analysis.stored import Stage
from analysis.tails import fit_tail
from analysis.unions import NEVER, union
from graphgrow.errors import DataError, GraphError
from graphgrow.graph.builders import chain
from graphgrow.rng import stream
from tests.analysis.fakes import grow, small_graph
from tests.analysis.looks import labelled, texts_apart
from tests.analysis.test_figures import nothing_overlaps

COURSE = pd.DataFrame({"event": [0, 2, 5], "path": [1.0, 1.1, 1.2], "clustering": [np.nan, 1.5, 3.0]})


def legible(figure: Figure) -> None:
    labelled(figure)
    nothing_overlaps(figure)
    texts_apart(figure)


def part(figure: Figure, name: str) -> Any:
    (found,) = [item for item in figure.axes[0].collections if item.get_gid() == name]
    return found


def test_a_course_begins_where_both_measures_exist() -> None:
    null = pd.DataFrame({"path": [0.9, 1.1], "clustering": [1.0, 1.0]})
    figure = small_world_plane(COURSE, null, "mean clustering", "digits")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "event 2", "end", "end, randomised within blocks (null)",
    ]  # fmt: skip
    assert len(part(figure, "null").get_offsets()) == 2
    assert part(figure, "steps").get_segments()[0].tolist() == [[1.1, 1.5], [1.2, 3.0]]
    assert figure.axes[0].get_ylabel() == "mean clustering / null (ratio)"
    legible(figure)


def test_a_course_of_one_event_without_a_null_is_drawn() -> None:
    figure = hierarchy_plane(pd.DataFrame({"event": [0], "incoherence": [1e-17], "reaching": [0.5]}))
    assert len(figure.axes) == 1
    low, high = figure.axes[0].get_xlim()
    assert high - low >= 0.0099
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["start and end"]
    legible(figure)


def test_nearly_equal_ratios_have_numbers_in_full() -> None:
    course = pd.DataFrame(
        {"event": [1, 2], "path": [1.00001, 1.00002], "clustering": [0.9, 1.1], "reachable": [0.25, 0.5]}
    )
    figure = small_world_plane(course, title="digits")
    legible(figure)
    assert figure.axes[0].xaxis.get_offset_text().get_text() == ""
    assert figure.axes[0].get_title("left") == "digits\n25 to 50 % of pairs joined by a path"


def test_a_course_needs_its_columns() -> None:
    with pytest.raises(DataError, match="got none called clustering"):
        small_world_plane(COURSE.drop(columns="clustering"))
    with pytest.raises(DataError, match="expected a row with event and path and clustering, got none"):
        small_world_plane(COURSE[:1])


def test_strictly_layered_networks_are_measured_by_squares() -> None:
    start = small_graph((12, 10, 8), 0.5)
    layered = small_world_course([(0, start)])
    assert layered is not None
    assert layered.clustering == "mean square clustering"
    assert np.allclose(layered.null.mean(), 1)
    skipping = small_world_course([(0, start), (1, grow(start, 1, 20))])
    assert skipping is not None
    assert skipping.clustering == "mean clustering"
    assert np.isnan(skipping.course["clustering"][0])
    assert skipping.course["clustering"][1] > 0
    assert small_world_course([(0, chain(4))]) is None


def test_skips_make_a_network_less_coherent() -> None:
    start = small_graph((12, 10, 8), 0.5)
    course, null = hierarchy_course([(0, start), (1, grow(start, 1, 20))])
    assert course["incoherence"][0] == pytest.approx(0, abs=1e-9)
    assert course["incoherence"][1] > 0.01
    assert len(null) == 20


def test_katz_shows_every_neuron_and_the_spread_of_each_level() -> None:
    figure = katz_by_level(np.array([1.0, 1.0, 2.0, 4.0]), np.array([0, 0, 1, 1]), "α = 0.1", "digits")
    left, right = figure.axes
    assert right.get_lines()[0].get_ydata().tolist() == pytest.approx([0, 1 / 3])
    assert sum(len(item.get_offsets()) for item in left.collections if len(item.get_offsets()) == 2) == 4
    legible(figure)
    with pytest.raises(DataError, match="expected finite centralities"):
        katz_by_level(np.array([np.nan]), np.array([0]))


def test_deep_networks_have_room_for_their_levels() -> None:
    level = np.repeat(np.arange(30), 4)
    figure = katz_by_level(2.0**level, level)
    assert figure.axes[0].get_yscale() == "log"
    legible(figure)


def test_receptive_fields_have_a_row_per_level_and_tell_what_no_input_reaches() -> None:
    scales = {"start": {1: np.array([0, 2, 2]), 2: np.array([8])}, "end": {1: np.array([2, 2, 4]), 2: np.array([16])}}
    figure = receptive_fields(scales, 16, "digits")
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["level 1", "level 2"]
    assert "33 → 0 %" in [text.get_text() for text in axes.texts]
    assert "0 %" in [text.get_text() for text in axes.texts]
    legible(figure)
    with pytest.raises(DataError, match="expected sizes from 0 to 16, got 17 to 17"):
        receptive_fields({"start": {1: np.array([17])}}, 16)
    with pytest.raises(DataError, match="expected 1 to 4 scales"):
        receptive_fields({}, 16)


def test_ridges_stand_at_their_sizes() -> None:
    grid = np.geomspace(1, 100, 241)
    ridge = smoothed(grid, np.array([10, 10, 10]))
    assert grid[ridge.argmax()] == pytest.approx(10, rel=0.02)
    assert ridge.max() == 1
    # Mirrored at the end: no height is lost where sizes cannot be larger.
    assert smoothed(grid, np.array([100])).argmax() == 240


def test_spectra_mark_the_second_eigenvalue_or_the_pieces() -> None:
    singular = {"0 → 1": np.array([2.0, 1.0]), "1 → 2": np.array([0.5])}
    figure = network_spectra(np.array([0, 0.4, 1, 2]), singular, "digits")
    assert figure.axes[0].get_title("left") == "4 eigenvalues; dashed λ₂ = 0.400"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(singular)
    legible(figure)
    pieces = network_spectra(np.array([0, 0, 2, 2]), singular)
    assert pieces.axes[0].get_title("left") == "4 eigenvalues, 2 pieces"
    assert len(network_spectra(None, singular).axes) == 1
    with pytest.raises(DataError, match="expected eigenvalues from 0 to 2"):
        network_spectra(np.array([3.0]), singular)
    with pytest.raises(DataError, match="expected blocks with positive singular values"):
        network_spectra(None, {"0 → 1": np.array([0.0])})


def test_many_blocks_keep_the_strongest() -> None:
    many = {f"{at} → {at + 1} (largest alone)": np.array([1.0 + at]) for at in range(14)}
    figure = network_spectra(None, many)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(many)[4:]
    legible(figure)


def test_modes_are_told_apart_by_their_size() -> None:
    figure = mode_circle(np.array([1.2, 0.5 + 0.5j, 0.5 - 0.5j]), "digits")
    assert {name: len(part(figure, name).get_offsets()) for name in ("critical", "decaying")} == {
        "critical": 1, "decaying": 2,
    }  # fmt: skip
    assert figure.axes[0].get_xlim()[1] > 1.2
    legible(figure)
    with pytest.raises(DataError, match="expected finite eigenvalues, got 0"):
        mode_circle(np.zeros(0))


def test_a_drawn_power_law_is_found_again_and_both_lines_begin_with_the_tail() -> None:
    values = (1 - stream(0, "pareto").random(3000)) ** (-1 / 1.5)
    tail = fit_tail(values)
    assert tail.exponent == pytest.approx(2.5, abs=0.15)
    assert tail.verdict != "lognormal"
    for share in tail.share.values():
        assert share[0] == pytest.approx((values >= tail.start).mean())
        assert (np.diff(share) < 0).all()
    law = tail.share["power law"]
    assert law[30] / law[0] == pytest.approx((tail.place[30] / tail.start) ** (1 - tail.exponent))


def test_whole_numbers_have_discrete_fits_and_few_values_none() -> None:
    degrees = np.floor((1 - stream(0, "whole").random(1000)) ** (-1 / 1.2)).astype(np.int64)
    tail = fit_tail(degrees)
    assert (tail.place == tail.place.round()).all()
    assert np.isfinite(tail.share["lognormal"]).all()
    with pytest.raises(GraphError, match="expected 50 values above 0"):
        fit_tail(degrees[:40])
    figure = degree_and_strength({"degree (edges)": degrees, "strength (weight)": degrees[:40] / 7}, "digits")
    assert "exponent" in figure.axes[0].get_title("left")
    assert figure.axes[1].get_title("left") == "too few values for a fit"
    legible(figure)
    with pytest.raises(DataError, match="flat: expected finite values of 0 or more"):
        degree_and_strength({"flat": np.zeros(3)})


def test_a_union_knows_births_and_deaths() -> None:
    start = small_graph()
    grown = grow(start, 1, 5)
    whole = union([Stage(0, 0, grown), Stage(1, 2, start), Stage(2, 3, grown)])
    assert whole.source.size == grown.edges
    assert (whole.birth == 0).all()
    assert (whole.death == NEVER).all()
    whole = union([Stage(0, 0, start), Stage(1, 2, grown), Stage(2, 3, start)])
    assert (whole.birth == 1).sum() == 5
    assert (whole.death[whole.birth == 1] == 2).all()
    with pytest.raises(DataError, match="expected at least one stage"):
        union([])


def test_a_film_adds_edges_frame_by_frame() -> None:
    start = small_graph()
    stages = [Stage(0, 0, start), Stage(1, 2, grow(start, 1, 8)), Stage(2, 3, grow(grow(start, 1, 8), 2, 8))]
    film = growth_film(stages, np.arange(5), np.linspace(10, 90, 5), "test accuracy (%)", "digits")
    above, below = film.figure.axes[:2]
    counts = []
    for frame in range(film.frames):
        film.show(frame)
        counts.append(sum(len(item.get_segments()) for item in above.collections[:2]))
    assert counts[0] == start.edges
    assert counts[-1] == start.edges + 16
    assert (np.diff(counts) >= 0).all()
    assert len(set(counts)) > 3
    assert below.get_lines()[-1].get_xdata().max() == 4
    assert below.get_ylabel() == "test accuracy (%)"
    assert above.get_title("left") == f"digits\nepoch 4, after event 2, {start.edges + 16} edges"
    legible(film.figure)
    with pytest.raises(DataError, match="expected a score for every epoch"):
        growth_film(stages, np.arange(5), np.zeros(4), "x")
