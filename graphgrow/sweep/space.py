"""Spaces over dotted settings, as a grid of all combinations or as random draws, and the candidates in them."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from graphgrow import rng
from graphgrow.arrays import Json
from graphgrow.errors import SettingsError
from graphgrow.settings import RunSettings
from graphgrow.sweep.dotted import changed, shown
from graphgrow.sweep.values import Listed, Values, values_of
from graphgrow.sweep.work import Job

SEED = "seed"
LONGEST = 120  # letters of a name, well below what file systems take
TRIES = 1000  # draws in a row that were there already, after which a space counts as used up
MOST = 100_000  # candidates; more are a slip of the pen


@dataclass(frozen=True)
class Candidate:
    """One choice of settings, to be run once with every seed.

    Attributes
    ----------
    values : dotted setting -> plain value, without the seed.
    seeds : of its runs; its score is the mean over them.
    """

    values: Mapping[str, Json]
    seeds: tuple[int, ...]

    @property
    def name(self) -> str:
        """The values in a form that names a folder, e.g. "rule=set,budget=1000"."""
        return named(self.values)

    def jobs(self, base: RunSettings) -> list[Job]:
        """A job for every seed; errors as `changed`."""
        made = changed(base, self.values)
        return [Job(named({**self.values, SEED: seed}), changed(made, {SEED: seed})) for seed in self.seeds]


@dataclass(frozen=True)
class Space:
    """What is varied: dotted settings and the values of each.

    The seed is no setting that is searched: every candidate is run with all seeds.
    """

    settings: Mapping[str, Values]
    seeds: tuple[int, ...]

    @staticmethod
    def parse(words: Sequence[str], seed: int = 0) -> Space:
        """A space from words such as "growth.rule=set,rigl" or "optimizer.learning_rate=log:1e-4..1e-1".

        `values_of` says what may stand on the right. `seed` is used where the words name none.

        Raises
        ------
        SettingsError
            A word is no NAME=VALUES, a setting is unknown or named twice, or a value is not of its type.
        """
        found: dict[str, Values] = {}
        for word in words:
            name, equals, text = word.partition("=")
            if not equals or not text:
                raise SettingsError(f"space: expected NAME=VALUES, as in growth.rule=set,rigl, got {word!r}")
            if name in found:
                raise SettingsError(f"space: {name} is given twice: join its values by commas")
            found[name] = values_of(name, text)
        seeds = found.pop(SEED, Listed((seed,))).every()
        if seeds is None or not all(isinstance(item, int) for item in seeds):
            raise SettingsError("space: seed: expected whole numbers, as in seed=0..4")
        return Space(found, tuple(item for item in seeds if isinstance(item, int)))

    def grid(self) -> list[Candidate]:
        """Every combination, the last setting varying fastest.

        Raises
        ------
        SettingsError
            A setting has too many values to list.
        """
        every: list[Sequence[Json]] = []
        for name, values in self.settings.items():
            listed = values.every()
            if listed is None:
                raise SettingsError(f"space: {name} is a range, which a grid cannot list: name values, or give --draws")
            every.append(listed)
        count = math.prod(len(values) for values in every)
        if count > MOST:
            raise SettingsError(f"space: a grid of {count} candidates, expected at most {MOST}: give --draws instead")
        return [Candidate(dict(zip(self.settings, chosen, strict=True)), self.seeds) for chosen in product(*every)]

    def draws(self, count: int, seed: int = 0) -> list[Candidate]:
        """Different candidates drawn at random (Bergstra and Bengio 2012); more draws leave the earlier as they are.

        Raises
        ------
        SettingsError
            Fewer than one draw, or the space has fewer candidates.
        """
        if count < 1:
            raise SettingsError(f"draws: expected 1 or more, got {count}")
        made: dict[str, Candidate] = {}
        number, misses = 0, 0
        while len(made) < count:
            values = {
                name: setting.draw(rng.stream(seed, "sweep", number, name)) for name, setting in self.settings.items()
            }
            candidate = Candidate(values, self.seeds)
            misses = misses + 1 if candidate.name in made else 0
            if misses == TRIES:
                raise SettingsError(
                    f"draws: the space has about {len(made)} candidates, {count} were asked: use a grid"
                )
            made.setdefault(candidate.name, candidate)
            number += 1
        return list(made.values())


def named(values: Mapping[str, Json]) -> str:
    """A name for a folder that says the values; long ones are cut and end in a hash of the whole."""
    leaves = [_leaf(name) for name in values]
    words = [
        f"{leaf if leaves.count(leaf) == 1 else name}={shown(value)}"
        for (name, value), leaf in zip(values.items(), leaves, strict=True)
    ]
    whole = ",".join(words)
    plain = re.sub(r"[^\w.,=+-]", "-", whole)
    if plain == whole and len(plain) <= LONGEST:
        return plain or "all"
    # Letters that a folder cannot have were lost, so that two values might look alike.
    return f"{plain[: LONGEST - 9]}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def _leaf(name: str) -> str:
    """The last part of a dotted name; of task.name and optimizer.name the first."""
    group, _, last = name.rpartition(".")
    return group if last == "name" else last
