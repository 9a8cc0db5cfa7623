"""Figures of rank correlations, and of scores neuron by neuron."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.figures import available
from analysis.figures.rank_forest import COLUMNS, rank_forest
from analysis.figures.scores import scores_against
from graphgrow.errors import DataError
from tests.analysis.test_figures import nothing_overlaps


def rows(*scores: str, panels: int = 2) -> pd.DataFrame:
    made = [
        (f"network {panel}, relu", score, 0.1 * at, 0.1 * at - 0.2, np.nan if at == 1 else 0.5, -0.3, -0.2, 0.2, 5)
        for panel in range(panels)
        for at, score in enumerate(scores)
    ]
    return pd.DataFrame(made, columns=list(COLUMNS))


def test_a_rank_forest_keeps_the_order_of_its_rows() -> None:
    figure = rank_forest(rows("one", "two", "three"), 0.9, "A title")
    nothing_overlaps(figure)
    assert len(figure.axes) == 2
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["one", "two", "three"]
    dots = figure.axes[1].get_lines()[-1]
    assert dots.get_xdata() == pytest.approx([0, 0.1, 0.2])
    assert "5 seeds" in figure.get_supxlabel()
    assert "dashed: 0.9" in figure.get_supxlabel()


def test_scores_have_a_panel_each_and_a_look_per_level() -> None:
    worth, level = np.linspace(-1, 1, 9), np.repeat([1, 2, 3], 3)
    scores = {"wide": np.logspace(0, 3, 9), "narrow": np.arange(9.0), "third": np.zeros(9)}
    figure = scores_against(scores, worth, level, "rise of loss (nats)", "A title")
    nothing_overlaps(figure)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_xlabel() for axes in shown] == list(scores)
    assert [axes.get_xscale() for axes in shown] == ["log", "linear", "linear"]
    assert {axes.get_yscale() for axes in shown} == {"symlog"}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["level 1", "level 2", "level 3"]


def test_wrong_input_is_told() -> None:
    with pytest.raises(DataError, match="columns"):
        rank_forest(rows("a").drop(columns="whole"), 0.9)
    with pytest.raises(DataError, match="at most 40 scores"):
        rank_forest(rows(*(f"score {at}" for at in range(41))), 0.9)
    with pytest.raises(DataError, match="5 panels"):
        rank_forest(rows("a", panels=6), 0.9)
    with pytest.raises(DataError, match="1 to 6"):
        scores_against({}, np.zeros(3), np.zeros(3), "")
    with pytest.raises(DataError, match="of 3 neurons"):
        scores_against({"a": np.zeros(4)}, np.zeros(3), np.zeros(3), "")


def test_both_are_found_by_name() -> None:
    assert {"rank_forest", "scores_against"} <= set(available())
