"""How all figures look: colours that colour-blind readers tell apart, one font size, no global state left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Literal, ParamSpec, TypeVar

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from graphgrow.errors import DataError

Parameters = ParamSpec("Parameters")
Made = TypeVar("Made")

# Okabe and Ito 2008, without yellow, which is too pale for a line on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
HIGH, LOW = "#D55E00", "#0072B2"
INK, GREY, PALE = "#222222", "#808080", "#E3E3E3"
# Lengths of dash and gap in line widths; () is solid.
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.6), (1.4, 1.2), (6, 1.4, 1.4, 1.4), (3, 1))
MARKERS = ("o", "s", "^", "D", "v", "X", "P", "*")
MOST_LABELS = len(MARKERS) * 2

WIDTH = 7.0
"""Inches: the text width of a page with margins of usual size."""

_SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.labelsize": 8.5,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "axes.linewidth": 0.7,
    "lines.linewidth": 1.5,
    "lines.markersize": 4.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "graphgrow",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}


@dataclass(frozen=True)
class Look:
    """Colour, dashes and marker of one label: three ways to tell it from the others, also where lines coincide."""

    colour: str
    dashes: tuple[float, ...]
    marker: str

    @property
    def line(self) -> Literal["-"] | tuple[float, tuple[float, ...]]:
        """The dashes as matplotlib's line style."""
        return (0, self.dashes) if self.dashes else "-"


def look(at: int) -> Look:
    """The look of label number `at`, from 0 on."""
    return Look(COLOURS[at % len(COLOURS)], DASHES[at % len(DASHES)], MARKERS[at % len(MARKERS)])


def check_labels(count: int) -> None:
    """Refuses what nobody could tell apart.

    Raises
    ------
    DataError
        No labels, or too many for one figure.
    """
    if not 1 <= count <= MOST_LABELS:
        raise DataError(
            f"expected from 1 to {MOST_LABELS} labels in one figure, got {count}: choose fewer, or draw several"
        )


def context() -> AbstractContextManager[None]:
    """matplotlib's own defaults with this style, whatever the user's settings are; they are back afterwards."""
    made: AbstractContextManager[None] = matplotlib.style.context(["default", _SETTINGS])
    return made


def styled(draw: Callable[Parameters, Made]) -> Callable[Parameters, Made]:
    """The same drawing function, run within `context`."""

    @wraps(draw)
    def drawn(*positional: Parameters.args, **named: Parameters.kwargs) -> Made:
        with context():
            return draw(*positional, **named)

    return drawn


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches, free of pyplot; the layout makes room for labels and outside legends."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Axes) -> None:
    """Pale grid behind the data, no frame above and to the right."""
    axes.grid(True, color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def span(counts: Iterable[int]) -> str:
    """How many, for a caption: one number, or the smallest and the largest.

    Examples
    --------
    >>> span([5, 5]), span([8, 3, 8])
    ('5', '3 to 8')
    """
    few, many = min(held := list(counts)), max(held)
    return f"{few}" if few == many else f"{few} to {many}"


def handle(label: str, shown: Look, marker: bool = True) -> Line2D:
    """A legend entry that shows colour, dashes and marker; long enough for the dashes to be seen."""
    return Line2D(
        [],
        [],
        color=shown.colour,
        linestyle=shown.line,
        marker=shown.marker if marker else "",
        label=label,
        linewidth=1.5,
    )


def outside_legend(
    figure: Figure, handles: Sequence[Line2D], title: str, columns: int, below: bool = False, length: float = 4
) -> None:
    """A legend in a strip of its own, above the panels under the figure's title, or below them.

    `length` of the entries' lines is in font sizes; markers alone need less than dashes.

    The title is the legend's: the layout keeps one strip free per edge, and two texts in it would overlap.
    """
    figure.legend(
        handles=list(handles),
        loc="outside lower center" if below else "outside upper center",
        ncols=min(columns, len(handles)),
        handlelength=length,
        title=title or None,
        title_fontsize=9.5,
    )


def ordered_colours() -> LinearSegmentedColormap:
    """viridis without its palest end, which would vanish on white: perceptually uniform, dark is early."""
    base = matplotlib.colormaps["viridis"]
    return LinearSegmentedColormap.from_list("events", [base(0.85 * at / 255) for at in range(256)])


def two_sided_colours() -> LinearSegmentedColormap:
    """Orange below, white at zero, blue above: told apart by colour-blind readers."""
    return LinearSegmentedColormap.from_list("two_sided", ["#B34700", "#F2C3A0", "#FFFFFF", "#9CCBE6", "#00558A"])
