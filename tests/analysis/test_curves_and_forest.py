"""Figures of measured against predicted values, and forest plots."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.figures import available
from analysis.figures.curves import Curve, Panel, curves
from analysis.figures.forest import forest
from analysis.figures.style import MOST_LABELS
from graphgrow.errors import DataError
from tests.analysis.test_figures import nothing_overlaps

X = np.array([0.05, 0.1, 0.2])
MEASURED = Curve(X, np.array([[1.0, 2.0, 4.0], [1.5, 2.5, 4.5], [1.2, np.nan, 4.2]]), line=False)
PREDICTED = Curve(X, np.array([[1.0, 2.0, 4.0]]), points=False)


def panel(**curve: Curve) -> Panel:
    return Panel("a panel", "epsilon", "share (%)", curve, logarithmic=True)


def test_predictions_are_lines_and_measurements_points_with_intervals() -> None:
    figure = curves([panel(measured=MEASURED, predicted=PREDICTED)] * 3, "A title", "a note")
    first = figure.axes[0]
    assert first.get_yscale() == "log"
    assert first.get_ylabel() == "share (%)"
    kinds = {(line.get_linestyle() != "None", line.get_marker() not in ("", "None", "_", "|")) for line in first.lines}
    assert (True, False) in kinds
    assert len(first.containers) == 1
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["measured", "predicted"]
    nothing_overlaps(figure)


def test_what_is_not_above_zero_is_left_out_of_a_logarithmic_axis() -> None:
    figure = curves([panel(measured=Curve(X, np.array([[0.0, 1.0, 2.0]])))])
    assert [line.get_xdata().tolist() for line in figure.axes[0].lines] == [[0.1, 0.2]]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match="expected \\(points,\\)"):
        curves([panel(wrong=Curve(X, np.zeros((2, 2))))])
    with pytest.raises(DataError, match="labels in one figure"):
        curves([panel(**{f"label_{at}": PREDICTED for at in range(MOST_LABELS + 1)})])
    with pytest.raises(DataError, match="labels in one figure"):
        curves([])


def rows(*rules: str) -> pd.DataFrame:
    made = [
        {"panel": name, "rule": rule, "gain": at, "gain_low": at - 0.5, "gain_high": at + 0.5}
        for name in ("digits", "mnist")
        for at, rule in enumerate(rules)
    ]
    return pd.DataFrame(made).iloc[::-1]


def test_a_forest_is_sorted_alike_in_all_panels_with_its_band() -> None:
    figure = forest(rows("worst", "middle", "best"), 0.25, "A title", "a note", scale=1.0)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["worst", "middle", "best"]
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["mnist", "digits"]
    band = figure.axes[0].patches[0].get_extents().transformed(figure.axes[0].transData.inverted())
    assert (round(band.x0, 6), round(band.x1, 6)) == (-0.25, 0.25)
    nothing_overlaps(figure)


def test_forests_refuse_what_nobody_could_read() -> None:
    with pytest.raises(DataError, match="columns panel, rule, gain"):
        forest(rows("a").drop(columns="gain_low"))
    with pytest.raises(DataError, match="at most 40 rules"):
        forest(rows(*(f"rule_{at}" for at in range(41))))


def test_both_are_found() -> None:
    assert available()["curves"] is curves
    assert available()["forest"] is forest
