"""Figures of many rules: the ranking by budget, and accuracy against cost."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.figures.cost import Cost, cost, marks, short
from analysis.figures.ranking import ordered, ranking
from analysis.figures.style import LOW, MOST_LABELS
from analysis.reading import Metric
from graphgrow.errors import DataError
from tests.analysis.test_figures import drawn_lines, nothing_overlaps


def frame(
    rules: int = 5, budget: int = 100, seeds: int = 3, share: str = "1 %", metric: str = "accuracy"
) -> pd.DataFrame:
    rows = [
        {
            "rule": f"rule_{number}",
            "share": share,
            "seed": seed,
            "metric": metric,
            "test": 0.9 - 0.01 * number + 0.001 * seed,
            "edges": budget - (number == 1),
            "budget": budget,
            "edge_steps": 1000 * budget * (1 + number),
            "seconds": 1.0 + number,
        }
        for number in range(rules)
        for seed in range(seeds)
    ]
    return pd.DataFrame(rows)


def test_rules_stand_from_best_to_worst_whatever_the_metric() -> None:
    assert ordered([frame(3)], Metric.ACCURACY) == ["rule_0", "rule_1", "rule_2"]
    assert ordered([frame(3, metric="error")], Metric.ERROR) == ["rule_2", "rule_1", "rule_0"]


def test_a_ranking_has_a_dot_and_an_interval_per_rule_and_marks_what_missed_its_budget() -> None:
    made = ranking({"1 %": frame(), "5 %": frame(budget=500)}, "rule_2", "LeNet")
    assert [axes.get_title() for axes in made.axes] == ["1 %", "5 %"]
    assert [label.get_text() for label in made.axes[0].get_yticklabels()] == [f"rule_{at}" for at in range(5)]
    dots = [line for line in drawn_lines(made.axes[0]) if line.get_marker() == "o"]
    assert [float(dot.get_xdata()[0]) for dot in dots] == pytest.approx([90.1, 89.1, 88.1, 87.1, 86.1])
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, True, False, False, False]
    assert [dot.get_color() == LOW for dot in dots] == [True, True, False, True, True]
    assert len(made.axes[0].collections) == 5
    assert made._suptitle.get_text() == "LeNet"
    nothing_overlaps(made)


def test_what_lies_far_below_is_told_at_the_edge() -> None:
    rows = frame(8)
    rows.loc[rows["rule"] == "rule_7", "test"] = 0.2
    axes = ranking({"1 %": rows}).axes[0]
    assert [text.get_text() for text in axes.texts] == ["\u25c2 20.0"]
    assert axes.get_xlim()[0] > 70
    whole = ranking({"1 %": rows}, zoom=False).axes[0]
    assert not whole.texts
    assert whole.get_xlim()[0] < 20


def test_rules_of_some_panels_only_and_single_runs_are_drawn() -> None:
    made = ranking({"1 %": frame(2, seeds=1), "2 %": frame(3)})
    assert len(drawn_lines(made.axes[0])) == 2
    assert not made.axes[0].collections
    assert len(drawn_lines(made.axes[1])) == 3


def test_wrong_panels_are_refused() -> None:
    with pytest.raises(DataError, match="from 1 to 5 panels, got 0"):
        ranking({})
    with pytest.raises(DataError, match="one metric in every panel, got accuracy, error"):
        ranking({"a": frame(), "b": frame(metric="error")})
    with pytest.raises(DataError, match="one metric in every panel"):
        ranking({"a": frame(), "b": frame().iloc[:0]})


def family() -> pd.DataFrame:
    parts = [frame(4, edges, share=share) for share, edges in (("10 %", 1000), ("1 %", 100), ("2 %", 200))]
    return pd.concat(parts, ignore_index=True)


def test_cost_has_a_line_per_rule_through_its_budgets_in_their_order() -> None:
    made = cost(family(), "share", title="LeNet")
    assert [axes.get_xlabel() for axes in made.axes] == [Cost.EDGES.value, Cost.EDGE_STEPS.value]
    assert made.axes[0].get_ylabel() == "test error (%): 100 - accuracy"
    assert all(axes.get_xscale() == axes.get_yscale() == "log" for axes in made.axes)
    lines = drawn_lines(made.axes[1])
    assert len(lines) == 4
    assert list(lines[1].get_xdata()) == [2_000_000, 200_000, 400_000]
    assert list(lines[1].get_ydata()) == pytest.approx([10.9] * 3)
    assert "mean of 3 runs at 10 %, 1 %, 2 %" in made._supxlabel.get_text()
    nothing_overlaps(made)


def test_long_names_stay_on_the_page() -> None:
    rows = family()
    rows["rule"] = [f"{rule}_with_a_name_of_more_than_usual" for rule in rows["rule"]]
    nothing_overlaps(cost(rows, "share", title="LeNet"))


def test_thin_lines_can_join_what_has_one_budget() -> None:
    joined = cost(family(), "share", (Cost.SECONDS,), join_budgets=True)
    assert len(drawn_lines(joined.axes[0])) == 4 + 3
    assert joined._supxlabel.get_text().endswith("what has one budget")


def test_costs_without_rules_or_with_too_many_are_refused() -> None:
    with pytest.raises(DataError, match="labels in one figure, got 0"):
        cost(frame().iloc[:0], "share")
    with pytest.raises(DataError, match=f"labels in one figure, got {MOST_LABELS + 1}"):
        cost(frame(MOST_LABELS + 1), "share")
    with pytest.raises(DataError, match="one metric and at least one cost"):
        cost(frame(), "share", ())


def test_counts_are_written_in_few_signs() -> None:
    assert [short(value) for value in (5, 2_000, 30_000_000, 1e9, 0.25)] == ["5", "2k", "30M", "1G", "0.25"]


@pytest.mark.parametrize(("low", "high"), [(500, 1400), (1e6, 3e8), (120e3, 290e3), (0.08, 0.9), (4, 7)])
def test_an_axis_has_at_least_three_marks_and_few_enough_to_read(low: float, high: float) -> None:
    made = marks(low, high)
    assert 3 <= len(made) <= 8
    assert made == sorted(set(made))
    assert low <= made[0] <= made[-1] <= high
