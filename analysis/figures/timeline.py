"""When networks grew, and when something else happened that growth may be near to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from analysis.figures import style
from graphgrow.errors import DataError

NAME = "growth_timeline"
ROW = 0.115
"""Inches per run."""


@dataclass(frozen=True)
class Track:
    """One run: epochs of growth events, and the epochs at which something was there that is marked."""

    events: Sequence[int]
    marks: Sequence[int] = ()


@style.styled
def growth_timeline(
    tracks: Mapping[str, Sequence[Track]], last: int, marked: str = "transition", title: str = ""
) -> Figure:
    """A row per run, the rows of a label together: a bar at every growth event, a dot at every marked epoch.

    7 inches wide, higher with the number of runs.

    Parameters
    ----------
    last : last epoch at which growth is possible; a line stands there.
    marked : what the dots are, for the legend.

    Raises
    ------
    DataError
        No label, or a label without a run.
    """
    empty = [label for label, runs in tracks.items() if not runs]
    if not tracks or empty:
        raise DataError(f"expected a run or more for every label, got none for {', '.join(empty) or 'any'}")
    count = sum(len(runs) for runs in tracks.values()) + len(tracks)
    figure = style.new_figure(style.WIDTH, ROW * count + 1.2)
    axes = figure.subplots()
    at, middles = 0.0, []
    for number, runs in enumerate(tracks.values()):
        if number % 2:
            axes.axhspan(at - 0.5, at + len(runs) + 0.5, color=style.PALE, alpha=0.6, linewidth=0, zorder=0)
        middles.append(at + len(runs) / 2)
        for row, track in enumerate(runs):
            low = at + row
            axes.vlines(list(track.events), low + 0.05, low + 0.95, color=style.HIGH, linewidth=1.6, zorder=3)
            axes.plot(list(track.marks), [low + 0.5] * len(track.marks), ".", color=style.LOW, markersize=2.6, zorder=4)
        at += len(runs) + 1
    axes.axvline(last, color=style.GREY, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
    axes.set_ylim(at - 0.5, -0.5)
    axes.set_xlim(0, last + 2)
    axes.set_yticks(middles, list(tracks))
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("epoch (number)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    handles = [
        Line2D(
            [], [], color=style.HIGH, marker="|", markersize=8, markeredgewidth=1.8, linewidth=0, label="growth event"
        ),
        Line2D([], [], color=style.LOW, marker=".", markersize=5, linewidth=0, label=marked),
        Line2D([], [], color=style.GREY, linestyle=(0, (4, 2)), linewidth=0.8, label="end of the growth window"),
    ]
    style.outside_legend(figure, handles, title, 3)
    return figure
