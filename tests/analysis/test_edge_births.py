"""Lengths of edges at their birth, told from a stored run, and their trend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.edge_births import edge_births, trend
from analysis.figures.edge_lengths import edge_lengths
from graphgrow.errors import DataError, SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import from_edges
from graphgrow.graph.difference import difference
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event
from graphgrow.store.run import Run


def stored(folder: Path, *edits: Edit) -> Run:
    """Two inputs, a chain 0 -> 2 -> 3 -> 4 through three levels, node 1 joined to none; then the edits."""
    start = from_edges([0, 0, 1, 2, 3], [0, 2, 3], [2, 3, 4], [1.0, 1.0, 1.0])
    run = Run.create(folder, {"seed": 0}, {"network": start}, 0)
    graph: Graph = start
    for number, edit in enumerate(edits, 1):
        after, _ = apply(graph, edit, number)
        told = Event(number, number, number, "network", "made up", "asked", after.neurons, after.edges, 1, 0)
        run.append("network", told, difference(graph, after))
        graph = after
    return run


def edge(source: int, target: int) -> Edit:
    return Edit(5, 1, source=np.array([source]), target=np.array([target]), weight=np.ones(1), edge_group=np.zeros(1))


def test_lengths_are_those_of_the_network_just_before(tmp_path: Path) -> None:
    found = edge_births(stored(tmp_path / "run", edge(0, 4), edge(1, 3), edge(0, 3)))
    # Along the chain; joined to nothing; round by 4, which the first event made no longer than by 2.
    assert found["event"].tolist() == [1, 2, 3]
    assert found["span"].tolist() == [3, 2, 2]
    assert found["detour"].tolist() == [3, np.inf, 2]


def test_a_matched_pair_lies_between_the_same_levels_and_is_absent(tmp_path: Path) -> None:
    found = edge_births(stored(tmp_path / "run", edge(0, 4)))
    # Inputs to the output: 0 lies 3 away, 1 is joined to nothing.
    assert found["matched"].isin([3, np.inf]).all()
    full = edge_births(stored(tmp_path / "other", edge(2, 4)))
    assert full["matched"].tolist() == [2]


def test_a_run_without_events_has_no_births(tmp_path: Path) -> None:
    assert len(edge_births(stored(tmp_path / "run"))) == 0


def test_a_fall_is_told_from_none() -> None:
    event = np.repeat(np.arange(1, 6), 40)
    falls = trend(event, 10.0 - event + np.tile([0.0, 0.1], 100))
    assert falls.rho == pytest.approx(-1, abs=0.03)
    assert falls.p == pytest.approx(1 / 501)
    assert abs(falls.shuffled) < 0.02
    level = trend(event, np.tile([1.0, 2.0], 100))
    assert level.p > 0.05
    assert level.rho == pytest.approx(0, abs=1e-9)


def test_unjoined_counts_as_longest_and_unknown_is_left_out() -> None:
    found = trend([1, 1, 2, 2, 3], [np.inf, np.inf, 5.0, 4.0, np.nan])
    assert found.edges == 4
    assert found.rho < -0.8


@pytest.mark.parametrize("length", [[2.0, 2.0, 2.0], [np.nan] * 3])
def test_what_does_not_vary_has_no_trend(length: list[float]) -> None:
    found = trend([1, 2, 3], length)
    assert np.isnan(found.rho)
    assert found.p == 1


def test_wrong_input_is_told() -> None:
    with pytest.raises(DataError, match="as many lengths as events"):
        trend([1, 2], [1.0])
    with pytest.raises(SettingsError, match="shuffles"):
        trend([1, 2], [1.0, 2.0], draws=0)


def test_the_figure_has_two_panels_a_rule_and_says_where_there_is_nothing() -> None:
    rows = pd.DataFrame({"rule": ["a", "a", "b", "b"], "seed": 0, "event": [1, 2, 1, 2], "span": [2, 1, 1, 1],
                         "detour": [5.0, 3.0, np.nan, np.nan], "matched": [5.0, 4.0, np.nan, np.nan]})  # fmt: skip
    figure = edge_lengths(rows, "made up")
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["a", "b"]
    assert len(figure.axes) == 4
    assert [text.get_text() for text in figure.axes[1].texts] == ["no edge between\nold neurons"]
    thick = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    assert thick[0].get_ydata().tolist() == [5.0, 3.0]
    with pytest.raises(DataError, match="at most 5 rules"):
        edge_lengths(pd.concat([rows.assign(rule=str(at)) for at in range(6)]))
    with pytest.raises(DataError, match="expected rows with"):
        edge_lengths(rows.drop(columns="span"))
