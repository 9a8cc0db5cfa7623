"""What every change of a method gains or loses, one row per change: the forest plot."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures import style
from graphgrow.errors import DataError

NAME = "forest"
MOST_ROWS = 40
COLUMNS = ("panel", "rule", "gain", "gain_low", "gain_high")


@style.styled
def forest(frame: pd.DataFrame, margin: float = 0.0, title: str = "", note: str = "", scale: float = 100.0) -> Figure:
    """One panel per value of `panel`, one row per rule: mean gain over the base as a point, its interval as a bar.

    Rows are sorted by their mean over all panels, the largest gain at the top, in the same order in every panel. The
    line is 0, the grey band what lies within the margin. 7 inches wide, 0.17 inches high a row.

    Parameters
    ----------
    frame : columns panel, rule, gain, gain_low, gain_high; an interval of NaN is left out.
    margin : half the width of the band, in the unit of the gains.
    scale : what gains are multiplied by: 100 for points of percent.

    Raises
    ------
    DataError
        No rows, too many rules, or a column is missing.
    """
    missing = [name for name in COLUMNS if name not in frame]
    if missing or not len(frame):
        raise DataError(
            f"forest: expected rows with the columns {', '.join(COLUMNS)}, got {', '.join(frame) or 'none'}"
        )
    rules = list(frame.groupby("rule")["gain"].mean().sort_values(kind="stable").index)
    if len(rules) > MOST_ROWS:
        raise DataError(f"forest: expected at most {MOST_ROWS} rules, got {len(rules)}: choose fewer, or draw several")
    panels = list(dict.fromkeys(frame["panel"]))
    figure = style.new_figure(style.WIDTH, 0.17 * len(rules) + 1.1)
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for at, (panel, name) in enumerate(zip(axes, panels, strict=True)):
        _draw(panel, frame[frame["panel"] == name], rules, margin * scale, scale)
        panel.set_title(str(name), loc="left", fontsize=8.5)
        panel.tick_params(left=at == 0)
    if title:
        figure.suptitle(title, fontsize=9.5)
    figure.supxlabel(note or "gain over the base", fontsize=8)
    return figure


def _draw(axes: Axes, rows: pd.DataFrame, rules: list[str], margin: float, scale: float) -> None:
    style.tidy(axes)
    axes.axvspan(-margin, margin, color=style.PALE, linewidth=0, zorder=0)
    axes.axvline(0, color=style.INK, linewidth=0.8, zorder=1)
    place = np.array([rules.index(rule) for rule in rows["rule"]])
    gain, low, high = (rows[name].to_numpy(float) * scale for name in COLUMNS[2:])
    # Clearly better, clearly worse, or neither: by colour and by shape.
    for looks, kept in (
        (style.Look(style.HIGH, (), "^"), low > margin),
        (style.Look(style.LOW, (), "v"), high < -margin),
        (style.Look(style.GREY, (), "o"), ~((low > margin) | (high < -margin))),
    ):
        axes.hlines(place[kept], low[kept], high[kept], color=looks.colour, linewidth=1.2)
        axes.plot(gain[kept], place[kept], looks.marker, color=looks.colour, markersize=3.6)
    axes.set_yticks(range(len(rules)), rules, fontsize=7)
    axes.set_ylim(-0.7, len(rules) - 0.3)
    axes.margins(x=0.08)
