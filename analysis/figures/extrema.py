"""How many neurons are saturated, level by level, while the network trains and grows."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.figures import style
from analysis.figures.of_run import Drawn
from analysis.reading import label, name_of, number, setting
from analysis.stored import thinned
from graphgrow.arrays import Array
from graphgrow.errors import DataError

if TYPE_CHECKING:
    from graphgrow.store.run import Run

NAME = "extrema_over_time"
MOST_COLUMNS = 3
MOST_PANELS = 12


@style.styled
def extrema_over_time(runs: Run | Sequence[Run], title: str = "") -> Figure:
    """One panel per hidden level: number of HIGH and LOW neurons over epochs, mean and range over the runs.

    Levels carry the number they had in that epoch: after a level was opened, those above it moved up by one. Of more
    than 12 levels an even choice is drawn. 7 inches wide, 1.9 inches high per row of panels.

    Raises
    ------
    DataError
        No runs, or no extrema in any of them (they are recorded where `fit.record_extrema` is set).
    """
    several = list(runs) if isinstance(runs, Sequence) else [runs]
    counts = _counts(several)
    if not counts:
        raise DataError("expected runs with recorded extrema, got none: run again with fit.record_extrema")
    levels = list(thinned(tuple(sorted({level for level, _ in counts})), MOST_PANELS))
    # Four panels stand better two by two than three and one.
    columns = 2 if len(levels) == 4 else min(MOST_COLUMNS, len(levels))
    rows = ceil(len(levels) / columns)
    figure = style.new_figure(style.WIDTH, 1.9 * rows + 0.9)
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for panel, level in zip(panels, levels, strict=False):
        style.tidy(panel)
        for kind in (0, 1):
            _draw(panel, counts, level, kind, len(several))
        panel.set_title(f"level {level}", loc="left")
        top = max(1.0, panel.dataLim.y1 * 1.08)
        panel.set_ylim(-0.04 * top, top)
        panel.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        panel.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    for at, panel in enumerate(panels):
        panel.set_visible(at < len(levels))
        # With a shared axis only the last row has numbers, and its panels need not exist.
        panel.tick_params(labelbottom=at + columns >= len(levels))
    figure.supxlabel("epoch (number; 0 is before training)", fontsize=8.5)
    figure.supylabel("neurons (number)", fontsize=8.5)
    handles = [style.handle(name, look) for name, look in zip(("HIGH extrema", "LOW extrema"), _LOOKS, strict=True)]
    style.outside_legend(figure, handles, title, 2)
    return figure


def of_run(run: Run) -> Drawn:
    """This run alone."""
    return extrema_over_time(run, f"{setting(run, 'task', 'name')}, {label(run)}")


_LOOKS = (style.Look(style.HIGH, (), "^"), style.Look(style.LOW, (5, 1.6), "v"))


def _counts(runs: Sequence[Run]) -> dict[tuple[int, int], Array]:
    """(level, run) -> float64 (k, 3): epoch, HIGH, LOW; rows without extrema are gaps."""
    found: dict[tuple[int, int], list[tuple[float, float, float]]] = {}
    for at, run in enumerate(runs):
        for row in run.rows():
            levels = row.get("extrema") or {}
            for level, pair in levels.items():
                high, low = _pair(pair, run)
                found.setdefault((int(level), at), []).append((number(row, "epoch", run), high, low))
    return {key: np.array(rows) for key, rows in found.items()}


def _pair(value: Any, run: Run) -> tuple[float, float]:
    if not isinstance(value, Sequence) or len(value) != 2:
        raise DataError(f"{name_of(run)}: expected extrema as [high, low] per level, got {value!r}: run it again")
    return float(value[0]), float(value[1])


def _draw(panel: Axes, counts: dict[tuple[int, int], Array], level: int, kind: int, runs: int) -> None:
    """The mean over the runs that have this level in an epoch, and their range."""
    each = [counts[level, at] for at in range(runs) if (level, at) in counts]
    epochs = np.unique(np.concatenate([rows[:, 0] for rows in each]))
    values = np.full((len(each), epochs.size), np.nan)
    for at, rows in enumerate(each):
        values[at, np.searchsorted(epochs, rows[:, 0])] = rows[:, 1 + kind]
    shown = _LOOKS[kind]
    if len(each) > 1:
        low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        panel.fill_between(epochs, low, high, color=shown.colour, alpha=0.16, linewidth=0)
    every = max(1, round(epochs.size / 6))
    start = (kind * every // 2) % epochs.size
    panel.plot(
        epochs,
        np.nanmean(values, axis=0),
        color=shown.colour,
        linestyle=shown.line,
        marker=shown.marker,
        markevery=(start, every),
        markeredgecolor="white",
        markeredgewidth=0.5,
    )
