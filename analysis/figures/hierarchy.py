"""How ordered a network is: how far edges keep to one direction, and how unequal the reach of its neurons is."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.figures import style
from analysis.figures.course import draw_course
from analysis.figures.of_run import Drawn
from analysis.planes import hierarchy_course
from analysis.stored import StoredNetwork

NAME = "hierarchy_plane"


@style.styled
def hierarchy_plane(course: pd.DataFrame, null: pd.DataFrame | None = None, title: str = "") -> Figure:
    """Global reaching centrality against trophic incoherence, event by event.

    Incoherence 0: every edge climbs one trophic level, as without skips; towards 1 the levels blur. Reaching centrality
    0: all neurons reach equally far. 5 inches wide, 4.2 high.

    Parameters
    ----------
    course : columns event, incoherence and reaching.
    null : columns incoherence and reaching of randomised networks.

    Raises
    ------
    DataError
        A column is missing, or no event has both numbers.
    """
    figure = style.new_figure(5.0, 4.2)
    axes = figure.subplots()
    style.tidy(axes)
    draw_course(figure, axes, course, "incoherence", "reaching", null)
    axes.set_xlabel("trophic incoherence F₀ (0 to 1)")
    axes.set_ylabel("global reaching centrality (0 to 1)")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axes.set_title(title, loc="left")
    return figure


def of_network(stored: StoredNetwork) -> Drawn:
    """The wiring after events, along its edges."""
    course, null = hierarchy_course([(stage.event, stage.graph) for stage in stored.few_stages()])
    return hierarchy_plane(course, null, stored.title)
