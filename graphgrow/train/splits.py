"""Seeded, stratified division of raw samples into train, validation, growth and test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import DataError, SettingsError
from graphgrow.rng import stream
from graphgrow.train.data import Data, Split
from graphgrow.train.scaling import Scaling

TEST_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Raw:
    """Samples before scaling.

    Shapes: x real (samples, inputs) in any unit; y int64 (samples,) or float (samples, outputs).
    """

    x: Array
    y: Array

    def take(self, rows: Array) -> Raw:
        """The samples in these rows, in this order."""
        return Raw(self.x[rows], self.y[rows])


@dataclass(frozen=True)
class Division:
    """How the training part is divided; shares are of the training part, before anything is taken from it.

    `limit` keeps only the first samples of the training part after a seeded shuffle, so smaller limits give subsets of
    larger ones. `seed` is the seed of the data, apart from the model's.

    Raises
    ------
    SettingsError
        A share is outside 0..1, both together leave nothing to train on, or the seed or limit is out of range.
    """

    seed: int = 0
    validation: float = 1 / 12
    growth: float = 0.0
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise SettingsError(f"seed: expected 0 or more, got {self.seed}: pass a whole number that is not negative")
        for name, share in (("validation", self.validation), ("growth", self.growth)):
            if not 0 <= share < 1:
                raise SettingsError(f"{name}: expected a share from 0 up to but not 1, got {share}: 0.1 takes a tenth")
        if self.validation + self.growth >= 1:
            raise SettingsError(
                f"validation and growth: expected shares that sum below 1, got {self.validation} and {self.growth}: "
                "lower one of them"
            )
        if self.limit is not None and self.limit < 1:
            raise SettingsError(f"limit: expected 1 sample or more, got {self.limit}: leave it out to use all")


def divide(train: Raw, test: Raw | None, division: Division, scaling: Scaling) -> Data:
    """Scaled splits; without an official `test`, a stratified fifth of the samples is set aside first.

    Every split but an official test is in shuffled order, so its first rows are a random sample.

    Raises
    ------
    DataError
        The limit exceeds the training part, nothing is left to train on, or the test part has other columns.
    """
    if test is None:
        held, rest = choose(train.y, round(TEST_SHARE * len(train.y)), stream(division.seed, "split"))
        train, test = train.take(rest), train.take(held)
    if test.x.shape[1] != train.x.shape[1]:
        raise DataError(
            f"test: expected {train.x.shape[1]} inputs as in the training part, got {test.x.shape[1]}: "
            "give both the same columns"
        )
    if division.limit is not None:
        if division.limit > len(train.y):
            raise DataError(
                f"limit: expected at most the {len(train.y)} samples of the training part, got {division.limit}: "
                "ask for fewer"
            )
        train = train.take(stream(division.seed, "subset").permutation(len(train.y))[: division.limit])
    total = len(train.y)
    held, rest = choose(train.y, round(division.validation * total), stream(division.seed, "split", "validation"))
    validation, train = train.take(held), train.take(rest)
    held, rest = choose(train.y, round(division.growth * total), stream(division.seed, "split", "growth"))
    growth, train = train.take(held), train.take(rest)
    if len(train.y) == 0:
        raise DataError(f"train: expected at least 1 sample, got 0 of {total}: give more samples or smaller shares")
    scale = scaling(train.x)
    return Data(*(Split(scale(raw.x), raw.y) for raw in (train, validation, growth, test)))


def choose(targets: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows of `count` samples drawn at random, and the rows left, both in shuffled order.

    Labels (samples,) are drawn in proportion to their frequency; floats (samples, outputs) without regard to value.

    Examples
    --------
    >>> held, rest = choose(np.array([0] * 8 + [1] * 4), 3, np.random.default_rng(0))
    >>> sorted(int(row) // 8 for row in held), len(rest)
    ([0, 0, 1], 9)
    """
    order = rng.permutation(len(targets))
    if targets.ndim != 1:
        return order[:count], order[count:]
    shuffled = np.unique(targets[order], return_inverse=True)[1]
    sizes = np.bincount(shuffled)
    grouped = np.argsort(shuffled, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[grouped] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = rank < _quotas(sizes, count)[shuffled]
    return order[held], order[~held]


def _quotas(sizes: Array, count: int) -> Array:
    """How many of each class to take: proportional, summing to `count`, largest remainders first.

    The classes that can spare one more come before those that would lose their last sample.
    """
    if count == 0:
        return np.zeros_like(sizes)
    whole, remainder = np.divmod(sizes * count, sizes.sum())
    last = sizes - whole <= 1
    extra = np.lexsort((-remainder, last))[: count - int(whole.sum())]
    whole[extra] += 1
    return np.asarray(whole)
