"""What neurons say while others are dropped: passes under random masks of the hidden neurons."""

from __future__ import annotations

import numpy as np
import torch

from graphgrow.arrays import Array
from graphgrow.engine.network import Network
from graphgrow.engine.probe import BYTE_LIMIT
from graphgrow.errors import SettingsError
from graphgrow.graph.wiring import Role


def dropout_passes(
    network: Network,
    inputs: Array,
    rng: np.random.Generator,
    passes: int = 10,
    rate: float = 0.5,
    limit: int = BYTE_LIMIT,
) -> Array:
    """float32 (passes, neurons, samples): activations by graph row, in each pass with other hidden neurons dropped.

    A dropped neuron says nothing to later levels, and the others say 1 / (1 - rate) times as much. Reported is what
    every neuron would say itself, dropped or not: only what it hears differs between passes, so that the first hidden
    level, which hears the inputs alone, never varies.

    Parameters
    ----------
    inputs : float (inputs, samples), what the network is given.
    passes, rate : the founding document has 10 passes; half of the neurons dropped is Srivastava's choice.
    limit : bytes; the first samples are used where the passes of all would exceed it.

    Raises
    ------
    SettingsError
        No pass is asked for, or the rate lies outside 0 to 1.

    Source: Gal 2016; Srivastava 2014.
    """
    if passes < 1 or not 0 <= rate < 1:
        raise SettingsError(
            f"{passes} passes at rate {rate}: expected 1 pass or more and a rate of at least 0, below 1"
        )
    plan = network.plan
    samples = min(inputs.shape[1], max(1, limit // (4 * passes * plan.neurons)))
    x = torch.from_numpy(np.ascontiguousarray(inputs[:, :samples])).to(network.values)
    hidden = torch.from_numpy(network.wiring.role[plan.row] == Role.HIDDEN)
    made = np.empty((passes, plan.neurons, samples), np.float32)
    with torch.no_grad():
        for at in range(passes):
            dropped = torch.from_numpy(rng.random(plan.neurons) < rate) & hidden
            said = torch.where(dropped, 0.0, torch.where(hidden, 1 / (1 - rate), 1.0)).to(x)
            made[at] = network.by_row(_pass(network, x, said))
    return made


def _pass(network: Network, x: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
    """(neurons, samples) by slot: own activations, while later levels hear them times `said` (neurons,)."""
    plan = network.plan
    heard = torch.cat([x, x.new_zeros((plan.neurons - plan.inputs, x.shape[1]))])
    own = heard.clone()
    for level in range(1, plan.levels):
        slots = slice(int(plan.level_pointer[level]), int(plan.level_pointer[level + 1]))
        own[slots] = network.advance(heard, level, level + 1)[slots]
        heard[slots] = own[slots] * said[slots, None]
    return own
