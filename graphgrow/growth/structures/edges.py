"""Single edges, and the weights new edges start with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import RuleError
from graphgrow.graph.edit import Edit
from graphgrow.graph.wiring import Activation, Wiring
from graphgrow.growth.parts import Room, Routes, Structure, View

RELU_FAMILY = (Activation.RELU, Activation.LEAKY_RELU, Activation.GELU)


class Begin(Enum):
    """Start weight of a new edge.

    ZERO: the function is unchanged; RigL found no gain from other starts when edges are chosen by gradient (Evci 2020).
    TENTH: normal, with standard deviation 0.1, as in the published code of SET (Mocanu 2018).
    SMALL: normal, with a tenth of the standard deviation of the live weights.
    XAVIER: normal, variance 2 / (fan-in of the target + fan-out of the source), this edge included (Glorot 2010).
    FAN_IN: normal, variance 2 / fan-in for the ReLU family, 1 / fan-in otherwise (He 2015).
    """

    ZERO = "zero"
    TENTH = "tenth"
    SMALL = "small"
    XAVIER = "xavier"
    FAN_IN = "fan_in"


def begin_weights(
    wiring: Wiring, source: Array, target: Array, begin: Begin, rng: np.random.Generator, live: Array | None = None
) -> Array:
    """float64 (k,) start weights of the new edges source -> target, int (k,) rows.

    Parameters
    ----------
    live : float (edges,), weights of the network; only SMALL asks for them. Without any, SMALL is 0.
    """
    if begin is Begin.ZERO:
        return np.zeros(source.size)
    if begin is Begin.TENTH:
        tenth: Array = 0.1 * rng.standard_normal(source.size)
        return tenth
    if begin is Begin.SMALL:
        size = 0.0 if live is None or not live.size else 0.1 * float(live.std(dtype=np.float64))
        small: Array = rng.standard_normal(source.size) * size
        return small
    fan_in = wiring.fan_in[target] + np.bincount(target, minlength=wiring.neurons)[target]
    if begin is Begin.XAVIER:
        fan_out = wiring.fan_out[source] + np.bincount(source, minlength=wiring.neurons)[source]
        deviation = np.sqrt(2.0 / (fan_in + fan_out))
    else:
        gain = np.where(np.isin(wiring.activation[target], RELU_FAMILY), 2.0, 1.0)
        deviation = np.sqrt(gain / fan_in)
    made: Array = rng.standard_normal(source.size) * deviation
    return made


@dataclass(frozen=True)
class Edges(Structure):
    """One edge per route, each its own group."""

    begin: Begin = Begin.ZERO

    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """Edges in the order of the routes, no more than there is room for."""
        if routes is None:
            raise RuleError("Edges needs a route: give the move one, e.g. Steepest()")
        graph = view.read()
        wiring = graph.wiring
        count = min(routes.source.size, room.edges)
        source, target = routes.source[:count], routes.target[:count]
        return Edit(
            wiring.neurons,
            count,
            source=source,
            target=target,
            weight=begin_weights(wiring, source, target, self.begin, view.rng, graph.weight),
            edge_group=np.arange(count),
            preserves_function=self.begin is Begin.ZERO,
        )
