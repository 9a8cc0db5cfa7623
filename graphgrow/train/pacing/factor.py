"""What a factor of the pace may look at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.history import Event, ages
from graphgrow.graph.wiring import Wiring


@dataclass(frozen=True, eq=False)
class Learners:
    """The weights, or the biases, of a network at the start of an epoch.

    Attributes
    ----------
    age : int64 (k,), whole epochs since birth.
    grown : bool (k,), born in a growth event rather than at the start.
    depth : int64 (k,), occupied levels between the first level that learns and the one the parameter belongs to: a
        weight belongs to the level of its target.
    deepest : depth of the last level.
    epoch : epochs of training that are done.
    """

    age: Array
    grown: Array
    depth: Array
    deepest: int
    epoch: int


def learners(wiring: Wiring, events: Sequence[Event], epoch: int) -> tuple[Learners, Learners]:
    """The weights by edge row, and the biases by graph row, those of inputs among them."""

    def made(born: Array, rows: Array) -> Learners:
        depth = np.maximum(wiring.rank[rows].astype(np.int64) - 1, 0)
        return Learners(ages(born, events, epoch), born > 0, depth, max(0, wiring.levels.size - 2), epoch)

    return made(wiring.edge_born, wiring.target), made(wiring.neuron_born, np.arange(wiring.neurons))


class Factor(ABC):
    """One reason why some parameters learn faster or slower than others."""

    @abstractmethod
    def __call__(self, of: Learners) -> Array:
        """float (k,), 0 or more: what every update is multiplied by during the epoch that begins."""
