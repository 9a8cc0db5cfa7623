"""Receptive field sizes by level."""

from __future__ import annotations

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph import Graph


def field_sizes(graph: Graph) -> dict[int, Array]:
    """level -> int64 (neurons of the level,): how many inputs have a path to each neuron; without the inputs' level."""
    wiring = graph.wiring
    inputs = np.flatnonzero(wiring.level == 0)
    heard = np.zeros((wiring.neurons, -(-inputs.size // 8)), np.uint8)
    heard[inputs] = np.packbits(np.eye(inputs.size, dtype=bool), axis=1)
    for row in wiring.level_order[inputs.size :].tolist():
        sources = wiring.source[wiring.pointer[row] : wiring.pointer[row + 1]]
        if sources.size:
            heard[row] = np.bitwise_or.reduce(heard[sources], axis=0)
    sizes = np.bitwise_count(heard).sum(axis=1, dtype=np.int64)
    return {int(level): sizes[wiring.level == level] for level in wiring.levels.tolist() if level > 0}
