"""One quantity against another, a point per case, labels told apart by colour and marker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from analysis.figures import style
from graphgrow.arrays import Array
from graphgrow.errors import DataError

NAME = "scatter"


@dataclass(frozen=True, eq=False)
class Cloud:
    """One panel: what its axes are, and for each label x and y, float (cases,); NaN is left out.

    `logarithmic` is of the x axis, whose values must then be above 0.
    """

    x: str
    y: str
    points: Mapping[str, tuple[Array, Array]]
    logarithmic: bool = False


@style.styled
def scatter(clouds: list[Cloud], title: str = "") -> Figure:
    """Panels side by side that share labels.

    Raises
    ------
    DataError
        No panel, panels with different labels, none or too many labels, or x and y of unequal length.
    """
    if not clouds or any(list(cloud.points) != list(clouds[0].points) for cloud in clouds):
        raise DataError("expected one panel or more, all with the same labels")
    style.check_labels(len(clouds[0].points))
    figure = style.new_figure(style.WIDTH, 3.4)
    for axes, cloud in zip(figure.subplots(1, len(clouds), squeeze=False)[0], clouds, strict=True):
        for at, (label, (x, y)) in enumerate(cloud.points.items()):
            if np.shape(x) != np.shape(y):
                raise DataError(f"{label}: expected as many x as y, got {np.shape(x)} and {np.shape(y)}")
            shown = style.look(at)
            axes.plot(x, y, shown.marker, color=shown.colour, markersize=2.6, alpha=0.55, markeredgewidth=0)
        # A number of ticks that does not depend on the size of the panel, which depends on the width of the ticks.
        axes.yaxis.set_major_locator(MaxNLocator(6))
        if cloud.logarithmic:
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(cloud.x)
        axes.set_ylabel(cloud.y)
        style.tidy(axes)
    handles = [style.handle(label, _only_marker(at)) for at, label in enumerate(clouds[0].points)]
    for each in handles:
        each.set_linestyle("")
    style.outside_legend(figure, handles, title, columns=5)
    return figure


def _only_marker(at: int) -> style.Look:
    """The look without its line."""
    held = style.look(at)
    return style.Look(held.colour, (), held.marker)
