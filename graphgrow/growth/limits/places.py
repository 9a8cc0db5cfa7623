"""Caps on where growth goes: fan-in and fan-out, neurons by level, and rest after growth."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.limits.totals import all_groups
from graphgrow.growth.parts import Limit, Room, View

Pair = tuple[int, int]


class _Tally:
    """Fan-in and fan-out of each row, new ones included, as groups of an edit are let through one by one."""

    def __init__(self, edit: Edit, wiring: Wiring) -> None:
        grown = [0] * edit.new_level.size
        self.fan_in = wiring.fan_in.tolist() + grown
        self.fan_out = wiring.fan_out.tolist() + grown
        self._added = _by_group(edit.source, edit.target, edit.edge_group, edit.groups)
        rows, groups = _all_removals(edit, wiring)
        self._lost = _by_group(wiring.source[rows], wiring.target[rows], groups, edit.groups)
        old = wiring.edge_rows(edit.source, edit.target) >= 0
        ends = zip(edit.source[old].tolist(), edit.target[old].tolist(), strict=True)
        self._old = set(ends).union(*self._lost)
        self._gone: set[Pair] = set()
        self._made: set[Pair] = set()

    def changes(self, group: int) -> tuple[Counter[int], Counter[int]]:
        """By how much the group would change fan-ins and fan-outs."""
        lost, added = set(self._lost[group]), set(self._added[group])
        inward, outward = Counter[int](), Counter[int]()
        for pair in lost | added:
            stays = pair in self._old and pair not in self._gone
            before = stays or pair in self._made
            after = (stays and pair not in lost) or pair in self._made or pair in added
            inward[pair[1]] += after - before
            outward[pair[0]] += after - before
        return inward, outward

    def commit(self, group: int) -> None:
        """Let the group through."""
        for load, changed in zip((self.fan_in, self.fan_out), self.changes(group), strict=True):
            for row, change in changed.items():
                load[row] += change
        self._gone.update(self._lost[group])
        self._made.update(self._added[group])


def _by_group(source: Array, target: Array, group: Array, groups: int) -> list[list[Pair]]:
    """Source and target of the edges of each group."""
    made: list[list[Pair]] = [[] for _ in range(groups)]
    for one, other, number in zip(source.tolist(), target.tolist(), group.tolist(), strict=True):
        made[number].append((one, other))
    return made


def _all_removals(edit: Edit, wiring: Wiring) -> tuple[Array, Array]:
    """Edge rows and groups, an edge as often as groups remove it, by itself or with a neuron at one of its ends."""
    rows, groups = [edit.removed_edges], [edit.removed_edge_group]
    for neuron, group in zip(edit.removed_neurons.tolist(), edit.removed_neuron_group.tolist(), strict=True):
        found = np.flatnonzero((wiring.source == neuron) | (wiring.target == neuron))
        rows.append(found)
        groups.append(np.full(found.size, group))
    return np.concatenate(rows), np.concatenate(groups)


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
        tally, stays = _Tally(edit, view.read().wiring), all_groups(edit)
        for group in range(edit.groups):
            inward, outward = tally.changes(group)
            within = _within(inward, tally.fan_in, self.fan_in) and _within(outward, tally.fan_out, self.fan_out)
            stays[group] = within
            if within:
                tally.commit(group)
        return stays


def _within(changes: Counter[int], load: list[int], cap: int | None) -> bool:
    """Whether nothing that rises goes above the cap."""
    return cap is None or all(change <= 0 or load[row] + change <= cap for row, change in changes.items())


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
        tally, stays = _Tally(edit, view.read().wiring), all_groups(edit)
        gone = set(edit.removed_neurons.tolist())
        for group in range(edit.groups):
            inward, _ = tally.changes(group)
            stays[group] = all(
                change >= 0 or row in gone or tally.fan_in[row] + change >= self.least for row, change in inward.items()
            )
            if stays[group]:
                tally.commit(group)
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
