"""Probes under dropout: how much of what a neuron says hangs on which others speak."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from graphgrow.arrays import Array
from graphgrow.engine.network import Network
from graphgrow.graph.wiring import Role
from graphgrow.measure.signals import Signals

PASSES = 10
SHARE = 0.1  # of hidden neurons that are silent in a pass
SAMPLES = 256  # of the probe's; ten passes of all 1024 would be ten times a probe's memory


def dropout_passes(network: Network, probe: Callable[[], Signals], rng: np.random.Generator) -> Array:
    """float32 (passes, neurons, samples): activations, each pass with another random tenth of hidden neurons silent.

    What the others say counts 1 / (1 - share), so that sums keep their mean. Neurons are silenced by their out-edges,
    whose weights are put back bit for bit afterwards, so that a host's forward pass may run as it stands; a silent
    neuron's own row is what it would have said.

    Source: Gal 2016; ten passes as in the founding document.
    """
    wiring, values = network.wiring, network.values
    hidden = wiring.role == Role.HIDDEN
    source = wiring.source[network.plan.edge]
    kept = values.detach().clone()
    made = []
    try:
        for _ in range(PASSES):
            factor = np.where(hidden & (rng.random(wiring.neurons) < SHARE), 0.0, 1.0)
            factor[hidden] /= 1 - SHARE
            with torch.no_grad():
                values.copy_(kept * torch.from_numpy(factor[source]).to(kept))
            made.append(probe().activation[:, :SAMPLES].copy())
    finally:
        with torch.no_grad():
            values.copy_(kept)
    return np.stack(made)
