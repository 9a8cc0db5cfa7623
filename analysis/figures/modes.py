"""How activations move while a network learns: eigenvalues of their dynamic modes about the unit circle."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator

from analysis.figures import style
from analysis.figures.of_run import Drawn, Unfit
from analysis.stored import StoredNetwork
from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.measure.criticality import film, modes

NAME = "mode_circle"
CRITICAL = 0.95


@style.styled
def mode_circle(eigenvalue: Array, title: str = "", above: float = CRITICAL) -> Figure:
    """Eigenvalues in the complex plane: on the circle a mode lasts, inside it decays, outside it grows.

    Modes with |eigenvalue| of more than `above` are marked; they are the critical ones. 4.2 inches wide, 4.8 high.

    Parameters
    ----------
    eigenvalue : complex (modes,), of `graphgrow.measure.criticality.modes`, per snapshot.

    Raises
    ------
    DataError
        There is none, or one is not finite.
    """
    values = np.asarray(eigenvalue, np.complex128)
    if not values.size or not np.isfinite(values).all():
        raise DataError(
            f"expected finite eigenvalues, got {values.size} of which {np.isfinite(values).sum()} are: check"
        )
    figure = style.new_figure(4.2, 4.8)
    axes = figure.subplots()
    style.tidy(axes)
    for radius, dashes in ((1.0, "-"), (above, (0, (4, 2)))):
        axes.add_patch(Circle((0, 0), radius, fill=False, edgecolor=style.GREY, linewidth=0.9, linestyle=dashes))
    critical = np.abs(values) > above
    handles = [
        Line2D([], [], color=style.GREY, linewidth=0.9, label="|λ| = 1"),
        Line2D([], [], color=style.GREY, linewidth=0.9, linestyle=(0, (4, 2)), label=f"|λ| = {above:g}"),
    ]
    for rows, marker, colour, name in (
        (~critical, "o", style.LOW, "decaying"),
        (critical, "D", style.HIGH, "critical"),
    ):
        axes.scatter(
            values[rows].real, values[rows].imag, 26, color=colour, marker=marker, edgecolors="white", linewidths=0.5,
            zorder=3, gid=name,
        )  # fmt: skip
        entry = f"{name} ({int(rows.sum())})"
        handles.append(Line2D([], [], linestyle="", marker=marker, color=colour, label=entry, markersize=6))
    reach = 1.08 * max(1.0, float(np.abs(values).max()))
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.set_xlabel("real part of λ (per snapshot)")
    axes.set_ylabel("imaginary part of λ (per snapshot)")
    axes.set_title(title, loc="left")
    style.outside_legend(figure, handles, "", 2, below=True)
    return figure


def of_network(stored: StoredNetwork) -> Drawn:
    """The neurons at the end over the snapshots in the last checkpoint."""
    ring = stored.ring
    if ring is None or len(ring.snapshots) < 3:
        return Unfit(
            "no three snapshots of activations are stored: only rules that want them keep some, as extrema_critical"
        )
    made = modes(film(ring.snapshots, stored.final.wiring.id))
    return mode_circle(made.eigenvalue, f"{stored.title}\n{len(ring.snapshots)} snapshots")
