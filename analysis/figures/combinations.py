"""How every combination of principles did: one map of numbers per learning rule."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from analysis.figures import style
from graphgrow.errors import DataError

NAME = "combinations_map"

MOST_CELLS = 12  # per side of a panel; more numbers would not fit in


@style.styled
def combinations_map(
    cells: pd.DataFrame,
    axes: Sequence[str],
    value: str = "test",
    scale: float = 100.0,
    unit: str = "%",
    title: str = "",
) -> Figure:
    """Panels by the third axis, rows by the first, columns by the second: mean, and its 95 % t interval below it.

    Colours run from the smallest to the largest mean of all panels. 7 inches wide.

    Parameters
    ----------
    cells : one row per combination, with the columns `value`, `value`_low and `value`_high, as `factorial.cells` makes.
    axes : names of three columns.

    Raises
    ------
    DataError
        Not three axes, a combination is missing or twice, or there are too many for one figure.
    """
    if len(axes) != 3:
        raise DataError(f"expected three axes, got {len(axes)}: rows, columns and panels")
    rows, columns, panels = (cells[axis].unique().tolist() for axis in axes)
    if len(cells) != len(rows) * len(columns) * len(panels) or max(len(rows), len(columns)) > MOST_CELLS or not rows:
        raise DataError(
            f"expected {len(rows)} x {len(columns)} x {len(panels)} combinations, at most {MOST_CELLS} a side, got "
            f"{len(cells)} rows: pass every combination once"
        )
    figure = style.new_figure(style.WIDTH, 0.9 + 0.52 * len(rows))
    made = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    shades, found = _shades(), cells.set_index(list(axes)) * 1.0
    limits = Normalize(scale * float(cells[value].min()), scale * float(cells[value].max()) + 1e-9)
    for axis, panel in zip(made, panels, strict=True):
        means = np.array([[scale * found.loc[(row, column, panel), value] for column in columns] for row in rows])
        image = axis.imshow(means, cmap=shades, norm=limits, aspect="auto")
        for at, row in enumerate(rows):
            for place, column in enumerate(columns):
                _write(axis, place, at, found.loc[(row, column, panel)], value, scale, limits)
        axis.set_xticks(range(len(columns)), columns)
        axis.set_yticks(range(len(rows)), rows)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        axis.set_title(panel, loc="left")
        axis.set_xlabel(axes[1])
    made[0].set_ylabel(axes[0])
    figure.colorbar(image, ax=list(made), label=f"{value} ({unit})", shrink=0.9, pad=0.015)
    if title:
        figure.suptitle(title, fontsize=9.5)
    return figure


def _write(
    axis: Axes, column: int, row: int, found: pd.Series[float], value: str, scale: float, limits: Normalize
) -> None:
    """Mean and interval in a cell, dark on pale and pale on dark."""
    mean, low, high = (scale * float(found[name]) for name in (value, f"{value}_low", f"{value}_high"))
    ink = "white" if float(limits(mean)) > 0.55 else style.INK
    axis.text(column, row - 0.12, f"{mean:.1f}", ha="center", va="center", color=ink, fontsize=8.5)
    if low == low:
        axis.text(column, row + 0.24, f"{low:.0f} to {high:.0f}", ha="center", va="center", color=ink, fontsize=6)


def _shades() -> matplotlib.colors.Colormap:
    """White to dark blue: perceptually ordered, also in grey."""
    return matplotlib.colormaps["Blues"]
