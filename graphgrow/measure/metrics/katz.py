"""Katz centrality: its size, how much of it is depth, and what it ranks within a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, Json
from graphgrow.errors import GraphgrowError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.katz import EdgeValue, katz
from graphgrow.measure.measured import Measured, Projection, undefined
from graphgrow.measure.metrics.contract import Metric, Subject
from graphgrow.measure.ranks import within_levels

ALPHA = 0.1
MEAN, SHARE = "mean katz", "katz variance between levels"
RANKS = {False: "katz within levels, rank against in-degree", True: "katz within levels, rank against out-strength"}


@dataclass(frozen=True)
class Katz(Metric):
    """In-edge Katz centrality, unweighted, with alpha 0.1 and beta 1 (Katz 1953); alpha is a choice.

    It grows with depth by construction, so beside its mean stand the share of its variance that lies between levels
    (eta squared) and Spearman's correlation within levels (mean by nodes): with in-degree, which is Katz cut after one
    step, and with out-strength, the sum of |weight| of out-edges.
    """

    def randomised(self, subject: Subject) -> bool:
        """Yes: swaps change who hears whom."""
        return True

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Four numbers."""
        graph = subject.adjacency
        used: dict[str, Json] = {"alpha": ALPHA, "beta": 1.0, "direction": "inward", "weights": "none"}
        try:
            values = katz(graph, EdgeValue.UNWEIGHTED, ALPHA)
        except GraphgrowError as error:
            return _none(str(error))
        if not values.size:
            return _none("no nodes")
        return [
            Measured(MEAN, "katz.mean", float(values.mean()), Projection.DIRECTED, used),
            *_by_level(graph, values, used),
        ]


def _by_level(graph: Adjacency, values: Array, used: dict[str, Json]) -> list[Measured]:
    """What needs levels."""
    if graph.stage is None:
        return _none("the graph has no levels")[1:]
    made = [_share(values, graph.stage, used)]
    strengths = {
        False: np.bincount(graph.other, minlength=graph.nodes).astype(np.float64),
        True: np.bincount(graph.row, np.abs(graph.values), minlength=graph.nodes),
    }
    for outward, name in RANKS.items():
        found = within_levels(values, strengths[outward], graph.stage)
        made.append(
            Measured(name, "katz.within_levels", found.mean, Projection.DIRECTED, {**used, "levels": found.level.size})
            if found.level.size
            else undefined(name, "katz.within_levels", Projection.DIRECTED, "no level of 3 nodes on which both vary")
        )
    return made


def _share(values: Array, stage: Array, used: dict[str, Json]) -> Measured:
    """Eta squared: variance of the means of levels over all variance."""
    _, at = np.unique(stage, return_inverse=True)
    # Squares of the centralities of deep networks exceed what float64 holds.
    values = values / values.max()
    means = np.bincount(at, values) / np.bincount(at)
    whole = float(values.var())
    if whole <= (1e-12 * values.mean()) ** 2:
        return undefined(SHARE, "katz.eta_squared", Projection.DIRECTED, "all nodes have the same centrality")
    between = float(((means[at] - values.mean()) ** 2).mean())
    return Measured(SHARE, "katz.eta_squared", min(1.0, between / whole), Projection.DIRECTED, used)


def _none(why: str) -> list[Measured]:
    """All four undefined."""
    definitions = {MEAN: "katz.mean", SHARE: "katz.eta_squared", **dict.fromkeys(RANKS.values(), "katz.within_levels")}
    return [undefined(name, definition, Projection.DIRECTED, why) for name, definition in definitions.items()]


METRIC = Katz()
