"""Checks of how a figure looks, by the boxes that its texts take up."""

from __future__ import annotations

from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def texts_apart(figure: Figure) -> None:
    """No tick label, title, axis label or legend entry of a drawn figure lies on another or leaves the page."""
    boxes = [(text.get_text(), _box(text)) for text in _texts(figure)]
    page = figure.bbox.padded(1)
    for name, box in boxes:
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, f"{name!r} leaves the page"
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, f"{name!r} leaves the page"
    for (first, one), (second, other) in combinations(boxes, 2):
        assert not one.overlaps(other), f"{first!r} lies on {second!r}"


def labelled(figure: Figure) -> None:
    """Every visible panel says what its axes are, by labels of its own or of the figure, or by its title."""
    shared = figure.get_supxlabel() and figure.get_supylabel()
    for axes in figure.axes:
        ticks = [*axes.get_xticklabels(), *axes.get_yticklabels()]
        if axes.get_visible() and any(text.get_text() for text in ticks):
            named = axes.get_xlabel() or axes.get_ylabel() or axes.get_title("left")
            assert shared or named, f"{axes} has no label"


def _texts(figure: Figure) -> list[Text]:
    found: list[Text] = []
    for axes in figure.axes:
        if not axes.get_visible():
            continue
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [(tick.get_loc(), label) for tick in axis.get_major_ticks() for label in (tick.label1, tick.label2)]
            found += [label for at, label in ticks if low <= at <= high and label.get_visible()]
            found.append(axis.label)
        found += [axes.title, axes._left_title, axes._right_title, *axes.texts]  # type: ignore[attr-defined]
    for legend in [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]:
        found += [*legend.get_texts(), legend.get_title()]
    found += [text for text in (figure._suptitle, figure._supxlabel, figure._supylabel) if text]  # type: ignore[attr-defined]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def _box(text: Text) -> Bbox:
    """A hair smaller than the text takes up: touching is no overlap."""
    box = text.get_window_extent()
    return Bbox.from_extents(box.x0 + 0.5, box.y0 + 0.5, box.x1 - 0.5, box.y1 - 0.5)
