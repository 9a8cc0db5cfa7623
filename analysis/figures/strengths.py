"""How unevenly edges and weight are spread over the neurons of one network, and which laws the tails follow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from analysis.figures import style
from analysis.figures.of_run import Drawn, Unfit
from analysis.stored import StoredNetwork
from analysis.tails import Tail, fit_tail
from graphgrow.arrays import Array
from graphgrow.errors import DataError, GraphError
from graphgrow.graph import Role

NAME = "degree_and_strength"
LAWS = {"power law": style.Look(style.HIGH, (5, 1.6), ""), "lognormal": style.Look("#009E73", (1.4, 1.2), "")}
OBSERVED = style.Look(style.LOW, (), "")


@style.styled
def degree_and_strength(values: Mapping[str, Array], title: str = "") -> Figure:
    """Share of neurons at or above each value, a panel per quantity, both axes logarithmic, fitted tails as lines.

    Under the name of a panel stands the exponent of the power law and which law fits the tail better. Lines begin where
    the tail does. Without 50 values there is no fit. 7 inches wide, 2.6 high per row of two panels.

    Parameters
    ----------
    values : axis label (quantity and unit) -> int or float (neurons,), 0 or more; whole numbers get discrete fits.

    Raises
    ------
    DataError
        No quantity, or one with negative values, values that are not finite, or none above 0.
    """
    if not values:
        raise DataError("expected at least one quantity, got none: pass degrees or strengths")
    rows = -(-len(values) // 2)
    figure = style.new_figure(style.WIDTH, 2.6 * rows + 0.4)
    panels = figure.subplots(rows, 2, sharey=True, squeeze=False)
    for at, (name, own) in enumerate(values.items()):
        _draw(panels.flat[at], name, np.asarray(own))
    for panel in panels.flat[len(values) :]:
        panel.set_visible(False)
    for row in panels:
        row[0].set_ylabel("share of neurons ≥ value")
    handles = [style.handle("observed", OBSERVED, marker=False)]
    handles += [style.handle(f"{name}, fitted", shown, marker=False) for name, shown in LAWS.items()]
    style.outside_legend(figure, handles, title, 3)
    return figure


def of_network(stored: StoredNetwork) -> Drawn:
    """Degrees and sums of |weight| of the hidden neurons at the end."""
    wiring, size = stored.final.wiring, np.abs(stored.final.weight.astype(np.float64))
    hidden = wiring.rows(Role.HIDDEN)
    if not hidden.size:
        return Unfit("there is no hidden neuron")
    sums = {
        side: np.bincount(ends, size, wiring.neurons) for side, ends in (("in", wiring.target), ("out", wiring.source))
    }
    made = {"in-degree (edges)": wiring.fan_in[hidden], "out-degree (edges)": wiring.fan_out[hidden]}
    made |= {f"{side}-strength (sum of |weight|)": own[hidden] for side, own in sums.items()}
    return degree_and_strength(made, f"{stored.title}: {hidden.size} hidden neurons")


def _draw(panel: Axes, name: str, values: Array) -> None:
    if values.size == 0 or not np.isfinite(values).all() or values.min() < 0 or values.max() <= 0:
        raise DataError(f"{name}: expected finite values of 0 or more, some above 0, got {values.size}: leave it out")
    place, counts = np.unique(values, return_counts=True)
    share = np.cumsum(counts[::-1])[::-1] / values.size
    place, share = place[place > 0], share[place > 0]
    # All neurons are at or above what is smaller than any of them.
    place, share = np.insert(place.astype(float), 0, place[0] / 1.4), np.insert(share, 0, share[0])
    panel.plot(place, share, drawstyle="steps-pre", color=OBSERVED.colour)
    try:
        note = _draw_tail(panel, fit_tail(values))
    except GraphError:
        note = "too few values for a fit"
    style.tidy(panel)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(0.5 / values.size, 1.4)
    panel.set_xlabel(name)
    panel.set_title(note, loc="left", fontsize=8.5)
    plain = FuncFormatter(lambda value, _: f"{value:g}")
    panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if place[-1] < 200 * place[0] else (1,)))
    panel.yaxis.set_major_locator(LogLocator())
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(plain)
    panel.minorticks_off()


def _draw_tail(panel: Axes, tail: Tail) -> str:
    """Both laws over the tail; what to say of them."""
    for name, shown in LAWS.items():
        panel.plot(tail.place, tail.share[name], color=shown.colour, linestyle=shown.line, zorder=3)
    better = "laws not told apart" if tail.verdict == "not distinguishable" else f"{tail.verdict} fits better"
    return f"exponent {tail.exponent:.2f} from {tail.start:.3g} on; {better}"
