"""What is left to answer, and what has become of the network, event by event, with the law that fits best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from analysis.decay import FEWEST, decay
from analysis.figures import style
from graphgrow.errors import DataError

NAME = "growth_decay"


@dataclass(frozen=True)
class Course:
    """One run, event by event: extrema that are there after it, and hidden neurons."""

    extrema: Sequence[float]
    neurons: Sequence[float]


@style.styled
def growth_decay(courses: Mapping[str, Mapping[str, Course]], title: str = "") -> Figure:
    """A column per mechanism, extrema above and hidden neurons below, over the number of the event; a line per label.

    Where at least 6 events happened, the law of best AICc is drawn in grey: power law, exponential or constant. 7
    inches wide, 4.6 high.

    Raises
    ------
    DataError
        No column, or a column without a course.
    """
    if not courses or not all(courses.values()):
        raise DataError("expected courses in every column, got none: leave out what never grew")
    labels = list(dict.fromkeys(chain.from_iterable(courses.values())))
    style.check_labels(len(labels))
    figure = style.new_figure(style.WIDTH, 4.6)
    panels = figure.subplots(2, len(courses), squeeze=False, sharey="row")
    for column, (name, held) in enumerate(courses.items()):
        above, below = panels[0, column], panels[1, column]
        above.set_title(name, loc="left")
        for label, course in held.items():
            shown = style.look(labels.index(label))
            _draw(above, course.extrema, shown, fitted=True)
            _draw(below, course.neurons, shown, fitted=False)
        for panel in (above, below):
            style.tidy(panel)
            panel.set_xscale("log")
            _plain(panel.xaxis)
        above.set_yscale("symlog", linthresh=1)
        below.set_yscale("log")
        _plain(below.yaxis)
        below.set_xlabel("event (number)")
    most = max(max(course.extrema, default=0) for held in courses.values() for course in held.values())
    panels[0, 0].set_ylim(-0.3, max(2.0, 1.6 * most))
    panels[0, 0].set_ylabel("HIGH extrema after it (number)")
    panels[1, 0].set_ylabel("hidden neurons (number)")
    handles = [style.handle(label, style.look(at)) for at, label in enumerate(labels)]
    grey = Line2D([], [], color=style.GREY, linewidth=1.0, linestyle=(0, (3, 1.5)), label="best law")
    style.outside_legend(figure, [*handles, grey], title, 4)
    return figure


def _plain(axis: Axis) -> None:
    """Whole numbers at 1, 2 and 5 of every power of ten, where powers would be hard to read."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _draw(panel: Axes, values: Sequence[float], shown: style.Look, fitted: bool) -> None:
    t = np.arange(1, len(values) + 1)
    panel.plot(t, values, color=shown.colour, marker=shown.marker, linestyle=shown.line, markersize=3, linewidth=1.1)
    if fitted and len(values) >= FEWEST:
        panel.plot(t, decay(values).fits[0].at(t), color=style.GREY, linewidth=1.0, linestyle=(0, (3, 1.5)), zorder=1)
