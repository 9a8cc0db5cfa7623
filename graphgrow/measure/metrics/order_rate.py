"""Order rate of sampled paths, for toy networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphgrow.errors import GraphError
from graphgrow.measure.ladderpath import order_rate
from graphgrow.measure.measured import Measured, Projection, undefined
from graphgrow.measure.metrics.contract import Metric, Subject

NAME, DEFINITION = "order rate", "ladderpath.order_rate"
PATHS, WIDTH = 48, 0.1


@dataclass(frozen=True)
class Order(Metric):
    """EXPERIMENTAL: order rate (Xu 2024) of at most 48 paths, weights rounded to multiples of 0.1."""

    def randomised(self, subject: Subject) -> bool:
        """No: it has a null of its own, shuffled weights."""
        return False

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """One number."""
        try:
            found = order_rate(subject.adjacency, WIDTH, PATHS, seed=subject.effort.seed)
        except GraphError as error:
            return [undefined(NAME, DEFINITION, Projection.DIRECTED, str(error))]
        used = {"width": WIDTH, "paths": found.paths, "all paths": found.all_paths, "seed": subject.effort.seed}
        note = "experimental; comparable only at equal width and number of paths"
        return [Measured(NAME, DEFINITION, found.rate, Projection.DIRECTED, used, note=note)]


METRIC = Order()
