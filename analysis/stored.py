"""One network of a stored run: as it started, as it stood after events, and as it is; read once for all figures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from analysis.reading import label, setting
from graphgrow.graph import Graph, patch
from graphgrow.measure.criticality import Ring

if TYPE_CHECKING:
    from graphgrow.store.run import Run

MOST_STAGES = 9

Item = TypeVar("Item")


@dataclass(frozen=True, eq=False)
class Stage:
    """The network after one event; its weights are those that events recorded, so only the wiring is of that time.

    Attributes
    ----------
    event, epoch : 0 and 0 for the start.
    """

    event: int
    epoch: int
    graph: Graph


@dataclass(frozen=True, eq=False)
class StoredNetwork:
    """A network of a run by its site, with everything that figures ask of it."""

    run: Run
    site: str

    @property
    def title(self) -> str:
        """What a figure is headed with: task, rule and seed, and the site where the run has several."""
        words = [str(setting(self.run, "task", "name")), label(self.run), f"seed {setting(self.run, 'seed')}"]
        return ", ".join(words + [self.site] * (len(self.run.sites()) > 1))

    @cached_property
    def final(self) -> Graph:
        """The network at the end, with its trained weights."""
        return self.run.final(self.site)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The start and every accepted event of this network, in order."""
        made = [Stage(0, 0, self.run.start(self.site))]
        for number in range(1, len(self.run.events()) + 1):
            event, site, change = self.run.difference(number)
            if site == self.site and event.accepted:
                made.append(Stage(number, event.epoch, patch(made[-1].graph, change)))
            elif site == self.site:
                # A trial that was rolled back used up ids, which later events count from.
                made[-1] = Stage(made[-1].event, made[-1].epoch, patch(made[-1].graph, change))
        return tuple(made)

    def few_stages(self, most: int = MOST_STAGES) -> tuple[Stage, ...]:
        """At most so many of them, evenly spread, the first and the last among them."""
        return thinned(self.stages, most)

    @cached_property
    def ring(self) -> Ring | None:
        """The snapshots of mean activations in the last checkpoint; None where the rule kept none."""
        if not self.run.has_checkpoint():
            return None
        start = f"ring/{self.site}/"
        held = {name[len(start) :]: array for name, array in self.run.load().arrays.items() if name.startswith(start)}
        return Ring.restored(held) if held else None


def networks(run: Run) -> list[StoredNetwork]:
    """Every network of a run."""
    return [StoredNetwork(run, site) for site in run.sites()]


def thinned(items: tuple[Item, ...], most: int) -> tuple[Item, ...]:
    """At most `most` items, evenly spread, the first and the last among them.

    Examples
    --------
    >>> thinned((1, 2, 3, 4, 5), 3)
    (1, 3, 5)
    """
    if len(items) <= most:
        return items
    return tuple(items[at] for at in np.linspace(0, len(items) - 1, most).round().astype(int).tolist())
