"""The way of a network across a plane of two measures, event by event, beside a cloud of randomised ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures import style
from analysis.figures.events import event_bar, event_norm
from graphgrow.errors import DataError

LEAST_SPAN = 0.01


def draw_course(figure: Figure, axes: Axes, course: pd.DataFrame, x: str, y: str, null: pd.DataFrame | None) -> None:
    """A dot per event joined in order, start and end told apart by shape, the null behind; with legend and bar.

    Rows where a measure is undefined (NaN) are left out.

    Raises
    ------
    DataError
        A column is missing, or no row has both measures.
    """
    known = checked(course, ["event", x, y])
    if null is not None:
        cloud = checked(null, [x, y])
        axes.scatter(cloud[x], cloud[y], 15, color=style.GREY, alpha=0.55, linewidths=0, zorder=2, gid="null")
    event, points = known["event"].to_numpy(), known[[x, y]].to_numpy(float)
    last = max(1, int(event.max()))
    colours = style.ordered_colours()(event_norm(last)(np.maximum(event, 1)))
    colours[event == 0] = (0.5, 0.5, 0.5, 1)
    steps = np.stack([points[:-1], points[1:]], axis=1)
    axes.add_collection(LineCollection(list(steps), colors=colours[1:], linewidths=1.2, zorder=3, gid="steps"))
    axes.scatter(
        points[1:-1, 0],
        points[1:-1, 1],
        18,
        color=colours[1:-1],
        edgecolors="white",
        linewidths=0.5,
        zorder=4,
        gid="events",
    )
    handles = []
    ends = [(0, "s", f"event {event[0]}" if event[0] else "start"), (-1, "*", "end")]
    only = [(0, "*", "end" if event[0] else "start and end")]
    for at, marker, name in ends if len(points) > 1 else only:
        shown = {"color": colours[at], "marker": marker, "markersize": 6 if marker == "s" else 11}
        axes.plot(*points[at], linestyle="", markeredgecolor=style.INK, markeredgewidth=0.8, zorder=5, **shown)
        handles.append(_entry(marker, colours[at], name, style.INK))
    if null is not None:
        handles.append(_entry("o", style.GREY, "end, randomised within blocks (null)", style.GREY))
    axes.margins(0.12)
    _widened(axes)
    style.outside_legend(figure, handles, "", 3, below=True, length=1.5)
    if event.max() > 0:
        event_bar(figure, axes, int(event.max()))


def _widened(axes: Axes) -> None:
    """Ticks in full, and no axis so short that rounding or a single point fills it."""
    axes.ticklabel_format(useOffset=False)
    for (low, high), limit in ((axes.get_xlim(), axes.set_xlim), (axes.get_ylim(), axes.set_ylim)):
        more = max(0.0, LEAST_SPAN - (high - low)) / 2
        limit(low - more, high + more)


def checked(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The rows that have all these columns."""
    if missing := [name for name in columns if name not in frame]:
        raise DataError(f"expected the columns {', '.join(columns)}, got none called {', '.join(missing)}: add them")
    known = frame[columns].dropna()
    if known.empty:
        raise DataError(f"expected a row with {' and '.join(columns)}, got none: the measures are undefined there")
    return known


def _entry(marker: str, colour: Any, name: str, edge: str) -> Line2D:
    size = 9 if marker == "*" else 6
    shown = {"marker": marker, "color": colour, "markeredgecolor": edge, "markersize": size}
    return Line2D([], [], linestyle="", label=name, **shown)
