"""Successive halving: many cheap trials, few full ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError
from graphgrow.settings import RunSettings
from graphgrow.sweep.dotted import held, kind_of
from graphgrow.sweep.space import named

SAMPLES = "task.samples"
COUNTED = ("digits", "mnist", "fashion_mnist", "cifar10")


@dataclass(frozen=True)
class Rung:
    """One round: the settings that make its trials cheap, and how many candidates are in it."""

    number: int
    changes: Mapping[str, Json]
    candidates: int

    @property
    def name(self) -> str:
        """Of the folder of its runs: what its trials were given, so that other rounds with the same are kept."""
        return named(self.changes)


@dataclass(frozen=True)
class Halving:
    """Keep the best 1/eta of the candidates, give each eta times the resources, until a round has all of them.

    Every round trains anew with settings of its own, so that schedules end with it and nothing leaks from the rounds
    before (Jamieson and Talwalkar 2016; the factor eta after Li et al. 2018).

    Attributes
    ----------
    resources : dotted settings of whole numbers that are scaled together, at full size in the settings given;
        task.samples stands for COUNT in a task such as mnist:COUNT.
    least : the fewest of the first resource that a trial may be given.
    """

    eta: int = 3
    resources: tuple[str, ...] = ("fit.epochs",)
    least: int = 1

    def __post_init__(self) -> None:
        if self.eta < 2:
            raise SettingsError(f"eta: expected 2 or more, got {self.eta}: 1/eta of the candidates are kept")
        if not self.resources or len(set(self.resources)) < len(self.resources):
            raise SettingsError(f"resource: expected different settings, got {' '.join(self.resources) or 'none'}")
        if self.least < 1:
            raise SettingsError(f"least: expected 1 or more, got {self.least}")

    def rungs(self, candidates: int, base: RunSettings, varied: Sequence[str] = ()) -> list[Rung]:
        """The rounds for so many candidates; the last has the resources of `base`.

        Raises
        ------
        SettingsError
            A resource is no whole number, has no value, is `varied` too, or lies below `least`.
        """
        full = {name: _amount(base, name) for name in self.resources}
        for name in self.resources:
            if name in varied or (name == SAMPLES and "task.name" in varied):
                raise SettingsError(f"resource: {name} is in the space too: take it out of one of them")
        first = full[self.resources[0]]
        if first < self.least:
            raise SettingsError(f"least: expected at most the full {self.resources[0]} of {first}, got {self.least}")
        rounds = 0
        while candidates >= self.eta ** (rounds + 1) and first // self.eta ** (rounds + 1) >= self.least:
            rounds += 1
        made, left = [], candidates
        for number in range(rounds + 1):
            share = self.eta ** (rounds - number)
            made.append(Rung(number + 1, _changes(base, full, share), left))
            left = max(1, left // self.eta)
        return made


def _amount(base: RunSettings, name: str) -> int:
    """The full amount of a resource."""
    if name == SAMPLES:
        task, _, count = base.task.name.partition(":")
        if task not in COUNTED or not count.isdigit():
            raise SettingsError(
                f"resource: {SAMPLES}: expected a task with a number of samples, as mnist:10000, got {base.task.name}"
            )
        return int(count)
    if kind_of(name) is not int or name in ("seed", "task.data_seed"):
        raise SettingsError(f"resource: {name}: expected a setting that is an amount, as fit.epochs or growth.budget")
    value = held(base, name)
    if not isinstance(value, int) or value < 1:
        raise SettingsError(f"resource: {name}: expected a full amount of 1 or more, got {value}: set it")
    return value


def _changes(base: RunSettings, full: Mapping[str, int], share: int) -> dict[str, Json]:
    """The settings of a round that has 1/share of the resources, at least one of each."""
    made: dict[str, Json] = {}
    for name, amount in full.items():
        part = max(1, amount // share)
        if name == SAMPLES:
            made["task.name"] = f"{base.task.name.partition(':')[0]}:{part}"
        else:
            made[name] = part
    return made


def best(scores: Mapping[str, float | None], keep: int) -> list[str]:
    """The names with the `keep` highest scores, in order; ties go by name, and None, for a failure, comes last."""
    ranked = sorted(scores.items(), key=lambda item: (item[1] is None, -(item[1] or 0.0), item[0]))
    return [name for name, score in ranked[:keep] if score is not None]
