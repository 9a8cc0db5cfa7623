"""Receptive fields: what share of the inputs nodes can hear, how much of it counts, and how fields grow by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, Json
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.measured import Measured, Projection, finite, undefined
from graphgrow.measure.metrics.contract import Effort, Metric, Subject
from graphgrow.measure.paths import path_sums
from graphgrow.measure.receptive import effective_fields, input_mask, receptive_fields, scale_separation
from graphgrow.rng import stream

# Multiplications that the sweep of derivatives may take in a report; more inputs than that allows are sampled.
PRODUCTS = 1e9
MEAN, EFFECTIVE, SEPARATION, DIP = (
    ("mean receptive field", "receptive.mean_share"),
    ("mean effective field", "receptive.participation_share"),
    ("scale separation", "receptive.median_ratio"),
    ("dip of receptive fields", "receptive.dip_probability"),
)


@dataclass(frozen=True)
class ReceptiveField(Metric):
    """Fields of the nodes that are no inputs, as shares of the inputs, and their growth from stage to stage.

    The effective field is the participation number of |dy/dx| from weights alone, activations taken as the identity
    (Luo et al. 2016 for the idea). Scale separation is ours: the geometric mean over consecutive stages of the ratio of
    their median fields. The dip test (Hartigan and Hartigan 1985) asks whether the logarithms of fields have one peak;
    its probability is given.
    """

    def randomised(self, subject: Subject) -> bool:
        """Yes: swapped endpoints mix fields."""
        return True

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Four numbers."""
        graph, effort = subject.adjacency, subject.effort
        inputs = input_mask(graph)
        why = _missing(graph, inputs)
        if why:
            return [undefined(*name, Projection.DIRECTED, why) for name in (MEAN, EFFECTIVE, SEPARATION, DIP)]
        drawn, parameters = _drawn(graph, inputs, effort)
        count, others = int(np.count_nonzero(drawn)), ~inputs
        fields = receptive_fields(graph, drawn)
        share = fields[others] / count
        full = "every field holds all inputs" if (share == 1).all() else ""
        full = full if count == inputs.sum() else "from sampled inputs"
        error = _error(graph, inputs, drawn)
        return [
            Measured(*MEAN, float(share.mean()), Projection.DIRECTED, parameters, error, note=full),
            _effective(graph, drawn, others, parameters, full),
            *_scales(graph, np.where(others, fields, 0), parameters, full, effort.seed),
        ]


def _missing(graph: Adjacency, inputs: Array) -> str:
    if not graph.directed:
        return "the graph has no directions"
    if not inputs.any():
        return "no node is without in-edges"
    return "" if not inputs.all() else "every node is an input"


def _drawn(graph: Adjacency, inputs: Array, effort: Effort) -> tuple[Array, dict[str, Json]]:
    """The inputs that are looked at, and how they were chosen."""
    chosen = np.flatnonzero(inputs)
    limit = max(64, int(PRODUCTS / max(graph.entries, 1)))
    if chosen.size <= max(limit, effort.samples):
        return inputs, {"inputs": int(chosen.size)}
    some = stream(effort.seed, "receptive inputs").choice(chosen, max(limit, effort.samples), replace=False)
    mask = np.zeros(graph.nodes, bool)
    mask[some] = True
    return mask, {"inputs": int(chosen.size), "sampled inputs": int(some.size), "seed": effort.seed}


def _error(graph: Adjacency, inputs: Array, drawn: Array) -> float | None:
    """Standard error of the mean field as a share: it is also the mean, over inputs, of the share that hears each."""
    size, count = int(inputs.sum()), int(drawn.sum())
    if count == size:
        return None
    heard = path_sums(graph, np.flatnonzero(drawn)).reached / (graph.nodes - size)
    return float(np.sqrt(heard.var(ddof=1) / count * (1 - count / size)))


def _effective(graph: Adjacency, drawn: Array, others: Array, parameters: dict[str, Json], note: str) -> Measured:
    """Mean participation number over those that hear anything, as a share of the inputs looked at."""
    chosen = {**parameters, "weights": "signed" if graph.weight is not None else "none", "gain": 1}
    try:
        made = effective_fields(graph, inputs=drawn)[others]
    except GraphError as error:
        return undefined(*EFFECTIVE, Projection.DIRECTED, str(error))
    heard = made[made > 0]
    if not heard.size:
        return undefined(*EFFECTIVE, Projection.DIRECTED, "no input has any effect")
    return Measured(*EFFECTIVE, float(heard.mean() / np.count_nonzero(drawn)), Projection.DIRECTED, chosen, note=note)


def _scales(graph: Adjacency, fields: Array, parameters: dict[str, Json], note: str, seed: int) -> list[Measured]:
    if graph.stage is None:
        return [undefined(*name, Projection.DIRECTED, "the graph has no levels") for name in (SEPARATION, DIP)]
    # Levels may be negative, which scales may not.
    scale = np.unique(graph.stage, return_inverse=True)[1]
    found = scale_separation(fields, scale, seed)
    ratio = float(np.exp(np.log(found.ratios).mean())) if found.ratios.size else None
    return [
        Measured(*SEPARATION, ratio, Projection.DIRECTED, parameters, note=note)
        if ratio is not None
        else undefined(*SEPARATION, Projection.DIRECTED, "fewer than two levels of nodes with fields"),
        Measured(*DIP, found.probability, Projection.DIRECTED, parameters, note=note)
        if finite(found.probability) is not None
        else undefined(*DIP, Projection.DIRECTED, "fewer than four nodes with fields"),
    ]


METRIC = ReceptiveField()
