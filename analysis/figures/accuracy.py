"""What the network learns and how it grows meanwhile: test metric, edges and neurons over epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis import statistics
from analysis.figures import style
from analysis.figures.of_run import Drawn
from analysis.reading import Metric, label, metric_of, series, setting
from graphgrow.arrays import Array

if TYPE_CHECKING:
    from graphgrow.store.run import Run

NAME = "accuracy_over_epochs"


class Band(Enum):
    """What the band around a mean spans: smallest to largest run, or the 95 % t interval."""

    RANGE = "smallest to largest run"
    INTERVAL = "95 % t interval"


@style.styled
def accuracy_over_epochs(
    runs_by_label: Mapping[str, Sequence[Run]], band: Band = Band.RANGE, title: str = "", zoom: bool = True
) -> Figure:
    """Three panels over the epochs that all runs of a label share: test metric, edges, neurons; mean line and band.

    A strip above marks the epochs in which runs of a label grew. 7 inches wide, 6.5 high.

    Parameters
    ----------
    zoom : cut the first steep rise off the accuracy axis, so that the later half of the epochs fills most of it; a note
        in the figure says so.

    Raises
    ------
    DataError
        No label or too many, a label without runs, or runs with different metrics.
    StoreError
        A run lacks a column.
    """
    style.check_labels(len(runs_by_label))
    metric = metric_of([run for runs in runs_by_label.values() for run in runs])
    grown = _growth_epochs(runs_by_label)
    strip = 0.16 * len(grown) + 0.1
    figure = style.new_figure(style.WIDTH, 6.5)
    heights = ([strip] if grown else []) + [2.6, 1.5, 1.5]
    made = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    panels = list(made[-3:])
    if grown:
        _draw_events(made[0], grown, list(runs_by_label))
    for panel, key in zip(panels, (f"test_{metric.value}", "edges", "neurons"), strict=True):
        style.tidy(panel)
        for at, runs in enumerate(runs_by_label.values()):
            _draw_series(panel, *series(runs, key), at, len(runs_by_label), band, _scale(metric, key))
    _name_axes(panels, metric)
    if zoom and metric is Metric.ACCURACY:
        _zoom(panels[0], runs_by_label)
    entries = [_entry(name, len(runs)) for name, runs in runs_by_label.items()]
    handles = [style.handle(entry, style.look(at)) for at, entry in enumerate(entries)]
    style.outside_legend(figure, handles, title, 3)
    figure.supxlabel(_note(runs_by_label, band), fontsize=7.5, color=style.INK)
    return figure


def of_run(run: Run) -> Drawn:
    """This run alone."""
    return accuracy_over_epochs({label(run): [run]}, title=str(setting(run, "task", "name")))


def _scale(metric: Metric, key: str) -> float:
    return 100.0 if metric is Metric.ACCURACY and key == "test_accuracy" else 1.0


def _entry(name: str, runs: int) -> str:
    return f"{name} ({runs} run{'s' * (runs != 1)})"


def _note(runs_by_label: Mapping[str, Sequence[Run]], band: Band) -> str:
    """What lines and bands are; nothing about bands where there are none."""
    several = any(len(runs) > 1 for runs in runs_by_label.values())
    return f"lines: mean of runs; bands: {band.value}" if several else "one run per line"


def _draw_series(axes: Axes, epochs: Array, values: Array, at: int, labels: int, band: Band, scale: float) -> None:
    """One mean line with its band; earlier labels are wider and markers take turns, so that equal lines all show."""
    shown, values = style.look(at), values * scale
    mean = values.mean(axis=0)
    low, high = values.min(axis=0), values.max(axis=0)
    if band is Band.INTERVAL:
        low, high = _interval(values)
    if len(values) > 1:
        axes.fill_between(epochs, low, high, color=shown.colour, alpha=0.16, linewidth=0)
    every = max(labels, round(epochs.size / 8))
    axes.plot(
        epochs,
        mean,
        color=shown.colour,
        linestyle=shown.line,
        linewidth=1.4 + 1.6 * (labels - 1 - at) / max(labels, 2),
        marker=shown.marker,
        markevery=(round(at * every / labels), every),
        markeredgecolor="white",
        markeredgewidth=0.5,
    )


def _interval(values: Array) -> tuple[Array, Array]:
    """float64 (epochs,) both ends; the values themselves for one run. Columns with a gap stay a gap."""
    if len(values) < 2:
        return values[0], values[0]
    low, high = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    for column in np.flatnonzero(np.isfinite(values).all(axis=0)):
        interval = statistics.mean(values[:, column]).interval
        if interval is not None:
            low[column], high[column] = interval.low, interval.high
    return low, high


def _name_axes(panels: Sequence[Axes], metric: Metric) -> None:
    panels[0].set_ylabel("test accuracy (%)" if metric is Metric.ACCURACY else "test error")
    panels[1].set_ylabel("edges (number)")
    panels[2].set_ylabel("neurons (number)")
    panels[2].set_xlabel("epoch (number; 0 is before training)")
    panels[2].xaxis.set_major_locator(MaxNLocator(integer=True))
    for panel in panels[1:]:
        panel.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        # Constant counts would otherwise fill the panel with digits of an offset.
        panel.ticklabel_format(axis="y", style="plain", useOffset=False)
        low, high = panel.get_ylim()
        if high - low < 4:
            panel.set_ylim((low + high) / 2 - 2, (low + high) / 2 + 2)
    if metric is Metric.ERROR and panels[0].dataLim.y0 > 0:
        panels[0].set_yscale("log")


def _zoom(panel: Axes, runs_by_label: Mapping[str, Sequence[Run]]) -> None:
    """Let the accuracy axis begin one spread of the later half below that half, where this saves space."""
    each = [series(runs, "test_accuracy") for runs in runs_by_label.values()]
    late = [100 * values[:, epochs >= (epochs[0] + epochs[-1]) / 2] for epochs, values in each]
    lowest = min((float(np.nanmin(values)) for values in late if np.isfinite(values).any()), default=np.nan)
    top = panel.dataLim.y1
    # At least two points, so that noise of a single run is not blown up.
    room = max(top - lowest, 2.0)
    edge = lowest - room
    if not edge > panel.dataLim.y0 + room:
        return
    below = 1 + max(int(epochs[(100 * values < edge).any(axis=0)].max(initial=-1)) for epochs, values in each)
    panel.set_ylim(edge, top + 0.1 * room)
    note = f"axis cut at {edge:.1f} %: what lies below it comes before epoch {below}"
    panel.set_title(note, loc="right", fontsize=7.5)


def _growth_epochs(runs_by_label: Mapping[str, Sequence[Run]]) -> dict[int, Array]:
    """Position of a label -> int64 (k,) epochs in which one of its runs grew; labels that never grew are left out."""
    found = {
        at: np.unique([event.epoch for run in runs for event in run.events() if event.accepted])
        for at, runs in enumerate(runs_by_label.values())
    }
    return {at: epochs for at, epochs in found.items() if epochs.size}


def _draw_events(axes: Axes, grown: Mapping[int, Array], labels: Sequence[str]) -> None:
    """One row of ticks per label, named at the left."""
    for row, (at, epochs) in enumerate(grown.items()):
        axes.vlines(epochs, row + 0.15, row + 0.85, color=style.look(at).colour, linewidth=1.4)
    axes.set_ylim(len(grown), 0)
    axes.set_yticks([row + 0.5 for row in range(len(grown))], [labels[at] for at in grown], fontsize=7)
    axes.tick_params(length=0, labelbottom=False)
    axes.spines[:].set_visible(False)
    axes.set_title("growth events", loc="left", fontsize=8)
