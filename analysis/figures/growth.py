"""Growth as a film: neurons and edges appear as they were born, with the course of the accuracy below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from analysis.figures import style
from analysis.figures.events import event_bar, event_norm
from analysis.figures.network import arcs, name_levels
from analysis.figures.of_run import Film, Unfit
from analysis.reading import metric_of, series
from analysis.stored import Stage, StoredNetwork
from analysis.unions import Union, union
from graphgrow.arrays import Array
from graphgrow.errors import DataError

NAME = "growth_film"
MOST_EDGES = 2500
MOST_FRAMES = 72
WAVES = 4
"""Frames in which the edges of one event appear."""


@style.styled
def growth_film(
    stages: Sequence[Stage], epochs: Array, score: Array, unit: str, title: str = "", most_edges: int = MOST_EDGES
) -> Film:
    """A film of the network event by event: new edges orange while they appear, then in the colour of their event.

    Start edges are grey, removed ones vanish. Of more than `most_edges` an even choice is shown. Below, the score up to
    that moment. 7 inches wide, 5.9 high, at most 72 frames.

    Parameters
    ----------
    stages : of a network, the start first.
    epochs, score : int (k,) and float (k,), the line below.
    unit : what the score is, for its axis.

    Raises
    ------
    DataError
        No stage, or no score.
    """
    if len(epochs) == 0 or len(epochs) != len(score):
        raise DataError(f"expected a score for every epoch, got {len(score)} for {len(epochs)}: pass one each")
    whole = union(stages)
    figure = style.new_figure(style.WIDTH, 5.9)
    above, below = figure.subplots(2, 1, height_ratios=(3.6, 1))
    scene = _scene(figure, above, whole, stages, most_edges)
    line = _progress(below, epochs, score, unit, stages)
    moments = _moments(stages, int(np.max(epochs)))

    def show(frame: int) -> None:
        at, part, epoch = moments[frame]
        alive = scene.draw(at, part)
        seen = epochs <= epoch
        line.set_data(epochs[seen], score[seen])
        words = f"epoch {int(epoch)}, {'start' if not stages[at].event else f'after event {stages[at].event}'}, "
        with style.context():
            above.set_title("\n".join(filter(None, [title, f"{words}{alive} edges"])), loc="left")

    handles = [("edge of the start graph", style.GREY), ("edge that appears", style.HIGH)]
    style.outside_legend(figure, [Line2D([], [], color=own, label=name) for name, own in handles], "", 2, below=True)
    show(len(moments) - 1)
    # One layout for all frames, so that nothing trembles.
    figure.canvas.draw()
    figure.set_layout_engine("none")
    return Film(figure, len(moments), show)


def of_network(stored: StoredNetwork) -> Film | Unfit:
    """All events, thinned where there are many."""
    stages = stored.few_stages(MOST_FRAMES // 3)
    if len(stages) < 2:
        return Unfit("the network never grew: there is no event to show")
    metric = metric_of([stored.run])
    epochs, values = series([stored.run], f"test_{metric.value}")
    accuracy = metric.direction > 0
    unit = "test accuracy (%)" if accuracy else "test error"
    return growth_film(stages, epochs, values[0] * (100 if accuracy else 1), unit, stored.title)


def _moments(stages: Sequence[Stage], last: int) -> list[tuple[int, float, float]]:
    """(stage, share of its new edges, epoch) by frame: every event in some waves, then the epochs up to the next."""
    waves = int(np.clip(MOST_FRAMES // (2 * max(1, len(stages) - 1)), 1, WAVES))
    rests = int(np.clip(MOST_FRAMES // max(1, len(stages)) - waves, 1, 4))
    ends = [*(stage.epoch for stage in stages[1:]), last]
    made = []
    for at, (stage, end) in enumerate(zip(stages, ends, strict=True)):
        if at:
            made += [(at, (wave + 1) / waves, float(stage.epoch)) for wave in range(waves)]
        made += [(at, 2.0, stage.epoch + (end - stage.epoch) * (rest + 1) / rests) for rest in range(rests)]
    return made


@dataclass(frozen=True, eq=False)
class _Scene:
    """Artists that every frame refills, and the edges that they show."""

    whole: Union
    place: Array
    area: Array
    straight: LineCollection
    skips: LineCollection
    dots: PathCollection
    lines: Sequence[Array]
    chosen: Array
    skipping: Array
    colour: Array
    wave: Array

    def draw(self, at: int, part: float) -> int:
        """The network at a stage of which a part of the new edges has come; a part of 2 is past their arrival.

        Returns how many edges of all there are.
        """
        birth, death = self.whole.birth, self.whole.death
        old = (birth < at) & (death > at)
        new = (birth == at) & (death > at) & (self.wave <= part)
        shown = (old | new)[self.chosen]
        colour = self.colour.copy()
        if part < 2 and at:
            colour[new[self.chosen]] = (*to_rgb(style.HIGH), 0.9)
        for lines, kind in ((self.straight, ~self.skipping), (self.skips, self.skipping)):
            rows = np.flatnonzero(kind & shown).tolist()
            lines.set_segments([self.lines[row] for row in rows])
            lines.set_color(list(colour[rows]))
        born, gone = self.whole.neuron_birth, self.whole.neuron_death
        there = (born <= at) & (gone > at)
        self.dots.set_offsets(self.place[there])
        self.dots.set_sizes(self.area[there])
        return int((old | new).sum())


def _scene(figure: Figure, axes: Axes, whole: Union, stages: Sequence[Stage], most: int) -> _Scene:
    place = whole.places()
    count = whole.source.size
    chosen = np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(int)) if count else np.zeros(0, int)
    # The newest lie on top.
    chosen = chosen[np.argsort(whole.birth[chosen], kind="stable")]
    source, target = whole.source[chosen], whole.target[chosen]
    span = whole.column[target] - whole.column[source]
    curved = arcs(place[source], place[target], span) if count else np.zeros((0, 2, 2))
    straight = np.stack([place[source], place[target]], axis=1)
    lines = [curved[row] if span[row] > 1 else straight[row] for row in range(chosen.size)]
    events = np.array([stage.event for stage in stages])
    last = max(1, int(events.max()))
    colour = style.ordered_colours()(event_norm(last)(np.maximum(events[whole.birth[chosen]], 1)))
    colour[:, 3] = float(np.clip(np.sqrt(500 / max(chosen.size, 1)), 0.3, 0.8))
    colour[whole.birth[chosen] == 0, :3] = to_rgb(style.GREY)
    width = float(np.clip(30 / np.sqrt(max(chosen.size, 1)), 0.45, 1.6))
    made = [LineCollection([], linewidths=width, capstyle="round", zorder=order) for order in (1, 2)]
    for item in made:
        axes.add_collection(item, autolim=False)
    area = np.clip(500 / np.bincount(whole.column)[whole.column], 1.5, 22)
    dots = axes.scatter(place[:, 0], place[:, 1], area, color=style.INK, linewidths=0, zorder=3)
    name_levels(axes, stages[-1].graph.wiring)
    top, bottom = curved[..., 1].max(initial=1), curved[..., 1].min(initial=0)
    axes.set_ylim(bottom - 0.04, top + 0.04)
    if chosen.size < count:
        axes.set_xlabel(f"level, and number of neurons on it at the end ({chosen.size} of {count} edges shown)")
    event_bar(figure, axes, last)
    # Edges of one event come in waves, spread evenly over the matrix.
    wave = (np.arange(count) * 0.6180339887498949) % 1
    return _Scene(whole, place, area, made[0], made[1], dots, lines, chosen, span > 1, colour, wave)


def _progress(axes: Axes, epochs: Array, score: Array, unit: str, stages: Sequence[Stage]) -> Line2D:
    """The whole course in pale, events as ticks, and the line that grows over it."""
    style.tidy(axes)
    axes.plot(epochs, score, color=style.PALE, linewidth=1.5)
    for stage in stages[1:]:
        axes.axvline(stage.epoch, color=style.INK, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1.5)
    (line,) = axes.plot([], [], color=style.LOW, linewidth=1.8)
    axes.set_xlabel("epoch (number; dotted: growth)")
    axes.set_ylabel(unit)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=3))
    return line
