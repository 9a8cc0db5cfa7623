"""Caps on where growth goes: fan-in and fan-out, neurons by level, and rest after growth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit, removed_edges
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.limits.totals import all_groups
from graphgrow.growth.parts import Limit, Room, View


@dataclass(frozen=True, eq=False)
class _Ends:
    """What one group does to the ends of edges: rows gained and lost, with repetition."""

    added_sources: list[int]
    added_targets: list[int]
    lost_sources: list[int]
    lost_targets: list[int]


def _by_group(edit: Edit, wiring: Wiring) -> Iterator[_Ends]:
    """The ends of every group in order; an edge counts for the first group that adds or removes it."""
    size = edit.neurons + edit.new_level.size
    ranked = np.argsort(edit.edge_group, kind="stable")
    key = edit.target[ranked].astype(np.int64) * size + edit.source[ranked]
    added = ranked[np.sort(np.unique(key, return_index=True)[1])]
    rows, groups = removed_edges(edit, wiring)
    lost = rows[np.argsort(groups, kind="stable")]
    borders = [
        np.cumsum(np.bincount(numbers, minlength=edit.groups))[:-1] for numbers in (edit.edge_group[added], groups)
    ]
    columns = [
        [part.tolist() for part in np.split(column, border)]
        for column, border in (
            (edit.source[added], borders[0]),
            (edit.target[added], borders[0]),
            (wiring.source[lost], borders[1]),
            (wiring.target[lost], borders[1]),
        )
    ]
    return (_Ends(*parts) for parts in zip(*columns, strict=True))


@dataclass(frozen=True)
class FanCaps(Limit):
    """No group may push the in-edges of a neuron above `fan_in`, or its out-edges above `fan_out`; None for no cap."""

    fan_in: int | None = None
    fan_out: int | None = None

    def __post_init__(self) -> None:
        if any(cap is not None and cap < 1 for cap in (self.fan_in, self.fan_out)):
            raise SettingsError(f"FanCaps(fan_in={self.fan_in}, fan_out={self.fan_out}): expected 1 or more, or None")

    def room(self, view: View) -> Room:
        """Unlimited: the caps depend on where the edges go."""
        return Room()

    def allows(self, view: View, edit: Edit) -> Array:
        """The groups whose additions fit under both caps, counting those before them that stay."""
        if not edit.groups or (self.fan_in is None and self.fan_out is None):
            return all_groups(edit)
        wiring = view.read().wiring
        loads = Counter(dict(enumerate(wiring.fan_in.tolist()))), Counter(dict(enumerate(wiring.fan_out.tolist())))
        caps = (self.fan_in, self.fan_out)
        stays = all_groups(edit)
        for group, ends in enumerate(_by_group(edit, wiring)):
            changes = Counter(ends.added_targets), Counter(ends.added_sources)
            changes[0].subtract(ends.lost_targets)
            changes[1].subtract(ends.lost_sources)
            stays[group] = not any(
                cap is not None and change > 0 and load[row] + change > cap
                for cap, load, changed in zip(caps, loads, changes, strict=True)
                for row, change in changed.items()
            )
            if stays[group]:
                for load, changed in zip(loads, changes, strict=True):
                    load.update(changed)
        return stays


@dataclass(frozen=True)
class MinFanIn(Limit):
    """No group may take the in-edges of a neuron below `least`; neurons that go altogether do not count.

    A random network of n neurons falls to pieces below a mean fan-in of about log n: report against it.
    """

    least: int = 1

    def __post_init__(self) -> None:
        if self.least < 1:
            raise SettingsError(f"MinFanIn(least={self.least}): expected 1 or more")

    def room(self, view: View) -> Room:
        """Unlimited: what matters is what is removed."""
        return Room()

    def allows(self, view: View, edit: Edit) -> Array:
        """The groups whose removals leave enough, counting what they and those before them add."""
        if not (edit.removed_edges.size or edit.removed_neurons.size):
            return all_groups(edit)
        wiring = view.read().wiring
        load, stays = Counter(dict(enumerate(wiring.fan_in.tolist()))), all_groups(edit)
        gone = set(edit.removed_neurons.tolist())
        for group, ends in enumerate(_by_group(edit, wiring)):
            changed = Counter(ends.added_targets)
            changed.subtract(ends.lost_targets)
            stays[group] = not any(
                change < 0 and load[row] + change < self.least and row not in gone for row, change in changed.items()
            )
            if stays[group]:
                load.update(changed)
        return stays


@dataclass(frozen=True)
class LevelBudgets(Limit):
    """Neurons that growth may add to each hidden level, by thirds of the hidden levels (founding: 50, 100, 20)."""

    early: int = 50
    middle: int = 100
    late: int = 20

    def __post_init__(self) -> None:
        if min(self.early, self.middle, self.late) < 0:
            raise SettingsError(f"{self}: expected budgets of 0 or more")

    def room(self, view: View) -> Room:
        """Unlimited: the budgets depend on the level."""
        return Room()

    def allows(self, view: View, edit: Edit) -> Array:
        """The groups whose new neurons fit, those of earlier events that live counted."""
        wiring = view.read().wiring
        hidden = np.unique(wiring.level[wiring.role == Role.HIDDEN])
        grown = Counter(wiring.level[wiring.neuron_born > 0].tolist())
        stays = all_groups(edit)
        places = zip(edit.new_group.tolist(), edit.new_level.tolist(), edit.new_opens.tolist(), strict=True)
        wanted: dict[int, Counter[tuple[int, bool]]] = {}
        for group, level, opens in places:
            wanted.setdefault(group, Counter())[level, opens] += 1
        # A level that is opened starts empty; its third is that of the level it stands before.
        held = Counter({(level, False): count for level, count in grown.items()})
        for group in sorted(wanted):
            made = wanted[group]
            stays[group] = all(held[place] + made[place] <= self._budget(place[0], hidden) for place in made)
            if stays[group]:
                held.update(made)
        return stays

    def _budget(self, level: int, hidden: Array) -> int:
        """Of a level, by the position it has or would have among the hidden ones."""
        third = 3 * int(np.searchsorted(hidden, level)) // max(1, hidden.size)
        return (self.early, self.middle, self.late)[min(third, 2)]


@dataclass(frozen=True)
class CoolDown(Limit):
    """Neurons rest after growth: no new out-edge and no copy for `epochs` epochs after getting one, or being born."""

    epochs: int = 2

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise SettingsError(f"CoolDown(epochs={self.epochs}): expected 1 or more")

    def room(self, view: View) -> Room:
        """Unlimited: what matters is which neurons rest."""
        return Room()

    def allows(self, view: View, edit: Edit) -> Array:
        """The groups that start at no resting neuron."""
        wiring = view.read().wiring
        recent = [
            event.number
            for event in view.history.events
            if event.site == view.site and event.accepted and view.epoch - event.epoch < self.epochs
        ]
        born = np.isin(wiring.neuron_born, recent)
        rests = born.copy()
        rests[wiring.source[np.isin(wiring.edge_born, recent)]] = True
        rests[np.isin(wiring.id, wiring.parent[born])] = True
        stays = all_groups(edit)
        old = edit.source < edit.neurons
        stays[edit.edge_group[old][rests[edit.source[old]]]] = False
        stays[edit.new_group[np.isin(edit.new_parent, wiring.id[rests])]] = False
        return stays
