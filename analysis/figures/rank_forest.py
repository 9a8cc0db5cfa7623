"""How far each score orders things as an answer does, within groups and over all, one row per score."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures import style
from graphgrow.errors import DataError

NAME = "rank_forest"
MOST_ROWS, MOST_PANELS = 40, 5
COLUMNS = ("panel", "score", "within", "within_low", "within_high", "whole", "chance_low", "chance_high", "seeds")


@style.styled
def rank_forest(frame: pd.DataFrame, line: float, title: str = "") -> Figure:
    """One panel per value of `panel`, rows in the order given: a dot with its interval within groups, hollow over all.

    The grey bar is what chance reaches. 7 inches wide, 0.17 inches high a row.

    Parameters
    ----------
    frame : the columns of `COLUMNS`, one row per panel and score; NaN is left out.
    line : a correlation that a claim names, drawn dashed.

    Raises
    ------
    DataError
        No rows, too many of them or too many panels, or a column is missing.
    """
    missing = [name for name in COLUMNS if name not in frame]
    if missing or not len(frame):
        raise DataError(
            f"rank forest: expected rows with the columns {', '.join(COLUMNS)}, got {', '.join(frame) or 'none'}"
        )
    scores, panels = list(dict.fromkeys(frame["score"])), list(dict.fromkeys(frame["panel"]))
    if len(scores) > MOST_ROWS or len(panels) > MOST_PANELS:
        raise DataError(
            f"rank forest: expected at most {MOST_ROWS} scores and {MOST_PANELS} panels, got {len(scores)} and "
            f"{len(panels)}: draw several"
        )
    figure = style.new_figure(style.WIDTH, 0.17 * len(scores) + 1.5)
    drawn = figure.subplots(1, len(panels), sharey=True, sharex=True, squeeze=False)[0]
    for at, (axes, name) in enumerate(zip(drawn, panels, strict=True)):
        _draw(axes, frame[frame["panel"] == name], scores, line)
        axes.set_title(str(name).replace(", ", "\n"), fontsize=8)
        axes.tick_params(left=at == 0)
    drawn[0].set_yticks(range(len(scores)), scores, fontsize=7)
    drawn[0].set_ylim(len(scores) - 0.4, -0.6)
    drawn[0].set_xlim(-1, 1)
    drawn[0].set_xticks([-1, -0.5, 0, 0.5, 1], ["-1", "", "0", "", "1"])
    spread = style.span(int(count) for count in frame["seeds"])
    figure.supxlabel(f"correlation; bars: 95 % t interval over {spread} seeds; dashed: {line:g}", fontsize=8)
    style.outside_legend(figure, _handles(), title, 3)
    return figure


def _draw(axes: Axes, rows: pd.DataFrame, scores: list[str], line: float) -> None:
    style.tidy(axes)
    place = np.array([scores.index(score) for score in rows["score"]])
    values = {name: rows[name].to_numpy(float) for name in COLUMNS[2:]}
    axes.barh(place, values["chance_high"] - values["chance_low"], left=values["chance_low"], color=style.PALE)
    axes.axvline(0, color=style.INK, linewidth=0.7)
    axes.axvline(line, color=style.INK, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.hlines(place, values["within_low"], values["within_high"], color=style.LOW, linewidth=1.2)
    axes.plot(values["whole"], place, "D", color=style.HIGH, markerfacecolor="none", markersize=3.4)
    axes.plot(values["within"], place, "o", color=style.LOW, markersize=3.4)


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], color=style.LOW, marker="o", linewidth=1.2, label="within levels"),
        Line2D([], [], color=style.HIGH, marker="D", markerfacecolor="none", linestyle="", label="whole network"),
        Line2D([], [], color=style.PALE, linewidth=7, label="chance, 95 %"),
    ]
