"""Where a network lies between lattice and chance: clustering and path length against randomised networks."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.figures import style
from analysis.figures.course import draw_course
from analysis.figures.of_run import Drawn, Unfit
from analysis.planes import small_world_course
from analysis.stored import StoredNetwork

NAME = "small_world_plane"


@style.styled
def small_world_plane(
    course: pd.DataFrame, null: pd.DataFrame | None = None, clustering: str = "clustering", title: str = ""
) -> Figure:
    """Clustering over that of the null, against path length over that of the null, event by event.

    Above 1 and not far to the right of 1 is where small worlds lie. 5 inches wide, 4.2 high.

    Parameters
    ----------
    course : columns event, clustering and path: ratios to the mean of randomised networks. Where a column reachable
        has shares of joined pairs below 0.995, they are told: paths are means over the joined pairs alone.
    null : columns clustering and path: the same ratios of single randomised networks.
    clustering : which clustering, for the axis.

    Raises
    ------
    DataError
        A column is missing, or no event has both numbers.
    """
    figure = style.new_figure(5.0, 4.2)
    axes = figure.subplots()
    style.tidy(axes)
    axes.axhline(1, color=style.INK, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1)
    axes.axvline(1, color=style.INK, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1)
    draw_course(figure, axes, course, "path", "clustering", null)
    values = course["clustering"].dropna()
    if values.min() > 0 and values.max() > 10 * max(1.0, values.min()):
        axes.set_yscale("log")
    axes.set_xlabel("mean path length / null (ratio)")
    axes.set_ylabel(f"{clustering} / null (ratio)")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axes.set_title("\n".join(filter(None, [title, _joined(course)])), loc="left")
    return figure


def _joined(course: pd.DataFrame) -> str:
    """From how many to how many pairs are joined, where it is not all of them."""
    shares = 100 * course["reachable"] if "reachable" in course else pd.Series([100.0])
    low, high = shares.min(), shares.max()
    if not low < 99.5:
        return ""
    least, most = (f"{share:.2g}" if share < 99.5 else "100" for share in (low, high))
    return f"{least if least == most else f'{least} to {most}'} % of pairs joined by a path"


def of_network(stored: StoredNetwork) -> Drawn:
    """The wiring after events, without directions."""
    made = small_world_course([(stage.event, stage.graph) for stage in stored.few_stages()])
    if made is None:
        return Unfit("neither triangles nor squares occur in its randomised networks, so that no ratio exists")
    return small_world_plane(made.course, made.null, made.clustering, stored.title)
