"""What might tell how much a neuron matters: Katz centrality in its variants, plain sums of its edges, extremeness."""

from __future__ import annotations

from itertools import product

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.graph import Graph
from graphgrow.measure.extrema import find
from graphgrow.measure.katz import Direction, EdgeValue, katz
from sims.parts.importance import ACTIVITY, Measured

ALPHAS = (0.1, 1.0)
"""The factor that networkx takes, and 1: every path counts alike, whatever its length."""
WAYS = {"in": Direction.INWARD, "out": Direction.OUTWARD}
VALUES = {"paths": EdgeValue.UNWEIGHTED, "|w|": EdgeValue.ABSOLUTE, "w": EdgeValue.SIGNED}
BOTH = "in x out"
DEGREE, STRENGTH = "degree", "strength"
LIKE = {"paths": DEGREE, "|w|": STRENGTH}
SEVERITY, HIGH, LOW = "severity", "severity HIGH", "severity LOW"
SIZE, SPREAD = ACTIVITY, "spread of a"


def katz_name(way: str, value: str, alpha: float) -> str:
    """What a variant is called."""
    return f"Katz {way}, {value}, {alpha:g}"


KATZ = [katz_name(*each) for each in product((*WAYS, BOTH), VALUES, ALPHAS)]
INWARD = [katz_name("in", value, alpha) for value, alpha in product(VALUES, ALPHAS)]
SUMS = [f"{kind} {way}" for kind, way in product((DEGREE, STRENGTH), (*WAYS, BOTH))]
EXTREMES = [SEVERITY, HIGH, LOW, SIZE, SPREAD]
MATCHED = {
    katz_name(way, value, alpha): f"{LIKE[value]} {way}" for way, value, alpha in product((*WAYS, BOTH), LIKE, ALPHAS)
}
"""Each variant of Katz with edges of one sign, and the sum over direct edges that it goes beyond."""


def scores(found: Measured) -> dict[str, Array]:
    """Name -> float64 (hidden,): Katz, its controls, and extremeness, in this order."""
    made = {**_katz(found.graph), **_edges(found.graph)}
    return {**{name: row[found.rows] for name, row in made.items()}, **_extremes(found)}


def _katz(graph: Graph) -> dict[str, Array]:
    """Signed Katz by its size: a neuron that lowers what follows is no less important than one that raises it."""
    made: dict[str, Array] = {}
    for value, alpha in product(VALUES, ALPHAS):
        each = {way: np.abs(katz(graph, VALUES[value], alpha, direction=WAYS[way])) for way in WAYS}
        made |= {katz_name(way, value, alpha): row for way, row in each.items()}
        made[katz_name(BOTH, value, alpha)] = each["in"] * each["out"]
    return {name: made[name] for name in KATZ}


def _edges(graph: Graph) -> dict[str, Array]:
    """Edges and sizes of weights, into a neuron, out of it, and multiplied."""
    wiring = graph.wiring
    made: dict[str, Array] = {}
    for kind, weight in ((DEGREE, np.ones(graph.edges)), (STRENGTH, np.abs(graph.weight.astype(np.float64)))):
        into = np.bincount(wiring.target, weight, minlength=graph.neurons)
        out = np.bincount(wiring.source, weight, minlength=graph.neurons)
        made |= {f"{kind} in": into, f"{kind} out": out, f"{kind} {BOTH}": into * out}
    return made


def _extremes(found: Measured) -> dict[str, Array]:
    """Severity by the founding protocol, on both sides and on each; and two plain numbers of the activation."""
    extrema = find(found.graph.wiring, found.signals.activation)
    severity, activation = extrema.severity.astype(np.float64), found.signals.activation[found.rows].astype(np.float64)
    sides = {SEVERITY: severity, HIGH: severity * extrema.high, LOW: severity * extrema.low}
    return {
        **{name: row[found.rows] for name, row in sides.items()},
        SIZE: np.abs(activation).mean(axis=1),
        SPREAD: activation.std(axis=1),
    }
