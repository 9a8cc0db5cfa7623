"""One colour per growth event, and the bar that names them; shared by all figures that follow growth."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import BoundaryNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.figures import style

FEW_EVENTS = 12


def event_norm(events: int) -> Normalize:
    """One colour per event while they can be counted, else a continuous scale."""
    if events <= FEW_EVENTS:
        return BoundaryNorm([at + 0.5 for at in range(events + 1)], style.ordered_colours().N)
    return Normalize(1, events)


def event_bar(figure: Figure, axes: Axes, events: int) -> Colorbar:
    """The scale of `event_norm` beside the axes, with whole numbers."""
    mappable = ScalarMappable(event_norm(events), style.ordered_colours())
    bar = figure.colorbar(mappable, ax=axes, shrink=0.7, aspect=25, pad=0.02)
    bar.set_label("growth event (number)")
    bar.outline.set_visible(False)
    if events <= FEW_EVENTS:
        bar.set_ticks(list(range(1, events + 1)))
    else:
        bar.locator = MaxNLocator(nbins=8, integer=True)
        bar.update_ticks()
    bar.minorticks_off()
    return bar
