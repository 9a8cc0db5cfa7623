"""A number for every pair of two choices, as a grid of colours with the numbers written in."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.figures import style
from graphgrow.arrays import Array
from graphgrow.errors import DataError

NAME = "value_grid"


@style.styled
def value_grid(
    values: Array,
    rows: list[str],
    columns: list[str],
    unit: str,
    title: str = "",
    decimals: int = 1,
    marked: Array | None = None,
) -> Figure:
    """Blue is above zero, orange below, the colour scale is even on both sides; missing values are grey.

    Parameters
    ----------
    values : float (rows, columns); NaN for what is missing.
    unit : what the numbers are, under the scale.
    marked : bool (rows, columns), cells that are framed and printed bold.

    Raises
    ------
    DataError
        The shape does not fit the labels.
    """
    held = np.asarray(values, np.float64)
    if held.shape != (len(rows), len(columns)) or not held.size:
        raise DataError(f"expected values {len(rows)} by {len(columns)} as labelled, got {held.shape}")
    framed = np.zeros(held.shape, bool) if marked is None else np.asarray(marked, bool)
    if framed.shape != held.shape:
        raise DataError(f"expected marks {len(rows)} by {len(columns)} as the values, got {framed.shape}")
    figure = style.new_figure(style.WIDTH, 0.27 * len(rows) + 1.5)
    axes = figure.subplots()
    most = float(np.nanmax(np.abs(held), initial=0.0)) or 1.0
    colours = style.two_sided_colours()
    shown = axes.imshow(np.ma.masked_invalid(held), cmap=colours, vmin=-most, vmax=most, aspect="auto")
    axes.set_facecolor(style.PALE)
    for (row, column), value in np.ndenumerate(held):
        if np.isfinite(value):
            dark = abs(value) > 0.62 * most
            text = f"{value:+.{decimals}f}"
            axes.text(
                column, row, text, ha="center", va="center", fontsize=7, color="white" if dark else style.INK,
                fontweight="bold" if framed[row, column] else "normal",
            )  # fmt: skip
        if framed[row, column]:
            axes.add_patch(Rectangle((column - 0.46, row - 0.42), 0.92, 0.84, fill=False, edgecolor=style.INK))
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(title, loc="left")
    bar = figure.colorbar(shown, ax=axes, pad=0.02)
    bar.set_label(unit)
    bar.outline.set_visible(False)
    return figure
